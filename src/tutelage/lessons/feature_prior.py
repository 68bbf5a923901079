"""FeaturePrior: how strongly, and in which direction, each column speaks for each class."""

from __future__ import annotations

import math
import numbers
import random
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tutelage.errors import InputError
from tutelage.lessons.provenance import Provenance

SCALE = 10.0


@dataclass(frozen=True)
class FeatureScore:
    """What the teacher said about one column (or one category of a column) and one class.

    Attributes
    ----------
    label
        The class, as text.
    column
        The column of the original table, any characters.
    category
        ``None`` for a numeric column: the score is directional, positive when a *larger value*
        makes the class more likely. A text for a category: positive when *being* in the category
        makes the class more likely.
    answers
        One number in [-1, 1] per answer; empty when the teacher gave no score.
    """

    label: str
    column: str
    category: str | None
    answers: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean of the answers, in [-1, 1]; NaN when there is none."""
        return statistics.fmean(self.answers) if self.answers else math.nan

    @property
    def spread(self) -> float:
        """Standard deviation of the answers (ddof 1), >= 0; NaN with fewer than two."""
        return statistics.stdev(self.answers) if len(self.answers) > 1 else math.nan

    @property
    def name(self) -> str:
        """``column`` or ``column = category``, for people."""
        return self.column if self.category is None else f"{self.column} = {self.category}"


@dataclass(frozen=True)
class FeaturePrior:
    """A teacher's scores for the columns of a table, one per class and column or category.

    Scores live on the *original* columns. For a numeric column a score is a direction (the sign
    of the slope the teacher expects) and a strength; for a categorical column there is one score
    per category. Only ratios within a class matter to a student, not the scale. A score the
    teacher did not give is missing, never zero.

    Attributes
    ----------
    classes
        The classes of the task, as text. A class without scores is allowed: with two classes,
        the scores of one are the negated scores of the other.
    scores
        One :class:`FeatureScore` per class and column or category.
    provenance
        Who said it, to which prompt, at what cost.

    Examples
    --------
    >>> prior = FeaturePrior.from_scores(
    ...     {"yes": {"age": [3, 4], "job": {"clerk": [1, 0], "farmer": [-2, -1]}}}, scale=10)
    >>> prior.columns
    ('age', 'job')
    >>> round(prior.score("yes", "job", "farmer").mean, 3)
    -0.15
    """

    classes: tuple[str, ...]
    scores: tuple[FeatureScore, ...]
    provenance: Provenance = field(default_factory=Provenance)

    @classmethod
    def from_scores(
        cls,
        scores: Mapping[object, Mapping[str, object]],
        *,
        scale: float = SCALE,
        classes: Sequence[object] | None = None,
        provenance: Provenance | None = None,
    ) -> FeaturePrior:
        """Build a prior from ``class -> column -> answers``.

        Parameters
        ----------
        scores
            For each class and column: a number, a list of numbers (repeated answers, ``None``
            where one is missing), or for a categorical column a mapping from category to either.
        scale
            The answers lie in [-scale, scale], > 0.
        classes
            All classes of the task; default: the classes scored.
        provenance
            Default: unknown teacher.

        Raises
        ------
        InputError
            Listing every answer that is not a finite number in [-scale, scale].
        """
        if not scale > 0:
            raise InputError(f"scale must be a number above 0, got {scale!r}.")
        problems: list[str] = []
        entries = [
            FeatureScore(
                label_name(label), str(column), category, _answers(name, raw, scale, problems)
            )
            for label, per_column in scores.items()
            for column, value in per_column.items()
            for category, raw, name in _flatten(label, column, value)
        ]
        if problems:
            raise InputError("These scores cannot be used:", problems)
        named = [label_name(label) for label in (classes if classes is not None else scores)]
        strangers = [label_name(label) for label in scores if label_name(label) not in named]
        if strangers:
            raise InputError(
                f"classes must hold every class that is scored; missing: {strangers!r}."
            )
        return cls(tuple(named), tuple(entries), provenance or Provenance())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are scored, in order of first mention."""
        return tuple(dict.fromkeys(entry.column for entry in self.scores))

    @property
    def scored_classes(self) -> tuple[str, ...]:
        """The classes that have at least one entry, in the order of ``classes``."""
        scored = {entry.label for entry in self.scores}
        return tuple(label for label in self.classes if label in scored)

    def score(self, label: object, column: str, category: str | None = None) -> FeatureScore | None:
        """Return the entry for a class and a column (or category), or ``None``."""
        wanted = (label_name(label), column, category)
        for entry in self.scores:
            if (entry.label, entry.column, entry.category) == wanted:
                return entry
        return None

    def entries(self, label: object) -> Iterator[FeatureScore]:
        """Yield the entries of one class."""
        wanted = label_name(label)
        return (entry for entry in self.scores if entry.label == wanted)

    def select(self, columns: Iterable[str]) -> FeaturePrior:
        """Return the prior of the named columns only."""
        kept = set(columns)
        return replace(self, scores=tuple(entry for entry in self.scores if entry.column in kept))

    def without(self, columns: Iterable[str]) -> FeaturePrior:
        """Return the prior without the named columns: they become unscored."""
        dropped = set(columns)
        return self.select(column for column in self.columns if column not in dropped)

    def shuffled(self, seed: int) -> FeaturePrior:
        """Return the same answers dealt to other columns and categories, within each class.

        The standing control: it has the strength and the shape of the prior, and none of its
        knowledge.
        """
        deal = random.Random(seed)
        dealt: list[FeatureScore] = []
        for label in dict.fromkeys(entry.label for entry in self.scores):
            entries = list(self.entries(label))
            answers = [entry.answers for entry in entries]
            deal.shuffle(answers)
            dealt += [replace(e, answers=a) for e, a in zip(entries, answers, strict=True)]
        note = f"control: answers shuffled with seed {seed}"
        return replace(self, scores=tuple(dealt), provenance=replace(self.provenance, notes=note))

    def flipped(self) -> FeaturePrior:
        """Return the prior with every sign turned: a teacher who is wrong throughout."""
        turned = tuple(replace(e, answers=tuple(-a for a in e.answers)) for e in self.scores)
        note = "control: every sign flipped"
        return replace(self, scores=turned, provenance=replace(self.provenance, notes=note))


