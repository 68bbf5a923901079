"""A Hugging Face encoder and its head: from a folder, from the installed MiniLM, or as given.

Nothing is downloaded, no code of a model is run, weights are read from safetensors only.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tutelage._extras import packaged_minilm, require
from tutelage.attribution.hooks import replaced
from tutelage.errors import InputError
from tutelage.students.words import Tokens

if TYPE_CHECKING:
    from torch import Tensor

POOLINGS = ("mean", "cls", "native")
PURPOSE = "text students"
UNBOUNDED = 100_000  # tokenizers without a limit state a number with thirty digits


@dataclass(frozen=True, eq=False)
class TextNetwork:
    """Token ids -> class logits, with the word embeddings in between as a hold.

    Attributes
    ----------
    model
        ``AutoModel``, or ``AutoModelForSequenceClassification`` when ``pooling`` is native.
    head
        A linear layer from the pooled width to the classes; ``None`` for a native head.
    pooling
        ``"mean"`` over all tokens of a text, ``"cls"``: its first token, or ``"native"``: the
        architecture's own.
    tokenizer
        A fast tokenizer.
    """

    model: Any
    head: Any
    pooling: str
    tokenizer: Any

    def embed(self, ids: Tensor) -> Tensor:
        """Return token embeddings (n_texts, n_tokens, width) of ids (n_texts, n_tokens).

        These are word embeddings; where the model normalises them alone, before anything is
        added, the normalised ones. There the score would not change with a word embedding's
        length, and gradient x input would be zero but for rounding.
        """
        found: Tensor = self.model.get_input_embeddings()(ids)
        normalised = self._normalised
        return found if normalised is None else normalised.norm(found)

    def logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Return logits (n_texts, n_classes) of token embeddings under an attention mask."""
        if self.head is None:
            native: Tensor = self._output(embeddings, mask).logits
            return native
        logits: Tensor = self.head(self.pool(self.states(embeddings, mask), mask))
        return logits

    def states(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Return the last states (n_texts, n_tokens, width); not for a native head."""
        found: Tensor = self._output(embeddings, mask).last_hidden_state
        return found

    def _output(self, embeddings: Tensor, mask: Tensor) -> Any:
        normalised = self._normalised
        with nullcontext() if normalised is None else replaced(normalised, embeddings):
            return self.model(inputs_embeds=embeddings, attention_mask=mask)

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return one vector per text (n_texts, width) of token states."""
        if self.pooling == "cls":
            return states[:, 0]
        weights = mask[..., None].to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1)

    def collate(self, tokens: Sequence[Tokens]) -> tuple[Tensor, Tensor]:
        """Return ids and attention mask (n_texts, n_tokens), padded on the right."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        longest = max(len(text.ids) for text in tokens)
        ids = np.full((len(tokens), longest), self.tokenizer.pad_token_id or 0, dtype=np.int64)
        mask = np.zeros((len(tokens), longest), dtype=np.int64)
        for row, text in enumerate(tokens):
            ids[row, : len(text.ids)] = text.ids
            mask[row, : len(text.ids)] = 1
        device = self.device
        return torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)

    @property
    def _normalised(self) -> Any:
        """Return the module that normalises word embeddings alone (ModernBERT's), or ``None``."""
        layer = getattr(body_of(self.model), "embeddings", None)
        return layer if hasattr(layer, "tok_embeddings") and hasattr(layer, "norm") else None

    @property
    def device(self) -> Any:
        """Where the weights are."""
        return next(self.model.parameters()).device

    def parts(self) -> list[Any]:
        """Return the modules that are trained."""
        return [self.model] if self.head is None else [self.model, self.head]

    def to(self, device: Any) -> None:
        """Move the weights."""
        for part in self.parts():
            part.to(device)

    def train(self, mode: bool = True) -> None:
        """Switch dropout on or off."""
        for part in self.parts():
            part.train(mode)


def build_network(
    source: Any, n_classes: int, *, pooling: str, attention: str = "eager"
) -> TextNetwork:
    """Load an encoder and give it a fresh head; the torch generator decides its weights.

    Parameters
    ----------
    source
        ``"minilm"``, a folder, or a pair (model, tokenizer), which is copied.
    attention
        Hugging Face's name of the attention kernel.

    Raises
    ------
    InputError
        When there is no such encoder on this machine.
    ExtraMissing
        When torch or transformers is not installed.
    """
    torch = require("torch", extra="text", purpose=PURPOSE)
    require("transformers", extra="text", purpose=PURPOSE)
    if isinstance(source, (tuple, list)):
        model, tokenizer = _given_pair(source, pooling, n_classes)
    else:
        folder = encoder_folder(source)
        model, tokenizer = _read_folder(folder, pooling, n_classes, attention)
    model = model.float()  # checkpoints in half precision too
    if pooling == "native":
        return TextNetwork(model, None, pooling, tokenizer)
    head = torch.nn.Linear(model.config.hidden_size, n_classes)
    return TextNetwork(model, head, pooling, tokenizer)


def longest_input(network: TextNetwork, max_tokens: int) -> int:
    """Return how many tokens the model can take, at most ``max_tokens``."""
    stated = getattr(network.tokenizer, "model_max_length", UNBOUNDED)
    config = network.model.config
    positions = getattr(config, "max_position_embeddings", None) or UNBOUNDED
    # RoBERTa numbers positions from padding_idx + 1 on: so many fewer fit.
    layer = getattr(body_of(network.model), "embeddings", None)
    padding = getattr(getattr(layer, "position_embeddings", None), "padding_idx", None)
    if padding is not None:
        positions -= padding + 1
    return int(min(max_tokens, stated, positions))


def encoder_folder(source: Any) -> Path:
    """Return the folder that ``source`` names.

    Raises
    ------
    InputError
        Saying how to pass a folder.
    ExtraMissing
        When it is ``"minilm"`` and that is not installed.
    """
    if not isinstance(source, (str, os.PathLike)):
        raise InputError(
            'encoder must be "minilm", "static", a folder, or a pair (model, tokenizer), got '
            f"{type(source).__name__}."
        )
    if str(source) == "minilm":
        return packaged_minilm(purpose=PURPOSE)
    folder = Path(source)
    if not (folder / "config.json").is_file():
        raise InputError(
            f"encoder must be a folder with config.json, tokenizer and weights, and "
            f"{str(source)!r} is none. Nothing is downloaded here. Download it once with "
            f"AutoModel.from_pretrained({str(source)!r}).save_pretrained(folder), the same for "
            'AutoTokenizer, and pass encoder=folder; or pass encoder="minilm".'
        )
    return folder


def _read_folder(folder: Path, pooling: str, n_classes: int, attention: str) -> tuple[Any, Any]:
    transformers = require("transformers", extra="text", purpose=PURPOSE)
    options = {"local_files_only": True, "trust_remote_code": False}
    kind = transformers.AutoModel
    more: dict[str, Any] = {}
    if pooling == "native":
        kind = transformers.AutoModelForSequenceClassification
        more = {"num_labels": n_classes, "ignore_mismatched_sizes": True}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **options)
        with quiet_loading():
            model = kind.from_pretrained(
                str(folder), use_safetensors=True, attn_implementation=attention, **more, **options
            )
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{folder} cannot be read as an encoder: {error}. It must hold config.json, "
            "tokenizer.json and model.safetensors."
        ) from error
    return model, tokenizer


