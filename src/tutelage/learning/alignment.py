"""How far a text's word contributions are from the teacher's word scores: pure functions.

Every distance is of one text, free of the scale of either side, and in [0, 2] but for ``kl``, so
that a weight in the loss means the same for short and long texts. Words that the teacher did not
score do not count. All can be differentiated once with respect to the contributions, which is
all that the training of text students asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage._extras import require

if TYPE_CHECKING:
    from torch import Tensor

DISTANCES = ("cosine", "mse", "kl", "huber")
TINY = 1e-12
HUBER_EDGE = 0.25  # of a share of the sum of absolute values, where the loss turns linear


def word_distances(
    contributions: Tensor, wanted: Tensor, known: Tensor, *, distance: str = "cosine"
) -> Tensor:
    """Return the distance of each text's contributions from its wanted scores (n_texts,).

    Parameters
    ----------
    contributions : (n_texts, n_words)
        What each word adds to the score; any scale.
    wanted : (n_texts, n_words)
        The teacher's evidence, positive speaks for the class; any scale.
    known : (n_texts, n_words)
        Whether the word was scored and reached the model.
    distance
        ``"cosine"``: 1 - cos, in [0, 2]. ``"mse"``: half the squared distance of the two
        vectors, each divided by its sum of absolute values, summed over words, in [0, 2].
        ``"huber"``: the same, linear beyond a difference of 0.25. ``"kl"``: the divergence of the
        softmax of the contributions, in units of their root mean square, from the positive part
        of the wanted scores as a distribution, >= 0.

    Notes
    -----
    A text without a known word, or whose known scores are all zero (for ``kl``: none is
    positive), has distance 0 and no pull.

    Examples
    --------
    >>> import torch
    >>> both = torch.ones(1, 2, dtype=torch.bool)
    >>> said = torch.tensor([[9.0, 0.0]])
    >>> word_distances(torch.tensor([[0.0, 3.0]]), said, both).tolist()
    [1.0]
    >>> word_distances(torch.tensor([[2.0, 0.0]]), said, both, distance="mse").tolist()
    [0.0]
    """
    contributions = contributions * known
    wanted = wanted * known
    if distance == "kl":
        found = _divergence(contributions, wanted, known)
        usable = (wanted > 0).any(dim=-1)
    else:
        found = _DISTANCES[distance](contributions, wanted)
        usable = (wanted != 0).any(dim=-1)
    return found * usable


def _cosine(contributions: Tensor, wanted: Tensor) -> Tensor:
    normalize = require("torch.nn.functional", extra="text", purpose="text students").normalize
    cosine: Tensor = (
        normalize(contributions, dim=-1, eps=TINY) * normalize(wanted, dim=-1, eps=TINY)
    ).sum(dim=-1)
    return 1.0 - cosine


def _shares(numbers: Tensor) -> Tensor:
    return numbers / numbers.abs().sum(dim=-1, keepdim=True).clamp_min(TINY)


def _half_squares(contributions: Tensor, wanted: Tensor) -> Tensor:
    return (_shares(contributions) - _shares(wanted)).square().sum(dim=-1) / 2


def _huber(contributions: Tensor, wanted: Tensor) -> Tensor:
    functional = require("torch.nn.functional", extra="text", purpose="text students")
    losses = functional.huber_loss(
        _shares(contributions), _shares(wanted), reduction="none", delta=HUBER_EDGE
    )
    total: Tensor = losses.sum(dim=-1)
    return total


def _divergence(contributions: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    count = known.sum(dim=-1, keepdim=True).clamp_min(1)
    size = (contributions.square().sum(dim=-1, keepdim=True) / count + TINY).sqrt()
    logs = (contributions / size).masked_fill(~known, -1e9).log_softmax(dim=-1)
    target = _shares(wanted.clamp_min(0.0))
    surprise = target * (target.clamp_min(TINY).log() - logs)
    total: Tensor = (surprise * (target > 0)).sum(dim=-1)
    return total


_DISTANCES = {"cosine": _cosine, "mse": _half_squares, "huber": _huber}
