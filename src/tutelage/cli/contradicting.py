"""Where the labels contradict the teacher, in sentences for a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tutelage.cli.labelled_table import LabelledTable
from tutelage.lessons import FeaturePrior
from tutelage.students.column_weights import ColumnWeight, contradictions
from tutelage.students.contradictions import contradicted
from tutelage.students.reading import read_for

MOST_ENCODED = 800  # the interval takes the inverse of a square matrix of this size
LEVEL = 0.99  # of many right columns, few should be named by chance


def contradiction_facts(
    student: Any, table: LabelledTable, prior: FeaturePrior, weights: Sequence[ColumnWeight]
) -> list[dict[str, object]]:
    """Return one mapping per contradiction, the gravest first.

    Of classes in a table of moderate width: what the labels say without the teacher, with a 99 %
    interval that excludes 0. Else: the learned weights of notable size and the opposite sign.
    """
    if table.kind == "classification" and student.layout_.n_encoded <= MOST_ENCODED:
        return _without_the_teacher(student, table, prior)
    return [
        {
            "column": _name(entry.column, entry.category),
            "sentence": (
                f"the labels contradict the teacher, who scored it {entry.score:+.2f} for "
                f"{entry.label}; the learned weight is {entry.weight:+.3g}."
            ),
            "prior": entry.score,
            "learned": entry.weight,
        }
        for entry in contradictions(weights)
    ]


def _without_the_teacher(
    student: Any, table: LabelledTable, prior: FeaturePrior
) -> list[dict[str, object]]:
    layout = student.layout_
    rows = layout.encode(read_for(student, table.rows[list(layout.names)], layout))
    found = contradicted(rows, table.labels.to_numpy(dtype=object), layout, prior, level=LEVEL)
    return [
        {
            "column": _name(one.column, one.category),
            "sentence": (
                f"the labels contradict the teacher, who scored it {one.score:+.2f} for "
                f"{one.label}; without the teacher they say {one.weight:+.2f} "
                f"({one.low:+.2f} to {one.high:+.2f}, 99 % interval)."
            ),
            "prior": one.score,
            "learned": one.weight,
        }
        for one in found
    ]


def _name(column: str, category: str | None) -> str:
    return column if category is None else f"{column} = {category}"
