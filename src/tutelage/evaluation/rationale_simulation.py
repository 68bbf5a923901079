"""Does a reason help to tell the label of its input, and does it need that input?

A small model plays the reader: it sees the input, or the input and the reason with the names of
the classes taken out. What it gains by the reason is the reason's simulatability. If it does as
well when every reason stands beside another text's input, the reason decides alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage._words import WORD_PATTERN
from tutelage.evaluation.rationale_consistency import judged_lessons, name_pattern
from tutelage.lessons.rationale import Rationale


@dataclass(frozen=True)
class Simulatability:
    """How well a reader tells the labels; balanced accuracies in [0, 1] on unseen texts.

    Attributes
    ----------
    with_input
        From the input alone.
    with_reason
        From the input and its reason.
    inputs_swapped
        From the reason and another text's input, by the reader of ``with_reason``.
    chance
        Of a reader that sees nothing: 1 / number of classes.
    n
        Texts.
    """

    with_input: float
    with_reason: float
    inputs_swapped: float
    chance: float
    n: int

    @property
    def gain(self) -> float:
        """What the reason adds to the input."""
        return self.with_reason - self.with_input


def simulatability(
    lessons: Sequence[Rationale],
    synonyms: Mapping[str, Sequence[str]] | None = None,
    *,
    n_folds: int = 5,
    seed: int = 0,
) -> Simulatability:
    """Return how much the reasons help a TF-IDF logistic regression to tell the labels.

    Parameters
    ----------
    lessons
        With fixed classes; the first reason of each counts.
    synonyms
        Class -> other words that give it away; they and the names of the classes are taken out
        of the reasons, not of the inputs.
    n_folds
        Of the cross-validation, >= 2.
    seed
        Deals the folds and the swapped inputs.

    Raises
    ------
    DataError
        When fewer than two classes have five reasons each, or inputs have their own choices.

    References
    ----------
    Hase et al., "Leakage-adjusted simulatability", Findings of EMNLP 2020, with a linear reader.

    Examples
    --------
    >>> said = {"a": "It tells of the sea.", "b": "It tells of the sky."}
    >>> lessons = [Rationale.of(f"text {n}", x, said[x]) for n, x in enumerate("ab" * 20)]
    >>> found = simulatability(lessons)
    >>> found.with_reason, found.inputs_swapped, found.gain > 0.4
    (1.0, 1.0, True)
    """
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedKFold

    kept = judged_lessons(lessons)
    golds = np.array([one.label for one in kept])
    labels = sorted(set(golds.tolist()))
    names = name_pattern(labels, synonyms or {})
    inputs = np.array([one.text for one in kept], dtype=object)
    reasons = np.array([names.sub(" ", one.rationale or "") for one in kept], dtype=object)
    n_parts = max(2, min(n_folds, min(Counter(golds.tolist()).values())))
    said = {name: np.empty(len(golds), dtype=golds.dtype) for name in ("input", "reason", "swap")}
    draw = np.random.default_rng(seed)
    folds = StratifiedKFold(n_parts, shuffle=True, random_state=seed)
    for rest, held in folds.split(inputs, golds):
        swapped = inputs[held][_others(len(held), draw)]
        plain = _Reader(inputs[rest], None, golds[rest])
        told = _Reader(inputs[rest], reasons[rest], golds[rest])
        said["input"][held] = plain.read(inputs[held], None)
        said["reason"][held] = told.read(inputs[held], reasons[held])
        said["swap"][held] = told.read(swapped, reasons[held])
    scores = {name: float(balanced_accuracy_score(golds, x)) for name, x in said.items()}
    return Simulatability(
        scores["input"], scores["reason"], scores["swap"], 1 / len(labels), len(kept)
    )


def _others(n_rows: int, draw: np.random.Generator) -> NDArray[np.intp]:
    """Return another row for every row: the next along a random circle."""
    order = draw.permutation(n_rows)
    found = np.empty(n_rows, dtype=np.intp)
    found[order] = np.roll(order, -1)
    return found


class _Reader:
    """A logistic regression on the words of inputs and, apart from them, of reasons."""

    def __init__(
        self, inputs: NDArray[Any], reasons: NDArray[Any] | None, golds: NDArray[Any]
    ) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        options = {"ngram_range": (1, 2), "token_pattern": WORD_PATTERN}
        self.of_inputs = TfidfVectorizer(**options).fit(inputs)
        self.of_reasons = None if reasons is None else TfidfVectorizer(**options).fit(reasons)
        self.model = LogisticRegression(class_weight="balanced", max_iter=2000)
        self.model.fit(self._words(inputs, reasons), golds)

    def read(self, inputs: NDArray[Any], reasons: NDArray[Any] | None) -> NDArray[Any]:
        found: NDArray[Any] = self.model.predict(self._words(inputs, reasons))
        return found

    def _words(self, inputs: NDArray[Any], reasons: NDArray[Any] | None) -> Any:
        from scipy.sparse import hstack

        parts = [self.of_inputs.transform(inputs)]
        if self.of_reasons is not None:
            parts.append(self.of_reasons.transform(reasons))
        return hstack(parts).tocsr()
