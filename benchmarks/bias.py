"""The paper's biased-training experiment, with its missing control; see benchmarks/results/bias.md.

python benchmarks/bias.py                  what is missing of the run, then the summary
python benchmarks/bias.py --summary-only   the summary of what is there
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import raw_results
from bias_summary import summarise
from competitors import METHOD_NAMED
from raw_results import Cell, Line
from resumable import run_missing, use_this_source
from scoring import scores_of
from splits import split_seed
from table_data import POSITIVE, MissingData, Table, load_table

RESULTS = Path(__file__).resolve().parent / "results"
TABLES = ("diabetes", "breast-ljubljana", "myocardial", "adult")
REPETITIONS = 20
TRAIN_SHARE = 0.8
MOST_ROWS = 2500  # of a table, drawn anew in each repetition: 2000 to train on
PAPER_EPOCHS, PAPER_BATCH = 20, 128
VARIANTS = ("all", "biased", "control")


@dataclass(frozen=True, eq=False)
class Task:
    """Training rows of one variant, and test rows that nothing was done to."""

    table: Table
    train: np.ndarray
    test: np.ndarray
    group_columns: tuple[str, ...]
    in_group: np.ndarray
    seed: int

    @property
    def labelled(self) -> pd.DataFrame:
        """The training rows."""
        return self.table.features.iloc[self.train]

    @property
    def y(self) -> np.ndarray:
        """Their labels."""
        return self.table.labels[self.train]


@dataclass(frozen=True, eq=False)
class Said:
    """What a method predicts for the test rows, and its trust in the teacher where it has one."""

    predicted: np.ndarray
    trust: float | None = None


def task_of(name: str, repetition: int, variant: str) -> Task:
    """Return the rows of a repetition; train and test are the same for every variant and method."""
    from tutelage.evaluation.skew import PAPER_CONDITIONS

    table, seed = load_table(name), split_seed(f"bias/{name}", repetition)
    order = np.random.default_rng(seed).permutation(len(table.labels))[:MOST_ROWS]
    count = round(TRAIN_SHARE * len(order))
    train, test = np.sort(order[:count]), np.sort(order[count:])
    sample = _sample(name, repetition)
    kept = {"all": np.arange(len(train)), "biased": sample.kept, "control": sample.control}
    conditions = PAPER_CONDITIONS[name]
    group = conditions[0].group(table.features.iloc[test])
    columns = tuple(dict.fromkeys(condition.column for condition in conditions))
    return Task(table, train[kept[variant]], test, columns, group, seed)


@functools.lru_cache(maxsize=4)
def _sample(name: str, repetition: int) -> Any:
    from tutelage.evaluation.skew import PAPER_CONDITIONS, biased_sample

    table, seed = load_table(name), split_seed(f"bias/{name}", repetition)
    order = np.random.default_rng(seed).permutation(len(table.labels))[:MOST_ROWS]
    train = np.sort(order[: round(TRAIN_SHARE * len(order))])
    frame, labels = table.features.iloc[train], table.labels[train]
    return biased_sample(frame, labels, PAPER_CONDITIONS[name], seed=seed)


def ours(task: Task, *, trust: Any = "auto", keep_out: bool = False, drop: bool = False) -> Said:
    """`tutelage.TaughtClassifier`, with the group's column or without it."""
    from tutelage import FeaturePrior, TaughtClassifier

    prior = FeaturePrior.from_scores(task.table.scores.nested(), scale=10)
    if keep_out or drop:
        prior = prior.without(task.group_columns)
    left_out = list(task.group_columns) if drop else []
    model = TaughtClassifier(prior, trust=trust)
    model.fit(task.labelled.drop(columns=left_out), task.y)
    test = task.table.features.iloc[task.test].drop(columns=left_out)
    chance = model.predict_proba(test)[:, list(model.classes_).index(POSITIVE)]
    return Said(chance, float(model.trust_.value))


def laat(task: Task) -> Said:
    """The published student as published for this experiment: 20 passes in batches of 128."""
    import reference_laat as reference

    scores = task.table.scores
    predict = reference.fit_laat(
        reference.linear_network,
        scores.encode(task.labelled),
        (task.y == POSITIVE).astype(float),
        scores.mean,
        task.seed,
        epochs=PAPER_EPOCHS,
        batch_size=PAPER_BATCH,
    )
    return Said(predict(scores.encode(task.table.features.iloc[task.test])))


