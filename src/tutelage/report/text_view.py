"""What the page of a text job shows: its record, arranged by section, with charts drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tutelage.evaluation.comparison import Comparison
from tutelage.report import charts
from tutelage.report.identity_section import identity_section
from tutelage.report.shown import money, number
from tutelage.report.text_charts import scores_chart
from tutelage.report.text_facts import FaithfulnessFacts, LessonFacts, ShownText, VariantFacts
from tutelage.report.text_matrices import agreement_matrix, confusion_matrix
from tutelage.report.text_record import TextRecord
from tutelage.report.variation_section import variation_section
from tutelage.report.view import Chart, Figure

LEVELS = 5
MOST_CLASSES = 300
MOST_PAIRS = 10
TITLES = {"cards": "Class cards", "rewrites": "Rewrites", "ratings": "Word ratings"}
EXPLAINED = {
    "cards": "per class a definition, cue words, shared words and neighbours; they score the "
    "words of every text",
    "rewrites": "new training texts with the same label: paraphrases, and versions that mention "
    "another class in passing",
    "ratings": "how much each word of each training text tells about its label",
}


@dataclass(frozen=True)
class Brought:
    """What a kind of lesson, or all of them, brought, and at what price.

    ``points`` are points of accuracy (hundredths); the rates are NaN without a price.
    """

    name: str
    gain: Comparison
    usd: float
    n_tokens: int
    points: float
    points_per_usd: float
    points_per_1000_tokens: float


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: a word with a level in -5..5 (``None``: not scored), or a gap."""

    text: str
    is_word: bool = False
    level: int | None = None
    score: float = math.nan


def text_page_values(record: TextRecord) -> dict[str, Any]:
    """Return the values the template needs beside the record itself."""
    return {
        "record": record,
        "figures": headline_figures(record),
        "chart": accuracy_chart(record),
        "brought": brought(record),
        "against": [g for g in record.gains if g.first == record.taught],
        "meanings": {variant.name: variant.meaning for variant in record.variants},
        "n_errors": errors_of(record),
        "texts": [(shown, marked(shown)) for shown in record.shown],
        "faithfulness": faithfulness_rows(record),
        "measured": measured_models(record),
        "cautions": list(dict.fromkeys(f.result.caution for f in record.faithfulness))
        if record.faithfulness
        else [],
        "variation": variation_section(record.variation),
        "identity": identity_section(record.identity),
        "titles": TITLES,
        "explained": EXPLAINED,
        "most_classes": MOST_CLASSES,
        "most_pairs": MOST_PAIRS,
        "confusion": confusion_matrix(record.confused),
        "alike": agreement_matrix(record.agreement),
        "total": total_of(record.lessons),
    }


def headline_figures(record: TextRecord) -> list[Figure]:
    """Return the few numbers that belong on the first screen."""
    figures = []
    kept = variant_of(record, record.taught)
    score = kept.estimate("accuracy") if kept else None
    if score is not None:
        figures.append(
            Figure("Accuracy, final model", number(score.value), _span(score.low, score.high))
        )
    gain = record.gain_of(record.taught, record.plain)
    if gain is not None:
        span = _span(gain.low, gain.high, signed=True)
        figures.append(
            Figure("Gain over the plain student", number(gain.difference, signed=True), span)
        )
    total = total_of(record.lessons)
    if total.n_calls:
        stored = f", {total.n_cached} of them stored or taped" if total.n_cached else ""
        calls = f"{total.n_calls} calls{stored}"
        figures.append(Figure("Cost of asking", money(total.usd), calls))
    return figures


def variant_of(record: TextRecord, name: str) -> VariantFacts | None:
    """Return the model of that name."""
    return next((variant for variant in record.variants if variant.name == name), None)


def total_of(lessons: tuple[LessonFacts, ...]) -> LessonFacts:
    """Return what all lessons took together."""
    names = ("n_calls", "n_cached", "tokens_in", "tokens_out", "usd", "recorded_usd", "seconds")
    return LessonFacts(
        "all", "asked", **{n: sum(getattr(one, n) for one in lessons) for n in names}
    )


