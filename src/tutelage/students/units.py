"""Units of numeric columns: a scale on which one extreme value cannot own the fit, and curves.

``z = asinh((x - median) / iqr)``, standardised, is nearly linear in the middle and logarithmic in
the tails. A bend is a fixed curve of z (the second and third Hermite polynomial), nearly
uncorrelated with the straight line for a bell-shaped column; a wave is a cosine of the rank of z
among the rows. With them a linear student can learn that the middle differs from both ends, or
that some hours of the day differ from others, and each column's contribution stays exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# An indicator that is rarer than one row in eleven is scaled as if it were that frequent: else
# a handful of rows would give it a huge weight.
SMALLEST_INDICATOR_SD = 0.3
FEWEST_VALUES_TO_BEND = 4
N_ROWS_TO_COUNT = 500
LONGEST_BENT_Z = 2.5
LARGEST_EXPONENT = 400  # of 2; about 1e120
# Prior variance of the weight of each bend, as a share of that of the straight line.
BEND_SHARES = (1.0, 0.5)
# The same for the waves of 1, 2, 3 and 4 half turns: slow ones first, as in a smoothing spline.
WAVE_SHARES = (1.0, 1 / 4, 1 / 9, 1 / 16)
# With more columns than these, waves cost more time than they are worth.
MOST_WAVING_COLUMNS = 40
N_KNOTS = 32
MOST_NUMBERS_AT_ONCE = 1 << 20
QUARTERS = (0.25, 0.5, 0.75)


def bend(z: Array) -> Array:
    """Return the bends (n_rows, 2 * n_columns) of standardised columns (n_rows, n_columns).

    First every column's ``(z^2 - 1) / sqrt(2)``, then every column's ``(z^3 - 3 z) / sqrt(6)``,
    with z cut at 2.5 so that a tail cannot dominate.

    >>> bend(np.array([[0.5], [1.0]])).round(3).tolist()
    [[-0.53, -0.561], [0.0, -0.816]]
    """
    short = np.clip(z, -LONGEST_BENT_Z, LONGEST_BENT_Z)
    square = (short**2 - 1.0) / math.sqrt(2.0)
    cube = (short**2 - 3.0) * short / math.sqrt(6.0)
    return np.concatenate([square, cube], axis=1)


def wave(z: Array, knots: Array) -> Array:
    """Return the waves (n_rows, 4 * n_columns) of standardised columns (n_rows, n_columns).

    First every column's ``sqrt(2) cos(pi u)``, then every column's ``sqrt(2) cos(2 pi u)``, and
    so on, with u in (0, 1) the rank of z among the knots, linear in between; NaN stays NaN.

    Parameters
    ----------
    knots : (n_knots, n_columns)
        Values of z, rising, each of which as many rows lie between.

    >>> column = np.array([[-1.0], [0.0], [1.0]])
    >>> abs(wave(column, column)).round(3)[:, :2].tolist()  # cos(pi / 6), cos(2 pi / 6); ...
    [[1.225, 0.707], [0.0, 1.414], [1.225, 0.707]]
    """
    places = np.arange(len(knots))
    first = np.empty_like(z)
    for column, stops in enumerate(knots.T):
        # rows of one value have one rank, the middle of theirs
        low, high = stops.searchsorted(stops, "left"), stops.searchsorted(stops, "right")
        first[:, column] = np.interp(z[:, column], stops, (low + high) / (2 * len(places)))
    first = np.cos(math.pi * first)
    # cos(k a) follows from cos(a)
    square = first**2
    turns = (first, 2 * square - 1, (4 * square - 3) * first, 8 * square * (square - 1) + 1)
    return math.sqrt(2.0) * np.concatenate(turns, axis=1)


def can_bend(numbers: Array) -> NDArray[np.bool_]:
    """Tell which columns (n_columns,) hold at least 4 different values: fewer have no bend.

    Looks at no more than 500 rows, evenly spaced.
    """
    n_rows = len(numbers)
    step = max(1, math.ceil(n_rows / N_ROWS_TO_COUNT))
    ranked = np.sort(numbers[::step].T, axis=1)  # NaN goes last
    different: NDArray[np.intp] = (ranked[:, 1:] > ranked[:, :-1]).sum(axis=1)
    enough: NDArray[np.bool_] = different + 1 >= FEWEST_VALUES_TO_BEND
    return enough


@dataclass(frozen=True, eq=False)
class Units:
    """How numbers become z, per column.

    Attributes
    ----------
    median, iqr, mean, sd : (n_columns,)
        ``z = (asinh((x - median) / iqr) - mean) / sd``; sd is infinite where nothing varies.
    knots : (32, n_columns)
        Values of z that have a 64th, three 64ths, ... of the rows below them; rising.
    """

    median: Array
    iqr: Array
    mean: Array
    sd: Array
    knots: Array


def learn_units(numbers: Array, weights: Array | None) -> Units:
    """Return the units of columns (n_rows, n_columns), a row of weight 2 counting as two.

    Works on a few columns at a time, so that many rows need little more memory than they have.
    """
    n_rows, n_columns = numbers.shape
    at_once = max(1, MOST_NUMBERS_AT_ONCE // max(n_rows, 1))
    parts = [
        _learn_some(numbers[:, start : start + at_once], weights)
        for start in range(0, max(n_columns, 1), at_once)
    ]
    return Units(
        *(
            np.concatenate([getattr(part, one.name) for part in parts], axis=-1)
            for one in fields(Units)
        )
    )


def _learn_some(numbers: Array, weights: Array | None) -> Units:
    n_columns = numbers.shape[1]
    median, iqr = np.zeros(n_columns), np.ones(n_columns)
    unit_mean, unit_sd = np.zeros(n_columns), np.full(n_columns, np.inf)
    knots = np.zeros((N_KNOTS, n_columns))
    seen = np.flatnonzero(~np.isnan(numbers).all(axis=0))
    if not len(seen):
        return Units(median, iqr, unit_mean, unit_sd, knots)
    part, exponents = _of_moderate_size(numbers[:, seen])
    ranks = (np.arange(N_KNOTS) + 0.5) / N_KNOTS
    low, middle, high, *stops = _quantiles(part, weights, np.concatenate([QUARTERS, ranks]))
    _, spread = _mean_and_sd(part, weights)
    width = high - low
    width = np.where(width > 0, width, np.where(spread > 0, spread, 1.0))
    mean, sd = _mean_and_sd(np.arcsinh((part - middle) / width), weights)
    sd = sd / _two_valued_shrink(part, spread)
    with np.errstate(over="ignore"):
        wide = np.minimum(np.ldexp(width, exponents), np.finfo(np.float64).max)
    median[seen], iqr[seen] = np.ldexp(middle, exponents), wide
    unit_mean[seen] = mean
    unit_sd[seen] = np.where(sd > 1e-12, sd, np.inf)
    knots[:, seen] = (np.arcsinh((np.array(stops) - middle) / width) - mean) / unit_sd[seen]
    return Units(median, iqr, unit_mean, unit_sd, knots)


def _of_moderate_size(part: Array) -> tuple[Array, NDArray[np.intc]]:
    """Return ``columns / 2**exponents``, exactly, and the exponents (n_columns,).

    Squares of numbers beyond 1e150 or below 1e-150 do not fit a float; other columns stay as they
    are, with exponent 0.
    """
    largest = np.maximum(np.nanmax(part, axis=0), -np.nanmin(part, axis=0))
    exponents = np.frexp(largest)[1]
    exponents[np.abs(exponents) < LARGEST_EXPONENT] = 0
    if exponents.any():
        at = np.flatnonzero(exponents)
        part = part.copy()
        part[:, at] = np.ldexp(part[:, at], -exponents[at])
    return part, exponents


def _quantiles(values: Array, weights: Array | None, shares: Array) -> Array:
    """Return the quantiles (n_shares, n_columns), skipping NaN; a row of weight 2 is two rows.

    The smallest value that is not below a quarter (half, three quarters) of the weight: no
    interpolation, which would tell two rows from one of weight 2.
    """
    columns = np.ascontiguousarray(values.T)  # (n_columns, n_rows): sorting rows is far faster
    if weights is None:
        columns.sort(axis=1)  # NaN goes last
        count = (~np.isnan(columns)).sum(axis=1)
        at = np.ceil(shares[:, None] * count).astype(np.intp) - 1
    else:
        order = columns.argsort(axis=1)
        columns = np.take_along_axis(columns, order, axis=1)
        reached = np.cumsum(np.where(np.isnan(columns), 0.0, weights[order]), axis=1)
        wanted = shares * reached[:, -1:]  # (n_columns, n_shares)
        pairs = zip(reached, wanted, strict=True)
        at = np.array([row.searchsorted(share, "left") for row, share in pairs]).T
    found: Array = columns[np.arange(len(columns)), at]
    return found


def _mean_and_sd(values: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return mean and standard deviation (n_columns,) of ``values``, skipping NaN."""
    if weights is None and not np.isnan(values.sum()):  # a sum is NaN if a value is
        return values.mean(axis=0), values.std(axis=0)
    known = ~np.isnan(values)
    share = known if weights is None else known * weights[:, None]
    filled = np.where(known, values, 0.0)
    total = share.sum(axis=0)
    mean = (share * filled).sum(axis=0) / total
    variance = (share * (filled - mean) ** 2).sum(axis=0) / total
    return mean, np.sqrt(variance)


def _two_valued_shrink(part: Array, spread: Array) -> Array:
    """Return, for columns of two values, by how much a rare value's z is shrunk; else 1."""
    low, high = np.nanmin(part, axis=0), np.nanmax(part, axis=0)
    two = ((part == low) | (part == high) | np.isnan(part)).all(axis=0) & (high > low)
    smallest = SMALLEST_INDICATOR_SD * (high - low)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink: Array = np.where(two & (spread > 0) & (spread < smallest), spread / smallest, 1.0)
    return shrink
