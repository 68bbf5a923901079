"""Lessons as files: versioned JSON Lines that a person can read, edit and diff.

The first line is a header (format, version, kind, provenance); every other line is one entry.
Nothing in such a file is ever executed.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tutelage.errors import InputError, LessonFileError, OutputError
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.feature_lines import feature_lines, read_feature_prior
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.lessons.feature_shape import FeatureShape
from tutelage.lessons.rationale import Rationale
from tutelage.lessons.rationale_lines import rationale_lines, read_rationales
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.text_lines import read_text_lessons, text_lines
from tutelage.lessons.word_prior import WordPrior

FORMAT = "tutelage-lessons"
VERSION = 1

Lessons = (
    FeaturePrior
    | Sequence[WordPrior]
    | Sequence[ClassCard]
    | Sequence[Rewrite]
    | Sequence[Rationale]
    | Sequence[FeatureShape]
)


def save_lessons(lessons: Lessons, path: str | os.PathLike[str]) -> Path:
    """Write ``lessons`` to ``path`` as JSON Lines, whole or not at all.

    Parameters
    ----------
    lessons
        A :class:`FeaturePrior`, or a list or tuple, not empty, of :class:`WordPrior`,
        :class:`ClassCard`, :class:`Rewrite`, :class:`Rationale` or :class:`FeatureShape`; one kind
        per file.
    path
        The file.

    Raises
    ------
    InputError
        When the list is empty, mixed, or holds something else.
    OutputError
        When the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> prior = FeaturePrior.from_scores({"yes": {"age": [3, 4]}})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_lessons(save_lessons(prior, f"{folder}/prior.jsonl")) == prior
    True
    """
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.partial")
    kind, lines = _kind_and_lines(lessons)
    header = {"format": FORMAT, "version": VERSION, "kind": kind} | next(lines)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (header, *lines))
    try:
        unfinished.write_text(text, encoding="utf-8", errors="surrogatepass")
        unfinished.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target


def load_lessons(path: str | os.PathLike[str]) -> Any:
    """Read lessons that :func:`save_lessons` wrote, perhaps edited since.

    Returns
    -------
    lessons
        A :class:`FeaturePrior`, or a tuple of the lessons of a list.

    Raises
    ------
    LessonFileError
        When the file is absent, of another format or version, or has bad lines (each is named
        by its number).
    """
    target = Path(path)
    lines = list(_numbered_objects(target))
    if not lines:
        raise LessonFileError(f"{target} is empty; a lessons file starts with a header line.")
    header = lines[0][1]
    if header.get("format") != FORMAT:
        raise LessonFileError(
            f'{target} is not a lessons file: line 1 must hold "format": "{FORMAT}", '
            f"got {header.get('format')!r}."
        )
    version = header.get("version")
    if version != VERSION or isinstance(version, bool):
        raise LessonFileError(
            f"{target} has version {version!r}; this package reads {VERSION}. "
            "Use the package that wrote it, or a newer one."
        )
    reader = READERS.get(str(header.get("kind")))
    if reader is None:
        raise LessonFileError(
            f"{target} holds {header.get('kind')!r}; known kinds: {sorted(READERS)}."
        )
    return reader(target, header, lines[1:])


def _kind_and_lines(lessons: Lessons) -> tuple[str, Iterator[dict[str, Any]]]:
    if isinstance(lessons, FeaturePrior):
        return "feature_prior", feature_lines(lessons)
    if not isinstance(lessons, list | tuple) or not lessons:
        raise InputError(
            "lessons must be a FeaturePrior, or a list with at least one of "
            f"{', '.join(cls.__name__ for cls in LISTED)}, got {lessons!r}."
        )
    types = {type(lesson) for lesson in lessons}
    if types == {Rationale}:
        return "rationale", rationale_lines(lessons)
    for kind, cls in TEXT_KINDS.items():
        if types == {cls}:
            return kind, text_lines(lessons)
    raise InputError(
        "A file holds lessons of one kind; got "
        f"{', '.join(sorted(cls.__name__ for cls in types))}. Leave out what is None, and save "
        "each kind to a file of its own."
    )


TEXT_KINDS = {
    "word_prior": WordPrior,
    "class_card": ClassCard,
    "rewrite": Rewrite,
    "feature_shape": FeatureShape,
}
LISTED = (*TEXT_KINDS.values(), Rationale)
READERS: dict[str, Callable[..., Lessons]] = {
    "feature_prior": read_feature_prior,
    "rationale": read_rationales,
    **{kind: partial(read_text_lessons, cls) for kind, cls in TEXT_KINDS.items()},
}


def _numbered_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    problems = []
    for number, line in enumerate(_text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(f"line {number}: not JSON ({error})")
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            kind = type(value).__name__
            problems.append(f"line {number}: must be a JSON object, got {kind}")
    if problems:
        raise LessonFileError(f"{path} cannot be read:", problems)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="surrogatepass")
    except OSError as error:
        raise LessonFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise LessonFileError(f"{path} is not UTF-8 text (byte {error.start}).") from error
