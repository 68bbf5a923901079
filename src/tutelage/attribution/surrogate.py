"""Scores under masks -> one weight per word: ridge regression by Cholesky; LIME.

Many texts at once: texts that share a design of masks share its factorisation.

The sign of every weight: positive when hiding the word lowers the score, so the word speaks for
what was scored. The unit is that of the scores (log-probability, logit, probability) per word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve

from tutelage.attribution.masks import Masks
from tutelage.errors import InputError

FloatArray = NDArray[np.float64]
Mode = Literal["anchored", "paper", "lime"]

RIDGES: dict[str, float] = {"anchored": 0.1, "paper": 0.1, "lime": 1.0}
LIME_WIDTH = 25.0  # of the kernel, where a text without any of its words is 100 away


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Linear stand-ins for a scorer around some texts of one length.

    Attributes
    ----------
    weights
        (n_texts, n_units); positive when hiding the unit lowers the score.
    level
        (n_texts,) what the stand-in says of the text with every unit shown.
    fit
        (n_texts,) R squared on the masked rows, at most 1; NaN when the scores do not vary.
    """

    weights: FloatArray
    level: FloatArray
    fit: FloatArray


def surrogate(
    masks: Masks,
    scores: ArrayLike,
    *,
    mode: Mode = "anchored",
    ridge: float | None = None,
) -> Surrogate:
    """Fit one linear stand-in per text to its scores under the same masks.

    Parameters
    ----------
    masks : (n_rows, n_units)
        From :func:`tutelage.attribution.masks.masks`: row 0 hides nothing.
    scores : (n_texts, n_rows), or (n_rows,) for one text
        What the scorer said of each masked text; finite.
    mode
        ``"anchored"`` minimises ``sum_i (z_i - z_0 + x_i . a)^2 + ridge |a|^2`` with x_i = 1 where
        the unit is hidden: each weight is the drop that hiding the unit brings, and row 0 fits
        exactly.

        ``"paper"`` (arXiv 2512.14719, equations 1-4) minimises ``sum_i (z_i - k_i . a)^2 + ridge
        |a|^2`` with k_i = 1 where the unit is kept, without row 0 and without an intercept: the
        general level of the scores leaks into every weight, in particular for short texts.

        ``"lime"`` is weighted ridge regression on kept units with an intercept, all rows, and the
        locality kernel ``sqrt(exp(-(D / 25)^2))``, D = 100 times the cosine distance from the
        text with all units (Ribeiro, Singh and Guestrin 2016).
    ridge
        Penalty, > 0; ``None`` is 0.1, for LIME 1.

    Returns
    -------
    Surrogate
        With one unit its weight is 1, whatever the scores: there is nothing to share out.

    Raises
    ------
    InputError
        When row 0 hides something, the scores do not fit the masks or are not finite, or the
        mode or the penalty cannot be used.

    Examples
    --------
    >>> from tutelage.attribution.masks import masks
    >>> hidden = masks(3)
    >>> scores = -1.0 - hidden @ np.array([2.0, 0.0, -1.0])
    >>> surrogate(hidden, scores, ridge=1e-6).weights.round(3)
    array([[ 2.,  0., -1.]])
    """
    hidden = np.asarray(masks, dtype=np.float64)
    z = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    penalty = RIDGES.get(mode, 0.1) if ridge is None else ridge
    _check(hidden, z, mode, penalty)
    n_units = hidden.shape[1]
    if n_units < 2 or len(hidden) == 1:
        level, nothing = z[:, 0].copy(), np.full(len(z), np.nan)
        return Surrogate(np.full((len(z), n_units), 1.0 if n_units == 1 else 0.0), level, nothing)
    weights, level = _SOLVERS[mode](hidden, z, penalty)
    said = level[:, None] - weights @ hidden.T  # (n_texts, n_rows)
    return Surrogate(weights, level, _r_squared(z[:, 1:], said[:, 1:]))


def surrogates(
    masks: Sequence[Masks],
    scores: Sequence[ArrayLike],
    *,
    mode: Mode = "anchored",
    ridge: float | None = None,
) -> list[FloatArray]:
    """Return the weights (n_units,) of each text, its own masks and scores given.

    Texts that share a design are solved together. Parameters as in :func:`surrogate`.
    """
    groups: dict[tuple[tuple[int, ...], bytes], list[int]] = {}
    for position, rows in enumerate(masks):
        groups.setdefault((rows.shape, np.packbits(rows).tobytes()), []).append(position)
    found: list[FloatArray] = [np.empty(0)] * len(masks)
    for members in groups.values():
        some = np.stack([np.asarray(scores[i], dtype=np.float64) for i in members])
        fitted = surrogate(masks[members[0]], some, mode=mode, ridge=ridge)
        for position, weights in zip(members, fitted.weights, strict=True):
            found[position] = weights
    return found


