"""How much a teacher's priors change with what should not matter: wording, order, repeats, masks.

Two priors of the same rows, from two wordings or two teachers, are two measurements of one thing.
Where they disagree, a student would have been taught something else by chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from tutelage.attribution.fusion import spearman
from tutelage.errors import DataError, InputError
from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.robustness_result import plain_values
from tutelage.evaluation.run import Estimate
from tutelage.lessons import FeaturePrior, WordPrior

Priors = FeaturePrior | Sequence[WordPrior | None]
Rows = dict[object, dict[object, float]]


@dataclass(frozen=True)
class PriorAgreement:
    """Two priors of the same rows.

    Attributes
    ----------
    first, second
        Their names.
    correlation
        Mean Spearman correlation of the scores within a row, in [-1, 1]; 1: the same order.
    overlap
        Mean share of the highest ``top_k`` entries of a row that both have, in [0, 1].
    n_common, n_only_first, n_only_second
        Rows that both score; that one of them scores alone.
    """

    first: str
    second: str
    correlation: Estimate
    overlap: Estimate
    n_common: int
    n_only_first: int
    n_only_second: int


@dataclass(frozen=True)
class PriorSensitivity:
    """What :func:`prior_sensitivity` found: every pair of priors.

    Attributes
    ----------
    names
        Of the priors.
    pairs
        In the order of the names.
    rows
        What was compared: ``"texts"`` or ``"classes"``.
    top_k, n_bootstrap, seed
        How it was measured.
    """

    names: tuple[str, ...]
    pairs: tuple[PriorAgreement, ...]
    rows: str
    top_k: int
    n_bootstrap: int
    seed: int

    def __getitem__(self, names: tuple[str, str]) -> PriorAgreement:
        for pair in self.pairs:
            if {pair.first, pair.second} == set(names):
                return pair
        raise KeyError(f"there is no pair {names}; the priors are {list(self.names)}")

    @property
    def least(self) -> PriorAgreement | None:
        """The pair that agrees least in order; ``None`` when no order can be compared."""
        known = [pair for pair in self.pairs if not math.isnan(pair.correlation.value)]
        return min(known, key=lambda pair: pair.correlation.value, default=None)

    def lines(self) -> tuple[list[str], list[list[str]]]:
        """Return the head and the lines of a table."""
        head = ["priors", "rank correlation", "95 % interval", f"top {self.top_k} shared",
                "95 % interval", self.rows]  # fmt: skip
        return head, [
            [f"{p.first} - {p.second}", *_cells(p.correlation), *_cells(p.overlap), str(p.n_common)]
            for p in self.pairs
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = plain_values(asdict(self))
        return values


def prior_sensitivity(
    priors: Mapping[str, Priors], *, top_k: int = 3, n_bootstrap: int = 1000, seed: int = 0
) -> PriorSensitivity:
    """Compare priors of the same rows, pair by pair.

    Give what differs in one thing only: two wordings of the prompt, two teachers, the labels in
    another order, 25 and 100 masks, the first and the second repeat.

    Parameters
    ----------
    priors
        Name -> word priors (rows are texts, entries their words), or a feature prior (rows are
        classes, entries columns and categories). All of one kind, at least two.
    top_k
        How many of the highest entries of a row are compared as a set, >= 1; a row with fewer
        scored entries than twice as many is left out of the overlap, where chance is large.
    n_bootstrap, seed
        Resamples of rows for the 95 % intervals.

    Raises
    ------
    InputError
        When there are fewer than two priors, they are of two kinds, or ``top_k`` is below 1.
    DataError
        When a prior scores nothing, or a row has two word priors of one source.

    Examples
    --------
    >>> def rated(*scores):
    ...     return [WordPrior.from_words("wake me at six", ["wake", "me", "at", "six"], scores,
    ...                                  label="alarm")]
    >>> found = prior_sensitivity({"v1": rated(9, 0, 1, 4), "v2": rated(7, 1, 2, 6),
    ...                            "reversed": rated(0, 9, 4, 1)}, top_k=2)
    >>> found["v1", "v2"].correlation.value, found["v1", "v2"].overlap.value
    (1.0, 1.0)
    >>> found.least.second
    'reversed'
    """
    if len(priors) < 2:
        raise InputError(f"Sensitivity needs at least two priors, got {len(priors)}.")
    if top_k < 1:
        raise InputError(f"top_k must be at least 1, got {top_k!r}.")
    kinds = {isinstance(prior, FeaturePrior) for prior in priors.values()}
    if len(kinds) > 1:
        raise InputError("Priors to compare must be all of words or all of columns, got both.")
    rows = {name: _rows(name, prior) for name, prior in priors.items()}
    pairs = [
        _pair(one, other, rows[one], rows[other], top_k, n_bootstrap, seed)
        for one, other in combinations(rows, 2)
    ]
    what = "classes" if kinds == {True} else "texts"
    return PriorSensitivity(tuple(priors), tuple(pairs), what, top_k, n_bootstrap, seed)


def _rows(name: str, prior: Priors) -> Rows:
    found: Rows = {}
    if isinstance(prior, FeaturePrior):
        for label in prior.scored_classes:
            found[label] = {(e.column, e.category): e.mean for e in prior.entries(label)}
    else:
        for one in prior:
            if one is None:
                continue
            row = (one.text, one.label)
            if row in found:
                raise DataError(f"{name} must score each text once, got two priors of one text.")
            found[row] = dict(zip(one.offsets, map(float, one.scores), strict=True))
    if not any(not math.isnan(score) for row in found.values() for score in row.values()):
        raise DataError(f"The prior {name!r} scores nothing; there is nothing to compare.")
    return found


def _pair(
    first: str, second: str, one: Rows, other: Rows, top_k: int, n_bootstrap: int, seed: int
) -> PriorAgreement:
    common = [row for row in one if row in other]
    sides = [_both(one[row], other[row]) for row in common]
    orders = np.array([spearman(a, b) for a, b in sides], dtype=np.float64)
    shares = np.array([_overlap(a, b, top_k) for a, b in sides], dtype=np.float64)
    return PriorAgreement(
        first,
        second,
        _estimate("correlation", "Rank correlation", orders, n_bootstrap, seed),
        _estimate("overlap", f"Share of the top {top_k} in common", shares, n_bootstrap, seed),
        len(common),
        len(one) - len(common),
        len(other) - len(common),
    )


def _both(one: Mapping[object, float], other: Mapping[object, float]) -> Any:
    """Return the scores of entries that both sides scored, two arrays in one order."""
    pairs = [(score, other[key]) for key, score in one.items() if key in other]
    known = [pair for pair in pairs if not any(map(math.isnan, pair))]
    return np.array(known, dtype=np.float64).reshape(-1, 2).T


def _overlap(one: FloatArray, other: FloatArray, top_k: int) -> float:
    """Return the share of the highest k that both have; ties at the edge count by their share.

    >>> _overlap(np.array([9.0, 5, 5, 0]), np.array([9.0, 5, 0, 0]), 2)
    0.75
    """
    if len(one) < 2 * top_k:
        return math.nan
    return float(np.minimum(_membership(one, top_k), _membership(other, top_k)).sum() / top_k)


def _membership(scores: FloatArray, top_k: int) -> FloatArray:
    """Return how far each entry belongs to the highest k: 1, 0, or a share where scores tie."""
    edge = np.sort(scores)[-top_k]
    inside, tied = scores > edge, scores == edge
    share = (top_k - inside.sum()) / tied.sum()
    found: FloatArray = inside + tied * share
    return found


def _estimate(name: str, title: str, values: FloatArray, n_bootstrap: int, seed: int) -> Estimate:
    known = values[~np.isnan(values)]
    low, high = interval_of_mean(known, n_bootstrap=n_bootstrap, seed=seed)
    mean = float(known.mean()) if len(known) else math.nan
    note = "" if len(known) else "no row with entries enough that both score"
    return Estimate(name, title, "higher", mean, low, high, len(known), note)


def _cells(found: Estimate) -> list[str]:
    if math.isnan(found.value):
        return ["-", "-"]
    return [f"{found.value:.3f}", f"{found.low:.3f} to {found.high:.3f}"]
