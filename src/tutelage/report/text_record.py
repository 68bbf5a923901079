"""TextRecord: everything the report of a text job shows, as JSON, before any HTML exists."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tutelage.evaluation.comparison import Comparison
from tutelage.evaluation.prior_variation import PriorVariation
from tutelage.report.identity_facts import IdentityFacts
from tutelage.report.plain_form import from_plain, to_plain
from tutelage.report.record import installed_versions
from tutelage.report.record_file import RecordFormat, write_record_values
from tutelage.report.text_facts import (
    AgreementFacts,
    ConfusedPair,
    FaithfulnessFacts,
    LessonFacts,
    OverlapFacts,
    ShownText,
    TextDataFacts,
    TextModelFacts,
    VariantFacts,
)

TEXT_FORMAT = "tutelage-text-record"
FILE = RecordFormat(TEXT_FORMAT, 1, "A text record", "text records")

_HEADS = {
    "helped": "The teacher's lessons helped",
    "hurt": "The teacher's lessons hurt",
    "no difference": "The teacher's lessons made no clear difference",
}


@dataclass(frozen=True)
class TextRecord:
    """The evidence of one text job. The page is a view of it.

    Attributes
    ----------
    title
        The task in a sentence.
    data, model
        See :mod:`tutelage.report.text_facts`.
    lessons
        One entry per kind of lesson that was wanted, in the order of asking.
    variants
        The models compared, the plain one first; all were trained on the same texts.
    plain, taught
        Names of the two models that decide the headline.
    gains
        Paired comparisons on the test texts; the first is ``taught`` minus ``plain``.
    confused
        The pairs of classes that are confused, the most confused first.
    shown
        A few texts with their words scored by several sources.
    faithfulness, agreement, overlaps
        Whether explanations can be believed, and what the sources have in common.
    variation
        How much word ratings change with what should not matter; ``None`` where nothing was varied.
    identity
        Words for groups of people in texts and lessons; ``None`` where nobody looked for them.
    warnings
        Sentences a reader must not miss.
    created, versions, seed, timings, command
        How to do it again; timings in seconds.
    """

    title: str
    data: TextDataFacts
    model: TextModelFacts = field(default_factory=TextModelFacts)
    lessons: tuple[LessonFacts, ...] = ()
    variants: tuple[VariantFacts, ...] = ()
    plain: str = ""
    taught: str = ""
    gains: tuple[Comparison, ...] = ()
    confused: tuple[ConfusedPair, ...] = ()
    shown: tuple[ShownText, ...] = ()
    faithfulness: tuple[FaithfulnessFacts, ...] = ()
    agreement: tuple[AgreementFacts, ...] = ()
    overlaps: tuple[OverlapFacts, ...] = ()
    variation: PriorVariation | None = None
    identity: IdentityFacts | None = None
    warnings: tuple[str, ...] = ()
    created: str = field(
        default_factory=lambda: datetime.now(timezone.utc).isoformat(timespec="seconds")
    )
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    seed: int = 0
    timings: Mapping[str, float] = field(default_factory=dict)
    command: str = ""

    @property
    def headline(self) -> str:
        """The one sentence that a reader should take away.

        >>> TextRecord("t", TextDataFacts("text", "intent", 9)).headline
        'Nothing was compared, so this record claims nothing about whether the lessons helped.'
        """
        found = self.gain_of(self.taught, self.plain)
        scores = [self._accuracy(name) for name in (self.plain, self.taught)]
        if found is None or None in scores:
            return (
                "Nothing was compared, so this record claims nothing about whether the lessons "
                "helped."
            )
        change = f"accuracy {scores[0]:.3f} without, {scores[1]:.3f} with them"
        if found.verdict == "undecided":
            return f"The lessons cannot be judged: {change}, on {found.n_pairs} test texts only."
        return (
            f"{_HEADS[found.verdict]}: {change}, {found.difference:+.3f} (95 % interval "
            f"{found.low:+.3f} to {found.high:+.3f}, {found.n_pairs} test texts)."
        )

    def _accuracy(self, name: str) -> float | None:
        variants = [variant for variant in self.variants if variant.name == name]
        score = variants[0].estimate("accuracy") if variants else None
        return None if score is None else score.value

    def gain_of(self, first: str, second: str) -> Comparison | None:
        """Return the comparison ``first`` minus ``second``, if it was made."""
        wanted = (first, second)
        return next((g for g in self.gains if (g.first, g.second) == wanted), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        return {
            **FILE.head,
            "headline": self.headline,
            **to_plain(self),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TextRecord:
        """Read what :meth:`to_dict` wrote.

        Raises
        ------
        InputError
            When it is not a text record, is of another version, or has fields that are unknown,
            missing or of another type (each is named).
        """
        given = FILE.fields_of(values)
        given.pop("headline", None)  # worked out again from the comparisons
        return from_plain(cls, given, "The record")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the record as JSON, whole or not at all.

        Raises
        ------
        OutputError
            When the folder cannot be written or the disk is full.
        """
        return write_record_values(self.to_dict(), path)
