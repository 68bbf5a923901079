"""The parts of an audit record: frozen values, one per subject, no behaviour."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class ColumnFacts:
    """One column of the table; ``missing`` is the share of empty cells, in [0, 1]."""

    name: str
    kind: Literal["number", "category"] = "number"
    missing: float = 0.0
    meaning: str = ""


@dataclass(frozen=True)
class ClassFacts:
    """One class and how many labelled rows it has."""

    name: str
    n_rows: int
    meaning: str = ""


@dataclass(frozen=True)
class DataFacts:
    """The table: where it came from, its size, its columns and classes.

    ``sha256`` is the hash of the file's bytes as 64 hex digits, ``""`` when there is no file.
    """

    target: str
    n_rows: int
    n_labelled: int
    path: str = ""
    sha256: str = ""
    columns: tuple[ColumnFacts, ...] = ()
    classes: tuple[ClassFacts, ...] = ()


@dataclass(frozen=True)
class AskedFacts:
    """What the teacher was asked: one question and its raw answer stand for all.

    ``prompts`` are names with versions, ``n_questions`` how many questions there were.
    """

    teacher: str = ""
    prompts: tuple[str, ...] = ()
    question: str = ""
    answer: str = ""
    n_questions: int = 0
    note: str = ""


@dataclass(frozen=True)
class CostFacts:
    """What asking cost in this run.

    ``n_cached`` of the ``n_calls`` answers came from a store or tape and cost nothing now;
    ``recorded_usd`` is what all of them cost when they were first paid for.
    """

    n_calls: int = 0
    n_cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0
    recorded_usd: float = 0.0


@dataclass(frozen=True)
class PriorEntry:
    """What the teacher said about one column or category and one class, in [-1, 1].

    ``mean`` and ``spread`` (standard deviation) are over ``answers``; NaN when there are too few.
    """

    label: str
    column: str
    category: str | None
    mean: float
    spread: float
    answers: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """``column`` or ``column = category``, for people."""
        return self.column if self.category is None else f"{self.column} = {self.category}"


@dataclass(frozen=True)
class ContradictionFacts:
    """A column on which labels and teacher disagree: a sentence, and both numbers if known."""

    column: str
    sentence: str
    prior: float = math.nan
    learned: float = math.nan


@dataclass(frozen=True)
class TrustFacts:
    """How far the student believes its teacher: a number in [0, 1] and a sentence.

    ``low`` and ``high`` are the central 90 % of the evidence, equal to ``value`` when the trust
    was given.
    """

    value: float
    low: float
    high: float
    sentence: str = ""
    chosen_by: str = ""
    contradictions: tuple[ContradictionFacts, ...] = ()


@dataclass(frozen=True)
class WeightFacts:
    """A weight of the model, per original column or category.

    Positive: a larger value, or being in the category, speaks for ``label``. For a number the
    unit is log-odds (class logit) per standard deviation of the column.
    """

    label: str
    column: str
    category: str | None
    weight: float

    @property
    def name(self) -> str:
        """``column`` or ``column = category``, for people."""
        return self.column if self.category is None else f"{self.column} = {self.category}"


@dataclass(frozen=True)
class ModelFacts:
    """The model that is kept; ``settings`` are its arguments as text."""

    kind: str = ""
    folder: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    weights: tuple[WeightFacts, ...] = ()


@dataclass(frozen=True)
class UnitFacts:
    """One column of one explained row: its value, and its signed share of the score."""

    unit: str
    value: str
    contribution: float


@dataclass(frozen=True)
class ExplanationFacts:
    """Why one row got its score: contributions and bias sum to the score.

    ``row`` names the row for people; ``truth`` is its known class or ``""``.
    """

    target: str
    score: float
    probability: float
    bias: float
    units: tuple[UnitFacts, ...]
    row: str = ""
    truth: str = ""
