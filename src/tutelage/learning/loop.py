"""One training loop: full batch, Adam, nothing hidden (torch).

There is no early stopping in the loop. Who wants it notes the state ``after`` every pass and
chooses among the passes by held-out rows (see ``stages``): then the choice is a stated number.
The loop draws no random number and leaves torch's seed and threads alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tutelage._extras import require

if TYPE_CHECKING:
    from torch import Tensor


def descend(
    parameters: Sequence[Tensor],
    loss_of: Callable[[], Tensor],
    n_epochs: int,
    *,
    learning_rate: float,
    after: Callable[[int], None] | None = None,
) -> list[float]:
    """Change ``parameters`` in place by ``n_epochs`` Adam steps; return the loss before each.

    Parameters
    ----------
    loss_of
        The loss over all rows, as a function of the parameters' present values.
    after
        Called with 1, 2, ... after each step.

    Raises
    ------
    ArithmeticError
        When the loss is no longer finite.

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([4.0], requires_grad=True)
    >>> losses = descend([x], lambda: (x - 1.0).square().sum(), 300, learning_rate=0.1)
    >>> losses[0], round(x.item(), 3)
    (9.0, 1.0)
    """
    torch = require("torch", extra="mlp", purpose="multi-layer students")
    optimiser = torch.optim.Adam(list(parameters), lr=learning_rate)
    losses: list[float] = []
    for epoch in range(1, n_epochs + 1):
        optimiser.zero_grad()
        loss = loss_of()
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise ArithmeticError(
                f"the loss must stay finite, got {losses[-1]} in epoch {epoch} of {n_epochs}; "
                "lower the learning rate."
            )
        torch.autograd.backward(loss)
        optimiser.step()
        if after is not None:
            after(epoch)
    return losses
