"""The ways to believe a teacher of a regression, and how likely each is before a label is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

# The points are those of the classifier; a number says more than a label, so the masses lean
# less on the teacher. See docs/decisions/0008-regression.md.
TRUST_GRID = ((0.0, 0.2), (0.3, 0.15), (0.6, 0.2), (0.8, 0.2), (0.9, 0.15), (0.97, 0.1))
SHARPNESS_GRID = ((2.5, 0.2), (5.0, 0.6), (7.5, 0.2))
# Made columns (bends): left out, or with the variance that kinship gives them.
BEND_GRID = ((0.0, 0.5), (1.0, 0.5))


@dataclass(frozen=True)
class Belief:
    """One way to believe the teacher of a regression.

    Attributes
    ----------
    trust
        Share of the prior variance of the signal that is the teacher's, in [0, 1].
    sharpness
        ``t`` in ``sign(s) (exp(t |s|) - 1)``; 0 keeps the scores.
    bend
        Prior variance of the made columns as a share of what their kinship says; 0 leaves them out.
    prior_mass
        Probability before any label is seen.
    """

    trust: float
    sharpness: float
    bend: float
    prior_mass: float


@cache
def beliefs_for(
    trust: float | None, *, has_prior: bool, sharpens: bool = True, bends: bool = False
) -> tuple[Belief, ...]:
    """Return the beliefs to average: all of the grid, or those of one given trust.

    >>> len(beliefs_for(None, has_prior=True)), len(beliefs_for(0.9, has_prior=False))
    (16, 1)
    >>> len(beliefs_for(None, has_prior=True, bends=True))
    32
    """
    grid: Sequence[tuple[float, float]] = ((0.0, 1.0),)
    if has_prior:
        grid = TRUST_GRID if trust is None else ((trust, 1.0),)
    sharp = SHARPNESS_GRID if sharpens else ((0.0, 1.0),)
    bent = BEND_GRID if bends else ((1.0, 1.0),)
    return tuple(
        Belief(believed, sharpness, bend, mass * sharp_mass * bend_mass)
        for believed, mass in grid
        for sharpness, sharp_mass in (sharp if believed > 0 else ((0.0, 1.0),))
        for bend, bend_mass in bent
    )
