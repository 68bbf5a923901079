"""Inputs, lessons and labels -> the rows a student of labels and reasons learns from."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tutelage.errors import DataError, PriorMismatch, TutelageWarning
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.rationale import Rationale, fields_of, joined


@dataclass(frozen=True)
class TaskExamples:
    """What such a student learns from, or is asked about.

    Attributes
    ----------
    texts
        One text per input.
    choices
        The answers of each input; all empty where the classes are the same for all.
    labels
        The name of the class or the choice, ``None`` where there is none.
    reasons
        The reasons of each, perhaps none.
    """

    texts: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    labels: tuple[str | None, ...]
    reasons: tuple[tuple[str, ...], ...]

    def take(self, rows: Iterable[int]) -> TaskExamples:
        """Return some of the rows."""
        kept = [int(row) for row in rows]
        return TaskExamples(
            tuple(self.texts[row] for row in kept),
            tuple(self.choices[row] for row in kept),
            tuple(self.labels[row] for row in kept),
            tuple(self.reasons[row] for row in kept),
        )

    @property
    def labelled(self) -> NDArray[np.intp]:
        """The rows that have a label."""
        return np.flatnonzero([label is not None for label in self.labels])


def read_inputs(inputs: Any) -> TaskExamples:
    """Return inputs as texts and choices, without labels.

    Raises
    ------
    DataError
        When it is a single input, or holds something that is none; all places are named.
    """
    if isinstance(inputs, (str, dict)):
        raise DataError(
            f"inputs must be a list, got one input: {str(inputs)[:40]!r}. Write [input]."
        )
    if isinstance(inputs, pd.DataFrame) or (isinstance(inputs, np.ndarray) and inputs.ndim != 1):
        raise DataError(
            f"inputs must be one column or a list, got the shape {inputs.shape}. Write "
            'table.to_dict("records") for inputs with several fields.'
        )
    texts, choices, problems = [], [], []
    for place, one in enumerate(inputs):
        try:
            fields, own = fields_of(one)
        except ValueError as error:
            problems.append(f"input {place}: {error}")
            continue
        texts.append(joined(fields, own))
        choices.append(own)
    if problems:
        raise DataError("These inputs cannot be read:", problems)
    empty: tuple[Any, ...] = (None,) * len(texts)
    return TaskExamples(tuple(texts), tuple(choices), empty, ((),) * len(texts))


def read_examples(inputs: Any, lessons: Any, labels: Any) -> TaskExamples:
    """Return the rows to learn from.

    Lessons as many as the inputs, each of the input in its place (or ``None``), are taken place
    by place; any other collection is matched by input. With ``labels`` these are learned, and
    a reason that speaks for another label is left out, with a warning.

    Raises
    ------
    DataError
        When inputs or labels cannot be used, or there is nothing to learn from.
    PriorMismatch
        When no lesson belongs to an input.
    """
    asked = read_inputs(inputs)
    if not asked.texts:
        raise DataError("inputs must hold at least one input, got none.")
    _refuse_empty(asked.texts)
    keys = [_key_of(one) for one in inputs]
    mine = match_lessons(lessons, keys)
    said = [None if lesson is None else lesson.label for lesson in mine]
    given = said if labels is None else read_names(labels, len(keys))
    kept, contrary = [], 0
    for lesson, label in zip(mine, given, strict=True):
        fits = lesson is not None and lesson.label == label
        contrary += bool(lesson is not None and lesson.rationales and not fits and label)
        kept.append(lesson.rationales if lesson is not None and fits else ())
    if contrary:
        warnings.warn(
            f"{contrary} of {len(keys)} reasons speak for another label than the one given; they "
            "are left out.",
            TutelageWarning,
            stacklevel=4,
        )
    return replace(asked, labels=tuple(given), reasons=tuple(kept))


def _key_of(one: object) -> str:
    fields, choices = fields_of(one)
    return Rationale(fields, choices=choices).key


def match_lessons(lessons: Any, keys: Sequence[str]) -> list[Rationale | None]:
    """Return the lesson of each input, or ``None``.

    Raises
    ------
    DataError
        When it is no collection of lessons.
    PriorMismatch
        When none belongs to an input.
    """
    if isinstance(lessons, Rationale):
        raise DataError("lessons must be a list of Rationale, got one. Write [lesson].")
    listed = [] if lessons is None else list(lessons)
    wrong = [x for x in listed if x is not None and not isinstance(x, Rationale)]
    if wrong:
        raise DataError(
            f"lessons must be Rationale or None; {len(wrong)} of {len(listed)} are not, the first "
            f"is a {type(wrong[0]).__name__}."
        )
    in_place = len(listed) == len(keys) and all(
        lesson is None or lesson.key == key for lesson, key in zip(listed, keys, strict=True)
    )
    if in_place:
        return listed
    found = {lesson.key: lesson for lesson in listed if lesson is not None}
    strangers = set(found) - set(keys)
    if found and len(strangers) == len(found):
        raise PriorMismatch(
            f"none of the {len(found)} lessons belongs to one of the {len(keys)} inputs: they "
            "are matched by the input's fields and choices. Pass the inputs that were asked about."
        )
    if strangers:
        warnings.warn(
            f"{len(strangers)} of {len(found)} lessons belong to no input; they are left out.",
            TutelageWarning,
            stacklevel=5,
        )
    return [found.get(key) for key in keys]


def read_names(labels: Any, n_rows: int) -> list[str | None]:
    """Return labels as names, ``None`` where one is missing.

    Raises
    ------
    DataError
        When their number is another than that of the inputs.
    """
    if isinstance(labels, str) or not hasattr(labels, "__len__"):
        raise DataError(f"labels must be a list, one per input, got {labels!r}.")
    listed = list(labels)
    if len(listed) != n_rows:
        raise DataError(
            f"there must be one label per input, got {len(listed)} for {n_rows} inputs."
        )
    return [None if x is None or pd.isna(x) else label_name(x) for x in listed]


def known_only(examples: TaskExamples, names: Sequence[str] | None) -> TaskExamples:
    """Return examples in which a label outside the classes, or the choices, is missing.

    Its reason goes with it: it speaks for what cannot be said. A warning counts them.
    """
    allowed = [names if names is not None else own for own in examples.choices]
    outside = [
        label is not None and label not in fine
        for label, fine in zip(examples.labels, allowed, strict=True)
    ]
    if not any(outside):
        return examples
    strange = Counter(
        label for label, out in zip(examples.labels, outside, strict=True) if label and out
    )
    shown = ", ".join(f"{name!r} ({n})" for name, n in strange.most_common(5))
    warnings.warn(
        f"{sum(outside)} of {len(outside)} labels are none of the "
        f"{'classes' if names is not None else 'choices of their input'} and count as missing: "
        f"{shown}.",
        TutelageWarning,
        stacklevel=4,
    )
    return replace(
        examples,
        labels=tuple(None if out else x for x, out in zip(examples.labels, outside, strict=True)),
        reasons=tuple(() if out else x for x, out in zip(examples.reasons, outside, strict=True)),
    )


def _refuse_empty(texts: Sequence[str]) -> None:
    empty = [place for place, text in enumerate(texts) if not text.strip()]
    if empty:
        raise DataError(
            f"inputs must hold words; {len(empty)} of {len(texts)} are empty, the first at place "
            f"{empty[0]}. Drop them."
        )
