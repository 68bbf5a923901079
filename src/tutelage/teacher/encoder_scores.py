"""Zero-shot label scores of a sentence encoder: a small, local, free teacher (extra ``text``)."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from tutelage._extras import packaged_minilm, require
from tutelage.errors import TeacherSetupError, TutelageWarning
from tutelage.lessons.class_card import ClassCard

TEXTS_PER_BATCH = 64
MOST_TOKENS = 512

Vectors = NDArray[np.float32]


class EncoderScores:
    """A function from texts and labels to log-probabilities, for ``masked_word_priors(scorer=)``.

    The log-softmax over the labels of ``cosine(text, label) / temperature``, where a label's
    vector is the mean of the vectors of what describes it: its words (``set_alarm`` is read "set
    alarm"), and its card's definition and cues where there is one.

    Parameters
    ----------
    encoder
        A folder in Hugging Face's layout, or ``"minilm"``: all-MiniLM-L6-v2 from the installed
        package (extra ``minilm``). Texts are the mean of their tokens' states.
    cards
        Class cards that describe the labels; a label without one is known by its words.
    temperature
        Cosines are divided by it, > 0: the smaller, the surer.

    Raises
    ------
    TeacherSetupError
        When the folder holds no encoder.
    ExtraMissing
        When torch, transformers or, for ``"minilm"``, its package is not installed.

    Examples
    --------
    >>> scores = EncoderScores("minilm")
    >>> scores(["wake me at six"], ["set_alarm", "play_music"]).argmax(axis=1)
    array([0])
    """

    def __init__(
        self,
        encoder: str | Path = "minilm",
        *,
        cards: Iterable[ClassCard] = (),
        temperature: float = 0.05,
    ):
        if not temperature > 0:
            raise TeacherSetupError(f"temperature must be above 0, got {temperature!r}.")
        self.folder = _folder(encoder)
        self.name = f"encoder:{encoder}"
        self.temperature = temperature
        self._cards = {card.label: card for card in cards}
        self._labels: dict[tuple[str, ...], Vectors] = {}
        self._loaded: Any = None
        self.n_truncated = 0

    def __call__(self, texts: Sequence[str], labels: Sequence[str]) -> NDArray[np.float64]:
        """Return log-probabilities (n_texts, n_labels); rows sum to 1 as probabilities."""
        key = tuple(labels)
        if key not in self._labels:
            self._labels[key] = np.stack([self._label(label) for label in labels])
        cosines = self.embed(texts) @ self._labels[key].T  # (n_texts, n_labels)
        scaled = cosines.astype(np.float64) / self.temperature
        found: NDArray[np.float64] = log_softmax(scaled, axis=1)
        return found

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 per text (n_texts, width).

        A text of more tokens than the encoder reads is cut, with a warning.
        """
        torch, tokenizer, model = self._model()
        limit = min(MOST_TOKENS, model.config.max_position_embeddings)
        ids = tokenizer(list(texts), add_special_tokens=True)["input_ids"]
        n_long = sum(len(row) > limit for row in ids)
        if n_long > self.n_truncated:
            warnings.warn(
                f"{n_long} texts have more than {limit} tokens; the encoder reads the first "
                f"{limit} of each, and what it does not read gets no score.",
                TutelageWarning,
                stacklevel=2,
            )
        self.n_truncated = max(self.n_truncated, n_long)
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        found = np.empty((len(ids), model.config.hidden_size), dtype=np.float32)
        for first in range(0, len(order), TEXTS_PER_BATCH):
            rows = order[first : first + TEXTS_PER_BATCH]
            found[rows] = _encode(torch, tokenizer, model, [ids[row][:limit] for row in rows])
        return found

    def _label(self, label: str) -> Vectors:
        card = self._cards.get(label)
        about = [label.replace("_", " ")]
        if card is not None:
            about += [text for text in (card.definition, *card.cues) if text]
        mean = self.embed(about).mean(axis=0)
        found: Vectors = mean / np.linalg.norm(mean)
        return found

    def _model(self) -> tuple[Any, Any, Any]:
        if self._loaded is None:
            torch = require("torch", extra="text", purpose="encoder scores")
            transformers = require("transformers", extra="text", purpose="encoder scores")
            options = {"local_files_only": True, "trust_remote_code": False}
            tokenizer = transformers.AutoTokenizer.from_pretrained(str(self.folder), **options)
            tokenizer.model_max_length = 10**9  # long texts are cut and counted here
            model = transformers.AutoModel.from_pretrained(
                str(self.folder), use_safetensors=True, **options
            )
            device = "cuda" if torch.cuda.is_available() else "cpu"
            self._loaded = torch, tokenizer, model.to(device).eval()
        loaded: tuple[Any, Any, Any] = self._loaded
        return loaded


def _folder(encoder: str | Path) -> Path:
    if str(encoder) == "minilm":
        return packaged_minilm(purpose="encoder scores")
    folder = Path(encoder)
    if not (folder / "config.json").exists():
        raise TeacherSetupError(
            f"encoder must be 'minilm' or a folder with config.json and weights, got "
            f"{str(encoder)!r}. Nothing is downloaded: save the model with save_pretrained and "
            "pass its folder."
        )
    return folder


def _encode(torch: Any, tokenizer: Any, model: Any, rows: Sequence[Sequence[int]]) -> Vectors:
    longest = max((len(row) for row in rows), default=0)
    pad = tokenizer.pad_token_id or 0
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])
    seen = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    ids, seen = ids.to(model.device), seen.to(model.device)
    with torch.inference_mode():
        states = model(input_ids=ids, attention_mask=seen).last_hidden_state.float()
        weight = seen[:, :, None].float()
        mean = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
        found: Vectors = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
    return found
