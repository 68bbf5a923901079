"""CAP: word priors from label likelihoods under masked words (arXiv 2512.14719).

Words are hidden, the labels are scored again, and a ridge regression shares the loss out among
the words. Only distinct masked texts are scored, only the labels that the target needs, and only
until the solution is stable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

from tutelage._words import Offsets
from tutelage.attribution.masks import Design, Masks, masks
from tutelage.attribution.surrogate import Mode, half_agreement, surrogate
from tutelage.attribution.words import PLACEHOLDER, hide_each, ngram_offsets, phrase_offsets
from tutelage.errors import DataError, TeacherSetupError
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.word_prior import WordPrior
from tutelage.teacher.label_scorers import LabelScorer, Scores
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.settings import check_count

Target = Literal["gold", "contrast", "label"]
Units = Literal["words", "phrases"]
Progress = Callable[[int, int], None]

MOST_UNITS = 200  # of a longer text, runs of words are hidden together
FIRST_ROUND = 20  # masks before stability is looked at


@dataclass(frozen=True)
class Masking:
    """How texts are masked and what is read; see ``Teacher.masked_word_priors``."""

    n_masks: int = 100
    target: Target = "gold"
    n_confusable: int = 3
    units: Units = "words"
    placeholder: str | None = PLACEHOLDER
    design: Design = "subsets"
    mode: Mode = "anchored"
    ridge: float | None = None
    stable: float | None = 0.99
    seed: int = 0

    def __post_init__(self) -> None:
        check_count("masks", self.n_masks)
        check_count("n_confusable", self.n_confusable)
        for name, kinds in (("target", Target), ("units", Units), ("design", Design)):
            if getattr(self, name) not in get_args(kinds):
                raise TeacherSetupError(
                    f"{name} must be one of {list(get_args(kinds))}, got {getattr(self, name)!r}."
                )
        if self.mode not in get_args(Mode):
            raise TeacherSetupError(
                f"mode must be one of {list(get_args(Mode))}, got {self.mode!r}."
            )
        if self.stable is not None and not 0 < self.stable <= 1:
            raise TeacherSetupError(
                f"stable must be a cosine in (0, 1], or None for every mask; got {self.stable!r}."
            )


@dataclass
class MaskedText:
    """One text with its design of masks, and what has been scored of it so far."""

    text: str
    label: int
    offsets: Offsets
    own: tuple[str, Offsets]  # text and units before personal data was hidden
    rows: Masks  # (n_rows, n_units); row 0 hides nothing
    shown: list[str]  # the text under each row
    wanted: tuple[int, ...] = ()
    full: Scores = field(default_factory=lambda: np.empty(0))
    scores: list[float] = field(default_factory=list)
    weights: NDArray[np.float64] | None = None

    @property
    def share(self) -> float:
        """Probability of the label among all labels, of the text as it is."""
        return float(np.exp(log_softmax(self.full)[self.label]))


@dataclass(frozen=True)
class Counts:
    """What masking came to.

    Attributes
    ----------
    n_masked
        Masked texts of all designs, the texts as they are included.
    n_scored
        Those that were scored: distinct, and needed before the solution was stable.
    """

    n_masked: int
    n_scored: int


def masked_text(
    text: str, label: int, how: Masking, scrubber: Scrubber | None = None
) -> MaskedText:
    """Return a text with its units and masks, personal data hidden where there is a scrubber.

    >>> masked_text("set it", 0, Masking(placeholder="_")).shown
    ['set it', '_ _', 'set _', '_ it']
    """
    own_text, text = text, text if scrubber is None else scrubber.hide(text)
    offsets = phrase_offsets(text) if how.units == "phrases" else ngram_offsets(text, 1)
    if len(offsets) > MOST_UNITS:
        n_words = len(ngram_offsets(text, 1))
        offsets = ngram_offsets(text, -(-n_words // MOST_UNITS))
    rows = masks(len(offsets), how.n_masks, design=how.design, seed=how.seed)
    if len(offsets) == 1:
        rows = rows[:1]  # one word bears all of it, whatever the scores
    shown = hide_each(text, offsets, rows, how.placeholder)
    own = (own_text, _own_offsets(own_text, text, offsets, scrubber))
    return MaskedText(text, label, offsets, own, rows, shown)


def _own_offsets(own_text: str, text: str, offsets: Offsets, scrubber: Scrubber | None) -> Offsets:
    if scrubber is None or text == own_text:
        return offsets
    if scrubber.restore(text) != own_text:
        raise DataError(
            "A text must not hold what stands for hidden data, such as '[EMAIL_1]', beside "
            "personal data. Replace it, or hide the data yourself and leave scrub out."
        )
    return tuple(
        (len(scrubber.restore(text[:start])), len(scrubber.restore(text[:end])))
        for start, end in offsets
    )


def score_masked(
    items: Sequence[MaskedText],
    scorer: LabelScorer,
    how: Masking,
    n_labels: int,
    *,
    confusable: Mapping[int, Sequence[int]] | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Score the items' masked texts, round by round, and solve for the weights of their words.

    Parameters
    ----------
    items
        Changed in place: ``full``, ``wanted``, ``scores`` and ``weights`` are filled in.
    scorer
        Who scores.
    how
        Masks, target, early stop.
    n_labels
        Number of classes.
    confusable
        Class -> its confusable classes, for the contrast; default: the likeliest others.
    progress
        Called with (masked texts scored, masked texts in all).
    """
    every = tuple(range(n_labels))
    memo: dict[tuple[str, tuple[int, ...]], Scores] = {}
    n_masked = sum(len(item.rows) for item in items)

    def tell() -> None:
        if progress is not None:
            settled = sum(
                len(item.rows if item.weights is not None else item.scores) for item in items
            )
            progress(settled, n_masked)

    _score_new([(item.text, every) for item in items], scorer, memo)
    for item in items:
        item.full = memo[item.text, every]
        item.wanted = wanted_labels(item, how, every, confusable)
        item.scores = [target_score(item.full[list(item.wanted)], item, how)]
    tell()
    active = [item for item in items if not _solve(item, how)]
    while active:
        for item in active:
            item.scores += [np.nan] * (_next_stop(item) - len(item.scores))
        asked = every if scorer.tells_all else None
        pairs = [
            (item.shown[row], asked or item.wanted)
            for item in active
            for row in np.flatnonzero(np.isnan(item.scores))
        ]
        _score_new(pairs, scorer, memo)
        for item in active:
            for row in np.flatnonzero(np.isnan(item.scores)):
                said = memo[item.shown[row], asked or item.wanted]
                values = said[list(item.wanted)] if asked else said
                item.scores[row] = target_score(values, item, how)
        active = [item for item in active if not _solve(item, how)]
        tell()
    return Counts(n_masked, len(memo))


