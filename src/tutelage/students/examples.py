"""Examples: what any student learns from, once table, labels and prior are numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutelage.learning.map_estimate import Kinship

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Examples:
    """Encoded rows with their classes, and the teacher's scores on the encoded columns.

    Attributes
    ----------
    rows : (n_rows, n_encoded)
        Standardised columns.
    codes : (n_rows,)
        Class of each row.
    n_classes
        At least 2.
    row_weights : (n_rows,)
        Sample weight times class weight, > 0.
    scores : (n_outputs, n_encoded) or None
        In [-1, 1], 0 where unknown; one output for two classes. ``None``: no teacher.
    known : (n_encoded,) or None
        Which columns the teacher scored.
    spread
        Rows (any, n_encoded) that show how columns vary, labelled or not, and their weights.
    kinship
        Which encoded columns are made from others; ``None``: none.
    """

    rows: Array
    codes: NDArray[np.intp]
    n_classes: int
    row_weights: Array
    scores: Array | None
    known: NDArray[np.bool_] | None
    spread: tuple[Array, Array]
    kinship: Kinship | None = None

    @property
    def n_outputs(self) -> int:
        """One for two classes (log-odds of the second), else one per class."""
        return 1 if self.n_classes == 2 else self.n_classes

    @property
    def has_scores(self) -> bool:
        """Whether there is a teacher and it said anything but 0."""
        return self.scores is not None and bool(np.any(self.scores))

    @property
    def ordinary(self) -> NDArray[np.intp]:
        """Positions of the columns that are not made from others."""
        places = np.arange(self.rows.shape[1])
        return places if self.kinship is None else np.flatnonzero(self.kinship.parents == places)

    def take(self, positions: NDArray[np.intp]) -> Examples:
        """Return the examples at ``positions``; what needs no label stays whole."""
        return replace(
            self,
            rows=self.rows[positions],
            codes=self.codes[positions],
            row_weights=self.row_weights[positions],
        )
