"""Losses of networks, as pure functions of tensors: the labels' part and the teacher's part.

The teacher's part compares *slopes*, d logit / d column, with a target direction over the columns.
All of it can be differentiated twice, so that it can stand in a loss, in train and in eval mode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tutelage._extras import require

if TYPE_CHECKING:
    from torch import Tensor

PURPOSE = "multi-layer students"


def label_loss(logits: Tensor, codes: Tensor, row_weights: Tensor) -> Tensor:
    """Return the weighted mean cross-entropy.

    Parameters
    ----------
    logits : (n_rows, n_outputs)
        One output is the log-odds of class 1; several are class logits.
    codes : (n_rows,)
    row_weights : (n_rows,)

    Examples
    --------
    >>> import torch
    >>> one = torch.ones(2)
    >>> round(label_loss(torch.zeros(2, 1), torch.tensor([0, 1]), one).item(), 4)
    0.6931
    """
    functional = require("torch.nn.functional", extra="mlp", purpose=PURPOSE)
    if logits.shape[1] == 1:
        losses = functional.binary_cross_entropy_with_logits(
            logits[:, 0], codes.to(logits.dtype), reduction="none"
        )
    else:
        losses = functional.cross_entropy(logits, codes, reduction="none")
    mean: Tensor = row_weights @ losses / row_weights.sum()
    return mean


def input_slopes(logits_of: Callable[[Tensor], Tensor], rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits (n_rows, n_outputs) and slopes (n_outputs, n_rows, n_columns).

    ``slopes[k, i, j]`` is d logit k / d column j at row i. Rows must not influence one another.

    >>> import torch
    >>> weights = torch.tensor([[2.0, -1.0]])
    >>> logits, slopes = input_slopes(lambda x: x @ weights.T, torch.ones(3, 2))
    >>> slopes.shape, slopes[0, 0].tolist()
    (torch.Size([1, 3, 2]), [2.0, -1.0])
    """
    torch = require("torch", extra="mlp", purpose=PURPOSE)
    rows = rows.detach().requires_grad_(True)
    logits = logits_of(rows)
    slopes = [
        torch.autograd.grad(logits[:, k].sum(), rows, create_graph=True)[0]
        for k in range(logits.shape[1])
    ]
    return logits, torch.stack(slopes)


def mean_slopes(slopes: Tensor, row_weights: Tensor) -> Tensor:
    """Return the weighted mean over the rows: (n_outputs, 1, n_columns).

    Opposite slopes in different rows cancel: for a network this asks less than
    comparing the slopes row by row.
    """
    mean: Tensor = (slopes * row_weights[:, None]).sum(dim=1, keepdim=True) / row_weights.sum()
    return mean


def misalignment(slopes: Tensor, target: Tensor) -> Tensor:
    """Return ``1 - cos(slope, target)``, in [0, 2]: free of the number of columns.

    Parameters
    ----------
    slopes : (n_outputs, n_rows, n_columns)
        Of every row, or of the mean row (``n_rows = 1``).
    target : (n_outputs, n_columns)
        Only its direction matters; an output without a target has misalignment 1 and no pull.

    Returns
    -------
    misalignment : (n_outputs, n_rows)

    Examples
    --------
    >>> import torch
    >>> misalignment(torch.tensor([[[3.0, 0.0]]]), torch.tensor([[0.0, 5.0]])).tolist()
    [[1.0]]
    """
    normalize = require("torch.nn.functional", extra="mlp", purpose=PURPOSE).normalize
    unit, wanted = normalize(slopes, dim=-1), normalize(target, dim=-1)
    cosine: Tensor = (unit * wanted[:, None, :]).sum(dim=-1)
    return 1.0 - cosine


def published_distance(slopes: Tensor, target: Tensor) -> Tensor:
    """Return the mean over the columns of the squared difference of the two unit vectors.

    ``|g - t|^2 / N = (2 / N) (1 - cos)``: as published, the pull weakens with the number N of
    columns. Arguments and result as in :func:`misalignment`; an output without a target gives 0.

    >>> import torch
    >>> published_distance(torch.tensor([[[3.0, 0.0]]]), torch.tensor([[0.0, 5.0]])).tolist()
    [[1.0]]
    """
    n_columns = slopes.shape[-1]
    has_target = (target != 0).any(dim=-1, keepdim=True)  # (n_outputs, 1)
    distance: Tensor = misalignment(slopes, target) * has_target * (2.0 / n_columns)
    return distance
