"""Targets that are probabilities: what a teacher, or several people, thought of each text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tutelage.errors import DataError
from tutelage.lessons.feature_prior import label_name
from tutelage.students.labels import learn_labels
from tutelage.students.text_examples import one_hot, soft_targets

Array = NDArray[np.float64]


def learn_targets(
    labels: ArrayLike | None, probabilities: Any, n_texts: int
) -> tuple[NDArray[Any], NDArray[np.intp], Array]:
    """Return classes (n_classes,), codes (n_texts,) and targets (n_texts, n_classes).

    Parameters
    ----------
    labels : (n_texts,) or None
        With probabilities they may be missing as a whole: the code of a text is then its most
        probable class.
    probabilities : (n_texts, n_classes) or None
        A frame whose columns are the classes, or an array whose columns are the sorted labels.
        A row of NaN takes the text's label for certain.

    Raises
    ------
    DataError
        When they cannot be used; see :func:`soft_targets`.

    Examples
    --------
    >>> said = pd.DataFrame({"no": [0.2, np.nan], "yes": [0.8, np.nan]})
    >>> learn_targets(["yes", "no"], said, 2)[2].tolist()
    [[0.2, 0.8], [1.0, 0.0]]
    """
    if probabilities is None:
        if labels is None:
            raise DataError("labels must be given, or label_probabilities in their place.")
        classes, codes = learn_labels(labels, n_texts)
        return classes, codes, one_hot(codes, len(classes))
    if isinstance(probabilities, pd.DataFrame):
        classes, table = _read_frame(probabilities)
        known = None if labels is None else _codes_among(labels, classes)
    else:
        if labels is None:
            raise DataError(
                "label_probabilities without labels must be a pandas DataFrame, whose columns "
                f"name the classes, got {type(probabilities).__name__}."
            )
        classes, known = learn_labels(labels, n_texts)
        table = _numbers(probabilities)
    if table.ndim != 2 or table.shape != (n_texts, len(classes)):
        raise DataError(
            f"label_probabilities must be a table with a row per text and a column per class, "
            f"{(n_texts, len(classes))}, got {table.shape}. With a DataFrame whose columns are "
            "classes, texts may lack some of them."
        )
    return classes, *_filled(table, known)


def _filled(table: Array, known: NDArray[np.intp] | None) -> tuple[NDArray[np.intp], Array]:
    """Return the codes, and the table with certain labels in rows that say nothing."""
    silent: NDArray[np.bool_] = np.asarray(np.isnan(table).all(axis=1))
    if known is None:
        if silent.any():
            raise DataError(
                f"label_probabilities say nothing of {int(silent.sum())} of {len(table)} texts "
                f"(the first in row {int(silent.argmax())}), and labels were not given. Give "
                "labels, or leave these texts out."
            )
        codes = table.argmax(axis=1).astype(np.intp)
    elif len(known) != len(table):
        raise DataError(f"there must be one label per text, {len(table)}, got {len(known)}.")
    else:
        codes = known
    whole = np.where(silent[:, None], one_hot(codes, table.shape[1]), table)
    targets = soft_targets(whole, len(whole))
    assert targets is not None  # an array of numbers is never plain labels
    return codes, targets


def _read_frame(frame: pd.DataFrame) -> tuple[NDArray[Any], Array]:
    """Return the sorted columns and the numbers, in that order."""
    names = [label_name(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if len(names) < 2 or twice:
        raise DataError(
            "the columns of label_probabilities must be at least 2 different classes, got "
            f"{names[:8]}."
        )
    classes, order = np.unique(np.array(list(frame.columns)), return_index=True)
    return classes, _numbers(frame.iloc[:, order])


def _numbers(table: Any) -> Array:
    try:
        found: Array = np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"label_probabilities must hold numbers: {error}.") from error
    return found


def _codes_among(labels: ArrayLike, classes: NDArray[Any]) -> NDArray[np.intp]:
    listed = np.asarray(labels).tolist()
    places = {label_name(label): place for place, label in enumerate(classes)}
    strange = sorted({label_name(label) for label in listed} - set(places))
    if strange:
        raise DataError(
            f"labels must be columns of label_probabilities, {len(strange)} are not: "
            f"{strange[:8]}. The columns are {list(places)[:8]}."
        )
    return np.array([places[label_name(label)] for label in listed], dtype=np.intp)
