"""Who belongs to which group: the values of sensitive columns as names, one per row."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from tutelage.errors import DataError, InputError
from tutelage.lessons import label_name

MOST_VALUES = 10  # of a numeric column; with more it is cut at its quartiles
MOST_GROUPS = 50
MISSING = "(missing)"

Sensitive = str | Iterable[str] | pd.DataFrame | pd.Series | Mapping[str, Any]


def groups_of(sensitive: Sensitive, X: Any, n_rows: int, crossed: bool) -> dict[str, Any]:
    """Return column -> the name of each row's group (n_rows,).

    A number with more than 10 values is cut at its quartiles; a missing cell is a group of its own.

    Raises
    ------
    DataError
        When a column is not in ``X`` (a near name is suggested), has a value for other rows, or
        has fewer than two groups or more than 50.

    Examples
    --------
    >>> X = pd.DataFrame({"sex": ["f", "m", None]})
    >>> groups_of("sex", X, 3, crossed=False)["sex"].tolist()
    ['f', 'm', '(missing)']
    """
    columns = {
        name: _names_of_groups(values) for name, values in _columns(sensitive, X, n_rows).items()
    }
    if crossed:
        for one, two in combinations(list(columns), 2):
            pairs = zip(columns[one], columns[two], strict=True)
            columns[f"{one} x {two}"] = np.array([f"{a}, {b}" for a, b in pairs], dtype=object)
    for name, values in columns.items():
        count = len(set(values))
        if count < 2 or count > MOST_GROUPS:
            raise DataError(
                f"A sensitive column must have from 2 to {MOST_GROUPS} groups among the rows; "
                f"{name!r} has {count}. "
                + ("Give rows of another group too." if count < 2 else "Join some values first.")
            )
    return columns


def _columns(sensitive: Sensitive, X: Any, n_rows: int) -> dict[str, pd.Series]:
    if isinstance(sensitive, pd.Series):
        sensitive = {str(sensitive.name or "group"): sensitive}
    if isinstance(sensitive, (pd.DataFrame, Mapping)):
        given: Any = sensitive
        found = {str(name): pd.Series(np.asarray(given[name])) for name in given}
    else:
        names = [sensitive] if isinstance(sensitive, str) else list(sensitive)
        known = list(X.columns) if isinstance(X, pd.DataFrame) else []
        problems = [_absent(name, known) for name in names if name not in known]
        if problems:
            raise DataError("Sensitive columns must be columns of X:", problems)
        found = {str(name): X[name].reset_index(drop=True) for name in names}
    if not found:
        raise InputError("sensitive must name at least one column, got none.")
    for name, values in found.items():
        if len(values) != n_rows:
            raise DataError(
                f"sensitive column {name!r} must have one value per row, {n_rows}, got "
                f"{len(values)}."
            )
    return found


def _absent(name: str, known: Sequence[object]) -> str:
    near = difflib.get_close_matches(str(name), [str(c) for c in known], n=1, cutoff=0.5)
    return f"there is no column {name!r}" + (f" (did you mean {near[0]!r}?)" if near else "")


def _names_of_groups(values: pd.Series) -> Any:
    if pd.api.types.is_bool_dtype(values.dtype):
        values = values.astype(object)
    if pd.api.types.is_numeric_dtype(values.dtype) and values.nunique() > MOST_VALUES:
        numbers = values.astype(float).to_numpy(na_value=np.nan)
        edges = np.unique(np.nanquantile(numbers, [0, 0.25, 0.5, 0.75, 1]))
        place = np.clip(np.searchsorted(edges, numbers, side="left") - 1, 0, len(edges) - 2)
        spans = [
            f"{'[' if i == 0 else '('}{low:g}, {high:g}]"
            for i, (low, high) in enumerate(pairwise(edges))
        ]
        named = [
            MISSING if math.isnan(x) else spans[i] for x, i in zip(numbers, place, strict=True)
        ]
        return np.array(named, dtype=object)
    gone = values.isna().to_numpy(dtype=bool)
    return np.array(
        [MISSING if g else label_name(v) for v, g in zip(values, gone, strict=True)], dtype=object
    )
