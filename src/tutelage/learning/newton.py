"""Newton steps for penalised logistic models: many settings at once, or one with many classes.

The penalty is that of independent Normal priors on rotated coefficients (see ``map_estimate``).
The intercepts have a wide Normal prior, so that the evidence is finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp, softmax

Array = NDArray[np.float64]

INTERCEPT_SD = 5.0
MAX_STEPS = 50
MAX_HALVINGS = 25
TOLERANCE = 1e-9
LARGEST_DENSE_SYSTEM = 800


@dataclass(frozen=True)
class Posterior:
    """The Laplace approximation of one classifier per setting.

    Attributes
    ----------
    coefficients : (n_settings, n_outputs, rank)
        Mode of the coefficients, in units of the factors.
    intercepts : (n_settings, n_outputs)
        Mode of the intercepts.
    evidence : (n_settings,)
        Log probability of the labels under each setting, up to a constant shared by all.
    """

    coefficients: Array
    intercepts: Array
    evidence: Array


@dataclass(frozen=True)
class BinaryProblem:
    """Settings that share rows: ``logit = offset + intercept + sd * factors @ u``, u ~ N(0, I)."""

    design: Array  # (n_rows, rank + 1), last column 1
    unit: Array  # (n_settings, rank + 1), last column 1
    offsets: Array  # (n_settings, n_rows)
    labels: Array  # (n_rows,), 0 or 1
    row_weights: Array  # (n_rows,)
    precision: Array  # (rank + 1,)

    def loss(self, theta: Array, which: NDArray[np.intp]) -> tuple[Array, Array]:
        """Return the penalised loss (n,) and the logits (n, n_rows) of the settings ``which``."""
        logits = self.offsets[which] + (theta * self.unit[which]) @ self.design.T
        signed = np.where(self.labels > 0, logits, -logits)
        loss = np.logaddexp(0.0, -signed) @ self.row_weights
        return loss + 0.5 * (theta**2) @ self.precision, logits

    def curvature(self, logits: Array, which: NDArray[np.intp]) -> Array:
        """Return the Hessian (n, rank + 1, rank + 1) of the loss."""
        chance = expit(logits)
        weight = self.row_weights * chance * (1.0 - chance)  # (n, n_rows)
        hessian: Array = (weight[:, None, :] * self.design.T) @ self.design
        unit = self.unit[which]
        hessian *= unit[:, :, None] * unit[:, None, :]
        hessian += np.diag(self.precision)
        return hessian

    def slope(self, theta: Array, logits: Array, which: NDArray[np.intp]) -> Array:
        """Return the gradient (n, rank + 1) of the loss."""
        error = (expit(logits) - self.labels) * self.row_weights
        slope: Array = error @ self.design * self.unit[which] + theta * self.precision
        return slope


def fit_binary(
    factors: Array, sd: Array, offsets: Array, labels: Array, row_weights: Array
) -> Posterior:
    """Fit one two-class model per setting.

    Minimises, for each setting, ``sum_i w_i log(1 + exp(-y_i logit_i)) + |u|^2 / 2 +
    intercept^2 / (2 * 5^2)`` with ``logit = offset + intercept + sd * factors @ u``, by Newton
    steps that are halved until the loss falls.

    Parameters
    ----------
    factors : (n_rows, rank)
    sd : (n_settings,)
        Prior standard deviation of a coefficient, >= 0; 0 leaves the offset alone.
    offsets : (n_settings, n_rows)
        The teacher's part of the logit.
    labels : (n_rows,)
        0 or 1.
    row_weights : (n_rows,)
        Weight of each row's log likelihood, >= 0.

    Examples
    --------
    >>> rows, labels = np.array([[-1.0], [1.0]]), np.array([0.0, 1.0])
    >>> fit = fit_binary(rows, np.array([0.0, 1.0]), np.zeros((2, 2)), labels, np.ones(2))
    >>> fit.coefficients[:, 0, 0].round(3).tolist()
    [0.0, 0.675]
    """
    problem = _binary_problem(factors, sd, offsets, labels, row_weights)
    theta = np.zeros_like(problem.unit)
    everything = np.arange(len(sd))
    loss, logits = problem.loss(theta, everything)
    active = everything
    for _ in range(MAX_STEPS):
        slope = problem.slope(theta[active], logits[active], active)
        hessian = problem.curvature(logits[active], active)
        step = np.linalg.solve(hessian, slope[:, :, None])[:, :, 0].astype(np.float64)
        gain = np.asarray((step * slope).sum(axis=1))
        theta[active], loss[active], logits[active] = _descend(
            problem, theta[active], loss[active], step, gain, active
        )
        active = active[gain > TOLERANCE]
        if not active.size:
            break
    hessian = problem.curvature(logits, everything)
    evidence: Array = -loss - 0.5 * np.linalg.slogdet(hessian)[1]
    scaled = theta * problem.unit
    return Posterior(scaled[:, None, :-1], theta[:, None, -1], evidence)


def _binary_problem(
    factors: Array, sd: Array, offsets: Array, labels: Array, row_weights: Array
) -> BinaryProblem:
    n_rows, rank = factors.shape
    precision = np.ones(rank + 1)
    precision[-1] = INTERCEPT_SD**-2
    unit = np.ones((len(sd), rank + 1))
    unit[:, :-1] = sd[:, None]
    design = np.column_stack([factors, np.ones(n_rows)])
    return BinaryProblem(design, unit, offsets, labels, row_weights, precision)


def _descend(
    problem: BinaryProblem,
    theta: Array,
    loss: Array,
    step: Array,
    gain: Array,
    which: NDArray[np.intp],
) -> tuple[Array, Array, Array]:
    """Take each setting's step, halved until its loss falls; a step that never helps is dropped."""
    size = np.ones(len(which))
    slack = 1e-12 * np.abs(loss) + 1e-12
    for _ in range(MAX_HALVINGS):
        trial = theta - size[:, None] * step
        trial_loss, logits = problem.loss(trial, which)
        worse = ~(trial_loss <= loss - 1e-4 * size * gain + slack)
        if not worse.any():
            return trial, trial_loss, logits
        size = np.where(worse, size / 2, size)
    kept = np.where(worse[:, None], theta, trial)
    kept_loss, logits = problem.loss(kept, which)
    return kept, kept_loss, logits


