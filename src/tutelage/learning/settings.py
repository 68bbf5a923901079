"""Settings: the ways to believe a teacher that are fitted and averaged, and their prior masses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# If the teacher is right, a tenth or four tenths of the variance are left to the labels. If its
# scores stand on the wrong columns, all of it is. How the two are weighed: see ``coherence``;
# what was tried: docs/decisions/0003-trust.md.
TRUST_IF_RIGHT = {0.6: 0.5, 0.9: 0.5}
TRUST_IF_WRONG = {0.0: 1.0}
RIGHT = 0.8
SCALE_GRID = ((0.7, 0.25), (1.4, 0.5), (2.8, 0.25))
SHARPNESS_GRID = ((2.5, 0.2), (5.0, 0.6), (7.5, 0.2))
# One teacher in twenty-two, of those who score the right columns, has every sign turned: the
# classes were confused. One sharpness is enough to notice, and no great scale: there a few odd
# labels would condemn a teacher who is right. With fewer than three labels in a class nobody can
# tell.
TURNED = 0.045
TURNED_SHARPNESS = 5.0
TURNED_SCALE_GRID = ((0.7, 1 / 3), (1.4, 2 / 3))
FEWEST_TO_TURN = 3


@dataclass(frozen=True)
class Setting:
    """One way to believe the teacher.

    Attributes
    ----------
    trust
        Share of the prior variance of the log-odds that is the teacher's, in [0, 1].
    scale
        Prior standard deviation of the log-odds between two classes over the rows, > 0.
    sharpness
        ``t`` in ``sign(s) * (exp(t |s|) - 1)`` for scores s in [-1, 1], >= 0: 0 keeps the
        scores, 10 is nearly one column only.
    prior_mass
        Probability of the setting before any label is seen.
    sign
        -1 turns every sign of the teacher's scores.
    """

    trust: float
    scale: float
    sharpness: float
    prior_mass: float
    sign: int = 1


@lru_cache(maxsize=32)
def settings_for(
    trust: float | None, *, has_prior: bool, right: float = RIGHT, can_turn: bool = True
) -> tuple[Setting, ...]:
    """Return the settings to average: all of the grid, or those of one given trust.

    Parameters
    ----------
    trust
        ``None`` for the grid.
    has_prior
        Without a prior trust is 0.
    right
        Probability, in (0, 1), that the teacher's scores stand on the right columns.
    can_turn
        Whether the teacher may have every sign turned.

    Examples
    --------
    >>> len(settings_for(None, has_prior=True)), len(settings_for(0.0, has_prior=True))
    (25, 3)
    """
    if trust is not None:
        return _all_of(((trust, 1.0),))
    if not has_prior:
        return _all_of(((0.0, 1.0),))
    share = TURNED if can_turn else 0.0
    wrong = [(believed, (1.0 - right) * mass) for believed, mass in TRUST_IF_WRONG.items()]
    signed = [(believed, right * mass) for believed, mass in TRUST_IF_RIGHT.items()]
    straight = _all_of(wrong + [(believed, mass * (1.0 - share)) for believed, mass in signed])
    turned = [
        Setting(believed, scale, TURNED_SHARPNESS, mass * share * scale_mass, -1)
        for believed, mass in signed
        for scale, scale_mass in TURNED_SCALE_GRID
    ]
    return (*straight, *(turned if share else ()))


def _all_of(grid: Sequence[tuple[float, float]]) -> tuple[Setting, ...]:
    """Return every scale and sharpness of the given trusts and masses."""
    return tuple(
        Setting(believed, scale, sharpness, mass * scale_mass * sharp_mass)
        for believed, mass in grid
        for scale, scale_mass in SCALE_GRID
        for sharpness, sharp_mass in (SHARPNESS_GRID if believed > 0 else ((5.0, 1.0),))
    )
