"""Sums over rows that a linear regression needs, and the coordinates in which they are simple."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROWS_AT_ONCE = 1 << 16
NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Moments:
    """Weighted sums over centred rows and their target.

    Attributes
    ----------
    total
        Sum of the weights.
    mean : (n_columns,)
        Weighted mean of the rows.
    target_mean
        Weighted mean of the target.
    cross : (n_columns,)
        Sum of weight times centred row times centred target.
    square
        Sum of weight times squared centred target.
    gram : (n_columns, n_columns) or None
        Sum of weight times outer product of centred rows; None where ``half`` is smaller.
    half : (n_rows, n_columns) or None
        Centred rows times the root of their weight, where there are fewer rows than columns.
    """

    total: float
    mean: Array
    target_mean: float
    cross: Array
    square: float
    gram: Array | None
    half: Array | None


def moments_of(rows: Array, target: Array, row_weights: Array) -> Moments:
    """Return the sums of ``rows`` (n_rows, n_columns), a block of rows at a time.

    >>> moments = moments_of(np.array([[0.0], [2.0]]), np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    >>> moments.mean.tolist(), moments.gram.tolist(), moments.cross.tolist(), moments.square
    ([1.0], [[2.0]], [2.0], 2.0)
    """
    total = float(row_weights.sum())
    mean = sum(
        row_weights[start : start + ROWS_AT_ONCE] @ rows[start : start + ROWS_AT_ONCE]
        for start in range(0, len(rows), ROWS_AT_ONCE)
    ) / np.float64(total)
    target_mean = float(row_weights @ target / total)
    away = target - target_mean
    square = float(row_weights @ away**2)
    n_rows, n_columns = rows.shape
    if n_rows < n_columns:
        half = (rows - mean) * np.sqrt(row_weights)[:, None]
        cross = (row_weights * away) @ (rows - mean)
        return Moments(total, mean, target_mean, cross, square, None, half)
    gram, cross = np.zeros((n_columns, n_columns)), np.zeros(n_columns)
    for start in range(0, n_rows, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        block = rows[part] - mean
        weighted = block * row_weights[part, None]
        gram += block.T @ weighted
        cross += away[part] @ weighted
    return Moments(total, mean, target_mean, cross, square, gram, None)


@dataclass(frozen=True)
class Spectrum:
    """Coordinates in which the rows are orthogonal and the weights have prior Normal(0, I).

    ``weights = basis @ coefficients``; directions without length are dropped.

    Attributes
    ----------
    values : (rank,)
        Squared lengths, > 0.
    basis : (n_columns, rank)
    target : (rank,)
        The target along each direction.
    rest
        Squared length of the target outside of all directions, >= 0.
    variances : (n_columns,)
        Prior variance of each weight, >= 0; 0 leaves the column out.
    """

    values: Array
    basis: Array
    target: Array
    rest: float
    variances: Array

    def along(self, weights: Array) -> Array:
        """Return what ``weights`` (n_columns,) predict along each direction (rank,).

        A column that is left out must have weight 0.
        """
        divisor = np.where(self.variances > 0, self.variances, 1.0)
        found: Array = np.sqrt(self.values) * ((weights / divisor) @ self.basis)
        return found


def spectrum(moments: Moments, variances: Array) -> Spectrum:
    """Return the coordinates for weights of prior variance ``variances`` (n_columns,), >= 0.

    >>> moments = moments_of(np.array([[0.0], [2.0]]), np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    >>> found = spectrum(moments, np.array([1.0]))
    >>> found.values.tolist(), abs(found.target).round(3).tolist(), round(found.rest, 9)
    ([2.0], [1.414], 0.0)
    """
    sd = np.sqrt(variances)
    if moments.half is not None:
        scaled = moments.half * sd  # (n_rows, n_columns)
        values, left = np.linalg.eigh(scaled @ scaled.T)
        kept = _long(values)
        vectors = scaled.T @ (left[:, kept] / np.sqrt(values[kept]))
    else:
        assert moments.gram is not None
        values, vectors = np.linalg.eigh(moments.gram * sd * sd[:, None])
        kept = _long(values)
        vectors = vectors[:, kept]
    values = values[kept]
    basis = sd[:, None] * vectors
    target = (moments.cross @ basis) / np.sqrt(values)
    rest = max(moments.square - float(target @ target), 0.0)
    return Spectrum(values, basis, target, rest, variances)


def _long(values: Array) -> NDArray[np.bool_]:
    largest = float(values.max(initial=0.0))
    long: NDArray[np.bool_] = values > max(largest, 1e-300) * NEGLIGIBLE
    return long
