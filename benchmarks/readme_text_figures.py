"""Write the figures of texts in README.md from benchmarks/results/cap_raw.jsonl.

    python benchmarks/readme_text_figures.py

What stands between <!-- text figures --> and <!-- end of text figures --> is replaced.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RESULTS = Path(__file__).resolve().parent / "results" / "cap_raw.jsonl"
START, END = "<!-- text figures -->", "<!-- end of text figures -->"
COLUMNS = {
    "accuracy": "test",
    "more_rows": "3,000 more rows",
    "distractor": "distractors",
    "paraphrase": "paraphrases",
    "keyword_addition": "keywords added",
}
CELL = ["table", "shots", "split", "method"]
SHOWN = {
    "plain": "labels only",
    "plain, more steps": "the same, trained for as long as with rewrites",
    "ratings": "aligned with rated words",
    "ratings, shuffled": "aligned with shuffled ratings",
    "ratings as texts": "copies without words rated low",
    "card texts": "cue phrases of class cards as texts",
    "rewrites": "paraphrases and distractor versions",
    "everything": "the last three together",
    "everything, shuffled": "the same with shuffled ratings",
}


def figures(lines: pd.DataFrame) -> str:
    """Return the table and the sentence below it."""
    newest = lines.drop_duplicates(CELL, keep="last")
    kept = newest[(newest["table"] == "hwu64") & (newest["shots"] == 5)]
    rows = [
        "| accuracy, 5 texts a class, HWU64 | " + " | ".join(COLUMNS.values()) + " |",
        "|---|" + "---:|" * len(COLUMNS),
    ]
    for method, about in SHOWN.items():
        means = kept.loc[kept["method"] == method, list(COLUMNS)].mean()
        rows.append(f"| {about} | " + " | ".join(f"{value:.3f}" for value in means) + " |")
    seeds = kept[kept["method"].isin(list(SHOWN))].groupby("method")["split"].nunique().min()
    said = (
        f"MiniLM, means of {seeds} seeds over the same five texts a class; distractors and "
        "paraphrases: 150 rows each, rewritten by\na language model; keywords: test rows with "
        "words of other classes added. The teacher knew this public set. All settings,\n"
        "intervals and other sets: [benchmarks](benchmarks/results/cap.md)."
    )
    return "\n".join([*rows, "", said])


def with_figures(text: str, results: Path = RESULTS) -> str:
    """Return the text of README.md with the figures brought up to date."""
    before, found, rest = text.partition(START)
    if not found or END not in rest:
        raise ValueError(f"README.md must hold {START} and {END}.")
    content = figures(pd.read_json(results, lines=True))
    return f"{before}{START}\n{content}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    README.write_text(with_figures(README.read_text(encoding="utf-8")), encoding="utf-8")
