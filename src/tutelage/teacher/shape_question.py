"""Shapes: from a task card to questions about them, and from answers to thresholds and products."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tutelage._canonical import canonical_json
from tutelage.errors import CardError, InputError
from tutelage.lessons.feature_shape import N_COLUMNS, FeatureShape
from tutelage.lessons.provenance import Provenance
from tutelage.teacher.exchange import DEFAULT_MAX_TOKENS, Answer, Message, Question
from tutelage.teacher.feature_question import NESTED
from tutelage.teacher.numbered_answers import listed_entries, shown
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.prompts import capped, check_prompt, render
from tutelage.teacher.task_card import Column, TaskCard
from tutelage.teacher.text_task import Addressee

KIND = "feature_shapes"
DEFAULT_PROMPT = f"{KIND}/v1"
TOKENS_PER_SHAPE = 100
SCORES_PER_SHAPE = 6  # as many tokens as so many numbers with their names
SCHEMA = canonical_json(
    {
        "type": "object",
        "properties": {
            "shapes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "kind": {"type": "string", "enum": sorted(N_COLUMNS)},
                        "columns": {"type": "array", "items": {"type": "string"}},
                        "at": {"type": "array", "items": {"type": "number"}},
                        "score": {"type": "number"},
                    },
                    "required": ["at", "columns", "kind", "score"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["shapes"],
        "additionalProperties": False,
    }
)

Shapes = tuple[FeatureShape, ...]


@dataclass(frozen=True)
class ShapeQuestion:
    """One question about the shapes of one class."""

    label: str
    question: Question


@dataclass
class ShapeJob:
    """Which shapes are asked for: of the card's columns of numbers, at most so many per class."""

    card: TaskCard
    most: int
    prompt: str | None = None
    scrubber: Scrubber | None = None

    def __post_init__(self) -> None:
        self.prompt = check_prompt(self.prompt or DEFAULT_PROMPT, KIND)
        if not self.columns:
            raise CardError(
                "shapes are of columns of numbers, and every column of the card has categories."
            )

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of numbers."""
        return tuple(column for column in self.card.columns if column.categories is None)

    def hide(self, text: str) -> str:
        """Return ``text`` without personal data, if that is wanted."""
        return text if self.scrubber is None else self.scrubber.hide(text)

    def questions(self, to: Addressee) -> list[ShapeQuestion]:
        """Return one question per class; with two classes, about the last only."""
        classes = self.card.classes
        return [
            self._question(label, to) for label in (classes if len(classes) > 2 else classes[-1:])
        ]

    def _question(self, label: str, to: Addressee) -> ShapeQuestion:
        values = {**NESTED.values(self.card.task, label, self.columns), "most": self.most}
        rendered = render(str(self.prompt), values)
        question = Question(
            model=to.model,
            prompt=rendered.name,
            prompt_hash=rendered.template_hash,
            messages=tuple(Message(m.role, self.hide(m.content)) for m in rendered.messages),
            sampling=to.sampling,
            schema=SCHEMA,
            about=self.hide(label),
            max_tokens=to.max_tokens or DEFAULT_MAX_TOKENS + TOKENS_PER_SHAPE * self.most,
        )
        return ShapeQuestion(label, question)


def shape_reader(job: ShapeJob, label: str) -> Callable[[Answer], tuple[Shapes, list[str]]]:
    """Return the function that reads an answer about ``label``: the usable shapes, problems."""
    names = {job.hide(capped(column.name)): column.name for column in job.columns}

    def read(answer: Answer) -> tuple[Shapes, list[str]]:
        listed = listed_entries(answer.text, "shapes")
        problems = []
        if listed is None:
            problems.append('the answer holds no JSON object with the list "shapes"')
        found: dict[str, FeatureShape] = {}
        for place, entry in enumerate(listed or (), start=1):
            shape, wrong = _read_shape(entry, label, names)
            if shape is not None and shape.name in found:
                wrong.append(f"{shape.name!r} is stated twice")
            elif shape is not None:
                found[shape.name] = shape
            problems += [f"shape {place}: {problem}" for problem in wrong]
        if len(found) > job.most:
            problems.append(f"at most {job.most} shapes are asked for, got {len(found)}")
        if answer.finish == "length" and problems:
            problems.insert(0, "the answer was cut off before its end: it was too long")
        return tuple(found.values())[: job.most], problems

    return read


def _read_shape(
    entry: Any, label: str, names: Mapping[str, str]
) -> tuple[FeatureShape | None, list[str]]:
    """Return the shape that an entry states, or ``None`` and everything wrong with it."""
    if not isinstance(entry, dict):
        return None, [f"{shown(entry)} is no shape"]
    given = entry.get("columns")
    listed = given if isinstance(given, list) else []
    problems = [
        f"{shown(name)} is no column of numbers{_nearest(name, names)}"
        for name in listed
        if not isinstance(name, str) or name not in names
    ]
    if problems:
        return None, problems
    columns = [names[name] for name in listed] if isinstance(given, list) else given
    try:
        shape = FeatureShape.from_dict(
            {
                "kind": entry.get("kind"),
                "columns": columns,
                "at": entry.get("at"),
                "score": entry.get("score"),
                "label": label,
            }
        )
    except InputError as error:
        return None, list(error.problems)
    if shape.score == 0:
        return None, ["a score of 0 says nothing: leave the shape out"]
    return shape, []


def _nearest(given: object, names: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(str(given), list(names), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def shapes_together(said: Sequence[Sequence[FeatureShape]], provenance: Provenance) -> Shapes:
    """Return the shapes of all teachers, each with the mean of its scores.

    A teacher who did not state a shape counts as a score of 0. A shape whose scores cancel is
    left out.

    >>> high = FeatureShape("above", ("sugar",), (140,), "ill", 0.8)
    >>> [both.score for both in shapes_together([[high], []], Provenance("two"))]
    [0.4]
    """
    scores: dict[tuple[str, str], list[float]] = {}
    first: dict[tuple[str, str], FeatureShape] = {}
    for shape in (shape for shapes in said for shape in shapes):
        key = (shape.label, shape.name)
        first.setdefault(key, shape)
        scores.setdefault(key, []).append(shape.score)
    means = {key: sum(given) / len(said) for key, given in scores.items()}
    return tuple(
        replace(shape, score=means[key], provenance=provenance)
        for key, shape in first.items()
        if means[key] != 0
    )
