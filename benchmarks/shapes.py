"""Does it pay to tell a student of a threshold or a product of columns, beside the scores?

    OMP_NUM_THREADS=1 python benchmarks/shapes.py [--seeds 20]

Writes ``benchmarks/results/shapes.md``. Synthetic, the truth known: 8 bell-shaped columns, of which
4 act in a straight line. In one family a fifth acts above its 80 % point only, in another the
product of two columns acts. The teacher's scores on the columns are right up to noise. What it
states beside them enters as a column more, standardised, with a score of its own: rightly, or
about columns where nothing is.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from splits import split_seed
from tutelage import FeaturePrior, TaughtClassifier
from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.scores import roc_auc

RESULTS = Path(__file__).parent / "results" / "shapes.md"
N_COLUMNS, N_TEST, SHOTS = 8, 2000, (5, 25, 100)
CLASSES = ["no", "yes"]
STRAIGHT = np.array([1.0, -0.8, 0.6, -0.4, 0.0, 0.0, 0.0, 0.0])

Shape = Callable[[pd.DataFrame], pd.Series]


def above(column: str) -> Shape:
    """Return a hinge at the column's 80 % point."""
    return lambda frame: (frame[column] - 0.84).clip(lower=0)


def product(first: str, second: str) -> Shape:
    """Return a product of two columns."""
    return lambda frame: frame[first] * frame[second]


# Family -> what acts, and what a wrong teacher states in its place.
FAMILIES: dict[str, tuple[Shape, Shape]] = {
    "a threshold": (above("x4"), above("x5")),
    "a product": (product("x4", "x5"), product("x6", "x7")),
    "a product of columns that also act alone": (product("x0", "x1"), product("x6", "x7")),
}
STUDENTS = {
    "scores alone": None,
    "scores and the shape that is there": 0,
    "scores and a shape that is not there": 1,
}


def measured(family: str, seed: int) -> dict[tuple[str, int], float]:
    """Return the ROC AUC of every student at every number of labels per class."""
    rng = np.random.default_rng(split_seed(f"shapes {family}", seed))
    frame = pd.DataFrame(rng.normal(size=(N_TEST + 1000, N_COLUMNS))).add_prefix("x")
    shapes = FAMILIES[family]
    acts = shapes[0](frame)
    logits = frame.to_numpy() @ STRAIGHT + 1.2 * (acts - acts.mean()) / acts.std()
    labels = np.where(logits + rng.logistic(size=len(frame)) > 0, "yes", "no")
    said = np.clip(STRAIGHT + 0.15 * rng.normal(size=N_COLUMNS), -1, 1)
    scores = dict(zip(frame, said.tolist(), strict=True))
    found = {}
    for name, stated in STUDENTS.items():
        table, given = frame, scores
        if stated is not None:
            table, given = frame.assign(shape=shapes[stated](frame)), {**scores, "shape": 1.0}
        prior = FeaturePrior.from_scores({"yes": given}, scale=1, classes=CLASSES)
        for shots in SHOTS:
            pool = np.arange(N_TEST, len(frame))
            few = np.concatenate([pool[labels[pool] == label][:shots] for label in CLASSES])
            model = TaughtClassifier(prior).fit(table.iloc[few], labels[few])
            found[name, shots] = roc_auc(
                labels[:N_TEST], model.predict_proba(table[:N_TEST]), CLASSES
            )
    return found


def page(n_seeds: int) -> str:
    """Return one table of means per family, with the gain over scores alone and its interval."""
    lines = [
        "# Shapes",
        "",
        f"{n_seeds} made-up tables per family; mean ROC AUC by labels per class, in brackets the "
        "paired gain over scores alone and its 95 % interval over tables. Written by "
        "`benchmarks/shapes.py`, whose head says how.",
    ]
    for family in FAMILIES:
        results = [measured(family, seed) for seed in range(n_seeds)]
        lines += ["", f"## Where {family} acts", ""]
        lines += ["| | " + " | ".join(map(str, SHOTS)) + " |", "|---|" + "---|" * len(SHOTS)]
        for name in STUDENTS:
            cells = [_cell(results, name, shots) for shots in SHOTS]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(results: list[dict[tuple[str, int], float]], name: str, shots: int) -> str:
    values = np.array([found[name, shots] for found in results])
    if STUDENTS[name] is None:
        return f"{values.mean():.3f}"
    gains = values - np.array([found["scores alone", shots] for found in results])
    low, high = interval_of_mean(gains)
    return f"{values.mean():.3f} ({gains.mean():+.3f}, {low:+.3f} to {high:+.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    RESULTS.write_text(page(parser.parse_args().seeds))


if __name__ == "__main__":
    main()