def label_name(label: object) -> str:
    """Return the text by which a class label is known in lessons and files.

    >>> [label_name(v) for v in ("yes", 1, 1.0, True)]
    ['yes', '1', '1', 'True']
    """
    item = getattr(label, "item", None)
    value = item() if callable(item) else label
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _flatten(
    label: object, column: object, value: object
) -> Iterator[tuple[str | None, object, str]]:
    if isinstance(value, Mapping):
        for category, raw in value.items():
            yield str(category), raw, f"{label!r}, {column!r} = {category!r}"
    else:
        yield None, value, f"{label!r}, {column!r}"


def _answers(name: str, raw: object, scale: float, problems: list[str]) -> tuple[float, ...]:
    listed: Sequence[Any] = raw if isinstance(raw, (list, tuple)) else [raw]
    given = [answer for answer in listed if answer is not None]
    bad = [answer for answer in given if not is_score(answer, scale)]
    if bad:
        problems.append(f"{name}: {bad[0]!r} is not a number in [-{scale:g}, {scale:g}]")
        return ()
    return tuple(float(answer) / scale for answer in given)


def is_score(value: object, scale: float = SCALE) -> bool:
    """Tell whether ``value`` is a finite number in [-scale, scale]; a bool is not a score."""
    # NaN and the infinities fail the comparison, and an integer of any length survives it.
    return _is_number(value) and bool(abs(value) <= scale)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    # bool is a subclass of int; a teacher that answers true or false gave no score.
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
