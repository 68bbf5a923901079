"""Word priors from class cards: what the cues of the classes say about the words of a text.

No teacher is asked: a handful of cards scores any number of texts.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tutelage._words import MARKS, UNSPACED, Offsets, word_offsets
from tutelage.errors import InputError
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.entry_checks import some
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.word_prior import WordPrior

LETTERS = rf"(?:[^\W_{UNSPACED}][{MARKS}]*)+"
TOKEN = re.compile(rf"[{UNSPACED}][{MARKS}]*|{LETTERS}(?:['’]{LETTERS})*")
DOTTED = "i\u0307"  # what Turkish capitals leave behind
SUFFIXES = (
    *("ations", "ation", "ments", "ment", "ating", "ates", "ated", "ings", "ies", "ied", "ing"),
    *("ate", "ion", "ily", "ly", "es", "ed", "s", "e", "y"),
)
SHORTEST_STEM = 3
SHARED_FACTOR = 0.6


def card_word_priors(
    cards: Iterable[ClassCard],
    texts: Sequence[str],
    labels: Sequence[object],
    offsets: Sequence[Offsets] | Callable[[str], Offsets] = word_offsets,
    *,
    against: float = 0.0,
) -> tuple[WordPrior, ...]:
    r"""Score the words of labelled texts by the cards of the classes; costs nothing.

    With C cards, of which n(w) have a cue with the word w (compared without capitals and common
    endings)::

        rarity(w)      = 1 - log n(w) / log(C + 1), in (0, 1]; near 0 when most classes have it
        overlap(q)     = share, by rarity, of the words of the cue q that the text holds
        evidence(w, c) = rarity(w) * max over cues q of c that hold w of (1 + overlap(q)) / 2
        score(w)       = evidence(w, label), 0.6 of it where the card lists w as shared;
                         where no cue of the label holds w: 0 for its shared words, else
                         -against * max over confusable classes c of evidence(w, c)

    so every score lies in [-1, 1]. A text of which no word is scored has only zeros and the
    weight 0.

    Parameters
    ----------
    cards
        One card per class, at least for every label.
    texts, labels
        As many labels as texts.
    offsets
        The units of each text, one sequence of ``(start, end)`` per text, or a function that
        gives them; default: the words.
    against
        How much the cue words of confusable classes speak against the label, >= 0; 0 leaves
        them without a score of their own.

    Raises
    ------
    InputError
        When the lengths differ, or a label has no card (all are listed).

    Examples
    --------
    >>> from tutelage.lessons.class_card import Confusable
    >>> cards = [
    ...     ClassCard("alarm_set", cues=("set an alarm",), shared=("alarm",),
    ...               confusable=(Confusable("alarm_query"),)),
    ...     ClassCard("alarm_query", cues=("which alarms",), shared=("alarm",)),
    ... ]
    >>> [prior] = card_word_priors(cards, ["please set my alarms"], ["alarm_set"])
    >>> [round(score, 2) for score in prior.scores]
    [0.0, 0.79, 0.0, 0.17]
    """
    known = {card.label: card for card in cards}
    names = [label_name(label) for label in labels]
    missing = sorted(set(names) - known.keys())
    units = _units(texts, offsets)
    if len(texts) != len(names) or len(units) != len(texts):
        raise InputError(
            "texts, labels and offsets must be equally many, got "
            f"{len(texts)}, {len(names)} and {len(units)}."
        )
    if missing:
        raise InputError(f"every label needs a class card; none for {some(missing, 10)}.")
    book = _Book(known)
    return tuple(
        _prior(book, text, name, places, against)
        for text, name, places in zip(texts, names, units, strict=True)
    )


def _units(
    texts: Sequence[str], offsets: Sequence[Offsets] | Callable[[str], Offsets]
) -> list[Offsets]:
    if callable(offsets):
        return [offsets(text) for text in texts]
    return list(offsets)


def _prior(book: _Book, text: str, label: str, places: Offsets, against: float) -> WordPrior:
    present = frozenset(stems(text))
    scores = [book.score(stems(text[a:b]), label, present, against) for a, b in places]
    return WordPrior(
        text,
        label,
        places,
        tuple(scores),
        confusable=book.neighbours(label),
        weight=1.0 if any(scores) else 0.0,
        source="cards",
        provenance=book.cards[label].provenance,
    )


@dataclass(frozen=True)
class _Entry:
    """What one card says, as stems."""

    cues: tuple[frozenset[str], ...]
    shared: frozenset[str]


class _Book:
    """All cards, ready to score words."""

    def __init__(self, cards: dict[str, ClassCard]):
        self.cards = cards
        self._entries = {
            label: _Entry(
                tuple(frozenset(stems(cue)) for cue in card.cues),
                frozenset(stem for word in card.shared for stem in stems(word)),
            )
            for label, card in cards.items()
        }
        held = Counter(
            stem for entry in self._entries.values() for stem in frozenset().union(*entry.cues)
        )
        top = math.log(len(cards) + 1)
        self._rarity = {stem: 1 - math.log(count) / top for stem, count in held.items()}

    def neighbours(self, label: str) -> tuple[str, ...]:
        return self.cards[label].neighbours

    def score(
        self, unit: Sequence[str], label: str, present: frozenset[str], against: float
    ) -> float:
        """Return the score of a unit: that of its stem that says most."""
        scores = [self._score(stem, label, present, against) for stem in unit]
        return max(scores, key=abs, default=0.0)

    def _score(self, stem: str, label: str, present: frozenset[str], against: float) -> float:
        mine = self._evidence(stem, label, present)
        is_shared = stem in self._entries[label].shared
        if mine > 0:
            return SHARED_FACTOR * mine if is_shared else mine
        if is_shared or against == 0:
            return 0.0
        others = [self._evidence(stem, c, present) for c in self.neighbours(label)]
        return -against * max(others, default=0.0)

    def _evidence(self, stem: str, label: str, present: frozenset[str]) -> float:
        entry = self._entries.get(label)
        if entry is None or stem not in self._rarity:
            return 0.0
        overlaps = [self._overlap(cue, present) for cue in entry.cues if stem in cue]
        return self._rarity[stem] * (1 + max(overlaps)) / 2 if overlaps else 0.0

    def _overlap(self, cue: frozenset[str], present: frozenset[str]) -> float:
        whole = sum(self._rarity[stem] for stem in cue)
        return sum(self._rarity[stem] for stem in cue & present) / whole


def stems(text: str) -> list[str]:
    """Return the words of a text without capitals and common English endings.

    >>> stems("Activating my cards!"), stems("activation of John's card")
    (['activ', 'my', 'card'], ['activ', 'of', 'john', 'card'])
    """
    whole = unicodedata.normalize("NFC", text)
    return [_stem(_folded(found.group())) for found in TOKEN.finditer(whole)]


def _folded(word: str) -> str:
    return word.casefold().replace(DOTTED, "i")


def _stem(word: str) -> str:
    for possessive in ("'s", "’s"):
        word = word.removesuffix(possessive)
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SHORTEST_STEM:
            stem = word.removesuffix(suffix)
            doubled = suffix in ("ing", "ed", "ings") and stem[-1] == stem[-2] and len(stem) > 3
            return stem[:-1] if doubled and stem[-1] not in "lsz" else stem
    return word