def _score_new(
    pairs: Sequence[tuple[str, tuple[int, ...]]],
    scorer: LabelScorer,
    memo: dict[tuple[str, tuple[int, ...]], Scores],
) -> None:
    new = [pair for pair in dict.fromkeys(pairs) if pair not in memo]
    if new:
        texts, wanted = zip(*new, strict=True)
        memo.update(zip(new, scorer.score(texts, wanted), strict=True))


def wanted_labels(
    item: MaskedText,
    how: Masking,
    every: tuple[int, ...],
    confusable: Mapping[int, Sequence[int]] | None,
) -> tuple[int, ...]:
    """Return the classes that the target needs: the text's own first, then its rivals."""
    if how.target == "gold":
        return (item.label,)
    if how.target == "label":
        return (item.label, *(n for n in every if n != item.label))
    given = () if confusable is None else confusable.get(item.label, ())
    rivals = [n for n in given if n != item.label] or [
        int(n) for n in np.argsort(-item.full, kind="stable") if n != item.label
    ]
    return (item.label, *rivals[: how.n_confusable])


def target_score(values: Scores, item: MaskedText, how: Masking) -> float:
    """Return what is explained, in nats: ``values`` are the label's own, then its rivals'."""
    if how.target == "gold":
        return float(values[0])
    if how.target == "label":
        return float(values[0] - logsumexp(values))
    return float(values[0] - logsumexp(values[1:]))


def _next_stop(item: MaskedText) -> int:
    n_units = len(item.offsets)
    wanted = max(1 + max(FIRST_ROUND, 2 * n_units), 2 * len(item.scores) - 1)
    return min(wanted, len(item.rows))


def _solve(item: MaskedText, how: Masking) -> bool:
    """Solve for the weights if every mask is scored or the solution is stable."""
    n_rows, z = len(item.scores), np.array(item.scores)
    rows = item.rows[:n_rows]
    if n_rows < len(item.rows):
        if how.stable is None or n_rows == 1:
            return False
        if half_agreement(rows, z, mode=how.mode, ridge=how.ridge)[0] < how.stable:
            return False
    item.weights = surrogate(rows, z, mode=how.mode, ridge=how.ridge).weights[0]
    return True


def prior_of(item: MaskedText, classes: Sequence[str], said: Provenance) -> WordPrior:
    """Return the lesson: evidence in nats per word; its weight is the label's probability."""
    rivals = [int(n) for n in np.argsort(-item.full, kind="stable") if n != item.label][:3]
    chosen = item.wanted[1:4] if 1 < len(item.wanted) < len(classes) else rivals
    assert item.weights is not None
    return WordPrior(
        item.own[0],
        classes[item.label],
        item.own[1],
        tuple(float(weight) for weight in item.weights),
        confusable=tuple(classes[n] for n in chosen),
        weight=min(1.0, item.share) if item.offsets else 0.0,
        source="masked",
        provenance=said,
    )
