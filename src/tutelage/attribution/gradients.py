"""Importance of tokens from gradients, differentiable so that it can stand in a loss (torch).

Everything works on functions: ``logits_of(inputs) -> (n_texts, n_classes)``, where ``inputs``
(n_texts, n_tokens, width) are the embeddings of the tokens or what an inner layer made of them
(see :mod:`tutelage.attribution.hooks`). One pass gives the logits and the importance of the
tokens; a loss that uses both pays for one forward pass.

Units and signs. A *gradient* is in score per unit of input and measures size only (its L2 norm).
*Gradient x input* and *integrated gradients* are contributions in units of the score: positive
speaks for the target. A sum over the tokens of a word keeps their total, a mean does not.

Scores of one text never depend on the other texts of the batch or on padding, because the scores
of all texts are summed before the one backward pass, and padded tokens count zero.

``torch.autograd.grad`` with ``create_graph`` is called here and nowhere else. Libraries made for
looking at models leave it out: a loss built on their result trains nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage._extras import require
from tutelage.attribution.slopes import (
    Rule,
    at_least_float32,
    contributions,
    full_precision,
    in_graph,
    masked,
    path_points,
    sizes,
    slopes,
    target_score,
)

if TYPE_CHECKING:
    from torch import Tensor

LogitsOf = Callable[["Tensor"], "Tensor"]


@dataclass(frozen=True, eq=False)
class TokenScores:
    """Logits of a batch and the importance of each token, from one pass.

    Attributes
    ----------
    logits
        (n_texts, n_classes), at the inputs themselves.
    tokens
        (n_texts, n_tokens); 0 where the attention mask is 0.
    error
        Integrated gradients only, and not when they stand in a loss: (n_texts,) sum of all
        contributions, those of masked tokens included, minus the change of the score from
        baseline to input. Zero for an exact integral.
    """

    logits: Tensor
    tokens: Tensor
    error: Tensor | None = None


def gradient(
    logits_of: LogitsOf,
    inputs: Tensor,
    targets: Tensor,
    *,
    mask: Tensor | None = None,
    confusable: Tensor | None = None,
    create_graph: bool = False,
) -> TokenScores:
    """Return the L2 norm of the score's gradient at each token: how sensitive, without a sign.

    Arguments as in :func:`gradient_x_input`.

    References
    ----------
    Simonyan, Vedaldi and Zisserman 2014.
    """
    logits, found, _ = _slopes_at(logits_of, inputs, targets, confusable, create_graph)
    tokens = sizes(found, mask)
    return TokenScores(logits, tokens if create_graph else tokens.detach())


def gradient_x_input(
    logits_of: LogitsOf,
    inputs: Tensor,
    targets: Tensor,
    *,
    mask: Tensor | None = None,
    confusable: Tensor | None = None,
    create_graph: bool = False,
) -> TokenScores:
    """Return gradient x input per token: the score's first-order change if the token were zero.

    Parameters
    ----------
    logits_of
        The model from ``inputs`` on. It runs in full precision: autocast is off inside.
    inputs : (n_texts, n_tokens, width)
        Embeddings, or the output of an inner layer.
    targets : (n_texts,) class codes
    mask : (n_texts, n_tokens), or None
        Non-zero for the tokens that count: the attention mask.
    confusable
        As in :func:`target_score`.
    create_graph
        Keep the contributions differentiable. The model must then have second derivatives:
        see :func:`tutelage.attribution.hooks.require_eager`.

    Examples
    --------
    >>> import torch
    >>> weights = torch.tensor([[1.0, -1.0], [0.0, 2.0]])  # (width, n_classes)
    >>> def logits_of(inputs):
    ...     return inputs.sum(dim=1) @ weights
    >>> inputs = torch.tensor([[[1.0, 1.0], [3.0, 0.0]]])
    >>> gradient_x_input(logits_of, inputs, torch.tensor([1])).tokens
    tensor([[ 1., -3.]])
    """
    logits, found, leaf = _slopes_at(logits_of, inputs, targets, confusable, create_graph)
    tokens = contributions(leaf, found, mask)
    return TokenScores(logits, tokens if create_graph else tokens.detach())


def integrated_gradients(
    logits_of: LogitsOf,
    inputs: Tensor,
    targets: Tensor,
    *,
    baseline: Tensor | None = None,
    n_steps: int = 20,
    rule: Rule = "gauss",
    mask: Tensor | None = None,
    confusable: Tensor | None = None,
    create_graph: bool = False,
    points_at_once: int = 1,
) -> TokenScores:
    """Return integrated gradients per token along the straight path from ``baseline``.

    The contributions of a text sum to its score minus the score of the baseline, up to the
    error of the sum that stands for the integral, which is returned as ``error``.

    Parameters
    ----------
    logits_of, inputs, targets, mask, confusable, create_graph
        As in :func:`gradient_x_input`; ``logits_of`` must take ``points_at_once`` times as many
        texts, the batch repeated in order.
    baseline : broadcastable to ``inputs``
        Where the path starts; ``None`` is zero. Tokens that equal their baseline get 0: keep
        special tokens as they are and put the embedding of padding elsewhere.
    n_steps
        Points on the path, at least 1.
    rule
        ``"gauss"``: Gauss-Legendre points, the most exact; costs a pass more for the logits.
        ``"right"``: the ends of ``n_steps`` equal pieces; the last is the input itself, whose
        pass gives the logits too, so ``n_steps`` passes are all: the rule for a loss.
    points_at_once
        Points that share a pass: more is faster on a GPU and takes more memory.

    References
    ----------
    Sundararajan, Taly and Yan 2017.

    Examples
    --------
    >>> import torch
    >>> def logits_of(inputs):
    ...     return inputs.sum(dim=(1, 2))[:, None] ** 2
    >>> found = integrated_gradients(logits_of, torch.tensor([[[1.0], [2.0]]]), torch.tensor([0]))
    >>> found.tokens.round(decimals=4)
    tensor([[3., 6.]])
    """
    torch = require("torch", extra="text", purpose="gradient attributions")
    positions, weights = path_points(n_steps, rule)
    with full_precision(inputs):
        inputs = at_least_float32(inputs)
        start = torch.zeros_like(inputs) if baseline is None else baseline.expand_as(inputs)
        start = start.to(inputs.dtype)
        total, logits = torch.zeros_like(inputs), None
        for first in range(0, n_steps, points_at_once):
            some = slice(first, first + points_at_once)
            said, found = _slopes_on_path(
                logits_of, inputs, start, targets, confusable, create_graph, positions[some]
            )
            share = inputs.new_tensor(weights[some])[:, None, None, None]
            total = total + (share * found).sum(dim=0)
            logits = said[-1] if rule == "right" else None
        logits = logits_of(inputs) if logits is None else logits
        tokens = ((inputs - start) * total).sum(dim=-1)
        if create_graph:
            return TokenScores(logits, masked(tokens, mask))
        with torch.no_grad():
            change = target_score(logits, targets, confusable)
            change = change - target_score(logits_of(start), targets, confusable)
            error = tokens.sum(dim=1) - change
    return TokenScores(logits, masked(tokens, mask).detach(), error.detach())


def sum_to_words(tokens: Tensor, word_index: Tensor, n_words: int) -> Tensor:
    """Return the sum of the tokens of each word: (n_texts, n_words), differentiable.

    Parameters
    ----------
    tokens : (n_texts, n_tokens)
    word_index : (n_texts, n_tokens) of int64
        The word of each token; negative for tokens of no word (special tokens, padding), which
        count nowhere.
    n_words
        Width of the result; a word without a token gets 0.

    Examples
    --------
    >>> import torch
    >>> tokens = torch.tensor([[9.0, 1.0, 2.0, 4.0]])
    >>> sum_to_words(tokens, torch.tensor([[-1, 0, 0, 2]]), n_words=3)
    tensor([[3., 0., 4.]])
    """
    column = word_index.clamp_min(-1) + 1  # column 0 collects what belongs to no word
    sums = tokens.new_zeros(tokens.shape[0], n_words + 1)
    return sums.scatter_add(1, column, tokens)[:, 1:]


def _slopes_at(
    logits_of: LogitsOf,
    inputs: Tensor,
    targets: Tensor,
    confusable: Tensor | None,
    create_graph: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits, slopes and the inputs they were taken at."""
    torch = require("torch", extra="text", purpose="gradient attributions")
    with full_precision(inputs), torch.enable_grad():
        leaf = in_graph(at_least_float32(inputs))
        logits = logits_of(leaf)
        score = target_score(logits, targets, confusable)
        return logits, slopes(score, leaf, create_graph=create_graph), leaf


def _slopes_on_path(
    logits_of: LogitsOf,
    inputs: Tensor,
    start: Tensor,
    targets: Tensor,
    confusable: Tensor | None,
    create_graph: bool,
    positions: list[float],
) -> tuple[Tensor, Tensor]:
    """Return logits (n_points, n_texts, n_classes) and slopes at points between two inputs."""
    torch = require("torch", extra="text", purpose="gradient attributions")
    n_points = len(positions)
    with torch.enable_grad():
        share = inputs.new_tensor(positions)[:, None, None, None]
        points = in_graph((start + share * (inputs - start)).flatten(0, 1))
        logits = logits_of(points)  # (n_points * n_texts, n_classes)
        score = target_score(
            logits,
            targets.repeat(n_points),
            None if confusable is None else confusable.repeat(n_points, 1),
        )
        found = slopes(score, points, create_graph=create_graph)
    return logits.view(n_points, -1, logits.shape[1]), found.view(n_points, *inputs.shape)
