"""The loss of a student with two tasks, say the label and say why: pure functions of tensors.

What a teacher left out has weight zero: it is never filled in, and each task's mean is over the
texts that have something to learn for it. So a batch in which reasons are missing gives the same
label loss, and the same gradient of it, as one in which they are there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage._extras import require
from tutelage.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

SCHEDULES = ("constant", "decay")


@dataclass(frozen=True)
class LossParts:
    """A loss and what it is made of; each part is a mean over texts before its weight.

    Attributes
    ----------
    total
        ``labels + explain_weight * rationales + alignment * distances``.
    labels
        Nats per token of the label.
    rationales
        Nats per token of the reason.
    distances
        In [0, 2], see :func:`state_distances`.
    """

    total: Tensor
    labels: Tensor
    rationales: Tensor
    distances: Tensor


def token_losses(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy of every target token, in nats (n_texts, n_tokens).

    Parameters
    ----------
    logits : (n_texts, n_tokens, n_vocabulary)
    targets : (n_texts, n_tokens)
        Token ids; any valid id where a text has ended.
    """
    functional = require("torch.nn.functional", extra="text", purpose="text students")
    found: Tensor = functional.cross_entropy(
        logits.flatten(0, 1).float(), targets.flatten(), reduction="none"
    )
    return found.view(targets.shape)


def example_losses(losses: Tensor, token_weights: Tensor) -> Tensor:
    """Return the weighted mean of each text's token losses (n_texts,).

    Only the ratios of a text's weights matter. A text whose weights are all zero has loss 0.

    Parameters
    ----------
    losses : (n_texts, n_tokens)
    token_weights : (n_texts, n_tokens)
        At least 0; 0 where a text has ended.

    Examples
    --------
    >>> import torch
    >>> example_losses(torch.tensor([[1.0, 3.0, 9.0], [5.0, 5.0, 5.0]]),
    ...                torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])).tolist()
    [2.0, 0.0]
    """
    total = token_weights.sum(dim=-1)
    # A loss that is not finite must not come back as 0 x inf.
    kept = losses.masked_fill(token_weights == 0, 0.0)
    found: Tensor = (kept * token_weights).sum(dim=-1) / total.masked_fill(total == 0, 1.0)
    return found


def weighted_mean(losses: Tensor, weights: Tensor, total: float | None = None) -> Tensor:
    """Return ``sum(weights * losses) / total``: a scalar, 0 when all weights are 0.

    Parameters
    ----------
    losses : (n_texts,)
    weights : (n_texts,)
    total
        The sum of the weights; give it when ``losses`` are a part of a batch, so that the parts
        add up to the mean of the whole.

    Examples
    --------
    >>> import torch
    >>> weighted_mean(torch.tensor([1.0, 7.0]), torch.tensor([1.0, 0.0])).item()
    1.0
    """
    divisor = float(weights.sum()) if total is None else total
    kept = losses.masked_fill(weights == 0, 0.0)
    found: Tensor = (kept * weights).sum() / (divisor or 1.0)
    return found


def label_and_rationale_loss(
    label_losses: Tensor,
    rationale_losses: Tensor,
    *,
    label_weights: Tensor,
    rationale_weights: Tensor,
    explain_weight: float,
    distances: Tensor | None = None,
    alignment: float = 0.0,
    totals: tuple[float, float, float] | None = None,
) -> LossParts:
    """Return the loss of a batch and its parts.

    ``mean(labels) + explain_weight * mean(rationales) + alignment * mean(distances)``: the first
    mean is over the texts with a label, the second over those with a reason, the third over those
    with both. A mean over no text is 0, with gradient 0.

    Parameters
    ----------
    label_losses, rationale_losses : (n_texts,)
    label_weights, rationale_weights : (n_texts,)
        0 where there is no label, no reason.
    explain_weight
        At least 0. The weight α of ``α labels + (1 - α) rationales`` is (1 - α) / α here.
    distances : (n_texts,) or None
        How far the two tasks' views of a text are apart.
    totals
        The sums of weights of labels, reasons and pairs when this is a part of a batch.

    References
    ----------
    Hsieh et al., "Distilling Step-by-Step!", Findings of ACL 2023: the two tasks. Chen et al.,
    Findings of ACL 2024, arXiv 2403.03348: a term that ties them.

    Examples
    --------
    >>> import torch
    >>> parts = label_and_rationale_loss(
    ...     torch.tensor([1.0, 3.0]), torch.tensor([4.0, 0.0]),
    ...     label_weights=torch.ones(2), rationale_weights=torch.tensor([1.0, 0.0]),
    ...     explain_weight=0.5)
    >>> parts.labels.item(), parts.rationales.item(), parts.total.item()
    (2.0, 4.0, 4.0)
    """
    of_labels, of_rationales, of_pairs = totals or (None, None, None)
    labels = weighted_mean(label_losses, label_weights, of_labels)
    rationales = weighted_mean(rationale_losses, rationale_weights, of_rationales)
    apart = labels.new_zeros(())
    if distances is not None:
        apart = weighted_mean(distances, label_weights * rationale_weights, of_pairs)
    total = labels + explain_weight * rationales + alignment * apart
    return LossParts(total, labels, rationales, apart)


def state_distances(first: Tensor, second: Tensor) -> Tensor:
    """Return 1 - cosine of two tasks' states of each text (n_texts,), in [0, 2].

    Parameters
    ----------
    first, second : (n_texts, width)
    """
    functional = require("torch.nn.functional", extra="text", purpose="text students")
    found: Tensor = 1.0 - functional.cosine_similarity(first, second, dim=-1)
    return found


def explain_weight_at(step: int, n_steps: int, weight: float, schedule: str = "constant") -> float:
    """Return the weight of the reasons at ``step``, from 0.

    ``"constant"``: ``weight``. ``"decay"``: falls linearly from twice ``weight`` to 0, so that
    the mean is the same and the last steps belong to the labels.

    >>> [explain_weight_at(step, 5, 0.5, "decay") for step in range(5)]
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    if schedule not in SCHEDULES:
        raise InputError(f"schedule must be one of {list(SCHEDULES)}, got {schedule!r}.")
    if schedule == "constant" or n_steps < 2:
        return weight
    return 2.0 * weight * (1.0 - step / (n_steps - 1))


def rarity_weights(reasons: Sequence[Sequence[int]]) -> list[list[float]]:
    """Return a weight per token of each reason: rare tokens count more, boilerplate less.

    A token that occurs in d of n reasons gets log(1 + n / d), divided by the mean of its reason:
    every reason's weights have mean 1.

    References
    ----------
    Feng et al., "Keypoint-based Progressive Chain-of-Thought Distillation", ICML 2024: weights on
    the tokens of a reason. The choice of rarity is ours.

    Examples
    --------
    >>> said = rarity_weights([[7, 1], [7, 2], [7, 3]])
    >>> [round(weight, 2) for weight in said[0]]
    [0.67, 1.33]
    """
    held = Counter(token for reason in reasons for token in set(reason))
    found = []
    for reason in reasons:
        raw = [math.log1p(len(reasons) / held[token]) for token in reason]
        mean = sum(raw) / len(raw) if raw else 1.0
        found.append([weight / mean for weight in raw])
    return found
