"""The protocol of arXiv 2502.20268, and what it lacks; see benchmarks/results/laat_paper.md.

python benchmarks/laat_paper.py                  what is missing of the run, then the summary
python benchmarks/laat_paper.py --full           the published grids and 20 repetitions of all
python benchmarks/laat_paper.py --summary-only   the summary of what is there
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import raw_results
from competitors import METHOD_NAMED, TEACHER_EXPONENT, Predict
from laat_paper_summary import summarise
from raw_results import Cell, Line
from resumable import run_missing
from scoring import scores_of
from splits import split_seed
from table_data import POSITIVE, TABLES, MissingData, RecordedScores, Table, load_table

RESULTS = Path(__file__).resolve().parent / "results"
SHOTS = (1, 5, 10)
REPETITIONS = 20
FEW_REPETITIONS = 5
N_ANSWERS = 5
MOST_SCALING_ROWS = 5000

SMALL_FOREST_GRID = {"max_depth": [2, 6, 10], "n_estimators": [8, 64]}
FOREST_GRID = {
    "bootstrap": [True, False],
    "max_depth": [2, 4, 6, 8, 10],
    "n_estimators": [2, 4, 8, 16, 32, 64],
}
MLP_GRID = {
    "mlpclassifier__alpha": [0.001, 0.01, 0.1, 1, 10],
    "mlpclassifier__learning_rate_init": [0.1, 0.01, 0.001, 0.0001],
}
XGBOOST_GRID = {
    "max_depth": [2, 4, 6, 8, 10],
    "reg_alpha": [1e-4, 1e-3, 1e-2, 1e-1, 1, 10],
    "reg_lambda": [1e-4, 1e-3, 1e-2, 1e-1, 1, 10],
    "learning_rate": [0.01, 0.03, 0.1, 0.3],
}
CATBOOST_GRID = {
    "colsample_bylevel": [0.01, 0.03, 0.06, 0.1],
    "boosting_type": ["Ordered", "Plain"],
    "depth": [2, 4, 6, 8, 10],
}


@dataclass(frozen=True, eq=False)
class Draw:
    """One repetition: ``shots`` labelled rows of each class; every other row is for the test."""

    table: Table
    encoded: np.ndarray
    train: np.ndarray
    test: np.ndarray
    shots: int
    seed: int

    @property
    def y(self) -> np.ndarray:
        """Labels of the training rows in {0, 1}."""
        return (self.table.labels[self.train] == POSITIVE).astype(float)


Fit = Callable[[Draw], np.ndarray]


def paper_draw(name: str, shots: int, repetition: int) -> Draw:
    """Return the rows of a repetition; the same for every method, and nested over shots."""
    table = load_table(name)
    seed = split_seed(f"paper/{name}", repetition)
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(np.flatnonzero(table.labels == c)) for c in ("no", POSITIVE)]
    train = np.concatenate([rows[:shots] for rows in orders])
    test = np.sort(np.concatenate([rows[shots:] for rows in orders]))
    return Draw(table, _encoded(name), train, test, shots, seed)


@cache
def _encoded(name: str) -> np.ndarray:
    table = load_table(name)
    return table.scores.encode(table.features)


def laat(kind: str, draw: Draw, *, gamma: float = 100.0, answer: int | None = None) -> np.ndarray:
    """The published student, on the mean of the answers or on a single one."""
    import reference_laat as reference

    build = {"lr": reference.linear_network, "mlp": reference.mlp_network}[kind]
    rows, scores = draw.encoded[draw.train], _means(draw, answer)
    return reference.fit_laat(build, rows, draw.y, scores, draw.seed, gamma=gamma)(
        draw.encoded[draw.test]
    )


def teacher_as_published(draw: Draw) -> np.ndarray:
    """Rank by the published target on the published scaling; no label is used."""
    scaler = MinMaxScaler().fit(draw.encoded[draw.train])
    mean = _means(draw)
    return scaler.transform(draw.encoded[draw.test]) @ (np.sign(mean) * np.exp(np.abs(mean)))


def teacher_alone(draw: Draw, *, answer: int | None = None) -> np.ndarray:
    """Rank by the scores on columns z-scored over all rows; no label is used."""
    mean = _means(draw, answer)
    weights = np.sign(mean) * np.expm1(TEACHER_EXPONENT * np.abs(mean))
    return StandardScaler().fit(draw.encoded).transform(draw.encoded[draw.test]) @ weights


def ours(
    draw: Draw, *, trust: Any = "auto", answer: int | None = None, all_rows: bool = False
) -> np.ndarray:
    """`tutelage.TaughtClassifier` on the labelled rows, or with the test rows to scale by."""
    from tutelage import TaughtClassifier

    frame, rest = draw.table.features, None
    if all_rows:
        picked = np.random.default_rng(draw.seed).permutation(draw.test)[:MOST_SCALING_ROWS]
        rest = frame.iloc[np.sort(picked)]
    prior = _prior(draw.table.name, answer)
    model = TaughtClassifier(prior, trust=trust)
    model.fit(frame.iloc[draw.train], draw.table.labels[draw.train], unlabelled=rest)
    return _positive(model, frame.iloc[draw.test])


@cache
def _prior(name: str, answer: int | None) -> Any:
    from tutelage import FeaturePrior

    scores = load_table(name).scores
    if answer is not None:
        scores = RecordedScores(scores.names, scores.places, scores.answers[answer : answer + 1])
    return FeaturePrior.from_scores(scores.nested(), scale=10)


def competitor(name: str, draw: Draw) -> np.ndarray:
    """A method of the table benchmark that needs no unlabelled rows."""
    frame = draw.table.features
    predict: Predict = METHOD_NAMED[name].fit(
        frame.iloc[draw.train],
        draw.table.labels[draw.train],
        frame.iloc[:0],
        draw.table.scores,
        draw.seed,
    )
    return predict(frame.iloc[draw.test])


def grid(build: Callable[[int], Any], values: dict[str, Any], draw: Draw) -> np.ndarray:
    """Tune by ROC AUC over at most five folds; one label per class: library defaults."""
    model = build(draw.seed % 2**31)
    if draw.shots > 1:
        model = GridSearchCV(model, values, scoring="roc_auc", cv=min(5, draw.shots))
    model.fit(draw.encoded[draw.train], draw.table.labels[draw.train] == POSITIVE)
    return model.predict_proba(draw.encoded[draw.test])[:, 1]


def _forest(seed: int) -> Any:
    return RandomForestClassifier(random_state=seed, n_jobs=1)


def _mlp(seed: int) -> Any:
    return make_pipeline(MinMaxScaler(), MLPClassifier((100,), max_iter=1000, random_state=seed))


def _xgboost(seed: int) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(random_state=seed, n_jobs=1)


def _catboost(seed: int) -> Any:
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        random_seed=seed, thread_count=1, verbose=False, allow_writing_files=False
    )


@dataclass(frozen=True)
class PaperMethod:
    """A method and how many repetitions it is run for by default; 0: with ``--full`` only."""

    fit: Fit
    repetitions: int = REPETITIONS
    gives_probabilities: bool = True


METHODS: dict[str, PaperMethod] = {
    "ours": PaperMethod(ours),
    "ours_all_rows": PaperMethod(partial(ours, all_rows=True)),
    "ours_no_prior": PaperMethod(partial(ours, trust=0)),
    "teacher_alone": PaperMethod(teacher_alone, gives_probabilities=False),
    "teacher_as_published": PaperMethod(teacher_as_published, gives_probabilities=False),
    "laat_lr": PaperMethod(partial(laat, "lr")),
    "laat_mlp": PaperMethod(partial(laat, "mlp")),
    "gamma0_lr": PaperMethod(partial(laat, "lr", gamma=0.0)),
    "gamma0_mlp": PaperMethod(partial(laat, "mlp", gamma=0.0)),
    "lr_paper": PaperMethod(partial(competitor, "lr_paper")),
    **{
        f"{name}_answer_{i + 1}": PaperMethod(
            partial(fit, answer=i), FEW_REPETITIONS, name != "teacher_alone"
        )
        for name, fit in (
            ("ours", ours),
            ("laat_lr", partial(laat, "lr")),
            ("teacher_alone", teacher_alone),
        )
        for i in range(N_ANSWERS)
    },
    "random_forest_small_grid": PaperMethod(
        partial(grid, _forest, SMALL_FOREST_GRID), FEW_REPETITIONS
    ),
    "catboost": PaperMethod(partial(competitor, "catboost"), FEW_REPETITIONS),
    "random_forest_grid": PaperMethod(partial(grid, _forest, FOREST_GRID), 0),
    "mlp_grid": PaperMethod(partial(grid, _mlp, MLP_GRID), 0),
    "xgboost_grid": PaperMethod(partial(grid, _xgboost, XGBOOST_GRID), 0),
    "catboost_grid": PaperMethod(partial(grid, _catboost, CATBOOST_GRID), 0),
}


def run_cell(cell: Cell) -> Line:
    """Train one method on one repetition and score it on all other rows."""
    draw, method = paper_draw(cell.table, cell.shots, cell.split), METHODS[cell.method]
    started = time.process_time()
    predicted = method.fit(draw)
    seconds = time.process_time() - started
    positive = draw.table.labels[draw.test] == POSITIVE
    scores = scores_of(positive, predicted, method.gives_probabilities)
    return {**scores, "cpu_seconds": seconds, "n_test": len(draw.test)}


def planned(
    tables: Sequence[str], repetitions: int, *, full: bool = False, names: Sequence[str] = ()
) -> list[Cell]:
    """Return all cells, repetition by repetition, so that a part of the run is even."""
    most = {
        name: REPETITIONS if full else method.repetitions
        for name, method in METHODS.items()
        if not names or name in names
    }
    return [
        Cell(table, shots, repetition, name)
        for repetition in range(repetitions)
        for name, limit in most.items()
        if repetition < limit
        for table in tables
        for shots in SHOTS
    ]


def _means(draw: Draw, answer: int | None = None) -> np.ndarray:
    answers = draw.table.scores.answers
    return answers.mean(axis=0) if answer is None else answers[answer]


def _positive(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(rows)[:, list(model.classes_).index(POSITIVE)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 2 = bad input, 1 = some cells failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=[])
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, metavar="N")
    parser.add_argument("--full", action="store_true", help="the published grids too (days)")
    parser.add_argument("--summary-only", action="store_true")
    options = parser.parse_args(arguments)
    path, failures = RESULTS / "laat_paper_raw.jsonl", 0
    try:
        if not options.summary_only:
            cells = planned(
                options.tables, options.repetitions, full=options.full, names=options.methods
            )
            failures = run_missing(path, cells, run_cell)
        page = summarise(list(raw_results.read(path).values()), list(METHODS))
    except (MissingData, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    (RESULTS / "laat_paper.md").write_text(page)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
