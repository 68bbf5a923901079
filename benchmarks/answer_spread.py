"""Whether the disagreement of five answers tells how wrong a teacher is about a column.

    OMP_NUM_THREADS=1 python benchmarks/answer_spread.py [--splits 10]

Splits from 100 on, which the results of ``tables.py`` do not use. Writes
benchmarks/results/answer_spread.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from scipy.stats import rankdata, spearmanr

from setting_scores import COLUMNS, LABELS, SHOTS, _part, read_task
from splits import split_rows
from table_data import TABLES, MissingData
from tutelage import FeaturePrior
from tutelage.learning import map_estimate
from tutelage.learning.map_estimate import FOCUS, MILD, column_variances, fit_linear, sharpen
from tutelage.students.columns import learn_layout, read_table
from tutelage.students.prior_columns import scores_of

RESULT = Path(__file__).parent / "results" / "answer_spread.md"
FIRST_SPLIT = 100
KEPT_COLUMNS = COLUMNS[-1]
SHIPPED = "shipped: the mean alone"


@dataclass(frozen=True)
class Variant:
    """What the standard deviation of a column's answers changes, after it is multiplied.

    Attributes
    ----------
    wider
        Times the deviation, added in squares to the score that sets the column's prior width.
    weaker
        Times the deviation: the score keeps the share of its square in the sum of squares.
    """

    wider: float = 0.0
    weaker: float = 0.0


VARIANTS = {
    SHIPPED: Variant(),
    "width: deviation as it is": Variant(wider=1.0),
    "width: 3 times": Variant(wider=3.0),
    "width: 10 times": Variant(wider=10.0),
    "score weakened: deviation as it is": Variant(weaker=1.0),
    "score weakened: 3 times": Variant(weaker=3.0),
}


@dataclass(frozen=True, eq=False)
class Task:
    """One split, encoded, with the mean and the deviation of the answers of every column."""

    pool: np.ndarray
    test: np.ndarray
    pool_codes: np.ndarray
    test_codes: np.ndarray
    places: dict[int, np.ndarray]  # shots -> labelled rows of the pool
    mean: np.ndarray  # (1, n_encoded)
    deviation: np.ndarray  # (n_encoded,)
    known: np.ndarray
    kinship: map_estimate.Kinship


def tasks_of(name: str, n_splits: int) -> Iterator[tuple[int, Task]]:
    """Yield the splits of one table."""
    features, labels, prior = read_task(name)
    codes = (labels == "yes").astype(np.intp)
    for index in range(FIRST_SPLIT, FIRST_SPLIT + n_splits):
        split = split_rows(name, labels, index)
        pool_rows = np.sort(np.concatenate(split.pool))
        pool, test = (read_table(features.iloc[rows]) for rows in (pool_rows, split.test))
        layout = learn_layout(pool)
        part = _part(layout, pool, test, KEPT_COLUMNS)
        mean, known = scores_of(prior, layout, LABELS)
        answers = [scores_of(one, layout, LABELS)[0][0] for one in each_answer(prior)]
        yield (
            index,
            Task(
                part.pool,
                part.test,
                codes[pool_rows],
                codes[split.test],
                {shots: np.searchsorted(pool_rows, split.labelled(shots)) for shots in SHOTS},
                mean[:, part.kept],
                np.std(answers, axis=0, ddof=1)[part.kept],
                known[part.kept],
                part.kinship,
            ),
        )


def each_answer(prior: FeaturePrior) -> list[FeaturePrior]:
    """Return one prior per repeated answer."""
    n_answers = min(len(entry.answers) for entry in prior.scores)
    return [
        FeaturePrior.from_scores(_nested(prior, i), scale=1.0, classes=LABELS)
        for i in range(n_answers)
    ]


def _nested(prior: FeaturePrior, answer: int) -> dict:
    columns: dict = {}
    for entry in prior.entries("yes"):
        if entry.category is None:
            columns[entry.column] = entry.answers[answer]
        else:
            columns.setdefault(entry.column, {})[entry.category] = entry.answers[answer]
    return {"yes": columns}


def roc_auc_of(task: Task, shots: int, variant: Variant) -> float:
    """Fit one variant to the labelled rows; return the ROC AUC of the test rows."""
    squares = task.mean**2
    noise = (variant.weaker * task.deviation) ** 2
    scores = task.mean * np.where(squares > 0, squares / np.maximum(squares + noise, 1e-300), 0)
    rows = task.places[shots]
    widths = partial(_widths, extra=variant.wider * task.deviation)
    with mock.patch.object(map_estimate, "column_variances", widths):
        fit = fit_linear(
            task.pool[rows],
            task.pool_codes[rows],
            2,
            np.ones(len(rows)),
            scores=scores,
            known=task.known,
            spread=(task.pool, np.ones(len(task.pool))),
            kinship=task.kinship,
        )
    ranks = rankdata(task.test @ fit.weights[0])
    positive = task.test_codes == 1
    n_positive = int(positive.sum())
    above = ranks[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * (len(ranks) - n_positive)))


def _widths(
    scores: np.ndarray,
    known: np.ndarray,
    focus: float = FOCUS,
    kinship: map_estimate.Kinship | None = None,
    *,
    extra: np.ndarray,
) -> np.ndarray:
    """Return the column variances for scores as large as score and deviation together."""
    if not scores.any():  # trust 0: no teacher, no deviation
        return column_variances(scores, known, focus, kinship)
    return column_variances(np.hypot(scores, extra), known, focus, kinship)


def relation(task: Task) -> tuple[float, float, float]:
    """Compare deviation and error, column by column, for one split.

    The error is the distance of the teacher's direction from the weights that all rows of the
    pool give without a teacher, after the direction is scaled to fit them best.

    Returns
    -------
    typical deviation, typical error (both on the scale of the scores, in [0, 2]), and their
    rank correlation over the columns.
    """
    fit = fit_linear(task.pool, task.pool_codes, 2, np.ones(len(task.pool)), kinship=task.kinship)
    scored = task.known & (task.kinship.parents == np.arange(len(task.known)))
    weights, said = fit.weights[0, scored], sharpen(task.mean[0, scored], MILD)
    per_score = float(weights @ said) / float(said @ said)
    error = np.abs(weights / per_score - said)
    deviation = task.deviation[scored]
    return (
        float(np.median(deviation)),
        float(np.median(error)),
        float(spearmanr(deviation, error)[0]),
    )


def measure(n_splits: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per table, split, shots and variant; and one per table on the relation."""
    lines, relations = [], []
    for name in TABLES:
        for index, task in tasks_of(name, n_splits):
            if index == FIRST_SPLIT:
                relations.append((name, *relation(task)))
            for shots in SHOTS:
                lines += [
                    (name, index, shots, label, roc_auc_of(task, shots, variant))
                    for label, variant in VARIANTS.items()
                ]
        print(f"{name}: {n_splits} splits", flush=True)
    return (
        pd.DataFrame(lines, columns=["table", "split", "shots", "variant", "roc_auc"]),
        pd.DataFrame(relations, columns=["table", "deviation", "error", "correlation"]),
    )


