"""Attacks on letters: typing errors, keys beside the right one, case, punctuation, look-alikes.

Pure functions: a text, the share of its words to touch in (0, 1], random numbers -> a text. A text
without a word that can be touched comes back as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tutelage._words import word_parts
from tutelage.evaluation.attacks_edit import edited

FEWEST_LETTERS = 4  # shorter words are not mistyped: "me" without a letter is another word
MARKS = ".,!?;:"

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Letters of Cyrillic that most fonts draw as the Latin letter.
LOOK_ALIKES = dict(zip("aceijopsxyABCEHIKMOPTX", "асеіјорѕхуАВСЕНІКМОРТХ", strict=True))


def _neighbours() -> dict[str, str]:
    beside: dict[str, str] = {}
    for height, row in enumerate(_KEYS):
        for place, key in enumerate(row):
            around = [row[place - 1 : place], row[place + 1 : place + 2]]
            if height + 1 < len(_KEYS):  # the row below stands half a key to the right
                around.append(_KEYS[height + 1][max(place - 1, 0) : place + 1])
            if height:
                around.append(_KEYS[height - 1][place : place + 2])
            beside[key] = "".join(around)
    return beside


NEIGHBOURS = _neighbours()


def typo_swap(text: str, share: float, rng: Random) -> str:
    """Swap two neighbouring letters of a word; its first letter stays.

    >>> typo_swap("alarm", 1.0, Random(0)) in ("aalrm", "alram", "alamr")
    True
    """
    return _at_a_place(
        text, share, rng, _swaps, lambda w, i, _: w[:i] + w[i + 1] + w[i] + w[i + 2 :]
    )


def typo_drop(text: str, share: float, rng: Random) -> str:
    """Leave out a letter of a word, not the first.

    >>> len(typo_drop("alarm", 1.0, Random(0)))
    4
    """
    return _at_a_place(text, share, rng, _inner_letters, lambda w, i, _: w[:i] + w[i + 1 :])


def typo_double(text: str, share: float, rng: Random) -> str:
    """Type a letter of a word twice.

    >>> len(typo_double("alarm", 1.0, Random(0)))
    6
    """
    return _at_a_place(text, share, rng, _letters, lambda w, i, _: w[: i + 1] + w[i:])


def keyboard_noise(text: str, share: float, rng: Random) -> str:
    """Hit the key beside the right one (QWERTY) for one letter of a word.

    >>> keyboard_noise("poll", 1.0, Random(1))
    'loll'
    """

    def struck(word: str, place: int, rng: Random) -> str:
        key = rng.choice(NEIGHBOURS[word[place].lower()])
        return word[:place] + (key.upper() if word[place].isupper() else key) + word[place + 1 :]

    return _at_a_place(text, share, rng, _keys, struck)


def case_change(text: str, share: float, rng: Random) -> str:
    """Write words in capitals; words in capitals become small.

    >>> case_change("wake ME", 1.0, Random(0))
    'WAKE me'
    """
    return edited(text, share, rng, lambda word, _: _other_case(word), _has_case)


def punctuation_change(text: str, share: float, rng: Random) -> str:
    """Take the punctuation around a word away; a word that has none gets a mark.

    >>> punctuation_change("(now)", 1.0, Random(0))
    'now'
    """

    def changed(word: str, rng: Random) -> str:
        before, core, after = word_parts(word)
        return core if before or after else word + rng.choice(MARKS)

    return edited(text, share, rng, changed, lambda word: word_parts(word)[1] != "")


def homoglyphs(text: str, share: float, rng: Random) -> str:
    """Put a Cyrillic letter that looks the same in the place of one letter of a word.

    >>> homoglyphs("lamp", 1.0, Random(0)).isascii()
    False
    """
    return _at_a_place(
        text, share, rng, _alike, lambda w, i, _: w[:i] + LOOK_ALIKES[w[i]] + w[i + 1 :]
    )


def _at_a_place(
    text: str,
    share: float,
    rng: Random,
    places: Callable[[str], list[int]],
    change: Callable[[str, int, Random], str],
) -> str:
    def edit(word: str, rng: Random) -> str:
        return change(word, rng.choice(places(word)), rng)

    return edited(text, share, rng, edit, lambda word: bool(places(word)))


def _letters(word: str) -> list[int]:
    found = [place for place, character in enumerate(word) if character.isalpha()]
    return found if len(found) >= FEWEST_LETTERS else []


def _inner_letters(word: str) -> list[int]:
    return _letters(word)[1:]


def _swaps(word: str) -> list[int]:
    inner = set(_inner_letters(word))
    return [i for i in sorted(inner) if i + 1 in inner and word[i] != word[i + 1]]


def _keys(word: str) -> list[int]:
    return [place for place in _letters(word) if word[place].lower() in NEIGHBOURS]


def _alike(word: str) -> list[int]:
    return [place for place, character in enumerate(word) if character in LOOK_ALIKES]


def _other_case(word: str) -> str:
    return word.upper() if word != word.upper() else word.lower()


def _has_case(word: str) -> bool:
    return _other_case(word) != word
