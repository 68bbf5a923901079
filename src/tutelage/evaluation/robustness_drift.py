"""Explanation drift: do the same words matter in the same order after a text was perturbed?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tutelage.attribution.fusion import spearman
from tutelage.evaluation.attacks_edit import plain_word
from tutelage.evaluation.predictions import Classifier, FloatArray, Predictions
from tutelage.evaluation.robustness_pairs import PerturbedTexts

Attributor = Callable[[Sequence[str], Sequence[Any]], Sequence[Any]]

FEWEST_SHARED = 3  # words that both texts must have for their order to be compared


def explainer_of(
    model: Any, attributions: Attributor | None, n_explained: int
) -> tuple[Attributor | None, list[str]]:
    """Return what explains the texts, and a sentence when nothing can."""
    if n_explained == 0:
        return None, []
    explain = attributions or getattr(model, "word_attributions", None)
    if explain is not None:
        return explain, []
    name = type(model).__name__
    return None, [f"{name} has no word_attributions: scores only, explanations were not compared."]


def explained_places(
    pairs: PerturbedTexts, changed: Mapping[str, Sequence[int]], n_explained: int, seed: int
) -> list[int]:
    """Return the rows to explain: per attack the same texts, as far as it changed them."""
    order = np.random.default_rng(seed).permutation(len(set(pairs.clean)))
    rank = dict(zip(dict.fromkeys(pairs.clean), order.tolist(), strict=True))
    found: list[int] = []
    for places in changed.values():
        found += sorted(places, key=lambda place: rank[pairs.clean[place]])[:n_explained]
    return found


def drifts_of(
    model: Classifier,
    pairs: PerturbedTexts,
    places: Sequence[int],
    before: Predictions,
    explain: Attributor,
    batch_size: int,
) -> FloatArray:
    """Return 1 - Spearman of the attributions before and after (n_places,); NaN if undefined."""
    codes = before.probabilities[list(places)].argmax(axis=1).tolist()
    sides = [
        [(side[place], code) for place, code in zip(places, codes, strict=True)]
        for side in (pairs.clean, pairs.perturbed)
    ]
    wanted = sorted(dict.fromkeys([*sides[0], *sides[1]]), key=lambda pair: len(pair[0]))
    labels = list(model.classes_)
    said: dict[tuple[str, int], dict[tuple[str, int], float]] = {}
    for first in range(0, len(wanted), batch_size):
        part = wanted[first : first + batch_size]
        texts = [text for text, _ in part]
        found = explain(texts, [labels[code] for _, code in part])
        for pair, (offsets, scores) in zip(part, found, strict=True):
            said[pair] = _by_word(pair[0], offsets, scores)
    return np.array([_drift(said[one], said[other]) for one, other in zip(*sides, strict=True)])


def _by_word(
    text: str, offsets: Iterable[tuple[int, int]], scores: Iterable[float]
) -> dict[tuple[str, int], float]:
    """Return the score of the n-th occurrence of each word, by (word, n)."""
    seen: dict[str, int] = defaultdict(int)
    found = {}
    for (start, end), score in zip(offsets, scores, strict=True):
        word = plain_word(text[start:end])
        found[word, seen[word]] = float(score)
        seen[word] += 1
    return found


def _drift(
    before: Mapping[tuple[str, int], float], after: Mapping[tuple[str, int], float]
) -> float:
    shared = [key for key in before if key in after]
    return 1.0 - spearman([before[key] for key in shared], [after[key] for key in shared])
