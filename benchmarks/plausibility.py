"""Plausibility on ERASER movies: do attributions mark the words that people marked?

    python benchmarks/plausibility.py [--texts 30] [--shots 50]

One passage of about 40 words from each of a sample of the test reviews, students trained on
SST-2. Agreement is plausibility, not faithfulness. Writes benchmarks/results/plausibility.md and
plausibility_raw.jsonl (one line per text and source).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from breadth_data import DATA, few
from resumable import use_this_source
from text_results import text_code

use_this_source()

import torch  # noqa: E402

from tutelage import (  # noqa: E402
    TaughtTextClassifier,
    Teacher,
    WordPrior,
    gradient_priors,
    lime_priors,
)
from tutelage.errors import TutelageWarning  # noqa: E402
from tutelage.evaluation.agreement import AgreementResult, agreement_with_marks  # noqa: E402
from tutelage.teacher.encoder_scores import EncoderScores  # noqa: E402

RESULT = Path(__file__).resolve().parent / "results" / "plausibility.md"
RAW = RESULT.with_name("plausibility_raw.jsonl")
WORDS, SHOTS, SAMPLES, STEPS, SEED = 40, 50, 50, 5, 0
MEASURES = {"auprc": "AUPRC", "auroc": "ROC AUC", "token_f1": "token F1", "iou_f1": "IOU F1"}

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class Passages:
    """Passages of reviews, their reviews' labels, and what people marked in them."""

    texts: list[str]
    labels: list[str]
    marks: list[list[tuple[int, int]]]


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=30)
    parser.add_argument("--shots", type=int, default=SHOTS)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", TutelageWarning)
    asked = parser.parse_args()
    given = passages(asked.texts)
    train = few("sst2", asked.shots, SEED)
    students = {}
    for name in ("minilm", "static"):
        started = time.process_time()
        students[name] = TaughtTextClassifier(name, random_state=SEED, precision="bfloat16")
        students[name].fit(train.texts, train.labels)
        right = np.mean(students[name].predict(given.texts) == np.array(given.labels))
        print(f"{name}: {time.process_time() - started:.0f} s, right {right:.3f}", flush=True)
    rows, lines = [], []
    for name, source in sources(students["minilm"], students["static"]).items():
        started = time.process_time()
        found = source(given.texts, given.labels)
        seconds = time.process_time() - started
        result = agreement_with_marks(given.texts, found, given.marks, n_bootstrap=2000, seed=SEED)
        rows.append(row(name, result, seconds))
        lines += raw_lines(name, given, found)
        print(rows[-1], flush=True)
    RAW.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    accuracy = {
        name: float(np.mean(model.predict(given.texts) == np.array(given.labels)))
        for name, model in students.items()
    }
    RESULT.write_text(page(given, rows, accuracy, asked.shots) + "\n", encoding="utf-8")


def sources(
    minilm: TaughtTextClassifier, static: TaughtTextClassifier
) -> dict[str, Callable[[Sequence[str], Sequence[str]], Sequence[WordPrior]]]:
    """Return every way to score words, for the review's label."""
    return {
        "random": lambda texts, labels: [
            prior.randomised(SEED) for prior in gradients(static, texts, labels)
        ],
        "static: exact contributions": lambda texts, labels: gradients(static, texts, labels),
        "MiniLM: gradient x input": lambda texts, labels: gradients(minilm, texts, labels),
        f"MiniLM: integrated gradients, {STEPS} steps": lambda texts, labels: gradient_priors(
            minilm, texts, labels, n_steps=STEPS
        ),
        f"masked CAP by zero-shot MiniLM, {SAMPLES} masks": masked,
        f"MiniLM: LIME, {SAMPLES} samples": lambda texts, labels: lime_priors(
            minilm, texts, labels, n_samples=SAMPLES, seed=SEED
        ),
    }


def gradients(
    student: TaughtTextClassifier, texts: Sequence[str], labels: Sequence[str]
) -> Sequence[WordPrior]:
    """Return gradient x input; of the static student these are its exact contributions."""
    return gradient_priors(student, texts, labels, method="gradient_x_input")


