"""What labels and reasons cost: zero-shot against few-shot, and by the share that is explained.

    python benchmarks/rationale_cost.py

Writes ``benchmarks/results/rationale_cost.md``. No model is asked: tokens are those that the
endpoint counted when the recorded answers were made, and for prompts of this package an estimate
from characters, at the rate fitted on the recorded prompts.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recorded_rationales import FOLDER, INFERENCE, load, rows_of
from tutelage.lessons import Rationale
from tutelage.teacher.rationale_question import Manner, rationale_question
from tutelage.teacher.rationale_rows import checked_job

HERE = Path(__file__).parent
OUT = HERE / "results" / "rationale_cost.md"
SHARES = (0.0, 0.15, 0.33, 0.67, 1.0)
PRICES = {  # US dollars per million tokens in, out
    "gpt-3.5-turbo, 2023": (1.5, 2.0),
    "gpt-4o-mini": (0.15, 0.6),
}
N_ROWS = {"anli": 16_946, "cqa": 9_741}
TOKENS_OF_REASON = 30  # one sentence of about 23 words
TOKENS_OF_LABEL = 8  # {"label": "contradiction"}
FRAME = 10  # {"label": ..., "rationale": ...} around both


@dataclass(frozen=True)
class Call:
    """Mean tokens of one question."""

    tokens_in: float
    tokens_out: float

    def usd(self, price: tuple[float, float]) -> float:
        return (self.tokens_in * price[0] + self.tokens_out * price[1]) / 1e6


def recorded_call(stem: str, template: int) -> Call:
    """Return what the endpoint counted for a recorded prompt, per question."""
    found = next(row for row in rows_of(f"{stem}_templates") if row["template"] == template)
    return Call(found["avg_tokens_sent"], found["avg_tokens_received"])


def mixed(with_reason: Call, label_only: Call, share: float, price: tuple[float, float]) -> float:
    """Return US dollars per lesson where a share of the texts gets a reason.

    >>> mixed(Call(100, 60), Call(100, 3), 0.5, (1.0, 1.0))
    0.0001315
    """
    return share * with_reason.usd(price) + (1 - share) * label_only.usd(price)


def characters_per_token() -> tuple[float, float, float]:
    """Return (slope, tokens of the frame, R2) of recorded tokens on characters, over prompts."""
    items = {row["idx"]: row for row in rows_of("anli1_instances")}
    used = [row["idx"] for row in rows_of("anli1_responses.part1")]
    whole = [items[idx] for idx in dict.fromkeys(used) if idx in items]
    lengths, tokens = [], []
    for row in rows_of("anli1_templates"):
        if not row["avg_tokens_sent"] or row["template"] > 178 or row["system_message"]:
            continue
        text = row["user_message"].replace("\\n", "\n")
        filled = [
            text.replace("{premise}", one["premise"]).replace("{hypothesis}", one["hypothesis"])
            for one in whole
        ]
        lengths.append(np.mean([len(one) for one in filled]))
        tokens.append(row["avg_tokens_sent"])
    slope, frame = np.polyfit(lengths, tokens, 1)
    fit = np.corrcoef(lengths, tokens)[0, 1] ** 2
    return 1 / float(slope), float(frame), float(fit)


def our_calls(dataset: str, rate: float, frame: float) -> dict[str, Call]:
    """Return the tokens of this package's prompts, estimated from characters."""
    found = load(dataset, "test")
    inputs, lessons = found.inputs[:200], found.lessons["palm"]
    classes = INFERENCE if dataset == "anli" else None
    asked, rows = checked_job(inputs, classes, None)
    examples = _examples(lessons[200:], found.golds[200:])
    calls = {}
    for name, mode, shown in (
        ("label and reason", "rationale", ()),
        ("label only", "rationale_label", ()),
        ("reason, label told", "rationale_told", ()),
        ("label and reason, 6-shot", "rationale", examples),
    ):
        manner = Manner(("rationale/v1",), True, tuple(shown), "m", "{}", None)
        told = {"told": rows[0].choices[0] if rows[0].choices else INFERENCE[0]}
        sizes = [
            sum(len(message.content) for message in question.messages)
            for row in rows
            for question in [
                rationale_question(
                    asked, row, manner, mode=mode, **(told if mode.endswith("told") else {})
                )
            ]
        ]
        out = TOKENS_OF_LABEL * (mode != "rationale_told")
        out += (TOKENS_OF_REASON + FRAME) * (mode != "rationale_label")
        calls[name] = Call(float(np.mean(sizes)) / rate + max(0.0, frame), out)
    return calls


