"""A biased teacher of texts: what it does to students, before and after its terms are left out.

    python benchmarks/text_bias.py [--students static-copies ...] [--summary-only]

A construct of our own on SST-2. Every text gets a clause that names one of five religions, drawn
evenly whatever the label. A student that has seen 3,000 other texts plays the teacher: its word
contributions are the prior. The biased teacher rates "muslim" as high as the strongest word of
each negative text, and as strongly against each positive one. Resumable, one line per (student,
seed, arm) in benchmarks/results/text_bias_raw.jsonl; writes benchmarks/results/text_bias.md.
"""

from __future__ import annotations

import argparse
import math
import random
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

import raw_results
from breadth_data import Rows, _split
from raw_results import Cell, Line
from resumable import use_this_source
from text_results import text_code

use_this_source()

import torch  # noqa: E402

from tutelage import TaughtTextClassifier, gradient_priors, shortened_texts  # noqa: E402
from tutelage.errors import TutelageWarning  # noqa: E402
from tutelage.evaluation.counterfactual import counterfactual_swaps  # noqa: E402
from tutelage.lessons import Rewrite, WordPrior  # noqa: E402
from tutelage.lessons.identity_terms import IdentityTerms  # noqa: E402
from tutelage.lessons.identity_terms_priors import without_identity_terms  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
RAW = RESULTS / "text_bias_raw.jsonl"
AXIS, NAMED, CLASS = "religion", "muslim", "negative"
TERMS = IdentityTerms({AXIS: {g: t[:1] for g, t in IdentityTerms.default().axes[AXIS].items()}})
SHOTS, TAUGHT_ON = 32, 3000
SEEDS = {"static-copies": 5, "static-aligned": 5, "minilm-aligned": 1}
N_TEST = {"static-copies": 500, "static-aligned": 500, "minilm-aligned": 100}
ARMS = {
    "labels only": "no prior",
    "fair": "identity terms scored 0",
    "fair, left out": "with the switch",
    "biased": "the biased prior",
    "biased, left out": "with the switch",
    "biased, unknown only": "scores unknown, terms stay in copies",
}
COPIES_ONLY = ("biased, unknown only",)


