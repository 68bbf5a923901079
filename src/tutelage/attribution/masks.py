"""Which words to hide: seeded designs of distinct masks, the unmasked text always first.

A design depends on the number of units, the number of masks, its kind and the seed, and on
nothing else: texts of one length share it, whatever else is in the batch. So a text is asked the
same questions every time, and one factorisation serves all texts of a length
(:mod:`tutelage.attribution.surrogate`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tutelage.errors import InputError

Masks = NDArray[np.bool_]
Design = Literal["subsets", "paper", "lime"]

MOST_MASKS = 1 << 15
MOST_LISTED_UNITS = 16  # up to here subsets are listed, beyond they are drawn until distinct


def masked_counts(n_units: int, design: Design = "subsets") -> tuple[int, int]:
    """Return the least and the largest number of units that a mask of this design hides.

    ``"paper"``, and ``"subsets"`` when it has to draw: from 2 to half the units plus one
    (arXiv 2512.14719). With 1, 2 or 3 units that range is empty or cannot tell the units apart;
    it then starts at 1. ``"lime"``: from 1 to all.

    >>> [masked_counts(n, "paper") for n in (1, 2, 3, 4, 9)]
    [(1, 1), (1, 2), (1, 2), (2, 3), (2, 5)]
    """
    if design == "lime":
        return 1, n_units
    return (1 if n_units <= 3 else 2), min(n_units, n_units // 2 + 1)


def masks(n_units: int, n_masks: int = 100, *, design: Design = "subsets", seed: int = 0) -> Masks:
    """Return which units each row hides (n_rows, n_units): nothing in row 0, then distinct masks.

    Row 0 is the anchor, the text as it is. At most ``n_masks`` rows follow, fewer when there are
    not that many different masks. Their order is random, so that the first rows of a design are
    a fair part of it, and with fewer masks of a design that draws they are the same ones.

    Parameters
    ----------
    n_units
        Words or phrases of the text; 0 gives the anchor alone.
    n_masks
        Masks besides the anchor, 1 to 32768.
    design
        ``"subsets"``: every non-empty subset when there are no more than ``n_masks``, otherwise
        as ``"paper"``. ``"paper"``: the number of hidden units is uniform over
        :func:`masked_counts`, then every subset of that size is as likely. ``"lime"``: the same
        with 1 to all units.
    seed
        Another seed, another design.

    Raises
    ------
    InputError
        When a number is out of range or the design is unknown.

    Examples
    --------
    >>> masks(2).astype(int).tolist()
    [[0, 0], [1, 1], [0, 1], [1, 0]]
    >>> masks(30, 100).shape
    (101, 30)
    """
    _check(n_units, n_masks, design)
    return _masks(n_units, n_masks, design, seed)


def masks_for(
    lengths: Sequence[int], n_masks: int = 100, *, design: Design = "subsets", seed: int = 0
) -> list[Masks]:
    """Return one design per text, given the number of units of each; equal lengths share one."""
    return [masks(length, n_masks, design=design, seed=seed) for length in lengths]


@lru_cache(maxsize=512)
def _masks(n_units: int, n_masks: int, design: Design, seed: int) -> Masks:
    rng = np.random.default_rng([seed, n_units])
    least, most = masked_counts(n_units, design)
    if n_units == 0:
        drawn = np.zeros((0, 0), dtype=np.bool_)
    elif design == "subsets" and n_units <= MOST_LISTED_UNITS and 2**n_units - 1 <= n_masks:
        drawn = rng.permutation(_subsets(n_units))
    elif n_units <= MOST_LISTED_UNITS:
        drawn = _drawn_from_pool(n_units, least, most, n_masks, rng)
    else:
        drawn = _drawn_until_distinct(n_units, least, most, n_masks, rng)
    rows = np.vstack([np.zeros((1, n_units), dtype=np.bool_), drawn])
    rows.setflags(write=False)  # shared by every text of this length
    return rows


def _check(n_units: int, n_masks: int, design: str) -> None:
    problems = []
    if n_units < 0:
        problems.append(f"n_units must be at least 0, got {n_units!r}.")
    if not 1 <= n_masks <= MOST_MASKS:
        problems.append(f"n_masks must be between 1 and {MOST_MASKS}, got {n_masks!r}.")
    if design not in get_args(Design):
        problems.append(f"design must be one of {list(get_args(Design))}, got {design!r}.")
    if problems:
        raise InputError("These masks cannot be made:", problems)


def _subsets(n_units: int) -> Masks:
    """Return every non-empty subset (2^n_units - 1, n_units)."""
    codes = np.arange(1, 2**n_units)[:, None]
    return (codes >> np.arange(n_units)[None, :] & 1).astype(np.bool_)


def _drawn_from_pool(
    n_units: int, least: int, most: int, n_masks: int, rng: np.random.Generator
) -> Masks:
    """Draw without replacement, each count as likely: the first of exponential clocks to ring."""
    pool = _subsets(n_units)
    counts = pool.sum(axis=1)
    pool = pool[(counts >= least) & (counts <= most)]
    per_count = np.array([math.comb(n_units, int(count)) for count in pool.sum(axis=1)])
    rings = rng.exponential(size=len(pool)) * per_count
    drawn: Masks = pool[np.argsort(rings)[:n_masks]]
    return drawn


def _drawn_until_distinct(
    n_units: int, least: int, most: int, n_masks: int, rng: np.random.Generator
) -> Masks:
    seen: set[bytes] = set()
    rows: list[Masks] = []
    while len(rows) < n_masks:
        hidden = rng.permutation(n_units)[: rng.integers(least, most + 1)]
        row = np.zeros(n_units, dtype=np.bool_)
        row[hidden] = True
        key = np.packbits(row).tobytes()
        if key not in seen:
            seen.add(key)
            rows.append(row)
    return np.array(rows)
