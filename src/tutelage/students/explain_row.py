"""Exact explanations of one row, in the table's own columns, for every student."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from tutelage.errors import InputError
from tutelage.explanation import Explanation
from tutelage.lessons.feature_prior import label_name
from tutelage.students.bodies import Body
from tutelage.students.columns import ColumnLayout, Table

Array = NDArray[np.float64]


def explain_row(
    table: Table,
    layout: ColumnLayout,
    body: Body,
    classes: NDArray[Any],
    target: object = None,
) -> Explanation:
    """Explain the first row of ``table``: contributions and bias sum to the score.

    Parameters
    ----------
    target
        A label; default the predicted one.

    Raises
    ------
    InputError
        When ``target`` is not a class.
    """
    encoded = layout.encode(table)[0]  # (n_encoded,)
    logits = body.logits(encoded[None, :])[0]  # (n_outputs,)
    wanted = _target_position(classes, target, logits)
    if len(classes) == 2:
        sign = 1.0 if wanted == 1 else -1.0
        per_code, bias = body.contributions(encoded, 0)
        per_code, bias = sign * per_code, sign * bias
        probability = float(expit(sign * logits[0]))
    else:
        per_code, bias = body.contributions(encoded, wanted)
        probability = float(softmax(logits)[wanted])
    numbers = np.bincount(layout.owners, per_code, minlength=len(layout.names))
    return Explanation(
        target=classes[wanted],
        units=layout.names,
        values=tuple(_value_text(table, i) for i in range(len(layout.names))),
        contributions=tuple(numbers.tolist()),
        bias=bias,
        score=float(numbers.sum() + bias),
        probability=probability,
    )


def explain_number(table: Table, layout: ColumnLayout, body: Body) -> Explanation:
    """Explain the first row of ``table`` to a body that predicts a number.

    Contributions and bias sum to the prediction, in units of the target.
    """
    encoded = layout.encode(table)[0]  # (n_encoded,)
    per_code, bias = body.contributions(encoded, 0)
    numbers = np.bincount(layout.owners, per_code, minlength=len(layout.names))
    return Explanation(
        target="prediction",
        units=layout.names,
        values=tuple(_value_text(table, i) for i in range(len(layout.names))),
        contributions=tuple(numbers.tolist()),
        bias=bias,
        score=float(numbers.sum() + bias),
        probability=float("nan"),
    )


def _target_position(classes: NDArray[Any], target: object, logits: Array) -> int:
    if target is None:
        return int(logits[0] > 0) if len(classes) == 2 else int(np.argmax(logits))
    names = [label_name(label) for label in classes]
    if label_name(target) not in names:
        raise InputError(f"target must be one of {names}, got {target!r}.")
    return names.index(label_name(target))


def _value_text(table: Table, position: int) -> str:
    if position in table.texts:
        codes, values = table.texts[position]
        return values[codes[0]] if codes[0] >= 0 else "(missing)"
    number = table.numbers[0, position]
    return "(missing)" if np.isnan(number) else f"{number:.6g}"