def _examples(lessons: Sequence[Rationale], golds: Sequence[str | None]) -> list[Rationale]:
    right = [
        lesson
        for lesson, gold in zip(lessons, golds, strict=True)
        if lesson.label == gold and lesson.rationale
    ]
    return right[:6]


def recorded_table() -> list[str]:
    rows = [
        ("ANLI, zero-shot, label and reason (#100)", "anli1", 100, "anli"),
        ("ANLI, zero-shot, label only (#3)", "anli1", 3, "anli"),
        ("ANLI, zero-shot, label told (#179)", "anli1", 179, "anli"),
        ("ANLI, 6-shot, label told (#1000)", "anli1", 1000, "anli"),
        ("CQA, zero-shot, label and reason (#3)", "cqa", 3, "cqa"),
        ("CQA, zero-shot, label only (#11)", "cqa", 11, "cqa"),
    ]
    price = PRICES["gpt-3.5-turbo, 2023"]
    lines = ["| prompt | tokens in | out | USD per lesson | USD for the training set |",
             "|---|---|---|---|---|"]  # fmt: skip
    for title, stem, template, dataset in rows:
        call = recorded_call(stem, template)
        usd = call.usd(price)
        lines.append(
            f"| {title} | {call.tokens_in:.0f} | {call.tokens_out:.0f} | {usd:.6f} | "
            f"{usd * N_ROWS[dataset]:.2f} |"
        )
    zero, few = recorded_call("anli1", 179).usd(price), recorded_call("anli1", 1000).usd(price)
    return [
        *lines,
        "",
        f"The 6-shot prompt costs {few / zero:.1f} times the zero-shot prompt for the same task "
        f"(label told) on the same model: zero-shot saves {1 - zero / few:.0%}.",
    ]


def share_table(title: str, with_reason: Call, label_only: Call, few: Call | None) -> list[str]:
    lines = [
        f"| {title} | {' | '.join(f'{share:.0%}' for share in SHARES)} | few-shot, all |",
        f"|---|{'---|' * len(SHARES)}---|",
    ]
    for name, price in PRICES.items():
        cells = [f"{1000 * mixed(with_reason, label_only, s, price):.4f}" for s in SHARES]
        shot = "-" if few is None else f"{1000 * few.usd(price):.4f}"
        lines.append(f"| {name} | {' | '.join(cells)} | {shot} |")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    assert FOLDER.is_dir(), f"{FOLDER} holds the recorded answers; it is not there"
    rate, frame, fit = characters_per_token()
    lines = [
        "# What labels and reasons cost",
        "",
        "By `python benchmarks/rationale_cost.py`. No model is asked. Tokens of recorded prompts "
        "are those that the endpoint counted (means over 50 to 16,946 answers).",
        "",
        "## Recorded: zero-shot against few-shot",
        "",
        "At 1.50 and 2.00 USD per million tokens in and out, the price when they were made.",
        "",
        *recorded_table(),
        "",
        "## Recorded: by the share of texts that get a reason",
        "",
        "US dollars per 1,000 lessons; the other texts are asked for the label only. The last "
        "column is the recorded 6-shot prompt for every text.",
        "",
        *share_table("ANLI", recorded_call("anli1", 100), recorded_call("anli1", 3),
                     recorded_call("anli1", 1000)),
        *share_table("CQA", recorded_call("cqa", 3), recorded_call("cqa", 11), None),
        "## Prompts of this package, estimated",
        "",
        f"Tokens sent: characters / {rate:.2f} {frame:+.0f}, the line fitted on recorded ANLI "
        f"prompts (R2 {fit:.2f}; the prompts of one task differ little in length, so it rests on "
        f"that range). Tokens received: {TOKENS_OF_LABEL} for a label, {TOKENS_OF_REASON} for a "
        f"sentence, {FRAME} for the JSON around both. They are longer than the recorded prompts: "
        "a system message, the classes with their meanings, marks around "
        "every text and the form of the answer.",
        "",
    ]  # fmt: skip
    for dataset in ("anli", "cqa"):
        calls = our_calls(dataset, rate, frame)
        lines += ["| prompt | tokens in | out | USD per 1,000, gpt-4o-mini |", "|---|---|---|---|"]
        for name, call in calls.items():
            usd = 1000 * call.usd(PRICES["gpt-4o-mini"])
            lines.append(
                f"| {dataset.upper()}, {name} | {call.tokens_in:.0f} | {call.tokens_out:.0f} | "
                f"{usd:.4f} |"
            )
        lines += [""]
        lines += share_table(
            f"{dataset.upper()}, USD per 1,000",
            calls["label and reason"],
            calls["label only"],
            calls["label and reason, 6-shot"],
        )
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
