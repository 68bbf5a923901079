"""Tiny random encoders of five architectures, with a tokenizer made on the spot."""

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    AutoModel,
    BertConfig,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
)

WORDS = [
    "set",
    "wake",
    "alarm",
    "alarms",
    "which",
    "what",
    "are",
    "on",
    "me",
    "at",
    "six",
    "seven",
    "the",
    "for",
    "please",
    "cancel",
    "card",
    "my",
    "music",
    "play",
    "song",
    "stop",
    "un",
    "##related",
    "##s",
    "##ing",
    "call",
    "weather",
    "rain",
    "tomorrow",
    "today",
    "is",
    "it",
    "will",
]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
COMMON = {**SIZE, "intermediate_size": 24, "max_position_embeddings": 40}


def word_pieces():
    """A BERT-like tokenizer: lower case, word pieces, [CLS] and [SEP]."""
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    vocabulary = SPECIAL + WORDS + letters + ["##" + x for x in letters] + list(".,!?'")
    vocabulary = list(dict.fromkeys(vocabulary))
    core = Tokenizer(models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]"))
    core.normalizer = normalizers.BertNormalizer(lowercase=True)
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    core.decoder = decoders.WordPiece()
    return _wrapped(core)


def byte_pairs():
    """A RoBERTa-like tokenizer: bytes; a token may hold the space before a word."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {w: i for i, w in enumerate(SPECIAL + alphabet)}
    core = Tokenizer(models.BPE(vocabulary, [], unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return _wrapped(core)


def _wrapped(core):
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def _config(name, n_vocabulary):
    if name == "bert":
        return BertConfig(vocab_size=n_vocabulary, **COMMON)
    if name == "roberta":
        roomy = {**COMMON, "max_position_embeddings": 200}
        return RobertaConfig(vocab_size=n_vocabulary, pad_token_id=0, type_vocab_size=1, **roomy)
    if name == "modernbert":
        ends = {"pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2}
        return ModernBertConfig(
            vocab_size=n_vocabulary, **{**COMMON, "max_position_embeddings": 200}, **ends
        )
    if name == "distilbert":
        return DistilBertConfig(
            vocab_size=n_vocabulary, dim=16, n_layers=2, n_heads=2, hidden_dim=24
        )
    return ElectraConfig(vocab_size=n_vocabulary, embedding_size=12, **COMMON)


ARCHITECTURES = ("bert", "roberta", "modernbert", "distilbert", "electra")


def tiny_encoder(name="bert", seed=0, attention="eager"):
    """Return a pair (model, tokenizer) with random weights."""
    tokenizer = byte_pairs() if name in ("roberta", "modernbert") else word_pieces()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = _config(name, len(tokenizer))
        model = AutoModel.from_config(config, attn_implementation=attention)
        for parameter in model.parameters():  # larger weights: slopes that differ between words
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.3)
    return model.float().eval(), tokenizer
