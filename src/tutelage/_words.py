"""Words of a text as character offsets, in any script.

A unit is a pair (start, end): ``text[start:end]`` is the word. Nothing is lower-cased, stripped or
normalised, so that a score always finds its way back into the original text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

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


# Where marks are, whatever the script: vowel signs, accents, points, and the two joiners.
_MARKED = (
    (0x0300, 0x30FF),
    (0xA66F, 0xABFF),
    (0xFB1E, 0xFE2F),
    (0x101FD, 0x11FFF),
    (0x1D165, 0x1E94A),
)
_JOINERS = "\u200c\u200d"


def is_mark(letter: str) -> bool:
    """Tell whether a character stands on or between letters and is none itself.

    >>> is_mark("\\u0301"), is_mark("ी"), is_mark("e"), is_mark("-")
    (True, True, False, False)
    """
    marks = letter in _JOINERS or unicodedata.category(letter).startswith("M")
    return marks and not letter.isalnum()


def _class_of_marks() -> str:
    codes = {c for first, last in _MARKED for c in range(first, last + 1) if is_mark(chr(c))}
    starts = sorted(code for code in codes if code - 1 not in codes)
    ends = sorted(code for code in codes if code + 1 not in codes)
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True))


# Inside the brackets of a regular expression: the letters of scripts without spaces; and the marks
# that stand on or between letters (Hindi and Tamil vowels, Arabic and Hebrew points, the accents
# of decomposed letters, the joiners of Persian words).
UNSPACED = _class_of_unspaced()
MARKS = _class_of_marks()
# A word for those who count words: a letter of such a script, or a run of other letters and
# digits, each with its marks.
WORD_PATTERN = rf"[{UNSPACED}][{MARKS}]*|(?:(?![{UNSPACED}])\w[{MARKS}]*)+"
_EDGES = re.compile(rf"^(\W*)((?:.*\w[{MARKS}]*)?)(.*)$", re.DOTALL)
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
    """Return the words of a text without the punctuation around them; signs alone stay.

    >>> split_words('"Stop" it, please 👍'), split_words("取消它。")
    (['Stop', 'it', 'please', '👍'], ['取', '消', '它'])
    """
    words = (text[start:end] for start, end in word_offsets(text))
    return [word_parts(word)[1] or word for word in words]


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


def join_words(words: Iterable[str]) -> str:
    """Return words as a text: a space between them, none where their script has none.

    >>> join_words(["wake", "me"]), join_words(["取", "消", "alarm", "吧"])
    ('wake me', '取消 alarm 吧')
    """
    text, last = "", ""
    for word in words:
        is_close = not text or (is_unspaced(last) and is_unspaced(word))
        text, last = text + ("" if is_close else " ") + word, word
    return text


def whole_word(term: str, ending: str = "") -> str:
    """Return a pattern that finds a term with no letter beside it, where its script has spaces.

    ``\\w`` knows no marks: a hit may still end before a vowel sign, see :func:`cuts_word`.

    Parameters
    ----------
    term
        Found as it is written, but for what the flags of the pattern allow.
    ending
        A pattern of what may follow the term within the word, where its script has spaces.

    Examples
    --------
    >>> [re.search(whole_word(term), text) is not None for term, text in
    ...  [("man", "a woman"), ("man", "man!"), ("取消", "请取消它")]]
    [False, True, True]
    """
    before = "" if is_unspaced(term[:1]) else r"(?<!\w)"
    after = "" if is_unspaced(term[-1:]) else rf"{ending}(?!\w)"
    return f"{before}{re.escape(term)}{after}"


def cuts_word(text: str, start: int, end: int) -> bool:
    """Tell whether ``text[start:end]`` has a mark beside it that makes it a part of a word.

    >>> cuts_word("औरतें", 0, 3), cuts_word("औरत है", 0, 3)
    (True, False)
    """
    if end < len(text) and is_mark(text[end]):
        return True
    return 0 < start < end and is_mark(text[start - 1]) and not is_unspaced(text[start])


def word_parts(word: str) -> tuple[str, str, str]:
    """Return what stands before the first letter or digit, the word, what follows its last.

    >>> word_parts("(don't!)"), word_parts("की,"), word_parts("...")
    (('(', "don't", '!)'), ('', 'की', ','), ('...', '', ''))
    """
    found = _EDGES.match(word)
    assert found is not None, "the pattern matches any text"
    return found[1], found[2], found[3]
