"""Is a predicted number right: R2, RMSE and MAE with intervals, for any fitted model."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from tutelage.errors import DataError
from tutelage.evaluation.bootstrap import percentile_interval, resample_counts
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.run import Estimate, EvaluationResult


class Regressor(Protocol):
    """Anything that predicts a number per row."""

    def predict(self, X: Any) -> Any:
        """Return one number per row."""


class RegressionMetric(NamedTuple):
    """A number that says how good predicted numbers are.

    Attributes
    ----------
    name, title
        In results, and for people.
    direction
        Whether ``"higher"`` or ``"lower"`` is better.
    function
        ``function(y, predicted, weights) -> (n_draws,)`` for ``weights`` (n_draws, n_rows).
    in_target_units
        Whether it has the unit of the target.
    """

    name: str
    title: str
    direction: Literal["higher", "lower"]
    function: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    in_target_units: bool = True

    def gain(self, difference: float) -> float:
        """Return ``difference`` with the sign turned if need be, so that positive is better."""
        return difference if self.direction == "higher" else -difference


def r2(y: FloatArray, predicted: FloatArray, weights: FloatArray) -> FloatArray:
    """Return 1 - squared error over squared distance to the mean of ``y``; 0 is guessing the mean.

    NaN where the targets drawn are all the same.

    >>> r2(np.array([1.0, 3.0]), np.array([1.0, 2.0]), np.ones((1, 2))).tolist()
    [0.5]
    """
    total = weights.sum(axis=1)
    away = y - y.mean()
    variance = weights @ away**2 - (weights @ away) ** 2 / total
    left = weights @ (y - predicted) ** 2
    found = np.full(len(weights), np.nan)
    varies = variance > 1e-12 * max(float(np.sum(away**2)), 1e-300)
    np.divide(left, variance, out=found, where=varies)
    return 1.0 - found


def rmse(y: FloatArray, predicted: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the root of the mean squared error, in units of the target."""
    found: FloatArray = np.sqrt(weights @ (y - predicted) ** 2 / weights.sum(axis=1))
    return found


def mae(y: FloatArray, predicted: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the mean absolute error, in units of the target."""
    found: FloatArray = weights @ np.abs(y - predicted) / weights.sum(axis=1)
    return found


REGRESSION_METRICS = (
    RegressionMetric("r2", "R2", "higher", r2, in_target_units=False),
    RegressionMetric("rmse", "RMSE", "lower", rmse),
    RegressionMetric("mae", "MAE", "lower", mae),
)


def evaluate_regression(
    model: Regressor, X: Any, y: Any, n_bootstrap: int = 1000, seed: int = 0
) -> EvaluationResult:
    """Measure a fitted regression on rows it was not trained on.

    The result has the form of :func:`tutelage.evaluation.run.evaluate`, without classes. The
    intervals say how much a number would move with another sample of as many rows.

    Parameters
    ----------
    model
        Anything fitted with ``predict``.
    X, y
        The rows and their targets, finite numbers.
    n_bootstrap
        Resamples per interval, >= 1; all metrics see the same resamples.
    seed
        Seeds the resamples.

    Raises
    ------
    DataError
        When there are no rows, or targets or predictions that are not finite numbers.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X, y = np.arange(20.0)[:, None], np.arange(20.0) ** 1.5
    >>> result = evaluate_regression(LinearRegression().fit(X[::2], y[::2]), X[1::2], y[1::2])
    >>> round(result["r2"].value, 2)
    0.98
    """
    target, predicted = targets_and_predictions(model, X, y)
    small, unit = _of_moderate_size(target, predicted)
    draws: list[list[FloatArray]] = [[] for _ in REGRESSION_METRICS]
    for counts in resample_counts(len(target), n_bootstrap, seed):
        for metric, held in zip(REGRESSION_METRICS, draws, strict=True):
            held.append(metric.function(*small, counts))
    estimates = [
        _estimate(metric, *small, np.concatenate(held), unit if metric.in_target_units else 1.0)
        for metric, held in zip(REGRESSION_METRICS, draws, strict=True)
    ]
    return EvaluationResult(tuple(estimates), (), (), (), len(target), n_bootstrap, seed)


def targets_and_predictions(model: Regressor, X: Any, y: Any) -> tuple[FloatArray, FloatArray]:
    """Return targets and a model's predictions (n_rows,), both checked.

    Raises
    ------
    DataError
        As :func:`evaluate_regression`.
    """
    target = _numbers(y, "Targets")
    if not hasattr(model, "predict"):
        raise DataError(
            f"A model to evaluate must be fitted and have predict, got {type(model).__name__}."
        )
    predicted = _numbers(model.predict(X), "Predictions")
    if len(predicted) != len(target):
        raise DataError(
            f"There must be one prediction per target, got {len(predicted)} and {len(target)}."
        )
    return target, predicted


def regression_scores(target: FloatArray, predicted: FloatArray) -> dict[str, float]:
    """Return every metric of the rows as they are, by name.

    >>> regression_scores(np.array([1.0, 3.0]), np.array([1.0, 2.0]))["mae"]
    0.5
    """
    small, unit = _of_moderate_size(target, predicted)
    ones = np.ones((1, len(target)))
    return {
        metric.name: float(metric.function(*small, ones)[0])
        * (unit if metric.in_target_units else 1.0)
        for metric in REGRESSION_METRICS
    }


def _of_moderate_size(
    target: FloatArray, predicted: FloatArray
) -> tuple[tuple[FloatArray, FloatArray], float]:
    """Return both in a unit in which squares fit a float, and that unit."""
    unit = max(float(np.abs(target).max()), float(np.abs(predicted).max())) or 1.0
    return (target / unit, predicted / unit), unit


def _estimate(
    metric: RegressionMetric,
    y: FloatArray,
    predicted: FloatArray,
    draws: FloatArray,
    unit: float,
) -> Estimate:
    value = float(metric.function(y, predicted, np.ones((1, len(y))))[0])
    low, high = (math.nan, math.nan) if math.isnan(value) else percentile_interval(draws)
    note = ""
    undefined = int(np.isnan(draws).sum())
    if math.isnan(value):
        note = "all targets are the same"
    elif undefined:
        note = f"{undefined} of {len(draws)} resamples held one value and were left out"
    return Estimate(
        metric.name,
        metric.title,
        metric.direction,
        value * unit,
        low * unit,
        high * unit,
        len(y),
        note,
    )


def _numbers(values: Any, what: str) -> FloatArray:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{what} must be numbers: {error}.") from error
    if found.ndim != 1 or not len(found):
        raise DataError(
            f"{what} must be one number per row, at least one row, got shape {found.shape}."
        )
    bad = np.flatnonzero(~np.isfinite(found))
    if len(bad):
        raise DataError(
            f"{what} must be finite numbers, got {found[bad[0]]} in row {bad[0]} "
            f"({len(bad)} of {len(found)} rows). Drop those rows first."
        )
    return found
