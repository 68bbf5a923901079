"""evaluate: one model, rows it has not seen, every metric with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from tutelage.evaluation.bootstrap import (
    percentile_interval,
    resample_counts,
    resampled_scores,
)
from tutelage.evaluation.metric import Metric, find_metrics
from tutelage.evaluation.predictions import Classifier, FloatArray, Predictions, predictions_of
from tutelage.evaluation.scores import ReliabilityBin, reliability


@dataclass(frozen=True)
class Estimate:
    """One metric on one set of rows.

    Attributes
    ----------
    metric
        Its name.
    title
        Its name for people.
    direction
        Whether ``"higher"`` or ``"lower"`` is better.
    value
        On the rows as they are; NaN when not defined, and ``note`` says why.
    low, high
        95 % percentile bootstrap interval over rows.
    n_rows
        Rows it was measured on.
    note
        What a reader should know, or ``""``.
    """

    metric: str
    title: str
    direction: Literal["higher", "lower"]
    value: float
    low: float
    high: float
    n_rows: int
    note: str = ""

    def __str__(self) -> str:
        if math.isnan(self.value):
            return f"{self.title}: not defined ({self.note})"
        return f"{self.title}: {self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class EvaluationResult:
    """What :func:`evaluate` found.

    Attributes
    ----------
    estimates
        One per metric, in the order asked.
    reliability
        The table behind the calibration error: one entry per bin with rows.
    classes, class_counts
        The model's classes and how many rows of each there were.
    n_rows, n_bootstrap, seed
        How it was measured.
    """

    estimates: tuple[Estimate, ...]
    reliability: tuple[ReliabilityBin, ...]
    classes: tuple[str, ...]
    class_counts: tuple[int, ...]
    n_rows: int
    n_bootstrap: int
    seed: int

    def __getitem__(self, metric: str) -> Estimate:
        for estimate in self.estimates:
            if estimate.metric == metric:
                return estimate
        raise KeyError(f"{metric!r} was not measured; got {[e.metric for e in self.estimates]}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values = asdict(self)
        for estimate in values["estimates"]:
            for name in ("value", "low", "high"):
                if math.isnan(estimate[name]):
                    estimate[name] = None
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EvaluationResult:
        """Read what :meth:`to_dict` wrote."""
        given: dict[str, Any] = dict(values)
        given["estimates"] = tuple(_read_estimate(e) for e in given["estimates"])
        given["reliability"] = tuple(ReliabilityBin(**b) for b in given["reliability"])
        given["classes"] = tuple(given["classes"])
        given["class_counts"] = tuple(given["class_counts"])
        return cls(**given)

    def table(self) -> str:
        """Return the estimates as lines of text, for a terminal.

        >>> row = Estimate("accuracy", "Accuracy", "higher", 0.8, 0.7, 0.9, 50)
        >>> print(EvaluationResult((row,), (), ("a", "b"), (20, 30), 50, 1000, 0).table())
        metric    value  95 % interval   better
        Accuracy  0.800  0.700 to 0.900  higher
        """
        rows = [("metric", "value", "95 % interval", "better")]
        for e in self.estimates:
            known = not math.isnan(e.value)
            value = f"{e.value:.3f}" if known else "-"
            rows.append(
                (e.title, value, f"{e.low:.3f} to {e.high:.3f}" if known else "-", e.direction)
            )
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join(lines + [f"{e.title}: {e.note}" for e in self.estimates if e.note])


def _read_estimate(values: Mapping[str, Any]) -> Estimate:
    given: dict[str, Any] = {k: math.nan if v is None else v for k, v in values.items()}
    return Estimate(**given)


def evaluate(
    model: Classifier,
    X: Any,
    y: Any,
    metrics: str | Metric | Iterable[str | Metric] = "all",
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> EvaluationResult:
    """Measure a fitted model on rows it was not trained on.

    The intervals say how much the number would move with another sample of as many rows, the
    model staying as it is. They do not say how much it would move with other training labels;
    for that see :func:`tutelage.evaluation.curve.learning_curve`.

    Parameters
    ----------
    model
        Anything fitted with ``classes_`` and ``predict_proba``.
    X, y
        The rows and their labels; every label must be one of ``classes_``.
    metrics
        ``"all"``, a name, a :class:`Metric`, or a list of names and metrics.
    n_bootstrap
        Resamples per interval, >= 1; all metrics see the same resamples.
    seed
        Seeds the resamples.

    Raises
    ------
    InputError
        When a metric is unknown; the near name is suggested.
    DataError
        When there are no rows, or labels or probabilities that cannot be used.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> X = np.arange(40.0)[:, None]
    >>> y = np.where(X[:, 0] < 20, "no", "yes")
    >>> result = evaluate(LogisticRegression().fit(X[::2], y[::2]), X[1::2], y[1::2])
    >>> result["roc_auc"].value
    1.0
    """
    wanted = find_metrics(metrics)
    said = predictions_of(model, X, y)
    drawn = _draws(wanted, said, n_bootstrap, seed)
    estimates = [_estimate(m, said, values) for m, values in zip(wanted, drawn, strict=True)]
    counts = np.bincount(said.codes, minlength=len(said.classes))
    return EvaluationResult(
        estimates=tuple(estimates),
        reliability=reliability(said),
        classes=said.classes,
        class_counts=tuple(int(n) for n in counts),
        n_rows=said.n_rows,
        n_bootstrap=n_bootstrap,
        seed=seed,
    )


def _draws(
    metrics: tuple[Metric, ...], said: Predictions, n_bootstrap: int, seed: int
) -> list[FloatArray]:
    """Return, per metric, its value on every resample."""
    blocks = [
        [resampled_scores(metric, said, counts) for metric in metrics]
        for counts in resample_counts(said.n_rows, n_bootstrap, seed)
    ]
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def _estimate(metric: Metric, said: Predictions, draws: FloatArray) -> Estimate:
    value = float(resampled_scores(metric, said, np.ones((1, said.n_rows)))[0])
    low, high = (math.nan, math.nan) if math.isnan(value) else percentile_interval(draws)
    note = _note(metric, said, value, draws)
    return Estimate(
        metric.name, metric.title, metric.direction, value, low, high, said.n_rows, note
    )


def _note(metric: Metric, said: Predictions, value: float, draws: FloatArray) -> str:
    if math.isnan(value):
        if metric.needs_every_class and said.absent:
            return f"no row of class {', '.join(map(repr, said.absent))}"
        return "not a number on these rows"
    undefined = int(np.isnan(draws).sum())
    if undefined:
        return (
            f"{undefined} of {len(draws)} resamples lacked a class and were left out of the "
            "interval: some class has very few rows"
        )
    if len(draws) > 1 and np.ptp(draws) == 0:
        return f"every resample gives the same value: {said.n_rows} rows cannot show the spread"
    return ""
