"""Compare the kinds of student, and what trees could take from the teacher.

python benchmarks/students.py                   what is missing of the run, then the summary
python benchmarks/students.py --fresh           all of it anew
python benchmarks/students.py --summary-only    the summary of what is there

Writes benchmarks/results/students_raw.jsonl and students.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

import raw_results
from cells import one_thread
from competitors import _positive, _prior
from raw_results import Cell, Line
from scoring import scores_of
from splits import split_rows
from table_data import POSITIVE, TABLES, MissingData, load_table

RESULTS = Path(__file__).resolve().parent / "results"
SHOTS = (5, 25, 100, 500)
START = "linear"


@dataclass(frozen=True)
class Variant:
    """A student: what it is, its arguments, and settings of trees that are not arguments."""

    about: str
    arguments: dict[str, Any] = field(default_factory=dict)
    trees: dict[str, Any] = field(default_factory=dict)
    choice: dict[str, Any] = field(default_factory=dict)


def _trees(about: str, **settings: Any) -> Variant:
    return Variant(about, {"student": "trees"}, settings)


VARIANTS = {
    START: Variant("the linear student"),
    "trees": _trees("trees that correct it, as shipped: signs as monotone constraints"),
    "trees, free": _trees("without constraints", monotone=False),
    "trees, half": _trees("every split from half of the columns", column_share=0.5),
    "trees, weighed": _trees(
        "the same half, drawn by absolute score", column_share=0.5, weigh_columns=True
    ),
    "trees, free and weighed": _trees(
        "drawn by absolute score, without constraints",
        monotone=False,
        column_share=0.5,
        weigh_columns=True,
    ),
    "trees, on the teacher": Variant(
        "trees that correct the teacher's own scorer", {"student": "trees", "trust": 1.0}
    ),
    "trees, no teacher": Variant(
        "trees that correct the plain linear student", {"student": "trees", "trust": 0}
    ),
    "trees, eager": Variant(
        "rounds also chosen with 10 to 39 rows per class",
        {"student": "trees"},
        choice={"FEWEST_PER_CLASS": 10},
    ),
    "trees, credulous": Variant(
        "the best number of rounds, however small its gain",
        {"student": "trees"},
        choice={"DOUBT": 0.0},
    ),
    "mlp": Variant("a network that corrects the linear student", {"student": "mlp"}),
    "mlp, eager": Variant(
        "passes also chosen with 10 to 39 rows per class",
        {"student": "mlp"},
        choice={"FEWEST_PER_CLASS": 10},
    ),
    "linear, laat": Variant("the published objective", {"objective": "laat"}),
    "mlp, laat": Variant(
        "the published objective for a network", {"student": "mlp", "objective": "laat"}
    ),
    "mlp, laat-rows": Variant(
        "the same with each row's slope", {"student": "mlp", "objective": "laat-rows"}
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = parse(arguments)
    path = RESULTS / "students_raw.jsonl"
    if options.fresh:
        path.unlink(missing_ok=True)
    try:
        if not options.summary_only:
            run_missing(options, path)
        text = summary(read_lines(path))
    except (MissingData, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    (RESULTS / "students.md").write_text(text)
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--shots", nargs="+", type=int, default=list(SHOTS), metavar="K")
    parser.add_argument("--splits", type=int, default=5, metavar="N")
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--fresh", action="store_true", help="drop the lines that are there")
    parser.add_argument("--summary-only", action="store_true")
    return parser.parse_args(arguments)


def run_missing(options: argparse.Namespace, path: Path) -> None:
    """Run every cell that ``path`` does not hold, and keep its line."""
    one_thread()
    done = {raw_results.cell_of(line) for line in read_lines(path)}
    for split in range(options.splits):
        for shots in options.shots:
            for table in options.tables:
                cells = [Cell(table, shots, split, name) for name in options.variants]
                for cell in cells:
                    if cell not in done:
                        raw_results.append(path, run_cell(cell))
            print(f"split {split}, {shots} labels per class", flush=True)


def read_lines(path: Path) -> list[Line]:
    """Return the newest line of each cell, whatever code it comes from: the summary says which."""
    lines = raw_results.parsed(path.read_text().splitlines() if path.exists() else [])
    return list({raw_results.cell_of(line): line for line in lines}.values())


def run_cell(cell: Cell) -> Line:
    """Train and test one variant on one split."""
    from tutelage import TaughtClassifier

    table = load_table(cell.table)
    split, variant = split_rows(cell.table, table.labels, cell.split), VARIANTS[cell.method]
    rows, rest = split.labelled(cell.shots), split.unlabelled(cell.shots)
    labelled, unlabelled = table.features.iloc[rows], table.features.iloc[rest]
    student = TaughtClassifier(_prior(table.scores), **variant.arguments)
    with _settings(variant):
        started = time.perf_counter()
        student.fit(
            labelled, table.labels[rows], unlabelled=None if unlabelled.empty else unlabelled
        )
        seconds = time.perf_counter() - started
    predicted = _positive(student, table.features.iloc[split.test])
    line = {
        **cell._asdict(),
        **scores_of(table.labels[split.test] == POSITIVE, predicted, True),
        "fit_seconds": seconds,
        "n_labelled": len(rows),
    }
    line = {key: round(x, 6) if isinstance(x, float) else x for key, x in line.items()}
    return {**line, "code": raw_results.our_code(linear_only=False)}


def _settings(variant: Variant) -> ExitStack:
    """Change, for one fit, settings that are no arguments because only one value paid."""
    from tutelage.students import boosted, residual

    stack = ExitStack()
    if variant.trees:
        changed = replace(boosted.SETTINGS, **variant.trees)
        stack.enter_context(mock.patch.object(boosted, "SETTINGS", changed))
    for name, value in variant.choice.items():
        stack.enter_context(mock.patch.object(residual, name, value))
    return stack


def summary(lines: list[Line]) -> str:
    """Return the page: mean scores over tables, and gains over the linear student."""
    frame = pd.DataFrame(lines)
    if frame.empty:
        raise LookupError("there are no results yet; run benchmarks/students.py first")
    frame = frame[frame["method"].isin(VARIANTS)]
    n_splits = frame["split"].nunique()
    parts = [
        "# Students\n",
        "Written by `python benchmarks/students.py`; do not edit.\n",
        f"{frame['table'].nunique()} tables, {n_splits} paired splits, `TaughtClassifier` with the "
        "recorded prior. 500 labels per class means at most 500: three tables have fewer. Columns "
        "are labels per class.\n",
        "Code of the lines (learning and students): "
        + ", ".join(f"`{code}`" for code in frame["code"].unique())
        + ".\n",
        "\n".join(f"- **{name}**: {variant.about}" for name, variant in VARIANTS.items()) + "\n",
    ]
    for title, score in (("ROC AUC", "roc_auc"), ("Log loss (balanced)", "balanced_log_loss")):
        parts.append(f"## {title}, mean over tables\n\n{_grid(frame, score, '.4f')}")
    for title, score, sign in (
        ("Gain in ROC AUC", "roc_auc", 1.0),
        ("Gain in log loss (balanced)", "balanced_log_loss", -1.0),
    ):
        gains = _gains(frame, score, sign)
        parts.append(
            f"## {title} over the linear student\n\nMean, and in brackets the worst and the best "
            f"table.\n\n{_spread_grid(gains)}"
        )
    parts.append(f"## Seconds per fit, median\n\n{_grid(frame, 'fit_seconds', '.2f', 'median')}")
    return "\n".join(parts)


def _gains(frame: pd.DataFrame, score: str, sign: float) -> pd.DataFrame:
    """Return one row per (table, shots, method): mean gain over the splits both have run."""
    keys = ["table", "shots", "split"]
    base = frame[frame["method"] == START].set_index(keys)[score]
    joined = frame.join(base.rename("base"), on=keys)
    joined["gain"] = sign * (joined[score] - joined["base"])
    return joined.groupby(["table", "shots", "method"])["gain"].mean().reset_index()


def _grid(frame: pd.DataFrame, score: str, form: str, how: str = "mean") -> str:
    grid = frame.pivot_table(index="method", columns="shots", values=score, aggfunc=how)
    return _markdown(grid.map(lambda x: "" if np.isnan(x) else format(x, form)))


def _spread_grid(gains: pd.DataFrame) -> str:
    def cell(values: pd.Series) -> str:
        return f"{values.mean():+.4f} ({values.min():+.3f} {values.max():+.3f})"

    grid = gains[gains["method"] != START].pivot_table(
        index="method", columns="shots", values="gain", aggfunc=cell
    )
    return _markdown(grid.fillna(""))


def _markdown(grid: pd.DataFrame) -> str:
    names = [name for name in VARIANTS if name in grid.index]
    head = "| | " + " | ".join(str(shots) for shots in grid.columns) + " |"
    rule = "|---" * (len(grid.columns) + 1) + "|"
    rows = [f"| {name} | " + " | ".join(grid.loc[name]) + " |" for name in names]
    return "\n".join([head, rule, *rows]) + "\n"


if __name__ == "__main__":
    source = str(raw_results.REPOSITORY / "src")
    if source not in sys.path:
        sys.path.insert(0, source)
    sys.exit(main())
