"""Read real free-text answers of GPT-3.5 and compare with the parse of those who recorded them.

    python benchmarks/read_verdict.py [--data ../shared/data/rationales/recorded_llm_answers]

Writes ``benchmarks/results/read_verdict.md``. The synonyms below are what the prompts asked for.
The rules of the reader were written with the answers to many prompts (about 180 and 90) at hand;
the answers to one prompt each on the validation and test rows were not looked at: they are the
honest figures.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from pathlib import Path

from tutelage.teacher.verdict import read_verdict

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "data" / "rationales" / "recorded_llm_answers"
NLI = {
    "entailment": ["true", "entails", "entail", "entailed", "valid"],
    "contradiction": [
        "false", "contradicts", "contradict", "contradicted", "not valid", "invalid", "not true",
        "untrue", "incorrect",
    ],
    "neutral": [
        "inconclusive", "cannot be determined", "cannot determine", "not be determined",
        "cannot be definitively determined", "cannot definitively determine", "undetermined",
        "uncertain", "cannot conclude", "cannot be concluded", "cannot be confirmed",
        "cannot confirm",
    ],
}  # fmt: skip


def load(folder: Path, *names: str) -> list[dict]:
    rows = []
    for name in names:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
            rows += [json.loads(line) for line in stream]
    return rows


def read_inference(row: dict) -> tuple[str | None, str | None]:
    return read_verdict(row["response"], list(NLI), NLI)


def read_choice(row: dict, choices: list[str]) -> tuple[str | None, str | None]:
    synonyms: dict[str, list[str]] = {}
    for number, (letter, choice) in enumerate(zip("abcde", choices, strict=True), start=1):
        synonyms.setdefault(choice, []).extend([f"{letter})", f"{number})", f"{number}."])
    return read_verdict(row["response"], list(dict.fromkeys(choices)), synonyms)


def held_out(folder: Path, *names: str) -> list[dict]:
    """Load rows whose answers were recorded beside other columns, in the form of the others."""
    rows = load(folder, *names)
    return [
        {
            **row,
            "response": row["gpt35_zs_response"],
            "label": row["gpt35_zs_label"],
            "rationale": row["gpt35_zs_rationale"],
        }
        for row in rows
        if row.get("gpt35_zs_response")
    ]


def compare(name: str, rows: list[dict], ours: list[tuple[str | None, str | None]]) -> list[str]:
    parsed = [(row, label) for row, (label, _) in zip(rows, ours, strict=True) if row["label"]]
    agreed = sum(row["label"] == label for row, label in parsed)
    differ = [(r, label) for r, label in parsed if r["label"] != label and r["gold"]]
    we = sum(row["gold"] == label for row, label in differ)
    they = sum(row["gold"] == row["label"] for row, _ in differ)
    extra = [
        (row, label)
        for row, (label, _) in zip(rows, ours, strict=True)
        if not row["label"] and label and row["gold"]
    ]
    right = sum(row["gold"] == label for row, label in extra)
    lines = [
        f"## {name}",
        "",
        f"- {len(rows)} answers, {len(parsed)} parsed by the authors; we agree on {agreed} "
        f"(**{agreed / len(parsed):.1%}**).",
        f"- Where the two differ and gold is known ({len(differ)}): we are right {we} times, they "
        f"{they}.",
        f"- Read by us and not by them: {len(extra)}, of which {right} are right.",
        "",
        "| gold | answers | verdict by us | by the authors | reason by us | by the authors |",
        "|---|---|---|---|---|---|",
    ]
    golds = [gold for gold, _ in Counter(row["gold"] or "unknown" for row in rows).most_common(6)]
    for gold in [*golds, "all"]:
        here = [n for n, r in enumerate(rows) if gold == "all" or (r["gold"] or "unknown") == gold]
        shares = [
            sum(ours[n][0] is not None for n in here),
            sum(rows[n]["label"] is not None for n in here),
            sum(ours[n][1] is not None for n in here),
            sum(rows[n]["rationale"] is not None for n in here),
        ]
        cells = " | ".join(f"{share / len(here):.1%}" for share in shares)
        lines.append(f"| {gold} | {len(here)} | {cells} |")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "read_verdict.md")
    options = parser.parse_args()
    inference = load(options.data, "anli1_responses.part0", "anli1_responses.part1")
    items = {row["idx"]: row for row in load(options.data, "cqa_instances")}
    choice = [row for row in load(options.data, "cqa_responses") if row["idx"] in items]
    started = time.perf_counter()
    read = [read_inference(row) for row in inference]
    chosen = [
        read_choice(row, [items[row["idx"]][f"choice_{letter}"] for letter in "abcde"])
        for row in choice
    ]
    unseen = held_out(options.data, "anli1_valid", "anli1_test")
    unseen_choice = held_out(options.data, "cqa_test")
    unseen_read = [read_inference(row) for row in unseen]
    unseen_chosen = [read_choice(row, row["choices"]) for row in unseen_choice]
    seconds = time.perf_counter() - started
    n_read = len(read) + len(chosen) + len(unseen_read) + len(unseen_chosen)
    lines = [
        "# Free-text answers, read",
        "",
        "By `python benchmarks/read_verdict.py`. Recorded GPT-3.5 answers to many prompts; the "
        "authors' parse takes the first label word.",
        "",
        *compare("Natural language inference (ANLI 1), many prompts", inference, read),
        *compare("Five choices (CQA), many prompts", choice, chosen),
        *compare("Held out: ANLI 1, validation and test, one prompt", unseen, unseen_read),
        *compare("Held out: CQA, test, one prompt", unseen_choice, unseen_chosen),
        f"{n_read / seconds:,.0f} answers a second.",
        "",
    ]
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
