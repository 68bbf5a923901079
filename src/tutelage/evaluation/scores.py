"""Is it right, and does it know how sure it is: pure functions of arrays.

Each takes the labels ``y`` (n_rows,), ``probabilities`` (n_rows, n_classes) and the ``classes``
in the order of the columns, and returns one number. Labels match classes by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tutelage.evaluation import weighted
from tutelage.evaluation.predictions import Predictions, check_predictions


def accuracy(y: Any, probabilities: ArrayLike, classes: Sequence[object]) -> float:
    """Return the share of rows whose most probable class is the true one, in [0, 1].

    >>> accuracy(["no", "yes"], [[0.9, 0.1], [0.7, 0.3]], ["no", "yes"])
    0.5
    """
    return _once(weighted.accuracy, y, probabilities, classes)


def balanced_accuracy(y: Any, probabilities: ArrayLike, classes: Sequence[object]) -> float:
    """Return the mean over classes of the share of their rows recognised, in [0, 1].

    A class without rows is left out of the mean.

    >>> balanced_accuracy(["no", "no", "yes"], [[0.9, 0.1]] * 3, ["no", "yes"])
    0.5
    """
    return _once(weighted.balanced_accuracy, y, probabilities, classes)


def roc_auc(y: Any, probabilities: ArrayLike, classes: Sequence[object]) -> float:
    """Return the area under the ROC curve, in [0, 1]; 0.5 is guessing.

    The chance that a random row of a class is given a higher probability of that class than a
    random row of another; equal probabilities count half. Two classes: of the second class.
    More: the unweighted mean over classes, each against the rest. NaN when a class has no row.

    >>> roc_auc(["no", "yes", "no"], [[0.9, 0.1], [0.5, 0.5], [0.5, 0.5]], ["no", "yes"])
    0.75
    """
    return _once(weighted.roc_auc, y, probabilities, classes)


def log_loss(y: Any, probabilities: ArrayLike, classes: Sequence[object]) -> float:
    """Return the mean of -ln(probability of the true class), >= 0, in nats.

    Probabilities are clipped at 1e-15, so one confident error costs at most 34.5. Guessing one
    of two classes costs ln 2 = 0.693.

    >>> round(log_loss(["no", "yes"], [[0.5, 0.5], [0.5, 0.5]], ["no", "yes"]), 3)
    0.693
    """
    return _once(weighted.log_loss, y, probabilities, classes)


def brier_score(y: Any, probabilities: ArrayLike, classes: Sequence[object]) -> float:
    """Return the mean over rows of 1/2 sum_k (p_k - [y = k])^2, in [0, 1].

    For two classes this is the squared error of the second class's probability.

    >>> brier_score(["no", "yes"], [[0.5, 0.5], [0.5, 0.5]], ["no", "yes"])
    0.25
    """
    return _once(weighted.brier_score, y, probabilities, classes)


def calibration_error(y: Any, probabilities: ArrayLike, classes: Sequence[object]) -> float:
    """Return the expected calibration error of the most probable class, in [0, 1].

    Rows are put into 15 bins of equal width by their confidence, the largest probability. Then
    ``sum_b (n_b / n) * |accuracy_b - confidence_b|``. It is biased upwards when rows are few.

    >>> calibration_error(["no", "yes"], [[1.0, 0.0], [1.0, 0.0]], ["no", "yes"])
    0.5
    """
    return _once(weighted.calibration_error, y, probabilities, classes)


@dataclass(frozen=True)
class ReliabilityBin:
    """One bin of the reliability table.

    Attributes
    ----------
    low, high
        The bin holds confidences in (low, high].
    n_rows
        Rows in the bin; bins without rows are not listed.
    confidence
        Their mean largest probability, in [0, 1].
    accuracy
        The share of them that are right, in [0, 1].
    """

    low: float
    high: float
    n_rows: int
    confidence: float
    accuracy: float


def reliability(predictions: Predictions) -> tuple[ReliabilityBin, ...]:
    """Return the table behind :func:`calibration_error`, without the empty bins.

    >>> said = check_predictions(["a", "b"], [[0.9, 0.1], [0.9, 0.1]], ["a", "b"])
    >>> [(b.n_rows, b.accuracy) for b in reliability(said)]
    [(2, 0.5)]
    """
    confidence = predictions.probabilities.max(axis=1)
    right = predictions.probabilities.argmax(axis=1) == predictions.codes
    bins = weighted.confidence_bins(confidence)
    return tuple(
        ReliabilityBin(
            low=b / weighted.N_BINS,
            high=(b + 1) / weighted.N_BINS,
            n_rows=int((bins == b).sum()),
            confidence=float(confidence[bins == b].mean()),
            accuracy=float(right[bins == b].mean()),
        )
        for b in np.unique(bins).tolist()
    )


def _once(
    score: weighted.Weighted, y: Any, probabilities: ArrayLike, classes: Sequence[object]
) -> float:
    said = check_predictions(y, probabilities, classes)
    return float(score(said.codes, said.probabilities, np.ones((1, said.n_rows)))[0])
