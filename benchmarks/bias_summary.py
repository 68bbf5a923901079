"""Write the page about biased training rows from its raw results."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from comparison import mean_with_interval
from raw_results import Line
from resumable import code_of
from summary import _grid, _machine, _section, _short

HEADER = """\
# Biased training rows

Made by `python benchmarks/bias.py`; do not edit. The raw results, one line per table, repetition,
method and variant, are in `bias_raw.jsonl`.

**Coverage.** {coverage}

**Protocol.** As published (arXiv 2502.20268): a random 80/20 split; from the training rows those of
a group and class are removed, all of them (delta = 0); the test rows are not touched. Three
variants of the training rows, the same split for each and for every method: *all* (nothing
removed), *biased* (the condition below), *control* (as many rows of each class removed, at random):
what a method loses on *biased* and not on *control* is the bias, the rest is the rarer class. Of
adult, 2500 rows are drawn in each repetition. No unlabelled rows are used. The teacher knew most of
these public tables.

| table | removed from training | group |
|---|---|---|
| diabetes | Age < 50 and yes | Age < 50 |
| breast-ljubljana | Age code < 5 and yes | Age code < 5 |
| myocardial | female and yes | female |
| adult | not Private and yes; Private and no | workclass other than Private |

| method | what it is |
|---|---|
| ours | `TaughtClassifier(prior)` |
| ours_kept_out | the same; the prior says nothing about the group's column |
| ours_dropped | the same; the model does not see that column either |
| ours_trust_1 | the same as ours with `trust=1`: labels set only size and offset |
| ours_no_prior | the same as ours with `trust=0` |
| teacher_alone | scores as weights on z-scored columns; no label |
| laat_lr | the published student, 20 passes in batches of 128 as published for this experiment |
| lr_tuned | logistic regression, C by cross-validated log loss |
"""


def summarise(lines: Sequence[Line], methods: Sequence[str]) -> str:
    """Return the page in Markdown."""
    if not lines:
        raise LookupError("there are no results yet; run benchmarks/bias.py first")
    frame = pd.DataFrame(lines)
    frame[["method", "variant"]] = frame["method"].str.split("/", expand=True).to_numpy()
    frame["gap"] = frame["matched_recall_out"] - frame["matched_recall_in"]
    frame["chosen_gap"] = frame["matched_selected_out"] - frame["matched_selected_in"]
    order = [name for name in methods if name in set(frame["method"])]
    parts = [
        HEADER.format(coverage=f"{_coverage(frame)} {code_of(lines)}"),
        _section("Training rows left", _rows_left(frame)),
        _section(
            "Mean ROC AUC over the tables, and what is lost",
            "*bias*: control minus biased; *imbalance*: all minus control; 95 % intervals over\n"
            "tables and repetitions.\n\n" + _losses(frame, order),
        ),
    ]
    for score, title in (
        ("roc_auc", "ROC AUC"),
        ("auc_in", "ROC AUC within the group that lost rows"),
        (
            "gap",
            "Recall outside the group minus recall in it, as many selected as there are positives",
        ),
        (
            "chosen_gap",
            "Share selected outside the group minus share selected in it, the same selection",
        ),
        ("half_recall_in", "Recall in the group at probability 0.5"),
        ("trust", "Trust in the teacher"),
        ("log_loss", "Log loss"),
        ("calibration_error", "Calibration error (15 bins)"),
    ):
        parts.append(_section(title, _by_table(frame, order, score)))
    return "\n".join([*parts, _section("Machine", _machine())])


def _coverage(frame: pd.DataFrame) -> str:
    counts = frame.groupby(["method", "variant", "table"])["split"].nunique()
    low, high = counts.min(), counts.max()
    repetitions = f"{low}" if low == high else f"{low} to {high}"
    return f"{frame['table'].nunique()} tables, {repetitions} repetitions."


def _rows_left(frame: pd.DataFrame) -> str:
    means = frame.groupby(["table", "variant"], sort=False)[["n_train", "n_train_positive"]].mean()
    text = means.apply(lambda r: f"{r.n_train:.0f} ({r.n_train_positive:.0f} yes)", axis=1)
    return _grid(text.unstack("variant")[["all", "biased"]], _short)


def _losses(frame: pd.DataFrame, order: Sequence[str]) -> str:
    wide = frame.pivot_table("roc_auc", ["method", "table", "split"], "variant").dropna()
    rows = {}
    for name in order:
        part = wide.loc[name]
        means = part.groupby("table").mean().mean()
        rows[name] = [
            _short(means["all"]),
            _short(means["control"]),
            _short(means["biased"]),
            _interval(part["control"] - part["biased"]),
            _interval(part["all"] - part["control"]),
        ]
    grid = pd.DataFrame(rows, index=["all", "control", "biased", "bias", "imbalance"]).T
    grid.index.name = "method"
    return _grid(grid, _short)


def _by_table(frame: pd.DataFrame, order: Sequence[str], score: str) -> str:
    """Lay out methods down, tables across; each cell is all / control / biased."""
    known = frame.assign(**{score: pd.to_numeric(frame[score])})
    means = known.groupby(["method", "table", "variant"])[score].mean().unstack("variant")
    means = means.dropna(how="all")
    text = means.apply(
        lambda r: " / ".join("-" if pd.isna(r[v]) else _short(r[v]) for v in _ORDER), axis=1
    )
    grid = text.unstack("table")
    grid = grid.reindex([name for name in order if name in grid.index])
    grid.index.name = "all / control / biased"
    return _grid(grid[[name for name in _TABLES if name in grid.columns]], _short)


_ORDER = ("all", "control", "biased")
_TABLES = ("diabetes", "breast-ljubljana", "myocardial", "adult")


def _interval(differences: pd.Series) -> str:
    parts = [part.to_numpy() for _, part in differences.groupby(level="table")]
    mean, low, high = (_short(x) for x in mean_with_interval(parts))
    return f"{mean} [{low}, {high}]"
