"""Linear regression around a teacher: posterior and evidence in closed form, averaged.

The model is ``y = intercept + x w + noise`` with ``w = c T + d``: T the teacher's direction, of
variance 1 over the rows; ``c >= 0`` the size of the teacher's effect; ``d ~ Normal(0, s^2 v)`` what
the labels add, v the column variances. The evidence of a linear model with Normal noise (MacKay,
"Bayesian Interpolation", Neural Computation 4, 1992, section 4) is closed in w, c and the
intercept; the size of the target and the share of the noise are summed over a grid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tutelage.learning.beliefs import Belief, beliefs_for
from tutelage.learning.grid_posterior import GridPosterior, SizeGrid
from tutelage.learning.map_estimate import Kinship, column_variances, directions
from tutelage.learning.moments import Moments, moments_of, spectrum

Array = NDArray[np.float64]
Loss = Literal["squared", "absolute"]

NOISE_SHARES = (1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97)
# Standard deviation of the target over that of its labels: few labels may lie close by chance.
SIZES = tuple(float(size) for size in np.geomspace(0.1, 10.0, 17))
MOST_ROUNDS = 100
SETTLED = 1e-6
SMALLEST_ERROR = 1e-4


@dataclass(frozen=True)
class Teaching:
    """What a teacher says about the columns of a matrix.

    Attributes
    ----------
    scores : (n_columns,)
        Signed: positive where a larger value raises the target; 0 where unknown. In [-1, 1], of
        which only ratios matter, or target units per unit of the column (``in_target_units``).
    size : (n_columns,)
        How far a weight may deviate, relative to the others, >= 0: root mean square of the
        answers, so that a column on which they disagree may deviate too.
    known : (n_columns,)
        Whether the teacher scored the column.
    in_target_units
        Whether ``scores`` are weights, to be believed with their size.
    """

    scores: Array
    size: Array
    known: NDArray[np.bool_]
    in_target_units: bool = False


@dataclass(frozen=True)
class RegressionFit:
    """A linear regression averaged over beliefs.

    Attributes
    ----------
    weights : (n_columns,)
        Target units per unit of the column.
    intercept
        Prediction where every column is 0.
    beliefs, masses
        The beliefs and their posterior probabilities, which sum to 1.
    teacher_weights : (n_columns,)
        The part of ``weights`` that is the teacher's; the rest is learned from the labels.
    shares, share_masses : (any,)
        Posterior of ``c^2 / (c^2 + s^2)``: the share of the signal that is the teacher's, once the
        labels have set the size of the teacher's effect. Their masses sum to 1.
    noise_sd
        Standard deviation of the noise as the evidence has it; 0 when there is nothing to learn.
    """

    weights: Array
    intercept: float
    beliefs: tuple[Belief, ...]
    masses: tuple[float, ...]
    teacher_weights: Array
    shares: Array
    share_masses: Array
    noise_sd: float


def fit_regression(
    rows: Array,
    target: Array,
    row_weights: Array,
    *,
    teaching: Teaching | None = None,
    spread: tuple[Array, Array] | None = None,
    kinship: Kinship | None = None,
    trust: float | None = None,
    loss: Loss = "squared",
) -> RegressionFit:
    """Fit a linear regression to a target and, where given, to a teacher's scores.

    For each belief, with ``S^2`` the variance of the signal: ``s^2 = (1 - trust) S^2`` and c half
    Normal with mean square ``trust S^2``. A teacher in target units states S itself: c is Normal
    around it with relative variance ``1 - trust``, cut at 0, and ``s^2 = S^2 (1 - trust) / trust``.
    Without a teacher, or with ``trust=0``, the teacher plays no part, to the bit.

    Absolute error is Laplace noise, bounded from below by a Normal per row whose width is tuned in
    turns with the fit (Girolami, Neural Computation 13, 2001); one bound serves all beliefs.

    Parameters
    ----------
    rows : (n_rows, n_columns)
        Standardised columns.
    target : (n_rows,)
    row_weights : (n_rows,)
        A row of weight 2 counts as two rows; > 0.
    spread
        Rows that show how columns vary, and their weights; default ``rows``, ``row_weights``.
    kinship
        Which columns are made from others; default none.
    trust
        ``None`` averages over trust; a number in [0, 1] fixes it.
    loss
        ``"squared"``: Normal noise; ``"absolute"``: Laplace noise.

    Examples
    --------
    >>> rows = np.array([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.1]])
    >>> teaching = Teaching(np.array([0.9, 0.0]), np.array([0.9, 0.0]), np.ones(2, dtype=bool))
    >>> fit = fit_regression(rows, np.array([1.0, 3.0, 2.0]), np.ones(3), teaching=teaching)
    >>> bool(fit.weights[0] > 5 * abs(fit.weights[1]))
    True
    """
    has_prior = teaching is not None and bool(np.any(teaching.scores))
    if teaching is None or not has_prior:
        flat = np.zeros(rows.shape[1])
        teaching = Teaching(flat, flat, np.ones(len(flat), dtype=bool))
    kin = (
        kinship
        if kinship is not None
        else Kinship(np.arange(rows.shape[1]), np.ones(rows.shape[1]))
    )
    made = kin.parents != np.arange(rows.shape[1])
    beliefs = beliefs_for(
        trust,
        has_prior=has_prior,
        sharpens=not teaching.in_target_units,
        bends=bool(made.any()),
    )
    around = spread if spread is not None else (rows, row_weights)
    teachers = {
        t: directions(teaching.scores[None, :], around, t)[0]
        for t in {belief.sharpness for belief in beliefs if belief.trust > 0}
    }
    stated = 0.0
    if teaching.in_target_units and teachers:
        (direction,) = teachers.values()
        largest = np.abs(teaching.scores).max()
        stated = float((teaching.scores / largest) @ direction / (direction @ direction)) * largest
    location, unit = _location_and_unit(target, row_weights, stated, loss)
    if unit == 0.0:
        nothing = np.zeros(rows.shape[1])
        masses = tuple(belief.prior_mass for belief in beliefs)
        trusts = np.array([belief.trust for belief in beliefs])
        return RegressionFit(
            nothing, location, beliefs, masses, nothing, trusts, np.array(masses), 0.0
        )
    problem = _Problem(
        rows,
        target / unit - location / unit,
        row_weights,
        teaching,
        teachers,
        stated / unit,
        kin,
        loss,
    )
    found = problem.solve(beliefs)
    return RegressionFit(
        found.weights * unit,
        location + found.intercept * unit,
        beliefs,
        tuple(found.masses.tolist()),
        found.taught * unit,
        found.shares,
        found.point_masses.ravel(),
        (math.sqrt(2.0) * found.noise if loss == "absolute" else math.sqrt(found.noise)) * unit,
    )


def _location_and_unit(
    target: Array, row_weights: Array, stated: float, loss: Loss
) -> tuple[float, float]:
    """Return where the target lies and how far it spreads, at any magnitude a float can hold.

    Mean and standard deviation; for absolute error the median and, where most rows differ from
    it, the median distance in the unit of a standard deviation: outliers must not set the grid.
    """
    largest = max(float(np.abs(target).max()), abs(stated))
    if largest == 0.0:
        return 0.0, 0.0
    small = target / largest
    share = row_weights / row_weights.sum()
    if np.ptp(small) == 0.0:
        return float(target[0]), abs(stated)
    middle = float(share @ small)
    spread = math.sqrt(float(share @ (small - middle) ** 2))
    if loss == "absolute":
        middle = _median(small, row_weights)
        spread = 1.4826 * _median(np.abs(small - middle), row_weights) or spread
    return middle * largest, math.hypot(spread, stated / largest) * largest


def _median(values: Array, weights: Array) -> float:
    """Return the smallest value that at least half of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(reached, 0.5 * reached[-1])]])


