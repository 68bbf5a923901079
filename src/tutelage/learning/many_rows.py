"""Two classes and more rows than columns: a few settings on all rows, without copies of them.

One Hessian serves several steps and several settings, since with many rows all settings end
near one another. Rows are read a block at a time, so that they may be stored as 32-bit numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from tutelage.learning.newton import INTERCEPT_SD, MAX_HALVINGS, MAX_STEPS

Array = NDArray[np.float64]
AnyFloats = NDArray[np.floating]

ROWS_AT_ONCE = 1 << 10  # what a processor keeps at hand
# In nats: what a last step may still gain.
TOLERANCE = 1e-6
# A step that leaves more than this share of the gain to come needs a new Hessian.
SLOW = 0.1
# A setting whose mode promises less gain than this, in nats, is reached by the quadratic alone.
NEAR = 0.3


@dataclass(frozen=True)
class ColumnPrior:
    """Independent Normal priors of the weights of the columns.

    Attributes
    ----------
    centre : (n_columns,)
    variances : (n_columns,)
        Above 0.
    """

    centre: Array
    variances: Array

    def loss(self, theta: Array) -> float:
        """Return minus the log density of ``theta`` (1 + n_columns,), up to a constant."""
        away = theta[1:] - self.centre
        return float(0.5 * np.sum(away**2 / self.variances) + 0.5 * (theta[0] / INTERCEPT_SD) ** 2)

    def slope(self, theta: Array) -> Array:
        """Return the gradient of the loss (1 + n_columns,)."""
        return np.concatenate(
            [theta[:1] / INTERCEPT_SD**2, (theta[1:] - self.centre) / self.variances]
        )

    @property
    def precision(self) -> Array:
        """One over the variances (1 + n_columns,), the intercept's first."""
        return np.concatenate([[INTERCEPT_SD**-2], 1.0 / self.variances])


