"""Examples and settings in, a trained student of labels and reasons out."""

from __future__ import annotations

import hashlib
import json
import math
import os
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from tutelage._extras import require
from tutelage.errors import TutelageWarning
from tutelage.students.encoder import PURPOSE
from tutelage.students.rationale_body import RationaleBody, best_temperature, mean_loss
from tutelage.students.rationale_examples import TaskExamples
from tutelage.students.rationale_settings import RationaleSettings
from tutelage.students.rationale_words import Scribe, sets_of, task_rows, words_for
from tutelage.students.seq2seq_build import build_text_to_text, longest_prompt, longest_target
from tutelage.students.seq2seq_checkpoint import Checkpoint
from tutelage.students.seq2seq_network import TextToText
from tutelage.students.seq2seq_run import Run, train_tasks
from tutelage.students.seq2seq_training import Progress, StepParts, TaskRows
from tutelage.students.text_fit import best_device

COLLAPSED = 0.95  # share of texts with one answer
FEWEST_JUDGED = 10
MOST_JUDGED = 200


@dataclass(frozen=True)
class Attempt:
    """One training from fresh weights.

    Attributes
    ----------
    seed
    steps
        What each step saw.
    held_out
        Held-out losses of the labels, one per check.
    top_share
        Share of the judged texts that got the most frequent answer; NaN for too few texts.
    collapsed
        Whether the student says the same of (nearly) all texts though the labels differ.
    """

    seed: int
    steps: tuple[StepParts, ...]
    held_out: tuple[float, ...]
    top_share: float
    collapsed: bool


@dataclass(frozen=True)
class TaskPlace:
    """Where and how a student is trained, apart from the numbers of the training.

    Attributes
    ----------
    max_tokens, max_rationale_tokens, decoder_layers, length_normalised, restart, device, progress
        As in :class:`tutelage.RationaleStudent`.
    checkpoints, checkpoint_every
        The folder of an interrupted training, and the steps between two writings.
    """

    max_tokens: int
    max_rationale_tokens: int
    decoder_layers: int
    length_normalised: bool
    restart: bool
    device: str | None = None
    progress: Progress | None = None
    checkpoints: str | os.PathLike[str] | None = None
    checkpoint_every: int = 100


PLACED = tuple(field.name for field in fields(TaskPlace))


def fit_tasks(
    source: Any,
    examples: TaskExamples,
    names: Sequence[str] | None,
    settings: RationaleSettings,
    place: TaskPlace,
    held_out: TaskExamples | None,
) -> tuple[RationaleBody, tuple[Attempt, ...]]:
    """Build a model from ``source`` and train it; once more from another seed if it collapses.

    Torch's global seed is left alone; on a CPU the same seed gives the same weights.

    Parameters
    ----------
    names
        The classes; ``None`` where every input has its own choices.
    held_out
        Labelled rows for early stopping and the temperature; never trained on.
    """
    torch = require("torch", extra="text", purpose=PURPOSE)
    where = torch.device(place.device or best_device(torch))
    with torch.random.fork_rng(devices=[where] if where.type == "cuda" else []):
        network = _network(source, settings.seed, place, where)
        scribe = _scribe(network, settings, place)
        words = None if names is None else words_for(scribe, names)
        body = RationaleBody(scribe, words, place.length_normalised)
        if names is None:
            sets_of(scribe, examples, None)  # refuses choices that cannot be told apart
        rows = _rows(scribe, examples, names, words, settings)
        checkpoint = _checkpoint(network, rows, settings, place)
        attempts = _earlier(checkpoint)
        while True:
            seed = settings.seed + len(attempts)
            if attempts:
                scribe = replace(scribe, network=_network(source, seed, place, where))
                body = replace(body, scribe=scribe)
            run = _train(
                body,
                rows,
                replace(settings, seed=seed),
                place,
                held_out,
                names,
                attempts,
                checkpoint,
            )
            attempts.append(_judged(body, run, seed, held_out or examples, names))
            if checkpoint is not None:
                checkpoint.clear()
            if len(attempts) > int(place.restart) or not attempts[-1].collapsed:
                break
    if attempts[-1].collapsed:
        _warn_of_collapse(attempts)
    return _calibrated(body, held_out, names), tuple(attempts)


def _network(source: Any, seed: int, place: TaskPlace, where: Any) -> TextToText:
    require("torch", extra="text", purpose=PURPOSE).manual_seed(seed)
    network = build_text_to_text(source, decoder_layers=place.decoder_layers)
    network.model.to(where)
    return network


def _scribe(network: TextToText, settings: RationaleSettings, place: TaskPlace) -> Scribe:
    n_written = longest_target(network, place.max_rationale_tokens)
    n_read = longest_prompt(network, place.max_tokens, n_written)
    return Scribe(network, settings.mode == "single_sequence", n_read, n_written)


