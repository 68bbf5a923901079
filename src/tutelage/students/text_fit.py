"""Examples and settings in, a trained encoder out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from tutelage._extras import require
from tutelage.errors import DataError
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.word_prior import WordPrior
from tutelage.students.encoder import PURPOSE, build_network, longest_input
from tutelage.students.text_bodies import EncoderBody
from tutelage.students.text_examples import TextExamples
from tutelage.students.text_settings import TextSettings
from tutelage.students.text_training import StepLosses, Taught, TextRows, train_network
from tutelage.students.words import NO_WORD, Tokens

Progress = Callable[[int, int, StepLosses], None]
Places = dict[str, int]


def fit_encoder(
    source: Any,
    examples: TextExamples,
    classes: NDArray[Any],
    settings: TextSettings,
    *,
    pooling: str,
    max_tokens: int,
    device: str | None,
    held_out: TextExamples | None = None,
    progress: Progress | None = None,
) -> tuple[EncoderBody, list[StepLosses]]:
    """Build an encoder from ``source`` and train it; return it and what each step saw.

    Torch's global seed is left alone; on a CPU the same seed gives the same weights.
    """
    torch = require("torch", extra="text", purpose=PURPOSE)
    where = torch.device(device or best_device(torch))
    devices = [where] if where.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(settings.seed)
        network = build_network(source, len(classes), pooling=pooling)
        network.to(where)
        body = EncoderBody(network, len(classes), longest_input(network, max_tokens))
        rows = training_rows(body.tokens(examples.texts), examples, classes)
        judge = None if held_out is None else lambda: log_loss(body, held_out)
        history = train_network(network, rows, settings, progress=progress, judge=judge)
    return body, history


def best_device(torch: Any) -> str:
    """Return ``"cuda"``, ``"mps"`` or ``"cpu"``: the first that is there."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def log_loss(body: EncoderBody, held_out: TextExamples) -> float:
    """Return the weighted mean cross-entropy on held-out texts."""
    logs = log_softmax(body.logits(held_out.texts), axis=1)
    losses = -(held_out.targets * logs).sum(axis=1)
    return float(np.average(losses, weights=held_out.weights))


def training_rows(
    tokens: Sequence[Tokens], examples: TextExamples, classes: NDArray[Any]
) -> TextRows:
    """Return the examples as the training loop takes them.

    Raises
    ------
    DataError
        When a prior speaks for a class that is not trained.
    """
    places = {label_name(label): place for place, label in enumerate(classes)}
    strange = sorted({p.label for p in examples.priors if p is not None} - set(places))
    if strange:
        raise DataError(f"word_priors must speak for labels in y, got {strange[:8]}.")
    taught = [
        None if prior is None else taught_by(prior, text, places)
        for prior, text in zip(examples.priors, tokens, strict=True)
    ]
    return TextRows(tokens, examples.targets, examples.weights, taught)


def taught_by(prior: WordPrior, tokens: Tokens, places: Places) -> Taught | None:
    """Return a prior as numbers for one tokenised text; ``None`` when it has nothing to say.

    Words that were not scored, or were cut off, do not count.
    """
    owners = tokens.owners(prior.offsets)
    scores = np.asarray(prior.scores, dtype=np.float64)
    known = np.isfinite(scores)
    known[np.setdiff1d(np.arange(len(scores)), owners[owners != NO_WORD])] = False
    scores = np.where(known, scores, 0.0)
    if not scores.any() or prior.weight == 0:
        return None
    rivals = np.zeros(len(places), dtype=bool)
    rivals[[places[name] for name in prior.confusable if name in places]] = True
    code = places[prior.label]
    if not np.delete(rivals, code).any():
        rivals[:] = True
    rivals[code] = False
    return Taught(scores, known, owners, code, rivals, prior.weight)
