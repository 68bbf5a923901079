"""From a task card to the questions about its columns, and the form their answers must have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutelage._canonical import canonical_json
from tutelage.errors import TeacherSetupError
from tutelage.lessons.feature_prior import SCALE
from tutelage.teacher.blocks import blocks_of
from tutelage.teacher.exchange import DEFAULT_MAX_TOKENS, Question
from tutelage.teacher.prompts import (
    as_paragraphs,
    capped,
    check_prompt,
    in_quotes,
    on_one_line,
    paraphrases,
    render,
)
from tutelage.teacher.task_card import Column, TaskCard

DEFAULT_PROMPT = "feature_scores/v2"
FLAT_PROMPT = "feature_scores/v1"


@dataclass(frozen=True)
class Slot:
    """One number that an answer must hold, and where.

    Attributes
    ----------
    path
        The keys that lead to it: one for a column, two for a category below its column.
    column, category
        What it is about, under the table's own names.
    """

    path: tuple[str, ...]
    column: str
    category: str | None = None

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.column if self.category is None else f"{self.column} = {self.category}"


@dataclass(frozen=True)
class FeatureQuestion:
    """One question about the columns of a table, and the form of its answer.

    ``block`` is the number of the block of columns it is about (see :mod:`.blocks`).
    """

    label: str
    sample: int
    question: Question
    slots: tuple[Slot, ...]
    block: int = 0


def feature_questions(
    card: TaskCard,
    *,
    model: str,
    repeats: int = 5,
    prompt: str | None = None,
    reworded: bool = False,
    both: bool = False,
    sampling: str = "{}",
    max_tokens: int | None = None,
) -> list[FeatureQuestion]:
    """Return every question that a feature prior takes, in order: class, block, repeat.

    With two classes only the last is asked about, since the other's scores are the negated ones
    (``both=True`` asks about each); with three or more, every class. A table of more than 200
    columns and categories is asked about in blocks that share some columns.

    Parameters
    ----------
    card
        Task, classes and columns.
    model
        Who is asked; part of every key.
    repeats
        How often each question is asked, >= 1.
    prompt
        Version of the prompt; default: the card's, else ``"feature_scores/v2"``.
    reworded
        Spread the repeats over the prompt's paraphrases.
    both
        With two classes, ask about each.
    sampling
        Canonical JSON of the sampling settings.
    max_tokens
        Cap on an answer; default: enough for thinking and for every score.

    Examples
    --------
    >>> card = TaskCard("Predict who is ill.", ["no", "yes"], ["age", "weight"])
    >>> [(q.label, q.sample) for q in feature_questions(card, model="scripted", repeats=2)]
    [('yes', 0), ('yes', 1)]
    """
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise TeacherSetupError(f"repeats must be a whole number above 0, got {repeats!r}.")
    first = check_prompt(prompt or card.prompt or DEFAULT_PROMPT)
    wordings = paraphrases(first) if reworded else (first,)
    labels = card.classes if both or len(card.classes) > 2 else card.classes[-1:]
    blocks = blocks_of(card.columns)
    questions = []
    for label in labels:
        for number, block in enumerate(blocks):
            for sample in range(repeats):
                wording = wordings[sample % len(wordings)]
                form = FLAT if wording == FLAT_PROMPT else NESTED
                slots = form.slots(block)
                rendered = render(wording, form.values(card.task, label, block))
                question = Question(
                    model=model,
                    prompt=rendered.name,
                    prompt_hash=rendered.template_hash,
                    messages=rendered.messages,
                    sampling=sampling,
                    schema=_schema(slots),
                    sample=sample,
                    about=label,
                    max_tokens=max_tokens or _room_for(slots),
                )
                questions.append(FeatureQuestion(label, sample, question, slots, number))
    return questions


class _Flat:
    """The recorded wording: every category is a line of its own, an indicator."""

    def slots(self, columns: Sequence[Column]) -> tuple[Slot, ...]:
        taken: dict[str, int] = {}
        slots = []
        for column in columns:
            for category in [None] if column.categories is None else column.categories:
                name = column.name if category is None else f"{column.name}_{category}"
                name = on_one_line(capped(name))
                # column "a" with category "b_c" and column "a_b" with category "c" are one name
                taken[name] = taken.get(name, 0) + 1
                name = name if taken[name] == 1 else f"{name}#{taken[name]}"
                slots.append(Slot((name,), column.name, category))
        return tuple(slots)

    def values(self, task: str, label: str, columns: Sequence[Column]) -> dict[str, object]:
        meanings = []
        for column in columns:
            about = column.description or column.name
            unit = f" ({column.unit})" if column.unit else ""
            if column.categories is None:
                meanings.append(f"{about}{unit}")
            else:
                meanings += [text or f"{about}: {c}" for c, text in column.categories.items()]
        names = [slot.path[0] for slot in self.slots(columns)]
        lines = [
            {"name": name, "meaning": on_one_line(meaning)}
            for name, meaning in zip(names, meanings, strict=True)
        ]
        return {"task": as_paragraphs(task), "label": on_one_line(capped(label)), "lines": lines}


class _Nested:
    """One line per column, its categories below it; the answer is nested in the same way."""

    def slots(self, columns: Sequence[Column]) -> tuple[Slot, ...]:
        return tuple(
            Slot((capped(column.name),), column.name)
            if category is None
            else Slot((capped(column.name), capped(category)), column.name, category)
            for column in columns
            for category in ([None] if column.categories is None else column.categories)
        )

    def values(self, task: str, label: str, columns: Sequence[Column]) -> dict[str, object]:
        lines = [
            {
                "name": in_quotes(capped(column.name)),
                "meaning": on_one_line(column.description),
                "unit": on_one_line(column.unit),
                "categories": [
                    {"name": in_quotes(capped(category)), "meaning": on_one_line(meaning)}
                    for category, meaning in (column.categories or {}).items()
                ],
            }
            for column in columns
        ]
        return {"task": as_paragraphs(task), "label": in_quotes(capped(label)), "lines": lines}


FLAT = _Flat()
NESTED = _Nested()


def _schema(slots: Sequence[Slot]) -> str:
    number = {"type": "number", "minimum": -SCALE, "maximum": SCALE}
    properties: dict[str, object] = {}
    below: dict[str, dict[str, object]] = {}
    for slot in slots:
        if len(slot.path) == 1:
            properties[slot.path[0]] = number
        else:
            inner = below.setdefault(slot.path[0], {})
            inner[slot.path[1]] = number
            properties[slot.path[0]] = _closed(inner)
    text = canonical_json(_closed(properties))
    # a name that is no valid text cannot travel as a property; the prompt shows it escaped
    return text if text.isascii() or _is_encodable(text) else ""


def _closed(properties: dict[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _is_encodable(text: str) -> bool:
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def _room_for(slots: Sequence[Slot]) -> int:
    lengths = (len(slot.path[-1].encode("utf-8", "replace")) for slot in slots)
    return DEFAULT_MAX_TOKENS + sum(8 + length for length in lengths)
