"""The training loop of students of labels and reasons.

A step minimises the loss of :mod:`tutelage.learning.label_and_rationale` over a batch of texts.
With two tasks every text that has a label is read once behind ``predict:`` and every text that
has a reason once behind ``explain:``; in one sequence a text is read once, and its label is
written first. Of several reasons one is drawn each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tutelage._extras import require
from tutelage.learning.label_and_rationale import (
    LossParts,
    example_losses,
    label_and_rationale_loss,
    state_distances,
    token_losses,
)
from tutelage.students.encoder import PURPOSE
from tutelage.students.rationale_settings import RationaleSettings
from tutelage.students.seq2seq_network import Ids, TextToText, device_of, padded
from tutelage.students.words import length_buckets

if TYPE_CHECKING:
    from torch import Tensor

Rows = NDArray[np.intp]
Weights = NDArray[np.float64]
LARGEST_GRADIENT = 1.0  # norm beyond which a step is shortened
NOTHING = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Reason:
    """A reason as tokens, the closing one included, and each token's weight in the loss."""

    ids: Ids
    weights: Weights


@dataclass(frozen=True, eq=False)
class TaskRows:
    """Training rows, tokenised; every row has a label or a reason.

    Attributes
    ----------
    predict, explain
        What is read for the label and for the reason; one each per text.
    labels
        What is written as the label, with its closing; ``None`` where there is no label.
    reasons
        The reasons of each text, perhaps none.
    """

    predict: Sequence[Ids]
    explain: Sequence[Ids]
    labels: Sequence[Ids | None]
    reasons: Sequence[Sequence[Reason]]


@dataclass(frozen=True)
class StepParts:
    """What one step saw: mean losses of labels and reasons (nats per token), mean distance.

    NaN where the step had no label, no reason, no pair.
    """

    labels: float
    rationales: float = math.nan
    distances: float = math.nan


Progress = Callable[[int, int, StepParts], None]


def batches_of(rows: TaskRows, settings: RationaleSettings) -> list[Rows]:
    """Return the rows of every step; the seed alone decides."""
    generator = np.random.default_rng(settings.seed)
    lengths = np.array([len(prompt) for prompt in rows.predict], dtype=np.int64)
    batches: list[Rows] = []
    while len(batches) < settings.n_steps:
        batches += length_buckets(lengths, settings.batch_size, generator)
    return batches[: settings.n_steps]


