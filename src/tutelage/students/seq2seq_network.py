"""Two kinds of text-to-text model behind one face: encoder-decoder, and decoder only.

Texts are token ids throughout. ``prompts`` are what a model reads, ``targets`` what it should
write; both are lists of arrays of any lengths, padded here.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tutelage._extras import require
from tutelage.students.encoder import PURPOSE
from tutelage.students.seq2seq_head import writing_head

if TYPE_CHECKING:
    from torch import Tensor

Ids = NDArray[np.int64]
Spot = tuple[int, int]


class TextToText(Protocol):
    """A model that writes text, with its tokenizer."""

    @property
    def kind(self) -> str:
        """``"encoder-decoder"`` or ``"decoder"``."""

    @property
    def model(self) -> Any:
        """The Hugging Face model."""

    @property
    def tokenizer(self) -> Any:
        """A fast tokenizer."""

    @property
    def end(self) -> int:
        """The id that closes what is written."""

    @property
    def fresh(self) -> tuple[str, ...]:
        """Parts of the names of weights that began at random, or that learn a new duty."""

    @property
    def lead(self) -> str:
        """What stands before every written text: a blank where tokens hold the space."""

    def written(self, prompts: Sequence[Ids], targets: Sequence[Ids]) -> tuple[Tensor, Tensor]:
        """Return logits of the targets' tokens, and the prompts' mean states.

        Shapes (n_texts, n_target_tokens, n_vocabulary) and (n_texts, width).
        """
        ...

    def continued(
        self,
        prompts: Sequence[Ids],
        owners: NDArray[np.intp],
        starts: Sequence[Ids],
        spots: Sequence[Spot],
    ) -> Tensor:
        """Return logits (n_spots, n_vocabulary) of what follows each spot.

        The spot (r, p) is behind the first p tokens of ``starts[r]``, written for the prompt
        ``owners[r]``. Every prompt is read once.
        """
        ...

    def generate(self, prompts: Sequence[Ids], starts: Sequence[Ids], n_tokens: int) -> list[Ids]:
        """Return what is written greedily after each start, at most ``n_tokens`` tokens."""
        ...


@dataclass(frozen=True, eq=False)
class EncoderDecoder:
    """T5, BART and their like, or two BERTs; see :class:`TextToText`.

    Attributes
    ----------
    start
        The id a decoder begins with.
    """

    model: Any
    tokenizer: Any
    start: int
    end: int
    pad: int
    fresh: tuple[str, ...] = ()
    lead: str = ""
    kind: str = "encoder-decoder"

    def written(self, prompts: Sequence[Ids], targets: Sequence[Ids]) -> tuple[Tensor, Tensor]:
        """Return logits of the targets' tokens, and the prompts' mean states."""
        states, mask = self._read(prompts)
        given = [np.concatenate([[self.start], target[:-1]]) for target in targets]
        inputs, _ = padded(given, self.pad, device_of(self.model))
        return self._logits(states, mask, inputs), mean_state(states, mask)

    def continued(
        self,
        prompts: Sequence[Ids],
        owners: NDArray[np.intp],
        starts: Sequence[Ids],
        spots: Sequence[Spot],
    ) -> Tensor:
        """Return logits of what follows each spot."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        states, mask = self._read(prompts)
        rows = torch.from_numpy(owners).to(states.device)
        given = [np.concatenate([[self.start], start]) for start in starts]
        inputs, _ = padded(given, self.pad, states.device)
        wanted = tuple(
            torch.tensor(part, device=states.device) for part in zip(*spots, strict=True)
        )
        head = writing_head(self.model)
        if head is None:
            return self._logits(states[rows], mask[rows], inputs)[wanted]
        return head.logits(head.states(inputs, states[rows], mask[rows])[wanted])

    def generate(self, prompts: Sequence[Ids], starts: Sequence[Ids], n_tokens: int) -> list[Ids]:
        """Return what is written greedily after each start; starts are of one length."""
        ids, mask = padded(prompts, self.pad, device_of(self.model))
        given, _ = padded(
            [np.concatenate([[self.start], start]) for start in starts], self.pad, ids.device
        )
        found = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            decoder_input_ids=given,
            generation_config=greedy(self.pad, self.end, n_tokens, self.start),
        )
        return closed(found[:, given.shape[1] :], self.end)

    def _read(self, prompts: Sequence[Ids]) -> tuple[Tensor, Tensor]:
        ids, mask = padded(prompts, self.pad, device_of(self.model))
        states: Tensor = self.model.get_encoder()(input_ids=ids, attention_mask=mask)[0]
        return states, mask

    def _logits(self, states: Tensor, mask: Tensor, inputs: Tensor) -> Tensor:
        outputs = require("transformers.modeling_outputs", extra="text", purpose=PURPOSE)
        found: Tensor = self.model(
            encoder_outputs=outputs.BaseModelOutput(last_hidden_state=states),
            attention_mask=mask,
            decoder_input_ids=inputs,
            use_cache=False,
        ).logits
        return found


