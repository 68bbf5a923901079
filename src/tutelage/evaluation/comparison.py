"""Two models on the same splits or rows: difference, interval, helped or hurt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from tutelage.evaluation.bootstrap import (
    interval_of_mean,
    percentile_interval,
    resample_counts,
    resampled_scores,
)
from tutelage.evaluation.curve_result import CurveResult, amount
from tutelage.evaluation.metric import Metric, find_metric
from tutelage.evaluation.predictions import Classifier, FloatArray, predictions_of
from tutelage.evaluation.yardstick import Yardstick, find_yardstick

Verdict = Literal["helped", "hurt", "no difference", "undecided"]

# With fewer pairs no pattern of signs has a two-sided probability below 5 %: 2 / 2**5 = 6 %.
FEWEST_PAIRS = 6
EXACT_PAIRS = 12
N_FLIPS = 10_000


@dataclass(frozen=True)
class Comparison:
    """The first model minus the second.

    Attributes
    ----------
    first, second
        Names of the models.
    metric, title, direction
        What was measured, and whether ``"higher"`` or ``"lower"`` is better.
    shots
        Labels per class, or labelled rows; ``None`` for the mean over all numbers of shots, or
        for a test set.
    difference
        Mean of first minus second, in units of the metric.
    low, high
        95 % bootstrap interval of the difference; NaN when there are too few pairs.
    p_value
        Two-sided sign-flip test that the difference is 0; NaN when there are too few pairs, and
        when rows were compared.
    n_pairs
        Splits or rows on which both have a number.
    n_lost
        Splits left out because a fit failed or a score is not defined.
    unit
        ``"splits"`` or ``"rows"``.
    verdict
        ``"helped"``: the interval lies wholly on the better side of 0. ``"hurt"``: wholly on the
        worse side. ``"no difference"``: it holds 0. ``"undecided"``: too few pairs to tell.
    per_class
        Whether ``shots`` count labels of each class, or rows in all.
    in_target_units
        Whether the difference has the unit of the target.
    """

    first: str
    second: str
    metric: str
    title: str
    direction: Literal["higher", "lower"]
    shots: int | None
    difference: float
    low: float
    high: float
    p_value: float
    n_pairs: int
    n_lost: int
    unit: Literal["splits", "rows"]
    verdict: Verdict
    per_class: bool = True
    in_target_units: bool = False

    def sentence(self, subject: str = "The prior") -> str:
        """Return the one line for people.

        >>> base = ("taught", "plain", "roc_auc", "ROC AUC", "higher", 5)
        >>> found = Comparison(*base, 0.041, 0.02, 0.061, 0.001, 20, 0, "splits", "helped")
        >>> found.sentence()
        'The prior helped: +0.041 ROC AUC at 5 labels per class (95 % interval +0.020 to +0.061,
        20 paired splits).'
        """
        return f"{_HEADS[self.verdict].format(subject)}{self._numbers()}."

    def _numbers(self) -> str:
        if math.isnan(self.difference):
            return f": no {self._pairs} gave a number for both"
        where = f" at {amount(self.shots, self.per_class)}" if self.shots else ""
        if self.shots is None and self.unit == "splits":
            where = " on average over all numbers of labels"
        better = " (lower is better)" if self.direction == "lower" else ""
        form = "+.4g" if self.in_target_units else "+.3f"
        change = f": {self.difference:{form}} {self.title}{better}{where}"
        if self.verdict == "undecided":
            return (
                f"{change}, but {self.n_pairs} {self._pairs} are too few for an interval "
                f"(at least {FEWEST_PAIRS})"
            )
        lost = f", {self.n_lost} more without a number" if self.n_lost else ""
        interval = f"95 % interval {self.low:{form}} to {self.high:{form}}"
        return f"{change} ({interval}, {self.n_pairs} {self._pairs}{lost})"

    @property
    def _pairs(self) -> str:
        return "paired splits" if self.unit == "splits" else "test rows"


_HEADS: dict[str, str] = {
    "helped": "{} helped",
    "hurt": "{} hurt",
    "no difference": "{} made no clear difference",
    "undecided": "{} cannot be judged",
}


def compare_models(
    curve: CurveResult,
    first: str,
    second: str,
    metric: str | Yardstick = "roc_auc",
    shots: int | None = None,
    *,
    n_bootstrap: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Compare two models of a learning curve, split by split.

    Each split gives one difference; the interval resamples splits. Splits of one table share
    rows, so the interval speaks of this table and not of others. A split on which either model
    failed is left out and counted.

    Parameters
    ----------
    curve
        The learning curve that holds both.
    first, second
        Their names; the difference is first minus second.
    metric
        A metric of the curve.
    shots
        Labels per class, or labelled rows. ``None``: each split's mean over all numbers of shots.
    n_bootstrap, seed
        Resamples of the interval and their seed.
    """
    chosen = find_yardstick(metric)
    listed = curve.shots if shots is None else (shots,)
    per_shots = [
        curve.values(first, k, chosen.name) - curve.values(second, k, chosen.name) for k in listed
    ]
    differences = np.mean(per_shots, axis=0)  # (n_splits,)
    return compare_pairs(
        differences,
        chosen,
        (first, second),
        shots=shots,
        per_class=curve.per_class,
        n_bootstrap=n_bootstrap,
        seed=seed,
    )


