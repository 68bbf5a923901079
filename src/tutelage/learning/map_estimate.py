"""Linear students: the mode of the posterior, with trust in the prior chosen by evidence.

The weights have a Normal prior around the teacher's scores. A *setting* says how much of the
log-odds is the teacher's (trust), how large the log-odds are (scale) and how much more the
teacher's strongest columns weigh than the weak ones (sharpness). Every setting is fitted, and
the settings are averaged by their evidence times a hyper-prior that leans on the teacher while
labels are few, and the more so the better its scores fit the rows (see ``coherence``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutelage.learning.coherence import coherence, probability_right, some_rows
from tutelage.learning.many_rows import ColumnPrior, ManyRows, fit_many_rows, row_scores
from tutelage.learning.newton import LEADING, Array, fit_binary, fit_multinomial
from tutelage.learning.settings import FEWEST_TO_TURN, RIGHT, Setting, settings_for

FOCUS = 0.9
# Sharpness at which coherence is judged: strong columns lead, and no single one decides.
MILD = 2.5
N_ROWS_TO_CHOOSE = 500
SHARE_KEPT = 0.99


@dataclass(frozen=True)
class LinearFit:
    """A linear classifier averaged over settings.

    Attributes
    ----------
    weights : (n_outputs, n_columns)
        One output for two classes (log-odds of the second), else one per class.
    intercepts : (n_outputs,)
    settings, masses
        The settings and their posterior probabilities, which sum to 1.
    teacher_weights : (n_outputs, n_columns)
        The part of ``weights`` that is the teacher's; the rest is learned from labels.
    """

    weights: Array
    intercepts: Array
    settings: tuple[Setting, ...]
    masses: tuple[float, ...]
    teacher_weights: Array


def sharpen(scores: Array, sharpness: float) -> Array:
    """Return ``sign(s) (exp(t |s|) - 1) / (exp(t) - 1)``, which maps [-1, 1] onto itself.

    Continuous at zero, unlike ``sign(s) exp(|s|)``.

    >>> sharpen(np.array([-1.0, 0.0, 0.5, 1.0]), 5.0).round(3).tolist()
    [-1.0, 0.0, 0.076, 1.0]
    """
    if sharpness == 0:
        return scores
    result: Array = np.sign(scores) * np.expm1(sharpness * np.abs(scores)) / math.expm1(sharpness)
    return result


@dataclass(frozen=True)
class Kinship:
    """Columns that are made from others, such as a square from a straight line.

    Attributes
    ----------
    parents : (n_columns,)
        Position of the column it is made from; its own position for an ordinary column.
    shares : (n_columns,)
        Prior variance of its weight relative to its parent's; 1 for an ordinary column.
    """

    parents: NDArray[np.intp]
    shares: Array


def column_variances(
    scores: Array, known: NDArray[np.bool_], focus: float = FOCUS, kinship: Kinship | None = None
) -> Array:
    """Return the prior variance of each column's weight, summing to 1.

    A share ``focus`` follows the absolute scores (a column the teacher finds important may also
    deviate more), the rest is equal. Columns without a score get the mean of those with one;
    made columns take a share of their parent's.

    Parameters
    ----------
    scores : (n_outputs, n_columns)
    known : (n_columns,)
        Whether the teacher scored the column.
    """
    size = np.abs(scores).mean(axis=0)  # (n_columns,)
    ordinary = np.ones(len(size), dtype=bool)
    if kinship is not None:
        ordinary = kinship.parents == np.arange(len(size))
    if (known & ordinary).any():
        size = np.where(known, size, size[known & ordinary].mean())
    total = size[ordinary].sum()
    variances = np.full(len(size), 1.0 / max(int(ordinary.sum()), 1))
    if total > 0:
        variances = (1.0 - focus) * variances + focus * size / total
    if kinship is None:
        return variances
    shared = variances[kinship.parents] * kinship.shares
    normed: Array = shared / shared.sum()
    return normed


def directions(scores: Array, spread: tuple[Array, Array], sharpness: float) -> Array:
    """Return the teacher's weights, scaled so that its log-odds have variance 1 over the rows.

    For more than two classes the variance meant is that of the difference of two class logits,
    averaged over pairs.

    Parameters
    ----------
    scores : (n_outputs, n_columns)
        In [-1, 1], 0 where unknown.
    spread
        Rows (n_rows, n_columns) that show how the columns vary together, and their weights
        (n_rows,); labels are not needed.
    """
    rows, row_weights = spread
    weights = sharpen(scores, sharpness)
    logits = row_scores(rows, weights)  # (n_rows, n_outputs)
    squares = weights**2
    pairs = 1.0
    if len(weights) > 1:
        logits = logits - logits.mean(axis=1, keepdims=True)
        squares = (weights - weights.mean(axis=0)) ** 2
        pairs = 2.0 / (len(weights) - 1)
    mean = row_weights @ logits / row_weights.sum()
    variance = pairs * float((row_weights @ (logits - mean) ** 2).sum() / row_weights.sum())
    if variance < 1e-12:
        # The rows do not vary along the scores: count the columns as independent, of variance 1.
        variance = pairs * float(squares.sum())
    return weights / math.sqrt(variance) if variance > 0 else weights


def fit_linear(
    rows: Array,
    codes: NDArray[np.intp],
    n_classes: int,
    row_weights: Array,
    *,
    scores: Array | None = None,
    known: NDArray[np.bool_] | None = None,
    spread: tuple[Array, Array] | None = None,
    trust: float | None = None,
    kinship: Kinship | None = None,
) -> LinearFit:
    """Fit a linear classifier to labels and, where given, to a teacher's scores.

    Minimises, for each setting, the weighted cross-entropy plus ``|w - c T|^2 / (2 s^2 v)``
    summed over columns: T the teacher's direction, ``c^2 = trust * scale^2``,
    ``s^2 = (1 - trust) * scale^2``, v the column variances; then averages the minima by
    evidence. With ``scores=None`` or ``trust=0`` the teacher plays no part, to the bit.

    Parameters
    ----------
    rows : (n_rows, n_columns)
        Standardised columns.
    codes : (n_rows,)
        Class of each row.
    n_classes
        At least 2.
    row_weights : (n_rows,)
    scores : (n_outputs, n_columns) or None
        In [-1, 1]; one output for two classes.
    known : (n_columns,) or None
        Which columns are scored; default all.
    spread
        Rows (any, n_columns) that show how columns vary, labelled or not, and their weights
        (any,); default ``rows`` and ``row_weights``.
    trust
        ``None`` averages over trust; a number in [0, 1] fixes it.
    kinship
        Which columns are made from others; ``None``: none.
    """
    n_columns = rows.shape[1]
    n_outputs = 1 if n_classes == 2 else n_classes
    has_prior = scores is not None and bool(np.any(scores))
    if scores is None or not has_prior:
        scores = np.zeros((n_outputs, n_columns))
    if known is None:
        known = np.ones(n_columns, dtype=bool)
    right = RIGHT
    if has_prior and trust is None:
        right = _probability_right(scores[:, known], known, spread or (rows, row_weights))
    fewest = float(np.bincount(codes, row_weights, minlength=n_classes).min())
    can_turn = fewest >= FEWEST_TO_TURN - 1e-9
    trust = trust if has_prior else 0.0
    settings = settings_for(trust, has_prior=has_prior, right=right, can_turn=can_turn)
    teachers = {
        t: directions(scores, spread or (rows, row_weights), t)
        for t in {setting.sharpness for setting in settings if setting.trust > 0}
    }
    problem = _Problem(rows, codes, n_classes, row_weights, scores, known, teachers, kinship)
    if len(rows) <= N_ROWS_TO_CHOOSE:
        return problem.average(settings, problem.fit(settings))
    first = problem.on(_chosen_rows(codes))
    fits = first.fit(settings)
    weighed = first.average(settings, fits)
    kept = _most_likely(weighed.masses)
    few = tuple(settings[i] for i in kept)
    if problem.is_long(few):
        return problem.average(few, problem.fit_all_rows(few, weighed))
    return problem.average(few, problem.fit(few))


def _probability_right(
    scores: Array, known: NDArray[np.bool_], spread: tuple[Array, Array]
) -> float:
    rows, row_weights = some_rows(*spread)
    return probability_right(coherence(sharpen(scores, MILD), rows[:, known], row_weights))


def _most_likely(masses: Sequence[float]) -> list[int]:
    """Return the fewest settings that hold ``SHARE_KEPT`` of the mass, at most three, in order."""
    order = np.argsort(masses)[::-1]
    needed = int(np.searchsorted(np.cumsum(np.asarray(masses)[order]), SHARE_KEPT)) + 1
    return [int(i) for i in order[: min(needed, 3)]]


def _of_one_sign(settings: Sequence[Setting], masses: Array) -> Array:
    """Return the masses with 0 for the less likely sign of the teacher; trust 0 has none.

    A teacher is either right or turned, and the average of both is nobody's belief: it would
    cancel the teacher and leave the word to whatever setting is loudest.
    """
    sign = np.array([setting.sign * (setting.trust > 0) for setting in settings])
    unlikely = 1 if masses[sign < 0].sum() > masses[sign > 0].sum() else -1
    return np.where(sign == unlikely, 0.0, masses)


def _chosen_rows(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return evenly spaced rows of every class on which to weigh settings."""
    order = np.argsort(codes, kind="stable")
    return order[np.linspace(0, len(codes) - 1, N_ROWS_TO_CHOOSE).astype(np.intp)]


