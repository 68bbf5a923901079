"""Tiny random encoders of five architectures, in float64, for tests of attributions."""

from types import SimpleNamespace

import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    ModernBertConfig,
    ModernBertForSequenceClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
)

N_CLASSES = 3
COMMON = {"vocab_size": 40, "num_labels": N_CLASSES, "pad_token_id": 1}
WIDE = {
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 32,
    "embedding_size": 8,
}
PLAIN = {k: v for k, v in WIDE.items() if k != "embedding_size"}


def _bert(p):
    dropout = {"hidden_dropout_prob": p, "attention_probs_dropout_prob": p}
    return BertForSequenceClassification(BertConfig(**COMMON, **PLAIN, **dropout))


def _roberta(p):
    dropout = {"hidden_dropout_prob": p, "attention_probs_dropout_prob": p}
    return RobertaForSequenceClassification(RobertaConfig(**COMMON, **PLAIN, **dropout))


def _electra(p):
    dropout = {"hidden_dropout_prob": p, "attention_probs_dropout_prob": p}
    return ElectraForSequenceClassification(ElectraConfig(**COMMON, **WIDE, **dropout))


def _distilbert(p):
    config = DistilBertConfig(
        **COMMON,
        dim=8,
        n_layers=3,
        n_heads=2,
        hidden_dim=12,
        max_position_embeddings=32,
        dropout=p,
        attention_dropout=p,
    )
    return DistilBertForSequenceClassification(config)


def _modernbert(p):
    config = ModernBertConfig(
        **COMMON,
        **PLAIN,
        attention_dropout=p,
        mlp_dropout=p,
        embedding_dropout=p,
        cls_token_id=0,
        sep_token_id=2,
        bos_token_id=0,
        eos_token_id=2,
    )
    return ModernBertForSequenceClassification(config)


ARCHITECTURES = {
    "bert": _bert,
    "roberta": _roberta,
    "modernbert": _modernbert,
    "distilbert": _distilbert,
    "electra": _electra,
}


def tiny_model(name, dropout=0.0, attention="eager"):
    """Return a random model in float64, in training mode, with weights large enough to matter."""
    torch.manual_seed(0)
    model = ARCHITECTURES[name](dropout)
    model.set_attn_implementation(attention)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model.double().train()


def tiny_batch(n_texts=3, n_tokens=6, seed=1):
    """Return (ids, attention mask, targets); the last text is two tokens shorter."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(3, 40, (n_texts, n_tokens), generator=generator)
    mask = torch.ones_like(ids)
    ids[-1, -2:], mask[-1, -2:] = 1, 0
    return ids, mask, torch.arange(n_texts) % N_CLASSES


def middle_weight(model):
    """Return a weight of the attention of the middle layer."""
    names = [
        name
        for name, parameter in model.named_parameters()
        if ".1." in name and parameter.ndim == 2 and ("query" in name or "q_lin" in name)
    ] or [name for name, _ in model.named_parameters() if ".1.attn.Wqkv.weight" in name]
    return dict(model.named_parameters())[names[0]]


def middle_layer(model):
    """Return the module of the middle layer: what it puts out is (n_texts, n_tokens, width)."""
    names = [name for name, _ in model.named_modules() if name.endswith((".layer.1", ".layers.1"))]
    return dict(model.named_modules())[names[0]]


def logits_of(model, mask):
    """Return the model as a function of word embeddings; the batch may be repeated."""

    def function(embeddings):
        times = len(embeddings) // len(mask)
        return model(inputs_embeds=embeddings, attention_mask=mask.repeat(times, 1)).logits

    return function


@pytest.fixture(scope="session")
def tiny():
    """The functions above, for test files, which cannot import from one another."""
    return SimpleNamespace(
        names=tuple(ARCHITECTURES),
        n_classes=N_CLASSES,
        model=tiny_model,
        batch=tiny_batch,
        middle_weight=middle_weight,
        middle_layer=middle_layer,
        logits_of=logits_of,
    )
