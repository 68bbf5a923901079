"""Words of a text as character offsets, in any script.

A unit is a pair (start, end): ``text[start:end]`` is the word. Nothing is lower-cased, stripped or
normalised, so that a score always finds its way back into the original text.
"""

from __future__ import annotations

import re

Offsets = tuple[tuple[int, int], ...]

# Scripts written without spaces between words: (first, last) code point. Of the last block only
# letters count: its vowel signs and tone marks stay on the letter before them.
_CHARACTERS = (
    (0x3005, 0x3007),  # ideographic iteration mark, closing mark, zero
    (0x3041, 0x30FF),  # Hiragana, Katakana
    (0x3105, 0x312F),  # Bopomofo
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),  # half-width Katakana
    (0x1B000, 0x1B16F),  # Kana supplements
    (0x20000, 0x3FFFF),  # Han extensions
)
_SYLLABLES = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))  # Thai and Lao, Burmese, Khmer


def _class_of_unspaced() -> str:
    ranges = [f"{chr(first)}-{chr(last)}" for first, last in _CHARACTERS]
    letters = [chr(code) for first, last in _SYLLABLES for code in range(first, last + 1)]
    return "".join(ranges + [letter for letter in letters if letter.isalnum()])


# Inside the brackets of a regular expression: the letters of scripts without spaces.
UNSPACED = _class_of_unspaced()
# A word for those who count words: a letter of such a script, or a run of other letters and digits.
WORD_PATTERN = rf"[{UNSPACED}]|(?:(?![{UNSPACED}])\w)+"
_OPENING = r"(\[{<«¿¡‘“„「『【〈《〔〖（［｛"
_CHUNK = re.compile(r"[^\s\u200b\ufeff]+")  # two zero-width separators count as white space
# One unspaced character with the brackets before it and the marks and punctuation after it, or
# a run of anything else up to the next such character.
_PIECE = re.compile(
    f"[{_OPENING}]*[{UNSPACED}](?:(?![{UNSPACED}{_OPENING}])\\W)*"
    f"|(?:(?![{_OPENING}]*[{UNSPACED}]).)+",
    re.DOTALL,
)
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")


def word_offsets(text: str) -> Offsets:
    """Return where the words of ``text`` are, ascending: ``text[start:end]`` is a word.

    Words are what white space separates; punctuation stays on its word. Characters of scripts
    that use no spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are a word each, together
    with the marks that follow them. Zero-width spaces separate too. An empty text has no word.

    >>> [text[a:b] for text in ["Set an alarm, please!"] for a, b in word_offsets(text)]
    ['Set', 'an', 'alarm,', 'please!']
    >>> [text[a:b] for text in ["用iPhone 打电话。"] for a, b in word_offsets(text)]
    ['用', 'iPhone', '打', '电', '话。']
    >>> word_offsets("")
    ()
    """
    found: list[tuple[int, int]] = []
    for chunk in _CHUNK.finditer(text):
        start, end = chunk.span()
        if _HAS_UNSPACED.search(text, start, end):
            found += [piece.span() for piece in _PIECE.finditer(text, start, end)]
        else:
            found.append((start, end))
    return tuple(found)


def split_words(text: str) -> list[str]:
    """Return the words of a text, with their punctuation.

    >>> split_words("Stop it, please"), split_words("取消它。")
    (['Stop', 'it,', 'please'], ['取', '消', '它。'])
    """
    return [text[start:end] for start, end in word_offsets(text)]


def count_words(text: str) -> int:
    """Return how many words a text has; a letter of a script without spaces is one.

    >>> count_words("wake me at six"), count_words("取消我的闹钟")
    (4, 6)
    """
    return len(word_offsets(text))


def is_unspaced(text: str) -> bool:
    """Tell whether a text has a letter of a script that is written without spaces.

    >>> is_unspaced("配送"), is_unspaced("delivery")
    (True, False)
    """
    return _HAS_UNSPACED.search(text) is not None