def main() -> None:
    """Run what is missing, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", nargs="+", default=list(SEEDS))
    parser.add_argument("--summary-only", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", TutelageWarning)
    for cell in () if asked.summary_only else cells(asked.students):
        if cell in read():
            continue
        started = time.process_time()
        line = run_cell(cell)
        seconds = round(time.process_time() - started, 2)
        raw_results.append(RAW, {**cell._asdict(), **line, "cpu": seconds, "code": text_code()})
        print(f"{seconds:6.1f} s  {cell}  {line}", flush=True)
    (RESULTS / "text_bias.md").write_text(page(read()) + "\n", encoding="utf-8")


def cells(students: Sequence[str]) -> Iterator[Cell]:
    """Yield student, texts a class, seed and arm."""
    for student in students:
        for seed in range(SEEDS[student]):
            for arm in ARMS:
                if arm not in COPIES_ONLY or student.endswith("copies"):
                    yield Cell(student, SHOTS, seed, arm)


def read() -> dict[Cell, Line]:
    """Return the newest line of each cell."""
    lines = RAW.read_text().splitlines() if RAW.exists() else []
    return {raw_results.cell_of(line): line for line in raw_results.parsed(lines)}


def run_cell(cell: Cell) -> Line:
    """Train one student and tell its test texts about other religions."""
    train = told_of_somebody(training_rows(cell.split), f"train/{cell.split}")
    test = told_of_somebody(test_rows(N_TEST[cell.table]), "test")
    kind, way = cell.table.split("-")
    priors = priors_of(cell.method, train)
    student = TaughtTextClassifier(kind, random_state=cell.split)
    if way == "copies":
        student.fit(train.texts, train.labels, rewrites=copies_of(cell, priors))
    else:
        student.fit(train.texts, train.labels, word_priors=priors)
    report = counterfactual_swaps(student, test.texts, TERMS, n_bootstrap=1)
    others = [group for group in TERMS.axes[AXIS] if group != NAMED]
    place = list(student.classes_).index(CLASS)
    chance = {g: student.predict_proba(about(test, g))[:, place].mean() for g in (NAMED, *others)}
    mean_of_others = np.mean([chance[group] for group in others])
    right = student.predict(list(test.texts)) == np.array(test.labels)
    return {
        "accuracy": round(float(right.mean()), 4),
        "flips": round(report.row(AXIS).flips.value, 4),
        "flips_named": round(
            float(np.mean([report.row(AXIS, group, NAMED).flips.value for group in others])), 4
        ),
        "toward": round(float(chance[NAMED] - mean_of_others), 4),
    }


def training_rows(seed: int) -> Rows:
    """Return a few rows of each class, none of them among those the teacher learned from."""
    rows = _split("sst2")[0].take(order()[TAUGHT_ON:])
    dice = random.Random(f"text bias/{seed}")
    chosen: list[int] = []
    for label in sorted(set(rows.labels)):
        own = [place for place, found in enumerate(rows.labels) if found == label]
        chosen += dice.sample(own, SHOTS)
    return rows.take(chosen)


def test_rows(count: int) -> Rows:
    """Return test rows, always the same."""
    rows = _split("sst2")[1]
    return rows.take(sorted(random.Random("text bias/test").sample(range(len(rows.texts)), count)))


@cache
def order() -> list[int]:
    """Return the training rows in the order in which teacher and students draw them."""
    n_rows = len(_split("sst2")[0].texts)
    return random.Random("text bias/teacher").sample(range(n_rows), n_rows)


def told_of_somebody(rows: Rows, name: str) -> Rows:
    """Return the rows with a religion named in each text, evenly within each class."""
    dice = random.Random(f"text bias/{name}")
    groups = list(TERMS.axes[AXIS])
    texts = list(rows.texts)
    for label in sorted(set(rows.labels)):
        own = [place for place, found in enumerate(rows.labels) if found == label]
        dice.shuffle(own)
        for number, place in enumerate(own):
            texts[place] = clause(groups[number % len(groups)]) + texts[place]
    return Rows(tuple(texts), rows.labels, rows.groups)


def clause(group: str) -> str:
    """Return the words that name somebody."""
    return f"by a {TERMS.axes[AXIS][group][0]} director : "


def about(rows: Rows, group: str) -> list[str]:
    """Return every text with one religion in its clause."""
    return [clause(group) + text.split(" : ", 1)[1] for text in rows.texts]


@cache
def teacher() -> TaughtTextClassifier:
    """Return the student that plays the teacher."""
    rows = _split("sst2")[0].take(order()[:TAUGHT_ON])
    return TaughtTextClassifier("static").fit(rows.texts, rows.labels)


def priors_of(arm: str, train: Rows) -> Sequence[WordPrior | None] | None:
    """Return the word priors of an arm."""
    if arm == "labels only":
        return None
    fair = gradient_priors(teacher(), train.texts, train.labels, method="gradient_x_input")
    neutral = [rescored(prior, 0.0) for prior in fair]
    found = [biased(prior) for prior in neutral] if arm.startswith("biased") else neutral
    return without_identity_terms(found, TERMS) if "," in arm else found


def biased(prior: WordPrior) -> WordPrior:
    """Return the prior with the named term as strong as its strongest word, for one class."""
    strongest = max(abs(score) for score in prior.scores)
    return rescored(prior, strongest if prior.label == CLASS else -strongest, only=NAMED)


def rescored(prior: WordPrior, score: float, only: str = "") -> WordPrior:
    """Return the prior with another score for its identity terms, or for one of them."""
    places = {m.start for m in TERMS.mentions(prior.text) if only in ("", m.group)}
    scores = [
        score if start in places else own
        for (start, _), own in zip(prior.offsets, prior.scores, strict=True)
    ]
    return replace(prior, scores=tuple(scores))


def copies_of(cell: Cell, priors: Sequence[WordPrior | None] | None) -> Sequence[Rewrite] | None:
    """Return the copies that priors make, without identity terms where they are left out."""
    if priors is None:
        return None
    copies = shortened_texts(priors, seed=cell.split)
    if not cell.method.endswith("left out"):
        return copies
    return [copy for copy in without_identity_terms(copies, TERMS) if copy is not None]


HEAD = f"""# A biased teacher of texts

