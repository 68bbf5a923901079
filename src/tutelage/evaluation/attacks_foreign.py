"""Attacks of others: TextAttack's augmenters, or any function of a text, as attacks of ours.

Nothing is imported for it: an object with ``augment(text)`` or a callable is enough.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

import numpy as np

from tutelage.errors import InputError
from tutelage.evaluation.attacks import Attack

SHARE = "pct_words_to_swap"  # how TextAttack's augmenters call the share of words they touch
UNKNOWN_LABEL = "as the author of the attack says"


class Augmenter(Protocol):
    """What TextAttack's augmenters are to us: a text in, other versions of it out."""

    def augment(self, text: str) -> Any:
        """Return other versions of a text."""


Source = Augmenter | Callable[[str], Any]


def foreign_attack(
    source: Source,
    name: str,
    *,
    title: str = "",
    keeps_label: str = UNKNOWN_LABEL,
    strength: float | None = None,
    seed: int = 0,
) -> Attack:
    """Return an attack that asks ``source`` for other versions of each text and takes one.

    The global random numbers of ``random`` and NumPy, from which such code draws, are seeded for
    each text and put back after it, so that a text is attacked alike wherever it stands; what
    else it draws from (torch, a server) is its own. It must not run in several threads at once.

    Parameters
    ----------
    source
        An object with ``augment(text)``, such as an augmenter of TextAttack, or a callable: a
        text in, a text or a list of texts out. Of several, one that differs from the text is
        drawn; none, or only the text itself, leaves the text as it is.
    name, title
        In results and files, and for people; the title is the name by default.
    keeps_label
        How far a text keeps its label, in a sentence: nobody but you can say.
    strength
        Share of the words that it touches, in (0, 1]. Of an object with ``pct_words_to_swap``
        that is set to it for each text and put back; default: what it is. Any other source does
        not know of it: it is shown only, default 1, and the fan has one point.
    seed
        Seeds what is drawn.

    Raises
    ------
    InputError
        When ``source`` is neither, or the name or the strength cannot be used; on a text, when
        what comes back is not texts.

    Examples
    --------
    >>> shout = foreign_attack(lambda text: [text, text.upper()], "shout", keeps_label="always")
    >>> shout("wake me")
    'WAKE ME'
    """
    augment = getattr(source, "augment", None)
    ask = augment if callable(augment) else source
    if not callable(ask):
        raise InputError(
            "An attack must be a function of a text, or an object with augment(text), got "
            f"{type(source).__name__}."
        )
    scales = ask is augment and hasattr(source, SHARE)
    if strength is None:
        strength = float(getattr(source, SHARE)) if scales else 1.0
    edit = _ForeignEdit(name, ask, source if scales else None)
    return Attack(name, title or name, keeps_label, strength, edit, seed, scales)


@dataclass(frozen=True)
class _ForeignEdit:
    """The edit: ``ask`` for versions; ``scaled`` is the object whose share of words is set."""

    name: str
    ask: Callable[[str], Any]
    scaled: Any

    def __call__(self, text: str, label: str, strength: float, rng: Random) -> str:
        del label
        with _drawing_from(rng), _share_of_words(self.scaled, strength):
            versions = _as_texts(self.name, self.ask(text))
        others = sorted({version for version in versions if version != text})
        return rng.choice(others) if others else text


def _as_texts(name: str, found: Any) -> list[str]:
    if isinstance(found, str):
        return [found]
    if isinstance(found, (list, tuple, set, frozenset)):
        if all(isinstance(version, str) for version in found):
            return list(found)
        kinds = ", ".join(sorted({type(version).__name__ for version in found}))
        got = f"a {type(found).__name__} of {kinds}"
    else:
        got = type(found).__name__
    raise InputError(
        f"The attack {name!r} must give a text or a list of texts, got {got}. Wrap it in a "
        "function that gives texts only (of TextAttack: without advanced metrics)."
    )


@contextmanager
def _drawing_from(rng: Random) -> Iterator[None]:
    """Seed the global random numbers from ``rng``, and put them back as they were."""
    plain, numeric = random.getstate(), np.random.get_state()
    random.seed(rng.getrandbits(64))
    np.random.seed(rng.getrandbits(32))
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(numeric)


@contextmanager
def _share_of_words(scaled: Any, strength: float) -> Iterator[None]:
    if scaled is None:
        yield
        return
    before = getattr(scaled, SHARE)
    setattr(scaled, SHARE, strength)
    try:
        yield
    finally:
        setattr(scaled, SHARE, before)
