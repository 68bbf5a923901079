"""Do taught students keep their explanations under attack? Drift and accuracy, paired by text.

    OMP_NUM_THREADS=1 python benchmarks/explanation_drift.py [--seeds 3] [--summary-only]

HWU64, five texts a class; the settings and students of `cap.py`, the suite of
`tutelage attack`. Drift is 1 minus the rank correlation of the attributions (integrated
gradients) of the words that a text and its attacked version share, in [0, 2]. Resumable, one line
per seed and setting in benchmarks/results/explanation_drift_raw.jsonl; writes
benchmarks/results/explanation_drift.md.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

import cap
import cap_priors
import raw_results
import recorded_text
from cap_settings import PLAIN
from raw_results import Cell, Line
from text_results import text_code
from tutelage.evaluation.attacks import standard_attacks
from tutelage.evaluation.attacks_lexicon import attack_lexicon
from tutelage.evaluation.robustness import robustness

RESULTS = Path(__file__).resolve().parent / "results"
RAW = RESULTS / "explanation_drift_raw.jsonl"
DATA, SHOTS = "hwu64", 5
TAUGHT = (PLAIN, "ratings", "ratings, shuffled", "everything")
ATTACKS = ("keyword_addition", "keyword_replacement", "word_deletion", "typo_drop", "keyboard")
N_TEXTS, N_EXPLAINED = 300, 150
MEASURES = ("accuracy", "flips", "explanation_drift")

HEAD = f"""# Explanations under attack

Made by `python benchmarks/explanation_drift.py`; do not edit. HWU64, 5 texts a class, students of
`cap.py`; {N_TEXTS} test rows, attacks with keywords from the training texts and the confusions of
the plain student of seed 0, the same for all. *Flips*: share of texts whose answer changes.
*Drift*: 1 minus the rank correlation of the word attributions (integrated gradients, for the class
predicted before the attack) over the words that stay, mean over {N_EXPLAINED} texts; 0: the same
order, 1: no relation. Means over seeds; in brackets the smallest and the largest."""


def main() -> None:
    """Run what is missing, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--summary-only", action="store_true")
    asked = parser.parse_args()
    for seed in range(0 if asked.summary_only else asked.seeds):
        for name in TAUGHT:
            cell = Cell(DATA, SHOTS, seed, name)
            if cell not in read():
                started = time.process_time()
                line = {**cell._asdict(), **run_cell(cell), "code": text_code()}
                raw_results.append(RAW, line)
                print(f"{time.process_time() - started:6.0f} s  {cell}", flush=True)
    (RESULTS / "explanation_drift.md").write_text(page(read()), encoding="utf-8")


def read() -> dict[Cell, Line]:
    """Return the newest line of each cell that the present code made."""
    lines = RAW.read_text().splitlines() if RAW.exists() else []
    kept = (line for line in raw_results.parsed(lines) if line["code"] == text_code())
    return {raw_results.cell_of(line): line for line in kept}


def run_cell(cell: Cell) -> Line:
    """Train a student as `cap.py` does and attack it."""
    train, test = recorded_text.split(DATA, cap.FEW), recorded_text.split(DATA, "test")
    model, _ = cap.trained(cell)
    plain = cap_priors.plain_student(DATA, cap.FEW, 0)
    attacks = standard_attacks(attack_lexicon(train.texts, train.labels, plain=plain), only=ATTACKS)
    rows = np.random.default_rng(0).permutation(len(test))[:N_TEXTS]
    found = robustness(
        model,
        [test.texts[row] for row in rows],
        [test.labels[row] for row in rows],
        attacks,
        n_explained=N_EXPLAINED,
        n_bootstrap=10,
    )
    return {
        "clean": round(found.clean.value, 4),
        **{
            f"{one.name} {measure}": round(one[measure].value, 4)
            for one in found.attacks
            for measure in MEASURES
        },
    }


def page(lines: dict[Cell, Line]) -> str:
    """Return the page: a table per measure."""
    by_name: dict[str, list[Line]] = defaultdict(list)
    for cell, line in sorted(lines.items(), key=lambda item: item[0].split):
        by_name[cell.method].append(line)
    text = [HEAD]
    titles = {"accuracy": "Accuracy", "flips": "Flips", "explanation_drift": "Drift"}
    for measure in MEASURES:
        head = [name.replace("_", " ") for name in ATTACKS]
        first = ["clean"] if measure == "accuracy" else []
        text += ["", f"## {titles[measure]}", ""]
        text.append("| " + " | ".join(["students", "seeds", *first, *head]) + " |")
        text.append("|---|---|" + "---|" * len(first + head))
        for name in TAUGHT:
            own = by_name.get(name, [])
            if own:
                keys = [*first, *(f"{attack} {measure}" for attack in ATTACKS)]
                cells = [shown([line[key] for line in own]) for key in keys]
                text.append("| " + " | ".join([name, str(len(own)), *cells]) + " |")
    return "\n".join(text) + "\n"


def shown(values: list[float]) -> str:
    """Return a mean with its range, where there are several."""
    mean = f"{np.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.3f}, {max(values):.3f})"


if __name__ == "__main__":
    main()
