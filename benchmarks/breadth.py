"""Other data than intents: the same student and the same calls on six sets, few labels.

    python benchmarks/breadth.py [--only sst2 ...] [--methods ...] [--summary-only]

Resumable, one line per (data set, texts a class, seed, method) in benchmarks/results/
breadth_raw.jsonl, the most wanted first; the page is written from what is there. Sized for one
core: MiniLM with 50 texts a class, and on long reviews, from one seed only. Class cards
(`breadth_cards.py`) teach both students. Writes benchmarks/results/breadth.md. Every parameter but
the precision is the student's default; nothing was chosen on these data.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import breadth_cards
import raw_results
from breadth_cards import ALONE, CARDS, IN_EIGHT, STEPS, WRONG
from breadth_data import SOURCES, Rows, few, test_rows
from breadth_summary import page
from raw_results import Cell, Line
from resumable import use_this_source
from text_results import text_code

use_this_source()

import torch  # noqa: E402

from tutelage import TaughtTextClassifier, Teacher, shortened_texts  # noqa: E402
from tutelage.errors import TutelageWarning  # noqa: E402
from tutelage.lessons import WordPrior  # noqa: E402
from tutelage.teacher.encoder_scores import EncoderScores  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
RAW = RESULTS / "breadth_raw.jsonl"
TF_IDF, STATIC, MINILM = "TF-IDF", "static", "MiniLM"
COPIES, ALIGNED = "static, masked CAP as copies", "static, aligned with masked CAP"
SHUFFLED = ", shuffled"
CAP = tuple(name + control for name in (COPIES, ALIGNED) for control in ("", SHUFFLED))
MASKS, SHUFFLES = 60, 5


def main() -> None:
    """Run what is missing, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(SOURCES))
    parser.add_argument("--methods", nargs="+")
    parser.add_argument("--summary-only", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", TutelageWarning)  # long texts are cut: the page says so
    if not asked.summary_only:
        run_missing(
            cell
            for cell in cells()
            if cell.table in asked.only and (not asked.methods or cell.method in asked.methods)
        )
    (RESULTS / "breadth.md").write_text(page(read()) + "\n", encoding="utf-8")


def cells() -> Iterator[Cell]:
    """Yield the sized run, what is cheap first."""
    for name in SOURCES:
        for shots in (16, 50):
            for seed in range(3):
                yield Cell(name, shots, seed, TF_IDF)
                yield Cell(name, shots, seed, STATIC)
    for name in breadth_cards.FILES:
        for seed in range(3):
            for way in (CARDS, WRONG, ALONE):
                yield Cell(name, 16, seed, f"{STATIC}, {way}")
    for seed in range(3):
        yield Cell("xsid", 16, seed, f"{STATIC}, {IN_EIGHT}")
    for seed in range(3):
        for name in ("ag_news", "sst2", "mr", "xsid"):
            for way in ("", f", {CARDS}", f", {STEPS}"):
                yield Cell(name, 16, seed, MINILM + way)
        yield Cell("xsid", 16, seed, f"{MINILM}, {IN_EIGHT}")
    for name in ("ag_news", "sst2", "mr", "xsid"):
        for way in (WRONG, ALONE):
            yield Cell(name, 16, 0, f"{MINILM}, {way}")
    for name in SOURCES:
        yield Cell(name, 16, 0, MINILM)
    for way in (CARDS, STEPS):
        yield Cell("eraser_movies", 16, 0, f"{MINILM}, {way}")
    for method in CAP:
        yield Cell("sst2", 16, 0, method)
    for method in CAP:
        yield Cell("ag_news", 16, 0, method)
    for seed in (1, 2):
        yield Cell("snli", 16, seed, MINILM)
    for name in ("sst2", "mr", "ag_news", "snli"):
        yield Cell(name, 50, 0, MINILM)
    for method in CAP:
        yield Cell("sst2", 16, 1, method)


def run_missing(wanted: Iterator[Cell]) -> None:
    """Run the cells that have no line yet."""
    for cell in wanted:
        if cell in read():
            continue
        started = time.process_time()
        try:
            line = run_cell(cell)
        except Exception:
            print(f"failed: {cell}\n{traceback.format_exc(limit=-4)}", file=sys.stderr)
            continue
        seconds = round(time.process_time() - started, 2)
        raw_results.append(RAW, {**cell._asdict(), **line, "cpu": seconds, "code": text_code()})
        print(f"{seconds:7.1f} s  {cell}  {line['accuracy']:.3f}", flush=True)


def read() -> dict[Cell, Line]:
    """Return the newest line of each cell."""
    lines = RAW.read_text().splitlines() if RAW.exists() else []
    return {raw_results.cell_of(line): line for line in raw_results.parsed(lines)}


def run_cell(cell: Cell) -> Line:
    """Train on a few rows of each class and judge on the test rows."""
    train, test = few(cell.table, cell.shots, cell.split), test_rows(cell.table)
    models = fitted(cell, train)
    right = np.mean(
        [np.asarray(model.predict(list(test.texts))) == np.array(test.labels) for model in models],
        axis=0,
    )
    groups = np.array(test.groups)
    return {
        "accuracy": round(float(right.mean()), 4),
        "n_train": len(train.texts),
        "n_test": len(test.texts),
        "largest_class": round(max(map(test.labels.count, set(test.labels))) / len(test.labels), 4),
        "groups": {
            group: round(float(right[groups == group].mean()), 4)
            for group in sorted(set(test.groups))
        },
    }


def fitted(cell: Cell, train: Rows) -> list[Any]:
    """Return the fitted models of a cell: one, or one for each shuffling of a control."""
    if cell.method == TF_IDF:
        model = make_pipeline(
            TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10, max_iter=2000)
        )
        return [model.fit(train.texts, train.labels)]
    if cell.method in (STATIC, MINILM):
        student = TaughtTextClassifier(
            cell.method.lower(), random_state=cell.split, precision="bfloat16"
        )
        return [student.fit(train.texts, train.labels)]
    body, _, way = cell.method.partition(", ")
    if way in breadth_cards.WAYS:
        return [breadth_cards.taught(body.lower(), way, cell.table, train, cell.split)]
    priors = masked(cell.table, cell.shots, cell.split)
    if not cell.method.endswith(SHUFFLED):
        return [taught(cell.method, train, priors)]
    dealt = [[prior.shuffled(seed) for prior in priors] for seed in range(SHUFFLES)]
    return [taught(cell.method, train, each) for each in dealt]


def taught(method: str, train: Rows, priors: list[WordPrior]) -> TaughtTextClassifier:
    """Return a static student that is taught word priors, as copies or by alignment."""
    student = TaughtTextClassifier("static")
    if method.startswith(COPIES):
        return student.fit(train.texts, train.labels, rewrites=shortened_texts(priors))
    return student.fit(train.texts, train.labels, word_priors=priors)


PRIORS: dict[tuple[str, int, int], list[WordPrior]] = {}


def masked(name: str, shots: int, seed: int) -> list[WordPrior]:
    """Return masked CAP from MiniLM's zero-shot scores of the labels' own words."""
    if (name, shots, seed) not in PRIORS:
        train = few(name, shots, seed)
        PRIORS[name, shots, seed] = list(
            Teacher(lambda messages: "", answers=False).masked_word_priors(
                train.texts,
                train.labels,
                sorted(set(train.labels)),
                masks=MASKS,
                scorer=EncoderScores("minilm"),
            )
        )
    return PRIORS[name, shots, seed]


if __name__ == "__main__":
    main()
