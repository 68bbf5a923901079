r"""The gradient of an alignment loss without a second derivative.

The loss L compares word contributions with the teacher's scores. Contributions hold the slopes
g = d score / d embedding, so the gradient of L with respect to the weights needs the mixed second
derivative. With v = dL / dg held fixed, that is the derivative of a plain number:

    dL/dw = d/dw <g(w), v> = d/dw [score(x + h v) - score(x)] / h,   h -> 0.

So one more forward pass at x + h v, with its ordinary backward pass, gives the same gradient as
differentiating twice, at less than half the price, with every attention kernel, and with
gradient checkpointing. h is chosen per text so that the step is a small part of the embeddings'
length. What is returned is a number whose *gradient* is that of L; its value means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage._extras import require
from tutelage.attribution.gradients import sum_to_words
from tutelage.learning.alignment import word_distances

if TYPE_CHECKING:
    from torch import Tensor

RELATIVE_STEP = 0.003  # |h v| / |x|: rounding of float32 stays far below, curvature too


@dataclass(frozen=True)
class Wanted:
    """The teacher's word scores of a batch, as tensors.

    Attributes
    ----------
    scores : (n_texts, n_words)
    known : (n_texts, n_words)
        Whether the word was scored and has a token.
    owners : (n_texts, n_tokens)
        The word of each token; -1 for tokens of no word.
    weights : (n_texts,)
        How much each text counts.
    """

    scores: Tensor
    known: Tensor
    owners: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Pull:
    """What an alignment adds to a training step.

    Attributes
    ----------
    surrogate
        A number whose gradient is that of the weighted sum of the distances.
    distances : (n_texts,)
        The distances themselves; they carry no gradient.
    """

    surrogate: Tensor
    distances: Tensor


def pull_at(
    logits: Tensor,
    inputs: Tensor,
    score_of: Callable[[Tensor], Tensor],
    logits_of: Callable[[Tensor], Tensor],
    wanted: Wanted,
    *,
    distance: str = "cosine",
) -> Pull:
    """Return the pull on gradient x input, sharing the forward pass that gave ``logits``.

    Parameters
    ----------
    logits : (n_texts, n_classes)
        ``logits_of(inputs)``, with its graph.
    inputs : (n_texts, n_tokens, width)
        Embeddings that require a gradient.
    score_of
        Logits -> one number per text, whose slopes are compared.
    logits_of
        Embeddings -> logits; texts must not influence one another, and nothing be random.

    Examples
    --------
    For score = <a x, x> / 2 of one word of two numbers a fixed direction is wanted:

    >>> import torch
    >>> a = torch.tensor([1.0, 1.0], requires_grad=True)
    >>> x = torch.tensor([[[2.0], [1.0]]], requires_grad=True)
    >>> net = lambda e: (a * e[..., 0].square() / 2).sum(-1, keepdim=True)
    >>> said = Wanted(torch.tensor([[0.0, 1.0]]), torch.ones(1, 2, dtype=torch.bool),
    ...               torch.tensor([[0, 1]]), torch.ones(1))
    >>> pull = pull_at(net(x), x, lambda z: z[:, 0], net, said)
    >>> (slope,) = torch.autograd.grad(pull.surrogate, a)
    >>> bool(slope[0] > 0 > slope[1])  # less weight on the first word, more on the second
    True
    """
    torch = require("torch", extra="text", purpose="text students")
    score = score_of(logits)  # (n_texts,)
    (slopes,) = torch.autograd.grad(score.sum(), inputs, retain_graph=True)
    fixed = inputs.detach()
    pulls, distances = _word_pulls((slopes * fixed).sum(-1), wanted, distance)
    direction = pulls * fixed  # d loss / d slopes
    step = _step(fixed, direction)
    ahead = score_of(logits_of(inputs + step[:, None, None] * direction))
    surrogate = ((ahead - score) / step).sum()
    # Contributions also change with the embeddings themselves, where these are trained.
    surrogate = surrogate + (pulls * slopes * inputs).sum()
    return Pull(surrogate, distances)


def pull_along_path(
    inputs: Tensor,
    baseline: Tensor,
    score_of: Callable[[Tensor], Tensor],
    logits_of: Callable[[Tensor, int], Tensor],
    wanted: Wanted,
    *,
    n_steps: int = 3,
    distance: str = "cosine",
) -> Pull:
    """Return the pull on integrated gradients from ``baseline`` to ``inputs``.

    The path is cut into ``n_steps`` equal parts, each seen at its middle (Sundararajan, Taly and
    Yan, arXiv 1703.01365). ``logits_of(embeddings, n_steps)`` gets the texts ``n_steps`` times,
    one point after the other; the rest as in :func:`pull_at`.
    """
    torch = require("torch", extra="text", purpose="text students")
    change = inputs - baseline  # (n_texts, n_tokens, width)
    shares = [(i + 0.5) / n_steps for i in range(n_steps)]
    points = torch.cat([baseline + share * change for share in shares])
    if not points.requires_grad:
        points.requires_grad_(True)
    scores = _each_point(score_of, logits_of(points, n_steps), n_steps)  # (n_steps, n_texts)
    (slopes,) = torch.autograd.grad(scores.sum(), points, retain_graph=True)
    slopes = slopes.unflatten(0, (n_steps, len(inputs))).mean(0)
    fixed = change.detach()
    pulls, distances = _word_pulls((slopes * fixed).sum(-1), wanted, distance)
    direction = pulls * fixed
    step = _step(fixed, direction)
    ahead = points + (step[:, None, None] * direction).repeat(n_steps, 1, 1)
    rise = _each_point(score_of, logits_of(ahead, n_steps), n_steps) - scores
    surrogate = (rise.mean(0) / step).sum() + (pulls * slopes * change).sum()
    return Pull(surrogate, distances)


def _each_point(score_of: Callable[[Tensor], Tensor], logits: Tensor, n_steps: int) -> Tensor:
    torch = require("torch", extra="text", purpose="text students")
    scores: Tensor = torch.stack([score_of(part) for part in logits.chunk(n_steps)])
    return scores


def _word_pulls(per_token: Tensor, wanted: Wanted, distance: str) -> tuple[Tensor, Tensor]:
    """Return d loss / d contribution of each token (n_texts, n_tokens, 1), and the distances."""
    torch = require("torch", extra="text", purpose="text students")
    words = sum_to_words(per_token, wanted.owners, wanted.scores.shape[1])
    words.requires_grad_(True)
    with torch.enable_grad():
        distances = word_distances(words, wanted.scores, wanted.known, distance=distance)
        (per_word,) = torch.autograd.grad((distances * wanted.weights).sum(), words)
    padded = torch.nn.functional.pad(per_word, (1, 0))  # tokens of no word: no pull
    return padded.gather(1, wanted.owners + 1)[..., None], distances.detach()


def _step(inputs: Tensor, direction: Tensor) -> Tensor:
    """Return h per text (n_texts,): the step's length over that of the inputs is the constant."""
    torch = require("torch", extra="text", purpose="text students")
    length = direction.flatten(1).norm(dim=1)
    step = RELATIVE_STEP * inputs.flatten(1).norm(dim=1) / length
    return torch.where(length > 0, step, torch.ones_like(step))  # type: ignore[no-any-return]
