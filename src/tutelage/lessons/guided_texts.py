"""Training texts made from word priors: weak words dropped, words of neighbours inserted.

What a prior says about words, said again as data: no teacher is asked, and no second derivative
is taken. The control is the same made from shuffled priors.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

from tutelage._words import join_words
from tutelage.errors import InputError
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior

SHORTENED = "weak words dropped"
INSERTED = "words of a neighbour inserted"


def shortened_texts(
    priors: Iterable[WordPrior | None], *, copies: int = 4, drop: float = 0.7, seed: int = 0
) -> tuple[Rewrite, ...]:
    """Return copies of the scored texts without some of the words that matter little.

    Each word is dropped with probability ``drop * (1 - max(score, 0) / m)``, m the largest score
    of its text: the strongest word always stays. A word without a score stays too. A copy that
    equals its text, or an earlier copy, is left out, so there may be fewer than ``copies``.

    Parameters
    ----------
    priors
        Word priors; ``None`` and priors without a positive score give nothing.
    copies
        Most copies of a text, >= 1.
    drop
        Chance that a word without any weight is dropped, in [0, 1].
    seed
        Seeds the draws; a text's copies depend on its place in ``priors`` too.

    Raises
    ------
    InputError
        When a setting is out of its range.

    Examples
    --------
    >>> prior = WordPrior.from_words(
    ...     "please cancel my card", ["please", "cancel", "my", "card"], [0, 9, 0, 4],
    ...     label="cancel_card")
    >>> [text.text for text in shortened_texts([prior], copies=8, drop=1.0)]
    ['cancel', 'cancel card']
    """
    if copies < 1 or not 0 <= drop <= 1:
        raise InputError(
            f"copies must be at least 1 and drop in [0, 1], got {copies!r} and {drop!r}."
        )
    made: list[Rewrite] = []
    for position, prior in enumerate(priors):
        if prior is None or not _strongest(prior) > 0:
            continue
        dice = random.Random(f"{seed}/{position}")
        drawn = dict.fromkeys(_shortened(prior, drop, dice) for _ in range(copies))
        drawn.pop(join_words(prior.words), None)
        made += [_rewrite(prior, text, SHORTENED) for text in drawn]
    return tuple(made)


def crossed_texts(
    priors: Sequence[WordPrior | None], *, copies: int = 2, words: int = 2, seed: int = 0
) -> tuple[Rewrite, ...]:
    """Return copies of the scored texts with strong words of a confusable class inserted.

    The label stays: a text that decides by its own strong words is told apart from one that only
    mentions another subject. The inserted words are the ``words`` strongest of a random scored
    text of one of the prior's confusable classes, in their order, at the front or at the end. A
    text whose prior names no confusable class with a scored text gives nothing.

    Parameters
    ----------
    priors
        Word priors of the training texts.
    copies
        Copies of a text, >= 1.
    words
        How many words are inserted, >= 1.
    seed
        Seeds the draws.

    Raises
    ------
    InputError
        When a setting is out of its range.
    """
    if copies < 1 or words < 1:
        raise InputError(f"copies and words must be at least 1, got {copies!r} and {words!r}.")
    by_label: dict[str, list[WordPrior]] = {}
    for prior in priors:
        if prior is not None and _strongest(prior) > 0:
            by_label.setdefault(prior.label, []).append(prior)
    made: list[Rewrite] = []
    for position, prior in enumerate(priors):
        if prior is None:
            continue
        neighbours = [label for label in prior.confusable if label in by_label]
        dice = random.Random(f"{seed}/{position}")
        for _ in range(copies if neighbours else 0):
            other = dice.choice(by_label[dice.choice(neighbours)])
            parts = [prior.text, join_words(_strongest_words(other, words))]
            made.append(_rewrite(prior, join_words(dice.sample(parts, 2)), INSERTED))
    return tuple(made)


def _strongest(prior: WordPrior) -> float:
    return max((score for score in prior.scores if not math.isnan(score)), default=0.0)


def _shortened(prior: WordPrior, drop: float, dice: random.Random) -> str:
    strongest = _strongest(prior)
    kept = []
    for word, score in zip(prior.words, prior.scores, strict=True):
        chance = 0.0 if math.isnan(score) else drop * (1 - max(score, 0.0) / strongest)
        if dice.random() >= chance:
            kept.append(word)
    return join_words(kept)


def _strongest_words(prior: WordPrior, count: int) -> list[str]:
    known = [place for place, score in enumerate(prior.scores) if score > 0]
    best = sorted(known, key=lambda place: -prior.scores[place])[:count]
    return [prior.words[place] for place in sorted(best)]


def _rewrite(prior: WordPrior, text: str, kind: str) -> Rewrite:
    return Rewrite(text, prior.label, kind, prior.text, prior.provenance)
