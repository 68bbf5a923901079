"""Does a teacher's prior fit the table, before any label is seen?

Columns that go together in the rows should be scored alike: whoever knows that large tumours are
dangerous knows it of radius, perimeter and area. So the scores of a teacher that knows the table
vary more over the rows than the same scores dealt to other columns. Rows without a label show
that, which is why a prior for another table, or one attached to the wrong columns, is found out
at once. A teacher who is wrong in every sign is not: only labels tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutelage.learning.settings import RIGHT

Array = NDArray[np.float64]

N_DEALS = 200
N_ROWS = 500
# The density of the rank of a teacher who is right, on [0, 1]: 2 % flat, the rest 8 r^7.
FLAT, POWER = 0.02, 8


@dataclass(frozen=True)
class Coherence:
    """How a teacher's scores compare with the same scores dealt to other columns.

    Attributes
    ----------
    rank
        Share, in (0, 1), of deals whose score varies less over the rows. One half is what a prior
        without knowledge of the table gets on average; near one, columns that go together are
        scored alike.
    weight
        How far the rank can be believed, in [0, 1]: the share of the variance between deals that
        is not mere chance. Near 0 with few rows, or when the columns do not go together.
    """

    rank: float
    weight: float


def coherence(scores: Array, rows: Array, row_weights: Array) -> Coherence:
    """Compare how much the teacher's scores vary over the rows with random deals of them.

    Deals are seeded: the same input gives the same result.

    Parameters
    ----------
    scores : (n_outputs, n_columns)
        The teacher's weights; a deal moves whole columns.
    rows : (n_rows, n_columns)
        Encoded columns, brought to variance 1 here; :func:`some_rows` are enough.
    row_weights : (n_rows,)

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> size = rng.normal(size=(300, 1))
    >>> rows = np.hstack([size + 0.3 * rng.normal(size=(300, 4)), rng.normal(size=(300, 4))])
    >>> found = coherence(np.array([[1.0, 1, 1, 1, 0, 0, 0, 0]]), rows, np.ones(300))
    >>> found.rank > 0.95, found.weight > 0.95
    (True, True)
    """
    unit = _unit_columns(rows, row_weights)
    outputs = scores - scores.mean(axis=0) if len(scores) > 1 else scores
    n_columns = scores.shape[1]
    deals = np.argsort(np.random.default_rng(0).random((N_DEALS, n_columns)), axis=1)
    spread = _shared_spread if n_columns <= len(unit) else _projected_spread
    own = float(spread(unit, outputs[None]).sum())
    dealt = spread(unit, outputs.T[deals].transpose(0, 2, 1))
    # Equal up to rounding is a tie: with few different scores many deals are the same.
    margin = 1e-9 * abs(own)
    below = np.sum(dealt < own - margin) + 0.5 * np.sum(np.abs(dealt - own) <= margin)
    rank = float((below + 0.5) / (N_DEALS + 1))
    return Coherence(rank, _weight(dealt, outputs, float(row_weights.sum())))


def some_rows(rows: Array, row_weights: Array) -> tuple[Array, Array]:
    """Return at most 500 rows, evenly spaced, and their weights: enough to judge by."""
    step = max(1, -(-len(rows) // N_ROWS))
    return rows[::step], row_weights[::step]


def _unit_columns(rows: Array, row_weights: Array) -> Array:
    """Return centred columns of variance 1, each row times the root of its share of the weight."""
    share = row_weights / row_weights.sum()
    centred = (rows - share @ rows) * np.sqrt(share)[:, None]
    sd = np.sqrt((centred**2).sum(axis=0))
    unit: Array = centred / np.where(sd > 1e-9, sd, np.inf)
    return unit


def _shared_spread(unit: Array, dealt: Array) -> Array:
    """Return the variance over rows (n_deals,) of deals (n_deals, n_outputs, n_columns)."""
    shared = unit.T @ unit  # (n_columns, n_columns)
    flat = dealt.reshape(-1, unit.shape[1])
    spread: Array = np.sum((flat @ shared) * flat, axis=1).reshape(len(dealt), -1).sum(axis=1)
    return spread


def _projected_spread(unit: Array, dealt: Array) -> Array:
    """As :func:`_shared_spread`, for more columns than rows."""
    flat = dealt.reshape(-1, unit.shape[1])
    spread: Array = np.sum((flat @ unit.T) ** 2, axis=1).reshape(len(dealt), -1).sum(axis=1)
    return spread


def _weight(dealt: Array, outputs: Array, n_rows: float) -> float:
    """Return the share of the variance between deals that unrelated columns would not show."""
    mean = float(dealt.mean())
    if mean <= 0 or n_rows <= 1:
        return 0.0
    squares = (outputs**2).sum(axis=0)  # (n_columns,)
    concentration = float((squares**2).sum() / squares.sum() ** 2)
    # centred rows are worth one less
    by_chance = 2.0 * (1.0 - concentration) / (n_rows - 1.0)
    found = float(dealt.var()) / mean**2
    return max(0.0, 1.0 - by_chance / found) if found > 0 else 0.0


def probability_right(found: Coherence, before: float = RIGHT) -> float:
    """Return the probability that the scores stand on the right columns, in (0, 1).

    Bayes' rule with a flat density of ranks for a prior without knowledge of the table, and one
    that rises to the seventh power for a teacher who has it, to the power of the weight.

    Parameters
    ----------
    found
        What :func:`coherence` returned.
    before
        The probability before any row is seen.

    Examples
    --------
    >>> round(probability_right(Coherence(0.99, 1.0)), 2)
    0.97
    >>> round(probability_right(Coherence(0.5, 1.0)), 2), probability_right(Coherence(0.5, 0.0))
    (0.25, 0.8)
    """
    density = FLAT + (1.0 - FLAT) * POWER * found.rank ** (POWER - 1)
    odds = before / (1.0 - before) * density**found.weight
    return float(odds / (1.0 + odds))
