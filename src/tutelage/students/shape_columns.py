"""Shapes as columns of a table: what a teacher stated, worked out for every row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tutelage.errors import DataError
from tutelage.lessons.feature_shape import FeatureShape


def add_shape_columns(frame: pd.DataFrame, shapes: Sequence[FeatureShape]) -> pd.DataFrame:
    """Return the table with one more column per shape, named as the shape is.

    The same for training and new rows: nothing is learned here. A shape of a missing cell is
    missing. A shape about several classes is one column.

    Raises
    ------
    DataError
        Listing the columns that are absent or hold no numbers.

    Examples
    --------
    >>> high = FeatureShape("above", ("sugar",), (140,), "ill", 0.8)
    >>> both = FeatureShape("product", ("sugar", "age"), (100, 50), "ill", 0.3)
    >>> frame = pd.DataFrame({"sugar": [90, 150], "age": [40, 60]})
    >>> add_shape_columns(frame, [high, both]).iloc[:, 2:].to_numpy().tolist()
    [[0.0, 100.0], [10.0, 500.0]]
    """
    wanted = dict.fromkeys(column for shape in shapes for column in shape.columns)
    problems = [f"the table has no column {name!r}" for name in wanted if name not in frame.columns]
    problems += [
        f"column {name!r} must hold numbers, got {frame[name].dtype}"
        for name in wanted
        if name in frame.columns and not pd.api.types.is_numeric_dtype(frame[name])
    ]
    problems += [
        f"the table has a column {shape.name!r} already"
        for shape in shapes
        if shape.name in frame.columns
    ]
    if problems:
        raise DataError("These shapes do not fit the table:", problems)
    shaped: pd.DataFrame = frame.assign(**{shape.name: _values(frame, shape) for shape in shapes})
    return shaped


def _values(frame: pd.DataFrame, shape: FeatureShape) -> np.ndarray:
    away = [
        frame[column].to_numpy(dtype=np.float64, na_value=np.nan) - value
        for column, value in zip(shape.columns, shape.at, strict=True)
    ]
    if shape.kind == "product":
        # The product of two huge numbers fits no float, and a student takes no infinity.
        largest = np.finfo(np.float64).max
        with np.errstate(over="ignore"):
            return np.clip(away[0] * away[1], -largest, largest)
    return np.maximum(away[0] if shape.kind == "above" else -away[0], 0.0)
