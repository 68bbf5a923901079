"""Examples and settings in, a trained encoder out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from tutelage._extras import require
from tutelage.errors import DataError
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.word_prior import WordPrior
from tutelage.students.encoder import PURPOSE, build_network, longest_input
from tutelage.students.static import StaticBody, fit_head
from tutelage.students.static_vectors import distil
from tutelage.students.text_bodies import EncoderBody, TextBody, warn_of_cut
from tutelage.students.text_examples import TextExamples
from tutelage.students.text_settings import TextSettings
from tutelage.students.text_training import StepLosses, Taught, TextRows, train_network
from tutelage.students.words import NO_WORD, Tokens

Progress = Callable[[int, int, StepLosses], None]
Places = dict[str, int]

STATIC = "static"
CENTROID_LENGTH = 2.0
TINY = 1e-12


@dataclass(frozen=True)
class Place:
    """Where and how a text student is trained, apart from the numbers of the training.

    Attributes
    ----------
    pooling, head_start, max_tokens, device, progress
        As in :class:`tutelage.TaughtTextClassifier`.
    """

    pooling: str
    head_start: str
    max_tokens: int
    device: str | None = None
    progress: Progress | None = None


def fit_body(
    source: Any,
    examples: TextExamples,
    classes: NDArray[Any],
    settings: TextSettings,
    place: Place,
    held_out: TextExamples | None = None,
) -> tuple[TextBody, list[StepLosses]]:
    """Train what ``source`` names: an encoder, or ``"static"`` vectors and a linear head."""
    if isinstance(source, str) and source.partition(":")[0] == STATIC:
        name = source.partition(":")[2] or "minilm"
        return fit_static(name, examples, classes, settings, place), []
    return fit_encoder(source, examples, classes, settings, place, held_out)


def fit_static(
    source: str,
    examples: TextExamples,
    classes: NDArray[Any],
    settings: TextSettings,
    place: Place,
) -> StaticBody:
    """Distil the encoder's word pieces and fit a linear head on the texts' mean vectors."""
    pieces, vectors = distil(source)
    tokens = [pieces.cut(text, place.max_tokens) for text in examples.texts]
    warn_of_cut(tokens, place.max_tokens)
    weights, biases = fit_head(
        vectors,
        training_rows(tokens, examples, classes),
        len(classes),
        alignment=settings.alignment,
        distance=settings.distance,
        contrast=settings.contrast,
    )
    return StaticBody(pieces, vectors, weights, biases, place.max_tokens)


def fit_encoder(
    source: Any,
    examples: TextExamples,
    classes: NDArray[Any],
    settings: TextSettings,
    place: Place,
    held_out: TextExamples | None = None,
) -> tuple[EncoderBody, list[StepLosses]]:
    """Build an encoder from ``source`` and train it; return it and what each step saw.

    Torch's global seed is left alone; on a CPU the same seed gives the same weights.
    """
    torch = require("torch", extra="text", purpose=PURPOSE)
    where = torch.device(place.device or best_device(torch))
    devices = [where] if where.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(settings.seed)
        network = build_network(source, len(classes), pooling=place.pooling)
        network.to(where)
        body = EncoderBody(network, len(classes), longest_input(network, place.max_tokens))
        rows = training_rows(body.tokens(examples.texts), examples, classes)
        if place.head_start == "centroids" and network.head is not None:
            start_at_centroids(body, rows)
        judge = None if held_out is None else lambda: log_loss(body, held_out)
        history = train_network(network, rows, settings, progress=place.progress, judge=judge)
    return body, history


def start_at_centroids(body: EncoderBody, rows: TextRows) -> None:
    """Set a linear head to the classes' centroids, as the encoder sees the texts before training.

    Class k gets the direction from the mean of all centroids to its own, with length
    ``CENTROID_LENGTH``, and bias 0: a head that is useful at once, so that fewer steps are needed
    and slopes mean something from the first. A class without a text gets zero weights.
    """
    torch = require("torch", extra="text", purpose=PURPOSE)
    head = body.network.head
    states = torch.from_numpy(body.pooled(rows.tokens))  # (n_texts, width)
    shares = torch.from_numpy(rows.targets * rows.weights[:, None])  # (n_texts, n_classes)
    held = shares.sum(0)[:, None]
    centroids = (shares.T @ states) / held.clamp_min(TINY)
    centred = (centroids - centroids[held[:, 0] > 0].mean(0)) * (held > 0)
    lengths = centred.norm(dim=1, keepdim=True).clamp_min(TINY)
    with torch.no_grad():
        head.weight.copy_(CENTROID_LENGTH * centred / lengths)
        head.bias.zero_()


def best_device(torch: Any) -> str:
    """Return ``"cuda"``, ``"mps"`` or ``"cpu"``: the first that is there."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def log_loss(body: TextBody, held_out: TextExamples) -> float:
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
