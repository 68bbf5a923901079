"""The lines of rationales in a lessons file, written and read.

The header holds the provenance of all of them together but what one lesson cost: a line holds
what is its own, so that a person finds text, label and reason and little else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tutelage.errors import InputError, LessonFileError
from tutelage.lessons.entry_checks import Entry
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.rationale import Rationale, fields_of

MEANING = "a null label or an empty list of rationales is missing, and left out of training"
OWN = ("question_keys", "n_calls", "tokens_in", "tokens_out", "cost_usd", "recorded")
DEFAULTS: dict[str, object] = {
    "choices": [],
    "answers": [],
    "confidence": None,
    "label_given": None,
    "asked": True,
    "told": False,
}


def rationale_lines(lessons: Sequence[Rationale]) -> Iterator[dict[str, Any]]:
    """Yield the rest of the header, then one line per lesson."""
    shared = [_shared(lesson.provenance) for lesson in lessons]
    common = Counter(tuple(values.items()) for values in shared).most_common(1)[0][0]
    header = dict(common)
    yield {"meaning": MEANING, "provenance": header}
    nothing = Provenance().to_dict()
    for lesson in lessons:
        own = {
            name: value
            for name, value in lesson.provenance.to_dict().items()
            if value != header.get(name, nothing[name])
        }
        yield _line(lesson) | ({"provenance": own} if own else {})


def read_rationales(
    path: Path, header: Mapping[str, Any], lines: list[tuple[int, dict[str, Any]]]
) -> tuple[Rationale, ...]:
    """Read one lesson per line; LessonFileError names every bad line."""
    top = Entry(header)
    common = top.provenance().to_dict()
    problems = [f"line 1: {problem}" for problem in top.problems]
    lessons = []
    for number, line in lines:
        try:
            lessons.append(_read(line, common))
        except InputError as error:
            problems += [f"line {number}: {problem}" for problem in error.problems]
    if problems:
        raise LessonFileError(f"{path} cannot be used:", problems)
    return tuple(lessons)


def _shared(provenance: Provenance) -> dict[str, Any]:
    values = provenance.to_dict()
    return {name: value for name, value in values.items() if name not in OWN}


def _line(lesson: Rationale) -> dict[str, Any]:
    rest = {
        "choices": list(lesson.choices),
        "answers": list(lesson.answers),
        "confidence": lesson.confidence,
        "label_given": lesson.label_given,
        "asked": lesson.asked,
        "told": lesson.told,
    }
    return {
        "input": dict(lesson.fields),
        "label": lesson.label,
        "rationales": list(lesson.rationales),
        **{name: value for name, value in rest.items() if value != DEFAULTS[name]},
    }


def _read(line: Mapping[str, Any], common: Mapping[str, object]) -> Rationale:
    own = line.get("provenance", {})
    merged = {**common, **own} if isinstance(own, Mapping) else own
    entry = Entry({**DEFAULTS, **line, "provenance": merged})
    for name in ("input", "label"):
        if name not in line:
            entry.problems.append(f"no {name!r}")
    given = line.get("input")
    if not isinstance(given, Mapping):
        entry.problems.append(f"input must be an object of texts, got {given!r}")
        given = {"text": ""}
    try:
        fields, choices = fields_of({**given, "choices": entry.texts("choices")})
    except InputError as error:
        entry.problems += error.problems
        fields, choices = (("text", ""),), ()
    read = {name: _text_or_none(entry, name) for name in ("label", "label_given")}
    answers, confidence = _answers(entry), _confidence(entry)
    flags = {name: _flag(entry, name) for name in ("asked", "told")}
    rationales, provenance = entry.texts("rationales"), entry.provenance()
    entry.check()
    return Rationale(
        fields,
        read["label"],
        rationales,
        choices,
        answers,
        confidence,
        read["label_given"],
        **flags,
        provenance=provenance,
    )


def _text_or_none(entry: Entry, name: str) -> str | None:
    value = entry.values.get(name)
    if value is None or isinstance(value, str):
        return value
    entry.problems.append(f"{name} must be a text or null, got {value!r}")
    return None


def _answers(entry: Entry) -> tuple[str | None, ...]:
    value = entry.values["answers"]
    if isinstance(value, list) and all(v is None or isinstance(v, str) for v in value):
        return tuple(value)
    entry.problems.append(f"answers must be a list of texts and nulls, got {value!r}")
    return ()


def _confidence(entry: Entry) -> float | None:
    return None if entry.values["confidence"] is None else entry.share("confidence", 0.0)


def _flag(entry: Entry, name: str) -> bool:
    value = entry.values[name]
    if not isinstance(value, bool):
        entry.problems.append(f"{name} must be true or false, got {value!r}")
    return value is True
