"""How much each labelled row counts: sample weights times class weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

from tutelage.errors import DataError

Array = NDArray[np.float64]


def read_sample_weight(sample_weight: ArrayLike | None, n_rows: int) -> Array:
    """Return one weight per row (n_rows,), >= 0; default 1.

    Raises
    ------
    DataError
        When every weight is 0.
    """
    if sample_weight is None:
        return np.ones(n_rows)
    probe = np.empty((n_rows, 1))
    weights: Array = _check_sample_weight(
        sample_weight, probe, dtype=np.float64, ensure_non_negative=True
    )
    if not weights.any():
        raise DataError("sample_weight must be above 0 for some row; all are 0.")
    return weights


def times_class_weight(
    weights: Array,
    class_weight: Mapping[Any, float] | str | None,
    classes: NDArray[Any],
    codes: NDArray[np.intp],
) -> Array:
    """Return the weights (n_rows,) times that of each row's class, as in scikit-learn.

    >>> one = np.ones(4)
    >>> times_class_weight(one, "balanced", np.array(["a", "b"]), np.array([0, 0, 0, 1])).round(2)
    array([0.67, 0.67, 0.67, 2.  ])
    """
    if class_weight is None:
        return weights
    if class_weight == "balanced":
        held = np.bincount(codes, weights, minlength=len(classes))
        per_class = weights.sum() / np.maximum(held, 1e-300) / len(classes)
        balanced: Array = weights * per_class[codes]
        return balanced
    per_row: Array = compute_sample_weight(class_weight, classes[codes])
    return weights * per_row
