"""What of the given inputs, lessons and labels can be learned, and what is held out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from tutelage.errors import DataError, TutelageWarning
from tutelage.lessons.feature_prior import label_name
from tutelage.students.rationale_examples import (
    TaskExamples,
    known_only,
    read_examples,
    read_inputs,
    read_names,
)
from tutelage.students.text_parameters import is_number

Names = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Learnable:
    """What a fit starts from.

    Attributes
    ----------
    examples
        Rows with a label.
    classes, names
        The classes as given and their names; ``None`` where inputs have their own choices.
    held_out
        Labelled rows that are not trained on.
    """

    examples: TaskExamples
    classes: NDArray[Any] | None
    names: Names | None
    held_out: TaskExamples | None


def learnable(
    inputs: Any,
    lessons: Any,
    labels: ArrayLike | None,
    validation: Any,
    params: Mapping[str, Any],
) -> Learnable:
    """Return what a student with these parameters can learn from what ``fit`` was given.

    Raises
    ------
    DataError
        When there is nothing to learn from.
    PriorMismatch
        When no lesson belongs to an input.
    """
    examples = read_examples(inputs, lessons, labels)
    classes, names = classes_among(examples, params["classes"], labels)
    examples = known_only(examples, names)
    rest, held_out = held_out_of(examples, validation, names, params["random_state"])
    rest = with_labels(rest)
    refuse_unlearnable(rest, names, float(params["explain_weight"]))
    return Learnable(rest, classes, names, held_out)


def classes_among(
    examples: TaskExamples, wanted: Any, labels: ArrayLike | None
) -> tuple[NDArray[Any] | None, Names | None]:
    """Return the classes, sorted, and their names; ``None`` for inputs with their own choices.

    Raises
    ------
    DataError
        When some inputs have choices and some none, or there are fewer than two classes.
    """
    with_choices = sum(bool(own) for own in examples.choices)
    if with_choices and wanted is None:
        if with_choices < len(examples.choices):
            raise DataError(
                "either every input has its own choices or none has, got "
                f"{with_choices} of {len(examples.choices)} with choices."
            )
        return None, None
    if with_choices:
        raise DataError(
            "classes= is for inputs without choices, and the inputs have their own; leave it out."
        )
    given = list(wanted) if wanted is not None else _seen(examples, labels)
    if not given:
        raise DataError(
            f"at least one of the {len(examples.texts)} inputs must have a label, got none: the "
            "lessons hold no label and labels= gives none. Ask the teacher, or pass labels."
        )
    try:
        classes = np.unique(np.array(given))
    except TypeError as error:
        raise DataError(
            f"classes must be of one kind, all texts or all numbers: {error}"
        ) from error
    if len(classes) < 2:
        raise DataError(
            f"there must be at least 2 classes, got one: {classes.tolist()}. Add inputs of another "
            "class, or name the classes there are: RationaleStudent(classes=[...])."
        )
    return classes, tuple(label_name(one) for one in classes)


def _seen(examples: TaskExamples, labels: ArrayLike | None) -> list[Any]:
    if labels is None:
        return [label for label in examples.labels if label is not None]
    listed: list[Any] = list(labels)  # type: ignore[arg-type]
    return [own for own, name in zip(listed, examples.labels, strict=True) if name is not None]


def held_out_of(
    examples: TaskExamples, validation: Any, names: Names | None, random_state: Any
) -> tuple[TaskExamples, TaskExamples | None]:
    """Return what is trained on and what is held out.

    Raises
    ------
    DataError
        When ``validation`` is neither a share nor a pair, or holds no label.
    """
    if validation is None:
        return examples, None
    if is_number(validation) and 0 < validation < 1:
        rows = examples.labelled
        n_held = max(1, round(validation * len(rows)))
        if n_held >= len(rows):
            raise DataError(
                f"validation={validation} leaves no label to train on: there are {len(rows)}."
            )
        held = check_random_state(random_state).permutation(rows)[:n_held]
        rest = np.setdiff1d(np.arange(len(examples.texts)), held)
        return examples.take(rest), examples.take(np.sort(held))
    if not (isinstance(validation, (tuple, list)) and len(validation) == 2):
        raise DataError(
            "validation must be None, a share in (0, 1), or a pair (inputs, labels), got "
            f"{validation!r:.80}."
        )
    return examples, _given(validation, names)


def _given(validation: Any, names: Names | None) -> TaskExamples:
    asked = read_inputs(validation[0])
    labels = read_names(validation[1], len(asked.texts))
    whole = TaskExamples(asked.texts, asked.choices, tuple(labels), asked.reasons)
    held = known_only(whole, names)
    if not len(held.labelled):
        raise DataError(
            f"validation must hold at least one label of the training's, got none among "
            f"{len(labels)}."
        )
    return held.take(held.labelled)


def with_labels(examples: TaskExamples) -> TaskExamples:
    """Return the rows that have a label; a reason without one says nothing."""
    return examples.take(examples.labelled)


def refuse_unlearnable(examples: TaskExamples, names: Names | None, explain_weight: float) -> None:
    """Raise when there is nothing to learn; warn when there is no reason.

    Raises
    ------
    DataError
        When no label is left, or all are of one class.
    """
    seen = {label for label in examples.labels if label is not None}
    if not seen:
        raise DataError(
            f"at least one input must have a label that is one of "
            f"{'the choices of its input' if names is None else list(names)}, got none."
        )
    if names is not None and len(seen) < 2:
        raise DataError(
            f"there must be labels of at least 2 classes to learn from, got only {sorted(seen)}."
        )
    if explain_weight > 0 and not any(examples.reasons):
        warnings.warn(
            f"none of the {len(examples.texts)} lessons has a reason; the student learns from "
            "labels alone. Ask with share above 0, or pass explain_weight=0.",
            TutelageWarning,
            stacklevel=4,
        )
