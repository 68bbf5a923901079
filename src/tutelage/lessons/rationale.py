"""Rationale: a label and the sentence that justifies it; what is missing stays missing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tutelage._canonical import content_hash
from tutelage.errors import InputError
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.provenance import Provenance

Fields = tuple[tuple[str, str], ...]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Rationale:
    """What a teacher said about one text: a label, and why.

    A label or a reason that the teacher did not give is ``None`` or empty, never filled in: a
    student leaves it out of the loss it belongs to.

    Attributes
    ----------
    fields
        The parts of the input with their names, such as ``(("premise", ...), ("hypothesis",
        ...))``; a plain text is one field, ``"text"``.
    label
        What a student should learn: the label given by the user where there is one, otherwise
        the verdict of most samples; ``None`` when there is neither.
    rationales
        The reasons for ``label``, the first sample's first; empty when there is none.
    choices
        The answers to choose from, where each input has its own.
    answers
        The verdict of every sample, ``None`` for one without.
    confidence
        Share of the samples that decided for ``label``, in [0, 1]; a sample without a verdict
        counts against it. ``None`` with fewer than two samples.
    label_given
        The label that the user knew before, or ``None``.
    asked
        Whether a reason was asked for; if not, its absence says nothing about the teacher.
    told
        Whether the reasons were written by a teacher who had been told the label.
    provenance
        Who said it, to which prompts, and what this one lesson cost.

    Examples
    --------
    >>> lesson = Rationale.of("I was charged twice.", "refund", "Being charged twice is an error.")
    >>> lesson.text, lesson.label, lesson.rationale
    ('I was charged twice.', 'refund', 'Being charged twice is an error.')
    >>> Rationale.of("Hello?", None).rationale is None
    True
    """

    fields: Fields
    label: str | None = None
    rationales: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    answers: tuple[str | None, ...] = ()
    confidence: float | None = None
    label_given: str | None = None
    asked: bool = True
    told: bool = False
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise InputError("This rationale cannot be used:", problems)

    @classmethod
    def of(
        cls,
        inputs: object,
        label: object | None,
        rationale: str | None = None,
        *,
        provenance: Provenance | None = None,
    ) -> Rationale:
        """Build a lesson by hand, or from a record.

        Parameters
        ----------
        inputs
            A text; a pair (premise, hypothesis); a pair (question, list of choices); or a
            mapping from field to text, in which ``"choices"`` may be a list.
        label
            The class, or ``None``.
        rationale
            The sentence that says why, or ``None``.
        provenance
            Default: a person.
        """
        fields, choices = fields_of(inputs)
        reasons = (rationale,) if rationale is not None and rationale.strip() else ()
        return cls(
            fields,
            None if label is None else label_name(label),
            reasons,
            choices,
            asked=bool(reasons),
            provenance=provenance or Provenance(teacher="person"),
        )

    @property
    def text(self) -> str:
        r"""The input as one text: fields of several are named, choices lettered.

        >>> print(Rationale.of(("It rains.", "It is wet."), "entailment").text)
        premise: It rains.
        hypothesis: It is wet.
        """
        return joined(self.fields, self.choices)

    @property
    def key(self) -> str:
        """Content hash of the input: fields and choices, with their names."""
        return content_hash([[list(part) for part in self.fields], list(self.choices)])

    @property
    def rationale(self) -> str | None:
        """The first reason, or ``None``."""
        return self.rationales[0] if self.rationales else None

    @property
    def verdict(self) -> str | None:
        """What the teacher decided by itself: the verdict of most samples, or ``None``.

        Of verdicts that are equally frequent, the first given counts.

        >>> Rationale((("text", "x"),), answers=("no", None, "yes", "yes")).verdict
        'yes'
        """
        return majority(self.answers)

    @property
    def contradicts(self) -> bool:
        """Whether the teacher's own verdict is another than the label it was later told."""
        return None not in (self.label_given, self.verdict) and self.verdict != self.label_given

    def without_rationale(self) -> Rationale:
        """Return the lesson with its label only, as if no reason had been asked for."""
        return replace(self, rationales=(), asked=False, told=False)


