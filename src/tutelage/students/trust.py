"""Trust: how far a fitted student believes its teacher, in numbers and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutelage.learning.many_rows import row_scores
from tutelage.learning.map_estimate import LinearFit

NOTABLE_TURN = 0.2


@dataclass(frozen=True)
class Trust:
    """How far the teacher is believed.

    Attributes
    ----------
    value
        Share of the prior variance of the log-odds that is the teacher's, in [0, 1]: 0 is the
        plain student, 1 leaves the labels only the size and the offset of the teacher's score.
        With ``trust="auto"`` the posterior mean.
    low, high
        Central 90 % of the posterior; equal to ``value`` when trust was given.
    chosen_by
        ``"evidence"``, ``"user"``, ``"no prior"``, or ``"gamma"`` for the published objective,
        where ``value`` is the cosine of the mean slope and the teacher's target, at least 0.
    share_of_prediction
        Share of the variance of the training rows' scores that the teacher's part of the weights
        explains, in [0, 1].
    turned
        Probability, in [0, 1], that the teacher has every sign the wrong way round: the labels
        say so, and the student uses the scores turned. ``value`` counts that as no trust.
    """

    value: float
    low: float
    high: float
    chosen_by: str
    share_of_prediction: float
    turned: float = 0.0

    def __str__(self) -> str:
        """Return one sentence for people."""
        if self.chosen_by == "no prior":
            return "There is no teacher: the labels decide alone."
        if self.chosen_by == "gamma":
            return (
                "The published objective sets the pull of the teacher by gamma: the mean slope has "
                f"a cosine of {self.value:.2f} with the teacher's target, which accounts for "
                f"{self.share_of_prediction:.0%} of the scores."
            )
        how = (
            f"Trust in the teacher is {self.value:.2f} (90 % of the evidence between "
            f"{self.low:.2f} and {self.high:.2f})"
            if self.chosen_by == "evidence"
            else f"Trust in the teacher was set to {self.value:.2f}"
        )
        told = f"{how}; the teacher accounts for {self.share_of_prediction:.0%} of the scores."
        if self.turned < NOTABLE_TURN:
            return told
        return (
            f"{told} The labels contradict it in every sign (probability {self.turned:.2f}), so "
            "its scores are used turned round: check which class they speak for."
        )


def trust_of(
    values: Sequence[float],
    masses: Sequence[float],
    share: float,
    *,
    chosen_by: str,
    turned: float = 0.0,
) -> Trust:
    """Summarise a posterior over trust.

    >>> t = trust_of([0.0, 0.9], [0.25, 0.75], 0.8, chosen_by="evidence")
    >>> (t.value, t.low, t.high)
    (0.675, 0.0, 0.9)
    """
    order = np.argsort(values)
    sorted_values = np.asarray(values, dtype=float)[order]
    reached = np.cumsum(np.asarray(masses, dtype=float)[order])
    last = len(values) - 1
    low = sorted_values[min(int(np.searchsorted(reached, 0.05)), last)]
    high = sorted_values[min(int(np.searchsorted(reached, 0.95)), last)]
    mean = float(np.dot(values, masses))
    return Trust(mean, float(low), float(high), chosen_by, share, turned)


def trust_in(
    fit: LinearFit,
    rows: NDArray[np.float64],
    given: float | None,
    logits: NDArray[np.float64] | None = None,
    *,
    has_prior: bool,
) -> Trust:
    """Summarise a fit: the trust in its settings, and the teacher's share of the rows' scores.

    Parameters
    ----------
    rows : (n_rows, n_encoded)
        The training rows.
    given
        The trust the user set, or ``None``.
    logits : (n_rows, n_outputs) or None
        The rows' scores by the whole student; ``None``: the linear fit is the whole.
    has_prior
        Whether there was a teacher; the labels may have overruled it altogether.
    """
    taught = row_scores(rows, fit.teacher_weights)  # (n_rows, n_outputs)
    rest = (row_scores(rows, fit.weights) if logits is None else logits) - taught
    share = share_of(taught, rest)
    values = [setting.trust if setting.sign > 0 else 0.0 for setting in fit.settings]
    turned = sum(
        mass for mass, setting in zip(fit.masses, fit.settings, strict=True) if setting.sign < 0
    )
    chosen_by = "user" if given is not None else ("evidence" if has_prior else "no prior")
    return trust_of(values, fit.masses, share, chosen_by=chosen_by, turned=turned)


def share_of(part: NDArray[np.float64], rest: NDArray[np.float64]) -> float:
    """Return the share of ``part`` in the summed variances of two parts of scores.

    >>> share_of(np.array([[0.0], [3.0]]), np.array([[0.0], [1.0]]))
    0.9
    """
    variances = [float(numbers.var(axis=0).sum()) for numbers in (part, rest)]
    return variances[0] / sum(variances) if sum(variances) > 0 else 0.0
