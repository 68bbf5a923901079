"""Explanations of texts, word by word, that sum to the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from tutelage._words import Offsets, word_offsets
from tutelage.errors import DataError, InputError
from tutelage.explanation import Explanation
from tutelage.lessons.feature_prior import label_name
from tutelage.students.text_bodies import METHODS, TextBody, centre
from tutelage.students.text_examples import codes_of_names

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


def attribute_words(
    body: TextBody,
    classes: NDArray[Any],
    texts: Sequence[str],
    targets: Sequence[object] | None,
    method: str,
    n_steps: int,
) -> list[tuple[Offsets, Array]]:
    """Return each text's words and what they add to the logit of its target.

    See :meth:`tutelage.TaughtTextClassifier.word_attributions`.

    Raises
    ------
    InputError
        When the method is unknown.
    DataError
        When a target is not a class, or there is not one per text.
    """
    if method not in METHODS:
        raise InputError(f"method must be one of {list(METHODS)}, got {method!r}.")
    if targets is None:
        codes = body.logits(texts).argmax(axis=1)
    else:
        codes = codes_of_names(list(targets), classes, "targets")
    if len(codes) != len(texts):
        raise DataError(f"there must be one target per text, got {len(codes)} for {len(texts)}.")
    numbers = body.contributions(texts, codes.tolist(), method, n_steps, centred=False)
    return [(word_offsets(text), row) for text, row in zip(texts, numbers, strict=True)]


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
