"""Lessons as files: versioned JSON Lines that a person can read, edit and diff.

The first line is a header (format, version, kind, classes, scale, provenance); every other line
is one entry. Numbers are in the header's scale, so that a person edits the numbers the teacher
gave. Nothing in such a file is ever executed.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tutelage.errors import InputError, LessonFileError, OutputError
from tutelage.lessons.feature_prior import SCALE, FeaturePrior, FeatureScore
from tutelage.lessons.provenance import Provenance

FORMAT = "tutelage-lessons"
VERSION = 1

Lessons = FeaturePrior


def save_lessons(lessons: Lessons, path: str | os.PathLike[str]) -> Path:
    """Write ``lessons`` to ``path`` as JSON Lines, whole or not at all.

    Raises
    ------
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
    partial = target.with_name(f".{target.name}.partial")
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in _feature_lines(lessons))
    try:
        partial.write_text(text, encoding="utf-8", errors="surrogatepass")
        partial.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target


def load_lessons(path: str | os.PathLike[str]) -> Lessons:
    """Read lessons that :func:`save_lessons` wrote, perhaps edited since.

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


def _feature_lines(prior: FeaturePrior) -> Iterator[dict[str, Any]]:
    yield {
        "format": FORMAT,
        "version": VERSION,
        "kind": "feature_prior",
        "classes": list(prior.classes),
        "scale": SCALE,
        "meaning": "positive: a larger value (or being in the category) makes the class likelier",
        "provenance": prior.provenance.to_dict(),
    }
    for entry in prior.scores:
        # Rounding undoes the division by the scale: a person sees 7, not 7.000000000000001.
        answers = [round(answer * SCALE, 9) for answer in entry.answers]
        yield {
            "class": entry.label,
            "column": entry.column,
            "category": entry.category,
            "answers": answers,
        }


def _read_feature_prior(
    path: Path, header: Mapping[str, Any], lines: list[tuple[int, dict[str, Any]]]
) -> FeaturePrior:
    problems = _header_problems(header)
    if problems:
        raise LessonFileError(f"{path} cannot be used:", problems)
    entries: list[FeatureScore] = []
    for number, line in lines:
        try:
            entries.append(_read_entry(line, header.get("scale", SCALE)))
        except InputError as error:
            problems.append(f"line {number}: {error.problems[0]}")
    times = Counter((entry.label, entry.column, entry.category) for entry in entries)
    problems += [f"{key!r} stands more than once" for key, count in times.items() if count > 1]
    if problems:
        raise LessonFileError(f"{path} cannot be used:", problems)
    classes = dict.fromkeys([*header.get("classes", ()), *(entry.label for entry in entries)])
    provenance = Provenance.from_dict(header.get("provenance", {}))
    return FeaturePrior(tuple(classes), tuple(entries), provenance)


def _header_problems(header: Mapping[str, Any]) -> list[str]:
    problems = []
    scale, classes = header.get("scale", SCALE), header.get("classes", [])
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < math.inf:
        problems.append(f"line 1: scale must be a number above 0, got {scale!r}")
    if not isinstance(classes, list) or not all(isinstance(label, str) for label in classes):
        problems.append(f"line 1: classes must be a list of texts, got {classes!r}")
    try:
        Provenance.from_dict(header.get("provenance", {}))
    except InputError as error:
        problems += [f"line 1: {problem}" for problem in error.problems]
    return problems


def _read_entry(line: Mapping[str, Any], scale: float) -> FeatureScore:
    for name in ("class", "column", "answers"):
        if name not in line:
            raise InputError(f"no {name!r}")
    label, column, category = line["class"], line["column"], line.get("category")
    answers = line["answers"]
    for name, value in (("class", label), ("column", column), ("category", category)):
        if not isinstance(value, str) and not (name == "category" and value is None):
            raise InputError(f"{name} must be a text, got {value!r}")
    if isinstance(answers, Mapping):
        raise InputError(f"answers must be a number or a list of numbers, got {answers!r}")
    value = {category: answers} if category is not None else answers
    return FeaturePrior.from_scores({label: {column: value}}, scale=scale).scores[0]


READERS: dict[str, Callable[..., Lessons]] = {"feature_prior": _read_feature_prior}


def _numbered_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogatepass")
    except OSError as error:
        raise LessonFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise LessonFileError(f"{path} is not UTF-8 text (byte {error.start}).") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LessonFileError(f"{path}, line {number}: not JSON ({error}).") from error
        if not isinstance(value, dict):
            raise LessonFileError(
                f"{path}, line {number}: must be a JSON object, got {type(value).__name__}."
            )
        yield number, value
