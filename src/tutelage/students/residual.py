"""What the labels say beyond the taught linear student: a correction that may stay at zero.

MLP and trees start from the linear student's logits and learn what is left. How long they learn
is chosen by cross-validation that refits the linear student in every fold, and counts no step as
an option: a correction that does not show in held-out rows is not made.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tutelage.learning.map_estimate import LinearFit, fit_linear
from tutelage.learning.stages import choose_stage, deal_folds, fewest_distinct, row_losses
from tutelage.students.bodies import LinearBody
from tutelage.students.examples import Examples

Array = NDArray[np.float64]

N_FOLDS = 5
# Below this many distinct rows in a class a held-out choice is noise; see decision 7.
FEWEST_PER_CLASS = 40
# Standard errors by which the best stage must beat none.
DOUBT = 1.0


class Learner(Protocol):
    """Learns a correction of a linear student, step by step."""

    @property
    def stages(self) -> tuple[int, ...]:
        """Numbers of steps to choose from, rising, the first 0."""
        ...

    def path(self, examples: Examples, start: LinearBody, outside: Array) -> Array:
        """Learn from ``examples``; return the correction of other rows at every stage.

        Parameters
        ----------
        start
            The student to correct.
        outside : (n_outside, n_encoded)

        Returns
        -------
        corrections : (n_stages, n_outside, n_outputs)
        """
        ...


def taught_linear(examples: Examples, trust: float | None) -> LinearFit:
    """Fit the linear student, which the other students start from."""
    return fit_linear(
        examples.rows,
        examples.codes,
        examples.n_classes,
        examples.row_weights,
        scores=examples.scores,
        known=examples.known,
        spread=examples.spread,
        trust=trust,
        kinship=examples.kinship,
    )


def body_of(fit: LinearFit) -> LinearBody:
    """Return the linear body of a fit."""
    return LinearBody(fit.weights, fit.intercepts)


def steps_worth(
    examples: Examples, trust: float | None, learner: Learner, rng: np.random.Generator
) -> int:
    """Return the number of steps that held-out rows ask for; 0 with few rows.

    Parameters
    ----------
    trust
        As for the linear student, which is fitted anew in every fold.
    rng
        Deals the folds.
    """
    fewest = fewest_distinct(examples.rows, examples.codes)
    if fewest < FEWEST_PER_CLASS:
        return 0
    folds = deal_folds(examples.rows, examples.codes, N_FOLDS, rng)
    losses = np.empty((len(learner.stages), len(examples.codes)))
    for fold in range(N_FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if not len(outside):  # fewer distinct rows than folds
            continue
        part, held = examples.take(inside), examples.rows[outside]
        start = body_of(taught_linear(part, trust))
        corrections = learner.path(part, start, held)
        losses[:, outside] = row_losses(start.logits(held) + corrections, examples.codes[outside])
    return learner.stages[choose_stage(losses, examples.row_weights, DOUBT)]