class quiet_loading:  # noqa: N801 - used like contextlib's functions
    """Hide transformers' progress bar and its table of unused weights while a model loads."""

    def __enter__(self) -> None:
        logging = require("transformers.utils.logging", extra="text", purpose=PURPOSE)
        self._logging = logging
        self._level, self._bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
        logging.set_verbosity_error()
        logging.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        self._logging.set_verbosity(self._level)
        if self._bar:
            self._logging.enable_progress_bar()


def _given_pair(source: Sequence[Any], pooling: str, n_classes: int) -> tuple[Any, Any]:
    if len(source) != 2 or not hasattr(source[0], "get_input_embeddings"):
        kinds = [type(part).__name__ for part in source]
        raise InputError(f"encoder must be a pair (model, tokenizer), got {kinds}.")
    given, tokenizer = source
    is_classifier = (
        hasattr(given, "num_labels") and "SequenceClassification" in type(given).__name__
    )
    if pooling == "native":
        if is_classifier and given.num_labels == n_classes:
            return copy.deepcopy(given), tokenizer
        transformers = require("transformers", extra="text", purpose=PURPOSE)
        config = copy.deepcopy(given.config)
        config.num_labels = n_classes
        model = transformers.AutoModelForSequenceClassification.from_config(config)
        body_of(model).load_state_dict(body_of(given).state_dict(), strict=False)
        return model, tokenizer
    return copy.deepcopy(body_of(given) if is_classifier else given), tokenizer


def body_of(model: Any) -> Any:
    """Return the encoder inside a model with a head, or the model itself."""
    prefix = getattr(model, "base_model_prefix", "")
    return getattr(model, prefix, model) if prefix else model