def half_agreement(
    masks: Masks, scores: ArrayLike, *, mode: Mode = "anchored", ridge: float | None = None
) -> FloatArray:
    """Return how alike the weights from half the masks and from all of them are (n_texts,).

    The cosine, in [-1, 1]; 1 when both are zero. Near 1 the solution is stable: masks that have
    not been scored yet would hardly change it, so asking can stop early.

    >>> from tutelage.attribution.masks import masks
    >>> hidden = masks(10, 60)
    >>> rng = np.random.default_rng(0)
    >>> planted = -(hidden @ np.arange(10.0))
    >>> half_agreement(hidden, np.stack([planted, rng.normal(size=61)])).round(2)
    array([1.  , 0.79])
    """
    z = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    n_rows = 1 + max(1, (len(masks) - 1) // 2)
    early = surrogate(masks[:n_rows], z[:, :n_rows], mode=mode, ridge=ridge).weights
    final = surrogate(masks, z, mode=mode, ridge=ridge).weights
    return cosines(early, final)


def cosines(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the cosine of each pair of rows; 1 when both are zero, 0 when one is."""
    sizes = np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1)
    product = sizes[0] * sizes[1]
    found = np.einsum("nd,nd->n", one, other) / np.where(product > 0, product, 1.0)
    both_zero = (sizes[0] == 0) & (sizes[1] == 0)
    return np.where(both_zero, 1.0, np.where(product > 0, found, 0.0))


def ridge_solution(design: FloatArray, values: FloatArray, penalty: float) -> FloatArray:
    """Return the (n_texts, n_units) minimisers of ``|v - X a|^2 + penalty |a|^2``.

    Parameters
    ----------
    design : (n_rows, n_units)
        X, shared by all texts.
    values : (n_texts, n_rows)
    """
    n_rows, n_units = design.shape
    if n_units <= n_rows:
        gram = design.T @ design + penalty * np.eye(n_units)
        found = cho_solve(cho_factor(gram, lower=True), design.T @ values.T)
    else:  # the same minimiser; the matrix to factor is as small as the number of rows
        gram = design @ design.T + penalty * np.eye(n_rows)
        found = design.T @ cho_solve(cho_factor(gram, lower=True), values.T)
    return np.asarray(found.T, dtype=np.float64)


def locality(hidden: FloatArray) -> FloatArray:
    """Return LIME's weight of each masked text (n_rows,), 1 for the text as it is.

    >>> locality(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])).round(4)
    array([1.000e+00, 5.034e-01, 3.000e-04])
    """
    kept_share = 1.0 - hidden.mean(axis=1)
    distance = 100.0 * (1.0 - np.sqrt(kept_share))  # the cosine of a 0/1 vector with all ones
    share: FloatArray = np.exp(-0.5 * (distance / LIME_WIDTH) ** 2)
    return share


def _anchored(hidden: FloatArray, z: FloatArray, penalty: float) -> tuple[FloatArray, FloatArray]:
    return ridge_solution(hidden[1:], z[:, :1] - z[:, 1:], penalty), z[:, 0].copy()


def _paper(hidden: FloatArray, z: FloatArray, penalty: float) -> tuple[FloatArray, FloatArray]:
    weights = ridge_solution(1.0 - hidden[1:], z[:, 1:], penalty)
    return weights, weights.sum(axis=1)


def _lime(hidden: FloatArray, z: FloatArray, penalty: float) -> tuple[FloatArray, FloatArray]:
    share = locality(hidden)
    share_of_row = share / share.sum()
    middle, middle_z = share_of_row @ hidden, z @ share_of_row
    root = np.sqrt(share)
    weights = -ridge_solution(
        root[:, None] * (hidden - middle), root * (z - middle_z[:, None]), penalty
    )
    return weights, middle_z + weights @ middle


_SOLVERS = {"anchored": _anchored, "paper": _paper, "lime": _lime}


def _r_squared(z: FloatArray, said: FloatArray) -> FloatArray:
    spread = np.square(z - z.mean(axis=1, keepdims=True)).sum(axis=1)
    left = np.square(z - said).sum(axis=1)
    return np.where(spread > 0, 1.0 - left / np.where(spread > 0, spread, 1.0), np.nan)


def _check(hidden: FloatArray, z: FloatArray, mode: str, penalty: float) -> None:
    problems = []
    if mode not in get_args(Mode):
        problems.append(f"mode must be one of {list(get_args(Mode))}, got {mode!r}.")
    if not penalty > 0:
        problems.append(f"ridge must be above 0, got {penalty!r}.")
    if hidden.ndim != 2 or len(hidden) == 0 or hidden[0].any():
        problems.append(
            "masks must be a table (n_rows, n_units) whose row 0 hides nothing, got shape "
            f"{hidden.shape}. Use tutelage.attribution.masks."
        )
    elif z.ndim != 2 or z.shape[1] != len(hidden):
        problems.append(f"scores must have one column per mask, {len(hidden)}, got {z.shape}.")
    if not np.isfinite(z).all():
        problems.append(
            f"scores must be finite, {int((~np.isfinite(z)).sum())} of {z.size} are not. "
            "Score log-probabilities with a floor, or leave those texts out."
        )
    if problems:
        raise InputError("No weights can be solved for:", problems)
