"""What a guided training step costs, in plain steps: MiniLM, batches of 32 recorded texts.

    python benchmarks/text_step.py [--rounds 15]

In every round each kind of step is taken once on the same batch, in turn, so that a busy machine
slows all alike; each kind has a network of its own. Seconds are those of the processor, on one
thread. Writes benchmarks/results/text_step.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from recorded_text import split, word_ratings
from tutelage.attribution.gradients import gradient_x_input, sum_to_words
from tutelage.learning.alignment import word_distances
from tutelage.students.encoder import build_network
from tutelage.students.text_examples import TextExamples, one_hot
from tutelage.students.text_fit import training_rows
from tutelage.students.text_settings import TextSettings
from tutelage.students.text_training import TextRows, TextTrainer
from tutelage.students.words import length_buckets, tokenise

DATA = "hwu64"
RESULT = Path(__file__).parent / "results" / "text_step.md"
PLAIN = TextSettings(ramp=0.0)
KINDS = {
    "plain": PLAIN,
    "guided": replace(PLAIN, alignment=1.0),
    "guided, half of the batch": replace(PLAIN, alignment=1.0, guided_share=0.5),
    "guided, the whole batch": replace(PLAIN, alignment=1.0, guided_share=1.0),
    "integrated gradients, 3 points": replace(PLAIN, alignment=1.0, path_steps=3),
    "integrated gradients, 5 points": replace(PLAIN, alignment=1.0, path_steps=5),
    "gradient x input": replace(PLAIN, alignment=1.0, attribution="gradient_x_input"),
}
NAIVE = "naive: gradient x input, whole batch, differentiated twice, two forward passes"
ALLOWED = {
    "guided": 2.0,
    "integrated gradients, 3 points": 1 + 1.2 * 3,
    "integrated gradients, 5 points": 1 + 1.2 * 5,
}


def made_rows(tokenizer: object) -> TextRows:
    """Return the recorded texts, tokenised, all of them with word ratings."""
    data = split(DATA, "train_5")
    classes, codes = np.unique(np.array(data.labels), return_inverse=True)
    texts = tuple(data.texts)
    targets = one_hot(codes, len(classes))
    examples = TextExamples(texts, targets, np.ones(len(texts)), tuple(word_ratings(DATA)))
    return training_rows(tokenise(tokenizer, texts, 256), examples, classes)


def naive_step(trainer: TextTrainer) -> Callable[[int, np.ndarray], None]:
    """Return a step that differentiates twice, as one would write it at first."""

    def step(_: int, batch: np.ndarray) -> None:
        network = trainer.network
        loss = trainer._label_loss(trainer._logits(batch), batch) / len(batch)
        ids, mask = network.collate([trainer.rows.tokens[row] for row in batch])
        wanted, _score = trainer._wanted(batch, ids.shape[1])
        codes = torch.tensor([trainer.rows.taught[row].code for row in batch])
        inputs = network.embed(ids)
        tokens = gradient_x_input(
            lambda e: network.logits(e, mask), inputs, codes, create_graph=True
        ).tokens
        words = sum_to_words(tokens, wanted.owners, wanted.scores.shape[1])
        distances = word_distances(words, wanted.scores, wanted.known)
        torch.autograd.backward(loss + distances.mean())
        torch.nn.utils.clip_grad_norm_(trainer.parameters, 1.0)
        trainer.optimiser.step()
        trainer.optimiser.zero_grad()

    return step


def measure(n_rounds: int) -> dict[str, list[float]]:
    """Return processor seconds of every kind of step, one number per round."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    networks = {name: build_network("minilm", 64, pooling="mean") for name in [*KINDS, NAIVE]}
    rows = made_rows(networks["plain"].tokenizer)
    steps: dict[str, Callable[[int, np.ndarray], object]] = {
        name: TextTrainer(networks[name], rows, settings).step for name, settings in KINDS.items()
    }
    steps[NAIVE] = naive_step(TextTrainer(networks[NAIVE], rows, PLAIN))
    lengths = np.array([len(text.ids) for text in rows.tokens])
    taught = np.array([row for row, lesson in enumerate(rows.taught) if lesson is not None])
    batches: list[np.ndarray] = []
    generator = np.random.default_rng(0)
    while len(batches) < n_rounds + 1:
        found = length_buckets(lengths[taught], 32, generator)
        batches += [taught[batch] for batch in found if len(batch) == 32]
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for place, batch in enumerate(batches[: n_rounds + 1]):
        for name, step in steps.items():
            started = time.process_time()
            step(place + 1, batch)
            if place:  # the first round warms up
                seconds[name].append(time.process_time() - started)
    return seconds


def page(seconds: dict[str, list[float]]) -> str:
    """Return the result as Markdown."""
    plain = np.array(seconds["plain"])
    lines = [
        "# What a guided training step costs",
        "",
        "Made by `python benchmarks/text_step.py`; do not edit. MiniLM, 32 texts of 5-shot HWU64 "
        "with recorded word ratings, float32, one thread, processor time. Guided: by the defaults, "
        "integrated gradients with one point, on 12 of the 32 texts. A ratio is the median "
        f"over {len(plain)} rounds of the ratio to the plain step on the same batch.",
        "",
        "| step | median, s | plain steps | may cost |",
        "|---|---:|---:|---:|",
    ]
    for name, found in seconds.items():
        ratio = np.median(np.array(found) / plain)
        allowed = f"{ALLOWED[name]:.1f}" if name in ALLOWED else ""
        lines.append(f"| {name} | {np.median(found):.3f} | {ratio:.2f} | {allowed} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    RESULT.write_text(page(measure(given.rounds)), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