def compare_pairs(
    differences: FloatArray,
    metric: Yardstick,
    names: tuple[str, str],
    *,
    shots: int | None = None,
    per_class: bool = True,
    n_bootstrap: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Compare two models from one difference per split (n_splits,); NaN where there is none.

    >>> gains = np.array([0.02, 0.03, 0.01, 0.04, 0.02, 0.03, 0.02])
    >>> compare_pairs(gains, find_metric("accuracy"), ("taught", "plain")).verdict
    'helped'
    >>> compare_pairs(gains, find_metric("log_loss"), ("taught", "plain")).verdict
    'hurt'
    """
    known = differences[~np.isnan(differences)]
    low = high = p_value = math.nan
    if known.size >= FEWEST_PAIRS:
        low, high = interval_of_mean(known, n_bootstrap=n_bootstrap, seed=seed)
        p_value = sign_flip_p(known, seed=seed)
    return Comparison(
        *names,
        metric.name,
        metric.title,
        metric.direction,
        shots,
        difference=float(known.mean()) if known.size else math.nan,
        low=low,
        high=high,
        p_value=p_value,
        n_pairs=int(known.size),
        n_lost=int(differences.size - known.size),
        unit="splits",
        verdict=_verdict(metric, low, high),
        per_class=per_class,
        in_target_units=metric.in_target_units,
    )


def compare_on_rows(
    first: Classifier,
    second: Classifier,
    X: Any,
    y: Any,
    metric: str | Metric = "roc_auc",
    *,
    names: tuple[str, str] = ("first", "second"),
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare two fitted models on one test set; the interval resamples its rows.

    Both see the same resamples. The interval says nothing of other training labels.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = np.arange(60.0)[:, None], np.repeat(["no", "yes"], 30)
    >>> plain, better = DummyClassifier().fit(X, y), GaussianNB().fit(X, y)
    >>> compare_on_rows(better, plain, X, y, "accuracy").verdict
    'helped'
    """
    chosen = find_metric(metric)
    said = [predictions_of(model, X, y) for model in (first, second)]
    ones = np.ones((1, said[0].n_rows))
    plain = [float(resampled_scores(chosen, s, ones)[0]) for s in said]
    drawn = [
        resampled_scores(chosen, said[0], counts) - resampled_scores(chosen, said[1], counts)
        for counts in resample_counts(said[0].n_rows, n_bootstrap, seed)
    ]
    difference = plain[0] - plain[1]
    enough = said[0].n_rows >= FEWEST_PAIRS and not math.isnan(difference)
    low, high = percentile_interval(np.concatenate(drawn)) if enough else (math.nan, math.nan)
    return Comparison(
        *names,
        chosen.name,
        chosen.title,
        chosen.direction,
        shots=None,
        difference=difference,
        low=low,
        high=high,
        p_value=math.nan,
        n_pairs=said[0].n_rows,
        n_lost=0,
        unit="rows",
        verdict=_verdict(chosen, low, high),
    )


def sign_flip_p(differences: FloatArray, *, seed: int = 0) -> float:
    """Return the two-sided p-value of "the sign of every difference is a coin toss".

    Exact up to 12 differences, else from 10,000 random flips. At least 2 / 2^n.

    >>> sign_flip_p(np.array([1.0, 1.0, 1.0]))
    0.25
    """
    n = differences.size
    if n == 0:
        return math.nan
    seen = abs(float(differences.mean())) * (1 - 1e-12)
    if n <= EXACT_PAIRS:
        signs = np.array(list(product((-1.0, 1.0), repeat=n)))
        return float(np.mean(np.abs(signs @ differences) / n >= seen))
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(N_FLIPS, n))
    return float((1 + np.sum(np.abs(signs @ differences) / n >= seen)) / (1 + N_FLIPS))


def _verdict(metric: Yardstick, low: float, high: float) -> Verdict:
    if math.isnan(low) or math.isnan(high):
        return "undecided"
    if low <= 0 <= high:
        return "no difference"
    return "helped" if metric.gain(low) > 0 else "hurt"
