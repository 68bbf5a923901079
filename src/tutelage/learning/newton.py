"""Newton steps for penalised logistic models: many settings at once, or one with many classes.

The penalty is that of independent Normal priors on rotated coefficients (see ``map_estimate``).
The intercepts have a wide Normal prior, so that the evidence is finite.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

Array = NDArray[np.float64]
Which = NDArray[np.intp] | slice

INTERCEPT_SD = 5.0
MAX_STEPS = 50
MAX_HALVINGS = 25
TOLERANCE = 1e-6
ROUGH = 1e-2
IRRELEVANT = 10.0
LARGEST_DENSE_SYSTEM = 800
# Coordinates that get the exact curvature. The factors are sorted by length, so that the others
# are short: there the prior decides, and a diagonal will do.
LEADING = 24
PATIENCE = 20
MOST_PRODUCTS = 1 << 20


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

    design: Array  # (n_rows, rank + 1), first column 1
    unit: Array  # (n_settings, rank + 1), first column 1
    offsets: Array  # (n_settings, n_rows)
    labels: Array  # (n_rows,), 0 or 1
    row_weights: Array  # (n_rows,)
    precision: Array  # (rank + 1,)

    def logits(self, theta: Array, which: Which) -> Array:
        """Return the change (n, n_rows) of the logits by ``theta`` (n, rank + 1)."""
        change: Array = (theta * self.unit[which]) @ self.design.T
        return change

    def loss(self, theta: Array, logits: Array) -> Array:
        """Return the penalised loss (n,)."""
        cross_entropy = np.maximum(logits, 0.0) - self.labels * logits
        cross_entropy += np.log1p(np.exp(-np.abs(logits)))
        loss: Array = cross_entropy @ self.row_weights + 0.5 * (theta**2 @ self.precision)
        return loss

    def slope_and_weight(self, theta: Array, logits: Array, which: Which) -> tuple[Array, Array]:
        """Return the gradient (n, rank + 1) and the curvature (n, n_rows) per row's logit."""
        tail = np.exp(-np.abs(logits))
        whole = 1.0 + tail
        chance = np.where(logits > 0, 1.0, tail) / whole
        error = (chance - self.labels) * self.row_weights
        slope = error @ self.design * self.unit[which] + theta * self.precision
        return slope, self.row_weights * tail / whole**2

    def weight(self, logits: Array) -> Array:
        """Return the curvature (n, n_rows) of the loss per row's logit."""
        tail = np.exp(-np.abs(logits))
        weight: Array = self.row_weights * tail / (1.0 + tail) ** 2
        return weight

    def curvature(self, weight: Array, width: int, which: Which) -> Array:
        """Return the Hessian (n, width, width) in the leading ``width`` coordinates."""
        if width <= LEADING and len(self.design) * width**2 <= MOST_PRODUCTS:
            hessian = (weight @ self._products).reshape(-1, width, width)
        else:
            part = self._leading if width <= LEADING else self.design
            halves = (part * root[:, None] for root in np.sqrt(weight))
            hessian = np.array([half.T @ half for half in halves])
        unit = self.unit[which, :width]
        hessian *= unit[:, :, None] * unit[:, None, :]
        at = np.arange(width)
        hessian[:, at, at] += self.precision[:width]
        return hessian

    def step(self, slope: Array, weight: Array, width: int, which: Which) -> Array:
        """Return the Newton step; beyond ``width`` with the diagonal of the Hessian."""
        step = np.empty_like(slope)
        hessian = self.curvature(weight, width, which)
        step[:, :width] = np.linalg.solve(hessian, slope[:, :width, None])[:, :, 0]
        if width < slope.shape[1]:
            step[:, width:] = slope[:, width:] / self.diagonal(weight, which)
        return step

    def diagonal(self, weight: Array, which: Which) -> Array:
        """Return the diagonal (n, rank + 1 - LEADING) of the Hessian beyond the leading block."""
        found: Array = weight @ self._squares * self.unit[which, LEADING:] ** 2
        found += self.precision[LEADING:]
        return found

    def log_determinant(self, logits: Array, which: NDArray[np.intp]) -> Array:
        """Return the log determinant (n,) of the Hessian, one setting at a time if it is big."""
        weight = self.weight(logits)
        size = self.design.shape[1]
        stride = len(which) if size <= LEADING else 1
        found = np.empty(len(which))
        for i in range(0, len(which), stride):
            part = slice(i, i + stride)
            hessian = self.curvature(weight[part], size, which[part])
            found[part] = np.linalg.slogdet(hessian)[1]
        return found

    def log_determinant_bound(self, logits: Array) -> Array:
        """Return an upper bound (n_settings,): the leading block times the other diagonal."""
        weight, everything = self.weight(logits), slice(None)
        block = self.curvature(weight, LEADING, everything)
        rest = np.log(self.diagonal(weight, everything)).sum(axis=1)
        bound: Array = np.linalg.slogdet(block)[1] + rest
        return bound

    @cached_property
    def _leading(self) -> Array:
        return np.ascontiguousarray(self.design[:, :LEADING])

    @cached_property
    def _products(self) -> Array:
        """The products of every two leading columns, one row for one row."""
        part = self._leading
        return (part[:, :, None] * part[:, None, :]).reshape(len(part), -1)

    @cached_property
    def _squares(self) -> Array:
        squares: Array = self.design[:, LEADING:] ** 2
        return squares


