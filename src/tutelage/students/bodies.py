"""What a student is inside: the protocol of a body, and the linear one.

A body works on encoded columns and knows nothing of tables, labels or files. Bodies are listed in
``fitting.py``; a new kind of student is a new body and two lines there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from tutelage.errors import ModelFileError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BodyParts:
    """A body as plain values, ready for a model folder.

    Attributes
    ----------
    arrays
        Name -> array, for ``weights.safetensors``.
    texts
        File name -> JSON text.
    """

    arrays: Mapping[str, NDArray[np.float64]]
    texts: Mapping[str, str] = field(default_factory=dict)


class Body(Protocol):
    """What every student can do with encoded rows."""

    def logits(self, encoded: Array) -> Array:
        """Return the scores (n_rows, n_outputs) of encoded rows (n_rows, n_encoded).

        One output for two classes: the log-odds of the second. Else one class logit each.
        """
        ...

    def contributions(self, row: Array, output: int) -> tuple[Array, float]:
        """Return what each encoded column (n_encoded,) adds to one output, and the bias.

        They sum to the output's logit, less the mean over the outputs where there are several: a
        softmax does not see what all logits share.
        """
        ...

    def parts(self) -> BodyParts:
        """Return the body as plain values."""
        ...

    @classmethod
    def from_parts(cls, parts: BodyParts, n_outputs: int, n_encoded: int) -> Self:
        """Rebuild a body; shapes are checked."""
        ...


@dataclass(frozen=True, eq=False)
class LinearBody:
    """``logits = encoded @ weights.T + intercepts``.

    Attributes
    ----------
    weights : (n_outputs, n_encoded)
    intercepts : (n_outputs,)

    Examples
    --------
    >>> body = LinearBody(np.array([[2.0, -1.0]]), np.array([0.5]))
    >>> body.logits(np.array([[1.0, 1.0]])).tolist()
    [[1.5]]
    >>> body.contributions(np.array([1.0, 1.0]), 0)
    (array([ 2., -1.]), 0.5)
    """

    weights: Array
    intercepts: Array

    def logits(self, encoded: Array) -> Array:
        """Return the scores (n_rows, n_outputs) of encoded rows (n_rows, n_encoded)."""
        found: Array = encoded @ self.weights.T + self.intercepts
        return found

    def contributions(self, row: Array, output: int) -> tuple[Array, float]:
        """Return weight times value of each column, and the intercept."""
        slope, bias = self.weights[output], float(self.intercepts[output])
        if len(self.weights) > 1:
            slope = slope - self.weights.mean(axis=0)
            bias = float(self.intercepts[output] - self.intercepts.mean())
        return slope * row, bias

    def parts(self) -> BodyParts:
        """Return ``coef`` and ``intercept``."""
        return BodyParts({"coef": self.weights, "intercept": self.intercepts})

    @classmethod
    def from_parts(cls, parts: BodyParts, n_outputs: int, n_encoded: int) -> Self:
        """Rebuild the body; shapes are checked."""
        weights = stored_array(parts, "coef", (n_outputs, n_encoded))
        return cls(weights, stored_array(parts, "intercept", (n_outputs,)))


def stored_array(parts: BodyParts, name: str, shape: tuple[int, ...]) -> Array:
    """Return a stored array of the expected shape, all finite.

    Raises
    ------
    ModelFileError
        When it is absent, of another shape or not finite.
    """
    if name not in parts.arrays:
        raise ModelFileError(f"the array {name!r} is missing; it must have the shape {shape}.")
    found = np.asarray(parts.arrays[name], dtype=np.float64)
    if found.shape != shape:
        raise ModelFileError(f"the array {name!r} must have the shape {shape}, got {found.shape}.")
    if not np.isfinite(found).all():
        raise ModelFileError(f"the array {name!r} must hold finite numbers only.")
    return found


def stored_positions(parts: BodyParts, name: str, n_encoded: int) -> NDArray[np.intp]:
    """Return stored positions of encoded columns: whole, rising, below ``n_encoded``.

    Raises
    ------
    ModelFileError
        When the array is absent or holds anything else.
    """
    if name not in parts.arrays or parts.arrays[name].ndim != 1:
        raise ModelFileError(f"the array {name!r} must hold a list of positions.")
    found = np.asarray(parts.arrays[name], dtype=np.float64)
    wanted = np.flatnonzero(np.isin(np.arange(n_encoded), found))
    if not np.array_equal(found, wanted):
        raise ModelFileError(
            f"the array {name!r} must hold rising positions below {n_encoded}, "
            f"got {found[:5].tolist()}."
        )
    return wanted
