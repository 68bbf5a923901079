"""Where lessons come from: the provenance of conversations, and of several teachers together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tutelage.lessons.provenance import Provenance
from tutelage.teacher.asking import Elicited


def origin_of(
    heard: Sequence[Elicited[Any]], *, teacher: str, task: str = "", notes: str = ""
) -> Provenance:
    """Return who said it, to which prompts, when, and what it cost when it was paid for."""
    exchanges = [pair for elicited in heard for pair in elicited.exchanges]
    dates = sorted(answer.recorded for _, answer in exchanges if answer.recorded)
    return Provenance(
        teacher=teacher,
        prompt=", ".join(sorted({question.prompt for question, _ in exchanges})),
        recorded=dates[0][:10] if dates else "",
        question_keys=tuple(question.key for question, _ in exchanges),
        n_calls=len(exchanges),
        tokens_in=sum(answer.usage.tokens_in for _, answer in exchanges),
        tokens_out=sum(answer.usage.tokens_out for _, answer in exchanges),
        cost_usd=sum(answer.cost_usd for _, answer in exchanges),
        task=task,
        notes=notes,
    )


def origins_together(origins: Sequence[Provenance], notes: Sequence[str] = ()) -> Provenance:
    """Return the provenance of what several teachers, or several jobs, said together.

    >>> origins_together([Provenance("a", cost_usd=1.0), Provenance("b", cost_usd=2.0)]).teacher
    'a + b'
    """
    prompts = {name for origin in origins for name in origin.prompt.split(", ") if name}
    remarks = [*(origin.notes for origin in origins), *notes]
    return Provenance(
        teacher=" + ".join(dict.fromkeys(origin.teacher for origin in origins)),
        prompt=", ".join(sorted(prompts)),
        recorded=min((origin.recorded for origin in origins if origin.recorded), default=""),
        question_keys=tuple(key for origin in origins for key in origin.question_keys),
        n_calls=sum(origin.n_calls for origin in origins),
        tokens_in=sum(origin.tokens_in for origin in origins),
        tokens_out=sum(origin.tokens_out for origin in origins),
        cost_usd=sum(origin.cost_usd for origin in origins),
        task=origins[0].task if origins else "",
        notes="; ".join(dict.fromkeys(note for note in remarks if note)),
    )
