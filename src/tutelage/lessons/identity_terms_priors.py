"""Identity terms in what a teacher said: which word priors score them, and lessons without them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from tutelage.lessons.card_texts import CUE
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.finding import Finding
from tutelage.lessons.guided_texts import SHORTENED
from tutelage.lessons.identity_terms import IdentityTerms, Mention
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior

STRONG = 0.5  # of the strongest score of the text
MOST_NAMED = 5
LOOK = "Look at what was said, or leave the terms out (--drop-identity-terms)."
LEFT_OUT = "It was left out of what the students were taught."
POSSESSIVES = ("'s", "’s")

Lesson = TypeVar("Lesson", WordPrior, ClassCard, Rewrite)


@dataclass(frozen=True)
class ScoredMention:
    """What a word prior says of one identity term in its text.

    Attributes
    ----------
    row
        Position of the prior.
    label, axis, group, term
        The class it speaks for, and the term.
    share
        Score over the largest absolute score of the text, in [-1, 1]; positive speaks for the
        class. Of a term of several words, the word with the largest score.
    others
        Mean absolute share, in [0, 1], of the other scored words of the text; NaN without any.
    """

    row: int
    label: str
    axis: str
    group: str
    term: str
    share: float
    others: float


def scored_mentions(
    priors: Sequence[WordPrior | None], terms: IdentityTerms
) -> tuple[ScoredMention, ...]:
    """Return every identity term that a word prior scores; unknown scores (NaN) are none.

    >>> from tutelage.lessons.word_prior import WordPrior
    >>> prior = WordPrior.from_words("he ran away", ["he", "ran", "away"], [5, 10, 0], label="x")
    >>> [(m.group, m.share, m.others) for m in scored_mentions([prior], IdentityTerms.default())]
    [('men', 0.5, 0.5)]
    """
    found = []
    for row, prior in enumerate(priors):
        mentions = () if prior is None else terms.mentions(prior.text)
        if prior is None or not mentions:
            continue
        largest = max((abs(s) for s in prior.scores if not math.isnan(s)), default=0.0)
        shares = [score / largest if largest else score for score in prior.scores]
        covered = {unit for mention in mentions for unit in _units(prior, mention)}
        others = [abs(s) for i, s in enumerate(shares) if i not in covered and not math.isnan(s)]
        rest = math.fsum(others) / len(others) if others else math.nan
        for mention in mentions:
            known = [shares[i] for i in _units(prior, mention) if not math.isnan(shares[i])]
            if known:
                share = max(known, key=abs)
                found.append(ScoredMention(row, prior.label, *mention[:3], share, rest))
    return tuple(found)


def identity_findings(
    priors: Sequence[WordPrior | None],
    terms: IdentityTerms,
    cards: Iterable[ClassCard] = (),
    *,
    left_out: bool = False,
) -> list[Finding]:
    """Return what a person should know of identity terms in word priors and in class cards.

    A warning where a term is scored at least half as strongly as the strongest word of its text,
    or where a cue of a card names one; a note where terms are scored, but weakly. ``left_out``:
    say that this was kept from the students, rather than what to do about it.

    >>> from tutelage.lessons.word_prior import WordPrior
    >>> prior = WordPrior.from_words("he ran away", ["he", "ran", "away"], [9, 3, 0], label="x")
    >>> [(f.kind, f.severity) for f in identity_findings([prior], IdentityTerms.default())]
    [('identity', 'warning')]
    """
    found = [mention for mention in scored_mentions(priors, terms) if mention.share]
    strong = [mention for mention in found if abs(mention.share) >= STRONG]
    findings, rest = [], LEFT_OUT if left_out else LOOK
    if strong:
        findings.append(_strong_finding(strong, found, rest))
    elif found:
        n_texts = len({mention.row for mention in found})
        message = (
            f"Word priors score identity terms weakly, in {_texts(n_texts)}: {_named(found)}. "
            f"{rest}"
        )
        findings.append(Finding("identity", "note", message, names=_terms_of(found)))
    return [*findings, *_card_findings(cards, terms, rest)]


def without_identity_terms(
    lessons: Iterable[Lesson | None], terms: IdentityTerms, *, score: float = math.nan
) -> tuple[Lesson | None, ...]:
    """Return lessons that say nothing of identity terms; the others come back as they are.

    Word priors: scores of words that hold a term become ``score``: unknown (NaN), so that a
    student's loss leaves them out, or 0, which teaches an aligned student not to use them: that
    is more than removing what the teacher said. Class cards: the terms are cut out of cues and
    shared words; what is empty then goes. Copies made of a prior
    (:func:`tutelage.lessons.guided_texts.shortened_texts`):
    the terms are cut out, for a word in such a copy is one that is said to count. Of cue phrases
    as texts too. Other rewrites are dropped when they name a term that their source text does
    not. ``None`` stays where it stands; what was dropped leaves no gap.

    Examples
    --------
    >>> from tutelage.lessons.word_prior import WordPrior
    >>> prior = WordPrior.from_words("he ran", ["he", "ran"], [9, 3], label="x")
    >>> [without] = without_identity_terms([prior], IdentityTerms.default())
    >>> without.scores
    (nan, 3.0)
    """
    kept: list[Lesson | None] = []
    for lesson in lessons:
        if lesson is None:
            kept.append(None)
        elif isinstance(lesson, WordPrior):
            kept.append(_prior_without(lesson, terms, score))
        elif isinstance(lesson, ClassCard):
            kept.append(_card_without(lesson, terms))
        else:
            rewrite = _rewrite_without(lesson, terms)
            kept += [] if rewrite is None else [rewrite]
    return tuple(kept)


def _units(prior: WordPrior, mention: Mention) -> list[int]:
    return [
        place
        for place, (start, end) in enumerate(prior.offsets)
        if start < mention.end and mention.start < end
    ]


def _prior_without(prior: WordPrior, terms: IdentityTerms, score: float) -> WordPrior:
    gone = {unit for mention in terms.mentions(prior.text) for unit in _units(prior, mention)}
    if not gone:
        return prior
    scores = (score if i in gone else own for i, own in enumerate(prior.scores))
    spread = (math.nan if i in gone else value for i, value in enumerate(prior.spread))
    return replace(prior, scores=tuple(scores), spread=tuple(spread))


def _card_without(card: ClassCard, terms: IdentityTerms) -> ClassCard:
    cues = dict.fromkeys(cut for cue in card.cues if (cut := _cut(cue, terms)))
    shared = dict.fromkeys(cut for word in card.shared if (cut := _cut(word, terms)))
    return replace(card, cues=tuple(cues), shared=tuple(shared))


def _rewrite_without(rewrite: Rewrite, terms: IdentityTerms) -> Rewrite | None:
    named = {mention.term for mention in terms.mentions(rewrite.text)}
    if not named:
        return rewrite
    if rewrite.kind in (SHORTENED, CUE):
        text = _cut(rewrite.text, terms)
        return replace(rewrite, text=text) if text else None
    before = {mention.term for mention in terms.mentions(rewrite.source_text)}
    return rewrite if named <= before else None


def _cut(text: str, terms: IdentityTerms) -> str:
    """Return the text without its identity terms; itself when it has none."""
    mentions = terms.mentions(text)
    if not mentions:
        return text
    gone: set[int] = set()
    for mention in mentions:
        owns = text[mention.end : mention.end + 2].casefold() in POSSESSIVES
        gone.update(range(mention.start, mention.end + 2 * owns))
    rest = "".join(" " if place in gone else char for place, char in enumerate(text))
    words = [word for word in rest.split() if any(char.isalnum() for char in word)]
    return " ".join(words)


def _strong_finding(strong: list[ScoredMention], found: list[ScoredMention], rest: str) -> Finding:
    n_strong, n_texts = len({m.row for m in strong}), len({m.row for m in found})
    message = (
        f"Word priors rate identity terms highly: in {n_strong} of {_texts(n_texts)} that they "
        f"score one in, it counts at least half as much as the strongest word "
        f"({_named(strong)}). {rest}"
    )
    return Finding("identity", "warning", message, names=_terms_of(strong))


def _card_findings(cards: Iterable[ClassCard], terms: IdentityTerms, rest: str) -> list[Finding]:
    findings = []
    for card in cards:
        named = dict.fromkeys(m.term for cue in card.cues for m in terms.mentions(cue))
        if named:
            message = (
                f"The cues of the class card {card.label!r} name identity terms: "
                f"{', '.join(map(repr, named))}. {rest}"
            )
            findings.append(Finding("identity", "warning", message, card.label, tuple(named)))
    return findings


def _named(mentions: Iterable[ScoredMention]) -> str:
    counts = Counter((m.term, m.label, m.share > 0) for m in mentions)
    listed = [
        f"{term!r} {'for' if speaks_for else 'against'} {label!r} in {count}"
        for (term, label, speaks_for), count in counts.most_common(MOST_NAMED)
    ]
    return "; ".join(listed) + ("; ..." if len(counts) > MOST_NAMED else "")


def _terms_of(mentions: Iterable[ScoredMention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mention.term for mention in mentions))


def _texts(count: int) -> str:
    return f"{count} text" if count == 1 else f"{count} texts"
