"""Texts with a score per word, and a model's probabilities for them with words hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage._words import Offsets
from tutelage.attribution.scoring import BATCH_SIZE, scored_once
from tutelage.attribution.words import hide_each
from tutelage.errors import DataError
from tutelage.evaluation.predictions import FloatArray, IntArray
from tutelage.lessons import label_name

Masks = NDArray[np.bool_]

MOST_AT_ONCE = 50_000  # perturbed texts whose probabilities are held at once


@dataclass(frozen=True, eq=False)
class AttributedTexts:
    """Texts and how important each word is said to be.

    Attributes
    ----------
    texts
        The texts.
    offsets
        Per text, its units as (start, end).
    orders
        Per text, the positions of its units, most important first. Equal scores keep the order
        of the text; units without a score (NaN) come last.
    scores
        Per text, one number per unit.
    """

    texts: tuple[str, ...]
    offsets: tuple[Offsets, ...]
    orders: tuple[IntArray, ...]
    scores: tuple[FloatArray, ...]

    @property
    def lengths(self) -> IntArray:
        """Number of units of each text (n_texts,)."""
        return np.array([len(units) for units in self.offsets], dtype=np.int64)


def read_attributions(texts: Sequence[str], attributions: Sequence[Any]) -> AttributedTexts:
    """Return texts and attributions as one checked value.

    Parameters
    ----------
    attributions
        Per text, a pair (offsets, scores), as ``word_attributions`` of a student returns, or
        anything with ``offsets`` and ``scores``, such as a ``WordPrior``. Positive scores speak
        for the class in question.

    Raises
    ------
    DataError
        Listing every text whose attribution does not fit it.
    """
    if isinstance(texts, str) or len(texts) == 0 or len(texts) != len(attributions):
        raise DataError(
            "There must be one attribution per text, at least one, got "
            f"{len(attributions)} for {1 if isinstance(texts, str) else len(texts)}."
        )
    problems, offsets, scores = [], [], []
    for place, (text, given) in enumerate(zip(texts, attributions, strict=True)):
        units, values = (given.offsets, given.scores) if hasattr(given, "offsets") else tuple(given)
        numbers = np.asarray(values, dtype=np.float64)
        problem = _problem(text, units, numbers)
        if problem:
            problems.append(f"text {place}: {problem}")
        offsets.append(tuple((int(start), int(end)) for start, end in units))
        scores.append(numbers)
    if problems:
        raise DataError("These attributions do not fit their texts:", problems)
    orders = tuple(np.argsort(-values, kind="stable") for values in scores)
    return AttributedTexts(tuple(texts), tuple(offsets), orders, tuple(scores))


def _problem(text: str, units: Offsets, numbers: FloatArray) -> str:
    if not isinstance(text, str):
        return f"it is no text but {text!r}"
    if numbers.shape != (len(units),):
        return f"there must be one score per unit, {len(units)}, got shape {numbers.shape}"
    if np.isinf(numbers).any():
        return "scores must be numbers or NaN, got an infinite one"
    edges = [0, *(edge for unit in units for edge in unit), len(text)]
    if any(one > other for one, other in pairwise(edges)):
        return "units must be inside the text, ascending and not overlapping"
    return ""


class Prober:
    """A model's probability of one class per text, with words of the text hidden.

    Parameters
    ----------
    model
        ``classes_`` and ``predict_proba`` for a list of texts.
    given
        The texts.
    targets
        One label per text, or ``None`` for the class that the model predicts.
    placeholder
        What stands for a hidden word; ``None`` deletes it.
    """

    def __init__(
        self,
        model: Any,
        given: AttributedTexts,
        targets: Sequence[Any] | None,
        placeholder: str | None,
        batch_size: int = BATCH_SIZE,
    ):
        _check_model(model)
        self.given, self.placeholder, self.batch_size = given, placeholder, batch_size
        self._predict = model.predict_proba
        table = scored_once(self._predict, given.texts, batch_size)
        names = [label_name(label) for label in model.classes_]
        self.codes = table.argmax(axis=1) if targets is None else _codes(targets, names, table)
        self.whole = table[np.arange(len(table)), self.codes]
        self.n_asked = len(set(given.texts))

    def hidden(self, masks: Sequence[Masks], members: Sequence[int]) -> list[FloatArray]:
        """Return the probabilities (n_masks,) under each member text's masks (n_masks, n_units).

        Texts that come out the same are asked once; all texts share batches.
        """
        found: list[FloatArray] = []
        for part in _parts([len(rows) for rows in masks]):
            shown = [
                hide_each(
                    self.given.texts[i], self.given.offsets[i], rows.tolist(), self.placeholder
                )
                for rows, i in zip(masks[part], members[part], strict=True)
            ]
            flat = [text for one in shown for text in one]
            table = scored_once(self._predict, flat, self.batch_size)
            self.n_asked += len(set(flat))
            ends = np.cumsum([len(one) for one in shown])
            found += [
                table[end - len(one) : end, self.codes[i]]
                for one, end, i in zip(shown, ends, members[part], strict=True)
            ]
        return found


def _parts(sizes: Sequence[int]) -> Iterator[slice]:
    """Yield slices of consecutive texts with about ``MOST_AT_ONCE`` masks together."""
    start, total = 0, 0
    for i, size in enumerate(sizes):
        if total and total + size > MOST_AT_ONCE:
            yield slice(start, i)
            start, total = i, 0
        total += size
    if start < len(sizes):
        yield slice(start, len(sizes))


def _check_model(model: Any) -> None:
    if not hasattr(model, "classes_") or not hasattr(model, "predict_proba"):
        raise DataError(
            "A model to evaluate must be fitted and have classes_ and predict_proba for a list "
            f"of texts, got {type(model).__name__}. Fit it first, or wrap it in a class that has "
            "both."
        )


def _codes(targets: Sequence[Any], names: Sequence[str], table: FloatArray) -> IntArray:
    wanted = [label_name(label) for label in targets]
    strangers = sorted(set(wanted) - set(names))
    if strangers or len(wanted) != len(table):
        raise DataError(
            f"targets must be one of the model's classes per text, {len(table)}, got "
            f"{len(wanted)}, among them {strangers[:5]} that the model does not know."
        )
    return np.array([names.index(name) for name in wanted], dtype=np.int64)
