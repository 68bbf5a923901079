"""Word priors in your own Hugging Face training script: a collator and a mixin for ``Trainer``.

::

    class Guided(WordPriorMixin, Trainer):
        alignment = 1.0

    rows = [{"text": t, "label": y, "word_prior": p} for t, y, p in zip(texts, codes, priors)]
    Guided(
        model=model,  # any AutoModelForSequenceClassification
        args=TrainingArguments(..., remove_unused_columns=False),
        train_dataset=rows,
        data_collator=WordPriorCollator(tokenizer),
    ).train()

Evaluation and prediction are the script's own: without gradients the loss is the labels' only.
Tested in one process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tutelage._extras import require
from tutelage.attribution.slopes import full_precision, target_score
from tutelage.errors import InputError
from tutelage.lessons.word_prior import WordPrior
from tutelage.students.encoder import PURPOSE, TextNetwork
from tutelage.students.guidance import Pull, Wanted, pull_along_path
from tutelage.students.words import NO_WORD, tokenise

if TYPE_CHECKING:
    from torch import Tensor

KEYS = ("word_owners", "word_scores", "word_known", "word_weights")


@dataclass(frozen=True)
class WordPriorCollator:
    """Turn rows into a batch: token ids, labels, and word scores on the same tokens.

    A row is a mapping with ``text``, ``label`` (a class code; may be absent when predicting) and
    ``word_prior`` (a ``WordPrior`` of the same text, or ``None`` or absent).

    Attributes
    ----------
    tokenizer
        A fast tokenizer.
    max_tokens
        Longer texts are cut; words that were cut off do not count.
    """

    tokenizer: Any
    max_tokens: int = 256

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return ids and attention mask; with labels, these too and the word scores.

        Raises
        ------
        InputError
            When a prior belongs to another text than its row.
        """
        torch = require("torch", extra="text", purpose=PURPOSE)
        priors = [row.get("word_prior") for row in rows]
        _check_texts(rows, priors)
        tokens = tokenise(self.tokenizer, [row["text"] for row in rows], self.max_tokens)
        n_tokens = max(len(text.ids) for text in tokens)
        n_words = max([1, *(len(prior.scores) for prior in priors if prior is not None)])
        ids = np.full((len(rows), n_tokens), self.tokenizer.pad_token_id or 0)
        mask, owners = np.zeros_like(ids), np.full_like(ids, NO_WORD)
        scores, weights = np.zeros((len(rows), n_words)), np.zeros(len(rows))
        known = np.zeros((len(rows), n_words), dtype=bool)
        for place, (text, prior) in enumerate(zip(tokens, priors, strict=True)):
            ids[place, : len(text.ids)] = text.ids
            mask[place, : len(text.ids)] = 1
            if prior is None:
                continue
            owners[place, : len(text.ids)] = text.owners(prior.offsets)
            said = np.asarray(prior.scores)
            reached = np.isin(np.arange(len(said)), owners[place])
            known[place, : len(said)] = np.isfinite(said) & reached
            scores[place, : len(said)] = np.where(known[place, : len(said)], said, 0.0)
            weights[place] = prior.weight
        batch = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if not all("label" in row for row in rows):  # to predict, a model is given no more
            return batch
        return {
            **batch,
            "labels": torch.tensor([int(row["label"]) for row in rows]),
            "word_owners": torch.from_numpy(owners),
            "word_scores": torch.from_numpy(scores).float(),
            "word_known": torch.from_numpy(known),
            "word_weights": torch.from_numpy(weights).float(),
        }


def _check_texts(rows: Sequence[Mapping[str, Any]], priors: Sequence[WordPrior | None]) -> None:
    wrong = [
        place
        for place, (row, prior) in enumerate(zip(rows, priors, strict=True))
        if prior is not None and prior.text != row["text"]
    ]
    if wrong:
        raise InputError(
            f"a row's word_prior must be of the row's own text; {len(wrong)} of {len(rows)} are "
            f"not, the first at place {wrong[0]} of its batch."
        )


class WordPriorMixin:
    """Put before ``transformers.Trainer`` in the bases of your trainer.

    The loss becomes that of the labels plus ``alignment`` times the mean over the batch of the
    weighted distance between word contributions and the word scores, as in
    :class:`tutelage.TaughtTextClassifier`: integrated gradients with one point, in the middle of
    the way from the text with its words replaced by padding. The pull is computed in float32 and
    without dropout.

    Attributes
    ----------
    alignment
        Weight of the distance.
    distance
        See :mod:`tutelage.learning.alignment`.
    ramp
        Share of the steps without alignment.
    """

    alignment: float = 1.0
    distance: str = "cosine"
    ramp: float = 0.2

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **more: Any
    ) -> Any:
        """Return the loss of a batch, with the model's outputs if asked for."""
        torch = require("torch", extra="text", purpose=PURPOSE)
        words = {key: inputs.pop(key) for key in KEYS if key in inputs}
        labels = inputs["labels"]
        loss, outputs = super().compute_loss(  # type: ignore[misc]
            model, inputs, return_outputs=True, **more
        )
        state = self.state  # type: ignore[attr-defined]
        is_late = state.global_step >= self.ramp * max(state.max_steps, 0)
        if torch.is_grad_enabled() and model.training and is_late and words:
            pull = self._pull(model, inputs, words, labels)
            if pull is not None:
                weights = words["word_weights"]
                seen = (pull.distances * weights[weights > 0]).sum()
                # Its gradient is the pull's; its value is the distance, for the log.
                term = (pull.surrogate - pull.surrogate.detach() + seen) / len(labels)
                # transformers divides by the accumulation steps unless the loss did already.
                if more.get("num_items_in_batch") is not None:
                    term = term * len(labels) / more["num_items_in_batch"]
                loss = loss + self.alignment * term
        return (loss, outputs) if return_outputs else loss

    def _pull(
        self, model: Any, inputs: Mapping[str, Any], words: Mapping[str, Any], labels: Any
    ) -> Pull | None:
        rows = words["word_weights"] > 0
        if not bool(rows.any()) or self.alignment == 0:
            return None
        network = TextNetwork(getattr(model, "module", model), None, "native", None)
        mask, codes = inputs["attention_mask"][rows], labels[rows]
        wanted = Wanted(
            words["word_scores"][rows],
            words["word_known"][rows],
            words["word_owners"][rows],
            words["word_weights"][rows],
        )
        network.train(False)
        ids = inputs["input_ids"][rows]
        embedded = network.embed(ids)
        with full_precision(embedded):
            embedded = embedded.float()
            if not embedded.requires_grad:
                embedded.requires_grad_(True)
            pull = pull_along_path(
                embedded,
                network.embed(_without_words(ids, wanted.owners, network.model)).float(),
                lambda logits: target_score(logits, codes),
                lambda moved, n_points: network.logits(moved, mask.repeat(n_points, 1)),
                wanted,
                n_steps=1,
                distance=self.distance,
            )
        network.train(True)
        return pull


def _without_words(ids: Any, owners: Any, model: Any) -> Any:
    """Return the same texts with the padding token in the place of every word."""
    torch = require("torch", extra="text", purpose=PURPOSE)
    pad = model.config.pad_token_id or 0
    return torch.where(owners != NO_WORD, torch.full_like(ids, pad), ids)
