"""What a text student is inside: texts -> logits and word contributions; the encoder's body."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from tutelage._extras import require
from tutelage._words import Offsets, word_offsets
from tutelage.attribution import gradients
from tutelage.errors import ModelFileError, TutelageWarning
from tutelage.students.encoder import PURPOSE, TextNetwork, quiet_loading
from tutelage.students.words import NO_WORD, Tokens, sorted_batches, tokenise

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]
METHODS = ("gradient_x_input", "integrated_gradients", "gradient")
ROWS_AT_ONCE = 64
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
CONFIG_FILE = "encoder.json"


@dataclass(frozen=True, eq=False)
class TextParts:
    """A body's contents, ready for a model folder: arrays, texts of files, plain values."""

    arrays: Mapping[str, NDArray[Any]]
    texts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


class TextBody(Protocol):
    """A trained text model."""

    def logits(self, texts: Sequence[str]) -> Array:
        """Return the logits (n_texts, n_classes)."""
        ...

    def contributions(
        self, texts: Sequence[str], codes: Sequence[int], method: str, n_steps: int, centred: bool
    ) -> list[Array]:
        """Return, per text, what each word adds to the logit of its class.

        ``centred`` means the logit minus the mean of the others' (two classes: the log-odds;
        more: minus the mean of all).
        """
        ...

    def parts(self) -> TextParts:
        """Return what is saved."""
        ...


