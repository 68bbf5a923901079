"""Any known score by its name: what comparisons and reports need to know of it."""

from __future__ import annotations

from typing import Literal, Protocol

from tutelage.errors import InputError
from tutelage.evaluation.metric import METRICS
from tutelage.evaluation.regression_scores import REGRESSION_METRICS


class Yardstick(Protocol):
    """A score of classes or of numbers: its names, and which way is better."""

    @property
    def name(self) -> str:
        """Name in results and files."""
        ...

    @property
    def title(self) -> str:
        """Name for people."""
        ...

    @property
    def direction(self) -> Literal["higher", "lower"]:
        """Which way is better."""
        ...

    @property
    def in_target_units(self) -> bool:
        """Whether it has the unit of the target, so that its size is anything."""
        ...

    def gain(self, difference: float) -> float:
        """Return ``difference`` with the sign turned if need be, so that positive is better."""
        ...


def find_yardstick(name: str | Yardstick) -> Yardstick:
    """Return the score of that name, of classes or of numbers; a score comes back as it is.

    >>> find_yardstick("roc_auc").title, find_yardstick("mae").title
    ('ROC AUC', 'MAE')
    >>> find_yardstick("mea")
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: A metric must be one of roc_auc, accuracy, balanced_accuracy,
    log_loss, brier_score, calibration_error, r2, rmse, mae, got 'mea'.
    """
    if not isinstance(name, str):
        return name
    known: dict[str, Yardstick] = {metric.name: metric for metric in METRICS}
    known |= {metric.name: metric for metric in REGRESSION_METRICS}
    if name not in known:
        raise InputError(f"A metric must be one of {', '.join(known)}, got {name!r}.")
    return known[name]


def has_target_units(name: str) -> bool:
    """Tell whether the score of that name is in units of the target; of an unknown one, no."""
    return any(metric.name == name and metric.in_target_units for metric in REGRESSION_METRICS)
