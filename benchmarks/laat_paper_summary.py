"""Write the page about the paper's protocol from its raw results."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from comparison import mean_with_interval
from raw_results import Line
from resumable import code_of
from summary import _grid, _machine, _section, _short

SINGLE = "_answer_"
STUDENTS_OF_SINGLE_ANSWERS = ("ours", "laat_lr", "teacher_alone")

HEADER = """\
# The paper's protocol, and what it lacks

Made by `python benchmarks/laat_paper.py`; do not edit. The raw results, one line per table, shots,
repetition and method, are in `laat_paper_raw.jsonl`.

**Coverage.** {coverage}

**Protocol.** As published (arXiv 2502.20268): 1, 5 and 10 labelled rows per class, all other rows
are the test, columns scaled on the labelled rows, main score ROC AUC. Seven of the ten tables are
at hand. Added: every method sees the same rows (theirs do not), the teacher without labels, the
published student with gamma = 0, calibration, each recorded answer by itself, and
`TaughtClassifier`. The teacher is another language model than theirs, so their numbers and these
are not the same experiment; it knew most of these public tables.

**Not run.** {not_run} FeatLLM asks a model about training rows and TabPFN needs
weights; neither is at hand.

| method | what it is |
|---|---|
| ours | `TaughtClassifier(prior)` on the labelled rows alone |
| ours_all_rows | the same; at most 5000 test rows, without labels, set the scale of the columns |
| ours_no_prior | the same as ours with `trust=0` |
| teacher_alone | scores as weights on columns z-scored over all rows; no label |
| teacher_as_published | the published target as weights on the published scaling; no label |
| laat_lr, laat_mlp | the published student, gamma = 100 |
| gamma0_lr, gamma0_mlp | the same networks without the teacher |
| lr_paper | logistic regression, the published grid |
| random_forest_small_grid | 6 of the 60 published settings |
| random_forest_grid, mlp_grid | random forest and scikit-learn's MLP, the published grids |
| catboost | library defaults |

