"""What a user gives as ``X`` -> a table of the columns that were seen in ``fit``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from tutelage.errors import DataError
from tutelage.students.columns import ColumnLayout, Table, read_table


def read_first(student: BaseEstimator, X: Any, as_categories: Sequence[str]) -> Table:
    """Read the ``X`` of ``fit`` and note its columns on ``student``, as scikit-learn does.

    ``as_categories`` names the columns that are categories although they hold numbers.
    """
    return _read(student, X, as_categories, reset=True)


def read_again(student: BaseEstimator, X: Any, as_categories: Sequence[str]) -> Table:
    """Read more rows of the columns that ``student`` has noted."""
    return _read(student, X, as_categories, reset=False)


def same_kinds(table: Table, more: Table) -> tuple[Table, Table]:
    """Return both tables with the same columns read as categories.

    A column without a single value has no kind: it takes that of the other table.

    Raises
    ------
    DataError
        Listing columns that hold numbers in one table and text in the other.
    """
    problems = []
    for i in sorted(table.texts.keys() ^ more.texts.keys()):
        bare = more if i in table.texts else table
        if np.isnan(bare.numbers[:, i]).all():
            bare.texts[i] = (np.full(bare.n_rows, -1, dtype=np.intp), ())
        else:
            where = ("X", "unlabelled") if bare is table else ("unlabelled", "X")
            problems.append(
                f"column {table.names[i]!r} is a number in {where[0]} and text in {where[1]}"
            )
    if problems:
        raise DataError("X and unlabelled must hold the same kind of values:", problems)
    return table, more


def read_for(student: BaseEstimator, X: Any, layout: ColumnLayout) -> Table:
    """Read rows to predict, and check that their columns are of the kinds seen in ``fit``."""
    listed = zip(layout.names, layout.categories, strict=True)
    table = read_again(student, X, [name for name, known in listed if known is not None])
    empty = layout.empty
    problems = [
        f"column {layout.names[i]!r} was a number in fit and holds text now "
        f"({list(table.texts[i][1])[:3]})"
        for i in table.texts
        if layout.categories[i] is None and i not in empty
    ]
    if problems:
        raise DataError("These rows do not fit the table the student was trained on:", problems)
    return table


def _read(student: BaseEstimator, X: Any, as_categories: Sequence[str], *, reset: bool) -> Table:
    if isinstance(X, pd.DataFrame):
        _note_columns(student, X, reset=reset)
        if not len(X) or not len(X.columns):
            kind = "sample(s)" if not len(X) else "feature(s)"
            raise DataError(
                f"Found array with 0 {kind} (shape={X.shape}) while a minimum of 1 is required."
            )
        return read_table(X, as_categories)
    X = validate_data(student, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
    names = tuple(f"x{i}" for i in range(X.shape[1]))
    return Table(names, X.astype(np.float64), {})


def _note_columns(student: BaseEstimator, frame: pd.DataFrame, *, reset: bool) -> None:
    """Do what ``validate_data`` does with names, without its cost where all is plain."""
    names = frame.columns.to_numpy(dtype=object)
    if reset and all(type(name) is str for name in names):
        student.feature_names_in_, student.n_features_in_ = names.copy(), len(names)
        return
    known = getattr(student, "feature_names_in_", None)
    if not reset and known is not None and np.array_equal(names, known):
        return
    validate_data(student, frame, reset=reset, skip_check_array=True)
