"""regression_curve: how every model predicts a number from few rows, on the same splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tutelage.errors import DataError, InputError
from tutelage.evaluation.curve_fits import Factory, Judged, Progress, check_models, fit_on_splits
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.regression_scores import (
    REGRESSION_METRICS,
    regression_scores,
    targets_and_predictions,
)
from tutelage.evaluation.splits import Split, check_splits

DEFAULT_ROWS = (5, 10, 25, 50)


def regression_curve(
    models: Mapping[str, Factory],
    X: Any,
    y: Any,
    shots: Sequence[int] = DEFAULT_ROWS,
    n_splits: int = 20,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    test_share: float = 0.3,
    max_test: int | None = 5000,
    max_unlabelled: int | None = 5000,
) -> CurveResult:
    """Fit every model on every split and score its numbers on the split's test rows.

    As :func:`tutelage.evaluation.curve.learning_curve`, but ``shots`` are labelled rows in all,
    and the scores are R2, RMSE and MAE.

    Parameters
    ----------
    models
        Name -> ``factory(seed)``, which returns an unfitted estimator.
    X, y
        A data frame or array, and its targets, finite numbers.
    shots
        Labelled rows; those of fewer are among those of more. Numbers beyond the rows at hand
        are left out, and a note says so.
    n_splits, seed, progress, test_share, max_test, max_unlabelled
        As there.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.arange(40.0)[:, None]
    >>> curve = regression_curve({"line": lambda seed: LinearRegression()}, X, 3 * X[:, 0], [5])
    >>> round(curve.cell("line", 5, "r2").mean, 6)
    1.0
    """
    target = np.asarray(check_models(models, X, y), dtype=np.float64)
    splits = row_splits(
        len(target),
        shots,
        n_splits,
        test_share,
        seed,
        max_test=max_test,
        max_unlabelled=max_unlabelled,
    )
    measured = tuple(sorted({split.shots for split in splits}))
    metrics = tuple(metric.name for metric in REGRESSION_METRICS)
    points = fit_on_splits(
        models, X, target, splits, _judge, metrics, seed=seed, per_class=False, progress=progress
    )
    return CurveResult(
        models=tuple(models),
        shots=measured,
        metrics=metrics,
        classes=(),
        n_splits=n_splits,
        n_test=len(splits[0].test),
        seed=seed,
        points=points,
        notes=_notes(sorted(set(shots) - set(measured))),
        per_class=False,
    )


def row_splits(
    n_rows: int,
    shots: Sequence[int],
    n_splits: int,
    test_share: float,
    seed: int,
    *,
    max_test: int | None = None,
    max_unlabelled: int | None = None,
) -> tuple[Split, ...]:
    """Return ``n_splits`` draws for each number of labelled rows, ordered by draw, then rows.

    Every draw keeps a share of the rows for testing, at least two, and labels some of the others.

    Raises
    ------
    DataError
        With fewer than four rows: two to test on, two to learn from.

    Examples
    --------
    >>> draws = row_splits(20, shots=[2, 5], n_splits=1, test_share=0.5, seed=0)
    >>> [(len(s.train), len(s.unlabelled), len(s.test)) for s in draws]
    [(2, 8, 10), (5, 5, 10)]
    """
    wanted = check_splits(shots, n_splits, test_share)
    if n_rows < 4:
        raise DataError(
            f"A curve needs at least 4 rows, two to learn from and two to test on; got {n_rows}."
        )
    draws = []
    for index in range(n_splits):
        order = np.random.default_rng([seed, index]).permutation(n_rows)
        n_test = min(max(2, round(test_share * n_rows)), n_rows - 2)
        test, pool = np.sort(order[:n_test][:max_test]), order[n_test:]
        draws += [
            Split(k, index, pool[:k], pool[k:][:max_unlabelled], test)
            for k in wanted
            if k <= len(pool)
        ]
    if not draws:
        raise InputError(
            f"shots must hold a number of rows up to {n_rows - n_test}, which is what the test "
            f"part leaves, got {list(shots)!r}."
        )
    return tuple(draws)


def _notes(left_out: Sequence[int]) -> tuple[str, ...]:
    if not left_out:
        return ()
    listed = ", ".join(map(str, left_out))
    return (f"Left out: {listed} labelled rows, because the test part leaves fewer.",)


def _judge(model: Any, rows: Any, target: Any) -> Judged:
    truth, predicted = targets_and_predictions(model, rows, target)
    return Judged(regression_scores(truth, predicted), bool(np.ptp(predicted) == 0))
