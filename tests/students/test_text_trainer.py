"""Word priors in a Hugging Face training script."""

import numpy as np
import pytest
import torch
from tests.students.test_text import KEYS, LABELS, TEXTS, priors_for
from tests.students.tiny_encoders import tiny_encoder
from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

from tutelage.attribution.gradients import integrated_gradients
from tutelage.errors import InputError
from tutelage.students.text_trainer import WordPriorCollator, WordPriorMixin

CODES = np.unique(LABELS, return_inverse=True)[1].tolist()


class Guided(WordPriorMixin, Trainer):
    alignment = 3.0


class Unmoved(WordPriorMixin, Trainer):
    alignment = 0.0


def made_rows(priors):
    return [
        {"text": t, "label": y, "word_prior": p}
        for t, y, p in zip(TEXTS, CODES, priors, strict=True)
    ]


def trained(kind, tmp_path, priors, **options):
    encoder, tokenizer = tiny_encoder()
    encoder.config.num_labels = 4
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModelForSequenceClassification.from_config(
            encoder.config, attn_implementation="eager"
        )
        model.bert.load_state_dict(encoder.state_dict())
        settings = {"max_steps": 40, "learning_rate": 3e-3, "per_device_train_batch_size": 8}
        args = TrainingArguments(
            output_dir=str(tmp_path),
            remove_unused_columns=False,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
            use_cpu=True,
            dataloader_pin_memory=False,
            **{**settings, **options},
        )
        trainer = kind(
            model=model,
            args=args,
            train_dataset=made_rows(priors),
            data_collator=WordPriorCollator(tokenizer),
        )
        trainer.train()
    return trainer


def share_of_keys(trainer):
    """How much of the positive integrated gradients is on the words the teacher named."""
    model, collate = trainer.model.eval(), trainer.data_collator
    batch = collate(made_rows(priors_for()))
    embed, is_word = model.get_input_embeddings(), batch["word_owners"] >= 0
    bare = torch.where(is_word, model.config.pad_token_id, batch["input_ids"])
    mask = batch["attention_mask"]
    tokens = integrated_gradients(
        lambda moved: model(inputs_embeds=moved, attention_mask=mask).logits,
        embed(batch["input_ids"]).detach(),
        batch["labels"],
        baseline=embed(bare).detach(),
        n_steps=10,
    ).tokens
    found = []
    for row, (text, key) in enumerate(zip(TEXTS, KEYS, strict=True)):
        of_key = batch["word_owners"][row] == text.split().index(key)
        total = tokens[row][batch["word_owners"][row] >= 0].abs().sum()
        found.append(float(tokens[row][of_key].sum().clamp_min(0) / total))
    return np.mean(found)


@pytest.mark.parametrize("accumulated", [1, 2])
def test_a_guided_trainer_learns_the_words(tmp_path, accumulated):
    options = {
        "gradient_accumulation_steps": accumulated,
        "per_device_train_batch_size": 8 // accumulated,
    }
    unmoved = trained(Unmoved, tmp_path, priors_for(), **options)
    guided = trained(Guided, tmp_path, priors_for(), **options)
    assert share_of_keys(guided) > share_of_keys(unmoved) + 0.1


def test_without_alignment_it_is_the_plain_trainer(tmp_path):
    zero = trained(Unmoved, tmp_path, priors_for(), max_steps=5)
    none = trained(Guided, tmp_path, [None] * 8, max_steps=5)
    for one, other in zip(zero.model.parameters(), none.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_it_evaluates_and_predicts(tmp_path):
    trainer = trained(Guided, tmp_path, priors_for(), max_steps=5)
    rows = made_rows(priors_for())
    assert trainer.evaluate(rows)["eval_loss"] > 0
    found = trainer.predict([{"text": row["text"]} for row in rows])
    assert found.predictions.shape == (8, 4)


def test_a_prior_of_another_text_is_refused():
    rows = made_rows(priors_for())
    rows[2]["word_prior"] = rows[0]["word_prior"]
    with pytest.raises(InputError, match="1 of 8 are not, the first at place 2"):
        WordPriorCollator(tiny_encoder()[1])(rows)