@cache
def _points() -> tuple[Array, Array, Array]:
    """Return size, share of the noise and log mass of every point of the grid."""
    sizes, shares = np.meshgrid(np.array(SIZES), np.array(NOISE_SHARES), indexing="ij")
    log_mass = -0.5 * np.log(sizes) ** 2
    log_mass -= np.log(np.exp(log_mass).sum())
    return sizes.ravel(), shares.ravel(), log_mass.ravel()


@dataclass(frozen=True)
class _Problem:
    rows: Array
    target: Array  # in units of its standard deviation, around 0
    row_weights: Array
    teaching: Teaching
    teachers: dict[float, Array]
    stated: float  # standard deviation of the signal as the teacher states it, or 0
    kinship: Kinship
    loss: Loss

    def solve(self, beliefs: Sequence[Belief]) -> _Average:
        """Return the average over all beliefs; for Laplace noise in turns with its bound."""
        if self.loss == "squared":
            return self._average(beliefs, self.row_weights, None)
        error = np.ones(len(self.target))
        before = np.full(len(self.target), np.inf)
        for _ in range(MOST_ROUNDS):
            average = self._average(beliefs, self.row_weights / error, error)
            said = self.rows @ average.weights + average.intercept
            squared = (self.target - said) ** 2 + average.variance(self.rows)
            error = np.maximum(np.sqrt(squared), SMALLEST_ERROR)
            if np.abs(said - before).max() < SETTLED:
                break
            before = said
        return average

    def _average(
        self, beliefs: Sequence[Belief], precision: Array, error: Array | None
    ) -> _Average:
        """Average all beliefs, with rows of the given precision times that of the noise.

        ``error`` (n_rows,) is the expected absolute error of each row, for Laplace noise.
        """
        moments = moments_of(self.rows, self.target, precision)
        kinds = [(belief.trust > 0, belief.bend) for belief in beliefs]
        spectra = {kind: spectrum(moments, self._variances(*kind)) for kind in set(kinds)}
        weighed = [
            GridPosterior(spectra[kind], self._grid(belief), self._direction(belief))
            for kind, belief in zip(kinds, beliefs, strict=True)
        ]
        log_mass = np.array([self._log_mass(one, error) for one in weighed])
        log_mass += np.log([[belief.prior_mass] for belief in beliefs])
        masses = np.exp(log_mass - log_mass.max())
        return _Average(moments, weighed, masses / masses.sum())

    def _log_mass(self, one: GridPosterior, error: Array | None) -> Array:
        """Return evidence times prior mass (n_points,) as a logarithm, up to a constant."""
        noise, n_labels = one.grid.noise, float(self.row_weights.sum())
        if error is None:
            likelihood = -0.5 * max(n_labels - 1.0, 0.0) * np.log(noise)
        else:
            likelihood = -max(n_labels - 0.5, 0.0) * np.log(noise)
            likelihood -= 0.5 * float(self.row_weights @ error) / noise
        total: Array = one.log_evidence + likelihood + one.grid.log_mass
        return total

    def _variances(self, taught: bool, bend: float) -> Array:
        size = self.teaching.size if taught else np.zeros(self.rows.shape[1])
        parents, shares = self.kinship.parents, self.kinship.shares
        made = parents != np.arange(len(parents))
        kinship = Kinship(parents, np.where(made, bend * shares, shares))
        return column_variances(size[None, :], self.teaching.known, kinship=kinship)

    def _direction(self, belief: Belief) -> Array:
        if belief.trust == 0:
            return np.zeros(self.rows.shape[1])
        return self.teachers[belief.sharpness]

    def _grid(self, belief: Belief) -> SizeGrid:
        sizes, shares, log_mass = _points()
        signal = sizes**2 * (1.0 - shares)
        noise = sizes**2 * shares
        if self.loss == "absolute":
            noise = np.sqrt(noise / 2.0)  # the scale of Laplace noise of that variance
        zero = np.zeros_like(sizes)
        if belief.trust > 0 and self.stated > 0:
            unsure = math.sqrt(1.0 - belief.trust) * self.stated
            free = zero + unsure**2 / belief.trust
            return SizeGrid(zero + self.stated, zero + unsure, free, noise, log_mass)
        width = np.sqrt(belief.trust * signal)
        return SizeGrid(zero, width, (1.0 - belief.trust) * signal, noise, log_mass)