def masked(texts: Sequence[str], labels: Sequence[str]) -> Sequence[WordPrior]:
    """Return masked CAP from the fit of the words "negative" and "positive" to a text."""
    return Teacher(lambda messages: "", answers=False).masked_word_priors(
        texts,
        labels,
        sorted(set(labels)),
        masks=SAMPLES,
        stable=None,
        target="label",
        scorer=EncoderScores("minilm"),
        seed=SEED,
    )


def passages(count: int) -> Passages:
    """Return one passage of each of ``count`` test reviews.

    Passages begin after a full stop and end with one. Of the passages of a review that hold
    marked and unmarked words one is drawn; without such a passage another review is.
    """
    raw = gzip.decompress((DATA / "rationale_marks/eraser_movies/test.csv.gz").read_bytes())
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline="")))
    dice = random.Random(f"plausibility/{SEED}")
    found = Passages([], [], [])
    for review in dice.sample(rows, len(rows)):
        if len(found.texts) == count:
            break
        options = list(_options(review))
        if options:
            text, marks = dice.choice(options)
            found.texts.append(text)
            found.labels.append(review["label"])
            found.marks.append(marks)
    return found


def _options(review: dict[str, str]):
    tokens = review["text"].split()
    marked = np.zeros(len(tokens), dtype=bool)
    for start, end in json.loads(review["rationale_tokens"]):
        marked[start:end] = True
    start = 0
    for end, token in enumerate(tokens, start=1):
        if token in (".", "!", "?") and end - start >= WORDS:
            own = marked[start:end]
            if 0 < own.sum() < len(own) and end - start <= 2 * WORDS:
                yield _with_marks(tokens[start:end], own)
            start = end


def _with_marks(tokens: list[str], marked: np.ndarray) -> tuple[str, list[tuple[int, int]]]:
    ends = np.cumsum([len(token) + 1 for token in tokens]) - 1
    flags = np.flatnonzero(marked)
    return " ".join(tokens), [(int(ends[i]) - len(tokens[i]), int(ends[i])) for i in flags]


def raw_lines(name: str, given: Passages, found: Sequence[WordPrior]) -> list[dict[str, object]]:
    """Return each text's measures."""
    lines = []
    for place, prior in enumerate(found):
        one = agreement_with_marks(
            [given.texts[place]], [prior], [given.marks[place]], n_bootstrap=1
        )
        values = {measure: round(one[measure].value, 4) for measure in MEASURES}
        lines.append({"source": name, "text": place, **values})
    return lines


def row(name: str, result: AgreementResult, seconds: float) -> str:
    """Return a line of the table."""
    cells = (result[measure] for measure in MEASURES)
    shown = " | ".join(f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}]" for e in cells)
    return f"| {name} | {shown} | {seconds:.0f} |"


def page(given: Passages, rows: Sequence[str], accuracy: dict[str, float], shots: int) -> str:
    """Return the whole page."""
    words = np.mean([len(text.split()) for text in given.texts])
    pairs = zip(given.marks, given.texts, strict=True)
    share = np.mean([len(marks) / len(text.split()) for marks, text in pairs])
    head = f"""# Do attributions mark the words that people marked?

Made by `python benchmarks/plausibility.py`; do not edit. ERASER movies, {len(given.texts)} test
reviews, of each one passage of whole sentences drawn at random ({words:.0f} words on average) among
those that hold marked and unmarked words; {share:.0%} of the words are marked. Students trained
on {shots} SST-2 sentences a class, not on reviews; right on {accuracy["minilm"]:.0%} (MiniLM) and
{accuracy["static"]:.0%} (static) of the passages by the label of the whole review, which a single
passage need not tell. Every source scores words for the review's label.

Measures as in `agreement_with_marks`, means over texts with 95 % bootstrap intervals over texts.
AUPRC and ROC AUC rank words; token and IOU F1 take as many words as people marked. People mark
passages, attributions mark words, so the F1 of passages (IOU) is low by construction. Agreement is
plausibility: an explanation that people find right is not for that reason what the model did.
Shapley values were not measured: they cost a multiple of LIME, and of the static student they are
its exact contributions. Seconds of processor time, one core; seed {SEED}.
"""
    titles = " | ".join(MEASURES.values())
    table = [f"| attribution | {titles} | seconds |", "|---|" + "---:|" * (len(MEASURES) + 1)]
    code = f"Code of the encoder student: {text_code()}."
    return "\n".join([head, *table, *rows, "", code])


if __name__ == "__main__":
    main()
