"""Fit models on splits, one after another, and keep what came of every fit."""

from __future__ import annotations

import inspect
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tutelage.errors import DataError, InputError
from tutelage.evaluation.curve_result import CurvePoint, amount
from tutelage.evaluation.splits import Split

Factory = Callable[[int], Any]
Progress = Callable[[int, int, str], None]


class Judged(NamedTuple):
    """Scores of one fit by name, and whether the model learned nothing."""

    scores: Mapping[str, float]
    collapsed: bool


Judge = Callable[[Any, Any, Any], Judged]


def check_models(models: Mapping[str, Factory], X: Any, y: Any) -> Any:
    """Return the labels or targets as an array; raise when there is nothing to compare."""
    if not models:
        raise InputError("models must hold at least one name and factory, got none.")
    if len(X) != len(y):
        raise DataError(f"X and y must have the same rows, got {len(X)} and {len(y)}.")
    return np.asarray(y, dtype=object) if not hasattr(y, "to_numpy") else y.to_numpy()


def fit_on_splits(
    models: Mapping[str, Factory],
    X: Any,
    y: Any,
    splits: Sequence[Split],
    judge: Judge,
    metrics: Sequence[str],
    *,
    seed: int,
    per_class: bool,
    progress: Progress | None = None,
) -> tuple[CurvePoint, ...]:
    """Return one point per split and model, failed fits included.

    Parameters
    ----------
    judge
        ``judge(model, rows, labels)`` scores a fitted model on a split's test rows.
    metrics
        The names that ``judge`` gives; a failed fit has NaN for each.
    seed
        A model of split ``i`` is ``factory(seed + i)``.
    """
    points: list[CurvePoint] = []
    n_fits = len(splits) * len(models)
    for split in splits:
        for name, factory in models.items():
            if progress is not None:
                progress(len(points), n_fits, f"{name}, {amount(split.shots, per_class)}")
            points.append(_fit_and_judge(name, factory, X, y, split, judge, metrics, seed))
    if progress is not None:
        progress(n_fits, n_fits, "done")
    return tuple(points)


def _fit_and_judge(
    name: str,
    factory: Factory,
    X: Any,
    y: Any,
    split: Split,
    judge: Judge,
    metrics: Sequence[str],
    seed: int,
) -> CurvePoint:
    began = time.perf_counter()
    seconds = math.nan
    # With a few rows, threads cost far more than they save, most of all on a busy machine.
    with threadpool_limits(1), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = factory(seed + split.index)
            began = time.perf_counter()
            _fit(model, rows_at(X, split.train), y[split.train], rows_at(X, split.unlabelled))
            seconds = time.perf_counter() - began
            found = judge(model, rows_at(X, split.test), y[split.test])
        except Exception as error:  # any model may be audited, so any error may come
            message = f"{type(error).__name__}: {error}"
            empty = dict.fromkeys(metrics, math.nan)
            return CurvePoint(name, split.shots, split.index, empty, seconds, False, message)
    complaint = str(caught[0].message) if caught else ""
    return CurvePoint(
        name, split.shots, split.index, found.scores, seconds, found.collapsed, "", complaint
    )


def _fit(model: Any, X: Any, y: Any, unlabelled: Any) -> None:
    if len(unlabelled) and "unlabelled" in inspect.signature(model.fit).parameters:
        model.fit(X, y, unlabelled=unlabelled)
    else:
        model.fit(X, y)


def rows_at(X: Any, positions: Any) -> Any:
    """Return the rows of a data frame or array at some positions."""
    return (
        X.iloc[positions] if isinstance(X, (pd.DataFrame, pd.Series)) else np.asarray(X)[positions]
    )
