"""From answers about columns to a FeaturePrior with its provenance."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.lessons.feature_prior import SCALE, FeaturePrior, FeatureScore
from tutelage.lessons.provenance import Provenance
from tutelage.teacher.asking import Elicited
from tutelage.teacher.feature_question import FeatureQuestion
from tutelage.teacher.reading import Reading
from tutelage.teacher.task_card import TaskCard

Heard = Sequence[tuple[FeatureQuestion, Elicited[Reading]]]


def assemble_prior(card: TaskCard, heard: Heard, provenance: Provenance) -> FeaturePrior:
    """Put the readings together: one entry per class, column or category, in the card's order."""
    answers: dict[tuple[str, str, str | None], list[float]] = {}
    for asked, elicited in heard:
        for slot in asked.slots:
            entry = answers.setdefault((asked.label, slot.column, slot.category), [])
            score = elicited.reading.scores.get((slot.column, slot.category))
            if score is not None:
                entry.append(score / SCALE)
    scores = tuple(FeatureScore(*key, tuple(given)) for key, given in answers.items())
    return FeaturePrior(card.classes, scores, provenance)


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
