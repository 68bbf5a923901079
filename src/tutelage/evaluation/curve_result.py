"""CurveResult: every fit of a learning curve, and what can be read from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tutelage.errors import InputError
from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.yardstick import has_target_units


def amount(shots: int, per_class: bool) -> str:
    """Return how much was labelled, for people.

    >>> amount(1, per_class=True), amount(5, per_class=True), amount(5, per_class=False)
    ('1 label per class', '5 labels per class', '5 labelled rows')
    """
    if per_class:
        return f"{shots} label{'s' * (shots != 1)} per class"
    return f"{shots} labelled row{'s' * (shots != 1)}"


def amount_name(per_class: bool) -> str:
    """Return what numbers of shots count, for people."""
    return "labels per class" if per_class else "labelled rows"


@dataclass(frozen=True)
class CurvePoint:
    """One fit of one model.

    Attributes
    ----------
    model
        Its name.
    shots, split
        Labels per class or labelled rows, and number of the draw.
    scores
        Metric name -> value; NaN when not defined or the fit failed.
    seconds
        What ``fit`` took; NaN when it failed.
    collapsed
        Whether a single class was predicted or the ROC AUC lay within 0.02 of 0.5; of numbers,
        whether every row got the same.
    error
        Type and message of the failure, or ``""``.
    warning
        The first warning given while fitting, or ``""``.
    """

    model: str
    shots: int
    split: int
    scores: Mapping[str, float]
    seconds: float
    collapsed: bool
    error: str = ""
    warning: str = ""


@dataclass(frozen=True)
class CurveCell:
    """One model at one number of shots, over the splits.

    Attributes
    ----------
    mean, low, high
        Mean over splits and its 95 % bootstrap interval; NaN with no fit, and the interval with
        fewer than three.
    n_splits
        Fits that gave a number.
    n_failed
        Fits that failed.
    collapse_rate
        Share of the fits without failure that collapsed, in [0, 1]; NaN with none.
    seconds
        Median time of a fit.
    """

    model: str
    shots: int
    metric: str
    mean: float
    low: float
    high: float
    n_splits: int
    n_failed: int
    collapse_rate: float
    seconds: float


@dataclass(frozen=True)
class CurveResult:
    """What :func:`tutelage.evaluation.curve.learning_curve` found.

    Attributes
    ----------
    models, shots, metrics, classes
        What was compared, in order.
    n_splits, n_test, seed
        How: draws, test rows per draw, seed.
    points
        Every fit, failed ones included.
    notes
        Sentences on classes with too few rows and on shots left out.
    per_class
        Whether ``shots`` count labels of each class, or rows in all (a number is predicted, and
        ``classes`` is empty).
    """

    models: tuple[str, ...]
    shots: tuple[int, ...]
    metrics: tuple[str, ...]
    classes: tuple[str, ...]
    n_splits: int
    n_test: int
    seed: int
    points: tuple[CurvePoint, ...]
    notes: tuple[str, ...] = ()
    per_class: bool = True

    def values(self, model: str, shots: int, metric: str) -> FloatArray:
        """Return one number per split, in split order; NaN where there is none."""
        self._check(model, shots, metric)
        found = np.full(self.n_splits, np.nan)
        for point in self._points(model, shots):
            found[point.split] = point.scores[metric]
        return found

    def cell(self, model: str, shots: int, metric: str) -> CurveCell:
        """Return the mean of one model at one number of shots, with its interval."""
        values = self.values(model, shots, metric)
        known = values[~np.isnan(values)]
        points = self._points(model, shots)
        fitted = [point for point in points if not point.error]
        low, high = interval_of_mean(known) if known.size >= 3 else (math.nan, math.nan)
        return CurveCell(
            model,
            shots,
            metric,
            mean=float(known.mean()) if known.size else math.nan,
            low=low,
            high=high,
            n_splits=int(known.size),
            n_failed=len(points) - len(fitted),
            collapse_rate=float(np.mean([p.collapsed for p in fitted])) if fitted else math.nan,
            seconds=float(np.median([p.seconds for p in fitted])) if fitted else math.nan,
        )

    def summary(self, metric: str) -> tuple[CurveCell, ...]:
        """Return one cell per model and number of shots, by model, then shots."""
        return tuple(self.cell(model, k, metric) for model in self.models for k in self.shots)

    @property
    def failures(self) -> tuple[CurvePoint, ...]:
        """The fits that failed, with their messages."""
        return tuple(point for point in self.points if point.error)

    def table(self, metric: str) -> str:
        """Return one line per model and one column per number of shots, for a terminal."""
        form = ".4g" if has_target_units(metric) else ".3f"
        rows = [(amount_name(self.per_class), *(str(k) for k in self.shots))]
        for model in self.models:
            means = [self.cell(model, k, metric).mean for k in self.shots]
            rows.append((model, *("failed" if math.isnan(m) else f"{m:{form}}" for m in means)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = {
            name: list(getattr(self, name))
            for name in ("models", "shots", "metrics", "classes", "notes")
        }
        values |= {"n_splits": self.n_splits, "n_test": self.n_test, "seed": self.seed}
        values["per_class"] = self.per_class
        values["points"] = [
            asdict(point)
            | {"scores": {k: _or_none(v) for k, v in point.scores.items()}}
            | {"seconds": _or_none(point.seconds)}
            for point in self.points
        ]
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CurveResult:
        """Read what :meth:`to_dict` wrote."""
        given: dict[str, Any] = dict(values)
        for name in ("models", "shots", "metrics", "classes", "notes"):
            given[name] = tuple(given[name])
        given["points"] = tuple(
            CurvePoint(
                **point
                | {"scores": {k: _or_nan(v) for k, v in point["scores"].items()}}
                | {"seconds": _or_nan(point["seconds"])}
            )
            for point in given["points"]
        )
        return cls(**given)

    def _points(self, model: str, shots: int) -> list[CurvePoint]:
        return [point for point in self.points if point.model == model and point.shots == shots]

    def _check(self, model: str, shots: int, metric: str) -> None:
        asked = (("model", model, self.models), ("shots", shots, self.shots))
        for what, value, known in (*asked, ("metric", metric, self.metrics)):
            if value not in known:
                raise InputError(
                    f"{what} must be one of those in the curve, {list(known)}, got {value!r}."
                )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
