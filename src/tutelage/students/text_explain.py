"""Explanations of texts, word by word, that sum to the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from tutelage.attribution.words import word_offsets
from tutelage.errors import InputError
from tutelage.explanation import Explanation
from tutelage.lessons.feature_prior import label_name
from tutelage.students.text_bodies import TextBody, centre

Array = NDArray[np.float64]


def explain_texts(
    body: TextBody,
    classes: NDArray[Any],
    texts: Sequence[str],
    target: object = None,
    n_steps: int = 20,
) -> list[Explanation]:
    """Explain each text: contributions of its words and the bias sum to the score.

    Parameters
    ----------
    target
        A label for all texts; default the predicted one of each.

    Raises
    ------
    InputError
        When ``target`` is not a class.
    """
    scores = centre(body.logits(texts))  # (n_texts, n_classes)
    codes = _codes(classes, target, scores)
    numbers = body.contributions(texts, codes, "integrated_gradients", n_steps, centred=True)
    return [
        _explanation(classes, text, code, row, words)
        for text, code, row, words in zip(texts, codes, scores, numbers, strict=True)
    ]


def _codes(classes: NDArray[Any], target: object, scores: Array) -> list[int]:
    if target is None:
        return [int(code) for code in scores.argmax(axis=1)]
    names = [label_name(label) for label in classes]
    if label_name(target) not in names:
        raise InputError(f"target must be one of {names}, got {target!r}.")
    return [names.index(label_name(target))] * len(scores)


def _explanation(
    classes: NDArray[Any], text: str, code: int, scores: Array, numbers: Array
) -> Explanation:
    offsets = word_offsets(text)
    chance = expit(scores[code]) if len(scores) == 2 else softmax(scores)[code]
    return Explanation(
        target=classes[code],
        units=tuple(text[start:end] for start, end in offsets),
        values=tuple(f"{start}-{end}" for start, end in offsets),
        contributions=tuple(numbers.tolist()),
        bias=float(scores[code] - numbers.sum()),
        score=float(scores[code]),
        probability=float(chance),
    )
