"""Answer text -> a label and a reason: JSON first, then the words of the text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tutelage._words import count_words
from tutelage.errors import InputError
from tutelage.lessons.entry_checks import some
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.rationale import letter
from tutelage.teacher.arithmetic import arithmetic_value, last_number
from tutelage.teacher.rationale_rows import Asked, Row, number_name, options_of
from tutelage.teacher.verdict import LABEL_KEYS, REASON_KEYS, SHORTEST_REASON, read_verdict

LONGEST_ANSWER = 20_000
MOST_NAMED = 20  # classes in a complaint
MARK = re.compile(r"^\(?(?P<letter>[a-z]|\d{1,2})[).:](?P<rest>.*)$|^(?P<bare>[a-z]|\d{1,2})$")
LEAD = re.compile(r"^(?:explanation|reason|rationale|because)\s*[:\-–—]\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """What one answer says: ``None`` for what is not there."""

    label: str | None = None
    reason: str | None = None
    problems: tuple[str, ...] = ()


def read_said(text: str, asked: Asked, row: Row, *, finish: str = "") -> Said:
    """Return the label and the reason of an answer, and what is wrong with it.

    Only a missing label is a problem: a missing reason is asked for in another way.

    Examples
    --------
    >>> asked, row = Asked("label", "", {"yes": "", "no": ""}), Row((("text", "x"),))
    >>> read_said('{"label": "No", "rationale": "It was never sent to the house."}', asked, row)
    Said(label='no', reason='It was never sent to the house.', problems=())
    >>> read_said("Perhaps.", asked, row).problems
    ("the answer must decide for one of 'yes', 'no'; it names none of them, or leaves it open",)
    """
    given = _object(text)
    said = _number(text, given) if asked.kind == "number" else _choice(text, given, asked, row)
    problems = []
    if said.label is None:
        # the answer may quote the text, and problems end up in logs: its words stay out
        problems.append(
            "the answer must end with a number; it holds none"
            if asked.kind == "number"
            else f"the answer must decide for one of {some(options_of(asked, row), MOST_NAMED)}; "
            "it names none of them, or leaves it open"
        )
        if finish == "length":
            problems.insert(0, "the answer was cut off before its end: it was too long")
    return replace(said, problems=tuple(problems))


def read_reason(text: str) -> str | None:
    """Return the reason that an answer holds, JSON or not; ``None`` below five words.

    >>> read_reason('{"rationale": "Because the parcel never came."}')
    'Because the parcel never came.'
    >>> read_reason("No idea.") is None
    True
    """
    given = _object(text)
    if given is None:
        return clean_reason(text)
    return clean_reason(_first(given, REASON_KEYS))


def clean_reason(said: object) -> str | None:
    """Return a reason as one line without marks around it; ``None`` below five words.

    >>> clean_reason("**Explanation:** it rained  all night long.")
    'it rained all night long.'
    """
    if not isinstance(said, str):
        return None
    text = " ".join(said[:LONGEST_ANSWER].replace("**", "").split()).strip("\"'“”` ")
    text = LEAD.sub("", text).lstrip(".,;:)–— -")
    return text if count_words(text) >= SHORTEST_REASON else None


def _choice(text: str, given: Mapping[str, Any] | None, asked: Asked, row: Row) -> Said:
    options = options_of(asked, row)
    synonyms = asked.synonyms if asked.kind != "choice" else _marks(row.choices, options)
    if given is None or not any(key in given for key in LABEL_KEYS):
        label, reason = _verdict(text, options, synonyms)
        return Said(label, clean_reason(reason))
    value = _first(given, LABEL_KEYS)
    said = "" if value is None else label_name(value).strip()
    label = _named(said, options) or _named(_lettered(said, row.choices), options)
    if label is None and said:
        label = _verdict(said, options, synonyms)[0]
    return Said(label, clean_reason(_first(given, REASON_KEYS)))


def _number(text: str, given: Mapping[str, Any] | None) -> Said:
    if given is None or not any(key in given for key in ("result", *LABEL_KEYS)):
        value = last_number(text[:LONGEST_ANSWER])
        return Said(None if value is None else number_name(value), clean_reason(text))
    said = _first(given, ("result", *LABEL_KEYS))
    value = None
    if isinstance(said, int | float) and not isinstance(said, bool):
        value = arithmetic_value(repr(said))
    elif isinstance(said, str):
        value = arithmetic_value(said)
        value = last_number(said) if value is None else value
    reason = clean_reason(_first(given, REASON_KEYS))
    return Said(None if value is None else number_name(value), reason)


def _named(said: str | None, options: Sequence[str]) -> str | None:
    plain = _plain(said or "")
    return next((option for option in options if _plain(option) == plain), None)


def _lettered(said: str, options: Sequence[str]) -> str | None:
    """Return the choice that "b", "(b)" or "b) sea" names."""
    found = MARK.match(said.lower()) if options else None
    if found is None:
        return None
    mark = found["bare"] or found["letter"]
    position = int(mark) - 1 if mark.isdigit() else ord(mark) - ord("a")
    rest = (found["rest"] or "").strip()
    if not 0 <= position < len(options) or (rest and _plain(rest) != _plain(options[position])):
        return None
    return options[position]


def _marks(choices: Sequence[str], options: Sequence[str]) -> dict[str, list[str]]:
    """Return option -> the letters it stands under, where these are no option themselves."""
    words = {_plain(option) for option in options}
    marks: dict[str, list[str]] = {option: [] for option in options}
    for place, choice in enumerate(choices):
        own = _named(choice, options) or choice
        found = (f"({letter(place)})", f"{letter(place)})")
        marks[own] += [mark for mark in found if mark not in words]
    return marks


def _verdict(
    text: str, options: Sequence[str], synonyms: Mapping[str, Sequence[str]]
) -> tuple[str | None, str | None]:
    try:
        return read_verdict(text, options, synonyms)
    except InputError:  # choices that share a word with a mark: they count by name only
        return read_verdict(text, options)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip("\"'“”.`*")


def _first(given: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((given[key] for key in keys if key in given), None)


def _object(text: str) -> dict[str, Any] | None:
    """Return the JSON object of an answer, keys in lower case; ``None`` without one."""
    start, end = text.find("{"), text.rfind("}")
    if not 0 <= start < end <= LONGEST_ANSWER:
        return None
    try:
        value = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, dict) else None
