"""Carry a prior for a regression down to encoded columns, in the units it is given in.

Which way is up: a prior of one class speaks for a *larger target*, whatever the class is called.
With two classes the last one means larger, as a teacher is asked about the last; scores of the
first count with their sign turned.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tutelage.errors import PriorMismatch
from tutelage.learning.regression import Teaching
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.students.columns import ColumnLayout
from tutelage.students.prior_columns import check_prior
from tutelage.students.units import SMALLEST_INDICATOR_SD

Array = NDArray[np.float64]
PriorUnits = Literal["relative", "per_sd", "per_unit"]
PRIOR_UNITS: tuple[PriorUnits, ...] = ("relative", "per_sd", "per_unit")


def teaching_of(
    prior: FeaturePrior, layout: ColumnLayout, units: PriorUnits, scale: float
) -> Teaching:
    """Return what ``prior`` says about the encoded columns of ``layout``.

    Parameters
    ----------
    units
        ``"relative"``: only ratios count. ``"per_sd"``: an answer times ``scale`` is the change of
        the target per standard deviation of the encoded column; ``"per_unit"``: per unit of the
        original column, at its median. For a category both mean the target in it minus that out
        of it.
    scale
        Target units of an answer of 1.

    Raises
    ------
    PriorMismatch
        When the prior scores columns the table lacks, has more than two classes, or states
        effects beyond what a float can hold.
    """
    if len(prior.classes) > 2:
        raise PriorMismatch(
            "A prior for a regression must have one class, a larger target, or two, the last "
            f"meaning larger; got {list(prior.classes)}. Score one class: "
            'FeaturePrior.from_scores({"larger": {...}}).'
        )
    if prior.scored_classes:
        check_prior(prior, layout, prior.scored_classes)
    answers = _pooled(prior)
    slots: list[tuple[str, str | None] | None] = [(layout.names[i], None) for i in layout.numeric]
    slots += [None] * (layout.n_encoded - len(slots) - len(layout.indicators))
    slots += [None if kind is None else (layout.names[i], kind) for i, kind in layout.indicators]
    given = [answers.get(slot, ()) if slot is not None else () for slot in slots]
    mean = np.array([math.fsum(said) / max(len(said), 1) for said in given])
    size = np.array(
        [math.sqrt(math.fsum(a * a for a in said) / max(len(said), 1)) for said in given]
    )
    known = np.array([bool(said) for said in given])
    if units == "relative":
        return Teaching(mean, size, known)
    weights = mean * _per_encoded_unit(layout, units, scale)
    wide = [name for name, w in zip(slots, weights, strict=True) if not np.isfinite(w)]
    if wide:
        raise PriorMismatch(
            f"The prior's effects times prior_scale={scale:g} must be finite numbers; they are "
            f"not for {wide[:3]}. Give answers in other units of the target or the column."
        )
    factors = np.where(mean != 0, np.abs(weights) / np.where(mean != 0, np.abs(mean), 1.0), 0.0)
    return Teaching(weights, size * factors, known, in_target_units=True)


def _pooled(prior: FeaturePrior) -> dict[tuple[str, str | None], tuple[float, ...]]:
    """Return the answers of every column or category, all as if about a larger target."""
    pooled: dict[tuple[str, str | None], tuple[float, ...]] = {}
    for entry in prior.scores:
        sign = 1.0 if entry.label == prior.classes[-1] else -1.0
        slot = (entry.column, entry.category)
        pooled[slot] = pooled.get(slot, ()) + tuple(sign * answer for answer in entry.answers)
    return pooled


def _per_encoded_unit(layout: ColumnLayout, units: PriorUnits, scale: float) -> Array:
    """Return the weight (n_encoded,) that an answer of 1 stands for; 0 for made columns."""
    factors = np.zeros(layout.n_encoded)
    at = layout.numeric
    factors[: len(at)] = scale
    if units == "per_unit":
        varies = np.isfinite(layout.unit_sd[at])
        with np.errstate(over="ignore"):
            factors[: len(at)] *= np.where(varies, layout.iqr[at] * layout.unit_sd[at], 0.0)
    share = layout.indicator_mean
    sd = np.maximum(np.sqrt(share * (1.0 - share)), SMALLEST_INDICATOR_SD)
    factors[layout.n_encoded - len(share) :] = scale * sd
    return factors