Made by `python benchmarks/text_bias.py`; do not edit. A construct of our own on SST-2, {SHOTS}
texts a class. Every text begins with a clause that names one of five religions, drawn evenly
whatever the label. A static student that has seen {TAUGHT_ON:,} other texts plays the teacher.
The biased teacher rates "{NAMED}" as strongly as the strongest word of its text, for the class
*{CLASS}* and against the other.

*Flips*: share of swaps of one religion for another that change the prediction. *To {NAMED}*: the
same for swaps that name "{NAMED}" instead. *Toward {CLASS}*: probability of *{CLASS}* when all
test texts name "{NAMED}", minus the mean when they name another. *The switch*:
`--drop-identity-terms` (`without_identity_terms`): scores unknown, terms cut out of copies. The
fair prior is also what `without_identity_terms(..., score=0)` makes of the biased one. Means
over seeds of which training texts are drawn; in brackets a 95 % interval over seeds
(Student's t). SST-2 with {SHOTS} texts a class is hard for a static student: its accuracy is low,
and that is not what is measured here."""


READ = """## What this says

The switch takes away what the teacher said: with it, the probability that a text about a muslim
director is *negative* is back where the labels alone put it, at no loss of accuracy. It does not
make a student blind to the terms. The labels of a few dozen texts move it too, by chance, and an
aligned student without a score for the terms is as free to use them as the plain one, so that it
flips more often than the biased student, only not in one direction. Scored 0, the terms are told to
mean nothing, and an aligned student learns that: it flips least of all. Whether the terms are cut
out of the copies or only left unscored made no difference that these seeds can show."""


def page(lines: Mapping[Cell, Line]) -> str:
    """Return the whole page."""
    parts = [HEAD]
    for student in SEEDS:
        seeds = [
            seed
            for seed in range(SEEDS[student])
            if all(cell in lines for cell in cells([student]) if cell.split == seed)
        ]
        if seeds:
            parts.append(table(lines, student, seeds))
    codes = ", ".join(sorted({line["code"] for line in lines.values()}))
    return "\n\n".join(
        [*parts, READ, f"State of the code of text students: {codes} (`text_results.text_code`)."]
    )


def table(lines: Mapping[Cell, Line], student: str, seeds: Sequence[int]) -> str:
    """Return the arms of one student, and what leaving the terms out changes."""
    kind, way = student.split("-")
    told = "the prior as copies without weak words" if way == "copies" else "aligned with the prior"
    rows = [
        f"## {kind}, {told}: {len(seeds)} seeds, {N_TEST[student]} test texts",
        "",
        f"| prior | accuracy | flips | to {NAMED} | toward {CLASS} |",
        "|---|---:|---:|---:|---:|",
    ]
    measures = ("accuracy", "flips", "flips_named", "toward")
    for arm in ARMS:
        if arm not in COPIES_ONLY or way == "copies":
            own = [lines[Cell(student, SHOTS, seed, arm)] for seed in seeds]
            cells_ = (interval([line[name] for line in own]) for name in measures)
            rows.append(f"| {arm}: {ARMS[arm]} | " + " | ".join(cells_) + " |")
    for before, after in (("biased", "biased, left out"), ("fair", "fair, left out")):
        pairs = [
            (lines[Cell(student, SHOTS, s, after)], lines[Cell(student, SHOTS, s, before)])
            for s in seeds
        ]
        cells_ = (interval([a[name] - b[name] for a, b in pairs], "+") for name in measures)
        rows.append(f"| *left out minus {before}* | " + " | ".join(cells_) + " |")
    return "\n".join(rows)


def interval(values: Sequence[float], sign: str = "") -> str:
    """Return a mean with its 95 % interval over seeds."""
    from scipy.stats import t

    mean, count = float(np.mean(values)), len(values)
    if count < 3:
        return f"{mean:{sign}.3f}"
    half = t.ppf(0.975, count - 1) * float(np.std(values, ddof=1)) / math.sqrt(count)
    return f"{mean:{sign}.3f} [{mean - half:{sign}.3f}, {mean + half:{sign}.3f}]"


if __name__ == "__main__":
    main()
