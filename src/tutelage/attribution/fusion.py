"""Combine several scorings of one text: rectify, normalise, then mean or max.

Scores are evidence for a target: positive speaks for it. NaN is a word that a source did not
score, which is not a zero: such a word is decided by the sources that did score it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from tutelage.errors import InputError

FloatArray = NDArray[np.float64]
How = Literal["mean", "max"]
Scale = Literal["l1", "max"]

FEWEST_RANKED = 3  # two words always agree or disagree fully


@dataclass(frozen=True, eq=False)
class FusedScores:
    """One scoring made of several.

    Attributes
    ----------
    scores
        (n_words,) in [0, 1]; NaN where no source scored the word. They sum to 1 after a mean;
        the largest is 1 after a max.
    flat
        Whether no source found evidence for the target in any word, so that every scored word
        counts the same.
    agreement
        Mean Spearman correlation between the sources, see :func:`agreement`.
    """

    scores: FloatArray
    flat: bool
    agreement: float


def rectified(scores: ArrayLike) -> FloatArray:
    """Return the evidence *for* the target: negative scores become 0, NaN stays.

    >>> rectified([2.0, -1.0, float("nan")])
    array([ 2.,  0., nan])
    """
    return np.maximum(np.asarray(scores, dtype=np.float64), 0.0)


def normalised(scores: ArrayLike, by: Scale) -> FloatArray:
    """Return scores of a like size: divided by the sum (``"l1"``) or the ``"max"`` of |scores|.

    NaN stays and does not count; scores that are all zero stay zero.

    >>> normalised([3.0, 0.0, 1.0], "l1").tolist(), normalised([4.0, 0.0, 1.0], "max").tolist()
    ([0.75, 0.0, 0.25], [1.0, 0.0, 0.25])
    """
    if by not in get_args(Scale):
        raise InputError(f"by must be 'l1' or 'max', got {by!r}.")
    values = np.asarray(scores, dtype=np.float64)
    sizes = np.abs(values[~np.isnan(values)])
    size = float((sizes.sum() if by == "l1" else sizes.max()) if sizes.size else 0.0)
    return np.asarray(values / size) if size > 0 else values


def fuse_scores(
    sources: Sequence[ArrayLike], *, how: How = "mean", weights: Sequence[float] | None = None
) -> FusedScores:
    """Combine the scores that several sources gave to the words of one text.

    Each source is rectified and normalised: by its sum before a mean, by its maximum before a
    max, because a maximum of unequally scaled scores is that of the loudest. A word's result is
    the weighted mean over the sources that scored it, or the largest weighted score. The result
    is normalised the same way.

    Parameters
    ----------
    sources
        One (n_words,) array per source.
    how
        ``"mean"``: no single source can decide or veto. ``"max"``: what any source finds counts.
    weights
        How far each source is relied on, >= 0, at least one above 0; ``None`` is all alike.

    Raises
    ------
    InputError
        When there is no source, they differ in length, a score is infinite, or the weights
        cannot be used.

    Examples
    --------
    >>> fuse_scores([[8.0, 0.0, 2.0], [1.0, 1.0, 0.0]]).scores
    array([0.65, 0.25, 0.1 ])
    >>> fuse_scores([[0.0, -1.0]]).flat
    True
    """
    table = _checked(sources, how)
    reliance = _reliance(weights, len(table))
    scale: Scale = "l1" if how == "mean" else "max"
    sized = np.stack([normalised(rectified(row), scale) for row in table])
    known = ~np.isnan(sized) & (reliance > 0)[:, None]
    values = np.where(known, sized, 0.0) * reliance[:, None]
    if how == "mean":
        total = (known * reliance[:, None]).sum(axis=0)
        fused = values.sum(axis=0) / np.where(total > 0, total, 1.0)
    else:
        fused = values.max(axis=0)
    fused = np.where(known.any(axis=0), fused, np.nan)
    flat = bool(known.any()) and not np.nansum(fused) > 0
    fused = np.where(np.isnan(fused), np.nan, 1.0) if flat else fused
    return FusedScores(normalised(fused, scale), flat, agreement(list(table)))


def spearman(one: ArrayLike, other: ArrayLike) -> float:
    """Return Spearman's rank correlation on the words both scored, in [-1, 1].

    Tied scores share their mean rank. NaN when fewer than three words have both scores, or one
    side scores all of them alike: then there is no order to agree about.

    >>> spearman([1.0, 2.0, 9.0], [10.0, 20.0, 30.0])
    1.0
    """
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    both = ~np.isnan(a) & ~np.isnan(b)
    if both.sum() < FEWEST_RANKED:
        return float("nan")
    ranks = np.stack([rankdata(a[both]), rankdata(b[both])])
    ranks -= ranks.mean(axis=1, keepdims=True)
    size = float(np.sqrt(np.square(ranks).sum(axis=1).prod()))
    return float(np.clip(ranks[0] @ ranks[1] / size, -1.0, 1.0)) if size > 0 else float("nan")


def agreement(sources: Sequence[ArrayLike]) -> float:
    """Return the mean of :func:`spearman` over all pairs of sources that can be compared.

    NaN when no pair can.
    """
    pairs = [spearman(one, other) for one, other in combinations(sources, 2)]
    known = [value for value in pairs if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def agreement_weight(correlation: float) -> float:
    """Return how much a text's fused scores should count, in [0, 1]: ``(1 + correlation) / 2``.

    1 when the sources order the words alike, 0 when one reverses the other. An unknown agreement
    is no reason for doubt: it weighs 1.

    >>> agreement_weight(0.0), agreement_weight(float("nan"))
    (0.5, 1.0)
    """
    return 1.0 if np.isnan(correlation) else (1.0 + correlation) / 2.0


def carried(
    scores: ArrayLike, units: Sequence[tuple[int, int]], words: Sequence[tuple[int, int]]
) -> FloatArray:
    """Return scores per word, given scores per other units of the same text (n_words,).

    A unit's score is shared out over the words it overlaps, by characters, so that the total
    stays when the words cover the unit. NaN where no scored unit overlaps the word.

    >>> carried([6.0, 1.0], [(0, 6), (7, 9)], [(0, 2), (3, 6), (7, 9), (10, 12)])
    array([2.4, 3.6, 1. , nan])
    """
    values: FloatArray = np.array(scores, dtype=np.float64)
    if [tuple(unit) for unit in units] == [tuple(word) for word in words]:
        return values
    found = np.full(len(words), np.nan)
    starts = np.array([start for start, _ in words], dtype=np.int64)
    ends = np.array([end for _, end in words], dtype=np.int64)
    for value, (start, end) in zip(values, units, strict=True):
        first = int(np.searchsorted(ends, start, side="right"))
        last = int(np.searchsorted(starts, end, side="left"))
        shared = np.minimum(ends[first:last], end) - np.maximum(starts[first:last], start)
        if np.isnan(value) or shared.sum() <= 0:
            continue
        share = value * shared / shared.sum()
        found[first:last] = np.where(np.isnan(found[first:last]), share, found[first:last] + share)
    return found


def _checked(sources: Sequence[ArrayLike], how: str) -> FloatArray:
    rows = [np.asarray(source, dtype=np.float64) for source in sources]
    shapes = sorted({row.shape for row in rows})
    if len(shapes) != 1 or len(shapes[0]) != 1:
        raise InputError(
            "sources must be one or more lists of scores of the same length, got shapes "
            f"{[row.shape for row in rows]}."
        )
    table = np.stack(rows)
    if np.isinf(table).any():
        raise InputError("scores must be numbers or NaN, got an infinite one.")
    if how not in get_args(How):
        raise InputError(f"how must be 'mean' or 'max', got {how!r}.")
    return table


def _reliance(weights: Sequence[float] | None, n_sources: int) -> FloatArray:
    values = np.ones(n_sources) if weights is None else np.asarray(weights, dtype=np.float64)
    usable = values.shape == (n_sources,) and np.isfinite(values).all() and (values >= 0).all()
    if not (usable and values.any()):
        raise InputError(
            f"weights must be one number >= 0 per source, {n_sources}, not all 0, got "
            f"{values.tolist()}."
        )
    return values
