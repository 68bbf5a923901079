"""How good predictions of one binary class are."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

BINS = 15


def scores_of(
    positive: np.ndarray, predicted: np.ndarray, are_probabilities: bool
) -> dict[str, float | None]:
    """Return every score of ``predicted`` against ``positive`` (bool); None where undefined.

    The two *balanced* scores weigh both classes alike, as they stand in the labelled rows.
    Outputs that only rank have a ROC AUC and nothing else.
    """
    auc = float(roc_auc_score(positive, predicted))
    if not are_probabilities:
        rest = dict.fromkeys(
            (
                "log_loss",
                "balanced_log_loss",
                "accuracy",
                "calibration_error",
                "balanced_calibration_error",
            )
        )
        return {"roc_auc": auc, **rest}
    balanced = np.where(positive, 0.5 / positive.mean(), 0.5 / (1 - positive.mean()))
    return {
        "roc_auc": auc,
        "log_loss": float(log_loss(positive, predicted)),
        "balanced_log_loss": float(log_loss(positive, predicted, sample_weight=balanced)),
        "accuracy": float(np.mean((predicted >= 0.5) == positive)),
        "calibration_error": calibration_error(positive, predicted),
        "balanced_calibration_error": calibration_error(positive, predicted, balanced),
    }


def calibration_error(
    positive: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Mean gap, over the rows, between P(positive) and the share of positives in its bin.

    In [0, 1]; the bins are 15 of equal width.
    """
    weights = np.ones(len(predicted)) if weights is None else weights
    bins = np.minimum((predicted * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights * (positive - predicted), minlength=BINS)
    return float(np.abs(gaps).sum() / weights.sum())