@dataclass(frozen=True, eq=False)
class EncoderBody:
    """A fine-tuned encoder.

    Attributes
    ----------
    network
        Encoder, head and tokenizer.
    n_classes
        Width of the logits.
    max_tokens
        Longer texts are cut.
    """

    network: TextNetwork
    n_classes: int
    max_tokens: int

    def logits(self, texts: Sequence[str]) -> Array:
        """Return the logits (n_texts, n_classes); a warning says which texts were cut."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        tokens = self.tokens(texts)
        found = np.empty((len(texts), self.n_classes))
        self.network.train(False)
        with torch.inference_mode():
            for rows in _batches(tokens):
                ids, mask = self.network.collate([tokens[row] for row in rows])
                logits = self.network.logits(self.network.embed(ids), mask)
                found[rows] = logits.double().cpu().numpy()
        return found

    def contributions(
        self, texts: Sequence[str], codes: Sequence[int], method: str, n_steps: int, centred: bool
    ) -> list[Array]:
        """Return one number per word and text; words beyond the cut get 0."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        tokens = self.tokens(texts)
        found: list[Array] = [np.zeros(0)] * len(texts)
        self.network.train(False)
        for rows in _batches(tokens):
            ids, mask = self.network.collate([tokens[row] for row in rows])
            offsets = [word_offsets(texts[row]) for row in rows]
            owners = _owner_matrix([tokens[row] for row in rows], offsets, ids.shape[1])
            targets = torch.tensor([int(codes[row]) for row in rows], device=ids.device)
            index = torch.from_numpy(owners).to(ids.device)
            with torch.no_grad():
                inputs = self.network.embed(ids)
                start = self.network.embed(self._blank(ids, index))
            scores = _token_scores(
                method, self._logits_of(mask, centred), inputs, targets, start, n_steps
            )
            n_words = max(len(units) for units in offsets)
            sums = gradients.sum_to_words(scores, index, n_words).double().cpu().numpy()
            for row, units, numbers in zip(rows, offsets, sums, strict=True):
                found[row] = numbers[: len(units)]
        return found

    def pooled(self, tokens: Sequence[Tokens]) -> Array:
        """Return the vectors (n_texts, width) that a head of ours sees."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        found = np.empty((len(tokens), self.network.model.config.hidden_size))
        self.network.train(False)
        with torch.inference_mode():
            for rows in _batches(tokens):
                ids, mask = self.network.collate([tokens[row] for row in rows])
                states = self.network.states(self.network.embed(ids), mask)
                found[rows] = self.network.pool(states, mask).double().cpu().numpy()
        return found

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the texts' tokens; a warning says how many texts were cut."""
        found = tokenise(self.network.tokenizer, texts, self.max_tokens)
        warn_of_cut(found, self.max_tokens)
        return found

    def parts(self) -> TextParts:
        """Return weights as arrays, configuration and tokenizer as texts."""
        arrays = {
            f"{name}.{key}": value.detach().cpu().numpy()
            for name, part in zip(("model", "head"), self.network.parts(), strict=False)
            for key, value in part.state_dict().items()
        }
        texts = {CONFIG_FILE: self.network.model.config.to_json_string(use_diff=False)}
        with tempfile.TemporaryDirectory() as place:
            self.network.tokenizer.save_pretrained(place)
            for name in TOKENIZER_FILES:
                texts[name] = (Path(place) / name).read_text(encoding="utf-8")
        values = {"pooling": self.network.pooling, "max_tokens": self.max_tokens}
        return TextParts(arrays, texts, values)

    @classmethod
    def from_parts(cls, parts: TextParts, n_classes: int) -> Self:
        """Rebuild the body; nothing but files that were checked is read.

        Raises
        ------
        ModelFileError
            When weights are missing or have other shapes.
        """
        torch = require("torch", extra="text", purpose=PURPOSE)
        transformers = require("transformers", extra="text", purpose=PURPOSE)
        native = parts.values["pooling"] == "native"
        kind = transformers.AutoModelForSequenceClassification if native else transformers.AutoModel
        with tempfile.TemporaryDirectory() as place, quiet_loading():
            for name in TOKENIZER_FILES:
                (Path(place) / name).write_text(parts.texts[name], encoding="utf-8")
            (Path(place) / "config.json").write_text(parts.texts[CONFIG_FILE], encoding="utf-8")
            config = transformers.AutoConfig.from_pretrained(place, trust_remote_code=False)
            tokenizer = transformers.AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        model = kind.from_config(config, attn_implementation="eager", trust_remote_code=False)
        _load_weights(model.float(), parts.arrays, "model.")
        head = None
        if not native:
            head = torch.nn.Linear(config.hidden_size, n_classes)
            _load_weights(head, parts.arrays, "head.")
        network = TextNetwork(model, head, str(parts.values["pooling"]), tokenizer)
        network.train(False)
        return cls(network, n_classes, int(parts.values["max_tokens"]))

    def _logits_of(self, mask: Tensor, centred: bool) -> Callable[[Tensor], Tensor]:
        def logits_of(inputs: Tensor) -> Tensor:
            repeated = mask.repeat(len(inputs) // len(mask), 1)
            logits = self.network.logits(inputs, repeated)
            return centre(logits) if centred else logits

        return logits_of

    def _blank(self, ids: Tensor, owners: Tensor) -> Tensor:
        """Return the texts with the pad token in the place of every word."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        pad = torch.full_like(ids, self.network.tokenizer.pad_token_id or 0)
        return torch.where(owners != NO_WORD, pad, ids)  # type: ignore[no-any-return]


def warn_of_cut(tokens: Sequence[Tokens], max_tokens: int) -> None:
    """Warn when some texts did not fit."""
    cut = [place for place, text in enumerate(tokens) if text.truncated]
    if cut:
        warnings.warn(
            f"{len(cut)} of {len(tokens)} texts have more than {max_tokens} tokens (the first is "
            f"text {cut[0]}); what comes after was not read.",
            TutelageWarning,
            stacklevel=5,
        )


def centre(logits: Any) -> Any:
    """Return logits (n_texts, n_classes) as the scores that explanations are about.

    Two classes: the log-odds of each. More: each logit minus the mean of all.

    >>> centre(np.array([[1.0, 3.0]]))
    array([[-2.,  2.]])
    """
    mean = logits.sum(1).reshape(-1, 1) / logits.shape[1]
    return (logits - mean) * (2.0 if logits.shape[1] == 2 else 1.0)


def _batches(tokens: Sequence[Tokens]) -> list[NDArray[np.intp]]:
    lengths = np.array([len(text.ids) for text in tokens], dtype=np.int64)
    return sorted_batches(lengths, ROWS_AT_ONCE)


def _owner_matrix(
    tokens: Sequence[Tokens], offsets: Sequence[Offsets], n_tokens: int
) -> NDArray[np.int64]:
    owners = np.full((len(tokens), n_tokens), NO_WORD, dtype=np.int64)
    for row, (text, units) in enumerate(zip(tokens, offsets, strict=True)):
        owners[row, : len(text.ids)] = text.owners(units)
    return owners


def _token_scores(
    method: str,
    logits_of: Callable[[Tensor], Tensor],
    inputs: Tensor,
    targets: Tensor,
    start: Tensor,
    n_steps: int,
) -> Tensor:
    if method == "integrated_gradients":
        return gradients.integrated_gradients(
            logits_of, inputs, targets, baseline=start, n_steps=n_steps
        ).tokens
    of = gradients.gradient if method == "gradient" else gradients.gradient_x_input
    return of(logits_of, inputs, targets).tokens


def _load_weights(module: Any, arrays: Mapping[str, NDArray[Any]], prefix: str) -> None:
    torch = require("torch", extra="text", purpose=PURPOSE)
    state = {
        name.removeprefix(prefix): torch.from_numpy(np.array(array))
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise ModelFileError(
            f"weights.safetensors does not fit its configuration: {error}"
        ) from error