@dataclass(frozen=True, eq=False)
class DecoderOnly:
    """GPT-like models; see :class:`TextToText`. A pad token is not needed: padding is masked."""

    model: Any
    tokenizer: Any
    end: int
    pad: int
    fresh: tuple[str, ...] = ()
    lead: str = " "
    kind: str = "decoder"

    def written(self, prompts: Sequence[Ids], targets: Sequence[Ids]) -> tuple[Tensor, Tensor]:
        """Return logits of the targets' tokens, and the prompts' mean states."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        whole = [np.concatenate(pair) for pair in zip(prompts, targets, strict=True)]
        ids, mask = padded(whole, self.pad, device_of(self.model))
        out = self.model(
            input_ids=ids, attention_mask=mask, use_cache=False, output_hidden_states=True
        )
        longest = max(len(target) for target in targets)
        first = torch.tensor([len(prompt) - 1 for prompt in prompts], device=ids.device)
        places = first[:, None] + torch.arange(longest, device=ids.device)  # (n_texts, longest)
        places = places.clamp_max(ids.shape[1] - 1)
        rows = torch.arange(len(prompts), device=ids.device)[:, None]
        inside = torch.arange(ids.shape[1], device=ids.device) <= first[:, None]
        return out.logits[rows, places], mean_state(out.hidden_states[-1], inside)

    def continued(
        self,
        prompts: Sequence[Ids],
        owners: NDArray[np.intp],
        starts: Sequence[Ids],
        spots: Sequence[Spot],
    ) -> Tensor:
        """Return logits of what follows each spot."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        ids, mask = padded(prompts, self.pad, device_of(self.model), left=True)
        only_last = {"logits_to_keep": 1} if keeps_logits(self.model) else {}
        read = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions(mask),
            use_cache=True,
            **only_last,
        )
        rows = torch.from_numpy(owners).to(ids.device)
        wanted = tuple(torch.tensor(part, device=ids.device) for part in zip(*spots, strict=True))
        after_prompt = read.logits[rows, -1:]  # (n_starts, 1, n_vocabulary)
        given, inside = padded(starts, self.pad, ids.device)
        if not given.shape[1]:
            found: Tensor = after_prompt[wanted]
            return found
        memory = read.past_key_values
        memory.reorder_cache(rows)
        seen = torch.cat([mask[rows], torch.ones_like(inside)], dim=1)
        logits = self.model(
            input_ids=given,
            attention_mask=seen,
            position_ids=positions(seen)[:, mask.shape[1] :],
            past_key_values=memory,
            use_cache=True,
        ).logits
        joined: Tensor = torch.cat([after_prompt, logits], dim=1)[wanted]
        return joined

    def generate(self, prompts: Sequence[Ids], starts: Sequence[Ids], n_tokens: int) -> list[Ids]:
        """Return what is written greedily after each start."""
        whole = [np.concatenate(pair) for pair in zip(prompts, starts, strict=True)]
        ids, mask = padded(whole, self.pad, device_of(self.model), left=True)
        found = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=greedy(self.pad, self.end, n_tokens),
        )
        return closed(found[:, ids.shape[1] :], self.end)


def padded(
    texts: Sequence[Ids], pad: int, device: Any, *, left: bool = False
) -> tuple[Tensor, Tensor]:
    """Return ids and attention mask (n_texts, longest) on ``device``.

    >>> [part.tolist() for part in padded([np.array([5, 6]), np.array([7])], 0, "cpu")]
    [[[5, 6], [7, 0]], [[1, 1], [1, 0]]]
    """
    torch = require("torch", extra="text", purpose=PURPOSE)
    longest = max(len(text) for text in texts)
    ids = np.full((len(texts), longest), pad, dtype=np.int64)
    mask = np.zeros((len(texts), longest), dtype=np.int64)
    for row, text in enumerate(texts):
        place = slice(longest - len(text), longest) if left else slice(0, len(text))
        ids[row, place], mask[row, place] = text, 1
    return torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)


def keeps_logits(model: Any) -> bool:
    """Tell whether a decoder can leave out the logits of all tokens but the last ones."""
    return "logits_to_keep" in inspect.signature(model.forward).parameters


def positions(mask: Tensor) -> Tensor:
    """Return each token's number in its text, from 0, for texts padded on the left."""
    found: Tensor = (mask.cumsum(1) - 1).clamp_min(0)
    return found


def mean_state(states: Tensor, mask: Tensor) -> Tensor:
    """Return the mean (n_texts, width) of states (n_texts, n_tokens, width) under a mask."""
    weights = mask[..., None].to(states.dtype)
    found: Tensor = (states * weights).sum(1) / weights.sum(1)
    return found


def greedy(pad: int, end: int, n_tokens: int, start: int | None = None) -> Any:
    """Return how to write without chance: the likeliest token each time."""
    transformers = require("transformers", extra="text", purpose=PURPOSE)
    return transformers.GenerationConfig(
        do_sample=False,
        num_beams=1,
        max_new_tokens=n_tokens,
        pad_token_id=pad,
        eos_token_id=end,
        decoder_start_token_id=start,
    )


def closed(found: Tensor, end: int) -> list[Ids]:
    """Return each row of ids up to the first ``end``, without it."""
    texts = []
    for row in found.cpu().numpy():
        stops = np.flatnonzero(row == end)
        texts.append(row[: stops[0]] if len(stops) else row)
    return texts


def device_of(model: Any) -> Any:
    """Return where a model's weights are."""
    return next(model.parameters()).device