@dataclass(frozen=True)
class ManyRows:
    """Rows of two classes.

    Attributes
    ----------
    rows : (n_rows, n_columns)
        32- or 64-bit numbers.
    labels : (n_rows,)
        0 or 1.
    row_weights : (n_rows,)
    """

    rows: AnyFloats
    labels: Array
    row_weights: Array

    def loss_and_slope(self, theta: Array) -> tuple[float, Array]:
        """Return the weighted cross-entropy at ``theta`` (1 + n_columns,) and its gradient."""
        loss, slope = 0.0, np.zeros_like(theta)
        for block, labels, weights in self._blocks():
            logits = theta[0] + block @ theta[1:]
            tail = np.exp(-np.abs(logits))
            cross_entropy = np.maximum(logits, 0.0) - labels * logits + np.log1p(tail)
            loss += float(weights @ cross_entropy)
            error = (np.where(logits > 0, 1.0, tail) / (1.0 + tail) - labels) * weights
            slope[0] += error.sum()
            slope[1:] += error @ block
        return loss, slope

    def hessian(self, theta: Array) -> Array:
        """Return the Hessian (1 + n_columns, 1 + n_columns) of the cross-entropy.

        Its products are of 32-bit numbers: it only tells where to step and how large a volume is.
        """
        size = len(theta)
        found = np.zeros((size, size))
        for block, _, weights in self._blocks():
            tail = np.exp(-np.abs(theta[0] + block @ theta[1:]))
            root = np.sqrt(weights * tail) / (1.0 + tail)
            half = np.empty((len(block), size), dtype=np.float32)
            half[:, 0] = root
            np.multiply(block, root[:, None], out=half[:, 1:], casting="same_kind")
            found += half.T @ half
        return found

    def _blocks(self) -> Iterator[tuple[Array, Array, Array]]:
        for start in range(0, len(self.rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            block = np.asarray(self.rows[part], dtype=np.float64)
            yield block, self.labels[part], self.row_weights[part]


def fit_many_rows(
    problem: ManyRows, priors: Sequence[ColumnPrior], start: Array
) -> tuple[Array, Array]:
    """Fit one model per prior by Newton steps that share their Hessian where it serves.

    Minimises, for each prior, the weighted cross-entropy plus ``sum (w - centre)^2 / (2 v) +
    intercept^2 / (2 * 5^2)``.

    Parameters
    ----------
    priors
        The likeliest first.
    start : (1 + n_columns,)
        Intercept and weights to start from.

    Returns
    -------
    thetas (n_priors, 1 + n_columns), intercept first; evidence (n_priors,), the log probability
    of the labels in Laplace's approximation, up to a constant shared by all.

    Examples
    --------
    >>> rows = np.array([[-1.0], [1.0]])
    >>> problem = ManyRows(rows, np.array([0.0, 1.0]), np.ones(2))
    >>> prior = ColumnPrior(np.zeros(1), np.ones(1))
    >>> fit_many_rows(problem, [prior], np.zeros(2))[0].round(3).tolist()
    [[0.0, 0.675]]
    """
    thetas, evidence = np.empty((len(priors), len(start))), np.empty(len(priors))
    state = _State(start, *problem.loss_and_slope(start), problem.hessian(start))
    for place, prior in enumerate(priors):
        curvature = state.hessian + np.diag(prior.precision)
        step = np.linalg.solve(curvature, state.slope + prior.slope(state.theta))
        if place and float(step @ (state.slope + prior.slope(state.theta))) < NEAR:
            theta = state.theta - step
            loss = state.loss + float((0.5 * state.hessian @ step - state.slope) @ step)
        else:
            state = _minimise(problem, prior, state)
            theta, loss = state.theta, state.loss
            curvature = state.hessian + np.diag(prior.precision)
        thetas[place] = theta
        volume = np.linalg.slogdet(curvature)[1] + np.log(prior.variances).sum()
        evidence[place] = -loss - prior.loss(theta) - 0.5 * volume
    return thetas, evidence


@dataclass(frozen=True)
class _State:
    """Where a search stands: the cross-entropy, its gradient, and a Hessian from near by."""

    theta: Array
    loss: float
    slope: Array
    hessian: Array


def _minimise(problem: ManyRows, prior: ColumnPrior, state: _State) -> _State:
    """Return the state at the mode under ``prior``."""
    theta, cross_entropy, slope, hessian = state.theta, state.loss, state.slope, state.hessian
    solver = cho_factor(hessian + np.diag(prior.precision))
    last_gain, fresh = np.inf, False
    for _ in range(MAX_STEPS):
        whole = slope + prior.slope(theta)
        step = cho_solve(solver, whole)
        gain = float(step @ whole)
        if gain <= TOLERANCE:
            break
        if gain > SLOW * last_gain and not fresh:
            hessian, fresh = problem.hessian(theta), True
            solver = cho_factor(hessian + np.diag(prior.precision))
            continue
        loss = cross_entropy + prior.loss(theta)
        for halving in range(MAX_HALVINGS):
            size = 0.5**halving
            trial = theta - size * step
            trial_entropy, trial_slope = problem.loss_and_slope(trial)
            wanted = loss - 1e-4 * size * gain + 1e-12 * abs(loss) + 1e-12
            if trial_entropy + prior.loss(trial) <= wanted:
                break
        else:
            break
        theta, cross_entropy, slope = trial, trial_entropy, trial_slope
        last_gain, fresh = gain, False
    return _State(theta, cross_entropy, slope, hessian)


def row_scores(rows: AnyFloats, weights: Array) -> Array:
    """Return ``rows @ weights.T`` (n_rows, n_outputs) in 64 bits, a block of rows at a time.

    >>> row_scores(np.ones((2, 3), dtype=np.float32), np.array([[1.0, 2.0, 3.0]])).tolist()
    [[6.0], [6.0]]
    """
    if rows.dtype == np.float64:
        return np.asarray(rows @ weights.T)
    scores = np.empty((len(rows), len(weights)))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        scores[part] = rows[part].astype(np.float64) @ weights.T
    return scores
