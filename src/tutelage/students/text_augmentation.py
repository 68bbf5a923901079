"""More training texts from word priors: weak words dropped, cue words of other classes inserted.

Knowledge as data: a student that sees them needs no gradient of a gradient. Shuffled priors
(``prior.shuffled(seed)``) give the control: the same texts, changed as much, without knowledge.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

from tutelage.attribution.words import hide
from tutelage.errors import InputError
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior

STRONG = 0.5  # a cue word has at least this share of its text's largest score


def augmented(
    priors: Iterable[WordPrior | None],
    *,
    copies: int = 2,
    drop: float = 0.3,
    insert: float = 0.5,
    seed: int = 0,
) -> tuple[Rewrite, ...]:
    """Return ``copies`` changed versions of every text with word scores, for ``rewrites=``.

    Parameters
    ----------
    priors
        One per text; ``None`` is passed over.
    copies
        Versions per text, >= 0.
    drop
        Probability, in [0, 1], of losing a word whose score is 0 or less. It falls linearly to 0
        for the word with the largest score; words without a score stay.
    insert
        Probability, in [0, 1], of gaining a word that speaks strongly for one of the confusable
        classes in another text, and does not occur in this one, at a random place.
    seed
        The same seed gives the same texts.

    Raises
    ------
    InputError
        When a number is out of range.

    Examples
    --------
    >>> prior = WordPrior.from_words(
    ...     "please set an alarm", ["please", "set", "an", "alarm"], [0, 9, 0, 4], label="set")
    >>> [rewrite.text for rewrite in augmented([prior], copies=1, drop=1.0, insert=0.0)]
    ['set']
    """
    problems = [
        f"{name} must be in [0, 1], got {value!r}"
        for name, value in (("drop", drop), ("insert", insert))
        if not 0 <= value <= 1
    ]
    if copies < 0:
        problems.append(f"copies must be at least 0, got {copies!r}")
    if problems:
        raise InputError("These texts cannot be made:", problems)
    given = [prior for prior in priors if prior is not None]
    cues = cue_words(given)
    found = []
    for prior in given:
        dice = random.Random(f"{seed}:{prior.text_key}:{prior.label}")
        for _ in range(copies):
            text = _inserted(_dropped(prior, drop, dice), prior, cues, insert, dice)
            if text.strip() and text != prior.text:
                found.append(Rewrite(text, prior.label, "augmented", prior.text))
    return tuple(found)


def cue_words(priors: Sequence[WordPrior]) -> dict[str, tuple[str, ...]]:
    """Return, per class, the words that speak strongly for it in some text, sorted.

    >>> prior = WordPrior.from_words("set it", ["set", "it"], [9, 1], label="alarm_set")
    >>> cue_words([prior])
    {'alarm_set': ('set',)}
    """
    found: dict[str, set[str]] = {}
    for prior in priors:
        most = _largest(prior)
        strong = {
            word
            for word, score in zip(prior.words, prior.scores, strict=True)
            if most > 0 and score >= STRONG * most
        }
        found.setdefault(prior.label, set()).update(strong)
    return {label: tuple(sorted(words)) for label, words in found.items()}


def _largest(prior: WordPrior) -> float:
    return max((score for score in prior.scores if not math.isnan(score)), default=0.0)


def _dropped(prior: WordPrior, drop: float, dice: random.Random) -> str:
    most = _largest(prior)
    if most <= 0:
        return prior.text
    chances = [
        0.0 if math.isnan(score) else drop * (1 - max(score, 0.0) / most) for score in prior.scores
    ]
    gone = [dice.random() < chance for chance in chances]
    return hide(prior.text, prior.offsets, gone, placeholder=None)


def _inserted(
    text: str,
    prior: WordPrior,
    cues: dict[str, tuple[str, ...]],
    insert: float,
    dice: random.Random,
) -> str:
    has = {word.lower() for word in prior.words}
    others = [
        word
        for label in prior.confusable
        for word in cues.get(label, ())
        if label != prior.label and word.lower() not in has
    ]
    if dice.random() >= insert or not others:
        return text
    words = text.split(" ")
    words.insert(dice.randint(0, len(words)), dice.choice(others))
    return " ".join(words)
