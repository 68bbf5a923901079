"""What a student of labels and reasons is inside: answers scored, reasons written, parts saved."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from typing_extensions import Self

from tutelage._extras import require
from tutelage.errors import ModelFileError
from tutelage.students.encoder import PURPOSE, quiet_loading
from tutelage.students.rationale_examples import TaskExamples
from tutelage.students.rationale_words import EXPLAIN, Scribe, sets_of
from tutelage.students.seq2seq_build import join_halves, network_of
from tutelage.students.seq2seq_labels import score_answers
from tutelage.students.seq2seq_network import Ids
from tutelage.students.text_bodies import CONFIG_FILE, TOKENIZER_FILES, TextParts
from tutelage.students.words import sorted_batches

Array = NDArray[np.float64]
WRITTEN_AT_ONCE = 32
NO_IDS = np.zeros(0, dtype=np.int64)
TEMPERATURES = (0.05, 20.0)


@dataclass(frozen=True, eq=False)
class RationaleBody:
    """A trained student.

    Attributes
    ----------
    scribe
        The network, and how texts are written for it.
    words
        How each class is written; ``None`` where every input has its own choices.
    length_normalised
        Whether an answer's log-likelihood is divided by its tokens.
    temperature
        What scores are divided by, > 0.
    """

    scribe: Scribe
    words: tuple[str, ...] | None
    length_normalised: bool
    temperature: float = 1.0

    def scores(self, examples: TaskExamples) -> list[Array]:
        """Return the log-likelihood of each of a text's answers, in nats."""
        sets = sets_of(self.scribe, examples, self.words)
        return score_answers(
            self.scribe.network,
            self.scribe.prompts(examples.texts),
            sets,
            length_normalised=self.length_normalised,
        )

    def log_probabilities(self, examples: TaskExamples) -> list[Array]:
        """Return the logarithm of the probability of each of a text's answers."""
        return [log_softmax(row / self.temperature) for row in self.scores(examples)]

    def explain(self, examples: TaskExamples, places: Sequence[int]) -> list[str]:
        """Return a reason for each text, written greedily.

        In one sequence it is written behind the answer at ``places``; with two tasks it does
        not know the answer.
        """
        scribe, torch = self.scribe, require("torch", extra="text", purpose=PURPOSE)
        found = [""] * len(examples.texts)
        if scribe.one_sequence:
            prompts = scribe.prompts(examples.texts)
            starts = [self._said(examples, row, place) for row, place in enumerate(places)]
        else:
            prompts = scribe.prompts(examples.texts, EXPLAIN)
            starts = [NO_IDS] * len(prompts)
        scribe.network.model.eval()
        with torch.inference_mode():
            for rows in _alike(prompts, starts):
                ids = scribe.network.generate(
                    [prompts[row] for row in rows],
                    [starts[row] for row in rows],
                    scribe.max_target,
                )
                for row, own in zip(rows, ids, strict=True):
                    found[row] = scribe.read(own)
        return found

    def _said(self, examples: TaskExamples, row: int, place: int) -> Ids:
        words = examples.choices[row] if self.words is None else self.words
        return np.concatenate([self.scribe.label(words[place]), self.scribe.closing])

    def parts(self) -> TextParts:
        """Return weights as arrays, each kept once, configuration and tokenizer as texts."""
        network = self.scribe.network
        arrays: dict[str, NDArray[Any]] = {}
        names: dict[tuple[int, tuple[int, ...]], str] = {}
        aliases: dict[str, str] = {}
        for name, value in network.model.state_dict().items():
            first = names.setdefault((value.data_ptr(), tuple(value.shape)), name)
            if first == name:
                arrays[f"model.{name}"] = value.detach().cpu().numpy()
            else:
                aliases[name] = first
        texts = {CONFIG_FILE: network.model.config.to_json_string(use_diff=False)}
        with tempfile.TemporaryDirectory() as place:
            network.tokenizer.save_pretrained(place)
            for name in TOKENIZER_FILES:
                texts[name] = (Path(place) / name).read_text(encoding="utf-8")
        values = {
            "network": network.kind,
            "aliases": aliases,
            "one_sequence": self.scribe.one_sequence,
            "max_prompt": self.scribe.max_prompt,
            "max_target": self.scribe.max_target,
            "words": None if self.words is None else list(self.words),
            "length_normalised": self.length_normalised,
            "temperature": self.temperature,
        }
        return TextParts(arrays, texts, values)

    @classmethod
    def from_parts(cls, parts: TextParts) -> Self:
        """Rebuild the body; nothing but files that were checked is read.

        Raises
        ------
        ModelFileError
            When weights are missing or have other shapes.
        """
        values = parts.values
        model, tokenizer = _empty_model(parts.texts, str(values["network"]))
        if model.config.model_type == "encoder-decoder":
            join_halves(model)
        _load(model, parts.arrays, values["aliases"])
        scribe = Scribe(
            network_of(model.eval(), tokenizer),
            bool(values["one_sequence"]),
            int(values["max_prompt"]),
            int(values["max_target"]),
        )
        words = values["words"]
        temperature = float(values["temperature"])
        if not 0 < temperature < np.inf:
            raise ModelFileError(f"the temperature must be above 0, got {temperature}.")
        return cls(
            scribe,
            None if words is None else tuple(str(one) for one in words),
            bool(values["length_normalised"]),
            temperature,
        )


