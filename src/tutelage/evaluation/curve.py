"""learning_curve: how every model does with few labels, on the same splits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tutelage.evaluation.bootstrap import resampled_scores
from tutelage.evaluation.curve_fits import Factory, Judged, Progress, check_models, fit_on_splits
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.metric import Metric, find_metric, find_metrics
from tutelage.evaluation.predictions import Predictions, predictions_of
from tutelage.evaluation.splits import Split, class_codes, few_shot_splits

DEFAULT_SHOTS = (1, 5, 10, 25, 50)
CURVE_METRICS = ("roc_auc", "accuracy", "log_loss", "calibration_error")
COLLAPSE_MARGIN = 0.02


def learning_curve(
    models: Mapping[str, Factory],
    X: Any,
    y: Any,
    shots: Sequence[int] = DEFAULT_SHOTS,
    n_splits: int = 20,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    test_share: float = 0.3,
    metrics: str | Metric | Iterable[str | Metric] = CURVE_METRICS,
    max_test: int | None = 5000,
    max_unlabelled: int | None = 5000,
) -> CurveResult:
    """Fit every model on every split and score it on the split's test rows.

    Fits run one after another on one thread, so that their times compare. All models see the same
    splits (:func:`tutelage.evaluation.splits.few_shot_splits`). A fit
    that fails is recorded with its message and counts as failed; nothing is dropped. Numbers of
    shots that add no row to any class are left out, and a note says so.

    Parameters
    ----------
    models
        Name -> ``factory(seed)``, which returns an unfitted estimator. The seed differs from
        split to split and is the same for every model.
    X, y
        A data frame or array, and its labels, none missing.
    shots
        Labels per class.
    n_splits
        Repeats; fewer than 6 are too few for a verdict.
    seed
        Seeds the splits and, with the number of the split, the factories.
    progress
        Called with (fits done, fits in all, what is fitted now).
    test_share
        Share of each class kept for testing.
    metrics
        What to record per fit, names or :class:`Metric`.
    max_test, max_unlabelled
        Caps on the rows scored and on the rows passed as ``unlabelled=`` to those estimators
        whose ``fit`` takes them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> curve = learning_curve({"bayes": lambda seed: GaussianNB()}, X, y, [5, 20], n_splits=3)
    >>> [cell.n_splits for cell in curve.summary("roc_auc")]
    [3, 3]
    """
    labels = check_models(models, X, y)
    wanted = find_metrics(metrics)
    drawn = few_shot_splits(
        labels,
        shots,
        n_splits,
        test_share,
        seed,
        max_test=max_test,
        max_unlabelled=max_unlabelled,
    )
    splits, notes = _drop_repeats(drawn)
    names = tuple(metric.name for metric in wanted)
    points = fit_on_splits(
        models,
        X,
        labels,
        splits,
        lambda model, rows, truth: _judge(model, rows, truth, wanted),
        names,
        seed=seed,
        per_class=True,
        progress=progress,
    )
    return CurveResult(
        models=tuple(models),
        shots=tuple(sorted({split.shots for split in splits})),
        metrics=names,
        classes=class_codes(labels)[1],
        n_splits=n_splits,
        n_test=len(splits[0].test),
        seed=seed,
        points=points,
        notes=tuple(notes),
    )


def _drop_repeats(splits: Sequence[Split]) -> tuple[list[Split], list[str]]:
    """Leave out shots that label no row more than the shots before, and name capped classes."""
    first = [split for split in splits if split.index == 0]
    notes, dropped = [], set()
    for before, now in pairwise(first):
        if len(now.train) == len(before.train):
            dropped.add(now.shots)
        elif now.capped:
            notes.append(
                f"At {now.shots} labels per class, {', '.join(map(repr, now.capped))} had fewer "
                "rows to label; all of them were used."
            )
    if first[0].capped:
        notes.insert(
            0, f"Class {', '.join(map(repr, first[0].capped))} never had as many labels as asked."
        )
    if dropped:
        notes.append(
            f"Left out: {', '.join(map(str, sorted(dropped)))} labels per class, because every "
            "row was labelled already."
        )
    return [split for split in splits if split.shots not in dropped], notes


def _judge(model: Any, rows: Any, labels: Any, metrics: Sequence[Metric]) -> Judged:
    said = predictions_of(model, rows, labels)
    return Judged({metric.name: _score(metric, said) for metric in metrics}, _collapsed(said))


def _score(metric: Metric, said: Predictions) -> float:
    return float(resampled_scores(metric, said, np.ones((1, said.n_rows)))[0])


def _collapsed(said: Predictions) -> bool:
    """Tell whether the model learned nothing: one class for all rows, or a random ranking."""
    if np.unique(said.probabilities.argmax(axis=1)).size == 1:
        return True
    area = _score(find_metric("roc_auc"), said)
    return not math.isnan(area) and abs(area - 0.5) <= COLLAPSE_MARGIN
