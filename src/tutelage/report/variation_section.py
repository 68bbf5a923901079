"""How firm a teacher's scores are, as a page says it: a table and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage.evaluation.prior_variation import PriorVariation, answer_variation
from tutelage.lessons import FeaturePrior, FeatureScore, Provenance
from tutelage.report.facts import PriorEntry
from tutelage.report.identity_audit import Section

NONE = "–"


@dataclass(frozen=True)
class VariationSection:
    """A table, whose last row says what was not varied, and sentences below it."""

    table: Section
    notes: tuple[str, ...]


def variation_section(found: PriorVariation | None) -> VariationSection | None:
    """Return the section; ``None`` where nothing was varied.

    >>> from tutelage.evaluation.prior_variation import VariedRow
    >>> row = VariedRow("teacher", "small", "large", 0.5, 0.4, 0.6, 0.7, 72)
    >>> section = variation_section(PriorVariation((row,), not_varied=("repeats",)))
    >>> section.table.lines[-1][:2]
    ['not varied', 'repeats']
    """
    if found is None:
        return None
    over_texts = found.unit == "texts"
    head = ["varied", "compared", "rank correlation",
            "95 % interval" if over_texts else "least to greatest",
            f"top {found.top_k} shared", found.unit]  # fmt: skip
    lines = [
        [
            row.varied,
            f"{row.first} and {row.second}",
            _number(row.correlation),
            NONE if math.isnan(row.low) else f"{row.low:.2f} to {row.high:.2f}",
            _number(row.shared),
            str(row.n),
        ]
        for row in found.rows
    ]
    if found.not_varied:
        lines.append(["not varied", ", ".join(found.not_varied), *[NONE] * 4])
    title = "How much the teacher's scores change"
    return VariationSection(Section(title, "variation", head, lines, 2), tuple(_notes(found)))


def variation_of_entries(
    entries: Sequence[PriorEntry], provenance: Mapping[str, Any]
) -> VariationSection | None:
    """Return the section for a table's scores as a record keeps them, answers included."""
    if not entries:
        return None
    labels = tuple(dict.fromkeys(entry.label for entry in entries))
    scores = tuple(FeatureScore(e.label, e.column, e.category, tuple(e.answers)) for e in entries)
    teacher, prompt = (str(provenance.get(name, "")) for name in ("teacher", "prompt"))
    said = Provenance(teacher, prompt)
    return variation_section(answer_variation(FeaturePrior(labels, scores, said)))


def _notes(found: PriorVariation) -> list[str]:
    notes = []
    if found.rows:
        what = "a text's words" if found.unit == "texts" else "the columns"
        notes.append(
            f"Rank correlation (Spearman) of the scores of {what}: 1 is the same order; near 0 a "
            "student would have been taught something else by chance. No question was asked for "
            "this: it is what the lessons hold."
        )
    if found.spread is not None:
        spread = found.spread
        notes.append(
            f"Repeated answers to the same question: a word's score has a standard deviation of "
            f"{100 * spread.value:.0f} % of the largest score of its text (95 % interval "
            f"{100 * spread.low:.0f} to {100 * spread.high:.0f} %, {spread.n_rows} texts)."
        )
    if found.taught:
        notes.append(f"Students were taught the scores of {found.taught}.")
    elif found.unit == "texts" and found.rows:
        notes.append("Students were taught the last scores that the file has of each text.")
    return notes


def _number(value: float) -> str:
    return NONE if math.isnan(value) else f"{value:.2f}"
