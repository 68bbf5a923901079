"""Labels <-> class codes: any labels in, sorted classes and positions out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from tutelage.errors import DataError


def learn_labels(y: ArrayLike, n_rows: int) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the sorted classes (n_classes,) and the class of each row (n_rows,).

    Raises
    ------
    DataError
        When a label is missing or infinite, their number is not ``n_rows``, or all are the same.

    Examples
    --------
    >>> learn_labels(["no", "yes", "no"], 3)
    (array(['no', 'yes'], dtype='<U3'), array([0, 1, 0]))
    """
    labels = _as_array(y)
    _refuse_missing(labels)
    if labels.dtype.kind not in "biuU":  # integers, booleans and texts are classes for certain
        check_classification_targets(labels)
    if len(labels) != n_rows:
        raise DataError(
            f"X and y must have the same number of rows, got {n_rows} and {len(labels)}."
        )
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise DataError(
            f"y must hold at least 2 classes, got one class: {classes.tolist()}. "
            "Add labelled rows of another class."
        )
    return classes, codes.astype(np.intp)


def _as_array(y: ArrayLike) -> NDArray[Any]:
    if isinstance(y, np.ndarray) and y.ndim == 1:
        return y
    # scikit-learn would make floats of pandas' own booleans and integers: other labels
    if isinstance(y, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        plain = np.asarray(y)
        if plain.dtype.kind in "biu":
            return plain
    return np.asarray(column_or_1d(y, warn=True))


def _refuse_missing(labels: NDArray[Any]) -> None:
    missing = pd.isna(labels)
    if missing.any():
        raise DataError(
            f"Input y contains NaN: {int(missing.sum())} of {len(labels)} labels are missing. "
            "Give rows without a label to fit as unlabelled=, or leave them out (texts)."
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise DataError("Input y contains infinity; labels must be finite numbers or texts.")
