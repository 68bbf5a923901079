"""Word problems as multiple choice: the sums that the numbers of a problem allow.

A small student compares given answers and works nothing out, so it is given the sums themselves
(two or three numbers of the problem, four operators) and chooses one. An answer is right when its
value is; of several sums of one value the first is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, permutations

from recorded_rationales import Recorded
from tutelage.lessons import Rationale
from tutelage.lessons.rationale import fields_of
from tutelage.teacher.arithmetic import NUMBER, arithmetic_value
from tutelage.teacher.rationale_rows import number_name

MOST_NUMBERS = 4  # of a problem; with more the choices grow to hundreds
LONGEST = 3  # numbers in one sum


def as_choices(found: Recorded) -> Recorded:
    """Return a recorded split of word problems with sums to choose from in each input.

    Labels become sums. A teacher's answer that no sum gives is no label; a known one that no sum
    gives stays a number, so that no student can get it right.
    """
    asked = [sums_of(str(text)) for text in found.inputs]
    inputs = tuple(
        {"question": text, "choices": list(sums.values())}
        for text, sums in zip(found.inputs, asked, strict=True)
    )
    golds = tuple(
        gold if gold is None else sums.get(gold, gold)
        for gold, sums in zip(found.golds, asked, strict=True)
    )
    lessons = {
        source: tuple(_chosen(*row) for row in zip(told, inputs, asked, strict=True))
        for source, told in found.lessons.items()
    }
    return Recorded(found.name, inputs, golds, lessons)


def _chosen(lesson: Rationale, one: dict[str, object], sums: dict[str, str]) -> Rationale:
    fields, choices = fields_of(one)
    label = sums.get(str(lesson.label))
    given = None if lesson.label_given is None else label
    return replace(
        lesson,
        fields=fields,
        choices=choices,
        label=label,
        rationales=lesson.rationales if label is not None else (),
        answers=() if lesson.label_given is not None else (label,),
        label_given=given,
    )


def sums_of(text: str) -> dict[str, str]:
    """Return value -> sum for what the first numbers of ``text`` allow, none below zero.

    >>> sums_of("He had 6 and gave 2.")  # doctest: +ELLIPSIS
    {'6': '6', '2': '2', '8': '6 + 2', '12': '6 * 2', '4': '6 - 2', '3': '6 / 2', '0.3...
    """
    numbers = list(dict.fromkeys(number_name(n) for n in _numbers(text)))[:MOST_NUMBERS]
    found: dict[str, str] = {}
    for words in _sums(numbers):
        value = arithmetic_value(words)
        if value is not None and value >= 0:
            found.setdefault(number_name(value), words)
    return found


def _numbers(text: str) -> Iterator[float]:
    for match in NUMBER.findall(text):
        value = arithmetic_value(match)
        if value is not None:
            yield abs(value)


def _sums(numbers: Iterable[str]) -> Iterator[str]:
    listed = list(numbers)
    yield from listed
    for one, other in combinations(listed, 2):
        yield from (f"{one} + {other}", f"{one} * {other}")
    for one, other in permutations(listed, 2):
        yield from (f"{one} - {other}", f"{one} / {other}")
    if len(listed) < LONGEST:
        return
    for three in combinations(listed, LONGEST):
        yield from (" + ".join(three), " * ".join(three))
        for first, second, third in permutations(three):
            yield f"{first} - {second} - {third}"
            if first < second:
                yield from (f"{first} + {second} - {third}", f"( {first} + {second} ) * {third}")
