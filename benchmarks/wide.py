"""Four hundred columns, asked about in blocks whose scale drifts: do shared columns mend it?

    OMP_NUM_THREADS=1 python benchmarks/wide.py [--seeds 20]

Writes ``benchmarks/results/wide.md``. Synthetic: of 400 columns 40 matter, 32 strong ones among
the first 180, 8 weak ones later. The teacher is right up to noise and gives 10 to the strongest of
what it is shown, which makes the weak columns of the other blocks look strong.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from splits import split_seed
from tutelage import FeaturePrior, ScriptedClient, TaughtClassifier, Teacher
from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.scores import roc_auc
from tutelage.teacher.exchange import Question

RESULTS = Path(__file__).parent / "results" / "wide.md"
N_COLUMNS, N_TEST, SHOTS = 400, 2000, (5, 25, 100)
CLASSES = ["no", "yes"]


def effects_of(rng: np.random.Generator) -> np.ndarray:
    """Return the truth (n_columns,): strong effects early in the table, weak ones late."""
    effects = np.zeros(N_COLUMNS)
    strong, weak = rng.permutation(180)[:32], 180 + rng.permutation(220)[:8]
    effects[strong] = rng.choice([-1, 1], 32) * rng.uniform(0.5, 1.0, 32)
    effects[weak] = rng.choice([-1, 1], 8) * rng.uniform(0.05, 0.1, 8)
    return effects


def priors_of(effects: np.ndarray, rng: np.random.Generator) -> dict[str, FeaturePrior | None]:
    """Return what the student gets: mended, as said, as said on one scale, nothing."""
    names = [f"x{n}" for n in range(N_COLUMNS)]
    noisy = effects + 0.05 * rng.normal(size=N_COLUMNS)
    raw: dict[str, float] = {}

    def answer(question: Question) -> dict[str, float]:
        columns = list(json.loads(question.schema)["properties"])
        known = {name: noisy[int(name[1:])] for name in columns}
        largest = max(abs(score) for score in known.values())
        said = {name: round(10 * score / largest, 1) for name, score in known.items()}
        raw.update(said)
        return said

    with Teacher(ScriptedClient(answer), workers=1) as teacher:
        mended = teacher.feature_prior("Predict it.", names, CLASSES, repeats=1)
    whole = {name: float(score) for name, score in zip(names, noisy, strict=True)}
    scale = max(map(abs, whole.values()))
    return {
        "blocks, mended by shared columns": mended,
        "blocks, as they were said": FeaturePrior.from_scores({"yes": raw}, classes=CLASSES),
        "one block, one scale": FeaturePrior.from_scores(
            {"yes": whole}, scale=scale, classes=CLASSES
        ),
        "no prior": None,
    }


def gains(seed: int) -> dict[tuple[str, int], float]:
    """Return the ROC AUC of every student at every number of labels per class."""
    rng = np.random.default_rng(split_seed("wide", seed))
    effects = effects_of(rng)
    rows = rng.normal(size=(N_TEST + 1000, N_COLUMNS))
    noise = rng.logistic(size=len(rows))
    labels = np.where(2 * rows @ effects / np.linalg.norm(effects) + noise > 0, "yes", "no")
    frame = pd.DataFrame(rows, columns=[f"x{n}" for n in range(N_COLUMNS)])
    test, truth = frame[:N_TEST], labels[:N_TEST]
    found = {}
    for name, prior in priors_of(effects, rng).items():
        for shots in SHOTS:
            pool = np.arange(N_TEST, len(frame))
            few = np.concatenate([pool[labels[pool] == label][:shots] for label in CLASSES])
            model = TaughtClassifier(prior).fit(frame.iloc[few], labels[few])
            found[name, shots] = roc_auc(truth, model.predict_proba(test), CLASSES)
    return found


def page(results: list[dict[tuple[str, int], float]]) -> str:
    """Return the table of means with their intervals."""
    names = list(dict.fromkeys(name for name, _ in results[0]))
    lines = [
        "# Wide tables",
        "",
        f"400 columns, {len(results)} made-up tables; mean ROC AUC by labels per class, in "
        "brackets its 95 % interval over tables. Written by `benchmarks/wide.py`, whose head says "
        "how tables and teacher were made.",
        "",
        "| the student's prior | " + " | ".join(map(str, SHOTS)) + " |",
        "|---|" + "---|" * len(SHOTS),
    ]
    for name in names:
        cells = []
        for shots in SHOTS:
            values = np.array([found[name, shots] for found in results])
            low, high = interval_of_mean(values)
            cells.append(f"{values.mean():.3f} ({low:.3f} to {high:.3f})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    RESULTS.write_text(page([gains(seed) for seed in range(parser.parse_args().seeds)]))


if __name__ == "__main__":
    main()
