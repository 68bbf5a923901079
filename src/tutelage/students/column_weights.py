"""What a linear student learned, per column, and where it contradicts its teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutelage.lessons.feature_prior import FeaturePrior, label_name
from tutelage.students.columns import ColumnLayout

SURE_SCORE = 0.2
NOTABLE_SHARE = 0.2


@dataclass(frozen=True)
class ColumnWeight:
    """One weight of a linear student.

    Attributes
    ----------
    label
        The class it speaks for when positive.
    column, category
        ``category`` is ``None`` for a number; ``"(missing)"`` marks missing cells.
    weight
        Log-odds (two classes) or class logit per standard deviation of the encoded column.
    score
        The teacher's mean score in [-1, 1], NaN when there is none.
    """

    label: str
    column: str
    category: str | None
    weight: float
    score: float

    @property
    def contradicts(self) -> bool:
        """Whether weight and score point in opposite directions."""
        return bool(self.score * self.weight < 0)


def column_weights(
    weights: NDArray[np.float64],
    layout: ColumnLayout,
    classes: Sequence[object],
    prior: FeaturePrior | None,
) -> list[ColumnWeight]:
    """Return the weight of every column and category with the teacher's score beside it.

    Of a column with bends this is the straight part; explanations hold all of it.

    Parameters
    ----------
    weights : (n_outputs, n_encoded)
        One output for two classes, which speaks for the second.
    layout
        The layout the weights belong to.
    classes
        The labels, in the order of the outputs.
    prior
        The teacher's scores, or ``None``.
    """
    spoken_for = list(classes[1:]) if len(classes) == 2 else list(classes)
    names: list[tuple[str, str | None]] = [(layout.names[i], None) for i in layout.numeric]
    straight = np.concatenate(
        [
            np.arange(len(names)),
            np.arange(layout.n_encoded - len(layout.indicators), layout.n_encoded),
        ]
    )
    names += [
        (layout.names[i], "(missing)" if category is None else category)
        for i, category in layout.indicators
    ]
    found = []
    for output, label in enumerate(spoken_for):
        scores = _scores(prior, label, classes)
        for (column, category), weight in zip(
            names, weights[output, straight].tolist(), strict=True
        ):
            score = scores.get((column, category), float("nan"))
            found.append(ColumnWeight(label_name(label), column, category, weight, score))
    return found


def contradictions(weights: Sequence[ColumnWeight]) -> list[ColumnWeight]:
    """Return the weights that contradict a teacher who was sure, largest first.

    Sure: an absolute score of at least 0.2. Only weights of at least a fifth of the largest are
    listed: a small weight of the wrong sign is noise.
    """
    largest = max((abs(entry.weight) for entry in weights), default=0.0)
    notable = [
        entry
        for entry in weights
        if entry.contradicts
        and abs(entry.score) >= SURE_SCORE
        and abs(entry.weight) >= NOTABLE_SHARE * largest
    ]
    return sorted(notable, key=lambda entry: -abs(entry.weight))


def _scores(
    prior: FeaturePrior | None, label: object, classes: Sequence[object]
) -> dict[tuple[str, str | None], float]:
    if prior is None:
        return {}
    if label_name(label) in prior.scored_classes:
        return {(e.column, e.category): e.mean for e in prior.entries(label)}
    if len(classes) == 2:
        return {(e.column, e.category): -e.mean for e in prior.entries(classes[0])}
    return {}