def teacher_alone(task: Task) -> Said:
    """The teacher's ranking; no label is used."""
    frame, fit = task.table.features, METHOD_NAMED["teacher_alone"].fit
    predict = fit(task.labelled, task.y, frame.iloc[:0], task.table.scores, task.seed)
    return Said(predict(frame.iloc[task.test]))


def lr_tuned(task: Task) -> Said:
    """Logistic regression, its strength chosen by cross-validated log loss."""
    from tutelage.evaluation.controls import LogisticControl

    model = LogisticControl(random_state=task.seed).fit(task.labelled, task.y)
    return Said(model.predict_proba(task.table.features.iloc[task.test])[:, 1])


METHODS: dict[str, Callable[[Task], Said]] = {
    "ours": ours,
    "ours_kept_out": partial(ours, keep_out=True),
    "ours_dropped": partial(ours, drop=True),
    "ours_trust_1": partial(ours, trust=1.0),
    "ours_no_prior": partial(ours, trust=0),
    "teacher_alone": teacher_alone,
    "laat_lr": laat,
    "lr_tuned": lr_tuned,
}
RANK_ONLY = ("teacher_alone",)


def run_cell(cell: Cell) -> Line:
    """Train one method on one variant of the training rows; score it on the untouched test rows."""
    method, variant = cell.method.split("/")
    task = task_of(cell.table, cell.split, variant)
    started = time.process_time()
    said = METHODS[method](task)
    seconds = time.process_time() - started
    positive = task.table.labels[task.test] == POSITIVE
    probable = method not in RANK_ONLY
    return {
        **scores_of(positive, said.predicted, probable),
        **group_scores(positive, said.predicted, task.in_group, probable),
        "trust": said.trust,
        "n_train": len(task.train),
        "n_train_positive": int((task.y == POSITIVE).sum()),
        "cpu_seconds": seconds,
    }


def group_scores(
    positive: np.ndarray, predicted: np.ndarray, in_group: np.ndarray, are_probabilities: bool
) -> dict[str, float | None]:
    """Return scores in the group and outside it; None where a part has no row to count.

    *Matched*: as many rows are selected as there are positives, the highest first, so that methods
    with other thresholds, or none, can be compared. *Half*: probability at least 0.5.
    """
    from sklearn.metrics import roc_auc_score

    bar = np.sort(predicted)[::-1][int(positive.sum()) - 1]
    chosen = {"matched": predicted >= bar, "half": predicted >= 0.5}
    found: dict[str, float | None] = {}
    for part, rows in (("in", in_group), ("out", ~in_group)):
        both = 0 < positive[rows].sum() < rows.sum()
        found[f"auc_{part}"] = (
            float(roc_auc_score(positive[rows], predicted[rows])) if both else None
        )
        for name, selected in chosen.items():
            usable = name == "matched" or are_probabilities
            for what, among in (
                ("selected", rows),
                ("recall", rows & positive),
                ("false_alarm", rows & ~positive),
            ):
                known = usable and among.any()
                found[f"{name}_{what}_{part}"] = float(selected[among].mean()) if known else None
    return found


def planned(tables: Sequence[str], repetitions: int, methods: Sequence[str]) -> list[Cell]:
    """Return all cells, repetition by repetition."""
    return [
        Cell(table, 0, repetition, f"{method}/{variant}")
        for repetition in range(repetitions)
        for table in tables
        for variant in VARIANTS
        for method in methods
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 2 = bad input, 1 = some cells failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, metavar="N")
    parser.add_argument("--summary-only", action="store_true")
    options = parser.parse_args(arguments)
    path, failures = RESULTS / "bias_raw.jsonl", 0
    use_this_source()
    try:
        if not options.summary_only:
            cells = planned(options.tables, options.repetitions, options.methods)
            failures = run_missing(path, cells, run_cell)
        page = summarise(list(raw_results.read(path).values()), list(METHODS))
    except (MissingData, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    (RESULTS / "bias.md").write_text(page)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
