"""Units of numeric columns: a scale on which one extreme value cannot own the fit, and bends.

``z = asinh((x - median) / iqr)``, standardised, is nearly linear in the middle and logarithmic in
the tails. A bend is a fixed curve of z (the second and third Hermite polynomial), nearly
uncorrelated with the straight line for a bell-shaped column: with it a linear student can learn
that the middle differs from both ends, and each column's contribution stays exact.
"""

from __future__ import annotations

import math

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


def learn_units(numbers: Array, weights: Array | None) -> tuple[Array, Array, Array, Array]:
    """Return median, iqr, mean and sd of ``asinh((x - median) / iqr)`` per column."""
    n_columns = numbers.shape[1]
    median, iqr = np.zeros(n_columns), np.ones(n_columns)
    unit_mean, unit_sd = np.zeros(n_columns), np.full(n_columns, np.inf)
    seen = np.flatnonzero(~np.isnan(numbers).all(axis=0))
    if not len(seen):
        return median, iqr, unit_mean, unit_sd
    part, exponents = _of_moderate_size(numbers[:, seen])
    low, middle, high = _quartiles(part, weights)
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
    return median, iqr, unit_mean, unit_sd


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


def _quartiles(values: Array, weights: Array | None) -> Array:
    """Return the quartiles (3, n_columns), skipping NaN; a row of weight 2 is two rows.

    The smallest value that is not below a quarter (half, three quarters) of the weight: no
    interpolation, which would tell two rows from one of weight 2.
    """
    columns = np.ascontiguousarray(values.T)  # (n_columns, n_rows): sorting rows is far faster
    shares = np.array([[0.25], [0.5], [0.75]])
    if weights is None:
        columns.sort(axis=1)  # NaN goes last
        count = (~np.isnan(columns)).sum(axis=1)
        at = np.ceil(shares * count).astype(np.intp) - 1
    else:
        order = columns.argsort(axis=1)
        columns = np.take_along_axis(columns, order, axis=1)
        reached = np.cumsum(np.where(np.isnan(columns), 0.0, weights[order]), axis=1)
        total = reached[:, -1:]
        at = np.array([(reached < share * total).sum(axis=1) for share in shares[:, 0]])
    found: Array = columns[np.arange(len(columns)), at]
    return found


def _mean_and_sd(values: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return mean and standard deviation (n_columns,) of ``values``, skipping NaN."""
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
