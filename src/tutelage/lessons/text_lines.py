"""The lines of a list of text lessons (or of shapes) in a lessons file, written and read.

One line per lesson. The provenance that all share stands in the header; a line with another one
holds its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tutelage.errors import InputError, LessonFileError
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.entry_checks import Entry
from tutelage.lessons.feature_shape import FeatureShape
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior

TextLesson = WordPrior | ClassCard | Rewrite | FeatureShape
Lesson = TypeVar("Lesson", WordPrior, ClassCard, Rewrite, FeatureShape)

MEANINGS = {
    WordPrior: "[word, score]: positive speaks for the label, negative against it, null unknown",
    ClassCard: "cues speak for the class; shared words are also its neighbours'",
    Rewrite: "another text with the same label",
    FeatureShape: "positive: a larger shape makes the class likelier, -10 to 10",
}


def text_lines(lessons: Sequence[TextLesson]) -> Iterator[dict[str, Any]]:
    """Yield the rest of the header, then one line per lesson."""
    counted = Counter(lesson.provenance for lesson in lessons)
    common = counted.most_common(1)[0][0]
    yield {"meaning": MEANINGS[type(lessons[0])], "provenance": common.to_dict()}
    for lesson in lessons:
        line = lesson.to_dict()
        if lesson.provenance != common:
            line["provenance"] = lesson.provenance.to_dict()
        yield line


def read_text_lessons(
    kind: type[Lesson],
    path: Path,
    header: Mapping[str, Any],
    lines: list[tuple[int, dict[str, Any]]],
) -> tuple[Lesson, ...]:
    """Read one lesson per line; LessonFileError names every bad line."""
    top = Entry(header)
    common = top.provenance().to_dict()
    problems = [f"line 1: {problem}" for problem in top.problems]
    lessons: list[Lesson] = []
    for number, line in lines:
        try:
            lessons.append(kind.from_dict({"provenance": common, **line}))
        except InputError as error:
            problems += [f"line {number}: {problem}" for problem in error.problems]
    if kind is ClassCard:
        times = Counter(lesson.label for lesson in lessons)
        problems += [f"the card of {k!r} stands {n} times" for k, n in times.items() if n > 1]
    if problems:
        raise LessonFileError(f"{path} cannot be used:", problems)
    return tuple(lessons)
