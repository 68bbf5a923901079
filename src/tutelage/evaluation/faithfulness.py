"""Faithfulness: does the model use the words that an attribution says it uses?

Measured by hiding them: a statement about the model and the attribution together, not about
whether people find the words plausible (:mod:`tutelage.evaluation.agreement`). Values of two
models cannot be compared as they are, because how far a probability can fall at all depends on
the model; :mod:`tutelage.evaluation.naopc` takes that out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tutelage.attribution.scoring import BATCH_SIZE
from tutelage.errors import InputError
from tutelage.evaluation.attributed import AttributedTexts, Masks, Prober, read_attributions
from tutelage.evaluation.faithfulness_result import CurvePoint, FaithfulnessResult
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.text_measures import estimate

THRESHOLDS = (0.2, 0.4, 0.6)
DECILES = tuple(i / 10 for i in range(1, 11))  # as thresholds: the deletion curve


def faithfulness(
    model: Any,
    texts: Sequence[str],
    attributions: Sequence[Any],
    *,
    attribution: str = "",
    trained_on: str = "",
    targets: Sequence[Any] | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
    placeholder: str | None = None,
    n_soft: int = 0,
    batch_size: int = BATCH_SIZE,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> FaithfulnessResult:
    """Measure comprehensiveness and sufficiency of attributions over a data set.

    For a text x of d words, p the model's probability of the followed class and r_b the
    ``k = max(1, round(b d))`` most important words (halves round up, ties keep the order of the
    text, words without a score come last):

    *comprehensiveness* = mean over thresholds b of ``p(x) - p(x without r_b)``, in [-1, 1],
    higher is better: without the important words the model is less sure.

    *sufficiency* = mean over b of ``p(x) - p(r_b alone)``, in [-1, 1], lower is better: the
    important words are enough.

    Both are the area over the perturbation curve (AOPC) of ERASER, as a plain mean over the
    thresholds; ERASER itself also counts b = 0, which is 0 by definition.

    With ``n_soft`` draws, *soft comprehensiveness* drops each word with probability a, and *soft
    sufficiency* keeps it with probability a, a being its score, at least 0, divided by the
    largest of the text; the same drops of p, averaged over the draws. No threshold is needed, but
    an attribution that marks more words hides more of them.

    Parameters
    ----------
    model
        Anything with ``classes_`` and ``predict_proba`` for a list of texts.
    texts
        The texts.
    attributions
        Per text, (offsets, scores) or anything with ``offsets`` and ``scores``; positive speaks
        for the followed class.
    attribution
        Name of what is evaluated, such as ``"integrated_gradients"``: kept in the result.
    trained_on
        Name of the attribution that the model was trained to agree with; ``""`` for none. If it
        is the same, the result says why that matters.
    targets
        The class to follow, per text; ``None`` is the predicted class.
    thresholds
        Shares of the words, ascending, in (0, 1].
    placeholder
        ``None`` deletes hidden words; a text replaces them.
    n_soft
        Draws per text for the soft measures; 0 leaves them out.
    batch_size
        Perturbed texts per call of ``predict_proba``.
    n_bootstrap, seed
        Resamples of texts for the 95 % intervals; the seed also draws the soft measures.

    Raises
    ------
    DataError
        When attributions do not fit their texts, or a target is not one of the model's classes.
    InputError
        When the thresholds cannot be used.

    References
    ----------
    DeYoung et al., "ERASER", ACL 2020. Zhao and Aletras, "Incorporating attribution importance
    for improving faithfulness metrics", ACL 2023 (they drop parts of embeddings; words are
    dropped here, so that any model can be measured).

    Examples
    --------
    >>> class Model:
    ...     classes_ = ["alarm", "other"]
    ...     def predict_proba(self, texts):
    ...         return np.array([[0.9, 0.1] if "wake" in text else [0.2, 0.8] for text in texts])
    >>> result = faithfulness(Model(), ["wake me up"], [(((0, 4), (5, 7), (8, 10)), [1, 0, 0])])
    >>> round(result["comprehensiveness"].value, 3), result["sufficiency"].value
    (0.7, 0.0)
    """
    _check_thresholds(thresholds)
    given = read_attributions(texts, attributions)
    prober = Prober(model, given, targets, placeholder, batch_size)
    members = np.flatnonzero(given.lengths > 0).tolist()
    without, alone = _hard_drops(prober, given, members, thresholds)
    rows = {"comprehensiveness": without.mean(axis=1), "sufficiency": alone.mean(axis=1)}
    if n_soft:
        rows |= _soft_drops(prober, given, members, n_soft, seed)
    return FaithfulnessResult(
        estimates=tuple(estimate(name, row, n_bootstrap, seed) for name, row in rows.items()),
        curve=_curve(thresholds, without, alone, n_bootstrap, seed),
        attribution=attribution,
        trained_on=trained_on,
        hidden_by="deletion" if placeholder is None else placeholder,
        target="predicted" if targets is None else "given",
        n_texts=len(members),
        n_skipped=len(given.texts) - len(members),
        n_asked=prober.n_asked,
        n_bootstrap=n_bootstrap,
        seed=seed,
    )


def top_counts(n_units: int, thresholds: Sequence[float]) -> list[int]:
    """Return how many words each threshold takes: at least one, halves rounded up.

    >>> top_counts(7, [0.2, 0.4, 0.5, 1.0]), top_counts(1, [0.2])
    ([1, 3, 4, 7], [1])
    """
    # The margin keeps 0.15 * 10, which is a little less than 1.5 in binary, a half.
    return [max(1, math.floor(share * n_units + 0.5 + 1e-9)) for share in thresholds]


def top_masks(order: Sequence[int], counts: Sequence[int]) -> Masks:
    """Return which units are among the first ``count`` of the order (n_counts, n_units).

    >>> top_masks([2, 0, 1], [1, 2]).astype(int).tolist()
    [[0, 0, 1], [1, 0, 1]]
    """
    rank = np.empty(len(order), dtype=np.int64)
    rank[np.asarray(order, dtype=np.int64)] = np.arange(len(order))
    return rank[None, :] < np.asarray(counts)[:, None]


def _hard_drops(
    prober: Prober, given: AttributedTexts, members: Sequence[int], thresholds: Sequence[float]
) -> tuple[FloatArray, FloatArray]:
    """Return the drops without the top words and with them alone, (n_texts, n_thresholds)."""
    tops = [
        top_masks(given.orders[i].tolist(), top_counts(len(given.offsets[i]), thresholds))
        for i in members
    ]
    said = prober.hidden([np.vstack([top, ~top]) for top in tops], members)
    table = np.stack(said) if said else np.zeros((0, 2 * len(thresholds)))
    drops = prober.whole[members][:, None] - table
    return drops[:, : len(thresholds)], drops[:, len(thresholds) :]


def _soft_drops(
    prober: Prober, given: AttributedTexts, members: Sequence[int], n_draws: int, seed: int
) -> dict[str, FloatArray]:
    chosen = [_drawn(given.scores[i], n_draws, np.random.default_rng([seed, i])) for i in members]
    said = prober.hidden([np.vstack([rows, ~rows]) for rows in chosen], members)
    whole = prober.whole[members]
    without = np.array([values[:n_draws].mean() for values in said])
    alone = np.array([values[n_draws:].mean() for values in said])
    return {"soft_comprehensiveness": whole - without, "soft_sufficiency": whole - alone}


def _drawn(scores: FloatArray, n_draws: int, rng: np.random.Generator) -> Masks:
    """Return draws (n_draws, n_units) in which a unit is chosen as often as it is important."""
    importance = np.maximum(np.nan_to_num(scores, nan=0.0), 0.0)
    largest = importance.max()
    share = importance / largest if largest > 0 else importance
    return rng.random((n_draws, len(scores))) < share


def _curve(
    thresholds: Sequence[float],
    without: FloatArray,
    alone: FloatArray,
    n_bootstrap: int,
    seed: int,
) -> tuple[CurvePoint, ...]:
    points = []
    for share, gone, kept in zip(thresholds, without.T, alone.T, strict=True):
        found = [estimate("comprehensiveness", gone, n_bootstrap, seed)]
        found.append(estimate("sufficiency", kept, n_bootstrap, seed))
        numbers = [number for e in found for number in (e.value, e.low, e.high)]
        points.append(CurvePoint(float(share), *numbers))
    return tuple(points)


def _check_thresholds(thresholds: Sequence[float]) -> None:
    values = list(thresholds)
    inside = all(0 < share <= 1 for share in values)
    if not values or not inside or sorted(set(values)) != values:
        raise InputError(
            f"thresholds must be shares of the words in (0, 1], ascending, got {values!r}. "
            "For example (0.2, 0.4, 0.6)."
        )
