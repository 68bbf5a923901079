"""Tiny random text-to-text models: T5, BART, two BERTs, GPT-2 and Llama, letters as tokens."""

import string

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from tutelage import Rationale
from tutelage.students.seq2seq import RationaleStudent

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
N_POSITIONS = 160
WRITERS = ("t5", "bart", "bert", "gpt2", "llama")

QUICK = {
    "learning_rate": 1e-2,
    "fresh_learning_rate": 1e-2,
    "dropout": 0.0,
    "train_embeddings": True,
    "batch_size": 8,
    "decoder_layers": 1,
    "device": "cpu",
}
TOPICS = {
    "payment": (["bill", "fee", "refund"], "It is about money."),
    "delivery": (["parcel", "van", "post"], "Something is sent."),
}


def letters(kind="bert"):
    """One token per character; GPT-like tokenizers add no special ones and have no padding."""
    signs = string.ascii_letters + string.digits + " .,:|'!?_-\n"
    core = Tokenizer(
        models.WordLevel({s: i for i, s in enumerate(SPECIAL + list(signs))}, unk_token="[UNK]")
    )
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    core.decoder = decoders.Fuse()
    ends = {"unk_token": "[UNK]", "eos_token": "[SEP]"}
    if kind in ("gpt2", "llama"):
        return PreTrainedTokenizerFast(tokenizer_object=core, **ends)
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", **ends
    )


def tiny_writer(kind="t5", seed=0):
    """Return a pair (model, tokenizer) with random weights."""
    tokenizer = letters(kind)
    n = len(tokenizer)
    ends = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    heads = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if kind == "t5":
            config = T5Config(
                vocab_size=n, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
                decoder_start_token_id=0, **ends,
            )  # fmt: skip
            return T5ForConditionalGeneration(config).eval(), tokenizer
        if kind == "bart":
            config = BartConfig(
                vocab_size=n, d_model=16, encoder_layers=1, decoder_layers=1,
                encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
                decoder_ffn_dim=32, max_position_embeddings=N_POSITIONS, decoder_start_token_id=3,
                forced_eos_token_id=None, **ends,
            )  # fmt: skip
            return BartForConditionalGeneration(config).eval(), tokenizer
        if kind == "gpt2":
            config = GPT2Config(
                vocab_size=n, n_embd=16, n_layer=1, n_head=2, n_positions=N_POSITIONS,
                bos_token_id=3, eos_token_id=3,
            )  # fmt: skip
            return GPT2LMHeadModel(config).eval(), tokenizer
        shape = {"vocab_size": n, "hidden_size": 16, "max_position_embeddings": N_POSITIONS}
        if kind == "llama":
            config = LlamaConfig(**shape, **heads, bos_token_id=3, eos_token_id=3)
            return LlamaForCausalLM(config).eval(), tokenizer
        return BertModel(BertConfig(**shape, **heads), add_pooling_layer=False).eval(), tokenizer


def lessons_about_parcels(n_each=8, *, with_reason=lambda row: True, k=1):
    """Texts of two classes that one word tells apart, and what a teacher said of them."""
    lessons = []
    for label, (words, reason) in TOPICS.items():
        for row in range(n_each):
            reasons = tuple(f"{reason}{'!' * n}" for n in range(k)) if with_reason(row) else ()
            text = f"{words[row % 3]} {row}"
            lessons.append(Rationale((("text", text),), label, reasons))
    return [lesson.text for lesson in lessons], lessons


def student(kind="t5", **more):
    return RationaleStudent(tiny_writer(kind), **{**QUICK, "steps": 4, "restart": False, **more})
