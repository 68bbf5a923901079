"""Text-to-text models: from a folder, from an encoder such as MiniLM, or as given.

Nothing is downloaded, no code of a model is run, weights are read from safetensors only.

An encoder (MiniLM, any BERT) becomes an encoder-decoder: it reads, and copies of its last layers
write, with the encoder's word embeddings on both ends. What looks from the writer at the reader
(cross-attention) starts as a copy of the layer's self-attention.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tutelage._extras import require
from tutelage.errors import InputError
from tutelage.students.encoder import PURPOSE, encoder_folder, quiet_loading
from tutelage.students.seq2seq_network import DecoderOnly, EncoderDecoder, TextToText

UNBOUNDED = 100_000


def build_text_to_text(source: Any, *, decoder_layers: int = 2) -> TextToText:
    """Load a text-to-text model.

    Parameters
    ----------
    source
        ``"minilm"``; a folder with an encoder-decoder (T5, BART), a decoder (GPT-like) or a
        BERT-like encoder; or a pair (model, tokenizer), which is copied.
    decoder_layers
        How many layers write when the source is an encoder; it may have no fewer itself.

    Raises
    ------
    InputError
        When there is no such model on this machine, or it cannot write.
    ExtraMissing
        When torch or transformers is not installed.
    """
    require("torch", extra="text", purpose=PURPOSE)
    require("transformers", extra="text", purpose=PURPOSE)
    if isinstance(source, (tuple, list)):
        model, tokenizer = _given_pair(source)
    else:
        model, tokenizer = _read_folder(_folder_of(source))
    model = model.float()
    if not model.config.is_encoder_decoder and not model.can_generate():
        model = with_decoder(model, tokenizer, decoder_layers)
    return network_of(model, tokenizer)


def network_of(model: Any, tokenizer: Any) -> TextToText:
    """Put a model and its tokenizer behind the common face.

    Raises
    ------
    InputError
        When the tokenizer has no token that ends a text.
    """
    config = model.config
    # What a checkpoint asks of generation (forced tokens, least lengths) is not ours.
    model.generation_config = require(
        "transformers", extra="text", purpose=PURPOSE
    ).GenerationConfig()
    end = _first(tokenizer.eos_token_id, tokenizer.sep_token_id, config.eos_token_id)
    if isinstance(end, list):
        end = end[0]
    if end is None:
        raise InputError(
            f"the tokenizer must have a token that ends a text, and {type(tokenizer).__name__} "
            "has neither eos_token nor sep_token. Set tokenizer.eos_token."
        )
    pad = _first(tokenizer.pad_token_id, config.pad_token_id, end)
    if not config.is_encoder_decoder:
        return DecoderOnly(model, tokenizer, int(end), int(pad))
    start = _first(
        getattr(config, "decoder_start_token_id", None),
        tokenizer.bos_token_id,
        tokenizer.cls_token_id,
        pad,
    )
    fresh = FRESH if config.model_type == "encoder-decoder" else ()
    return EncoderDecoder(model, tokenizer, int(start), int(end), int(pad), fresh)


FRESH = ("crossattention", "cls.predictions")


def with_decoder(encoder: Any, tokenizer: Any, n_layers: int) -> Any:
    """Return an encoder-decoder whose two halves start from one BERT-like encoder.

    Raises
    ------
    InputError
        When the encoder is not BERT-like or has fewer layers than are to write.
    """
    transformers = require("transformers", extra="text", purpose=PURPOSE)
    if encoder.config.model_type != "bert":
        raise InputError(
            "model must be an encoder-decoder (T5, BART), a decoder (GPT-like), or a BERT-like "
            f"encoder, got a {encoder.config.model_type!r}, which only reads."
        )
    n_own = encoder.config.num_hidden_layers
    if n_layers > n_own:
        raise InputError(
            f"decoder_layers must be at most {n_own}, the encoder's layers, got {n_layers}."
        )
    config = copy.deepcopy(encoder.config)
    config.update({"is_decoder": True, "add_cross_attention": True, "num_hidden_layers": n_layers})
    with quiet_loading():
        decoder = transformers.BertLMHeadModel(config)
        _warm_start(decoder, encoder, n_own - n_layers)
        model = transformers.EncoderDecoderModel(encoder=encoder, decoder=decoder)
    model.config.decoder_start_token_id = tokenizer.cls_token_id
    model.config.pad_token_id = tokenizer.pad_token_id
    model.config.eos_token_id = tokenizer.sep_token_id
    join_halves(model)
    return model


def join_halves(model: Any) -> None:
    """Give reader and writer one table of word embeddings, at the writer's output too.

    The reader's pooler, which nothing reads, is dropped.
    """
    if getattr(model.encoder, "pooler", None) is not None:
        model.encoder.pooler = None
    shared = model.encoder.get_input_embeddings()
    model.decoder.set_input_embeddings(shared)
    model.decoder.get_output_embeddings().weight = shared.weight


def _warm_start(decoder: Any, encoder: Any, first: int) -> None:
    state = encoder.state_dict()
    writer = decoder.base_model
    writer.embeddings.load_state_dict(encoder.embeddings.state_dict())
    for place, layer in enumerate(writer.encoder.layer):
        prefix = f"encoder.layer.{first + place}."
        own = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        looking = {
            k.replace("attention.", "crossattention.", 1): v
            for k, v in own.items()
            if k.startswith("attention.")
        }
        layer.load_state_dict({**own, **looking})


def longest_prompt(network: TextToText, max_tokens: int, n_written: int) -> int:
    """Return how many tokens of a prompt fit, at most ``max_tokens``.

    A decoder alone writes behind its prompt: there ``n_written`` tokens are kept free.
    """
    config = network.model.config
    limit = min(
        max_tokens, _stated(network.tokenizer), _positions(getattr(config, "encoder", config))
    )
    if network.kind == "decoder":
        limit = min(limit, _positions(config) - n_written)
    return int(limit)


def longest_target(network: TextToText, max_tokens: int) -> int:
    """Return how many tokens can be written, at most ``max_tokens``."""
    config = network.model.config
    return int(min(max_tokens, _positions(getattr(config, "decoder", config)) - 1))


def _positions(config: Any) -> int:
    # T5 states n_positions but knows only distances: its texts may be longer.
    return int(getattr(config, "max_position_embeddings", None) or UNBOUNDED)


def _stated(tokenizer: Any) -> int:
    return int(min(getattr(tokenizer, "model_max_length", UNBOUNDED), UNBOUNDED))


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _folder_of(source: Any) -> Path:
    try:
        return encoder_folder(source)
    except InputError as error:
        shown = str(source) if isinstance(source, (str, Path)) else type(source).__name__
        if shown == "minilm":
            raise
        raise InputError(
            'model must be "minilm", a pair (model, tokenizer), or a folder with config.json, '
            f"tokenizer and weights, got {shown!r}. Nothing is downloaded here. Download a model "
            "once with AutoModelForSeq2SeqLM.from_pretrained(name).save_pretrained(folder), the "
            "same for AutoTokenizer, and pass model=folder."
        ) from error


def _read_folder(folder: Path) -> tuple[Any, Any]:
    transformers = require("transformers", extra="text", purpose=PURPOSE)
    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = transformers.AutoConfig.from_pretrained(str(folder), **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **options)
        with quiet_loading():
            model = _class_of(config).from_pretrained(str(folder), use_safetensors=True, **options)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{folder} cannot be read as a model: {error}. It must hold config.json, "
            "tokenizer.json and model.safetensors."
        ) from error
    if config.model_type == "encoder-decoder":
        join_halves(model)
    return model, tokenizer


def _class_of(config: Any) -> Any:
    """Return the auto class that fits: encoder-decoder, decoder, or encoder."""
    transformers = require("transformers", extra="text", purpose=PURPOSE)
    auto = require("transformers.models.auto.modeling_auto", extra="text", purpose=PURPOSE)
    if config.is_encoder_decoder:
        return transformers.AutoModelForSeq2SeqLM
    only_reads = config.model_type in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    return transformers.AutoModel if only_reads else transformers.AutoModelForCausalLM


def _given_pair(source: Sequence[Any]) -> tuple[Any, Any]:
    if len(source) != 2 or not hasattr(source[0], "get_input_embeddings"):
        kinds = [type(part).__name__ for part in source]
        raise InputError(f"model must be a pair (model, tokenizer), got {kinds}.")
    return copy.deepcopy(source[0]), source[1]