def fit_binary(
    factors: Array,
    sd: Array,
    offsets: Array,
    labels: Array,
    row_weights: Array,
    log_prior: Array | None = None,
) -> Posterior:
    """Fit one two-class model per setting.

    Minimises, for each setting, ``sum_i w_i log(1 + exp(-y_i logit_i)) + |u|^2 / 2 +
    intercept^2 / (2 * 5^2)`` with ``logit = offset + intercept + sd * factors @ u``, by Newton
    steps that are halved until the loss falls.

    Parameters
    ----------
    factors : (n_rows, rank)
        With more than 24 columns, it is fast when they are orthogonal, the longest first.
    sd : (n_settings,)
        Prior standard deviation of a coefficient, >= 0; 0 leaves the offset alone.
    offsets : (n_settings, n_rows)
        The teacher's part of the logit.
    labels : (n_rows,)
        0 or 1.
    row_weights : (n_rows,)
        Weight of each row's log likelihood, >= 0.
    log_prior : (n_settings,) or None
        Where given, settings that cannot matter in an average (posterior mass far below 1e-3)
        keep a rough mode and a lower bound of their evidence.

    Examples
    --------
    >>> rows, labels = np.array([[-1.0], [1.0]]), np.array([0.0, 1.0])
    >>> fit = fit_binary(rows, np.array([0.0, 1.0]), np.zeros((2, 2)), labels, np.ones(2))
    >>> fit.coefficients[:, 0, 0].round(3).tolist()
    [0.0, 0.675]
    """
    problem = _binary_problem(factors, sd, offsets, labels, row_weights)
    theta = np.zeros_like(problem.unit)
    state = theta, problem.loss(theta, offsets), offsets.copy()
    which = np.arange(len(sd))
    evidence = np.empty(len(sd))
    if log_prior is not None and theta.shape[1] > LEADING:
        _minimise(problem, state, which, ROUGH)
        evidence = -state[1] - 0.5 * problem.log_determinant_bound(state[2])
        mass = evidence + log_prior
        which = np.flatnonzero(mass > mass.max() - IRRELEVANT)
    _minimise(problem, state, which, TOLERANCE)
    theta, loss, logits = state
    evidence[which] = -loss[which] - 0.5 * problem.log_determinant(logits[which], which)
    return Posterior((theta * problem.unit)[:, None, 1:], theta[:, None, 0], evidence)


def _minimise(
    problem: BinaryProblem,
    state: tuple[Array, Array, Array],
    which: NDArray[np.intp],
    tolerance: float,
) -> None:
    """Improve coefficients, losses and logits of the settings ``which`` in place."""
    size = problem.unit.shape[1]
    for n_done in range(MAX_STEPS):
        width = min(LEADING, size) if n_done < PATIENCE else size
        whole = len(which) == len(problem.unit)
        at: Which = slice(None) if whole else which  # a slice copies nothing
        here = state[0][at], state[1][at], state[2][at]
        slope, weight = problem.slope_and_weight(here[0], here[2], at)
        step = problem.step(slope, weight, width, at)
        gain = np.asarray((step * slope).sum(axis=1))
        state[0][at], state[1][at], state[2][at] = _descend(problem, here, step, gain, at)
        which = which[gain > tolerance]
        if not len(which):
            break


def _binary_problem(
    factors: Array, sd: Array, offsets: Array, labels: Array, row_weights: Array
) -> BinaryProblem:
    n_rows, rank = factors.shape
    design = np.empty((n_rows, rank + 1))
    design[:, 0], design[:, 1:] = 1.0, factors
    unit = np.empty((len(sd), rank + 1))
    unit[:, 0], unit[:, 1:] = 1.0, sd[:, None]
    precision = np.ones(rank + 1)
    precision[0] = INTERCEPT_SD**-2
    return BinaryProblem(design, unit, offsets, labels, row_weights, precision)


def _descend(
    problem: BinaryProblem,
    here: tuple[Array, Array, Array],
    step: Array,
    gain: Array,
    which: Which,
) -> tuple[Array, Array, Array]:
    """Take each setting's step, halved until its loss falls; a step that never helps is dropped."""
    theta, loss, logits = here
    change = problem.logits(step, which)
    size = np.ones((len(step), 1))
    slack = 1e-12 * np.abs(loss) + 1e-12
    for _ in range(MAX_HALVINGS):
        trial, trial_logits = theta - size * step, logits - size * change
        trial_loss = problem.loss(trial, trial_logits)
        worse = ~(trial_loss <= loss - 1e-4 * size[:, 0] * gain + slack)
        if not worse.any():
            return trial, trial_loss, trial_logits
        size[worse] /= 2
    size[worse] = 0.0
    trial, trial_logits = theta - size * step, logits - size * change
    return trial, problem.loss(trial, trial_logits), trial_logits


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
