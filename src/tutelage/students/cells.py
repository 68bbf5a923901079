"""Cells of one column: are they numbers, or which category is each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tutelage.errors import DataError
from tutelage.lessons.feature_prior import label_name


def is_number_like(series: pd.Series) -> bool:
    """Tell whether a nullable or object column holds numbers only."""
    if pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
        return not isinstance(series.dtype, pd.CategoricalDtype)
    if series.dtype != object:
        return False
    kind = pd.api.types.infer_dtype(series, skipna=True)
    return kind in {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty"}


def read_categories(series: pd.Series) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the codes (n_rows,) of a column's categories, -1 where missing, and their names.

    Raises
    ------
    DataError
        When a cell is neither a number nor a text.
    """
    try:
        codes, values = pd.factorize(series, use_na_sentinel=True)
    except TypeError as error:
        held = next(type(v).__name__ for v in series if not np.isscalar(v) and v is not None)
        raise DataError(
            f"Column {series.name!r} holds a {held}; a cell must be a number or a text. {error}"
        ) from error
    named = [label_name(value) for value in values]
    order = sorted(set(named))
    place = {name: position for position, name in enumerate(order)}
    lookup = np.array([place[name] for name in named] + [-1], dtype=np.intp)
    return lookup[codes], tuple(order)
