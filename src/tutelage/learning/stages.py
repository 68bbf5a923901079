"""How far to go: folds that keep equal rows together, and a stage chosen by held-out likelihood.

A *stage* is a number of boosting rounds or of passes over the rows. Stage 0 is the model before
the first step, so that choosing a stage includes choosing nothing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

Array = NDArray[np.float64]


def deal_folds(
    rows: Array, codes: NDArray[np.intp], n_folds: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return the fold (n_rows,) of every row; each class is spread evenly over the folds.

    Rows that are equal, and of one class, share a fold: a copy must not be both learned from and
    held out. The folds depend on the rows but not on their order, nor on how often each occurs.

    >>> rows, codes = np.array([[0.0], [1.0], [0.0], [2.0], [3.0]]), np.array([0, 0, 0, 1, 1])
    >>> folds = deal_folds(rows, codes, 2, np.random.default_rng(0))
    >>> bool(folds[0] == folds[2]), bool(folds[0] != folds[1]), bool(folds[3] != folds[4])
    (True, True, True)
    """
    listed = np.column_stack([codes.astype(np.float64), rows])
    groups, group_of_row = np.unique(listed, axis=0, return_inverse=True)
    fold_of_group = np.empty(len(groups), dtype=np.intp)
    dealt = 0
    for code in np.unique(groups[:, 0]):
        members = rng.permutation(np.flatnonzero(groups[:, 0] == code))
        fold_of_group[members] = (dealt + np.arange(len(members))) % n_folds
        dealt += len(members)
    folds: NDArray[np.intp] = fold_of_group[group_of_row.reshape(-1)]
    return folds


def fewest_distinct(rows: Array, codes: NDArray[np.intp]) -> int:
    """Return the number of distinct rows of the class that has the fewest.

    >>> fewest_distinct(np.array([[0.0], [0.0], [1.0], [2.0]]), np.array([0, 0, 1, 1]))
    1
    """
    listed = np.unique(np.column_stack([codes.astype(np.float64), rows]), axis=0)
    return int(np.unique(listed[:, 0], return_counts=True)[1].min())


def row_losses(logits: Array, codes: NDArray[np.intp]) -> Array:
    """Return the cross-entropy (..., n_rows) of logits (..., n_rows, n_outputs).

    One output is the log-odds of class 1; several are class logits.

    >>> row_losses(np.zeros((1, 2, 1)), np.array([0, 1])).round(3).tolist()
    [[0.693, 0.693]]
    """
    if logits.shape[-1] == 1:
        signed = np.where(codes == 1, logits[..., 0], -logits[..., 0])
        return np.logaddexp(0.0, -signed)
    chance = log_softmax(logits, axis=-1)
    picked: Array = -np.take_along_axis(
        chance, np.broadcast_to(codes[:, None], (*chance.shape[:-1], 1)), axis=-1
    )
    return picked[..., 0]


def choose_stage(losses: Array, row_weights: Array, doubt: float) -> int:
    """Return the position of the stage with the least held-out loss, or 0 where that may be luck.

    The best stage is taken if its gain over stage 0 exceeds ``doubt`` standard errors of the
    paired differences between rows. A row of weight 2 counts as two rows.

    Parameters
    ----------
    losses : (n_stages, n_rows)
        Loss of each held-out row at each stage; stage 0 is the start.
    row_weights : (n_rows,)

    Examples
    --------
    >>> sure = np.array([[0.7, 0.7, 0.7, 0.7], [0.5, 0.6, 0.5, 0.6]])
    >>> luck = np.array([[0.7, 0.7, 0.7, 0.7], [0.1, 0.9, 0.5, 1.2]])
    >>> choose_stage(sure, np.ones(4), 1.0), choose_stage(luck, np.ones(4), 1.0)
    (1, 0)
    """
    total = row_weights.sum()
    mean = losses @ row_weights / total  # (n_stages,)
    best = int(np.argmin(mean))
    gain = losses[0] - losses[best]
    variance = float(row_weights @ (gain - mean[0] + mean[best]) ** 2 / total)
    return best if mean[0] - mean[best] > doubt * math.sqrt(variance / total) else 0
