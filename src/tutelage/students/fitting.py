"""From examples to a fitted body: which student is which function, as an explicit list."""

from __future__ import annotations

from collections.abc import Mapping

from tutelage.learning.map_estimate import LinearFit, fit_linear
from tutelage.students.bodies import Body, LinearBody
from tutelage.students.examples import Examples
from tutelage.students.trust import Trust, trust_in

BODIES: Mapping[str, type[Body]] = {"linear": LinearBody}


def fit_body(examples: Examples, trust: float | None) -> tuple[Body, Trust]:
    """Fit a student to ``examples``; return its body and how far the teacher was believed.

    Parameters
    ----------
    trust
        The trust the user set, or ``None`` to let the labels choose.
    """
    fit = taught_linear(examples, trust)
    return LinearBody(fit.weights, fit.intercepts), trust_in(fit, examples.rows, given=trust)


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