def accuracy_chart(record: TextRecord) -> Chart | None:
    """Return accuracy and interval of every model."""
    named = [(v.name, score) for v in record.variants if (score := v.estimate("accuracy"))]
    if not named:
        return None
    wide, narrow = (
        scores_chart(named, width, f"accuracy-{place}", main=record.taught, reference=record.plain)
        for place, width in (("w", charts.WIDE), ("n", charts.NARROW))
    )
    return Chart(Markup(wide.svg), Markup(narrow.svg), wide.title)


def brought(record: TextRecord) -> list[Brought]:
    """Return what each kind of lesson alone, and all together, brought over the plain student."""
    rows = []
    for variant in record.variants:
        gain = record.gain_of(variant.name, record.plain)
        paid = [one for one in record.lessons if one.kind in variant.lessons]
        if gain is None or not paid or is_shuffled(variant):
            continue
        usd, tokens = sum(one.recorded_usd for one in paid), sum(one.n_tokens for one in paid)
        points = 100 * gain.difference
        rows.append(
            Brought(
                variant.name,
                gain,
                usd,
                tokens,
                points,
                points / usd if usd > 0 else math.nan,
                1000 * points / tokens if tokens > 0 else math.nan,
            )
        )
    return rows


def is_shuffled(variant: VariantFacts) -> bool:
    """Tell whether a model is the control whose word scores were dealt to other words."""
    return variant.name.startswith("shuffled")


def errors_of(record: TextRecord) -> dict[str, int]:
    """Return how many test texts the plain and the taught student get wrong."""
    found = {}
    for name in (record.plain, record.taught):
        variant = variant_of(record, name)
        score = variant.estimate("accuracy") if variant else None
        if score is not None:
            found[name] = round((1 - score.value) * score.n_rows)
    return found


def marked(shown: ShownText) -> list[tuple[Any, list[Piece]]]:
    """Return each source of a shown text with the text cut into words and gaps.

    A word's level is its score in fifths of the source's largest, rounded away from zero, so
    that sources of different scales can be looked at side by side.
    """
    return [(source, _pieces(shown.text, source.words)) for source in shown.sources]


def _pieces(text: str, words: Any) -> list[Piece]:
    largest = max((abs(w.score) for w in words if not math.isnan(w.score)), default=0.0)
    pieces, position = [], 0
    for word in words:
        if word.start > position:
            pieces.append(Piece(text[position : word.start]))
        level = None if math.isnan(word.score) else _level(word.score, largest)
        pieces.append(Piece(text[word.start : word.end], True, level, word.score))
        position = word.end
    if position < len(text):
        pieces.append(Piece(text[position:]))
    return pieces


def _level(score: float, largest: float) -> int:
    if largest == 0:
        return 0
    # a tenth of the largest is as good as nothing
    share = abs(score) / largest
    return 0 if share < 0.1 else math.ceil(LEVELS * share) * (1 if score > 0 else -1)


def faithfulness_rows(record: TextRecord) -> list[dict[str, Any]]:
    """Return one row per measure: its value for each model that was measured."""
    measures: dict[str, dict[str, Any]] = {}
    for found in record.faithfulness:
        for estimate in found.result.estimates:
            row = measures.setdefault(
                estimate.metric,
                {"title": estimate.title, "direction": estimate.direction, "by_model": {}},
            )
            row["by_model"][found.model] = estimate
    return list(measures.values())


def measured_models(record: TextRecord) -> dict[str, FaithfulnessFacts]:
    """Return the first measurement of each model whose faithfulness was measured."""
    found: dict[str, FaithfulnessFacts] = {}
    for facts in record.faithfulness:
        found.setdefault(facts.model, facts)
    return found


def _span(low: float, high: float, *, signed: bool = False) -> str:
    if math.isnan(low):
        return "too few test texts to judge"
    return f"{number(low, signed=signed)} to {number(high, signed=signed)}"
