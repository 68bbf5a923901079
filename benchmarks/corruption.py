"""How wrong a teacher may be; see benchmarks/results/corruption.md.

python benchmarks/corruption.py                  what is missing of the run, then the summary
python benchmarks/corruption.py --summary-only   the summary of what is there
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import raw_results
from raw_results import Cell, Line
from resumable import code_of, run_missing, use_this_source
from scoring import scores_of
from splits import split_rows, split_seed
from summary import _grid, _machine, _section, _short
from table_data import POSITIVE, TABLES, MissingData, load_table

RESULTS = Path(__file__).resolve().parent / "results"
SHOTS = (5, 25, 100)
SPLITS = 5
STRENGTHS = (0.25, 0.5, 0.75, 1.0)
KINDS = ("shuffle", "flip", "noise")
PLAIN, AS_IS = "ours/plain/0", "ours/as is/0"
METHODS = (PLAIN, AS_IS, *(f"ours/{kind}/{s:g}" for kind in KINDS for s in STRENGTHS))

HEADER = """\
# How wrong may the teacher be

Made by `python benchmarks/corruption.py`; do not edit. The raw results, one line per table, shots,
split and prior, are in `corruption_raw.jsonl`.

**Coverage.** {coverage}

**Protocol.** Rows as in `tables.md`. `TaughtClassifier(prior)` with the recorded prior as it is,
and spoiled: a share of the entries *shuffled* among one another, a share of the signs *flipped*,
or *noise* mixed in (`tutelage.evaluation.corruption`). Each cell: mean ROC AUC minus that of the
model without a prior on the same rows (mean trust over tables and splits). A gain below 0 is the
price of a wrong teacher; trust should fall to 0 as the labels get more.
"""


def run_cell(cell: Cell) -> Line:
    """Fit on one split with one prior."""
    from tutelage import TaughtClassifier

    table, split = (
        load_table(cell.table),
        split_rows(cell.table, load_table(cell.table).labels, cell.split),
    )
    rows, rest = split.labelled(cell.shots), split.unlabelled(cell.shots)
    frame = table.features
    model = TaughtClassifier(_prior(cell), trust=0 if cell.method == PLAIN else "auto")
    more = frame.iloc[rest] if len(rest) else None
    model.fit(frame.iloc[rows], table.labels[rows], unlabelled=more)
    predicted = model.predict_proba(frame.iloc[split.test])
    chance = predicted[:, list(model.classes_).index(POSITIVE)]
    scores = scores_of(table.labels[split.test] == POSITIVE, chance, True)
    return {**scores, "trust": float(model.trust_.value)}


def _prior(cell: Cell) -> Any:
    from tutelage import FeaturePrior
    from tutelage.evaluation.corruption import corrupted

    prior = FeaturePrior.from_scores(load_table(cell.table).scores.nested(), scale=10)
    _, kind, strength = cell.method.split("/")
    if float(strength) == 0:
        return prior
    return corrupted(prior, kind, float(strength), split_seed(cell.table, cell.split))  # type: ignore[arg-type]


def planned(tables: Sequence[str], splits: int) -> list[Cell]:
    """Return all cells, split by split."""
    return [
        Cell(table, shots, split, method)
        for split in range(splits)
        for table in tables
        for shots in SHOTS
        for method in METHODS
    ]


def summarise(lines: Sequence[Line]) -> str:
    """Return the page in Markdown."""
    if not lines:
        raise LookupError("there are no results yet; run benchmarks/corruption.py first")
    frame = pd.DataFrame(lines)
    places = ["table", "shots", "split"]
    plain = frame[frame["method"] == PLAIN].set_index(places)["roc_auc"]
    frame["gain"] = (
        frame["roc_auc"] - plain.reindex(pd.MultiIndex.from_frame(frame[places])).to_numpy()
    )
    parts = [
        HEADER.format(coverage=f"{_coverage(frame)} {code_of(lines)}"),
        _section("Mean over the tables: ROC AUC minus plain (trust)", _overall(frame)),
        _section("The worst table: ROC AUC minus plain", _worst(frame)),
    ]
    for kind in KINDS:
        for shots in sorted(frame["shots"].unique()):
            part = frame[frame["shots"] == shots]
            parts.append(_section(f"{kind}, {shots} labels per class", _by_table(part, kind)))
    return "\n".join([*parts, _section("Machine", _machine())])


def _coverage(frame: pd.DataFrame) -> str:
    counts = frame.groupby(["table", "shots", "method"])["split"].nunique()
    low, high = counts.min(), counts.max()
    splits = f"{low}" if low == high else f"{low} to {high}"
    shots = ", ".join(map(str, sorted(frame["shots"].unique())))
    return f"{frame['table'].nunique()} tables, {shots} labels per class, {splits} splits."


def _names(kind: str) -> dict[str, str]:
    return {AS_IS: "0", **{f"ours/{kind}/{s:g}": f"{s:g}" for s in STRENGTHS}}


def _cells(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    means = frame.groupby([*by, "method"])[["gain", "trust"]].mean()
    return means.apply(lambda r: f"{_signed(r.gain)} ({r.trust:.2f})", axis=1).unstack("method")


def _overall(frame: pd.DataFrame) -> str:
    text = _cells(frame, ["shots"])
    rows = {
        f"{kind}, {shots}": text.loc[shots, list(_names(kind))].to_numpy()
        for kind in KINDS
        for shots in text.index
    }
    return _laid_out(rows, "kind, labels per class")


def _worst(frame: pd.DataFrame) -> str:
    means = frame.groupby(["shots", "method", "table"])["gain"].mean().unstack("table")
    rows = {
        f"{kind}, {shots}": [
            f"{_signed(means.loc[(shots, m)].min())} {means.loc[(shots, m)].idxmin()}"
            for m in _names(kind)
        ]
        for kind in KINDS
        for shots in sorted(frame["shots"].unique())
    }
    return _laid_out(rows, "kind, labels per class")


def _by_table(frame: pd.DataFrame, kind: str) -> str:
    text = _cells(frame, ["table"])[list(_names(kind))].rename(columns=_names(kind))
    return _grid(text, _short)


def _laid_out(rows: dict[str, Any], title: str) -> str:
    grid = pd.DataFrame(rows, index=["0", *(f"{s:g}" for s in STRENGTHS)]).T
    grid.index.name = title
    return _grid(grid, _short)


def _signed(value: float) -> str:
    text = _short(value)
    return text if value < 0 or not np.round(value, 3) else f"+{text}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 2 = bad input, 1 = some cells failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--splits", type=int, default=SPLITS, metavar="N")
    parser.add_argument("--summary-only", action="store_true")
    options = parser.parse_args(arguments)
    path, failures = RESULTS / "corruption_raw.jsonl", 0
    use_this_source()
    try:
        if not options.summary_only:
            failures = run_missing(path, planned(options.tables, options.splits), run_cell)
        page = summarise(list(raw_results.read(path).values()))
    except (MissingData, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    (RESULTS / "corruption.md").write_text(page)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
