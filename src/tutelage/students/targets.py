"""Targets of a regression: any column of finite numbers in, floats out."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import column_or_1d

from tutelage.errors import DataError


def learn_target(y: ArrayLike, n_rows: int) -> NDArray[np.float64]:
    """Return the target as floats (n_rows,).

    Raises
    ------
    DataError
        When a value is missing, infinite or no number, or their number is not ``n_rows``.

    Examples
    --------
    >>> learn_target([1, 2, 4], 3)
    array([1., 2., 4.])
    >>> learn_target(["low", "high"], 2)
    Traceback (most recent call last):
        ...
    tutelage.errors.DataError: y must hold numbers, got 'low' in row 0. Use TaughtClassifier to
    predict a class, or turn texts into numbers first.
    """
    values = y if isinstance(y, np.ndarray) and y.ndim == 1 else column_or_1d(y, warn=True)
    missing = pd.isna(values)
    if missing.any():
        raise DataError(
            f"Input y contains NaN: {int(missing.sum())} of {len(values)} targets are missing. "
            "Give rows without a target to fit as unlabelled=."
        )
    target = _as_numbers(values)
    infinite = np.flatnonzero(~np.isfinite(target))
    if len(infinite):
        raise DataError(
            f"Input y contains infinity: {len(infinite)} of {len(target)} targets, the first in "
            f"row {infinite[0]}. Drop those rows or give them finite values."
        )
    if len(target) != n_rows:
        raise DataError(
            f"X and y must have the same number of rows, got {n_rows} and {len(target)}."
        )
    return target


def _as_numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype.kind not in "biuf":
        for row, value in enumerate(values.tolist()):
            if not isinstance(value, numbers.Real):
                raise DataError(
                    f"y must hold numbers, got {value!r} in row {row}. Use TaughtClassifier to "
                    "predict a class, or turn texts into numbers first."
                )
    try:
        return values.astype(np.float64)
    except OverflowError as error:
        raise DataError(f"y must hold numbers that a float can hold: {error}.") from error
