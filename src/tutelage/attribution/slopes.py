"""Slopes of a score along the inputs of a torch model: the parts of gradient attributions."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tutelage._extras import require
from tutelage.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

Rule = Literal["gauss", "right"]

SMALLEST_NORM_SQUARED = 1e-24


def target_score(logits: Tensor, targets: Tensor, confusable: Tensor | None = None) -> Tensor:
    """Return the score to explain (n_texts,): the target's logit, less that of its confusables.

    Parameters
    ----------
    logits : (n_texts, n_classes)
    targets : (n_texts,) class codes
    confusable : (n_texts, n_classes) of bool, or None
        Classes that the target is told apart from. The score becomes the target's logit minus
        the logsumexp of theirs, so that a word which speaks for all of them alike counts little.
        The target itself never counts; a text without confusable classes is scored by its logit.

    Examples
    --------
    >>> import torch
    >>> logits = torch.tensor([[2.0, 1.0, 0.0]])
    >>> target_score(logits, torch.tensor([0])).item()
    2.0
    >>> target_score(logits, torch.tensor([0]), torch.tensor([[False, True, False]])).item()
    1.0
    """
    torch = require("torch", extra="text", purpose="gradient attributions")
    gold = logits.gather(1, targets[:, None])[:, 0]
    if confusable is None:
        return gold
    others = confusable.to(torch.bool) & ~torch.nn.functional.one_hot(targets, logits.shape[1]).to(
        torch.bool
    )
    some = others.any(dim=1)
    # A row of only -inf would make NaN gradients even where its value is not used.
    counted = logits.masked_fill(~(others | ~some[:, None]), -torch.inf)
    score: Tensor = gold - torch.where(some, counted.logsumexp(dim=1), torch.zeros_like(gold))
    return score


def slopes(score: Tensor, inputs: Tensor, *, create_graph: bool = False) -> Tensor:
    """Return d score / d inputs, shaped like ``inputs``; each text sees its own score only.

    Parameters
    ----------
    score : (n_texts,)
        Computed from ``inputs``.
    inputs : (n_texts, n_tokens, width)
        Part of the graph of ``score``.
    create_graph
        Keep the slopes differentiable, for use in a loss. The graph of ``score`` is kept too.
    """
    torch = require("torch", extra="text", purpose="gradient attributions")
    found: Tensor = torch.autograd.grad(
        score.sum(), inputs, create_graph=create_graph, retain_graph=True
    )[0]
    return found


def contributions(inputs: Tensor, input_slopes: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return slope x input summed over the width: (n_texts, n_tokens), signed."""
    return masked((input_slopes * inputs).sum(dim=-1), mask)


def sizes(input_slopes: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return the L2 norm of each token's slopes: (n_texts, n_tokens), at least 0."""
    squared = input_slopes.square().sum(dim=-1)
    # The root has no slope at 0; below this floor a norm is 0 for every purpose.
    return masked(squared.clamp_min(SMALLEST_NORM_SQUARED).sqrt(), mask)


def masked(tokens: Tensor, mask: Tensor | None) -> Tensor:
    """Return ``tokens`` with 0 where ``mask`` (same shape) is 0."""
    return tokens if mask is None else tokens * mask.to(tokens.dtype)


def path_points(n_steps: int, rule: Rule = "gauss") -> tuple[list[float], list[float]]:
    """Return points in (0, 1] and their weights, which sum to 1.

    >>> path_points(2, "right")
    ([0.5, 1.0], [0.5, 0.5])
    """
    if n_steps < 1:
        raise InputError(f"n_steps must be at least 1, got {n_steps!r}.")
    if rule == "right":
        return [(i + 1) / n_steps for i in range(n_steps)], [1 / n_steps] * n_steps
    if rule != "gauss":
        raise InputError(f"rule must be 'gauss' or 'right', got {rule!r}.")
    nodes, weights = np.polynomial.legendre.leggauss(n_steps)
    return ((nodes + 1) / 2).tolist(), (weights / 2).tolist()


def full_precision(inputs: Tensor) -> AbstractContextManager[Any]:
    """Return a context in which autocast is off on the device of ``inputs``."""
    torch = require("torch", extra="text", purpose="gradient attributions")
    context: AbstractContextManager[Any] = torch.autocast(inputs.device.type, enabled=False)
    return context


def at_least_float32(inputs: Tensor) -> Tensor:
    """Return the inputs, those in half precision as float32: second derivatives need the digits."""
    return inputs.float() if inputs.dtype.itemsize < 4 else inputs


def in_graph(inputs: Tensor) -> Tensor:
    """Return the inputs such that slopes can be taken; frozen embeddings start a graph here."""
    return inputs if inputs.requires_grad else inputs.detach().requires_grad_()
