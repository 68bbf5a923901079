"""Which identity terms a text job holds: in its texts, and in what the teacher said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.identity_terms_priors import scored_mentions
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior

Place = tuple[str, str, str]


@dataclass(frozen=True)
class FoundTerm:
    """One identity term, and how many texts and lessons hold it.

    Attributes
    ----------
    axis, group, term
        As in the list.
    n_train, n_test
        Training texts and test texts that mention it.
    n_scored
        Training texts in which some word prior gives it a score other than 0.
    n_cards, n_rewrites
        Class cards with a cue that names it; rewrites that name it and whose source text does not.
    """

    axis: str
    group: str
    term: str
    n_train: int = 0
    n_test: int = 0
    n_scored: int = 0
    n_cards: int = 0
    n_rewrites: int = 0

    @property
    def n_lessons(self) -> int:
        """Scores, cards and rewrites together: 0 when no lesson holds the term."""
        return self.n_scored + self.n_cards + self.n_rewrites


def found_terms(
    terms: IdentityTerms,
    *,
    train: Sequence[str] = (),
    test: Sequence[str] = (),
    priors: Iterable[Sequence[WordPrior | None]] = (),
    cards: Iterable[ClassCard] = (),
    rewrites: Iterable[Rewrite] = (),
) -> tuple[FoundTerm, ...]:
    """Return every term that occurs, those in most lessons first, then those in most texts.

    Parameters
    ----------
    train, test
        The texts.
    priors
        Word priors of the training texts, one sequence per source; a term that several sources
        score in the same text counts once.
    cards, rewrites
        Other lessons.

    Examples
    --------
    >>> terms = IdentityTerms({"gender": {"women": ["she"], "men": ["he"]}})
    >>> prior = WordPrior.from_words("she ran", ["she", "ran"], [8, 3], label="sport")
    >>> found = found_terms(terms, train=["she ran", "he sat"], priors=[[prior, None]])
    >>> [(one.term, one.n_train, one.n_scored) for one in found]
    [('she', 1, 1), ('he', 1, 0)]
    """
    scored = {
        (mention.row, mention.axis, mention.group, mention.term)
        for source in priors
        for mention in scored_mentions(source, terms)
        if mention.share
    }
    counts = (
        _mentioning([[text] for text in train], terms),
        _mentioning([[text] for text in test], terms),
        Counter((axis, group, term) for _, axis, group, term in scored),
        _mentioning([card.cues for card in cards], terms),
        _brought_in(rewrites, terms),
    )
    places = list(dict.fromkeys(place for count in counts for place in count))
    found = [FoundTerm(*place, *(count[place] for count in counts)) for place in places]
    found.sort(key=lambda one: (-one.n_lessons, -one.n_train - one.n_test, one.axis, one.term))
    return tuple(found)


def _places(texts: Iterable[str], terms: IdentityTerms) -> set[Place]:
    return {
        (mention.axis, mention.group, mention.term)
        for text in texts
        for mention in terms.mentions(text)
    }


def _mentioning(many: Iterable[Iterable[str]], terms: IdentityTerms) -> Counter[Place]:
    return Counter(place for texts in many for place in _places(texts, terms))


def _brought_in(rewrites: Iterable[Rewrite], terms: IdentityTerms) -> Counter[Place]:
    return Counter(
        place
        for rewrite in rewrites
        for place in _places([rewrite.text], terms) - _places([rewrite.source_text], terms)
    )