@dataclass(frozen=True)
class _Average:
    moments: Moments
    weighed: Sequence[GridPosterior]
    point_masses: Array  # (n_beliefs, n_points)

    @cached_property
    def taught(self) -> Array:
        found = np.zeros_like(self.moments.mean)
        for one, mass in zip(self.weighed, self.point_masses, strict=True):
            found += float(mass @ one.size) * one.direction
        return found

    @cached_property
    def weights(self) -> Array:
        found: Array = self.taught.copy()
        for one, mass in zip(self.weighed, self.point_masses, strict=True):
            found += one.deviation(mass)
        return found

    @property
    def intercept(self) -> float:
        return self.moments.target_mean - float(self.moments.mean @ self.weights)

    @property
    def noise(self) -> float:
        """Mean variance of Normal noise, or mean scale of Laplace noise."""
        parts = zip(self.weighed, self.point_masses, strict=True)
        return sum(float(mass @ one.grid.noise) for one, mass in parts)

    @property
    def shares(self) -> Array:
        found = [
            one.size**2 / np.maximum(one.size**2 + one.grid.free, 1e-300)
            if one.direction.any()
            else np.zeros_like(one.grid.free)
            for one in self.weighed
        ]
        return np.concatenate(found)

    @property
    def masses(self) -> Array:
        found: Array = self.point_masses.sum(axis=1)
        return found

    def variance(self, rows: Array) -> Array:
        """Return the posterior variance (n_rows,) of the rows' predictions, without that of c."""
        away = rows - self.moments.mean
        found = np.zeros(len(rows))
        per_spectrum: dict[int, Array] = {}
        for one, mass in zip(self.weighed, self.point_masses, strict=True):
            found += float(mass @ one.grid.noise) / self.moments.total
            key = id(one.spectrum.basis)
            per_spectrum[key] = per_spectrum.get(key, 0.0) + one.unsettled(mass)
        for basis in {id(one.spectrum.basis): one.spectrum.basis for one in self.weighed}.values():
            found += (away @ basis) ** 2 @ per_spectrum[id(basis)]
        return found
