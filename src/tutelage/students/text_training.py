"""The training loop of text students: labels, and the pull of the teacher's word scores.

A step minimises

    sum_i w_i CE_i / sum_i w_i  +  alignment / n * sum_i w_i p_i D_i

over the n texts of a batch: CE the cross-entropy, w the sample weights, p the weights of the
priors, D the distance between contributions and word scores (:mod:`tutelage.learning.alignment`).
At most ``guided_share`` of a batch is guided in one step, drawn anew each time and scaled up
accordingly: in expectation the same pull at half the price.
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
from tutelage.attribution.slopes import target_score
from tutelage.students.encoder import PURPOSE, TextNetwork
from tutelage.students.guidance import Pull, Wanted, pull_along_path, pull_at
from tutelage.students.text_settings import TextSettings
from tutelage.students.words import NO_WORD, Tokens, length_buckets

if TYPE_CHECKING:
    from torch import Tensor

Rows = NDArray[np.intp]

LARGEST_GRADIENT = 1.0  # norm beyond which a step is shortened


@dataclass(frozen=True, eq=False)
class Taught:
    """A text's word scores, ready for a model.

    Attributes
    ----------
    scores : (n_words,)
    known : (n_words,)
    owners : (n_tokens,)
        The word of each token, -1 for none.
    code
        The class that the scores speak for.
    rivals : (n_classes,)
        The classes that a contrastive target compares with.
    weight
        In (0, 1].
    """

    scores: NDArray[np.float64]
    known: NDArray[np.bool_]
    owners: NDArray[np.int64]
    code: int
    rivals: NDArray[np.bool_]
    weight: float


@dataclass(frozen=True, eq=False)
class TextRows:
    """Training rows, tokenised.

    Attributes
    ----------
    tokens
        One per text.
    targets : (n_texts, n_classes)
        Probabilities.
    weights : (n_texts,)
    taught
        One per text; ``None`` where the teacher scored no word.
    """

    tokens: Sequence[Tokens]
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]
    taught: Sequence[Taught | None]


@dataclass
class StepLosses:
    """What one step saw: the mean cross-entropy, and the mean distance (NaN: none guided)."""

    labels: float = 0.0
    distance: float = math.nan


def train_network(
    network: TextNetwork,
    rows: TextRows,
    settings: TextSettings,
    *,
    progress: Callable[[int, int, StepLosses], None] | None = None,
    judge: Callable[[], float] | None = None,
) -> list[StepLosses]:
    """Train in place; return what each step saw.

    Parameters
    ----------
    progress
        Called after each step with its number from 1, the number of steps, and the losses.
    judge
        A loss on held-out texts, asked for ten times; training stops when it has not improved
        ``patience`` times, and the best weights seen are kept.

    Raises
    ------
    ArithmeticError
        When the loss is no longer finite.
    """
    trainer = TextTrainer(network, rows, settings)
    best = _Best(network, judge, settings)
    history: list[StepLosses] = []
    for step, batch in enumerate(_batches(rows, settings)):
        losses = trainer.step(step, batch)
        history.append(losses)
        if not math.isfinite(losses.labels):
            raise ArithmeticError(
                f"the loss must stay finite, got {losses.labels} in step {step + 1}; lower "
                "learning_rate."
            )
        if progress is not None:
            progress(step + 1, settings.n_steps, losses)
        if best.should_stop(step):
            break
    best.restore()
    network.train(False)
    return history


def _batches(rows: TextRows, settings: TextSettings) -> list[Rows]:
    generator = np.random.default_rng(settings.seed)
    lengths = np.array([len(text.ids) for text in rows.tokens], dtype=np.int64)
    batches: list[Rows] = []
    while len(batches) < settings.n_steps:
        batches += length_buckets(lengths, settings.batch_size, generator)
    return batches[: settings.n_steps]


class TextTrainer:
    """One optimiser and the steps it takes; :func:`train_network` is its ordinary user."""

    def __init__(self, network: TextNetwork, rows: TextRows, settings: TextSettings):
        self.torch = require("torch", extra="text", purpose=PURPOSE)
        self.network, self.rows, self.settings = network, rows, settings
        embeddings = network.model.get_input_embeddings()
        embeddings.requires_grad_(settings.train_embeddings)
        set_dropout(network, settings.dropout)
        if settings.checkpointing:
            enable_checkpointing(network.model)
        self.draw = np.random.default_rng([settings.seed, 1])
        groups = parameter_groups(network, settings)
        self.parameters = [p for group in groups for p in group["params"]]
        fused = network.device.type in ("cpu", "cuda")
        self.optimiser = self.torch.optim.AdamW(groups, fused=fused)
        self.rates = [group["lr"] for group in groups]

    def step(self, step: int, batch: Rows) -> StepLosses:
        """Take the optimiser step number ``step`` on the rows ``batch``."""
        settings = self.settings
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * settings.rate(step)
        self._set_mode(training=True)
        pull = settings.pull(step)
        guided, share = self._guided(batch) if pull > 0 else (batch[:0], 1.0)
        shared = settings.attribution == "gradient_x_input"  # one pass for labels and slopes
        plain = np.setdiff1d(batch, guided, assume_unique=True) if shared else batch
        seen, total = StepLosses(), float(self.rows.weights[batch].sum())
        for part in _parts(plain, settings.rows_per_pass):
            with self._autocast():
                said = self._logits(part)
            loss = self._label_loss(said.float(), part) / total
            self.torch.autograd.backward(loss)
            seen.labels += float(loss.detach())
        distances = []
        for part in _parts(guided, settings.rows_per_pass):
            logits, found = self._pulled(part)
            loss = pull * share / len(batch) * found.surrogate
            if logits is not None:
                label_loss = self._label_loss(logits, part) / total
                loss = loss + label_loss
                seen.labels += float(label_loss.detach())
            self.torch.autograd.backward(loss)
            distances.append(found.distances)
        if distances:
            seen.distance = float(self.torch.cat(distances).mean())
        self.torch.nn.utils.clip_grad_norm_(self.parameters, LARGEST_GRADIENT)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return seen

    def _set_mode(self, *, training: bool) -> None:
        # Without dropout there is nothing random, and eval mode is the same network.
        self.network.train(training and (self.settings.dropout > 0 or self.settings.checkpointing))

    def _autocast(self) -> AbstractContextManager[Any]:
        if self.settings.precision == "float32":
            return nullcontext()
        autocast: AbstractContextManager[Any] = self.torch.autocast(
            self.network.device.type, dtype=self.torch.bfloat16
        )
        return autocast

    def _guided(self, batch: Rows) -> tuple[Rows, float]:
        """Return which rows are guided in this step, and how many each of them stands for."""
        taught = np.array(
            [row for row in batch if self.rows.taught[row] is not None], dtype=np.intp
        )
        most = max(1, math.ceil(self.settings.guided_share * len(batch)))
        if len(taught) <= most:
            return taught, 1.0
        return np.sort(self.draw.choice(taught, most, replace=False)), len(taught) / most

    def _logits(self, rows: Rows) -> Tensor:
        ids, mask = self.network.collate([self.rows.tokens[row] for row in rows])
        return self.network.logits(self.network.embed(ids), mask)

    def _label_loss(self, logits: Tensor, rows: Rows) -> Tensor:
        """Return the weighted sum of the cross-entropies."""
        targets = self._tensor(self.rows.targets[rows])
        weights = self._tensor(self.rows.weights[rows])
        losses = self.torch.nn.functional.cross_entropy(
            logits, targets, reduction="none", label_smoothing=self.settings.label_smoothing
        )
        total: Tensor = weights @ losses
        return total

    def _pulled(self, rows: Rows) -> tuple[Tensor | None, Pull]:
        """Return the pull of guided rows, and their logits if the same pass gives them."""
        settings, network = self.settings, self.network
        ids, mask = network.collate([self.rows.tokens[row] for row in rows])
        inputs = network.embed(ids)
        if not inputs.requires_grad:
            inputs.requires_grad_(True)
        wanted, score_of = self._wanted(rows, ids.shape[1])
        logits = None
        if settings.attribution == "gradient_x_input":
            logits = network.logits(inputs, mask)
            alone = settings.dropout == 0
            self._set_mode(training=alone)
            pull = pull_at(
                logits if alone else network.logits(inputs, mask),
                inputs,
                score_of,
                lambda moved: network.logits(moved, mask),
                wanted,
                distance=settings.distance,
            )
        else:
            self._set_mode(training=settings.dropout == 0)
            pull = pull_along_path(
                inputs,
                network.embed(self._baseline(ids, wanted.owners)),
                score_of,
                lambda moved, n: network.logits(moved, mask.repeat(n, 1)),
                wanted,
                n_steps=settings.path_steps,
                distance=settings.distance,
            )
        self._set_mode(training=True)
        return logits, pull

    def _baseline(self, ids: Tensor, owners: Tensor) -> Tensor:
        """Return the same texts with the pad token in the place of every word."""
        pad = self.network.tokenizer.pad_token_id or 0
        return self.torch.where(owners != NO_WORD, self.torch.full_like(ids, pad), ids)  # type: ignore[no-any-return]

    def _wanted(self, rows: Rows, n_tokens: int) -> tuple[Wanted, Callable[[Tensor], Tensor]]:
        taught = [self.rows.taught[row] for row in rows]
        lessons = [lesson for lesson in taught if lesson is not None]
        n_words = max(len(lesson.scores) for lesson in lessons)
        scores = np.zeros((len(lessons), n_words))
        known = np.zeros((len(lessons), n_words), dtype=bool)
        owners = np.full((len(lessons), n_tokens), NO_WORD, dtype=np.int64)
        for place, lesson in enumerate(lessons):
            scores[place, : len(lesson.scores)] = lesson.scores
            known[place, : len(lesson.known)] = lesson.known
            owners[place, : len(lesson.owners)] = lesson.owners
        weights = np.array([lesson.weight for lesson in lessons]) * self.rows.weights[rows]
        device = self.network.device
        wanted = Wanted(
            self._tensor(scores),
            self.torch.from_numpy(known).to(device),
            self.torch.from_numpy(owners).to(device),
            self._tensor(weights),
        )
        codes = self.torch.tensor([lesson.code for lesson in lessons], device=device)
        rivals = self.torch.from_numpy(np.stack([lesson.rivals for lesson in lessons])).to(device)
        return wanted, lambda logits: target_score(
            logits, codes, rivals if self.settings.contrast else None
        )

    def _tensor(self, numbers: NDArray[np.float64]) -> Tensor:
        found: Tensor = self.torch.from_numpy(numbers.astype(np.float32)).to(self.network.device)
        return found


def parameter_groups(network: TextNetwork, settings: TextSettings) -> list[dict[str, Any]]:
    """Return AdamW's groups: encoder and head, with and without weight decay."""
    in_head = {id(p) for part in head_parts(network) for p in part.parameters()}
    groups: dict[tuple[bool, bool], list[Any]] = {}
    for part in network.parts():
        for parameter in part.parameters():
            if parameter.requires_grad:
                key = (id(parameter) in in_head, parameter.ndim > 1)
                groups.setdefault(key, []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.head_learning_rate if is_head else settings.learning_rate,
            "weight_decay": settings.weight_decay if decays else 0.0,
        }
        for (is_head, decays), parameters in groups.items()
    ]


