"""How strongly word priors score identity terms, class by class, against the other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.group_values import as_text, plain
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.identity_terms_priors import ScoredMention, scored_mentions
from tutelage.lessons.word_prior import WordPrior


@dataclass(frozen=True)
class GroupStrength:
    """How strongly the priors of one class score the terms of one group.

    Attributes
    ----------
    label, axis, group
        Whose priors, and which terms.
    terms
        The terms that were scored.
    n_texts
        Texts with a scored term of the group.
    share
        Mean over texts of the score over the largest absolute score of the text, in [-1, 1];
        positive speaks for the class.
    excess, low, high
        Mean over texts of the terms' absolute share minus that of the other words of the same
        text, with a 95 % bootstrap interval over texts. Above 0: the terms count more than other
        words do. NaN where no other word is scored.
    """

    label: str
    axis: str
    group: str
    terms: tuple[str, ...]
    n_texts: int
    share: float
    excess: float
    low: float
    high: float


@dataclass(frozen=True)
class IdentityScores:
    """What :func:`identity_scores` found.

    Attributes
    ----------
    rows
        One per class and group, the largest absolute share first.
    n_priors
        Texts with a word prior.
    n_bootstrap, seed
        How it was measured.
    """

    rows: tuple[GroupStrength, ...]
    n_priors: int
    n_bootstrap: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = plain(asdict(self))
        return values

    def lines(self) -> tuple[list[str], list[list[str]]]:
        """Return head and rows of the table."""
        head = ["class", "terms", "texts", "share", "above other words", "95 % interval"]
        return head, [
            [
                f"{row.axis}: {row.group}",
                row.label,
                ", ".join(row.terms),
                str(row.n_texts),
                f"{row.share:+.2f}",
                "-" if np.isnan(row.excess) else f"{row.excess:+.2f}",
                "-" if np.isnan(row.low) else f"{row.low:+.2f} to {row.high:+.2f}",
            ]
            for row in self.rows
        ]

    def table(self) -> str:
        """Return the rows as lines of text for a terminal."""
        return as_text("group", *self.lines())


def identity_scores(
    priors: Sequence[WordPrior | None],
    terms: IdentityTerms,
    *,
    n_bootstrap: int = 2000,
    seed: int = 0,
) -> IdentityScores:
    """Measure how strongly word priors score identity terms.

    Examples
    --------
    >>> terms = IdentityTerms({"gender": {"women": ["she"], "men": ["he"]}})
    >>> one = WordPrior.from_words("she ran", ["she", "ran"], [10, 2], label="sport")
    >>> two = WordPrior.from_words("he ran", ["he", "ran"], [0, 8], label="sport")
    >>> [(r.group, r.share, r.excess) for r in identity_scores([one, two], terms).rows]
    [('women', 1.0, 0.8), ('men', 0.0, -1.0)]
    """
    found: dict[tuple[str, str, str], list[ScoredMention]] = {}
    for mention in scored_mentions(priors, terms):
        found.setdefault((mention.label, mention.axis, mention.group), []).append(mention)
    rows = [_row(place, mentions, n_bootstrap, seed) for place, mentions in found.items()]
    rows.sort(key=lambda row: (-abs(row.share), row.axis, row.group, row.label))
    n_priors = sum(prior is not None for prior in priors)
    return IdentityScores(tuple(rows), n_priors, n_bootstrap, seed)


def _row(
    place: tuple[str, str, str], mentions: Sequence[ScoredMention], n_bootstrap: int, seed: int
) -> GroupStrength:
    """Return one row; a text that names the group several times counts once, by its mean."""
    by_text: dict[int, list[ScoredMention]] = {}
    for mention in mentions:
        by_text.setdefault(mention.row, []).append(mention)
    shares = [np.mean([m.share for m in own]) for own in by_text.values()]
    excess = np.array([np.mean([abs(m.share) - m.others for m in own]) for own in by_text.values()])
    known = excess[~np.isnan(excess)]
    low, high = interval_of_mean(excess, n_bootstrap=n_bootstrap, seed=seed)
    return GroupStrength(
        *place,
        tuple(sorted({mention.term for mention in mentions})),
        len(by_text),
        float(np.mean(shares)),
        float(known.mean()) if len(known) else float("nan"),
        low,
        high,
    )
