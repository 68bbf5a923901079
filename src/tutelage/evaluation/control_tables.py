"""Tables as the standing controls take them: columns named by position, numbers and texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

MOST_CATEGORIES = 250  # scikit-learn's trees take at most 255 per column


def one_hot_encoder(frame: pd.DataFrame) -> ColumnTransformer:
    """Return what standardises the numbers of a plain frame and one-hot encodes the rest.

    Missing numbers become the median; at most 50 categories a column, the rarer ones together.
    """
    numbers = numbers_in(frame)
    categorical = [str(name) for name in frame if name not in numbers]
    scale = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
    )
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False
    )
    return ColumnTransformer([("numbers", scale, numbers), ("categories", one_hot, categorical)])


def plain_frame(X: Any) -> pd.DataFrame:
    """Return ``X`` with columns named by position, numbers as floats and the rest as text.

    Names play no part in a control, and some that users have would be refused.
    """
    given = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
    given = given.infer_objects()
    frame: pd.DataFrame = pd.DataFrame(
        {f"column_{i}": _plain(given.iloc[:, i]) for i in range(given.shape[1])},
        index=range(len(given)),
    )
    return frame


def _plain(column: Any) -> Any:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.asarray(column, dtype=object)
    return np.array(
        [np.nan if gone else str(v) for v, gone in zip(values, column.isna(), strict=True)],
        dtype=object,
    )


def numbers_in(frame: pd.DataFrame) -> list[str]:
    """Return the columns of a plain frame that hold numbers."""
    return [str(name) for name in frame if frame[name].dtype == np.float64]


def categories_in(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return the known categories of every column that is not a number."""
    numbers = numbers_in(frame)
    return {
        str(name): sorted(frame[name].value_counts().index[:MOST_CATEGORIES])
        for name in frame
        if name not in numbers
    }


def coded(frame: Any, categories: dict[str, list[str]]) -> pd.DataFrame:
    """Return a plain frame with its texts as categories, as scikit-learn's trees take them."""
    coded = {name: _known(frame[name], known) for name, known in categories.items()}
    encoded: pd.DataFrame = pd.DataFrame({**frame, **coded})
    return encoded


def _known(column: Any, categories: list[str]) -> Any:
    """Return the column as categories; one that was not seen in training counts as missing."""
    return pd.Categorical(column.where(column.isin(categories)), categories=categories)