def _alike(prompts: Sequence[Ids], starts: Sequence[Ids]) -> list[NDArray[np.intp]]:
    """Return batches of rows whose starts have one length."""
    lengths = np.array([len(start) for start in starts])
    found = []
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        sizes = np.array([len(prompts[int(row)]) for row in rows], dtype=np.int64)
        found += [rows[part] for part in sorted_batches(sizes, WRITTEN_AT_ONCE)]
    return found


def _empty_model(texts: Mapping[str, str], kind: str) -> tuple[Any, Any]:
    transformers = require("transformers", extra="text", purpose=PURPOSE)
    auto = {
        "encoder-decoder": transformers.AutoModelForSeq2SeqLM,
        "decoder": transformers.AutoModelForCausalLM,
    }
    if kind not in auto:
        raise ModelFileError(f"the network must be one of {sorted(auto)}, got {kind!r}.")
    with tempfile.TemporaryDirectory() as place, quiet_loading():
        for name in TOKENIZER_FILES:
            (Path(place) / name).write_text(texts[name], encoding="utf-8")
        (Path(place) / "config.json").write_text(texts[CONFIG_FILE], encoding="utf-8")
        config = transformers.AutoConfig.from_pretrained(place, trust_remote_code=False)
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        model = auto[kind].from_config(config, trust_remote_code=False)
    return model.float(), tokenizer


def _load(model: Any, arrays: Mapping[str, NDArray[Any]], aliases: Mapping[str, str]) -> None:
    torch = require("torch", extra="text", purpose=PURPOSE)
    state = {
        name.removeprefix("model."): torch.from_numpy(np.array(array))
        for name, array in arrays.items()
    }
    for name, first in aliases.items():
        if first in state:
            state[name] = state[first]
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ModelFileError(
            f"weights.safetensors does not fit its configuration: {error}"
        ) from error


def best_temperature(scores: Sequence[Array], codes: Sequence[int]) -> float:
    """Return the temperature at which held-out answers are likeliest, in [0.05, 20].

    References
    ----------
    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> sure = [np.array([8.0, 0.0])] * 4
    >>> best_temperature(sure, [0, 0, 0, 1]) > 4
    True
    """
    low, high = np.log(TEMPERATURES)
    found = minimize_scalar(
        lambda log: mean_loss(scores, codes, float(np.exp(log))),
        bounds=(low, high),
        method="bounded",
    )
    return float(np.exp(found.x))


def mean_loss(scores: Sequence[Array], codes: Sequence[int], temperature: float = 1.0) -> float:
    """Return the mean negative log-probability of the right answers, in nats."""
    return -float(
        np.mean(
            [log_softmax(row / temperature)[code] for row, code in zip(scores, codes, strict=True)]
        )
    )
