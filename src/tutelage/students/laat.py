"""The published objective, for reproduction: the slope must point where the teacher says.

Vukadin, Silic and Delac, arXiv 2502.20268. Per output, with N scored columns, the loss is the
cross-entropy plus ``gamma * |g - t|^2 / N``: g the unit vector along the slope of the logit, t the
one along ``sign(s) exp(|s|)`` of the scores s in [-10, 10]. Adam with step size 0.01 for 200 passes
over all rows, columns scaled to [0, 1].

``"laat"`` takes the slope averaged over the rows, as the authors' code does; ``"laat-rows"`` takes
each row's slope, as the formula of the paper does. For linear students they are the same.

What differs from the authors' code: numeric columns are compressed by asinh before they are
scaled (see ``columns``); rows given as ``unlabelled`` take part in the scaling; columns without a
score are left out of the comparison; a missing cell is the average; more than two classes have
one slope and one target each, and the pull is their mean; numbers are of double precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tutelage._extras import require
from tutelage.learning.loop import descend
from tutelage.learning.objectives import (
    input_slopes,
    label_loss,
    mean_slopes,
    misalignment,
    published_distance,
)
from tutelage.students.bodies import LinearBody
from tutelage.students.examples import Examples
from tutelage.students.mlp import as_layers, as_tensors, network
from tutelage.students.networks import Layer, MlpBody, initial_layers
from tutelage.students.trust import Trust, share_of

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]

EPOCHS = 200
LEARNING_RATE = 1e-2
SCORE_SCALE = 10.0


@dataclass(frozen=True)
class Published:
    """What the published objective is told.

    Attributes
    ----------
    hidden
        Widths of the hidden layers; empty for the linear student.
    gamma
        Weight of the teacher's part; 0 leaves the labels alone, to the bit.
    by_row
        Whether each row's slope is compared, not the mean slope.
    seed
        Of the first weights.
    """

    hidden: tuple[int, ...]
    gamma: float
    by_row: bool
    seed: int


def target_of(scores: Array) -> Array:
    """Return ``sign(s) exp(|s|)`` for scores in [-1, 1], taken as s in [-10, 10]; 0 stays 0.

    >>> target_of(np.array([0.2, 0.0, -0.1])).round(3).tolist()
    [7.389, 0.0, -2.718]
    """
    found: Array = np.sign(scores) * np.exp(SCORE_SCALE * np.abs(scores))
    return found


def published_loss(
    tensors: Sequence[tuple[Tensor, Tensor]],
    rows: Tensor,
    labels: tuple[Tensor, Tensor],
    lesson: tuple[Tensor, Tensor] | None,
    how: Published,
) -> Tensor:
    """Return the loss of a network on scaled rows.

    Parameters
    ----------
    rows : (n_rows, n_inputs)
    labels
        Codes (n_rows,) and row weights (n_rows,).
    lesson
        Target (n_outputs, n_scored) and the positions (n_scored,) of the scored inputs; ``None``
        leaves the labels alone.
    """
    codes, weights = labels
    if lesson is None:
        return label_loss(network(tensors, rows), codes, weights)
    target, scored = lesson
    logits, slopes = input_slopes(lambda x: network(tensors, x), rows)
    slopes = slopes[..., scored]
    if how.by_row:
        distance = published_distance(slopes, target) @ weights / weights.sum()
    else:
        distance = published_distance(mean_slopes(slopes, weights), target)[:, 0]
    taught = (target != 0).any(dim=-1)  # (n_outputs,)
    return label_loss(logits, codes, weights) + how.gamma * distance.sum() / taught.sum()


def fit_published(examples: Examples, how: Published) -> tuple[LinearBody | MlpBody, Trust]:
    """Train a student by the published objective; return its body and how it follows the teacher.

    Without a score, or with ``gamma=0``, this is the same network trained on the labels alone.
    """
    torch = require("torch", extra="mlp", purpose="students with the published objective")
    inputs = examples.ordinary
    low, width = _range(examples.spread[0][:, inputs])
    rows = torch.from_numpy((examples.rows[:, inputs] - low) / width)
    widths = (len(inputs), *how.hidden, examples.n_outputs)
    tensors = as_tensors(initial_layers(widths, np.random.default_rng(how.seed)))
    labels = (torch.from_numpy(examples.codes), torch.from_numpy(examples.row_weights))
    lesson = _lesson(examples, inputs) if how.gamma > 0 else None
    descend(
        [tensor for pair in tensors for tensor in pair],
        lambda: published_loss(tensors, rows, labels, lesson, how),
        EPOCHS,
        learning_rate=LEARNING_RATE,
    )
    trust = Trust(0.0, 0.0, 0.0, "no prior", 0.0)
    if lesson is not None:
        trust = _trust_in(tensors, rows, labels[1], lesson)
    return _body(_unscaled(as_layers(tensors), low, width), examples, bool(how.hidden)), trust


def _range(rows: Array) -> tuple[Array, Array]:
    """Return the smallest value of each column and its range; a constant column has range 1."""
    low, high = rows.min(axis=0), rows.max(axis=0)
    return low, np.where(high > low, high - low, 1.0)


def _lesson(examples: Examples, inputs: NDArray[np.intp]) -> tuple[Tensor, Tensor] | None:
    """Return the target on the scored inputs, and their positions; None without a score."""
    torch = require("torch", extra="mlp", purpose="students with the published objective")
    if examples.scores is None or not np.any(examples.scores):
        return None
    scores = examples.scores[:, inputs]
    known = np.ones(len(inputs), dtype=bool) if examples.known is None else examples.known[inputs]
    scored = np.flatnonzero(known | (scores != 0).any(axis=0))
    return torch.from_numpy(target_of(scores[:, scored])), torch.from_numpy(scored)


def _trust_in(
    tensors: Sequence[tuple[Tensor, Tensor]],
    rows: Tensor,
    weights: Tensor,
    lesson: tuple[Tensor, Tensor],
) -> Trust:
    """Compare the mean slope with the target, and the scores with the target's part of them."""
    target, scored = lesson
    logits, slopes = input_slopes(lambda x: network(tensors, x), rows)
    mean = mean_slopes(slopes[..., scored], weights)
    taught = (target != 0).any(dim=-1)
    cosine = 1.0 - misalignment(mean, target)[taught].mean().item()
    unit = target / target.norm(dim=-1, keepdim=True).clamp_min(1e-300)
    along = unit * (mean[:, 0] * unit).sum(dim=-1, keepdim=True)  # (n_outputs, n_scored)
    part = (rows[:, scored] @ along.T).detach().numpy()
    value = min(max(cosine, 0.0), 1.0)
    return Trust(value, value, value, "gamma", share_of(part, logits.detach().numpy() - part))


def _unscaled(layers: list[Layer], low: Array, width: Array) -> list[Layer]:
    """Return the same network for rows that are not scaled: the scaling enters the first layer."""
    weights, biases = layers[0]
    weights = weights / width
    return [(weights, biases - weights @ low), *layers[1:]]


def _body(layers: list[Layer], examples: Examples, is_deep: bool) -> LinearBody | MlpBody:
    shape = (examples.n_outputs, examples.rows.shape[1])
    start = LinearBody(np.zeros(shape), np.zeros(shape[0]))
    if is_deep:
        return MlpBody(start, examples.ordinary, tuple(layers))
    start.weights[:, examples.ordinary] = layers[0][0]
    return LinearBody(start.weights, layers[0][1])