def _rows(
    scribe: Scribe,
    examples: TaskExamples,
    names: Sequence[str] | None,
    words: Sequence[str] | None,
    settings: RationaleSettings,
) -> TaskRows:
    known = dict(zip(names or (), words or (), strict=True))
    written = [None if one is None else known.get(one, one) for one in examples.labels]
    return task_rows(scribe, examples, written, rarity=settings.token_weights == "rarity")


def _train(
    body: RationaleBody,
    rows: TaskRows,
    settings: RationaleSettings,
    place: TaskPlace,
    held_out: TaskExamples | None,
    names: Sequence[str] | None,
    attempts: Sequence[Attempt],
    checkpoint: Checkpoint | None,
) -> Run:
    return train_tasks(
        body.scribe.network,
        rows,
        settings,
        progress=place.progress,
        judge=None if held_out is None else lambda: held_out_loss(body, held_out, names),
        checkpoint=checkpoint,
        carried={"attempts": [asdict(one) for one in attempts]},
    )


def held_out_loss(
    body: RationaleBody, held_out: TaskExamples, names: Sequence[str] | None
) -> float:
    """Return the mean negative log-probability of held-out labels, in nats."""
    return mean_loss(body.scores(held_out), codes_of(held_out, names))


def codes_of(examples: TaskExamples, names: Sequence[str] | None) -> list[int]:
    """Return the place of each label among the classes, or among its input's choices."""
    own = examples.choices if names is None else [tuple(names)] * len(examples.texts)
    return [
        answers.index(label)
        for answers, label in zip(own, examples.labels, strict=True)
        if label is not None
    ]


def _judged(
    body: RationaleBody,
    run: Run,
    seed: int,
    examples: TaskExamples,
    names: Sequence[str] | None,
) -> Attempt:
    """Look at what the student says of some labelled texts."""
    rows = examples.labelled
    some = rows[np.unique(np.linspace(0, len(rows) - 1, MOST_JUDGED).astype(int))]
    judged = examples.take(some)
    share, is_collapsed = math.nan, False
    if len(some) >= FEWEST_JUDGED:
        said = [int(row.argmax()) for row in body.scores(judged)]
        share = top_share(said)
        is_collapsed = share >= COLLAPSED > top_share(codes_of(judged, names))
    return Attempt(seed, tuple(run.steps), tuple(run.held_out), share, is_collapsed)


def top_share(codes: Sequence[int]) -> float:
    """Return the share of the most frequent code.

    >>> top_share([2, 2, 0, 2])
    0.75
    """
    return Counter(codes).most_common(1)[0][1] / len(codes)


def _calibrated(
    body: RationaleBody, held_out: TaskExamples | None, names: Sequence[str] | None
) -> RationaleBody:
    if held_out is None:
        return body
    found = best_temperature(body.scores(held_out), codes_of(held_out, names))
    return replace(body, temperature=found)


def _warn_of_collapse(attempts: Sequence[Attempt]) -> None:
    warnings.warn(
        f"the student collapsed: it gives {attempts[-1].top_share:.0%} of the texts one answer "
        f"although their labels differ, after {len(attempts)} attempt(s). It knows nothing. Try "
        "more steps, another learning_rate, or a stronger model.",
        TutelageWarning,
        stacklevel=4,
    )


def _checkpoint(
    network: TextToText, rows: TaskRows, settings: RationaleSettings, place: TaskPlace
) -> Checkpoint | None:
    if place.checkpoints is None:
        return None
    return Checkpoint(
        Path(place.checkpoints), place.checkpoint_every, fingerprint(network, rows, settings)
    )


def fingerprint(network: TextToText, rows: TaskRows, settings: RationaleSettings) -> str:
    """Return a hash of settings, data and first weights: the same for the same training."""
    found = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode())
    for name, weights in network.model.state_dict().items():
        size = float(weights.double().abs().sum())
        found.update(f"{name} {tuple(weights.shape)} {size!r}".encode())
    for prompts in (rows.predict, rows.explain, rows.labels):
        for ids in prompts:
            found.update(b"-" if ids is None else ids.tobytes() + b"|")
    for reasons in rows.reasons:
        for reason in reasons:
            found.update(reason.ids.tobytes() + reason.weights.tobytes())
        found.update(b"|")
    return found.hexdigest()


def _earlier(checkpoint: Checkpoint | None) -> list[Attempt]:
    """Return the attempts that had ended before the training was interrupted."""
    kept = None if checkpoint is None else checkpoint.read()
    if kept is None:
        return []
    return [
        Attempt(
            int(one["seed"]),
            tuple(StepParts(**parts) for parts in one["steps"]),
            tuple(one["held_out"]),
            float(one["top_share"]),
            bool(one["collapsed"]),
        )
        for one in kept[1]["attempts"]
    ]
