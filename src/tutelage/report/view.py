"""What the page shows: the record, arranged by section, with its charts drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tutelage.evaluation.comparison import Comparison, Verdict
from tutelage.evaluation.curve_result import CurveResult, amount, amount_name
from tutelage.evaluation.regression_scores import REGRESSION_METRICS
from tutelage.evaluation.yardstick import find_yardstick
from tutelage.report import charts
from tutelage.report.facts import PriorEntry
from tutelage.report.record import AuditRecord
from tutelage.report.shown import money, number, one_line, score
from tutelage.report.svg import Drawing
from tutelage.report.variation_section import variation_of_entries

MOST_CLASSES = 6
MOST_TABLE_ROWS = 300
MOST_WEIGHTS = 20
SECOND_METRICS = ("log_loss", "mae")

REGRESSION_NAMES = tuple(metric.name for metric in REGRESSION_METRICS)

AGAINST: dict[Verdict, str] = {
    "helped": "better",
    "hurt": "worse",
    "no difference": "unclear",
    "undecided": "too few draws",
}
# What beating each standing control means; other models need no explanation.
MEANINGS = {
    "no prior": "the same student without the teacher",
    "teacher alone": "its scores as fixed weights; the labels set only their size and the offset",
    "shuffled prior": "the same scores dealt to other columns: form without knowledge",
    "logistic regression": "tuned by cross-validation, no teacher",
    "ridge regression": "tuned by leaving one row out, no teacher",
    "gradient boosting": "what most people try first on a table",
}


@dataclass(frozen=True)
class Chart:
    """One chart in two sizes; the page shows the one that fits."""

    wide: Markup
    narrow: Markup
    title: str
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """One headline number with its unit and a line below."""

    name: str
    value: str
    note: str


def page_values(record: AuditRecord) -> dict[str, Any]:
    """Return the values the template needs beside the record itself."""
    return {
        "record": record,
        "figures": headline_figures(record),
        "alarms": [f.message for f in record.findings if f.severity == "warning"]
        + list(record.warnings),
        "curves": curve_charts(record),
        "against": against_others(record),
        "cells": cell_tables(record.curve),
        "troubles": troubles(record.curve),
        "priors": prior_sections(record),
        "variation": variation_of_entries(record.prior, record.provenance),
        "weights": weight_rows(record),
        "weight_labels": list(dict.fromkeys(w.label for w in record.model.weights)),
        "reliability": reliability(record),
        "explained": explained(record),
        "most_rows": MOST_TABLE_ROWS,
        "counted": amount_name(record.curve is None or record.curve.per_class),
        "of_numbers": record.metric in REGRESSION_NAMES,
    }


def headline_figures(record: AuditRecord) -> list[Figure]:
    """Return the few numbers that belong on the first screen."""
    figures = [_quality(record)] if record.evaluation or record.curve else []
    if record.verdicts:
        figures.append(_gain(record.verdicts[0]))
    if record.trust is not None:
        span = f"{number(record.trust.low, 2)} to {number(record.trust.high, 2)} (90 %)"
        figures.append(Figure("Trust in the teacher", number(record.trust.value, 2), span))
    if record.prior:
        cost = record.cost
        calls = f"{cost.n_calls} question{'s' * (cost.n_calls != 1)}"
        stored = f", {cost.n_cached} from the store" if cost.n_cached else ""
        figures.append(Figure("Cost of asking", money(cost.usd), f"{calls}{stored}"))
    return figures


def curve_charts(record: AuditRecord) -> list[Chart]:
    """Return the learning curve of the deciding metric, and of log loss or the mean error."""
    curve = record.curve
    if curve is None or not curve.points:
        return []
    metrics = [m for m in (record.metric, *SECOND_METRICS) if m in curve.metrics]
    main = (record.taught, record.plain)

    def draw(metric: str) -> Callable[[int, str], Drawing]:
        return lambda width, prefix: charts.curve_chart(curve, metric, width, prefix, main=main)

    return [_two_sizes(f"curve-{m}", draw(m)) for m in dict.fromkeys(metrics)]


def against_others(record: AuditRecord) -> list[dict[str, Any]]:
    """Return one row per other model: the taught student minus it, overall and by labels."""
    rows = []
    for name in dict.fromkeys(v.second for v in record.verdicts):
        found = {v.shots: v for v in record.verdicts if v.second == name}
        rows.append(
            {
                "name": name,
                "meaning": MEANINGS.get(name, ""),
                "overall": found.get(None),
                "by_shots": [found[k] for k in sorted(k for k in found if k is not None)],
                "words": {v.shots: AGAINST[v.verdict] for v in found.values()},
            }
        )
    return rows


def cell_tables(curve: CurveResult | None) -> list[dict[str, Any]]:
    """Return one table per metric: model by number of labels."""
    if curve is None:
        return []
    return [
        {
            "metric": name,
            "title": find_yardstick(name).title,
            "direction": find_yardstick(name).direction,
            "rows": [(m, [curve.cell(m, k, name) for k in curve.shots]) for m in curve.models],
        }
        for name in curve.metrics
    ]


def troubles(curve: CurveResult | None) -> list[str]:
    """Return sentences on fits that failed or collapsed."""
    if curve is None:
        return []
    found = []
    meaning = "one class for every row, or ROC AUC within 0.02 of chance"
    if not curve.per_class:
        meaning = "the same number for every row"
    for model in curve.models:
        points = [point for point in curve.points if point.model == model]
        failed = [point for point in points if point.error]
        collapsed = sum(point.collapsed for point in points)
        if failed:
            found.append(
                f"{model}: {len(failed)} of {len(points)} fits failed, the first with "
                f"“{one_line(failed[0].error, 200)}”."
            )
        if collapsed:
            found.append(
                f"{model}: {collapsed} of {len(points) - len(failed)} fits collapsed ({meaning})."
            )
    return found


def prior_sections(record: AuditRecord) -> list[dict[str, Any]]:
    """Return one chart and one table per scored class."""
    labels = list(dict.fromkeys(entry.label for entry in record.prior))
    return [
        {
            "label": label,
            "chart": _prior_chart(i, label, record.prior) if i < MOST_CLASSES else None,
            "entries": _of(label, record.prior),
            "n_scored": sum(1 for entry in _of(label, record.prior) if entry.answers),
        }
        for i, label in enumerate(labels)
    ]


def weight_rows(record: AuditRecord) -> list[dict[str, Any]]:
    """Return the largest weights of the model beside what the teacher said of the same column."""
    said = {(e.label, e.column, e.category): e.mean for e in record.prior}
    largest = sorted(record.model.weights, key=lambda w: -abs(w.weight))[:MOST_WEIGHTS]
    rows = []
    for weight in largest:
        told = said.get((weight.label, weight.column, weight.category), math.nan)
        opposed = not math.isnan(told) and told * weight.weight < 0
        rows.append({"weight": weight, "told": told, "opposed": opposed})
    return rows


def reliability(record: AuditRecord) -> Chart | None:
    """Return the reliability diagram of the final model."""
    found = record.evaluation
    if found is None or not found.reliability:
        return None
    return _two_sizes(
        "reliability",
        lambda width, prefix: charts.reliability_chart(
            found.reliability, len(found.classes), width, prefix
        ),
    )


def explained(record: AuditRecord) -> list[tuple[Any, Chart]]:
    """Return each explained row with its chart."""

    def draw(one: Any) -> Callable[[int, str], Drawing]:
        return lambda width, prefix: charts.explanation_chart(one, width, prefix)

    return [(one, _two_sizes(f"row-{i}", draw(one))) for i, one in enumerate(record.explanations)]


def _quality(record: AuditRecord) -> Figure:
    title = f"{find_yardstick(record.metric).title}, final model"
    found = record.evaluation
    if found is not None and record.metric in [e.metric for e in found.estimates]:
        estimate = found[record.metric]
        value, low, high = (
            score(v, record.metric) for v in (estimate.value, estimate.low, estimate.high)
        )
        return Figure(title, value, estimate.note or f"{low} to {high}")
    if record.curve is None or record.taught not in record.curve.models:
        return Figure(title, "–", "not measured")
    cell = record.curve.cell(record.taught, record.curve.shots[-1], record.metric)
    return Figure(
        title,
        score(cell.mean, record.metric),
        f"mean at {amount(cell.shots, record.curve.per_class)}",
    )


def _gain(overall: Comparison) -> Figure:
    name = f"{overall.title}, gain from the prior"
    gain = score(overall.difference, overall.metric, signed=True)
    if overall.verdict == "undecided":
        return Figure(name, gain, "too few splits to judge")
    low, high = (score(v, overall.metric, signed=True) for v in (overall.low, overall.high))
    return Figure(name, gain, f"{low} to {high}")


def _prior_chart(position: int, label: str, entries: Sequence[PriorEntry]) -> Chart:
    return _two_sizes(
        f"prior-{position}",
        lambda width, prefix: charts.prior_chart(_of(label, entries), width, prefix),
    )


def _of(label: str, entries: Sequence[PriorEntry]) -> list[PriorEntry]:
    return [entry for entry in entries if entry.label == label]


def _two_sizes(name: str, draw: Callable[[int, str], Drawing]) -> Chart:
    wide, narrow = draw(charts.WIDE, f"{name}-w"), draw(charts.NARROW, f"{name}-n")
    return Chart(Markup(wide.svg), Markup(narrow.svg), wide.title, wide.note)
