"""From examples to a fitted body: which student is which function, as an explicit list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tutelage.students import boosted, mlp
from tutelage.students.bodies import Body, LinearBody
from tutelage.students.boosted import TreeLearner, TreesBody
from tutelage.students.examples import Examples
from tutelage.students.laat import Published, fit_published
from tutelage.students.mlp import MlpLearner
from tutelage.students.networks import MlpBody
from tutelage.students.residual import body_of, steps_worth, taught_linear
from tutelage.students.trust import Trust, trust_in

BODIES: Mapping[str, type[Body]] = {"linear": LinearBody, "mlp": MlpBody, "trees": TreesBody}


@dataclass(frozen=True)
class Choices:
    """What the user chose.

    Attributes
    ----------
    student
        One of ``BODIES``.
    trust
        ``None`` lets the labels choose.
    objective
        ``"trust"``, ``"laat"`` or ``"laat-rows"``.
    gamma
        Of the published objective.
    hidden
        Widths of the hidden layers of an MLP.
    seed
        Of everything random.
    """

    student: str
    trust: float | None
    objective: str
    gamma: float
    hidden: tuple[int, ...]
    seed: int


def fit_body(examples: Examples, choices: Choices) -> tuple[Body, Trust]:
    """Fit a student to ``examples``; return its body and how far the teacher was believed."""
    if choices.objective != "trust":
        hidden = choices.hidden if choices.student == "mlp" else ()
        gamma = 0.0 if choices.trust == 0 else choices.gamma
        by_row = choices.objective == "laat-rows"
        body, trust = fit_published(examples, Published(hidden, gamma, by_row, choices.seed))
        if choices.student == "mlp" and isinstance(body, LinearBody):  # no hidden layer
            return MlpBody(body, examples.ordinary), trust
        return body, trust
    fit = taught_linear(examples, choices.trust)
    if choices.student == "linear":
        trust = trust_in(fit, examples.rows, given=choices.trust, has_prior=examples.has_scores)
        return body_of(fit), trust
    corrected = _corrected(examples, body_of(fit), choices)
    logits = corrected.logits(examples.rows)
    trust = trust_in(
        fit, examples.rows, given=choices.trust, logits=logits, has_prior=examples.has_scores
    )
    return corrected, trust


def _corrected(examples: Examples, start: LinearBody, choices: Choices) -> Body:
    """Correct the linear student by as many steps as held-out rows ask for."""
    rng = np.random.default_rng(choices.seed)
    if choices.trust == 0:
        examples = replace(examples, scores=None, known=None)
    if choices.student == "trees":
        trees = TreeLearner(boosted.SETTINGS, choices.seed)
        rounds = steps_worth(examples, choices.trust, trees, rng)
        return boosted.grow(examples, start, rounds, trees)
    network = MlpLearner(mlp.SETTINGS, choices.hidden, choices.seed)
    epochs = steps_worth(examples, choices.trust, network, rng)
    return mlp.correct(examples, start, epochs, network)
