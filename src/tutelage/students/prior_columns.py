"""Carry a prior down to encoded columns, and say at once what does not fit."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tutelage.errors import PriorMismatch
from tutelage.lessons.feature_prior import FeaturePrior, label_name
from tutelage.students.columns import ColumnLayout

Array = NDArray[np.float64]


def categorical_in(prior: FeaturePrior | None) -> tuple[str, ...]:
    """Return the columns that the prior scores per category."""
    if prior is None:
        return ()
    return tuple(dict.fromkeys(e.column for e in prior.scores if e.category is not None))


def check_prior(prior: FeaturePrior, layout: ColumnLayout, labels: Sequence[object]) -> None:
    """Raise when the prior belongs to other columns or classes than the table's.

    Columns without a score are allowed: their weights come from the labels. So is a prior
    without any score: the student is the plain one.

    Raises
    ------
    PriorMismatch
        Listing scored columns the table lacks, columns scored as a number that hold text, and
        scored classes the labels lack.
    """
    problems = _column_problems(prior, layout)
    names = [label_name(label) for label in labels]
    if prior.scores and not set(prior.scored_classes) & set(names):
        problems.append(
            f"no scored class is among the labels: scored {list(prior.scored_classes)}, "
            f"labels {names}"
        )
    elif len(names) == 2:
        strangers = [label for label in prior.scored_classes if label not in names]
        problems += [f"class {label!r} is scored but not a label {names}" for label in strangers]
    if problems:
        raise PriorMismatch("The prior does not belong to this table:", problems)


def _column_problems(prior: FeaturePrior, layout: ColumnLayout) -> list[str]:
    problems = []
    kinds = dict(zip(layout.names, layout.categories, strict=True))
    for column in prior.columns:
        if column not in kinds:
            near = difflib.get_close_matches(column, layout.names, n=1, cutoff=0.6)
            hint = f" (the table has {near[0]!r})" if near else ""
            problems.append(f"column {column!r} is scored but not in the table{hint}")
    if problems:
        problems.append("prior.select(columns) keeps the scores of the columns you name")
    numeric = {entry.column for entry in prior.scores if entry.category is None}
    for column in prior.columns:
        if column in numeric and kinds.get(column) is not None:
            problems.append(
                f"column {column!r} is scored as a number but holds the categories "
                f"{list(kinds[column] or ())[:4]}; score each category"
            )
    return problems


def scores_of(
    prior: FeaturePrior, layout: ColumnLayout, labels: Sequence[object]
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the prior as a matrix over encoded columns.

    Returns
    -------
    scores : (n_outputs, n_encoded)
        Means in [-1, 1], 0 where missing. Two labels have one output, the second label's: the
        mean of its scores and the negated scores of the first, where given.
    known : (n_encoded,)
        Whether any class has a score for the column.
    """
    per_class = np.array([_of_class(prior, layout, label) for label in labels])
    known = ~np.isnan(per_class).all(axis=0)
    if len(labels) > 2:
        return np.nan_to_num(per_class), known
    signed = per_class * np.array([[-1.0], [1.0]])
    count = np.maximum((~np.isnan(signed)).sum(axis=0), 1)
    return (np.nansum(signed, axis=0) / count)[None, :], known


def _of_class(prior: FeaturePrior, layout: ColumnLayout, label: object) -> Array:
    """Return one class's mean scores over encoded columns (n_encoded,), NaN where missing."""
    wanted = {(e.column, e.category): e.mean for e in prior.entries(label)}
    numeric = [wanted.get((layout.names[i], None), np.nan) for i in layout.numeric]
    bends = [np.nan] * (layout.n_encoded - len(numeric) - len(layout.indicators))
    rest = [
        np.nan if category is None else wanted.get((layout.names[i], category), np.nan)
        for i, category in layout.indicators
    ]
    return np.array([*numeric, *bends, *rest], dtype=np.float64)
