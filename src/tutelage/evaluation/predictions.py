"""Predictions: what a model said about rows whose class is known, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tutelage.errors import DataError
from tutelage.lessons import label_name

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Classifier(Protocol):
    """Anything that can be evaluated: fitted, with ``classes_`` and ``predict_proba``."""

    classes_: Any

    def predict_proba(self, X: Any) -> Any:
        """Return one probability per row and class, in the order of ``classes_``."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Probabilities of one model for rows whose class is known.

    Attributes
    ----------
    codes
        (n_rows,) position of each row's true class in ``classes``.
    probabilities
        (n_rows, n_classes) numbers in [0, 1]; each row sums to 1.
    classes
        The names of the classes, in the order of the columns of ``probabilities``.
    """

    codes: IntArray
    probabilities: FloatArray
    classes: tuple[str, ...]

    @property
    def n_rows(self) -> int:
        """Number of rows, at least 1."""
        return len(self.codes)

    @property
    def absent(self) -> tuple[str, ...]:
        """The classes that no row belongs to."""
        counts = np.bincount(self.codes, minlength=len(self.classes))
        return tuple(name for name, n in zip(self.classes, counts, strict=True) if n == 0)


def predictions_of(model: Classifier, X: Any, y: Any) -> Predictions:
    """Ask ``model`` about the rows ``X`` whose true classes are ``y``."""
    if not hasattr(model, "classes_") or not hasattr(model, "predict_proba"):
        raise DataError(
            "A model to evaluate must be fitted and have classes_ and predict_proba, got "
            f"{type(model).__name__}. Fit it first, or wrap it in a class that has both."
        )
    return check_predictions(y, model.predict_proba(X), list(model.classes_))


def check_predictions(y: Any, probabilities: ArrayLike, classes: Sequence[object]) -> Predictions:
    """Return the three as one checked value.

    Labels match classes by name, so that 1, 1.0 and ``"1"`` are the same class.

    Raises
    ------
    DataError
        When there is no row, a label is missing or not among the classes, or the probabilities
        have another shape, are not finite, lie outside [0, 1] or do not sum to 1.

    Examples
    --------
    >>> check_predictions(["no", "yes"], [[0.9, 0.1], [0.4, 0.6]], ["no", "yes"]).codes
    array([0, 1])
    """
    names = tuple(label_name(label) for label in classes)
    codes = _codes(y, names)
    table = np.asarray(probabilities, dtype=np.float64)
    if table.shape != (len(codes), len(names)):
        raise DataError(
            f"Probabilities must have one row per label and one column per class, "
            f"{(len(codes), len(names))}, got shape {table.shape}."
        )
    bad = ~np.isfinite(table).all(axis=1) | (table < -1e-9).any(axis=1)
    bad |= np.abs(table.sum(axis=1) - 1) > 1e-3
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            "Probabilities must be numbers in [0, 1] that sum to 1 in each row; "
            f"{int(bad.sum())} of {len(codes)} rows do not, first row {row}: {table[row].tolist()}."
        )
    return Predictions(codes, table, names)


def _codes(y: Any, names: tuple[str, ...]) -> IntArray:
    labels = np.asarray(y, dtype=object)
    if labels.ndim != 1 or len(labels) == 0:
        raise DataError(
            f"Labels must be one value per row, at least one row, got shape {labels.shape}."
        )
    raw, uniques = pd.factorize(labels)
    if (raw < 0).any():
        raise DataError(
            f"Every row to evaluate needs a label; {int((raw < 0).sum())} of {len(labels)} have "
            "none. Drop those rows first."
        )
    found = [label_name(label) for label in uniques]
    strangers = [name for name in found if name not in names]
    if strangers:
        raise DataError(
            f"Labels must be among the model's classes {list(names)}, got also "
            f"{sorted(strangers)[:5]}. Check the target column, or drop those rows."
        )
    positions = np.array([names.index(name) for name in found], dtype=np.int64)
    return positions[raw]
