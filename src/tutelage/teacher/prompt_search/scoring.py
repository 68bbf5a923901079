"""How good a wording is: not its accuracy alone, which invites prompts that explain nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from tutelage.errors import InputError
from tutelage.lessons.rationale import majority


@dataclass(frozen=True)
class Outcome:
    """What one wording gave for one labelled text.

    Attributes
    ----------
    label
        The verdict, or ``None``.
    is_right
        Whether it is the known label.
    has_reason
        Whether a reason came with it.
    tokens
        Sent and received.
    """

    label: str | None
    is_right: bool
    has_reason: bool
    tokens: int


@dataclass(frozen=True)
class Share:
    """So many of so many, with an interval.

    >>> print(Share(8, 10))
    80% of 10 (49% to 94%)
    """

    n_right: int
    n: int

    @property
    def value(self) -> float:
        """The share, in [0, 1]; NaN of none."""
        return self.n_right / self.n if self.n else math.nan

    def bounds(self, level: float = 0.95) -> tuple[float, float]:
        """Return the two ends of Wilson's interval, in [0, 1]."""
        tail = (1 - level) / 2
        low = lower_bound(self.n_right, self.n, 1 - tail)
        return low, 1 - lower_bound(self.n - self.n_right, self.n, 1 - tail)

    def __str__(self) -> str:
        if not self.n:
            return "unknown"
        low, high = self.bounds()
        return f"{self.value:.0%} of {self.n} ({low:.0%} to {high:.0%})"


def lower_bound(n_right: int, n: int, level: float = 0.9) -> float:
    """Return Wilson's one-sided lower confidence bound of a share; 0 for ``n`` = 0.

    >>> round(lower_bound(8, 10), 3), lower_bound(0, 0)
    (0.602, 0.0)
    """
    if n_right == 0:
        return 0.0
    z = NormalDist().inv_cdf(level)
    share = n_right / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z * z / n))


@dataclass(frozen=True)
class JointScore:
    """A score for wordings: accuracy that can be relied on, less what else they cost.

    ``lower bound of accuracy - coverage_weight * max(0, min_coverage - coverage)
    - token_weight * tokens per answer / 100``

    Attributes
    ----------
    min_coverage
        The share of answers that should hold a reason, in [0, 1].
    coverage_weight
        What each point below it costs, in points of accuracy, >= 0.
    token_weight
        What 100 tokens cost, in shares of accuracy, >= 0: 0.01 is one point.
    level
        Confidence of the lower bound, in (0.5, 1).

    Examples
    --------
    >>> silent = [Outcome("a", True, False, 60)] * 10
    >>> spoken = [Outcome("a", n > 0, True, 120) for n in range(10)]
    >>> score = JointScore()
    >>> score(spoken) > score(silent)
    True
    """

    min_coverage: float = 0.8
    coverage_weight: float = 0.5
    token_weight: float = 0.01
    level: float = 0.9

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be a number {text}, got {value!r}"
            for name, value, text, fits in (
                ("min_coverage", self.min_coverage, "in [0, 1]", 0 <= self.min_coverage <= 1),
                ("coverage_weight", self.coverage_weight, ">= 0", self.coverage_weight >= 0),
                ("token_weight", self.token_weight, ">= 0", self.token_weight >= 0),
                ("level", self.level, "in (0.5, 1)", 0.5 < self.level < 1),
            )
            if not fits
        ]
        if problems:
            raise InputError("This score cannot be used:", problems)

    def __call__(self, outcomes: Sequence[Outcome]) -> float:
        """Return the score of what one wording gave; higher is better."""
        n = len(outcomes)
        if n == 0:
            return -math.inf
        right = sum(outcome.is_right for outcome in outcomes)
        coverage = sum(outcome.has_reason for outcome in outcomes) / n
        tokens = sum(outcome.tokens for outcome in outcomes) / n
        lacking = max(0.0, self.min_coverage - coverage)
        cost = self.coverage_weight * lacking + self.token_weight * tokens / 100
        return lower_bound(right, n, self.level) - cost


@dataclass(frozen=True)
class Tried:
    """How one wording did on the texts it was tried on.

    Attributes
    ----------
    text
        The wording.
    accuracy, coverage
        Shares of right answers and of answers with a reason.
    tokens
        Mean per answer.
    score
        The joint score.
    """

    text: str
    accuracy: Share
    coverage: Share
    tokens: float
    score: float

    @classmethod
    def of(cls, text: str, outcomes: Sequence[Outcome], score: JointScore) -> Tried:
        """Sum up what a wording gave."""
        n = len(outcomes)
        return cls(
            text,
            Share(sum(outcome.is_right for outcome in outcomes), n),
            Share(sum(outcome.has_reason for outcome in outcomes), n),
            sum(outcome.tokens for outcome in outcomes) / n if n else math.nan,
            score(outcomes),
        )


def vote(ballots: Sequence[Sequence[str | None]]) -> list[str | None]:
    """Return the label of most wordings for every text; of equals, the better wording's.

    Parameters
    ----------
    ballots
        One list of labels per wording, the best wording first.

    >>> vote([["a", "b"], ["b", None], ["b", None]])
    ['b', 'b']
    """
    return [majority(labels) for labels in zip(*ballots, strict=True)]
