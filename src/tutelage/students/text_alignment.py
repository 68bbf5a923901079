"""How strongly a text student is aligned, set by held-out texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from tutelage.students.text_bodies import TextBody
from tutelage.students.text_examples import TextExamples
from tutelage.students.text_fit import log_loss
from tutelage.students.text_input import TextInput
from tutelage.students.text_settings import TextSettings

CANDIDATES = (0.0, 0.3, 1.0, 3.0)
UNTRIED = 1.0  # where there is nothing to try on
HELD_SHARE = 0.2
FEWEST_HELD = 10

Fit = Callable[[TextExamples, TextSettings], TextBody]


def choose_alignment(
    given: TextInput, settings: TextSettings, fit: Fit
) -> tuple[float, dict[float, float]]:
    """Return the alignment with the lowest held-out cross-entropy, and that of every candidate.

    A fifth of the labelled texts is held out, stratified by class where the classes allow it,
    with the rewrites made from them; each candidate is trained on the rest with the same seed and
    steps. Of equal losses the smaller alignment wins. Where a class would be left without a text,
    or fewer than 10 texts would be held out, nothing is tried and the alignment is 1.

    Parameters
    ----------
    given
        What ``fit`` got.
    settings
        Everything else than the alignment.
    fit
        Examples and settings -> a trained student.
    """
    train, held = given.split(HELD_SHARE, settings.seed)
    if held is None or len(held.texts) < FEWEST_HELD or not _all_there(train, held):
        return UNTRIED, {}
    losses = {
        strength: log_loss(fit(train, replace(settings, alignment=strength)), held)
        for strength in CANDIDATES
    }
    return best_of(losses), losses


def best_of(losses: dict[float, float]) -> float:
    """Return the key with the lowest value, the smallest of several.

    >>> best_of({1.0: 0.5, 0.0: 0.5, 3.0: 0.7})
    0.0
    """
    return min(sorted(losses), key=losses.__getitem__)


def _all_there(train: TextExamples, held: TextExamples) -> bool:
    return set(_classes(held)) <= set(_classes(train))


def _classes(examples: TextExamples) -> Sequence[int]:
    best: Sequence[int] = np.asarray(examples.targets).argmax(axis=1).tolist()
    return best
