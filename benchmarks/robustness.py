"""The robustness suite on HWU64, trained on 5 texts per class: what it finds and what it takes.

    OMP_NUM_THREADS=2 python benchmarks/robustness.py [--texts 1000] [--steps 160] [--seed 0]

One MiniLM student without any lesson; attacks by keywords take theirs from the training texts and
the student's own confusions. Seconds are those of the clock and of the processor.
Writes benchmarks/results/robustness.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from recorded_text import split
from tutelage import TaughtTextClassifier
from tutelage.evaluation.attacks import standard_attacks
from tutelage.evaluation.attacks_lexicon import attack_lexicon
from tutelage.evaluation.robustness import robustness
from tutelage.evaluation.robustness_result import RobustnessResult

DATA = "hwu64"
RESULT = Path(__file__).parent / "results" / "robustness.md"
COLUMNS = (
    "accuracy_before",
    "accuracy",
    "accuracy_change",
    "flips",
    "confidence_change",
    "explanation_drift",
)


def measured(n_texts: int, steps: int, seed: int) -> tuple[RobustnessResult, float, float]:
    """Return what the suite finds, seconds of the clock and of the processor."""
    train, test = split(DATA, "train_5"), split(DATA, "test")
    model = TaughtTextClassifier("minilm", steps=steps, random_state=seed)
    model.fit(train.texts, train.labels)
    rows = np.random.default_rng(seed).permutation(len(test))[:n_texts]
    texts, labels = [test.texts[row] for row in rows], [test.labels[row] for row in rows]
    wall, cpu = time.perf_counter(), time.process_time()
    lexicon = attack_lexicon(train.texts, train.labels, plain=model)
    result = robustness(model, texts, labels, standard_attacks(lexicon, seed=seed), seed=seed)
    return result, time.perf_counter() - wall, time.process_time() - cpu


def page(result: RobustnessResult, wall: float, cpu: float, steps: int) -> str:
    """Return the results as Markdown."""
    head = ["attack", "strength", "changed", *(name.replace("_", " ") for name in COLUMNS)]
    lines = [
        "# The robustness suite",
        "",
        f"Made by `benchmarks/robustness.py`, seed {result.seed}: MiniLM trained for {steps} steps "
        f"on {DATA}, 5 texts per class, without lessons; {result.n_texts} test texts, "
        f"{len(result.attacks)} attacks, {result.n_asked} distinct texts asked about.",
        "",
        f"The suite took {wall:.0f} s ({cpu:.0f} s of the processor, "
        f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}), explanations of 200 "
        "texts per attack included. Other work ran on the machine's two cores at the same time.",
        "",
        f"Clean texts, {result.clean}. In brackets: 95 % intervals over texts. One seed and one "
        "model: a picture of the suite, not a claim about the method.",
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
    ]
    for one in result.attacks:
        cells = [
            f"{one[name].value:.3f} ({one[name].low:.3f}, {one[name].high:.3f})" for name in COLUMNS
        ]
        start = [one.title, f"{one.strength:g}", f"{one.n_changed} of {one.n_rows}"]
        lines.append("| " + " | ".join([*start, *cells]) + " |")
    kept = ["", "Does the label stay? " + "; ".join(f"{a.title}: {a.keeps_label}" for a in
            result.attacks) + "."]  # fmt: skip
    return "\n".join([*lines, *kept, ""])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=1000)
    options.add_argument("--steps", type=int, default=160)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--out", type=Path, default=RESULT)
    given = options.parse_args()
    result, wall, cpu = measured(given.texts, given.steps, given.seed)
    given.out.write_text(page(result, wall, cpu, given.steps), encoding="utf-8")
    print(result.table(), f"{wall:.1f} s, {cpu:.1f} s of the processor", sep="\n")


if __name__ == "__main__":
    main()
