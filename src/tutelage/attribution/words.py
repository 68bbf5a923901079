"""Units of several words, and texts with some of their words hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tutelage._words import Offsets, word_offsets, word_parts
from tutelage.errors import DataError

PLACEHOLDER = "___"

_SPACE = re.compile(r"[\s\u200b\ufeff]*")

# Function words that open a phrase rather than close one.
STOPWORDS = frozenset(
    re.findall(
        r"\S+",
        """
        a an the this that these those my your his her its our their some any no of in on at to
        for from with by about as into over after before and or but if is are was were be do does
        did can could will would shall should may might must have has had not i you he she it we
        they me him us them what which who when where why how please
        """,
    )
)


def ngram_offsets(text: str, n_words: int) -> Offsets:
    """Return units of ``n_words`` consecutive words each; the last may have fewer.

    >>> [text[a:b] for text in ["set an alarm for seven"] for a, b in ngram_offsets(text, 2)]
    ['set an', 'alarm for', 'seven']
    """
    if n_words < 1:
        raise DataError(f"n_words must be at least 1, got {n_words!r}.")
    words = word_offsets(text)
    groups = (words[first : first + n_words] for first in range(0, len(words), n_words))
    return tuple((group[0][0], group[-1][1]) for group in groups)


def phrase_offsets(
    text: str, *, max_words: int = 4, stopwords: Iterable[str] = STOPWORDS
) -> Offsets:
    """Return units of neighbouring words: phrases rather than words.

    A phrase ends after a word that ends in punctuation, before a function word that follows a
    content word, and after ``max_words`` words. So function words go with the content word that
    they introduce. ``stopwords`` are compared in lower case and without punctuation; the default
    list is English.

    >>> text = "please set an alarm for seven, then wake me up"
    >>> [text[a:b] for a, b in phrase_offsets(text)]
    ['please set', 'an alarm', 'for seven,', 'then wake', 'me up']
    """
    if max_words < 1:
        raise DataError(f"max_words must be at least 1, got {max_words!r}.")
    known = frozenset(stopwords)
    phrases: list[list[tuple[int, int]]] = []
    previous_opens, closed = False, True
    for start, end in word_offsets(text):
        _, bare, after = word_parts(text[start:end])
        opens = bare.lower() in known
        if closed or (opens and not previous_opens) or len(phrases[-1]) == max_words:
            phrases.append([])
        phrases[-1].append((start, end))
        previous_opens, closed = opens, not bare or after.strip("'’") != ""
    return tuple((phrase[0][0], phrase[-1][1]) for phrase in phrases)


def hide(
    text: str,
    offsets: Sequence[tuple[int, int]],
    hidden: Sequence[bool],
    placeholder: str | None = PLACEHOLDER,
) -> str:
    """Return ``text`` with the hidden words replaced by ``placeholder``, or deleted.

    Parameters
    ----------
    offsets
        Units of the text, ascending, not overlapping.
    hidden
        One flag per unit; non-zero hides it.
    placeholder
        What stands for a hidden word: one placeholder each, so that the number of words stays.
        ``None`` deletes the word and the white space after it; white space left at either end
        goes too. A text of which nothing is hidden comes back as it is.

    Raises
    ------
    DataError
        When flags and units differ in number, or the units are not inside the text in order.

    Examples
    --------
    >>> text = "set an alarm for seven"
    >>> hide(text, word_offsets(text), [1, 0, 0, 0, 1])
    '___ an alarm for ___'
    >>> hide(text, word_offsets(text), [1, 0, 0, 0, 1], placeholder=None)
    'an alarm for'
    """
    return hide_each(text, offsets, [hidden], placeholder)[0]


def hide_each(
    text: str,
    offsets: Sequence[tuple[int, int]],
    masks: Iterable[Sequence[bool]],
    placeholder: str | None = PLACEHOLDER,
) -> list[str]:
    """Return one text per mask: :func:`hide` for many masks (n_masks, n_units) of one text.

    >>> hide_each("wake me", [(0, 4), (5, 7)], [[0, 0], [0, 1], [1, 1]])
    ['wake me', 'wake ___', '___ ___']
    """
    _check_offsets(text, offsets)
    words = [text[start:end] for start, end in offsets]
    ends = [0, *(end for _, end in offsets)]
    starts = [*(start for start, _ in offsets), len(text)]
    gaps = [text[end:start] for end, start in zip(ends, starts, strict=True)]
    return [_joined(text, words, gaps, list(mask), placeholder) for mask in masks]


def _joined(
    text: str, words: list[str], gaps: list[str], hidden: list[bool], placeholder: str | None
) -> str:
    if len(hidden) != len(words):
        raise DataError(
            f"hidden must have one flag per unit, {len(words)}, got {len(hidden)}. "
            "Pass the offsets that the flags were made for."
        )
    if not any(hidden):
        return text
    parts = [gaps[0]]
    for word, gap, gone in zip(words, gaps[1:], hidden, strict=True):
        if gone and placeholder is None:
            parts.append(_SPACE.sub("", gap, count=1))
        else:
            parts += [placeholder if gone and placeholder is not None else word, gap]
    whole = "".join(parts)
    return whole if placeholder is not None else whole.strip()


def _check_offsets(text: str, offsets: Sequence[tuple[int, int]]) -> None:
    last = 0
    for position, (start, end) in enumerate(offsets):
        if not last <= start < end <= len(text):
            raise DataError(
                "Units must be (start, end) inside the text, ascending and not overlapping; "
                f"unit {position} is {(start, end)!r}, the one before ends at {last}, the text "
                f"has {len(text)} characters. Use word_offsets(text)."
            )
        last = end
