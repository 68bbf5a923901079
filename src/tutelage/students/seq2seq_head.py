"""The last layer of an encoder-decoder, applied only where its answer is wanted.

The product with the vocabulary is the dearest of a small decoder. To score answers it is needed
at a few of the positions that go through the decoder; a model's own ``forward`` takes it at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

T5_KINDS = ("t5", "mt5", "umt5")
BART_KINDS = ("bart", "mbart")


@dataclass(frozen=True, eq=False)
class WritingHead:
    """What turns a decoder's states into logits.

    Attributes
    ----------
    decoder
        The decoder without its last layer.
    ready
        What is done to a state before the product.
    weight : (n_vocabulary, width)
    bias : (n_vocabulary,) or None
    """

    decoder: Any
    ready: Callable[[Tensor], Tensor]
    weight: Tensor
    bias: Tensor | None

    def states(self, inputs: Tensor, read: Tensor, mask: Tensor) -> Tensor:
        """Return the decoder's last states (n_rows, n_tokens, width) of ``inputs``."""
        found: Tensor = self.decoder(
            input_ids=inputs,
            encoder_hidden_states=read,
            encoder_attention_mask=mask,
            use_cache=False,
        )[0]
        return found

    def logits(self, states: Tensor) -> Tensor:
        """Return logits (n_states, n_vocabulary) of states (n_states, width)."""
        # Weights first: MKL multiplies two or three rows by a large matrix in 6 to 10 ms, and the
        # matrix by two or three columns in 2 to 3 ms (30,522 x 384, one thread).
        wide = self.weight @ self.ready(states).T  # (n_vocabulary, n_states)
        if self.bias is not None:
            wide = wide + self.bias[:, None]
        found: Tensor = wide.T
        return found


def writing_head(model: Any) -> WritingHead | None:
    """Return the head of an encoder-decoder of a known kind, ``None`` of another.

    Known are T5 and BART with their like, and two BERTs of one width.
    """
    kind = model.config.model_type
    if kind in T5_KINDS:
        scale = model.model_dim**-0.5 if model.config.scale_decoder_outputs else 1.0
        return WritingHead(model.decoder, lambda x: x * scale, model.lm_head.weight, None)
    if kind in BART_KINDS:
        bias = model.final_logits_bias[0]
        return WritingHead(model.get_decoder(), lambda x: x, model.lm_head.weight, bias)
    is_bert = kind == "encoder-decoder" and model.config.decoder.model_type == "bert"
    if is_bert and not hasattr(model, "enc_to_dec_proj"):
        last = model.decoder.cls.predictions
        return WritingHead(
            model.decoder.bert, last.transform, last.decoder.weight, last.decoder.bias
        )
    return None