class TaskTrainer:
    """One optimiser and the steps it takes."""

    def __init__(self, network: TextToText, rows: TaskRows, settings: RationaleSettings):
        self.torch = require("torch", extra="text", purpose=PURPOSE)
        self.network, self.rows, self.settings = network, rows, settings
        freeze_embeddings(network.model, trained=settings.train_embeddings)
        set_dropout(network.model, settings.dropout)
        groups = parameter_groups(network, settings)
        self.parameters = [p for group in groups for p in group["params"]]
        fused = device_of(network.model).type in ("cpu", "cuda")
        self.optimiser = self.torch.optim.AdamW(groups, fused=fused)
        self.rates = [group["lr"] for group in groups]

    def step(self, step: int, batch: Rows) -> StepParts:
        """Take the optimiser step number ``step``, from 0, on the rows ``batch``.

        Raises
        ------
        ArithmeticError
            When the loss is not finite.
        """
        settings = self.settings
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * settings.rate(step)
        self.network.model.train()
        pull = settings.pull(step)
        reasons = self._drawn(step, batch, pull)
        has_label = np.array([self.rows.labels[row] is not None for row in batch])
        has_reason = np.array([reason is not None for reason in reasons])
        totals = (
            float(has_label.sum()),
            float(has_reason.sum()),
            float((has_label & has_reason).sum()),
        )
        seen = np.zeros(3)
        for start in range(0, len(batch), settings.rows_per_pass):
            part = slice(start, start + settings.rows_per_pass)
            if not (has_label[part].any() or has_reason[part].any()):
                continue
            with self._precision():
                parts = self._losses(batch[part], reasons[part], pull, totals)
            parts.total.backward()  # type: ignore[no-untyped-call]
            found = (parts.labels, parts.rationales, parts.distances)
            seen += [float(value.detach()) for value in found]
        self.torch.nn.utils.clip_grad_norm_(self.parameters, LARGEST_GRADIENT)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        if not np.isfinite(seen).all():
            raise ArithmeticError(
                f"the loss must stay finite, got {seen[0]} for labels and {seen[1]} for reasons in "
                f"step {step + 1}; lower learning_rate."
            )
        there = (totals[0], totals[1], totals[2] * settings.task_alignment)
        return StepParts(*(float(x) if n else math.nan for x, n in zip(seen, there, strict=True)))

    def _drawn(self, step: int, batch: Rows, pull: float) -> list[Reason | None]:
        """Return one reason per text, ``None`` where there is none or none counts now."""
        if pull == 0:
            return [None] * len(batch)
        draws = np.random.default_rng([self.settings.seed, 1, step]).random(len(batch))
        found = []
        for row, draw in zip(batch, draws, strict=True):
            said = self.rows.reasons[row]
            found.append(said[int(draw * len(said))] if said else None)
        return found

    def _losses(
        self,
        batch: Rows,
        reasons: Sequence[Reason | None],
        pull: float,
        totals: tuple[float, float, float],
    ) -> LossParts:
        labels = [self.rows.labels[row] for row in batch]
        one = self.settings.mode == "single_sequence"
        write = self._in_one if one else self._in_two
        losses = write(batch, labels, reasons)
        return label_and_rationale_loss(
            losses[0],
            losses[1],
            label_weights=self._flags(labels),
            rationale_weights=self._flags(reasons),
            explain_weight=pull,
            distances=losses[2],
            alignment=self.settings.task_alignment,
            totals=totals,
        )

    def _in_two(
        self, batch: Rows, labels: Sequence[Ids | None], reasons: Sequence[Reason | None]
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return losses of labels and reasons, and distances of states (n_texts,) each."""
        said = [(n, label) for n, label in enumerate(labels) if label is not None]
        why = [(n, reason) for n, reason in enumerate(reasons) if reason is not None]
        size = len(batch)
        label_losses, label_states = self._written(
            [n for n, _ in said],
            [self.rows.predict[batch[n]] for n, _ in said],
            [label for _, label in said],
            [np.ones(len(label)) for _, label in said],
            size,
        )
        rationale_losses, rationale_states = self._written(
            [n for n, _ in why],
            [self.rows.explain[batch[n]] for n, _ in why],
            [reason.ids for _, reason in why],
            [reason.weights for _, reason in why],
            size,
        )
        if not self.settings.task_alignment or label_states is None or rationale_states is None:
            return label_losses, rationale_losses, None
        return label_losses, rationale_losses, state_distances(label_states, rationale_states)

    def _written(
        self,
        places: Sequence[int],
        prompts: Sequence[Ids],
        targets: Sequence[Ids],
        weights: Sequence[Weights],
        size: int,
    ) -> tuple[Tensor, Tensor | None]:
        """Return losses (size,) and states (size, width), zero at rows that are not in places."""
        device = device_of(self.network.model)
        if not places:
            return self.torch.zeros(size, device=device), None
        losses, states = self._read(prompts, targets, weights)
        where = self.torch.tensor(places, device=device)
        whole = losses.new_zeros(size).index_copy(0, where, losses)
        spread = states.new_zeros(size, states.shape[1]).index_copy(0, where, states)
        return whole, spread

    def _read(
        self, prompts: Sequence[Ids], targets: Sequence[Ids], weights: Sequence[Weights]
    ) -> tuple[Tensor, Tensor]:
        logits, states = self.network.written(prompts, targets)
        ids, _ = padded(targets, 0, logits.device)
        return example_losses(token_losses(logits, ids), self._padded(weights)), states.float()

    def _in_one(
        self, batch: Rows, labels: Sequence[Ids | None], reasons: Sequence[Reason | None]
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return losses of labels and reasons (n_texts,), written one behind the other."""
        first = [NOTHING if label is None else label for label in labels]
        second = [NOTHING if reason is None else reason.ids for reason in reasons]
        targets = [np.concatenate(pair) for pair in zip(first, second, strict=True)]
        prompts = [self.rows.predict[row] for row in batch]
        logits, _ = self.network.written(prompts, targets)
        ids, _ = padded(targets, 0, logits.device)
        losses = token_losses(logits, ids)
        of_labels = [
            np.arange(len(ids)) < len(label) for ids, label in zip(targets, first, strict=True)
        ]
        of_reasons = [
            np.concatenate([np.zeros(len(label)), [] if reason is None else reason.weights])
            for label, reason in zip(first, reasons, strict=True)
        ]
        return (
            example_losses(losses, self._padded(of_labels)),
            example_losses(losses, self._padded(of_reasons)),
            None,
        )

    def _padded(self, rows: Sequence[NDArray[Any]]) -> Tensor:
        longest = max(len(row) for row in rows)
        whole = np.zeros((len(rows), longest), dtype=np.float32)
        for place, row in enumerate(rows):
            whole[place, : len(row)] = row
        found: Tensor = self.torch.from_numpy(whole).to(device_of(self.network.model))
        return found

    def _flags(self, values: Sequence[object]) -> Tensor:
        flags = [float(value is not None) for value in values]
        found: Tensor = self.torch.tensor(flags, device=device_of(self.network.model))
        return found

    def _precision(self) -> AbstractContextManager[Any]:
        if self.settings.precision == "float32":
            return nullcontext()
        kind = device_of(self.network.model).type
        context: AbstractContextManager[Any] = self.torch.autocast(kind, self.torch.bfloat16)
        return context


def freeze_embeddings(model: Any, *, trained: bool) -> None:
    """Train word embeddings, or leave them: half of a small model's weights, seldom seen."""
    model.get_input_embeddings().requires_grad_(trained)


def set_dropout(model: Any, share: float) -> None:
    """Give every dropout in the model this share."""
    torch = require("torch", extra="text", purpose=PURPOSE)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share
        for name in ("dropout", "attention_dropout", "activation_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, share)


def parameter_groups(network: TextToText, settings: RationaleSettings) -> list[dict[str, Any]]:
    """Return AdamW's groups: trained before or fresh, with and without weight decay."""
    groups: dict[tuple[bool, bool], list[Any]] = {}
    for name, parameter in network.model.named_parameters():
        if parameter.requires_grad:
            is_fresh = any(part in name for part in network.fresh)
            groups.setdefault((is_fresh, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.fresh_learning_rate if is_fresh else settings.learning_rate,
            "weight_decay": settings.weight_decay if decays else 0.0,
        }
        for (is_fresh, decays), parameters in groups.items()
    ]
