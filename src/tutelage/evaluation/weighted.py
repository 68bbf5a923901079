"""Every score under many weightings of the rows at once: the engine below the bootstrap.

A bootstrap resample is a weighting: how often each row was drawn. So each function takes the
classes ``codes`` (n_rows,), the ``probabilities`` (n_rows, n_classes) and ``weights``
(n_draws, n_rows), and returns one score per draw (n_draws,). The plain score is the single
draw of ones. A draw for which a score is not defined gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tutelage.evaluation.predictions import FloatArray, IntArray

Weighted = Callable[[IntArray, FloatArray, FloatArray], FloatArray]

N_BINS = 15
SMALLEST_PROBABILITY = 1e-15


def accuracy(codes: IntArray, probabilities: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the share of rows whose most probable class is the true one."""
    return _mean(np.asarray(probabilities.argmax(axis=1) == codes, dtype=np.float64), weights)


def balanced_accuracy(
    codes: IntArray, probabilities: FloatArray, weights: FloatArray
) -> FloatArray:
    """Return the mean, over the classes that have rows, of the share recognised."""
    belongs = _one_hot(codes, probabilities.shape[1])
    hit = (probabilities.argmax(axis=1) == codes)[:, None]
    sizes = weights @ belongs  # (n_draws, n_classes)
    recall = _ratio(weights @ (belongs * hit), sizes)
    return _ratio(np.where(sizes > 0, recall, 0.0).sum(axis=1), (sizes > 0).sum(axis=1))


def log_loss(codes: IntArray, probabilities: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the mean of -ln(probability of the true class), clipped at 1e-15."""
    said = probabilities[np.arange(len(codes)), codes]
    return _mean(-np.log(np.clip(said, SMALLEST_PROBABILITY, 1.0)), weights)


def brier_score(codes: IntArray, probabilities: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the mean of half the squared distance to the true class's one-hot vector."""
    error = probabilities - _one_hot(codes, probabilities.shape[1])
    return _mean(0.5 * (error**2).sum(axis=1), weights)


def calibration_error(
    codes: IntArray, probabilities: FloatArray, weights: FloatArray
) -> FloatArray:
    """Return the sum over bins of (share of rows) * |accuracy - mean confidence|."""
    confidence = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == codes) - confidence
    inside = _one_hot(confidence_bins(confidence), N_BINS)
    gaps = weights @ (inside * gap[:, None])  # (n_draws, n_bins)
    return _ratio(np.abs(gaps).sum(axis=1), weights.sum(axis=1))


def roc_auc(codes: IntArray, probabilities: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the chance that a row of a class is ranked above a row of another.

    Two classes: by the second one's probability. More: the mean over classes of one-vs-rest.
    """
    n_classes = probabilities.shape[1]
    ranked = [1] if n_classes == 2 else range(n_classes)
    areas = [_one_vs_rest(codes == k, probabilities[:, k], weights) for k in ranked]
    return np.asarray(np.mean(areas, axis=0), dtype=np.float64)


def confidence_bins(confidence: FloatArray) -> IntArray:
    """Return each row's bin: 15 bins of equal width, open below and closed above."""
    return np.clip(np.ceil(confidence * N_BINS).astype(np.int64) - 1, 0, N_BINS - 1)


def _one_vs_rest(positive: NDArray[np.bool_], score: FloatArray, weights: FloatArray) -> FloatArray:
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))  # one per distinct score
    belongs = positive[order].astype(np.float64)
    drawn = weights[:, order]
    above = np.add.reduceat(drawn * belongs, starts, axis=1)
    other = np.add.reduceat(drawn * (1 - belongs), starts, axis=1)
    below = np.cumsum(other, axis=1) - other
    pairs = above.sum(axis=1) * other.sum(axis=1)
    # Equal scores count half: a constant model scores exactly 0.5.
    return _ratio((above * (below + 0.5 * other)).sum(axis=1), pairs)


def _mean(per_row: FloatArray, weights: FloatArray) -> FloatArray:
    return _ratio(weights @ per_row, weights.sum(axis=1))


def _ratio(above: FloatArray, below: FloatArray | IntArray) -> FloatArray:
    result = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=result, where=np.asarray(below) > 0)
    return result


def _one_hot(codes: IntArray, n: int) -> FloatArray:
    return np.eye(n)[codes]