def page(lines: pd.DataFrame, relations: pd.DataFrame) -> str:
    """Return the result as Markdown."""
    wide = lines.pivot_table(index=["table", "split", "shots"], columns="variant", values="roc_auc")
    gains = wide.sub(wide[SHIPPED], axis=0)
    n_splits = lines["split"].nunique()
    parts = [
        "# Does the spread of the answers help?\n\nMade by `python benchmarks/answer_spread.py`; "
        f"do not edit. Seven tables, five recorded answers per column, {n_splits} splits from "
        f"{FIRST_SPLIT} on as in `tables.md`, linear student, trust by evidence. First row: mean "
        "ROC AUC; below it the gain over that, and in brackets the worst and the best table. A "
        "gain is told from none where it exceeds two standard errors over table means (`*`).",
        _gain_table(wide, gains),
        "Deviation of the five answers and error of the teacher, column by column, both on the "
        "scale of scores in [-1, 1] (medians); the error is the distance of the teacher's "
        f"direction (sharpness {MILD}) from weights learned on the whole pool without it.",
        "| table | deviation | error | rank correlation |\n|---|---:|---:|---:|\n"
        + "\n".join(
            f"| {row.table} | {row.deviation:.3f} | {row.error:.2f} | {row.correlation:+.2f} |"
            for row in relations.itertuples()
        ),
        f"Mean rank correlation {relations['correlation'].mean():+.2f}.",
    ]
    return "\n\n".join(parts) + "\n"


def _gain_table(wide: pd.DataFrame, gains: pd.DataFrame) -> str:
    rows = ["| | " + " | ".join(map(str, SHOTS)) + " |", "|---|" + "---:|" * len(SHOTS)]
    means = wide[SHIPPED].groupby("shots").mean()
    rows.append(f"| {SHIPPED} | " + " | ".join(f"{means[k]:.4f}" for k in SHOTS) + " |")
    for label in list(VARIANTS)[1:]:
        by_table = gains[label].groupby(["shots", "table"]).mean()
        rows.append(f"| {label} | " + " | ".join(_gain(by_table[k]) for k in SHOTS) + " |")
    return "\n".join(rows)


def _gain(by_table: pd.Series) -> str:
    mean, error = by_table.mean(), by_table.std(ddof=1) / np.sqrt(len(by_table))
    star = "*" if abs(mean) > 2 * error and abs(mean) >= 5e-5 else ""
    return f"{mean:+.4f}{star} ({by_table.min():+.3f} {by_table.max():+.3f})"


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--splits", type=int, default=10)
    given = parser.parse_args()
    try:
        lines, relations = measure(given.splits)
    except MissingData as error:
        print(error, file=sys.stderr)
        return 2
    RESULT.write_text(page(lines, relations), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
