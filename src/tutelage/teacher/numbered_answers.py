"""An answer about several numbered texts -> one entry per number. Every problem is found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)```", re.DOTALL)
MAX_CANDIDATES = 50
_DECODER = json.JSONDecoder()


def numbered_entries(
    text: str, numbers: Sequence[int], *, key: str = "texts", finish: str = ""
) -> tuple[dict[int, Mapping[str, Any]], list[str]]:
    """Return the entries of an answer by the number of their text, and what is wrong.

    The answer may be ``{"texts": [{"text": 1, ...}]}``, the bare list, or an object with the
    numbers as keys; fenced or amid prose.

    Parameters
    ----------
    text
        The answer as received.
    numbers
        Which texts it must speak of.
    key
        Name of the list.
    finish
        Why the teacher stopped; "length" is a problem of its own.

    Examples
    --------
    >>> numbered_entries('{"texts": [{"text": 1, "label": "a"}, {"text": 7}]}', [1, 2])
    ({1: {'text': 1, 'label': 'a'}}, ['text 7 was not asked about', 'text 2 is missing'])
    """
    listed = listed_entries(text, key)
    if listed is None:
        problems = [_why_nothing(text, key)]
        found: dict[int, Mapping[str, Any]] = {}
    else:
        found, problems = _by_number(listed, numbers)
        problems += [f"text {number} is missing" for number in numbers if number not in found]
    if finish == "length" and problems:
        problems.insert(0, "the answer was cut off before its end: it was too long")
    return found, problems


def listed_entries(text: str, key: str) -> list[Any] | None:
    """Return the list under ``key`` that an answer holds, or ``None``."""
    best: list[Any] | None = None
    for value in _values(text):
        entries = _entries(value, key)
        if entries is not None and (best is None or len(entries) >= len(best)):
            best = entries
    return best


def _entries(value: Any, key: str) -> list[Any] | None:
    if isinstance(value, dict) and isinstance(value.get(key), (list, dict)):
        value = value[key]
    if isinstance(value, list):
        return value if any(isinstance(entry, dict) for entry in value) or not value else None
    if isinstance(value, dict) and value and all(str(name).strip().isdigit() for name in value):
        return [
            {"text": int(name), **entry} if isinstance(entry, dict) else entry
            for name, entry in value.items()
        ]
    return None


def _by_number(
    listed: Sequence[Any], numbers: Sequence[int]
) -> tuple[dict[int, Mapping[str, Any]], list[str]]:
    found: dict[int, Mapping[str, Any]] = {}
    problems = []
    for place, entry in enumerate(listed, start=1):
        number = _number(entry)
        if number is None:
            problems.append(f"entry {place} does not say which text it is about")
        elif number not in numbers:
            problems.append(f"text {number} was not asked about")
        elif number in found:
            problems.append(f"text {number} is given more than once")
        else:
            found[number] = entry
    return found, problems


def _number(entry: Any) -> int | None:
    given = entry.get("text") if isinstance(entry, dict) else None
    if isinstance(given, str) and given.strip().isdigit() and len(given) < 10:
        return int(given)
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _values(text: str) -> Iterator[Any]:
    """Yield the JSON values of a text: the whole, what is fenced, or what stands in prose."""
    for whole in (text.strip(), *(match.group(1).strip() for match in FENCE.finditer(text))):
        try:
            yield _DECODER.decode(whole)
            return
        except (ValueError, RecursionError):
            continue
    position = 0
    for _ in range(MAX_CANDIDATES):
        starts = [p for p in (text.find("{", position), text.find("[", position)) if p >= 0]
        if not starts:
            return
        try:
            value, position = _DECODER.raw_decode(text, min(starts))
            yield value
        except (ValueError, RecursionError):
            position = min(starts) + 1


def _why_nothing(text: str, key: str) -> str:
    if not text.strip():
        return "the answer is empty"
    return f'the answer holds no JSON object with the list "{key}"'


def shown(value: Any) -> str:
    """Return a value of an answer as the teacher wrote it, shortened.

    >>> shown(True), shown("x" * 99)[-6:]
    ('true', 'xxx...')
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
