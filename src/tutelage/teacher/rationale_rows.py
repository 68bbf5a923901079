"""What is asked about: the inputs of one job, checked, and what may be answered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tutelage.errors import DataError, InputError, TeacherSetupError
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.rationale import Fields, fields_of
from tutelage.teacher.verdict import read_verdict

Kind = Literal["label", "pair", "choice", "number"]
KINDS = ("label", "pair", "choice", "number")
LONGEST_INPUT = 20_000  # characters of one field that are sent

TASKS: dict[str, str] = {
    "label": "Decide to which of the classes the text belongs.",
    "pair": "Judge the hypothesis by what the premise says, and by nothing else.",
    "choice": "Choose the best answer to the question.",
    "number": "Solve the problem.",
}
INFERENCE = {
    "entailment": "the hypothesis is true, given the premise",
    "neutral": "the premise leaves open whether the hypothesis is true",
    "contradiction": "the hypothesis is false, given the premise",
}
INFERENCE_WORDS = {
    "entailment": ("true", "entails", "entail", "entailed"),
    "contradiction": ("false", "contradicts", "contradict", "contradicted", "not true", "untrue"),
    "neutral": (
        "inconclusive",
        "cannot be determined",
        "cannot determine",
        "undetermined",
        "uncertain",
        "cannot be concluded",
    ),
}


@dataclass(frozen=True)
class Row:
    """One input: its fields, its own choices, and the label that is known, if any."""

    fields: Fields
    choices: tuple[str, ...] = ()
    given: str | None = None


@dataclass(frozen=True)
class Asked:
    """What all inputs of a job have in common.

    Attributes
    ----------
    kind
        ``"label"`` (one text), ``"pair"`` (premise and hypothesis), ``"choice"`` (each input has
        its own answers), ``"number"`` (the answer is a number).
    task
        One sentence.
    classes
        Name -> meaning, ``""`` where none was given; empty for choices and numbers.
    synonyms
        Class -> other words for it in free text.
    """

    kind: Kind
    task: str
    classes: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, Sequence[str]] = field(default_factory=dict)


def checked_job(
    inputs: Sequence[object],
    classes: Sequence[object] | Mapping[str, str] | None,
    given_labels: Sequence[object | None] | None,
    *,
    kind: str = "auto",
    task: str = "",
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Asked, list[Row]]:
    """Return the job, or raise with everything that is wrong with it.

    Raises
    ------
    DataError
        Listing empty texts, inputs of another form, choices that cannot be told apart and given
        labels outside the classes, each with its position from 0.
    TeacherSetupError
        When the classes or the kind cannot be used.
    """
    if isinstance(inputs, str | bytes | Mapping) or not hasattr(inputs, "__len__"):
        raise DataError(f"inputs must be a list of texts, got {type(inputs).__name__}.")
    if len(inputs) == 0:
        raise DataError("inputs must hold at least one text, got none.")
    problems: list[str] = []
    read = [_fields(number, one, problems) for number, one in enumerate(inputs)]
    if problems:
        raise DataError("These inputs cannot be used:", problems)
    asked = _asked(read, classes, kind, task, synonyms)
    givens = _givens(given_labels, len(read), asked)
    rows = [
        Row(fields, choices, _first_spelling(given, choices))
        for (fields, choices), given in zip(read, givens, strict=True)
    ]
    for number, row in enumerate(rows):
        problems += [f"input {number}: {problem}" for problem in _row_problems(row, asked)]
    if problems:
        raise DataError("These inputs cannot be used:", problems)
    return asked, rows


def options_of(asked: Asked, row: Row) -> tuple[str, ...]:
    """Return what may be answered about a row, each once; empty for a number.

    >>> options_of(Asked("choice", ""), Row((("question", "q"),), ("sea", "sky", "Sea")))
    ('sea', 'sky')
    """
    if asked.kind != "choice":
        return tuple(asked.classes)
    first: dict[str, str] = {}
    for choice in row.choices:
        first.setdefault(_plain(choice), choice)
    return tuple(first.values())


def number_name(value: object) -> str:
    """Return the text by which a number is known as a label.

    >>> number_name(450.0), number_name("0.50")
    ('450', '0.5')
    """
    return label_name(round(float(value), 9))  # type: ignore[arg-type]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _fields(number: int, inputs: object, problems: list[str]) -> tuple[Fields, tuple[str, ...]]:
    try:
        return fields_of(inputs)
    except InputError as error:
        problems.append(f"input {number}: {error.problems[0]}")
        return (), ()


def _asked(
    read: Sequence[tuple[Fields, tuple[str, ...]]],
    classes: Sequence[object] | Mapping[str, str] | None,
    kind: str,
    task: str,
    synonyms: Mapping[str, Sequence[str]] | None,
) -> Asked:
    if kind == "auto":
        fields, choices = read[0]
        names = {name for name, _ in fields}
        kind = "choice" if choices else "pair" if names == {"premise", "hypothesis"} else "label"
    if kind not in KINDS:
        raise TeacherSetupError(f"kind must be one of auto, {', '.join(KINDS)}, got {kind!r}.")
    meanings = _meanings(classes, kind)
    words = dict(synonyms or {})
    if kind == "pair" and set(meanings) == set(INFERENCE):
        meanings = {name: meanings[name] or INFERENCE[name] for name in meanings}
        words = {**INFERENCE_WORDS, **words}
    if meanings:
        read_verdict("", list(meanings), words)  # says at once which words stand for two classes
    return Asked(kind, task.strip() or TASKS[kind], meanings, words)  # type: ignore[arg-type]


def _meanings(classes: Sequence[object] | Mapping[str, str] | None, kind: str) -> dict[str, str]:
    if kind in ("choice", "number"):
        if classes is not None:
            raise TeacherSetupError(
                f"classes must be left out for kind={kind!r}: each input has its own answers; got "
                f"{list(classes)!r}."
            )
        return {}
    if classes is None:
        raise TeacherSetupError(
            "classes must be given: the names that a text may get, or a mapping from name to "
            "meaning. Got none."
        )
    if isinstance(classes, str):
        raise TeacherSetupError(f"classes must be a list of names, got the text {classes!r}.")
    pairs = classes.items() if isinstance(classes, Mapping) else [(name, "") for name in classes]
    meanings = {label_name(name).strip(): str(meaning) for name, meaning in pairs}
    if len(meanings) < 2 or len(meanings) < len(classes) or "" in meanings:
        raise TeacherSetupError(
            f"classes must be at least two different names, none empty, got {list(classes)!r}."
        )
    return meanings


def _givens(given: Sequence[object | None] | None, n_rows: int, asked: Asked) -> list[str | None]:
    if given is None:
        return [None] * n_rows
    if isinstance(given, str) or len(given) != n_rows:
        raise DataError(
            f"given_labels must be one per input, None where unknown: got {len(given)} for "
            f"{n_rows} inputs."
        )
    return [None if _is_missing(label) else _label(label, asked) for label in given]


def _first_spelling(given: str | None, choices: Sequence[str]) -> str | None:
    """Return a given label as the first choice that is equal but for its case writes it."""
    if given is None:
        return None
    return next((choice for choice in choices if _plain(choice) == _plain(given)), given)


def _is_missing(label: Any) -> bool:
    return label is None or (isinstance(label, float) and math.isnan(label))


def _label(label: object, asked: Asked) -> str:
    try:
        return number_name(label) if asked.kind == "number" else label_name(label)
    except (TypeError, ValueError):
        raise DataError(f"a given label must be a number, got {label!r}.") from None


def _row_problems(row: Row, asked: Asked) -> list[str]:
    problems = [
        f"{name} must hold words, got {text!r}" for name, text in row.fields if not text.strip()
    ]
    if asked.kind == "choice":
        plain = {_plain(choice) for choice in row.choices}
        if len(plain) < 2 or "" in plain:
            problems.append(
                "choices must be at least two texts that differ in more than upper and lower "
                f"case, none empty, got {list(row.choices)!r}"
            )
    options = options_of(asked, row)
    if row.given is not None and options and row.given not in (*options, *row.choices):
        problems.append(f"the given label {row.given!r} must be one of {list(options)!r}")
    return problems