@dataclass(frozen=True)
class _Problem:
    rows: Array
    codes: NDArray[np.intp]
    n_classes: int
    row_weights: Array
    scores: Array
    known: NDArray[np.bool_]
    teachers: dict[float, Array]
    kinship: Kinship | None = None

    def on(self, chosen: NDArray[np.intp]) -> _Problem:
        return replace(
            self,
            rows=self.rows[chosen].astype(np.float64, copy=False),
            codes=self.codes[chosen],
            row_weights=self.row_weights[chosen],
        )

    def fit(self, settings: Sequence[Setting]) -> tuple[Array, Array, Array, Array]:
        """Return weights, intercepts, teacher weights and evidence of every setting."""
        n_outputs = 1 if self.n_classes == 2 else self.n_classes
        shape = (len(settings), n_outputs, self.rows.shape[1])
        weights, taught = np.zeros(shape), np.zeros(shape)
        intercepts, evidence = np.zeros(shape[:2]), np.zeros(shape[0])
        listed = np.array([(s.trust, s.scale, s.prior_mass, s.sign) for s in settings])
        sd = listed[:, 1] * np.sqrt(1.0 - listed[:, 0])
        believed = listed[:, 0] > 0
        for group in (~believed, believed):
            here = np.flatnonzero(group)
            if not len(here):
                continue
            scores = np.zeros_like(self.scores)
            if believed[here[0]]:
                scores = self.scores
                sharp = np.array([self.teachers[settings[i].sharpness] for i in here.tolist()])
                size = listed[here, 3] * listed[here, 1] * np.sqrt(listed[here, 0])
                taught[here] = size[:, None, None] * sharp
            variances = column_variances(scores, self.known, kinship=self.kinship)
            rotation = rotate(self.rows, np.sqrt(variances))
            found, intercepts[here], evidence[here] = self._solve(
                rotation, sd[here], taught[here], np.log(listed[here, 2])
            )
            weights[here] = taught[here] + rotation.weights(found)
        return weights, intercepts, taught, evidence

    def is_long(self, settings: Sequence[Setting]) -> bool:
        """Whether ``fit_all_rows`` serves: two classes, and weights that are free to move."""
        n_rows, n_columns = self.rows.shape
        free = all(setting.trust < 1.0 for setting in settings)
        return self.n_classes == 2 and n_rows >= n_columns and free

    def fit_all_rows(
        self, settings: Sequence[Setting], start: LinearFit
    ) -> tuple[Array, Array, Array, Array]:
        """Return what :meth:`fit` does, for a few settings and many rows, from a good start."""
        priors = [self._prior(setting) for setting in settings]
        rows = ManyRows(self.rows, self.codes.astype(np.float64), self.row_weights)
        first = np.concatenate([start.intercepts, start.weights[0]])
        thetas, evidence = fit_many_rows(rows, priors, first)
        taught = np.array([prior.centre for prior in priors])
        return thetas[:, None, 1:], thetas[:, :1], taught[:, None], evidence

    def _prior(self, setting: Setting) -> ColumnPrior:
        """Return the prior of one setting's weights, for two classes."""
        believed = setting.trust > 0
        scores = self.scores if believed else np.zeros_like(self.scores)
        centre = np.zeros(self.rows.shape[1])
        if believed:
            size = setting.sign * setting.scale * math.sqrt(setting.trust)
            centre = size * self.teachers[setting.sharpness][0]
        variances = column_variances(scores, self.known, kinship=self.kinship)
        return ColumnPrior(centre, (1.0 - setting.trust) * setting.scale**2 * variances)

    def _solve(
        self, rotation: Rotation, sd: Array, taught: Array, log_prior: Array
    ) -> tuple[Array, Array, Array]:
        if self.n_classes == 2:
            offsets = taught[:, 0] @ self.rows.T  # (n_settings, n_rows)
            labels = self.codes.astype(np.float64)
            fit = fit_binary(rotation.factors, sd, offsets, labels, self.row_weights, log_prior)
            return fit.coefficients, fit.intercepts, fit.evidence
        fits = [
            # The difference of two class logits has twice the variance of one.
            fit_multinomial(
                rotation.factors,
                sd_one / math.sqrt(2.0),
                self.rows @ taught_one.T,
                self.codes,
                self.row_weights,
            )
            for sd_one, taught_one in zip(sd, taught, strict=True)
        ]
        coefficients, intercepts, evidence = zip(*fits, strict=True)
        return np.array(coefficients), np.array(intercepts), np.array(evidence)

    def average(
        self, settings: Sequence[Setting], fits: tuple[Array, Array, Array, Array]
    ) -> LinearFit:
        """Average the fits by evidence times prior mass."""
        weights, intercepts, taught, evidence = fits
        log_mass = evidence + np.log([setting.prior_mass for setting in settings])
        masses = _of_one_sign(settings, np.exp(log_mass - log_mass.max()))
        masses /= masses.sum()
        flat, flat_taught = (masses @ part.reshape(len(part), -1) for part in (weights, taught))
        return LinearFit(
            flat.reshape(weights.shape[1:]),
            masses @ intercepts,
            tuple(settings),
            tuple(masses.tolist()),
            flat_taught.reshape(weights.shape[1:]),
        )


