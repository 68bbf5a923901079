"""Rectified networks in numpy: values, and exact attributions along a straight path.

Only training needs torch: a trained network is a few matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from tutelage.errors import ModelFileError
from tutelage.students.bodies import BodyParts, LinearBody, stored_array, stored_positions

Array = NDArray[np.float64]
Layer = tuple[Array, Array]  # weights (n_out, n_in), biases (n_out,)

MOST_LAYERS = 20


def initial_layers(widths: Sequence[int], rng: np.random.Generator) -> list[Layer]:
    """Return layers of uniform numbers in +-1/sqrt(n_in), as torch starts its own.

    >>> layers = initial_layers((3, 5, 1), np.random.default_rng(0))
    >>> [weights.shape for weights, _ in layers]
    [(5, 3), (1, 5)]
    """
    layers = []
    for n_in, n_out in pairwise(widths):
        bound = 1.0 / np.sqrt(max(n_in, 1))
        layers.append(
            (rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out))
        )
    return layers


def forward(layers: Sequence[Layer], rows: Array) -> Array:
    """Return the outputs (n_rows, n_outputs); hidden layers are rectified."""
    for weights, biases in layers[:-1]:
        rows = np.maximum(rows @ weights.T + biases, 0.0)
    weights, biases = layers[-1]
    found: Array = rows @ weights.T + biases
    return found


def path_attributions(layers: Sequence[Layer], row: Array) -> Array:
    """Return integrated gradients (n_outputs, n_inputs) from the zero row to ``row``, exactly.

    Along the straight path every unit is piecewise linear, so the path is cut where a unit
    switches; within a piece the slope is constant. The attributions of an output sum to its value
    at ``row`` minus its value at the zero row, within rounding.

    >>> layers = initial_layers((3, 8, 8, 2), np.random.default_rng(0))
    >>> row = np.array([1.0, -2.0, 0.5])
    >>> change = forward(layers, row[None, :]) - forward(layers, np.zeros((1, 3)))
    >>> np.allclose(path_attributions(layers, row).sum(axis=1), change[0])
    True
    """
    cuts = np.array([0.0, 1.0])
    for depth in range(1, len(layers)):
        cuts = _with_switches(cuts, forward(layers[:depth], cuts[:, None] * row))
    middles, lengths = (cuts[:-1] + cuts[1:]) / 2, np.diff(cuts)
    slopes = _slopes(layers, middles[:, None] * row)  # (n_pieces, n_outputs, n_inputs)
    mean: Array = np.tensordot(lengths, slopes, axes=1)
    return mean * row


def _with_switches(cuts: Array, values: Array) -> Array:
    """Add the points where a unit, linear between ``cuts``, changes its sign.

    values : (n_cuts, n_units)
    """
    left, right = values[:-1], values[1:]
    pieces, units = np.nonzero(left * right < 0)
    share = left[pieces, units] / (left[pieces, units] - right[pieces, units])
    found = cuts[pieces] + share * (cuts[pieces + 1] - cuts[pieces])
    return np.unique(np.concatenate([cuts, found]))


def _slopes(layers: Sequence[Layer], rows: Array) -> Array:
    """Return d output / d input (n_rows, n_outputs, n_inputs) at each row."""
    n_inputs = rows.shape[1]
    slopes = np.broadcast_to(np.eye(n_inputs), (len(rows), n_inputs, n_inputs))
    for weights, biases in layers[:-1]:
        before = rows @ weights.T + biases
        slopes = (weights @ slopes) * (before > 0)[:, :, None]
        rows = np.maximum(before, 0.0)
    found: Array = layers[-1][0] @ slopes
    return found


@dataclass(frozen=True, eq=False)
class MlpBody:
    """A linear start plus a rectified network on the ordinary encoded columns.

    Attributes
    ----------
    start
        What the network corrects; all zero for a network that stands alone.
    inputs : (n_inputs,)
        Positions, among the encoded columns, of those the network sees.
    layers
        Empty when the labels asked for no correction.
    """

    start: LinearBody
    inputs: NDArray[np.intp]
    layers: tuple[Layer, ...] = ()

    def logits(self, encoded: Array) -> Array:
        """Return the scores (n_rows, n_outputs) of encoded rows (n_rows, n_encoded)."""
        found = self.start.logits(encoded)
        return found + forward(self.layers, encoded[:, self.inputs]) if self.layers else found

    def contributions(self, row: Array, output: int) -> tuple[Array, float]:
        """Return what each column adds between the average row (all zeros) and ``row``."""
        numbers, bias = self.start.contributions(row, output)
        if not self.layers:
            return numbers, bias
        shares = path_attributions(self.layers, row[self.inputs])  # (n_outputs, n_inputs)
        at_zero = forward(self.layers, np.zeros((1, len(self.inputs))))[0]
        if len(shares) > 1:
            shares, at_zero = shares - shares.mean(axis=0), at_zero - at_zero.mean()
        numbers = numbers.copy()
        numbers[self.inputs] += shares[output]
        return numbers, bias + float(at_zero[output])

    def parts(self) -> BodyParts:
        """Return the start's arrays, the inputs, and two arrays per layer."""
        arrays = {**self.start.parts().arrays, "inputs": self.inputs.astype(np.float64)}
        arrays["widths"] = np.array([len(biases) for _, biases in self.layers], dtype=np.float64)
        for i, (weights, biases) in enumerate(self.layers):
            arrays |= {f"layer.{i}.weights": weights, f"layer.{i}.biases": biases}
        return BodyParts(arrays)

    @classmethod
    def from_parts(cls, parts: BodyParts, n_outputs: int, n_encoded: int) -> Self:
        """Rebuild the body; shapes are checked."""
        start = LinearBody.from_parts(parts, n_outputs, n_encoded)
        inputs = stored_positions(parts, "inputs", n_encoded)
        widths = _stored_widths(parts, n_outputs)
        layers, n_in = [], len(inputs)
        for i, n_out in enumerate(widths):
            weights = stored_array(parts, f"layer.{i}.weights", (n_out, n_in))
            layers.append((weights, stored_array(parts, f"layer.{i}.biases", (n_out,))))
            n_in = n_out
        return cls(start, inputs, tuple(layers))


def _stored_widths(parts: BodyParts, n_outputs: int) -> list[int]:
    stored = np.asarray(parts.arrays.get("widths", np.nan), dtype=np.float64)
    listed = stored.reshape(-1).tolist()
    are_whole = all(width.is_integer() and width >= 1 for width in listed)
    if not are_whole or len(listed) > MOST_LAYERS or (listed and listed[-1] != n_outputs):
        raise ModelFileError(
            f"the array 'widths' must hold the widths of the layers, the last {n_outputs}, "
            f"got {listed[:5]}."
        )
    return [int(width) for width in listed]
