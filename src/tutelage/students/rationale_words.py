"""How prompts, labels and reasons are written as tokens for a text-to-text student."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.errors import DataError, TutelageWarning
from tutelage.learning.label_and_rationale import rarity_weights
from tutelage.lessons.rationale import letter
from tutelage.students.rationale_examples import TaskExamples
from tutelage.students.seq2seq_labels import AnswerSet
from tutelage.students.seq2seq_network import Ids, TextToText
from tutelage.students.seq2seq_training import Reason, TaskRows
from tutelage.students.text_bodies import warn_of_cut
from tutelage.students.words import tokenise

PREDICT, EXPLAIN = "predict: ", "explain: "
ANSWER = "\nanswer:"  # where a decoder's prompt ends
SEPARATOR = " ||"  # between label and reason in one sequence


@dataclass(frozen=True, eq=False)
class Scribe:
    """Texts to tokens and back.

    Attributes
    ----------
    network
        Whose tokenizer it is.
    one_sequence
        Whether a reason is written behind its label rather than on its own.
    max_prompt, max_target
        Longer texts and reasons are cut.
    """

    network: TextToText
    one_sequence: bool
    max_prompt: int
    max_target: int

    def prompts(self, texts: Sequence[str], task: str = PREDICT) -> list[Ids]:
        """Return what is read; a warning says how many texts were cut."""
        tokenizer = self.network.tokenizer
        end = self.ids(ANSWER) if self.network.kind == "decoder" else np.zeros(0, dtype=np.int64)
        found = tokenise(tokenizer, [task + text for text in texts], self.max_prompt - len(end))
        if task == PREDICT:
            warn_of_cut(found, self.max_prompt)
        return [np.concatenate([one.ids, end]) for one in found]

    def ids(self, text: str) -> Ids:
        """Return a text's tokens without any special ones."""
        found = self.network.tokenizer(text, add_special_tokens=False)["input_ids"]
        return np.asarray(found, dtype=np.int64)

    def label(self, words: str) -> Ids:
        """Return a label as it is written, without its closing."""
        return self.ids(self.network.lead + words)

    @property
    def closing(self) -> Ids:
        """What follows a label."""
        return self.ids(SEPARATOR) if self.one_sequence else np.array([self.network.end])

    def reason(self, text: str) -> Ids:
        """Return a reason as it is written, closed unless it was cut."""
        lead = " " if self.one_sequence else self.network.lead
        whole = np.concatenate([self.ids(lead + text), [self.network.end]])
        return whole[: self.max_target]

    def read(self, ids: Ids) -> str:
        """Return tokens as text."""
        found: str = self.network.tokenizer.decode(ids.tolist(), skip_special_tokens=True)
        return found.strip()

    def answers(self, words: Sequence[str]) -> AnswerSet:
        """Lay out labels for scoring."""
        return AnswerSet.of([self.label(one) for one in words], self.closing)

    def unwritable(self, words: Sequence[str]) -> list[str]:
        """Return the labels that the tokenizer cannot write, or not tell from another."""
        unknown = self.network.tokenizer.unk_token_id
        ids = [tuple(self.label(one).tolist()) for one in words]
        return [
            one
            for one, own in zip(words, ids, strict=True)
            if not own or ids.count(own) > 1 or (unknown is not None and unknown in own)
        ]


def words_for(scribe: Scribe, names: Sequence[str]) -> tuple[str, ...]:
    """Return how each class is written: by its name if the tokenizer can, else by a letter.

    A tokenizer may know no sign of a name, or fold two names into one ("US", "us"). Those
    classes are called "class a", "class b" and so on, with a warning.
    """
    bad = set(scribe.unwritable(names))
    if not bad:
        return tuple(names)
    found = tuple(
        f"class {letter(place)}" if name in bad else name for place, name in enumerate(names)
    )
    if scribe.unwritable(found):
        raise DataError(
            f"the tokenizer {type(scribe.network.tokenizer).__name__} must be able to write the "
            f"classes or letters in their place, and can write neither: {sorted(bad)[:5]}. Use "
            "another model."
        )
    warnings.warn(
        f"the tokenizer cannot write {len(bad)} of {len(names)} classes, or not tell them from "
        f"another ({sorted(bad)[:5]}); the student writes letters in their place.",
        TutelageWarning,
        stacklevel=4,
    )
    return found


def sets_of(scribe: Scribe, examples: TaskExamples, words: Sequence[str] | None) -> list[AnswerSet]:
    """Return the answers of each row: those of the classes, or its own choices.

    Raises
    ------
    DataError
        When a row has fewer than two choices that the tokenizer can tell apart.
    """
    if words is not None:
        return [scribe.answers(words)] * len(examples.texts)
    problems = [
        f"input {place} needs at least 2 different choices, got {list(own)}"
        for place, own in enumerate(examples.choices)
        if len({tuple(scribe.label(one).tolist()) for one in own}) < 2
    ]
    if problems:
        raise DataError("These inputs cannot be answered:", problems)
    return [scribe.answers(own) for own in examples.choices]


def task_rows(
    scribe: Scribe, examples: TaskExamples, written: Sequence[str | None], *, rarity: bool
) -> TaskRows:
    """Return examples as the training loop takes them.

    Parameters
    ----------
    written : (n_texts,)
        What is written as each text's label.
    rarity
        Whether rare tokens of a reason count more.
    """
    ids = [[scribe.reason(text) for text in own] for own in examples.reasons]
    flat = [one.tolist() for own in ids for one in own]
    weights = iter(rarity_weights(flat) if rarity else [[1.0] * len(one) for one in flat])
    reasons = [[Reason(one, np.asarray(next(weights))) for one in own] for own in ids]
    labels = [
        None if one is None else np.concatenate([scribe.label(one), scribe.closing])
        for one in written
    ]
    predict = scribe.prompts(examples.texts)
    explain = predict if scribe.one_sequence else scribe.prompts(examples.texts, EXPLAIN)
    return TaskRows(predict, explain, labels, reasons)
