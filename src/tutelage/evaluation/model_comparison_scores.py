"""What a model said about test rows, kept so that models can be compared on the same rows."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tutelage._canonical import content_hash
from tutelage.errors import InputError
from tutelage.evaluation.bootstrap import resampled_scores
from tutelage.evaluation.metric import METRICS, Metric
from tutelage.evaluation.predictions import FloatArray, Predictions, predictions_of
from tutelage.evaluation.regression_scores import (
    REGRESSION_METRICS,
    RegressionMetric,
    evaluate_regression,
    targets_and_predictions,
)
from tutelage.evaluation.run import EvaluationResult, evaluate
from tutelage.lessons import label_name

AnyMetric = Metric | RegressionMetric


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers that a model predicted for rows whose number is known: both (n_rows,)."""

    target: FloatArray
    predicted: FloatArray

    @property
    def n_rows(self) -> int:
        """Number of rows, at least 1."""
        return len(self.target)


@dataclass(frozen=True)
class ModelCost:
    """What a model costs; NaN is what nobody recorded or measured.

    Attributes
    ----------
    train_seconds
        Time of the training.
    predict_ms_per_row
        Milliseconds per row of one call about all test rows, on this machine.
    megabytes
        Size of the saved model, in 10^6 bytes.
    teacher_usd
        What the lessons cost when they were first paid for.
    """

    train_seconds: float = math.nan
    predict_ms_per_row: float = math.nan
    megabytes: float = math.nan
    teacher_usd: float = math.nan


@dataclass(frozen=True, eq=False)
class ScoredModel:
    """A model's answers about test rows.

    Attributes
    ----------
    name
        What the model is called.
    rows_key
        Identity of the rows; only models with the same one are compared.
    said
        Probabilities of classes, or predicted numbers, with the truth.
    cost
        What the model costs.
    """

    name: str
    rows_key: str
    said: Predictions | Numbers
    cost: ModelCost = ModelCost()


def score_model(
    model: Any, X: Any, y: Any, *, name: str, rows_key: str = "", cost: ModelCost | None = None
) -> ScoredModel:
    """Ask a model about test rows; the time it takes becomes part of its cost.

    Parameters
    ----------
    model
        With ``predict_proba`` and ``classes_``, or with ``predict`` for numbers.
    X, y
        The rows (a table, or a list of texts) and their labels or numbers.
    name
        What the model is called in the comparison.
    rows_key
        Identity of the rows, for models that see different columns of the same rows; default a
        hash of ``X`` and ``y``.
    cost
        What is known of the model's cost.

    Raises
    ------
    DataError
        When a label is not among the classes, or probabilities or numbers cannot be used.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> model = DummyClassifier().fit([[0], [1]], ["no", "yes"])
    >>> score_model(model, [[0], [1]], ["no", "yes"], name="dummy").said.n_rows
    2
    """
    key = rows_key or rows_hash(X, y)
    ask = getattr(model, "predict_proba", None) or getattr(model, "predict", None)
    if ask is None:
        raise InputError(
            "A model to compare must be fitted and have predict_proba, or predict for numbers, "
            f"got {type(model).__name__}."
        )
    if len(X):
        ask(X[:1])  # a first call loads what later calls find ready; it is not timed
    said: Predictions | Numbers
    since = time.perf_counter()
    if hasattr(model, "predict_proba"):
        said = predictions_of(model, X, y)
    else:
        said = Numbers(*targets_and_predictions(model, X, y))
    milliseconds = 1000 * (time.perf_counter() - since) / said.n_rows
    known = cost or ModelCost()
    timed = ModelCost(known.train_seconds, milliseconds, known.megabytes, known.teacher_usd)
    return ScoredModel(name, key, said, timed)


def rows_hash(X: Any, y: Any) -> str:
    """Return the identity of test rows: their cells or texts, in order, and their labels."""
    labels = [label_name(label) for label in np.asarray(y, dtype=object).tolist()]
    if isinstance(X, pd.DataFrame | np.ndarray):
        frame = pd.DataFrame(X)
        rows: list[Any] = pd.util.hash_pandas_object(frame, index=False).tolist()
    else:
        rows = [str(row) for row in X]
    return content_hash([rows, labels])


def scores_under(metric: AnyMetric, said: Predictions | Numbers, weights: FloatArray) -> FloatArray:
    """Return the metric under each weighting (n_draws, n_rows) of the rows."""
    if isinstance(metric, RegressionMetric):
        assert isinstance(said, Numbers), "metrics of numbers are asked of numbers only"
        return metric.function(said.target, said.predicted, weights)
    assert isinstance(said, Predictions), "metrics of classes are asked of classes only"
    return resampled_scores(metric, said, weights)


def all_scores(said: Predictions | Numbers, n_bootstrap: int, seed: int) -> EvaluationResult:
    """Return every metric of one model with its interval."""
    if isinstance(said, Numbers):
        return evaluate_regression(_Said(said.predicted), None, said.target, n_bootstrap, seed)
    labels = np.array(said.classes, dtype=object)[said.codes]
    model = _Said(said.probabilities, said.classes)
    return evaluate(model, None, labels, n_bootstrap=n_bootstrap, seed=seed)


def metric_of(name: str, said: Predictions | Numbers) -> AnyMetric:
    """Return the metric of that name for what was said; ``""`` is accuracy, or R2 for numbers.

    Raises
    ------
    InputError
        When there is no such metric for these models.
    """
    known: list[AnyMetric] = list(REGRESSION_METRICS if isinstance(said, Numbers) else METRICS)
    wanted = name or ("r2" if isinstance(said, Numbers) else "accuracy")
    for metric in known:
        if metric.name == wanted:
            return metric
    names = ", ".join(metric.name for metric in known)
    raise InputError(f"A metric of these models must be one of {names}, got {name!r}.")


class _Said:
    """Stands for a model that said this already."""

    def __init__(self, table: FloatArray, classes: tuple[str, ...] = ()):
        self.table, self.classes_ = table, classes

    def predict_proba(self, X: Any) -> FloatArray:
        del X
        return self.table

    predict = predict_proba
