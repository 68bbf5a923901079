"""Write the figures of README.md from benchmarks/results/tables.csv.

    python benchmarks/readme_figures.py

What stands between <!-- figures --> and <!-- end of figures --> is replaced; no number in
README.md is typed by hand.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RESULTS = Path(__file__).resolve().parent / "results" / "tables.csv"
START, END = "<!-- figures -->", "<!-- end of figures -->"

SHOWN = {
    "ours": "`TaughtClassifier` with the prior",
    "ours_no_prior": "the same without the prior",
    "ours_shuffled": "the same, scores on the wrong columns",
    "teacher_alone": "the teacher alone, no label",
    "laat_lr": "the published student (LAAT, linear)",
    "laat_lr_pool_scaled": "the same, scaled on unlabelled rows too",
    "lr_tuned": "logistic regression, tuned",
    "catboost": "CatBoost, defaults",
    "xgboost_tuned": "XGBoost, tuned",
}
NOTHING_YET = "*Not measured yet: run `python benchmarks/tables.py`, then `make docs`.*"


def figures(results: pd.DataFrame) -> str:
    """Return the table and the sentence below it."""
    if "ours" not in set(results["method"]):
        return NOTHING_YET
    means = mean_auc(results)
    best = means.max()
    head = "| mean ROC AUC, by labels per class | " + " | ".join(map(str, means.columns)) + " |"
    lines = [head, "|---|" + "---:|" * len(means.columns)]
    for method in means.index:
        cells = [
            f"**{value:.3f}**" if round(value, 3) == round(best[shots], 3) else f"{value:.3f}"
            for shots, value in means.loc[method].items()
        ]
        lines.append(f"| {SHOWN[method]} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", sentence(results, means)])


def mean_auc(results: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over tables (methods, shots); a method that lacks a table is an error."""
    kept = results[results["method"].isin(list(SHOWN))]
    wide = kept.pivot_table(
        index="method", columns=["shots", "table"], values="roc_auc", dropna=False
    )
    lacking = wide.index[wide.isna().any(axis=1)].tolist()
    if lacking:
        raise ValueError(f"every method must have every table and number of labels: {lacking}.")
    shown = [method for method in SHOWN if method in wide.index]
    return wide.T.groupby(level="shots").mean().T.loc[shown]


def sentence(results: pd.DataFrame, means: pd.DataFrame) -> str:
    """Say over what the means are, what the labels add, and how long a fit takes."""
    tables = results["table"].nunique()
    least, most = results["n_splits"].min(), results["n_splits"].max()
    splits = f"{most}" if least == most else f"{least} to {most}"
    parts = [
        f"Means over {tables} public tables, {splits} paired splits each; bold: the best of a "
        "column. The teacher knew most of these tables, so its share is an upper bound for a "
        "private one."
    ]
    if {"ours", "teacher_alone"} <= set(means.index):
        added = means.loc["ours"] - means.loc["teacher_alone"]
        few, many = added.index[0], added.index[-1]
        parts.append(
            f"To the teacher alone the labels add {added[few]:.3f} at {few} per class and "
            f"{added[many]:.3f} at {many}."
        )
    seconds = results.groupby("method")["fit_cpu_seconds"].median()
    if {"ours", "laat_lr"} <= set(seconds.index):
        ours, published = seconds["ours"], seconds["laat_lr"]
        parts.append(
            f"Median processor time of a fit: {1000 * ours:.0f} ms, of the published student "
            f"{1000 * published:.0f} ms."
        )
    parts.append("All methods and the protocol: [benchmarks](benchmarks/results/tables.md).")
    return "\n".join(parts)


def with_figures(text: str, results: Path = RESULTS) -> str:
    """Return the text of README.md with the figures brought up to date."""
    before, found, rest = text.partition(START)
    if not found or END not in rest:
        raise ValueError(f"README.md must hold {START} and {END}.")
    content = figures(pd.read_csv(results)) if results.exists() else NOTHING_YET
    return f"{before}{START}\n{content}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    README.write_text(with_figures(README.read_text(encoding="utf-8")), encoding="utf-8")
