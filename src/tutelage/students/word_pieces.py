"""Words -> pieces by longest match in a vocabulary, with offsets, in plain Python.

This is the scheme of BERT-like models (WordPiece): control characters are dropped, letters are
lower-cased and lose their accents, punctuation and Chinese characters stand alone, and each word
is cut greedily into the longest pieces that the vocabulary has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tutelage.students.words import Tokens

LONGEST_WORD = 100  # longer ones are unknown, as in BERT
CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@dataclass(frozen=True, eq=False)
class WordPieces:
    """A vocabulary and how to cut texts by it.

    Attributes
    ----------
    places
        Piece -> its row; pieces inside a word begin with ``##``.
    unknown
        The row of words that cannot be cut.
    lower
        Whether letters are lower-cased and lose their accents.

    Examples
    --------
    >>> pieces = WordPieces({"[UNK]": 0, "set": 1, "alarm": 2, "##s": 3}, 0)
    >>> tokens = pieces.cut("Set ALARMS", 10)
    >>> tokens.ids.tolist(), tokens.spans.tolist()
    ([1, 2, 3], [[0, 3], [4, 9], [9, 10]])
    """

    places: Mapping[str, int]
    unknown: int
    lower: bool = True

    def cut(self, text: str, max_tokens: int) -> Tokens:
        """Return the pieces of a text, at most ``max_tokens``, without special tokens."""
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        word: list[tuple[str, int]] = []
        for place, letter in enumerate(text):
            kind = _kind_of(letter)
            if kind == "dropped":
                continue
            if kind != "letter":
                self._add(word, ids, spans)
                word = []
            if kind == "alone":
                self._add([(x, place) for x in self._folded(letter)], ids, spans)
            elif kind == "letter":
                word += [(x, place) for x in self._folded(letter)]
            if len(ids) > max_tokens:
                break
        self._add(word, ids, spans)
        return Tokens(
            np.array(ids[:max_tokens], dtype=np.int64),
            np.array(spans[:max_tokens], dtype=np.int64).reshape(-1, 2),
            len(ids) > max_tokens,
        )

    def _folded(self, letter: str) -> str:
        if not self.lower:
            return letter
        parts = unicodedata.normalize("NFD", letter.lower())
        return "".join(part for part in parts if unicodedata.category(part) != "Mn")

    def _add(
        self, word: list[tuple[str, int]], ids: list[int], spans: list[tuple[int, int]]
    ) -> None:
        """Cut one word, given as letters with their places in the text."""
        if not word:
            return
        letters = "".join(letter for letter, _ in word)
        found: list[tuple[int, int, int]] = []
        start = 0
        while start < len(letters):
            end = self._longest(letters, start) if len(letters) <= LONGEST_WORD else start
            if end == start:
                found = [(self.unknown, 0, len(letters))]
                break
            piece = letters[start:end] if start == 0 else "##" + letters[start:end]
            found.append((self.places[piece], start, end))
            start = end
        for row, first, last in found:
            ids.append(row)
            spans.append((word[first][1], word[last - 1][1] + 1))

    def _longest(self, letters: str, start: int) -> int:
        for end in range(len(letters), start, -1):
            piece = letters[start:end] if start == 0 else "##" + letters[start:end]
            if piece in self.places:
                return end
        return start


def _kind_of(letter: str) -> str:
    """Return what a character does: dropped, space, alone, or letter."""
    category = unicodedata.category(letter)
    if letter in "\t\n\r" or category == "Zs":
        return "space"
    if ord(letter) in (0, 0xFFFD) or category.startswith("C"):
        return "dropped"
    code = ord(letter)
    is_ascii_mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    if is_ascii_mark or category.startswith("P"):
        return "alone"
    if any(first <= code <= last for first, last in CHINESE):
        return "alone"
    return "letter"
