"""How much of what was asked for came back, and how good it is, class by class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.errors import InputError
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.rationale import Rationale, letter

NO_VERDICT = "(no verdict)"
ALL = "all"
SHOWN_CLASSES = 30


@dataclass(frozen=True)
class ClassCoverage:
    """What came back about the texts of one class.

    Attributes
    ----------
    label
        The class of the lessons, ``"(no verdict)"``, or ``"all"``.
    n
        Lessons with this label.
    n_asked, n_reasons
        Those for which a reason was asked, and those that have one.
    accuracy
        Share of the lessons with this label whose label is right, in [0, 1]; over all lessons a
        missing label counts as wrong. NaN where nothing is known.
    n_contradictions
        Lessons whose teacher had decided for another class than the one it was given.
    tokens, cost_usd
        What these lessons cost together when they were first paid for.
    """

    label: str
    n: int
    n_asked: int
    n_reasons: int
    accuracy: float
    n_contradictions: int
    tokens: int
    cost_usd: float

    @property
    def coverage(self) -> float:
        """Share of the reasons asked for that came, in [0, 1]; NaN when none was asked for."""
        return self.n_reasons / self.n_asked if self.n_asked else math.nan

    @property
    def cost_per_lesson_usd(self) -> float:
        """US dollars per lesson; NaN without a lesson."""
        return self.cost_usd / self.n if self.n else math.nan


@dataclass(frozen=True)
class Coverage:
    """Coverage per class, and over all of them.

    Missing reasons are rarely missing at random: a teacher that explains every "contradiction"
    and leaves out a quarter of the "entailments" teaches the classes unevenly.
    """

    classes: tuple[ClassCoverage, ...]
    total: ClassCoverage

    def __str__(self) -> str:
        shown = sorted(self.classes, key=lambda row: -row.n)[:SHOWN_CLASSES]
        left = len(self.classes) - len(shown)
        head = f"{'class':20} {'n':>7} {'asked':>7} {'reasons':>8} {'coverage':>9} {'accuracy':>9}"
        lines = [
            f"{row.label[:20]:20} {row.n:7d} {row.n_asked:7d} {row.n_reasons:8d} "
            f"{_share(row.coverage):>9} {_share(row.accuracy):>9}"
            for row in (*(row for row in self.classes if row in shown), self.total)
        ]
        more = [f"... and {left} more classes"] if left else []
        cost = (
            f"{self.total.tokens:,} tokens, {self.total.cost_usd:.6f} USD: "
            f"{self.total.cost_per_lesson_usd:.7f} USD a lesson"
        )
        return "\n".join([head, *lines[:-1], *more, lines[-1], cost])


def rationale_coverage(
    lessons: Sequence[Rationale], labels: Sequence[object | None] | None = None
) -> Coverage:
    """Return coverage, accuracy and cost of rationales per class of their labels.

    Where inputs have answers of their own, the classes are the letters under which these stand.

    Parameters
    ----------
    lessons
        As :meth:`Teacher.rationales` gave them.
    labels
        The true classes, one per lesson, ``None`` where unknown; default: unknown. Where a lesson
        was given its label, the teacher's own verdict is compared.

    Examples
    --------
    >>> lessons = [Rationale.of("a", "x", "Because of the a in it."), Rationale.of("b", None)]
    >>> [(row.label, row.n, row.coverage) for row in rationale_coverage(lessons).classes]
    [('x', 1, 1.0), ('(no verdict)', 1, nan)]
    >>> rationale_coverage(lessons, ["x", "y"]).total.accuracy
    0.5
    """
    if labels is not None and len(labels) != len(lessons):
        raise InputError(
            f"labels must be one per lesson, got {len(labels)} for {len(lessons)} lessons."
        )
    golds = [None] * len(lessons) if labels is None else [_name(label) for label in labels]
    pairs = list(zip(lessons, golds, strict=True))
    groups: dict[str, list[tuple[Rationale, str | None]]] = {}
    for pair in pairs:
        groups.setdefault(_class_of(pair[0]), []).append(pair)
    missing = groups.pop(NO_VERDICT, None)
    rows = [_row(label, groups[label]) for label in sorted(groups)]
    if missing:
        rows.append(_row(NO_VERDICT, missing))
    return Coverage(tuple(rows), _row(ALL, pairs))


def _row(name: str, pairs: Sequence[tuple[Rationale, str | None]]) -> ClassCoverage:
    lessons = [lesson for lesson, _ in pairs]
    judged = [(_own(one), gold) for one, gold in pairs if gold is not None and _decided(one)]
    return ClassCoverage(
        label=name,
        n=len(lessons),
        n_asked=sum(lesson.asked for lesson in lessons),
        n_reasons=sum(lesson.asked and bool(lesson.rationales) for lesson in lessons),
        accuracy=sum(said == gold for said, gold in judged) / len(judged) if judged else math.nan,
        n_contradictions=sum(lesson.contradicts for lesson in lessons),
        tokens=sum(one.provenance.tokens_in + one.provenance.tokens_out for one in lessons),
        cost_usd=math.fsum(lesson.provenance.cost_usd for lesson in lessons),
    )


def _class_of(lesson: Rationale) -> str:
    if lesson.label is None:
        return NO_VERDICT
    if lesson.label in lesson.choices:
        return f"({letter(lesson.choices.index(lesson.label))})"
    return lesson.label


def _own(lesson: Rationale) -> str | None:
    return lesson.label if lesson.label_given is None else lesson.verdict


def _decided(lesson: Rationale) -> bool:
    """Tell whether the lesson holds a decision: a label that was given is none of the teacher's."""
    return lesson.label_given is None or bool(lesson.answers)


def _name(label: object | None) -> str | None:
    return None if label is None else label_name(label)


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1%}"
