"""Editing some words of a text: which ones is drawn, the rest of the text stays as it is."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from tutelage._words import word_offsets, word_parts

T = TypeVar("T")


def drawn_for(seed: int, name: str, text: str) -> Random:
    """Return the random numbers of one attack on one text.

    They depend on nothing else, so that a text is attacked alike wherever it stands in a file.

    >>> drawn_for(0, "typo", "wake me").random() == drawn_for(0, "typo", "wake me").random()
    True
    >>> drawn_for(0, "typo", "wake me").random() == drawn_for(1, "typo", "wake me").random()
    False
    """
    parts = f"{seed}\x00{name}\x00{text}".encode("utf-8", "surrogatepass")
    return Random(int.from_bytes(hashlib.blake2b(parts, digest_size=16).digest(), "big"))


def count_of(share: float, n_items: int) -> int:
    """Return how many of ``n_items`` a share is: at least one, halves rounded up.

    >>> count_of(0.25, 10), count_of(0.1, 3), count_of(1.0, 4)
    (3, 1, 4)
    """
    return max(1, math.floor(share * n_items + 0.5 + 1e-9))


def chosen(items: Sequence[T], share: float, rng: Random) -> list[T]:
    """Return a share of the items, drawn, in their order; none of none.

    >>> chosen([], 0.5, Random(0)), len(chosen("abcd", 0.5, Random(0)))
    ([], 2)
    """
    if not items:
        return []
    places = rng.sample(range(len(items)), min(count_of(share, len(items)), len(items)))
    return [items[place] for place in sorted(places)]


def edited(
    text: str,
    share: float,
    rng: Random,
    edit: Callable[[str, Random], str],
    fits: Callable[[str], bool],
) -> str:
    """Return ``text`` with a share of its fitting words edited; white space stays.

    Parameters
    ----------
    share
        Share, in (0, 1], of the words that fit; at least one of them, if there is one.
    edit
        A word and random numbers -> what stands in its place.
    fits
        Whether a word can be edited.

    Examples
    --------
    >>> edited("wake  me at 6", 1.0, Random(0), lambda word, rng: word.upper(), str.isalpha)
    'WAKE  ME AT 6'
    """
    offsets = word_offsets(text)
    wanted = set(chosen([unit for unit in offsets if fits(text[slice(*unit)])], share, rng))
    parts, last = [], 0
    for start, end in offsets:
        word = text[start:end]
        parts += [text[last:start], edit(word, rng) if (start, end) in wanted else word]
        last = end
    return "".join([*parts, text[last:]])


def plain_word(word: str) -> str:
    """Return a word in lower case, without punctuation around it.

    >>> plain_word("Alarm,")
    'alarm'
    """
    return word_parts(word)[1].lower()
