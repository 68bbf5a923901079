"""A training from its first step to its last, stopped early or interrupted and taken up again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tutelage._extras import require
from tutelage.students.encoder import PURPOSE
from tutelage.students.rationale_settings import RationaleSettings
from tutelage.students.seq2seq_checkpoint import Checkpoint
from tutelage.students.seq2seq_network import TextToText, device_of
from tutelage.students.seq2seq_training import (
    Progress,
    StepParts,
    TaskRows,
    TaskTrainer,
    batches_of,
)

CHECKS = 10  # of the held-out loss, spread over the steps
Tensors = dict[str, Any]


@dataclass
class Run:
    """How far a training is.

    Attributes
    ----------
    steps
        What each step saw.
    held_out
        Held-out losses, one per check.
    best
        The lowest of them.
    misses
        Checks since then.
    weights
        The weights at ``best``; ``None`` without a judge.
    """

    steps: list[StepParts] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)
    best: float = math.inf
    misses: int = 0
    weights: Tensors | None = None


def train_tasks(
    network: TextToText,
    rows: TaskRows,
    settings: RationaleSettings,
    *,
    progress: Progress | None = None,
    judge: Callable[[], float] | None = None,
    checkpoint: Checkpoint | None = None,
    carried: Mapping[str, Any] | None = None,
) -> Run:
    """Train in place and return what was seen.

    Parameters
    ----------
    judge
        A loss on held-out texts, asked for ten times; training stops when it has not improved
        ``patience`` times in a row, and the best weights seen are kept.
    checkpoint
        Where the training is kept; one that lies there is taken up. Steps, draws and dropout go
        on as if there had been no interruption.
    carried
        More that the checkpoint's state shall hold.

    Raises
    ------
    ArithmeticError
        When the loss is no longer finite.
    """
    trainer = TaskTrainer(network, rows, settings)
    batches = batches_of(rows, settings)
    run = Run()
    kept = checkpoint.read() if checkpoint is not None else None
    if kept is not None:
        run = restored(trainer, *kept)
    every = max(1, settings.n_steps // CHECKS)
    for step in range(len(run.steps), settings.n_steps):
        if run.misses >= settings.patience:
            break
        parts = trainer.step(step, batches[step])
        run.steps.append(parts)
        is_last = step + 1 == settings.n_steps
        if judge is not None and ((step + 1) % every == 0 or is_last):
            _judge(run, network, judge)
        if checkpoint is not None and ((step + 1) % checkpoint.every == 0 or is_last):
            checkpoint.write(*_kept(trainer, run, carried or {}))
        if progress is not None:
            progress(step + 1, settings.n_steps, parts)
    if run.weights is not None:
        load_trained(network.model, run.weights)
    network.model.eval()
    return run


def _judge(run: Run, network: TextToText, judge: Callable[[], float]) -> None:
    loss = judge()
    run.held_out.append(loss)
    if loss < run.best:
        run.best, run.misses = loss, 0
        run.weights = {name: value.clone() for name, value in trained(network.model).items()}
    else:
        run.misses += 1


def trained(model: Any) -> Tensors:
    """Return the weights that training changes, by name."""
    return {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}


def load_trained(model: Any, tensors: Tensors) -> None:
    """Put weights that :func:`trained` returned back."""
    torch = require("torch", extra="text", purpose=PURPOSE)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in tensors:
                parameter.copy_(tensors[name])


def _kept(
    trainer: TaskTrainer, run: Run, carried: Mapping[str, Any]
) -> tuple[Tensors, dict[str, Any]]:
    torch = trainer.torch
    tensors = {f"model.{name}": x for name, x in trained(trainer.network.model).items()}
    for name, x in (run.weights or {}).items():
        tensors[f"best.{name}"] = x
    for place, moments in trainer.optimiser.state_dict()["state"].items():
        for name, x in moments.items():
            tensors[f"optimiser.{place}.{name}"] = x
    tensors["chance"] = torch.get_rng_state()
    if device_of(trainer.network.model).type == "cuda":
        tensors["chance.cuda"] = torch.cuda.get_rng_state()
    said = asdict(run)
    del said["weights"]
    return tensors, {**said, **carried}


def restored(trainer: TaskTrainer, tensors: Tensors, state: dict[str, Any]) -> Run:
    """Put a trainer where a checkpoint left off, and return how far it was."""
    torch = trainer.torch
    device = device_of(trainer.network.model)

    def of(prefix: str) -> Tensors:
        return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

    load_trained(trainer.network.model, of("model."))
    moments: dict[int, Tensors] = {}
    for name, x in of("optimiser.").items():
        place, _, part = name.partition(".")
        moments.setdefault(int(place), {})[part] = x
    groups = trainer.optimiser.state_dict()["param_groups"]
    trainer.optimiser.load_state_dict({"state": moments, "param_groups": groups})
    torch.set_rng_state(tensors["chance"])
    if "chance.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["chance.cuda"])
    best = {name: x.to(device) for name, x in of("best.").items()}
    return Run(
        [StepParts(**parts) for parts in state["steps"]],
        list(state["held_out"]),
        float(state["best"]),
        int(state["misses"]),
        best or None,
    )
