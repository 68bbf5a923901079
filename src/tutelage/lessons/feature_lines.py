"""The lines of a feature prior in a lessons file, written and read.

Numbers are in the header's scale, so that a person edits the numbers the teacher gave.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tutelage.errors import InputError, LessonFileError
from tutelage.lessons.feature_prior import SCALE, FeaturePrior, FeatureScore
from tutelage.lessons.provenance import Provenance


def feature_lines(prior: FeaturePrior) -> Iterator[dict[str, Any]]:
    """Yield the rest of the header, then one line per score."""
    yield {
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


def read_feature_prior(
    path: Path, header: Mapping[str, Any], lines: list[tuple[int, dict[str, Any]]]
) -> FeaturePrior:
    """Read entries from numbered ``lines``; LessonFileError names every bad one."""
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