Grids are chosen by ROC AUC over at most five folds; with one label per class there is nothing to
choose by, and library defaults are used, as published.
"""


def summarise(lines: Sequence[Line], methods: Sequence[str]) -> str:
    """Return the page in Markdown."""
    if not lines:
        raise LookupError("there are no results yet; run benchmarks/laat_paper.py first")
    frame = pd.DataFrame(lines)
    order = [name for name in methods if name in set(frame["method"])]
    main = frame[~frame["method"].str.contains(SINGLE)]
    shown = [name for name in order if SINGLE not in name]
    parts = [
        HEADER.format(
            coverage=f"{_coverage(frame)} {code_of(lines)}", not_run=_not_run(methods, order)
        ),
        _section("Mean ROC AUC over the tables", _means(main, shown, "roc_auc")),
        _section("ROC AUC minus laat_lr, same rows, 95 % interval", _gaps(main, shown, "laat_lr")),
        _section("The labels' part: laat_lr minus teacher_as_published", _labels_part(main)),
        _section("How far single answers of the teacher differ", _answers(frame)),
        _section("Mean calibration error (15 bins)", _means(main, shown, "calibration_error")),
        _section(
            "Mean calibration error, both classes weighed alike",
            _means(main, shown, "balanced_calibration_error"),
        ),
        _section("Mean log loss", _means(main, shown, "log_loss")),
    ]
    parts += [
        _section(f"Table {name}: ROC AUC x 100, mean ± sd", _one_table(part, shown))
        for name, part in main.groupby("table")
    ]
    return "\n".join([*parts, _section("Machine", _machine())])


def _coverage(frame: pd.DataFrame) -> str:
    named = frame.assign(
        method=frame["method"].str.replace(r"_answer_\d", "_answer_1 to 5", regex=True)
    )
    counts = named.groupby(["method", "table", "shots"])["split"].nunique()
    per_method = counts.groupby("method").min()
    listed = [
        f"{n} repetition{'s' * (n != 1)}: {', '.join(sorted(per_method.index[per_method == n]))}"
        for n in sorted(set(per_method), reverse=True)
    ]
    return f"{frame['table'].nunique()} tables. {'; '.join(listed)}."


def _not_run(methods: Sequence[str], order: Sequence[str]) -> str:
    missing = [name for name in methods if name not in order]
    return f"{', '.join(missing)} (flag `--full`)." if missing else ""


def _means(frame: pd.DataFrame, shown: Sequence[str], score: str) -> str:
    per_table = frame.pivot_table(score, ["method", "table"], "shots", "mean")
    grid = per_table.groupby("method").mean().reindex([n for n in shown if n in per_table.index])
    return _grid(grid.dropna(how="all"), _short)


def _gaps(frame: pd.DataFrame, shown: Sequence[str], against: str) -> str:
    columns = {}
    for shots in sorted(frame["shots"].unique()):
        wide = _wide(frame[frame["shots"] == shots])
        columns[shots] = [
            _gap(wide[name] - wide[against]) if {name, against} <= set(wide.columns) else ""
            for name in shown
            if name != against
        ]
    names = pd.Index([name for name in shown if name != against], name=f"minus {against}")
    return _grid(pd.DataFrame(columns, index=names), _short)


def _labels_part(frame: pd.DataFrame) -> str:
    wide = frame.pivot_table("roc_auc", ["table", "shots", "split"], "method")
    if not {"laat_lr", "teacher_as_published"} <= set(wide.columns):
        return "Not run."
    gap = (wide["laat_lr"] - wide["teacher_as_published"]).dropna()
    grid = gap.groupby(["table", "shots"]).mean().unstack("shots")
    return "What training adds to the teacher's own ranking with the same scaling:\n\n" + _grid(
        grid, _short
    )


def _answers(frame: pd.DataFrame) -> str:
    """Compare the spread over the five answers with the spread over the draws of rows."""
    rows = {}
    for name in STUDENTS_OF_SINGLE_ANSWERS:
        single = frame[frame["method"].str.startswith(name + SINGLE)]
        if single.empty:
            continue
        whole = frame[(frame["method"] == name) & frame["split"].isin(single["split"].unique())]
        places = ["table", "shots", "split"]
        over_answers = single.groupby(places)["roc_auc"].std().mean()
        over_rows = single.groupby(["method", "table", "shots"])["roc_auc"].std().mean()
        one = single.groupby(places)["roc_auc"].mean()
        best, worst = (single.groupby(places)["roc_auc"].agg(how) for how in ("max", "min"))
        mean = whole.set_index(places)["roc_auc"]
        rows[name] = [
            _short(over_answers),
            _short(float((best - worst).max())),
            _short(over_rows),
            _short(float((mean - one).mean())),
        ]
    if not rows:
        return "Not run."
    names = [
        "sd over answers",
        "largest range",
        "sd over rows",
        "mean of five minus one",
    ]
    grid = pd.DataFrame(rows, index=names).T
    grid.index.name = "ROC AUC"
    return (
        "Each of the five recorded answers by itself, on the same rows. *sd over answers*: rows\n"
        "fixed; *largest range*: best minus worst answer in any one cell; *sd over rows*: answer\n"
        "fixed.\n\n" + _grid(grid, _short)
    )


def _one_table(frame: pd.DataFrame, shown: Sequence[str]) -> str:
    grouped = frame.groupby(["method", "shots"])["roc_auc"]
    cells = (100 * grouped.mean()).map("{:.1f}".format) + (
        " ± " + (100 * grouped.std().fillna(0)).map("{:.1f}".format)
    )
    grid = cells.unstack("shots")
    return _grid(grid.reindex([name for name in shown if name in grid.index]), _short)


def _wide(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.pivot_table("roc_auc", ["table", "split"], "method")


def _gap(differences: pd.Series) -> str:
    parts = [part.to_numpy() for _, part in differences.dropna().groupby(level="table")]
    if not parts:
        return ""
    mean, low, high = (_short(x) for x in mean_with_interval(parts))
    return f"{mean} [{low}, {high}]"
