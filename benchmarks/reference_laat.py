"""The published attribution-regularised student, to compare with.

Vukadin, Silic and Delac, "Large Language Models as Attribution Regularizers for Efficient Model
Training" (arXiv 2502.20268), as its authors' code has it: plain gradient of the logit averaged
over the batch, target ``sign(s) exp(|s|)``, both of unit length, mean squared difference times
100; Adam with step size 0.01 for 200 passes over the whole training set.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from sklearn.preprocessing import MinMaxScaler
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss, normalize

GAMMA = 100.0
EPOCHS = 200
LEARNING_RATE = 1e-2
HIDDEN_UNITS = 100


def linear_network(n_columns: int) -> nn.Module:
    """Logistic regression: (n_rows, n_columns) -> (n_rows, 1) logits."""
    return nn.Linear(n_columns, 1)


def mlp_network(n_columns: int) -> nn.Module:
    """One hidden layer of 100 rectified units: (n_rows, n_columns) -> (n_rows, 1) logits."""
    return nn.Sequential(nn.Linear(n_columns, HIDDEN_UNITS), nn.ReLU(), nn.Linear(HIDDEN_UNITS, 1))


def target_direction(scores: np.ndarray) -> Tensor:
    """Unit vector along ``sign(s) exp(|s|)`` of the mean scores ``s`` in [-10, 10]."""
    target = np.sign(scores) * np.exp(np.abs(scores))
    return normalize(torch.tensor(target, dtype=torch.float32), dim=0)


def mean_gradient(network: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logits and the unit vector along the mean over the rows of d logit / d x."""
    x = x.detach().requires_grad_(True)
    logits = network(x).squeeze(-1)
    (gradient,) = torch.autograd.grad(logits.mean(), x, create_graph=True)
    return logits, normalize(gradient.mean(dim=0), dim=0)


def laat_loss(
    network: nn.Module, x: Tensor, y: Tensor, target: Tensor, gamma: float = GAMMA
) -> Tensor:
    """Cross-entropy + ``gamma`` x mean squared difference of the two unit vectors."""
    logits, gradient = mean_gradient(network, x)
    return binary_cross_entropy_with_logits(logits, y) + gamma * mse_loss(gradient, target)


def fit_laat(
    build: Callable[[int], nn.Module],
    rows: np.ndarray,
    y: np.ndarray,
    scores: np.ndarray,
    seed: int,
    scaling_rows: np.ndarray | None = None,
    *,
    gamma: float = GAMMA,
    epochs: int = EPOCHS,
    batch_size: int | None = None,
) -> Callable[[np.ndarray], np.ndarray]:
    """Train on encoded ``rows`` with ``y`` in {0, 1}; return rows -> P(y = 1).

    Columns are scaled to [0, 1] on ``rows``, as published, or on ``scaling_rows``. New rows are
    not clipped. ``gamma=0`` is the same network without a teacher. Batches follow the order of
    the rows; ``None`` takes all rows at once.
    """
    scaler = MinMaxScaler().fit(rows if scaling_rows is None else scaling_rows)

    def tensor(encoded: np.ndarray) -> Tensor:
        return torch.tensor(scaler.transform(encoded), dtype=torch.float32)

    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(rows.shape[1])
    x, labels = tensor(rows), torch.tensor(y, dtype=torch.float32)
    steps = list(
        zip(x.split(batch_size or len(x)), labels.split(batch_size or len(x)), strict=True)
    )
    _descend(network, steps * epochs, target_direction(scores), gamma)

    def probabilities(encoded: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return torch.sigmoid(network(tensor(encoded)).squeeze(-1)).double().numpy()

    return probabilities


def _descend(
    network: nn.Module, steps: list[tuple[Tensor, Tensor]], target: Tensor, gamma: float
) -> None:
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    for x, y in steps:
        optimiser.zero_grad()
        if gamma:
            loss = laat_loss(network, x, y, target, gamma)
        else:
            loss = binary_cross_entropy_with_logits(network(x).squeeze(-1), y)
        loss.backward()
        optimiser.step()
