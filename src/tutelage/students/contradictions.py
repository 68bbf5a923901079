"""Where the labels contradict the teacher, with an interval: the labels' word without its prior."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from tutelage.learning.many_rows import ColumnPrior, ManyRows, fit_many_rows
from tutelage.learning.map_estimate import Kinship, column_variances
from tutelage.lessons.feature_prior import FeaturePrior, label_name
from tutelage.students.column_weights import SURE_SCORE, column_weights
from tutelage.students.columns import ColumnLayout

Array = NDArray[np.float64]

# Prior standard deviation of the log-odds, the middle one of the student's own grid.
SCALE = 1.4


@dataclass(frozen=True)
class Contradiction:
    """A column on which the labels, asked without the teacher, say the opposite.

    Attributes
    ----------
    label
        The class that is spoken for.
    column, category
        ``category`` is ``None`` for a number.
    score
        What the teacher said, in [-1, 1].
    weight
        What the labels say: log-odds of the label against all others per standard deviation of
        the column, all other columns held. Its sign is the opposite of the score's.
    low, high
        Interval of the weight; it does not hold 0.
    """

    label: str
    column: str
    category: str | None
    score: float
    weight: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return one sentence for people."""
        where = self.column if self.category is None else f"{self.column} = {self.category}"
        return (
            f"The labels contradict the teacher on {where}: it said {self.score:+.2f} for "
            f"{self.label}, they say {self.weight:+.2f} ({self.low:+.2f} to {self.high:+.2f})."
        )


def contradicted(
    rows: Array,
    labels: NDArray[np.object_],
    layout: ColumnLayout,
    prior: FeaturePrior,
    *,
    row_weights: Array | None = None,
    level: float = 0.9,
) -> list[Contradiction]:
    """Return where the labels contradict a teacher who was sure (score of 0.2), worst first.

    For each class a model of the class against all others is fitted without the teacher: Normal
    prior around 0, log-odds of standard deviation 1.4. The interval is that of Laplace's
    approximation. The weight is the slope, on the column or category, of the straight line
    nearest to all that the column adds over the rows: curves and other categories included.
    No correction is made for the number of columns: at level 0.9, one right column in twenty may
    be listed by chance.

    Parameters
    ----------
    rows : (n_rows, n_encoded)
        Encoded by ``layout``.
    labels : (n_rows,)
    level
        Probability that the interval holds the weight, in (0, 1).

    Examples
    --------
    >>> import pandas as pd
    >>> from tutelage.students.columns import learn_layout, read_table
    >>> rng = np.random.default_rng(0)
    >>> fever = rng.normal(size=200)
    >>> labels = np.where(fever + rng.normal(size=200) > 0, "ill", "well").astype(object)
    >>> table = read_table(pd.DataFrame({"fever": fever}))
    >>> layout = learn_layout(table)
    >>> prior = FeaturePrior.from_scores({"ill": {"fever": -8}}, scale=10, classes=["ill", "well"])
    >>> found = contradicted(layout.encode(table), labels, layout, prior)
    >>> [(one.column, one.score, one.low > 0) for one in found if one.label == "ill"]
    []
    >>> [(one.label, one.column, one.score, one.high < 0) for one in found]
    [('well', 'fever', 0.8, True)]
    """
    classes = sorted(set(labels.tolist()), key=label_name)
    spoken_for = classes[1:] if len(classes) == 2 else classes
    weights = np.ones(len(rows)) if row_weights is None else row_weights
    slopes = _slopes_of(rows, weights, layout)
    spread = float(ndtri(0.5 + level / 2))
    means, errors = np.zeros((2, len(spoken_for), layout.n_encoded))
    for place, label in enumerate(spoken_for):
        is_label = np.array([one == label for one in labels.tolist()], dtype=np.float64)
        mode, covariance = _without_teacher(rows, is_label, weights, layout)
        means[place] = slopes @ mode
        errors[place] = np.sqrt(np.einsum("ij,jk,ik->i", slopes, covariance, slopes))
    middle, half = (column_weights(part, layout, classes, prior) for part in (means, errors))
    found = [
        Contradiction(
            one.label, one.column, one.category, one.score, one.weight,
            one.weight - spread * error.weight, one.weight + spread * error.weight,
        )
        for one, error in zip(middle, half, strict=True)
        if one.contradicts and abs(one.score) >= SURE_SCORE
    ]  # fmt: skip
    return _worst_first(one for one in found if one.low > 0 or one.high < 0)


def _worst_first(found: Iterable[Contradiction]) -> list[Contradiction]:
    return sorted(found, key=lambda one: -abs(one.weight) / (one.high - one.low))


def _without_teacher(
    rows: Array, labels: Array, row_weights: Array, layout: ColumnLayout
) -> tuple[Array, Array]:
    """Return mode and covariance of the weights (n_encoded,) that the labels alone ask for."""
    known = np.ones(layout.n_encoded, dtype=bool)
    kinship = Kinship(layout.parents, layout.shares)
    shares = column_variances(np.zeros((1, layout.n_encoded)), known, kinship=kinship)
    prior = ColumnPrior(np.zeros(layout.n_encoded), SCALE**2 * shares)
    problem = ManyRows(rows, labels, row_weights)
    theta = fit_many_rows(problem, [prior], np.zeros(1 + layout.n_encoded))[0][0]
    curvature = problem.hessian(theta) + np.diag(prior.precision)
    covariance = np.linalg.inv(curvature).astype(np.float64)
    return theta[1:], covariance[1:, 1:]


def _slopes_of(rows: Array, row_weights: Array, layout: ColumnLayout) -> Array:
    """Return what takes encoded weights to slopes (n_encoded, n_encoded).

    A row holds how much of each part of the same column is a straight line in this part.
    """
    slopes = np.eye(layout.n_encoded)
    centred = rows - row_weights @ rows / row_weights.sum()
    for at, owner in enumerate(layout.owners.tolist()):
        own = np.flatnonzero(layout.owners == owner)
        z = centred[:, at] * row_weights
        variance = float(z @ centred[:, at])
        if variance > 0:
            slopes[at, own] = z @ centred[:, own] / variance
    return slopes
