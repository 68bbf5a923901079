"""UnlabelledRecord: everything the report of a job without labels shows, as JSON."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tutelage.evaluation.comparison import Comparison
from tutelage.evaluation.rationale_quality import RationaleQuality
from tutelage.evaluation.run import Estimate
from tutelage.report.plain_form import from_plain, to_plain
from tutelage.report.record import installed_versions
from tutelage.report.record_file import RecordFormat, write_record_values
from tutelage.report.text_facts import LessonFacts, TextModelFacts, VariantFacts
from tutelage.report.unlabelled_facts import LabelledClass, ShownLesson, UnlabelledDataFacts

UNLABELLED_FORMAT = "tutelage-unlabelled-record"
FILE = RecordFormat(UNLABELLED_FORMAT, 1, "A record of a job without labels", "such records")
LABELS_ONLY = "labels only"  # the student without class cards


@dataclass(frozen=True)
class Price:
    """What a point of accuracy over another model cost; NaN where no point was gained.

    Attributes
    ----------
    points
        Points of accuracy (hundredths) gained.
    usd, tokens
        Of the teacher's answers when they were first paid for, per point.
    """

    points: float
    usd: float
    tokens: float


@dataclass(frozen=True)
class UnlabelledRecord:
    """The evidence of one job without labels. The page is a view of it.

    Attributes
    ----------
    title
        The task in a sentence.
    data, classes
        The texts, and what came back per class.
    asked, cards
        What the teacher was asked about texts and about classes, and what it took.
    quality
        Properties of the reasons; ``None`` without any.
    shown
        A few texts with labels and reasons.
    model
        The student that is kept.
    variants
        The student, the one that learned the labels only if class cards taught the first, then
        the controls; none has scores without labelled texts.
    gains
        The student minus each other model on the labelled texts; the first is the majority
        class, the one that the teacher gave most often.
    teacher
        The teacher's accuracy on labelled texts that it was asked about; ``None``: it was asked
        about none, and nothing is assumed.
    warnings
        Sentences a reader must not miss.
    created, versions, seed, timings, command
        How to do it again; timings in seconds.
    """

    title: str
    data: UnlabelledDataFacts
    classes: tuple[LabelledClass, ...] = ()
    asked: LessonFacts = field(default_factory=lambda: LessonFacts("rationales", "skipped"))
    cards: LessonFacts = field(default_factory=lambda: LessonFacts("cards", "skipped"))
    quality: RationaleQuality | None = None
    shown: tuple[ShownLesson, ...] = ()
    model: TextModelFacts = field(default_factory=TextModelFacts)
    variants: tuple[VariantFacts, ...] = ()
    gains: tuple[Comparison, ...] = ()
    teacher: Estimate | None = None
    warnings: tuple[str, ...] = ()
    created: str = field(
        default_factory=lambda: datetime.now(timezone.utc).isoformat(timespec="seconds")
    )
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    seed: int = 0
    timings: Mapping[str, float] = field(default_factory=dict)
    command: str = ""

    @property
    def accuracy(self) -> Estimate | None:
        """The student's, on the labelled texts."""
        return self.variants[0].estimate("accuracy") if self.variants else None

    @property
    def headline(self) -> str:
        """The one sentence that a reader should take away.

        >>> UnlabelledRecord("t", UnlabelledDataFacts(("text",), 9)).headline
        'Nothing was measured: without labelled texts nobody knows how good the student is.'
        """
        score = self.accuracy
        if score is None or not self.gains:
            return (
                "Nothing was measured: without labelled texts nobody knows how good the student is."
            )
        gain = self.gains[0]
        span = "too few to judge"
        if not math.isnan(gain.low):
            span = f"95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f}"
        return (
            f"Accuracy {score.value:.3f} (95 % interval {score.low:.3f} to {score.high:.3f}) on "
            f"{score.n_rows} labelled texts, {100 * gain.difference:+.1f} points over the "
            f"majority class ({span}), without a label of yours to learn from."
        )

    @property
    def price(self) -> Price | None:
        """What a point of accuracy over the majority class cost; ``None`` unmeasured."""
        if not self.gains:
            return None
        points = 100 * self.gains[0].difference
        paid = self.total.recorded_usd if self.total.recorded_usd > 0 else math.nan
        if points <= 0:
            return Price(points, math.nan, math.nan)
        return Price(points, paid / points, self.total.n_tokens / points)

    @property
    def total(self) -> LessonFacts:
        """Calls, tokens and dollars of all answers together."""
        both = (self.asked, self.cards)
        return replace(
            self.asked,
            n_calls=sum(one.n_calls for one in both),
            n_cached=sum(one.n_cached for one in both),
            tokens_in=sum(one.tokens_in for one in both),
            tokens_out=sum(one.tokens_out for one in both),
            usd=math.fsum(one.usd for one in both),
            recorded_usd=math.fsum(one.recorded_usd for one in both),
        )

    @property
    def n_phrases(self) -> int:
        """Training texts that class cards gave the student."""
        if not self.variants or "cards" not in self.variants[0].lessons:
            return 0
        return self.variants[0].n_texts - self.data.n_labelled

    @property
    def brought(self) -> Comparison | None:
        """Accuracy with class cards minus labels only; ``None`` where not both were judged."""
        return next((gain for gain in self.gains if gain.second == LABELS_ONLY), None)

    @property
    def cards_told(self) -> str:
        """What class cards gave and brought, in a sentence; "" without any.

        >>> UnlabelledRecord("t", UnlabelledDataFacts(("text",), 9)).cards_told
        ''
        """
        if not self.n_phrases:
            return ""
        told = (
            f"{self.cards.n_lessons} class cards ({self.cards.n_tokens:,} tokens) gave "
            f"{self.n_phrases} phrases to learn from"
        )
        gain = self.brought
        if gain is None:
            return f"{told}; what they brought was not measured."
        span = "too few texts to judge"
        if not math.isnan(gain.low):
            span = f"95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f}"
        return f"{told}: {100 * gain.difference:+.1f} points over labels only ({span})."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        return {
            **FILE.head,
            "headline": self.headline,
            "price": to_plain(self.price),
            **to_plain(self),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> UnlabelledRecord:
        """Read what :meth:`to_dict` wrote.

        Raises
        ------
        InputError
            When it is no such record, is of another version, or has fields that are unknown,
            missing or of another type (each is named).
        """
        given = FILE.fields_of(values)
        for name in ("headline", "price"):  # worked out again from what was measured
            given.pop(name, None)
        return from_plain(cls, given, "The record")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the record as JSON, whole or not at all.

        Raises
        ------
        OutputError
            When the folder cannot be written or the disk is full.
        """
        return write_record_values(self.to_dict(), path)