def fit_multinomial(
    factors: Array, sd: float, offsets: Array, codes: NDArray[np.intp], row_weights: Array
) -> tuple[Array, Array, float]:
    """Fit one softmax model: ``logits = offsets + intercepts + sd * factors @ U.T``.

    The curvature is exact while the system is small, and beyond it Boehning's upper bound
    (Annals of the Institute of Statistical Mathematics 44, 1992), which needs one decomposition
    for any number of classes.

    Parameters
    ----------
    factors : (n_rows, rank)
    sd
        Prior standard deviation of a coefficient, >= 0.
    offsets : (n_rows, n_classes)
    codes : (n_rows,)
        Class of each row, 0 to n_classes - 1.
    row_weights : (n_rows,)

    Returns
    -------
    coefficients (n_classes, rank), intercepts (n_classes,), evidence.
    """
    n_rows, rank = factors.shape
    n_classes = offsets.shape[1]
    design = np.column_stack([sd * factors, np.ones(n_rows)])  # (n_rows, rank + 1)
    precision = np.ones(rank + 1)
    precision[-1] = INTERCEPT_SD**-2
    wanted = np.zeros_like(offsets)
    wanted[np.arange(n_rows), codes] = 1.0
    exact = n_classes * (rank + 1) <= LARGEST_DENSE_SYSTEM
    solver = _ExactCurvature if exact else _BoundedCurvature
    curvature = solver(design, row_weights, precision, n_classes)

    def loss_of(theta: Array) -> tuple[float, Array]:
        logits = offsets + design @ theta.T  # (n_rows, n_classes)
        loss = row_weights @ (logsumexp(logits, axis=1) - logits[np.arange(n_rows), codes])
        return float(loss + 0.5 * np.sum(theta**2 * precision)), logits

    theta = np.zeros((n_classes, rank + 1))
    loss, logits = loss_of(theta)
    for _ in range(MAX_STEPS if exact else 10 * MAX_STEPS):
        chance = softmax(logits, axis=1)
        slope = ((chance - wanted) * row_weights[:, None]).T @ design + theta * precision
        step = curvature.solve(chance, slope)
        gain = float(np.sum(step * slope))
        size = 1.0
        for _ in range(MAX_HALVINGS):
            trial_loss, trial_logits = loss_of(theta - size * step)
            if trial_loss <= loss - 1e-4 * size * gain + 1e-12 * abs(loss) + 1e-12:
                break
            size /= 2
        else:
            break
        theta, loss, logits = theta - size * step, trial_loss, trial_logits
        if gain <= TOLERANCE:
            break
    evidence = -loss - 0.5 * curvature.log_determinant(softmax(logits, axis=1))
    return theta[:, :-1] * sd, theta[:, -1], evidence


class _ExactCurvature:
    """The Hessian of the softmax loss as one dense matrix."""

    def __init__(self, design: Array, row_weights: Array, precision: Array, n_classes: int):
        self.design, self.row_weights = design, row_weights
        self.penalty = np.tile(precision, n_classes)
        self.n_classes = n_classes

    def matrix(self, chance: Array) -> Array:
        size, width = self.design.shape[1], self.n_classes
        hessian = np.empty((width, size, width, size))
        for a in range(width):
            for b in range(a, width):
                weight = self.row_weights * chance[:, a] * ((a == b) - chance[:, b])
                block = (self.design * weight[:, None]).T @ self.design
                hessian[a, :, b, :] = block
                hessian[b, :, a, :] = block.T
        full: Array = hessian.reshape(width * size, width * size)
        full[np.diag_indices_from(full)] += self.penalty
        return full

    def solve(self, chance: Array, slope: Array) -> Array:
        step = np.linalg.solve(self.matrix(chance), slope.ravel()).astype(np.float64)
        return step.reshape(slope.shape)

    def log_determinant(self, chance: Array) -> float:
        return float(np.linalg.slogdet(self.matrix(chance))[1])


class _BoundedCurvature:
    """Boehning's bound: (I - 11'/K) / 2 in the classes times the Gram matrix of the rows."""

    def __init__(self, design: Array, row_weights: Array, precision: Array, n_classes: int):
        root = np.sqrt(precision)
        gram = (design * row_weights[:, None]).T @ design / root / root[:, None]
        self.values, self.vectors = np.linalg.eigh(gram)
        self.root, self.n_classes = root, n_classes

    def solve(self, chance: Array, slope: Array) -> Array:
        del chance  # the bound holds for any probabilities
        turned = (slope / self.root) @ self.vectors  # (n_classes, rank + 1)
        mean = turned.mean(axis=0)
        step = (turned - mean) / (1.0 + 0.5 * np.maximum(self.values, 0.0)) + mean
        back: Array = (step @ self.vectors.T) / self.root
        return back

    def log_determinant(self, chance: Array) -> float:
        del chance
        spread = np.log1p(0.5 * np.maximum(self.values, 0.0)).sum()
        return float((self.n_classes - 1) * spread + 2 * self.n_classes * np.log(self.root).sum())