def head_parts(network: TextNetwork) -> list[Any]:
    """Return the modules that start from random weights."""
    if network.head is not None:
        return [network.head]
    body = getattr(network.model, network.model.base_model_prefix, None)
    return [part for part in network.model.children() if part is not body]


def enable_checkpointing(model: Any) -> None:
    """Recompute activations in the backward pass, in the form that allows two of them."""
    name = "activation_checkpointing_enable"  # transformers 5.23; its old name warns
    enable = getattr(model, name, None) or model.gradient_checkpointing_enable
    enable({"use_reentrant": False})


def set_dropout(network: TextNetwork, share: float) -> None:
    """Give every dropout in the network this share."""
    torch = require("torch", extra="text", purpose=PURPOSE)
    for part in network.parts():
        for module in part.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = share
            for name in ("dropout", "attention_dropout", "dropout_prob"):
                if isinstance(getattr(module, name, None), float):
                    setattr(module, name, share)


def _parts(rows: Rows, size: int) -> list[Rows]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


class _Best:
    """The best weights that a judge has seen."""

    CHECKS = 10

    def __init__(
        self, network: TextNetwork, judge: Callable[[], float] | None, settings: TextSettings
    ):
        self.network, self.judge, self.patience = network, judge, settings.patience
        self.every = max(1, settings.n_steps // self.CHECKS)
        self.last = settings.n_steps - 1
        self.loss, self.misses = math.inf, 0
        self.states: list[dict[str, Any]] | None = None

    def should_stop(self, step: int) -> bool:
        if self.judge is None or ((step + 1) % self.every and step != self.last):
            return False
        self.network.train(False)
        loss = self.judge()
        if loss < self.loss:
            self.loss, self.misses = loss, 0
            self.states = [
                {name: value.detach().clone() for name, value in part.state_dict().items()}
                for part in self.network.parts()
            ]
        else:
            self.misses += 1
        return self.misses >= self.patience

    def restore(self) -> None:
        if self.states is not None:
            for part, state in zip(self.network.parts(), self.states, strict=True):
                part.load_state_dict(state)
