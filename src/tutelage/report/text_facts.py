"""The parts of a text record: frozen values, one per subject, no behaviour."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tutelage.evaluation.faithfulness_result import FaithfulnessResult
from tutelage.evaluation.run import Estimate

LessonStatus = Literal["asked", "read", "skipped"]


@dataclass(frozen=True)
class TextClassFacts:
    """One class: how many texts train and judge the models, and its meaning in words or ""."""

    name: str
    n_train: int
    n_test: int = 0
    meaning: str = ""


@dataclass(frozen=True)
class TextDataFacts:
    """The texts: where they came from, and how many train and judge the models.

    ``judged_on`` completes "Judged on ...". ``sha256`` is the hash of the training file's bytes.
    """

    column: str
    target: str
    n_train: int
    n_test: int = 0
    judged_on: str = ""
    path: str = ""
    sha256: str = ""
    classes: tuple[TextClassFacts, ...] = ()


@dataclass(frozen=True)
class LessonFacts:
    """One kind of lesson: what was planned, what came, what it cost.

    Attributes
    ----------
    kind
        ``"cards"``, ``"rewrites"`` or ``"ratings"``.
    status
        ``"asked"``, ``"read"`` from files, or ``"skipped"``; ``note`` says why.
    n_lessons
        Cards, rewrites, or texts with rated words.
    n_calls, n_cached
        Calls that made the lessons, and how many of them cost nothing now.
    tokens_in, tokens_out, recorded_usd
        What all the calls took when they were first paid for.
    usd
        What was paid in this run.
    planned_usd
        What was expected before asking.
    seconds
        Time it took in this run.
    """

    kind: str
    status: LessonStatus
    note: str = ""
    n_lessons: int = 0
    n_calls: int = 0
    n_cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0
    recorded_usd: float = 0.0
    planned_usd: float = 0.0
    seconds: float = 0.0
    teacher: str = ""
    prompt: str = ""
    question: str = ""
    answer: str = ""

    @property
    def n_tokens(self) -> int:
        """Tokens sent and received."""
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True)
class VariantFacts:
    """One model of the comparison.

    Attributes
    ----------
    name, meaning
        As the page calls it, and what it was trained on.
    lessons
        Kinds of lessons it used.
    n_texts, n_steps
        Training texts with rewrites, and optimiser steps; 0 steps where there are none.
    seconds
        Time of its training.
    estimates
        Its scores on the test texts.
    """

    name: str
    meaning: str = ""
    lessons: tuple[str, ...] = ()
    n_texts: int = 0
    n_steps: int = 0
    seconds: float = math.nan
    estimates: tuple[Estimate, ...] = ()

    def estimate(self, metric: str) -> Estimate | None:
        """Return the score of that name, if it was measured."""
        return next((e for e in self.estimates if e.metric == metric), None)


@dataclass(frozen=True)
class ConfusedPair:
    """Test texts of class ``truth`` that were taken for class ``said``, by each model."""

    truth: str
    said: str
    n_texts: int
    n_plain: int
    n_taught: int


@dataclass(frozen=True)
class WordScore:
    """One word of a shown text: characters [start, end) and its score, NaN where there is none."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class SourceFacts:
    """What one source says of the words of one text, for class ``target``.

    ``note`` is a remark such as the model's prediction.
    """

    source: str
    target: str
    words: tuple[WordScore, ...]
    note: str = ""


@dataclass(frozen=True)
class ShownText:
    """One text with its words scored by several sources."""

    text: str
    label: str
    why: str = ""
    sources: tuple[SourceFacts, ...] = ()


@dataclass(frozen=True)
class FaithfulnessFacts:
    """Whether the words that an attribution names really decide the predictions of ``model``."""

    model: str
    result: FaithfulnessResult


@dataclass(frozen=True)
class AgreementFacts:
    """How alike two sources score the words of the same texts: mean Spearman correlation."""

    first: str
    second: str
    correlation: float
    low: float
    high: float
    n_texts: int


@dataclass(frozen=True)
class OverlapFacts:
    """How many strongest words neighbouring classes share, by one source, in [0, 1]."""

    source: str
    overlap: float
    first: str = ""
    second: str = ""
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextModelFacts:
    """The model that is kept; ``settings`` are its arguments as text."""

    name: str = ""
    encoder: str = ""
    folder: str = ""
    alignment: float = 0.0
    settings: Mapping[str, str] = field(default_factory=dict)
