"""Training texts from class cards: the cue phrases a teacher named are short texts of the class."""

from __future__ import annotations

from collections.abc import Iterable

from tutelage._words import count_words
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.rewrite import Rewrite

CUE = "cue"
FEWEST_WORDS = 2


def card_texts(
    cards: Iterable[ClassCard], *, fewest_words: int = FEWEST_WORDS
) -> tuple[Rewrite, ...]:
    """Return the cue phrases of the cards as texts to train on; costs nothing more than the cards.

    A phrase that two cards name speaks for neither and is left out, as is one of fewer than
    ``fewest_words`` words: a single word is often shared by classes that the card's author did
    not think of. Capitals and spaces do not make two phrases different.

    Parameters
    ----------
    cards
        One per class.
    fewest_words
        Shortest phrase that is kept, in words, >= 1; a letter of a script without spaces between
        words (Chinese, Japanese, Thai) counts as one.

    Returns
    -------
    Texts of the kind ``"cue"``, without a source text, in the order of the cards.

    Examples
    --------
    >>> cards = [ClassCard("alarm_set", cues=("wake me at", "set")),
    ...          ClassCard("alarm_query", cues=("which alarms are set",))]
    >>> [(text.text, text.label) for text in card_texts(cards)]
    [('wake me at', 'alarm_set'), ('which alarms are set', 'alarm_query')]
    """
    listed = list(cards)
    owners: dict[str, set[str]] = {}
    for card in listed:
        for cue in card.cues:
            owners.setdefault(_plain(cue), set()).add(card.label)
    seen: set[str] = set()
    kept = []
    for card in listed:
        for cue in card.cues:
            plain = _plain(cue)
            if plain in seen or len(owners[plain]) > 1 or count_words(plain) < fewest_words:
                continue
            seen.add(plain)
            kept.append(Rewrite(" ".join(cue.split()), card.label, CUE, "", card.provenance))
    return tuple(kept)


def _plain(cue: str) -> str:
    return " ".join(cue.casefold().split())
