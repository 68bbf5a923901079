"""Metric: a score as a value with metadata, and the list of those we know.

Reports and tests read the metadata; nothing is found by scanning. To add a metric of your own,
build a :class:`Metric` and pass it to ``evaluate``.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tutelage.errors import InputError
from tutelage.evaluation import scores, weighted

Direction = Literal["higher", "lower"]


@dataclass(frozen=True)
class Metric:
    """A number that says how good predictions are.

    Attributes
    ----------
    name
        As in results and files.
    title
        As shown to people.
    direction
        Whether ``"higher"`` or ``"lower"`` is better.
    bounds
        The smallest and the largest possible value.
    family
        ``"decision"`` (only the most probable class counts), ``"ranking"`` or ``"probability"``.
    reference
        Where it is defined.
    function
        ``function(y, probabilities, classes) -> float``.
    resampled
        The same for many weightings of the rows at once (see :mod:`tutelage.evaluation.weighted`).
        Without it the bootstrap calls ``function`` once per resample, which is slow.
    needs_every_class
        Whether it is NaN when a class has no row.

    Examples
    --------
    >>> def confidence(y, probabilities, classes):
    ...     return float(probabilities.max(axis=1).mean())
    >>> mine = Metric("sure", "Mean confidence", "higher", (0, 1), "probability", "", confidence)
    >>> mine.gain(0.1)
    0.1
    """

    name: str
    title: str
    direction: Direction
    bounds: tuple[float, float]
    family: str
    reference: str
    function: Callable[[Any, Any, Sequence[object]], float]
    resampled: weighted.Weighted | None = None
    needs_every_class: bool = False

    @property
    def in_target_units(self) -> bool:
        """Whether it has the unit of the target; scores of classes have none."""
        return False

    def gain(self, difference: float) -> float:
        """Return ``difference`` with the sign turned if need be, so that positive is better."""
        return difference if self.direction == "higher" else -difference


METRICS: tuple[Metric, ...] = (
    Metric(
        "roc_auc",
        "ROC AUC",
        "higher",
        (0.0, 1.0),
        "ranking",
        "Hand and Till 2001; one-vs-rest, macro mean",
        scores.roc_auc,
        weighted.roc_auc,
        needs_every_class=True,
    ),
    Metric(
        "accuracy",
        "Accuracy",
        "higher",
        (0.0, 1.0),
        "decision",
        "share of rows that are right",
        scores.accuracy,
        weighted.accuracy,
    ),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        "higher",
        (0.0, 1.0),
        "decision",
        "Brodersen et al. 2010",
        scores.balanced_accuracy,
        weighted.balanced_accuracy,
    ),
    Metric(
        "log_loss",
        "Log loss",
        "lower",
        (0.0, -math.log(weighted.SMALLEST_PROBABILITY)),
        "probability",
        "Good 1952; natural logarithm",
        scores.log_loss,
        weighted.log_loss,
    ),
    Metric(
        "brier_score",
        "Brier score",
        "lower",
        (0.0, 1.0),
        "probability",
        "Brier 1950, halved",
        scores.brier_score,
        weighted.brier_score,
    ),
    Metric(
        "calibration_error",
        "Calibration error",
        "lower",
        (0.0, 1.0),
        "probability",
        "Guo et al. 2017; 15 bins of equal width",
        scores.calibration_error,
        weighted.calibration_error,
    ),
)


def find_metric(name: str | Metric) -> Metric:
    """Return the metric of that name; a :class:`Metric` comes back as it is.

    >>> find_metric("roc_auc").direction
    'higher'
    >>> find_metric("rocauc")
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: A metric must be one of roc_auc, accuracy, balanced_accuracy,
    log_loss, brier_score, calibration_error, got 'rocauc'. Did you mean 'roc_auc'?
    """
    if isinstance(name, Metric):
        return name
    known = {metric.name: metric for metric in METRICS}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"A metric must be one of {', '.join(known)}, got {name!r}.{hint}")


def find_metrics(names: str | Metric | Iterable[str | Metric]) -> tuple[Metric, ...]:
    """Return the metrics named; ``"all"`` is :data:`METRICS`, a single name is a list of one."""
    if isinstance(names, Metric) or (isinstance(names, str) and names != "all"):
        names = [names]
    found = METRICS if names == "all" else tuple(find_metric(name) for name in names)
    named = [metric.name for metric in found]
    doubled = sorted({name for name in named if named.count(name) > 1})
    if doubled or not named:
        raise InputError(f"metrics must be distinct names, at least one, got {named!r}.")
    return found
