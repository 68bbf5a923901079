"""What the students of a text job are taught: lessons as texts, and as words to align with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutelage.cli.text_asking import TITLES, Lessons
from tutelage.cli.text_data import LabelledTexts
from tutelage.lessons.card_texts import card_texts
from tutelage.lessons.card_words import card_word_priors
from tutelage.lessons.guided_texts import shortened_texts
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.identity_terms_priors import Lesson, without_identity_terms
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior
from tutelage.students.fused_priors import fuse

PLAIN, EVERYTHING, SHUFFLED = "plain", "everything", "shuffled words"

Priors = Sequence[WordPrior | None]


@dataclass(frozen=True)
class Teaching:
    """What one student of the comparison is given beside the labels."""

    name: str
    meaning: str
    kinds: tuple[str, ...] = ()
    priors: tuple[WordPrior | None, ...] | None = None
    rewrites: tuple[Rewrite, ...] = ()
    is_control: bool = False


def teachings(
    train: LabelledTexts,
    lessons: Lessons,
    *,
    quick: bool,
    seed: int,
    alignment: float = 0.0,
    dropped: IdentityTerms | None = None,
) -> tuple[Teaching, ...]:
    """Return what the students of the comparison are given; the plain one is first.

    Every kind of lesson becomes texts to train on: rewrites as they are, class cards as their cue
    phrases, word ratings as copies of the texts without weak words. With an ``alignment`` above 0
    the words that cards and ratings score are word priors too. With several kinds of lessons:
    each alone, all together, and all together with the word scores of each text dealt to other
    words of it, the control that knows nothing of words. With one kind: that kind alone, and its
    control if it scores words. ``quick``: the plain and the most taught. ``dropped``: identity
    terms of which no student is taught anything.
    """
    words = word_sources(train, lessons, dropped)
    kinds = tuple(lessons.by_kind)
    found = [Teaching(PLAIN, "labels only")]
    for kind in kinds:
        priors = words.get(kind) if alignment else None
        texts = _texts(train, lessons, words, [kind], seed, dropped)
        also = f"labels and {TITLES[kind]}"
        found.append(Teaching(TITLES[kind], also, (kind,), priors, texts))
    everything = found[-1]
    fused = fused_words(words) if alignment else None
    if len(found) > 2:
        texts = _texts(train, lessons, words, kinds, seed, dropped)
        everything = Teaching(EVERYTHING, "labels and all lessons", kinds, fused, texts)
        found.append(everything)
    if quick:
        return (found[0], everything)
    if "ratings" in words or fused is not None:
        told = f"as {everything.name}, the scores of each text dealt to other words of it"
        dealt = {kind: _dealt(priors, seed) for kind, priors in words.items()}
        texts = _texts(train, lessons, dealt, kinds, seed, dropped)
        aligned = None if fused is None else _dealt(fused, seed)
        found.append(Teaching(SHUFFLED, told, kinds, aligned, texts, True))
    return tuple(found)


def _texts(
    train: LabelledTexts,
    lessons: Lessons,
    words: Mapping[str, Priors],
    kinds: Sequence[str],
    seed: int,
    dropped: IdentityTerms | None,
) -> tuple[Rewrite, ...]:
    """Return what kinds of lessons are as texts to train on."""
    found: list[Rewrite] = []
    if "rewrites" in kinds:
        found += lessons.of("rewrites")
    if "cards" in kinds:
        known = set(train.labels)
        cards = _without(lessons.of("cards"), dropped)
        found += card_texts(card for card in cards if card.label in known)
    if "ratings" in kinds:
        found += shortened_texts(words.get("ratings", ()), seed=seed)
    return _without(found, dropped)


def word_sources(
    train: LabelledTexts, lessons: Lessons, dropped: IdentityTerms | None = None
) -> dict[str, tuple[WordPrior | None, ...]]:
    """Return one prior or ``None`` per training text, from cards and from ratings.

    ``dropped``: identity terms whose scores become unknown.
    """
    keys = list(zip(train.texts, train.labels, strict=True))
    found: dict[str, tuple[WordPrior | None, ...]] = {}
    cards = lessons.of("cards")
    if cards:
        known = {card.label for card in cards}
        rows = [row for row, label in enumerate(train.labels) if label in known]
        covered = train.take(rows)
        scored = card_word_priors(cards, covered.texts, covered.labels)
        by_row = dict(zip(rows, scored, strict=True))
        found["cards"] = tuple(by_row.get(row) for row in range(len(keys)))
    rated = {(prior.text, prior.label): prior for prior in lessons.of("ratings")}
    if rated:
        found["ratings"] = tuple(rated.get(key) for key in keys)
    told = {kind: priors for kind, priors in found.items() if any(p is not None for p in priors)}
    if dropped is None:
        return told
    return {kind: without_identity_terms(priors, dropped) for kind, priors in told.items()}


def fused_words(words: Mapping[str, Priors]) -> tuple[WordPrior | None, ...] | None:
    """Return the sources' priors made one, ``None`` when there is no source."""
    if not words:
        return None
    if len(words) == 1:
        return tuple(next(iter(words.values())))
    return fuse(list(words.values()), how="mean")


def _without(lessons: Sequence[Lesson], dropped: IdentityTerms | None) -> tuple[Lesson, ...]:
    if dropped is None:
        return tuple(lessons)
    return tuple(one for one in without_identity_terms(lessons, dropped) if one is not None)


def _dealt(priors: Priors, seed: int) -> tuple[WordPrior | None, ...]:
    return tuple(None if prior is None else prior.shuffled(seed) for prior in priors)
