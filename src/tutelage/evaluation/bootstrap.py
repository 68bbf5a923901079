"""Intervals by resampling: which rows (or splits) would have been drawn another time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutelage.errors import InputError
from tutelage.evaluation.metric import Metric
from tutelage.evaluation.predictions import FloatArray, Predictions

LEVEL = 0.95
BLOCK = 1 << 22  # numbers held at once: 32 MB
RESAMPLES_PER_TEST = 100  # the smallest p-value is then 0.01 after Holm's correction


def resample_counts(n_rows: int, n_draws: int, seed: int) -> Iterator[FloatArray]:
    """Yield blocks (n_draws_in_block, n_rows): how often each row was drawn.

    >>> [block.sum(axis=1).tolist() for block in resample_counts(4, 2, seed=0)]
    [[4.0, 4.0]]
    """
    if n_draws < 1:
        raise InputError(f"n_bootstrap must be at least 1, got {n_draws!r}.")
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK // n_rows)
    for start in range(0, n_draws, step):
        size = min(step, n_draws - start)
        drawn = rng.integers(n_rows, size=(size, n_rows))
        drawn += np.arange(size)[:, None] * n_rows
        counts = np.bincount(drawn.ravel(), minlength=size * n_rows)
        yield counts.reshape(size, n_rows).astype(np.float64)


def enough_resamples(n_bootstrap: int, n_tests: int) -> int:
    """Return the number of resamples, raised where a correction for many tests asks for more.

    A p-value by resampling is never below 1 over their number; times the number of tests it
    could never reach 0.05, however clear a difference is.

    >>> enough_resamples(1000, n_tests=3), enough_resamples(1000, n_tests=28)
    (1000, 2800)
    """
    return max(n_bootstrap, RESAMPLES_PER_TEST * n_tests)


def resampled_scores(metric: Metric, predictions: Predictions, weights: FloatArray) -> FloatArray:
    """Return the metric under each weighting (n_draws, n_rows) of the rows."""
    codes, table = predictions.codes, predictions.probabilities
    if metric.resampled is not None:
        return metric.resampled(codes, table, weights)
    names = np.array(predictions.classes, dtype=object)
    rows = [np.repeat(np.arange(len(codes)), drawn.astype(int)) for drawn in weights]
    values = [metric.function(names[codes[r]], table[r], predictions.classes) for r in rows]
    return np.array(values, dtype=np.float64)


def percentile_interval(values: FloatArray, level: float = LEVEL) -> tuple[float, float]:
    """Return the central interval of the values that are numbers; NaN when none is.

    >>> percentile_interval(np.arange(101.0), level=0.5)
    (25.0, 75.0)
    """
    known = values[~np.isnan(values)]
    if known.size == 0:
        return float("nan"), float("nan")
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(known, [tail, 100 - tail])
    return float(low), float(high)


def interval_of_mean(
    values: FloatArray, *, n_bootstrap: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean of ``values``."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return float("nan"), float("nan")
    means = [block @ known / known.size for block in resample_counts(known.size, n_bootstrap, seed)]
    return percentile_interval(np.concatenate(means))
