"""Answer text -> scores by name. Every problem is found, none is repaired in silence.

Transport errors are retried elsewhere; a problem found here is shown to the teacher when it is
asked again. Whatever an answer says, it is read as data: numbers under known names, nothing else.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.lessons.feature_prior import SCALE, is_score
from tutelage.teacher.feature_question import Slot
from tutelage.teacher.prompts import capped, on_one_line

MAX_CANDIDATES = 200
FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)```", re.DOTALL)


class RepeatedKeys(dict[str, Any]):
    """A JSON object that remembers which of its keys came more than once."""

    repeated: tuple[str, ...] = ()


@dataclass
class Reading:
    """What was found in one answer.

    Attributes
    ----------
    scores
        (column, category or None) -> number on the teacher's scale, for every usable one.
    problems
        One sentence per problem, empty when everything was there.
    """

    scores: dict[tuple[str, str | None], float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_scores(text: str, slots: Sequence[Slot], *, finish: str = "") -> Reading:
    """Return the scores that an answer gives to ``slots``, and everything wrong with it.

    The answer may be a JSON object, a fenced one, or one with prose around it; of several
    objects the one with most of the wanted names counts. Scores are matched by name.

    Parameters
    ----------
    text
        The answer as received.
    slots
        What it must hold.
    finish
        Why the teacher stopped; "length" is a problem of its own.

    Examples
    --------
    >>> slots = [Slot(("age",), "age"), Slot(("job", "clerk"), "job", "clerk")]
    >>> read_scores('Sure: {"age": 7, "job": {"clerk": -2}}', slots).scores
    {('age', None): 7.0, ('job', 'clerk'): -2.0}
    >>> read_scores('{"aeg": 7, "job": {"clerk": true}}', slots).problems
    ["'age' has no score (the answer has 'aeg')", "'job = clerk' is true, not a number in
    [-10, 10]", "'aeg' was not asked for"]
    """
    reading = Reading()
    wanted = {name for slot in slots for name in _aliases(slot.path[0], slot.column)}
    answer = _best_object(text, wanted)
    if answer is None:
        reading.problems.append(_why_no_object(text))
    else:
        _read_level(answer, slots, 0, reading)
    if finish == "length" and reading.problems:
        reading.problems.insert(0, "the answer was cut off before its end: it was too long")
    return reading


def _read_level(given: Mapping[str, Any], slots: Sequence[Slot], depth: int, out: Reading) -> None:
    """Read one object of the answer: the whole (depth 0) or the categories of one column."""
    for name in getattr(given, "repeated", ()):
        out.problems.append(f"{_short(name)} is given more than once")
    groups: dict[str, list[Slot]] = {}
    for slot in slots:
        groups.setdefault(slot.path[depth], []).append(slot)
    known = {alias for key, group in groups.items() for alias in _names(key, group[0], depth)}
    strangers = [name for name in given if name not in known]
    for key, group in groups.items():
        found = next((name for name in _names(key, group[0], depth) if name in given), None)
        repeated = found is not None and found in getattr(given, "repeated", ())
        if found is None:
            out.problems += _missing(group, depth, strangers)
        elif repeated:
            continue
        elif len(group[0].path) > depth + 1:
            _read_categories(given[found], group, depth, out)
        else:
            _read_number(given[found], group[0], out)
    if strangers:
        listed = ", ".join(_short(name) for name in strangers[:10])
        more = f" and {len(strangers) - 10} more" if len(strangers) > 10 else ""
        were = "was" if len(strangers) == 1 else "were"
        out.problems.append(f"{listed}{more} {were} not asked for")


def _read_categories(value: Any, group: Sequence[Slot], depth: int, out: Reading) -> None:
    if isinstance(value, dict):
        _read_level(value, group, depth + 1, out)
    else:
        out.problems.append(
            f"{group[0].column!r} is {_show(value)}, not an object with one number for each of "
            f"its {len(group)} categories"
        )


def _read_number(value: Any, slot: Slot, out: Reading) -> None:
    # an integer of hundreds of digits is no float at all
    small = not isinstance(value, int) or abs(value) <= SCALE
    if small and is_score(value, SCALE):
        out.scores[slot.column, slot.category] = float(value)
    else:
        out.problems.append(
            f"{_short(slot.name)} is {_show(value)}, not a number in [-{SCALE:g}, {SCALE:g}]"
        )


def _missing(group: Sequence[Slot], depth: int, strangers: Sequence[str]) -> list[str]:
    slot = group[0]
    near = difflib.get_close_matches(slot.path[depth], strangers[:500], n=1, cutoff=0.6)
    hint = f" (the answer has {_short(near[0])})" if near else ""
    if len(slot.path) > depth + 1:
        return [f"{_short(slot.column)} has no scores{hint}"]
    return [f"{_short(slot.name)} has no score{hint}"]


def _names(key: str, slot: Slot, depth: int) -> tuple[str, ...]:
    if len(slot.path) == 1 and slot.category is not None:
        return _aliases(key, key)
    return _aliases(key, slot.column if depth == 0 else str(slot.category))


def _aliases(shown: str, own: str) -> tuple[str, ...]:
    # the name itself, as it was capped for the prompt, and as it was written there
    return tuple(dict.fromkeys((shown, own, on_one_line(shown))))


def _best_object(text: str, wanted: set[str]) -> dict[str, Any] | None:
    """Return the JSON object in ``text`` that holds most of ``wanted``; the last of equals."""
    best, best_count = None, -1
    for candidate in _objects(text):
        inner = list(candidate.values())
        if len(inner) == 1 and isinstance(inner[0], dict) and not wanted & candidate.keys():
            candidate = inner[0]  # {"scores": {...}}: one wrapper around what was asked for
        count = len(wanted & candidate.keys())
        if count >= best_count:
            best, best_count = candidate, count
    return best


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a text: the whole, what is fenced, or what stands in prose."""
    for whole in (text.strip(), *(match.group(1).strip() for match in FENCE.finditer(text))):
        value = _decoded(whole)
        if isinstance(value, dict):
            yield value
            if whole == text.strip():
                return
    position = 0
    for _ in range(MAX_CANDIDATES):
        position = text.find("{", position)
        if position < 0:
            return
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            position += 1
        else:
            if isinstance(value, dict):
                yield value


def _decoded(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _with_repeats(pairs: list[tuple[str, Any]]) -> RepeatedKeys:
    result = RepeatedKeys(pairs)
    if len(result) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        result.repeated = tuple(name for name, count in counts.items() if count > 1)
    return result


_DECODER = json.JSONDecoder(object_pairs_hook=_with_repeats)


def _why_no_object(text: str) -> str:
    if not text.strip():
        return "the answer is empty"
    try:
        value = _DECODER.decode(text.strip())
    except RecursionError:
        return "the answer is nested too deeply to be read"
    except ValueError as error:
        return f"the answer holds no JSON object: {error}"
    return f"the answer must be a JSON object, got {_show(value)}"


def _show(value: Any) -> str:
    """Return a value as the teacher wrote it, shortened."""
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _short(name: str) -> str:
    return repr(capped(name, 60))
