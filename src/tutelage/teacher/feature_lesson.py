"""From answers about columns to a FeaturePrior with its provenance."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tutelage.lessons.feature_prior import SCALE, FeaturePrior, FeatureScore
from tutelage.lessons.provenance import Provenance
from tutelage.teacher.asking import Elicited
from tutelage.teacher.blocks import scale_factors
from tutelage.teacher.feature_question import FeatureQuestion
from tutelage.teacher.reading import Reading
from tutelage.teacher.task_card import TaskCard

Heard = Sequence[tuple[FeatureQuestion, Elicited[Reading]]]
Key = tuple[str, str, str | None]


def assemble_prior(card: TaskCard, heard: Heard, provenance: Provenance) -> FeaturePrior:
    """Put the readings together: one entry per class, column or category, in the card's order.

    The answers of a table that was asked about in blocks are brought to one scale, class by class,
    by the columns that stand in every block; the provenance's notes say by which factors.
    """
    factors = _factors(heard)
    answers: dict[Key, list[float]] = {}
    for asked, key, score in _scores(heard):
        entry = answers.setdefault(key, [])
        if score is not None:
            entry.append(score / SCALE * factors.get(asked.label, [1.0])[asked.block])
    for label in factors:  # a mended answer may leave the scale; only ratios matter
        mine = [entry for key, entry in answers.items() if key[0] == label]
        largest = max((abs(score) for entry in mine for score in entry), default=0.0)
        for entry in mine if largest > 1 else ():
            entry[:] = [score / largest for score in entry]
    scores = tuple(FeatureScore(*key, tuple(given)) for key, given in _in_order(card, answers))
    notes = "; ".join(filter(None, [provenance.notes, *_factor_notes(factors)]))
    return FeaturePrior(card.classes, scores, replace(provenance, notes=notes))


def _scores(heard: Heard) -> Iterator[tuple[FeatureQuestion, Key, float | None]]:
    for asked, elicited in heard:
        for slot in asked.slots:
            score = elicited.reading.scores.get((slot.column, slot.category))
            yield asked, (asked.label, slot.column, slot.category), score


def _factors(heard: Heard) -> dict[str, list[float]]:
    """Return, for every class asked about in several blocks, the factor of each block."""
    said: dict[str, dict[int, dict[Key, list[float]]]] = {}
    for asked, key, score in _scores(heard):
        block = said.setdefault(asked.label, {}).setdefault(asked.block, {})
        if score is not None:
            block.setdefault(key, []).append(score)
    found = {}
    for label, blocks in said.items():
        if len(blocks) > 1:
            means = [{k: statistics.fmean(v) for k, v in blocks[n].items()} for n in sorted(blocks)]
            found[label] = scale_factors(means).tolist()
    return found


def _factor_notes(factors: dict[str, list[float]]) -> list[str]:
    return [
        f"class {label!r} was asked about in {len(listed)} blocks; their scores were multiplied by "
        f"{', '.join(f'{factor:.2f}' for factor in listed)} to share a scale"
        for label, listed in factors.items()
    ]


def _in_order(card: TaskCard, answers: dict[Key, list[float]]) -> list[tuple[Key, list[float]]]:
    labels = {label: place for place, label in enumerate(card.classes)}
    columns = {column.name: place for place, column in enumerate(card.columns)}
    return sorted(answers.items(), key=lambda pair: (labels[pair[0][0]], columns[pair[0][1]]))


def provenance_of(card: TaskCard, heard: Heard, *, teacher: str, notes: str) -> Provenance:
    """Return who said it, to which prompts, when, and what it cost when it was paid for."""
    exchanges = [pair for _, elicited in heard for pair in elicited.exchanges]
    dates = sorted(answer.recorded for _, answer in exchanges if answer.recorded)
    return Provenance(
        teacher=teacher,
        prompt=", ".join(sorted({asked.question.prompt for asked, _ in heard})),
        recorded=dates[0][:10] if dates else "",
        question_keys=tuple(question.key for question, _ in exchanges),
        n_calls=len(exchanges),
        tokens_in=sum(answer.usage.tokens_in for _, answer in exchanges),
        tokens_out=sum(answer.usage.tokens_out for _, answer in exchanges),
        cost_usd=sum(answer.cost_usd for _, answer in exchanges),
        task=card.task,
        notes=notes,
    )
