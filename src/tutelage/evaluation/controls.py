"""The standing controls that need no student of ours: what anyone would try first.

Both take data frames or arrays with mixed columns and missing values. A gain over a control
that was set up badly is not a gain, so each states how it was tuned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from tutelage.evaluation.control_tables import categories_in, coded, one_hot_encoder, plain_frame
from tutelage.evaluation.predictions import FloatArray

NEWTON_WEIGHTS = 100
STRENGTHS = tuple(10.0**e for e in range(-3, 3))


class BoostingControl(ClassifierMixin, BaseEstimator):
    """Gradient boosting on the table as it is: native categories, missing values as they are.

    scikit-learn's ``HistGradientBoostingClassifier`` with its defaults, but for two that do not
    fit few rows: ``min_samples_leaf`` is a tenth of the rows, at least 1 and at most the default
    20 (which would forbid every split below 40 rows), and early stopping is off. Columns that are
    not numbers are categories; beyond 250 in a column the rarer ones count as missing.

    Examples
    --------
    >>> X = pd.DataFrame({"job": ["clerk", "farmer"] * 10})
    >>> BoostingControl().fit(X, ["no", "yes"] * 10).predict(X[:2]).tolist()
    ['no', 'yes']
    """

    def __init__(self, random_state: int | None = None):
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> BoostingControl:
        """Train on rows ``X`` and labels ``y``."""
        frame = plain_frame(X)
        # scikit-learn's binning fails on a column without a single value.
        self.kept_ = [str(name) for name in frame if frame[name].notna().any()]
        frame = frame[self.kept_]
        self.categories_ = categories_in(frame)
        self.model_ = HistGradientBoostingClassifier(
            categorical_features="from_dtype",
            min_samples_leaf=int(np.clip(len(frame) // 10, 1, 20)),
            early_stopping=False,
            random_state=self.random_state,
        ).fit(coded(frame, self.categories_), np.asarray(y))
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: Any) -> FloatArray:
        """Return (n_rows, n_classes) probabilities."""
        return np.asarray(
            self.model_.predict_proba(coded(plain_frame(X)[self.kept_], self.categories_))
        )

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class LogisticControl(ClassifierMixin, BaseEstimator):
    """Logistic regression with its strength chosen by cross-validation.

    Numbers are imputed by the median and standardised, categories one-hot encoded (at most 50 a
    column, the rest together). ``C`` is chosen among 0.001 ... 100 by log loss over at most five
    stratified folds; with one label per class there is nothing to choose by, and ``C`` is 1.
    When ``unlabelled`` rows are given, imputing and scaling use them too, as our own students do:
    so a gain of the prior is not a gain of better scaling.

    Examples
    --------
    >>> X = pd.DataFrame({"age": range(20), "job": ["clerk", "farmer"] * 10})
    >>> LogisticControl().fit(X, ["no", "yes"] * 10).predict(X[:2]).tolist()
    ['no', 'yes']
    """

    def __init__(self, random_state: int | None = None):
        self.random_state = random_state

    def fit(self, X: Any, y: Any, unlabelled: Any = None) -> LogisticControl:
        """Train on rows ``X`` and labels ``y``; ``unlabelled`` rows only help to scale."""
        frame = plain_frame(X)
        seen = frame if unlabelled is None else pd.concat([frame, plain_frame(unlabelled)])
        self.encoder_ = one_hot_encoder(seen).fit(seen)
        self.model_ = self._chosen(self.encoder_.transform(frame), np.asarray(y))
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: Any) -> FloatArray:
        """Return (n_rows, n_classes) probabilities."""
        return np.asarray(self.model_.predict_proba(self.encoder_.transform(plain_frame(X))))

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _chosen(self, matrix: FloatArray, y: Any) -> Any:
        # Newton is about four times faster here, but cubic in the number of weights.
        newton = matrix.shape[1] * len(np.unique(y)) <= NEWTON_WEIGHTS
        plain = LogisticRegression(solver="newton-cholesky" if newton else "lbfgs", max_iter=2000)
        folds = min(5, int(np.unique(y, return_counts=True)[1].min()))
        if folds < 2:
            return plain.fit(matrix, y)
        search = GridSearchCV(
            plain,
            {"C": list(STRENGTHS)},
            scoring="neg_log_loss",
            cv=StratifiedKFold(folds, shuffle=True, random_state=self.random_state),
        )
        return search.fit(matrix, y).best_estimator_


CONTROLS: dict[str, Callable[[int], Any]] = {
    "logistic regression": lambda seed: LogisticControl(random_state=seed),
    "gradient boosting": lambda seed: BoostingControl(random_state=seed),
}