@dataclass(frozen=True)
class Rotation:
    """Rows in as many coordinates as there are rows or columns, whichever is fewer.

    ``rows * column_sd == factors @ basis``; a weight vector with prior
    ``Normal(0, diag(column_sd ** 2))`` becomes coefficients with prior ``Normal(0, I)``.
    """

    factors: Array  # (n_rows, rank)
    basis: Array | None  # (rank, n_columns); None: the identity
    column_sd: Array  # (n_columns,)

    def weights(self, coefficients: Array) -> Array:
        """Return the weights (..., n_columns) of coefficients (..., rank)."""
        turned = coefficients if self.basis is None else coefficients @ self.basis
        return turned * self.column_sd


def rotate(rows: Array, column_sd: Array) -> Rotation:
    """Rotate ``rows`` (n_rows, n_columns) so that the prior becomes spherical.

    >>> r = rotate(np.array([[1.0, 2.0, 0.5]]), np.ones(3))
    >>> r.factors.shape, np.allclose(r.factors @ r.basis, [[1.0, 2.0, 0.5]])
    ((1, 1), True)
    """
    scaled = rows * column_sd  # (n_rows, n_columns)
    n_rows, n_columns = scaled.shape
    if n_rows >= n_columns and n_columns < LEADING:
        return Rotation(scaled, None, column_sd)
    # The Gram matrix of the shorter side is cheaper than an SVD; directions without length
    # (repeated rows) are dropped, where its square root would be inexact.
    if n_rows >= n_columns:
        basis = np.linalg.eigh(scaled.T @ scaled)[1][:, ::-1].T
        return Rotation(scaled @ basis.T, basis, column_sd)
    values, left = np.linalg.eigh(scaled @ scaled.T)
    values, left = values[::-1], left[:, ::-1]
    kept = values > max(float(values[0]), 1e-300) * 1e-12
    root = np.sqrt(values[kept])
    return Rotation(left[:, kept] * root, (left[:, kept] / root).T @ scaled, column_sd)