def majority(answers: Sequence[str | None]) -> str | None:
    """Return the most frequent answer, the first of equals; ``None`` when all are missing."""
    counts = Counter(answer for answer in answers if answer is not None)
    return max(counts, key=counts.__getitem__) if counts else None


def agreement(label: str | None, answers: Sequence[str | None]) -> float | None:
    """Return the share of ``answers`` that are ``label``; ``None`` with fewer than two.

    >>> agreement("yes", ["yes", None, "no", "yes"])
    0.5
    """
    if label is None or len(answers) < 2:
        return None
    return sum(answer == label for answer in answers) / len(answers)


def joined(fields: Fields, choices: Sequence[str] = ()) -> str:
    r"""Return fields and choices as one text.

    >>> joined((("question", "Where do fish live?"),), ["sea", "sky"])
    'question: Where do fish live?\nchoices: (a) sea (b) sky'
    """
    if len(fields) == 1 and not choices:
        return fields[0][1]
    lines = [f"{name}: {text}" for name, text in fields]
    if choices:
        listed = (f"({letter(n)}) {choice}" for n, choice in enumerate(choices))
        lines.append(f"choices: {' '.join(listed)}")
    return "\n".join(lines)


def letter(position: int) -> str:
    """Return the letter of a choice, from 0; after z come numbers.

    >>> letter(1), letter(26)
    ('b', '27')
    """
    return LETTERS[position] if position < len(LETTERS) else str(position + 1)


def fields_of(inputs: object) -> tuple[Fields, tuple[str, ...]]:
    """Return the named fields and the choices of one input.

    Raises
    ------
    InputError
        When it is none of the forms that :meth:`Rationale.of` names.

    Examples
    --------
    >>> fields_of({"question": "Where do fish live?", "choices": ["sea", "sky"]})
    ((('question', 'Where do fish live?'),), ('sea', 'sky'))
    >>> fields_of(("It rains.", "It is wet."))[0][1]
    ('hypothesis', 'It is wet.')
    """
    parts: Mapping[Any, Any]
    if isinstance(inputs, str):
        parts = {"text": inputs}
    elif isinstance(inputs, Mapping):
        parts = inputs
    elif isinstance(inputs, list | tuple) and len(inputs) == 2:
        second = "hypothesis" if isinstance(inputs[1], str) else "choices"
        parts = {"premise" if second == "hypothesis" else "question": inputs[0], second: inputs[1]}
    else:
        raise InputError(
            "an input must be a text, a pair (premise, hypothesis), a pair (question, list of "
            f"choices) or a mapping from field to text, got {_shown(inputs)}."
        )
    choices = parts.get("choices", ())
    fields = [(name, text) for name, text in parts.items() if name != "choices"]
    bad = [name for name, text in fields if not isinstance(name, str) or not isinstance(text, str)]
    if bad or not fields:
        got = f"{bad[0]!r}: {_shown(parts[bad[0]])}" if bad else "none"
        raise InputError(f"an input must have at least one field, each a text, got {got}.")
    if isinstance(choices, str) or not all(isinstance(choice, str) for choice in choices):
        raise InputError(f"choices must be a list of texts, got {_shown(choices)}.")
    return tuple(fields), tuple(choices)


def _problems(lesson: Rationale) -> list[str]:
    problems = []
    if not lesson.fields:
        problems.append("fields must hold at least one (name, text), got none")
    for reason in lesson.rationales:
        if not isinstance(reason, str) or not reason.strip():
            problems.append(f"a reason must be a text with words in it, got {reason!r}")
    number = lesson.confidence
    if number is not None and not (_is_number(number) and 0 <= number <= 1):
        problems.append(f"confidence must be a number in [0, 1] or None, got {number!r}")
    if lesson.label is None and lesson.rationales:
        problems.append(
            f"a reason needs the label it speaks for, got none with {_shown(lesson.rationales[0])}"
        )
    return problems


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and not math.isnan(value)  # type: ignore[arg-type]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
