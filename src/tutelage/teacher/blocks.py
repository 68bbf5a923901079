"""Wide tables are asked about in blocks; columns that stand in every block keep the scale.

A teacher gives 10 to the strongest column of what it sees, so the same score may mean less in one
block than in another. Some columns, the anchors, are in every block: what the teacher says of
them tells how its scale differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage.teacher.task_card import Column

Array = NDArray[np.float64]

# One answer about more entries than this gets long, slow and careless.
ENTRIES_PER_QUESTION = 200
N_ANCHORS = 20
LARGEST_FACTOR = 4.0


def blocks_of(columns: Sequence[Column]) -> list[list[Column]]:
    """Return the columns in blocks of at most 200 entries, anchors in each, in their order.

    An entry is a column or a category. Anchors are 20 columns without categories, evenly spaced
    over the table. A table of one block has none, and a column of more than 200 categories is a
    block of its own.

    >>> blocks = blocks_of([Column(f"x{n}") for n in range(400)])
    >>> [len(block) for block in blocks]
    [200, 200, 40]
    >>> len(set(blocks[0]) & set(blocks[1]) & set(blocks[2]))
    20
    """
    if sum(map(_size, columns)) <= ENTRIES_PER_QUESTION:
        return [list(columns)] if columns else []
    anchors = _anchors(columns)
    blocks: list[set[int]] = []
    room = 0
    for place, column in enumerate(columns):
        if place in anchors:
            continue
        if not blocks or _size(column) > room:
            blocks.append(set(anchors))
            room = ENTRIES_PER_QUESTION - len(anchors)
        blocks[-1].add(place)
        room -= _size(column)
    return [[columns[place] for place in sorted(block)] for block in blocks]


def scale_factors(answers: Sequence[Mapping[Any, float]]) -> Array:
    """Return by what the scores of each block (n_blocks,) must be multiplied to share a scale.

    Parameters
    ----------
    answers
        For each block: entry -> mean score. Entries that all blocks hold are the anchors.

    Returns
    -------
    factors
        The least-squares fit of a block's anchors to the mean over blocks, in [1/4, 4]; 1 where
        the anchors are all 0 or point elsewhere.

    Examples
    --------
    >>> scale_factors([{"a": 8.0, "b": -4.0, "c": 1.0}, {"a": 4.0, "b": -2.0, "d": 10.0}])
    array([0.75, 1.5 ])
    """
    shared = [entry for entry in answers[0] if all(entry in block for block in answers)]
    scores = np.array([[block[entry] for entry in shared] for block in answers], dtype=np.float64)
    mean = scores.mean(axis=0)
    squares, products = (scores**2).sum(axis=1), scores @ mean
    factors = np.divide(products, squares, out=np.ones(len(scores)), where=squares > 0)
    factors = np.where(products > 0, factors, 1.0)
    clipped: Array = np.clip(factors, 1 / LARGEST_FACTOR, LARGEST_FACTOR)
    return clipped


def _size(column: Column) -> int:
    return 1 if column.categories is None else len(column.categories)


def _anchors(columns: Sequence[Column]) -> set[int]:
    plain = [place for place, column in enumerate(columns) if column.categories is None]
    count = min(N_ANCHORS, len(plain))
    return {plain[n * len(plain) // count] for n in range(count)}
