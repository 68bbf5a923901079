"""Train networks that correct the taught linear student (torch)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tutelage._extras import require
from tutelage.learning.loop import descend
from tutelage.learning.objectives import label_loss
from tutelage.students.bodies import LinearBody
from tutelage.students.examples import Examples
from tutelage.students.networks import Layer, MlpBody, forward, initial_layers

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]
Note = Callable[[int, Sequence[Layer]], None]


@dataclass(frozen=True)
class MlpSettings:
    """How a correcting network is trained.

    Attributes
    ----------
    stages
        Numbers of passes over the rows to choose from.
    learning_rate
        Adam's step size.
    """

    stages: tuple[int, ...] = (0, 10, 20, 40, 80, 160, 320)
    learning_rate: float = 1e-3


SETTINGS = MlpSettings()


@dataclass(frozen=True)
class MlpLearner:
    """Learns a correction of a linear student by a network; one step is one pass over the rows.

    The last layer starts at zero, so that no step is no correction.
    """

    settings: MlpSettings
    hidden: tuple[int, ...]
    seed: int

    @property
    def stages(self) -> tuple[int, ...]:
        """Numbers of passes to choose from."""
        return self.settings.stages

    def path(self, examples: Examples, start: LinearBody, outside: Array) -> Array:
        """Return the correction (n_stages, n_outside, n_outputs) of other rows at every stage."""
        inputs = outside[:, examples.ordinary]
        corrections = np.zeros((len(self.stages), len(outside), examples.n_outputs))

        def note(epoch: int, layers: Sequence[Layer]) -> None:
            if epoch in self.stages:
                corrections[self.stages.index(epoch)] = forward(layers, inputs)

        self.train(examples, start, self.stages[-1], note)
        return corrections

    def train(
        self, examples: Examples, start: LinearBody, n_epochs: int, note: Note | None = None
    ) -> list[Layer]:
        """Return the layers after ``n_epochs`` passes; ``note(epoch, layers)`` after each."""
        torch = require("torch", extra="mlp", purpose="multi-layer students")
        rows = examples.rows[:, examples.ordinary]
        widths = (rows.shape[1], *self.hidden, examples.n_outputs)
        layers = initial_layers(widths, np.random.default_rng(self.seed))
        layers[-1] = (np.zeros_like(layers[-1][0]), np.zeros_like(layers[-1][1]))
        tensors = as_tensors(layers)
        x, offsets = torch.from_numpy(rows), torch.from_numpy(start.logits(examples.rows))
        codes, weights = torch.from_numpy(examples.codes), torch.from_numpy(examples.row_weights)

        def loss() -> Tensor:
            return label_loss(offsets + network(tensors, x), codes, weights)

        after = None if note is None else (lambda epoch: note(epoch, as_layers(tensors)))
        flat = [tensor for pair in tensors for tensor in pair]
        rate = self.settings.learning_rate
        descend(flat, loss, n_epochs, learning_rate=rate, after=after)
        return as_layers(tensors)


def correct(examples: Examples, start: LinearBody, n_epochs: int, learner: MlpLearner) -> MlpBody:
    """Return the body after ``n_epochs`` passes over the rows."""
    if n_epochs == 0:
        return MlpBody(start, examples.ordinary)
    layers = learner.train(examples, start, n_epochs)
    return MlpBody(start, examples.ordinary, tuple(layers))


def network(tensors: Sequence[tuple[Tensor, Tensor]], rows: Tensor) -> Tensor:
    """Return the outputs (n_rows, n_outputs), as ``networks.forward`` does for arrays."""
    for weights, biases in tensors[:-1]:
        rows = (rows @ weights.T + biases).relu()
    weights, biases = tensors[-1]
    return rows @ weights.T + biases


def as_tensors(layers: Sequence[Layer]) -> list[tuple[Tensor, Tensor]]:
    """Return copies that can be trained."""
    torch = require("torch", extra="mlp", purpose="multi-layer students")
    return [
        (torch.tensor(weights, requires_grad=True), torch.tensor(biases, requires_grad=True))
        for weights, biases in layers
    ]


def as_layers(tensors: Sequence[tuple[Tensor, Tensor]]) -> list[Layer]:
    """Return the present values as arrays of their own."""
    return [
        (weights.detach().numpy().copy(), biases.detach().numpy().copy())
        for weights, biases in tensors
    ]
