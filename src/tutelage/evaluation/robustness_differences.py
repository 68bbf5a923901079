"""How models differ under the same attacks, paired text by text."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tutelage.evaluation.bootstrap import (
    enough_resamples,
    percentile_interval,
    resample_counts,
)
from tutelage.evaluation.model_comparison import LARGEST_P, holm
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.robustness_pairs import PerturbedTexts
from tutelage.evaluation.robustness_suite_result import AttackDifference


def paired_differences(
    rights: Mapping[str, FloatArray],
    pairs: PerturbedTexts,
    titles: Mapping[str, str],
    n_bootstrap: int,
    seed: int,
) -> list[AttackDifference]:
    """Return every model minus the first, for the mean of all attacks and attack by attack.

    Parameters
    ----------
    rights
        Name of a model -> whether it is right about each perturbed text (n_pairs,).
    pairs
        The texts; those that were not changed are left out.
    titles
        Kind -> its name for people.
    n_bootstrap, seed
        Resamples of texts, or 100 per difference where that is more, so that a difference can
        stand out after the correction; a text is drawn with everything that was made of it.

    Examples
    --------
    >>> clean, labels = ("a b", "c d"), ("x", "y")
    >>> pairs = PerturbedTexts(clean, ("b a", "d c"), labels, ("order", "order"))
    >>> rights = {"plain": np.array([0.0, 1.0]), "taught": np.array([1.0, 1.0])}
    >>> found = paired_differences(rights, pairs, {"order": "Order"}, 100, 0)
    >>> [(one.model, one.title, one.difference) for one in found]
    [('taught', 'Order', 0.5)]
    """
    reference, *others = rights
    members: dict[str, list[int]] = defaultdict(list)
    for place, kind in enumerate(pairs.kinds):
        if pairs.clean[place] != pairs.perturbed[place]:
            members[kind].append(place)
    texts = {text: row for row, text in enumerate(dict.fromkeys(pairs.clean))}
    owners = np.array([texts[text] for text in pairs.clean])
    sets = {kind: (titles[kind], np.array(rows)) for kind, rows in members.items()}
    if len(sets) > 1:
        every = np.concatenate([rows for _, rows in sets.values()])
        sets = {"": ("Mean of all attacks", every), **sets}
    draws = (enough_resamples(n_bootstrap, len(others) * len(sets)), seed)
    found = [
        _difference(attack, title, (name, reference), rights[name] - rights[reference], rows,
                    owners[rows], draws)
        for name in others
        for attack, (title, rows) in sets.items()
    ]  # fmt: skip
    corrected = holm([one.p_holm for one in found])
    return [_judged(one, p) for one, p in zip(found, corrected, strict=True)]


def _difference(
    attack: str,
    title: str,
    names: tuple[str, str],
    gains: FloatArray,
    rows: Any,
    owners: Any,
    draws: tuple[int, int],
) -> AttackDifference:
    """Return the difference on some rows; whole texts are resampled, with all their attacks."""
    distinct, places = np.unique(owners, return_inverse=True)
    sums = np.bincount(places, weights=gains[rows], minlength=len(distinct))
    sizes = np.bincount(places, minlength=len(distinct)).astype(np.float64)
    value = float(sums.sum() / sizes.sum())
    drawn = np.concatenate(
        [(counts @ sums) / (counts @ sizes) for counts in resample_counts(len(distinct), *draws)]
    )
    low, high = percentile_interval(drawn)
    away = np.abs(drawn - value) >= abs(value) * (1 - 1e-12)
    p_value = float((1 + away.sum()) / (1 + len(drawn)))
    return AttackDifference(
        attack, title, *names, len(rows), value, low, high, p_value, "no clear difference"
    )


def _judged(one: AttackDifference, p: float) -> AttackDifference:
    if math.isnan(p) or p > LARGEST_P or one.difference == 0:
        return replace(one, p_holm=p)
    return replace(one, p_holm=p, verdict="better" if one.difference > 0 else "worse")
