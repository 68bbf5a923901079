"""The same scores per group, the gaps between groups, and what another model does to them.

Values and gaps come from fairlearn's ``MetricFrame`` (extra ``bias``). The intervals resample rows
with this package's own bootstrap, which does all draws of a metric at once.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tutelage import _extras
from tutelage.errors import InputError
from tutelage.evaluation import weighted
from tutelage.evaluation.bootstrap import percentile_interval, resample_counts
from tutelage.evaluation.group_values import (
    TITLES,
    Gap,
    GapChange,
    GroupComparison,
    GroupReport,
    GroupScores,
    GroupValue,
)
from tutelage.evaluation.predictions import Classifier, FloatArray, IntArray, predictions_of
from tutelage.evaluation.sensitive_columns import Sensitive, groups_of
from tutelage.lessons import label_name

METRICS = tuple(TITLES)
SMALL_ROWS = 30
SMALL_CLASS = 10


@dataclass(frozen=True, eq=False)
class _Answers:
    """What one model said, with one class against the rest."""

    codes: IntArray  # (n_rows,) 1 where the row is of the positive class
    chance: FloatArray  # (n_rows, 2)
    selected: NDArray[np.bool_]  # (n_rows,) whether the positive class is the most probable
    positive: str


@dataclass(frozen=True, eq=False)
class _Measured:
    """A report, and the gaps on every resample: (column, metric) -> (n_draws,)."""

    report: GroupReport
    draws: dict[tuple[str, str], FloatArray]


def group_metrics(
    model: Classifier,
    X: Any,
    y: Any,
    sensitive: Sensitive,
    *,
    positive: object = None,
    crossed: bool = False,
    small: int = SMALL_ROWS,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> GroupReport:
    """Measure a fitted model on every group of one or more sensitive columns.

    Per group: rows, accuracy, ROC AUC, selection rate, true and false positive rate, calibration
    error. Per column: the largest difference and the smallest ratio between groups, demographic
    parity and equalised odds among them. With more than two classes everything is the positive
    class against the rest.

    Parameters
    ----------
    model
        Anything fitted with ``classes_`` and ``predict_proba``.
    X, y
        Rows it was not trained on, and their labels.
    sensitive
        Names of columns of ``X``; or the values themselves (n_rows,), as a data frame, a series or
        a mapping, when the model does not see the column. A number with more than 10 values is
        cut at its quartiles; missing cells are a group of their own.
    positive
        The class that is "selected". Default with two classes: the second; with more: required.
    crossed
        Also measure the groups of each two columns together.
    small
        Groups with fewer rows, or fewer than 10 of either class, are flagged.
    n_bootstrap, seed
        Resamples of the intervals and their seed.

    Raises
    ------
    ExtraMissing
        When fairlearn is not installed: ``pip install "tutelage[bias]"``.
    DataError
        When a column is not there (a near name is suggested), or has one group or too many.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X = pd.DataFrame({"age": range(80), "sex": [0, 1] * 40})
    >>> y = np.where(X["age"] < 40, "no", "yes")
    >>> report = group_metrics(GaussianNB().fit(X[::3], y[::3]), X, y, "sex", n_bootstrap=50)
    >>> [(s.group, s.n_rows, s.n_positive) for s in report.scores]
    [('0', 40, 20), ('1', 40, 20)]
    >>> report.gap("sex", "demographic_parity").difference < 0.05
    True
    """
    groups = groups_of(sensitive, X, len(y), crossed)
    said = _answers(model, X, y, positive)
    return _measure(said, groups, small, n_bootstrap, seed).report


def compare_groups(
    first: Classifier,
    second: Classifier,
    X: Any,
    y: Any,
    sensitive: Sensitive,
    *,
    names: tuple[str, str] = ("first", "second"),
    X_second: Any = None,
    positive: object = None,
    crossed: bool = False,
    small: int = SMALL_ROWS,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> GroupComparison:
    """Measure two models on the same rows; say which gaps grew and which shrank.

    For "before and after the prior", give the student with the prior first and the same student
    with ``trust=0`` second.

    Parameters
    ----------
    first, second
        Fitted models; every change is first minus second.
    names
        How they are called.
    X_second
        The same rows as the second model takes them, when it has other columns. Default: ``X``.

    The other parameters are those of :func:`group_metrics`.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X = pd.DataFrame({"age": range(80), "old": [0] * 40 + [1] * 40})
    >>> y = np.where(X["age"] < 40, "no", "yes")
    >>> both = DummyClassifier().fit(X, y), GaussianNB().fit(X, y)
    >>> found = compare_groups(*both, X, y, "old", names=("blind", "bayes"), n_bootstrap=50)
    >>> [c.verdict for c in found.changes if c.metric == "demographic_parity"]
    ['narrower']
    """
    groups = groups_of(sensitive, X, len(y), crossed)
    one = _measure(_answers(first, X, y, positive), groups, small, n_bootstrap, seed)
    rows = X if X_second is None else X_second
    other = _measure(_answers(second, rows, y, positive), groups, small, n_bootstrap, seed)
    if one.report.positive != other.report.positive:
        raise InputError(
            f"Both models must have the same positive class, got {one.report.positive!r} and "
            f"{other.report.positive!r}. Pass positive=."
        )
    changes = []
    for gap in one.report.gaps:
        before = other.report.gap(gap.column, gap.metric)
        drawn = one.draws[gap.column, gap.metric] - other.draws[gap.column, gap.metric]
        difference = gap.difference - before.difference
        low, high = (math.nan, math.nan) if math.isnan(difference) else percentile_interval(drawn)
        changes.append(
            GapChange(
                gap.column, gap.metric, gap.difference, before.difference, difference, low, high
            )
        )
    return GroupComparison(names, one.report, other.report, tuple(changes))


def _answers(model: Classifier, X: Any, y: Any, positive: object) -> _Answers:
    said = predictions_of(model, X, y)
    if positive is None and len(said.classes) > 2:
        raise InputError(
            f"With more than two classes, positive must name one of {list(said.classes)}, got None."
        )
    name = said.classes[-1] if positive is None else label_name(positive)
    if name not in said.classes:
        near = difflib.get_close_matches(name, said.classes, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(f"positive must be one of {list(said.classes)}, got {name!r}.{hint}")
    place = said.classes.index(name)
    chance = said.probabilities[:, place]
    return _Answers(
        codes=(said.codes == place).astype(np.int64),
        chance=np.column_stack([1 - chance, chance]),
        selected=said.probabilities.argmax(axis=1) == place,
        positive=name,
    )


def _measure(
    said: _Answers, groups: Mapping[str, Any], small: int, n_bootstrap: int, seed: int
) -> _Measured:
    drawn = _draws(said, groups, n_bootstrap, seed)
    scores: list[GroupScores] = []
    gaps: list[Gap] = []
    draws: dict[tuple[str, str], FloatArray] = {}
    for column, names in groups.items():
        by_group, differences, ratios = _through_fairlearn(said, names)
        found = [
            _scores_of(column, group, said, names, by_group.loc[group], drawn[column, group], small)
            for group in map(str, by_group.index)
        ]
        scores += found
        for metric in METRICS:
            stacked = [drawn[column, group.group][metric] for group in found]
            draws[column, metric] = _spread(np.array(stacked))
            note = _rests_on_small(found, metric)
            gaps.append(_gap(column, metric, differences[metric], ratios[metric], draws, note))
        gaps += _named_gaps(column, gaps[-len(METRICS) :], draws)
    report = GroupReport(
        said.positive, tuple(scores), tuple(gaps), len(said.codes), n_bootstrap, seed
    )
    return _Measured(report, draws)


def _draws(
    said: _Answers, groups: Mapping[str, Any], n_bootstrap: int, seed: int
) -> dict[tuple[str, str], dict[str, FloatArray]]:
    """Return (column, group) -> metric -> its value on every resample of the rows."""
    members = {
        (column, group): names == group
        for column, names in groups.items()
        for group in sorted(set(names))
    }
    parts: dict[tuple[str, str], dict[str, list[FloatArray]]] = {
        place: {metric: [] for metric in METRICS} for place in members
    }
    for weights in resample_counts(len(said.codes), n_bootstrap, seed):
        for place, rows in members.items():
            for metric in METRICS:
                parts[place][metric].append(_drawn(metric, said, rows, weights))
    return {
        place: {metric: np.concatenate(values) for metric, values in listed.items()}
        for place, listed in parts.items()
    }


def _through_fairlearn(said: _Answers, names: Any) -> tuple[Any, Any, Any]:
    """Return values per group, differences and ratios, all per metric."""
    metrics = _extras.require("fairlearn.metrics", extra="bias", purpose="group metrics")
    hard = {
        "accuracy": lambda y, p: float(np.mean(np.asarray(y) == np.asarray(p))),
        "selection_rate": metrics.selection_rate,
        "true_positive_rate": _where(1, metrics.true_positive_rate),
        "false_positive_rate": _where(0, metrics.false_positive_rate),
    }
    soft = {
        "roc_auc": _soft(weighted.roc_auc),
        "calibration_error": _soft(weighted.calibration_error),
    }
    given = {"y_true": said.codes, "sensitive_features": names}
    frames = [
        metrics.MetricFrame(metrics=hard, y_pred=said.selected.astype(int), **given),
        metrics.MetricFrame(metrics=soft, y_pred=said.chance[:, 1], **given),
    ]
    by_group = pd.concat([f.by_group for f in frames], axis=1)[list(METRICS)].astype(float)
    differences = pd.concat([f.difference() for f in frames]).astype(float)
    ratios = pd.concat([f.ratio() for f in frames]).astype(float)
    return by_group, differences, ratios


def _where(needed: int, rate: Any) -> Any:
    """Return the rate, NaN for a group that has no row to count (fairlearn has 0 there)."""

    def known(y: Any, p: Any) -> float:
        present = bool((np.asarray(y) == needed).any())
        return float(rate(y, p, pos_label=1)) if present else math.nan

    return known


def _soft(score: weighted.Weighted) -> Any:
    def of(y: Any, p: Any) -> float:
        codes, chance = np.asarray(y, dtype=np.int64), np.asarray(p, dtype=np.float64)
        table = np.column_stack([1 - chance, chance])
        return float(score(codes, table, np.ones((1, len(codes))))[0])

    return of


def _drawn(metric: str, said: _Answers, rows: Any, weights: FloatArray) -> FloatArray:
    """Return the metric of one group on every resample (n_draws,)."""
    codes, drawn = said.codes[rows], weights[:, rows]
    if metric in ("roc_auc", "calibration_error"):
        score = weighted.roc_auc if metric == "roc_auc" else weighted.calibration_error
        return score(codes, said.chance[rows], drawn)
    selected = said.selected[rows]
    hit = (selected == codes) if metric == "accuracy" else selected
    among = {"true_positive_rate": codes == 1, "false_positive_rate": codes == 0}.get(metric)
    kept = np.ones(len(codes)) if among is None else among.astype(np.float64)
    total = drawn @ kept
    result = np.full(len(drawn), np.nan)
    np.divide(drawn @ (kept * hit), total, out=result, where=total > 0)
    return result


def _scores_of(
    column: str,
    group: str,
    said: _Answers,
    names: Any,
    values: Any,
    drawn: Mapping[str, FloatArray],
    small: int,
) -> GroupScores:
    codes = said.codes[names == group]
    n_positive = int(codes.sum())
    few = min(n_positive, len(codes) - n_positive) < SMALL_CLASS
    listed = []
    for metric in METRICS:
        value = float(values[metric])
        low, high = (
            (math.nan, math.nan) if math.isnan(value) else percentile_interval(drawn[metric])
        )
        listed.append(GroupValue(metric, value, low, high))
    return GroupScores(
        column, group, len(codes), n_positive, len(codes) < small or few, tuple(listed)
    )


def _spread(values: FloatArray) -> FloatArray:
    """Return largest minus smallest over the groups (n_groups, n_draws) that have a value."""
    high = np.where(np.isnan(values), -np.inf, values).max(axis=0)
    low = np.where(np.isnan(values), np.inf, values).min(axis=0)
    return np.where(np.isfinite(high) & np.isfinite(low), high - low, np.nan)


def _gap(
    column: str,
    metric: str,
    difference: float,
    ratio: float,
    draws: Mapping[tuple[str, str], FloatArray],
    note: str,
) -> Gap:
    known = not math.isnan(difference)
    low, high = percentile_interval(draws[column, metric]) if known else (math.nan, math.nan)
    return Gap(column, metric, float(difference), low, high, float(ratio), note)


def _named_gaps(
    column: str, gaps: Sequence[Gap], draws: dict[tuple[str, str], FloatArray]
) -> list[Gap]:
    by_metric = {gap.metric: gap for gap in gaps}
    parity = replace(by_metric["selection_rate"], metric="demographic_parity")
    draws[column, "demographic_parity"] = draws[column, "selection_rate"]
    rates = [by_metric["true_positive_rate"], by_metric["false_positive_rate"]]
    draws[column, "equalised_odds"] = np.fmax(*(draws[column, gap.metric] for gap in rates))
    odds = _gap(
        column,
        "equalised_odds",
        float(np.fmax(rates[0].difference, rates[1].difference)),
        float(np.fmin(rates[0].ratio, rates[1].ratio)),
        draws,
        "; ".join(dict.fromkeys(gap.note for gap in rates if gap.note)),
    )
    return [parity, odds]


def _rests_on_small(scores: Sequence[GroupScores], metric: str) -> str:
    known = [s for s in scores if not math.isnan(s[metric].value)]
    if not known:
        return "no group has a value"
    ends = (min(known, key=lambda s: s[metric].value), max(known, key=lambda s: s[metric].value))
    small = [s.group for s in dict.fromkeys(ends) if s.is_small]
    return f"rests on small group{'s' * (len(small) > 1)} {', '.join(small)}" if small else ""
