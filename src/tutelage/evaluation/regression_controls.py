"""The standing controls for a number to predict: what anyone would try first.

As :mod:`tutelage.evaluation.controls`, each states how it was tuned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge, RidgeCV

from tutelage.evaluation.control_tables import categories_in, coded, one_hot_encoder, plain_frame
from tutelage.evaluation.predictions import FloatArray

STRENGTHS = tuple(10.0**e for e in np.arange(-3.0, 5.5, 0.5))


class RidgeControl(RegressorMixin, BaseEstimator):
    """Ridge regression with its strength chosen by leaving one row out.

    Numbers are imputed by the median and standardised, categories one-hot encoded. The strength
    is one of 17 from 0.001 to 100,000, by squared error; it is 1 with fewer than three rows.
    ``unlabelled`` rows, when given, help imputing and scaling, as they do in our own students.

    Examples
    --------
    >>> X = pd.DataFrame({"rooms": range(20), "kind": ["flat", "hut"] * 10})
    >>> model = RidgeControl().fit(X, [50.0 * n for n in range(20)])
    >>> model.predict(X[2:3]).round().tolist()
    [100.0]
    """

    def fit(self, X: Any, y: Any, unlabelled: Any = None) -> RidgeControl:
        """Train on rows ``X`` and targets ``y``; ``unlabelled`` rows only help to scale."""
        frame = plain_frame(X)
        seen = frame if unlabelled is None else pd.concat([frame, plain_frame(unlabelled)])
        self.encoder_ = one_hot_encoder(seen).fit(seen)
        target = np.asarray(y, dtype=np.float64)
        # Squares of very large or very small targets do not fit a float.
        self.unit_ = float(np.abs(target).max()) or 1.0
        # With two rows, leaving one out leaves nothing to compare strengths by.
        ridge = RidgeCV(STRENGTHS) if len(target) > 2 else Ridge(alpha=1.0)
        self.model_ = ridge.fit(self.encoder_.transform(frame), target / self.unit_)
        return self

    def predict(self, X: Any) -> FloatArray:
        """Return one number per row."""
        found: FloatArray = self.model_.predict(self.encoder_.transform(plain_frame(X)))
        return found * self.unit_


class BoostedNumberControl(RegressorMixin, BaseEstimator):
    """Gradient boosting on the table as it is: native categories, missing values as they are.

    scikit-learn's ``HistGradientBoostingRegressor``, set as
    :class:`tutelage.evaluation.controls.BoostingControl` sets the classifier.

    Examples
    --------
    >>> X = pd.DataFrame({"kind": ["flat", "hut"] * 10})
    >>> BoostedNumberControl().fit(X, [9.0, 1.0] * 10).predict(X[:2]).round(1).tolist()
    [9.0, 1.0]
    """

    def __init__(self, random_state: int | None = None):
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> BoostedNumberControl:
        """Train on rows ``X`` and targets ``y``."""
        frame = plain_frame(X)
        # scikit-learn's binning fails on a column without a single value.
        self.kept_ = [str(name) for name in frame if frame[name].notna().any()]
        frame = frame[self.kept_]
        self.categories_ = categories_in(frame)
        target = np.asarray(y, dtype=np.float64)
        self.unit_ = float(np.abs(target).max()) or 1.0
        self.model_ = HistGradientBoostingRegressor(
            categorical_features="from_dtype",
            min_samples_leaf=int(np.clip(len(frame) // 10, 1, 20)),
            early_stopping=False,
            random_state=self.random_state,
        ).fit(coded(frame, self.categories_), target / self.unit_)
        return self

    def predict(self, X: Any) -> FloatArray:
        """Return one number per row."""
        rows = coded(plain_frame(X)[self.kept_], self.categories_)
        found: FloatArray = np.asarray(self.model_.predict(rows))
        return found * self.unit_


REGRESSION_CONTROLS: dict[str, Callable[[int], Any]] = {
    "ridge regression": lambda seed: RidgeControl(),
    "gradient boosting": lambda seed: BoostedNumberControl(random_state=seed),
}
