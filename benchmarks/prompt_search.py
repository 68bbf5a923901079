"""Replay the search for a prompt on a recorded grid: is its estimate honest, what does it cost?

    python benchmarks/prompt_search.py [--splits 50]

Writes ``benchmarks/results/prompt_search.md``. Every recorded prompt was tried on the same
instances, so a search on one half can be judged on the other half, which it never sees. Nothing
is proposed here: the pool is the recorded one.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from recorded_rationales import Grid, grid
from tutelage.teacher.prompt_search import JointScore, Outcome, race, vote

HERE = Path(__file__).parent
OUT = HERE / "results" / "prompt_search.md"
HELD_OUT = 0.4
MANY = 8  # times as many splits, to see a drift that 50 cannot show
SCORES = {
    "joint score (the default)": JointScore(),
    "accuracy only (lower bound)": JointScore(0.0, 0.0, 0.0),
}


@dataclass(frozen=True)
class Found:
    """What one search on one half found; shares in [0, 1]."""

    in_sample: float
    estimate: float
    truth: float
    vote_estimate: float
    vote_truth: float
    coverage: float
    queries: float


def halves(n: int, n_splits: int) -> list[tuple[list[int], list[int]]]:
    """Deal the instances into halves; every deal is used both ways."""
    found = []
    for seed in range((n_splits + 1) // 2):
        order = list(range(n))
        random.Random(seed).shuffle(order)
        one, other = order[: n // 2], order[n // 2 : 2 * (n // 2)]
        found += [(one, other), (other, one)]
    return found[:n_splits]


def accuracy(played: Grid, wording: int, texts: list[int]) -> float:
    return fmean(played.outcomes[wording, text].is_right for text in texts)


def vote_accuracy(played: Grid, wordings: list[int], texts: list[int]) -> float:
    agreed = vote([[played.outcomes[w, text].label for text in texts] for w in wordings])
    return fmean(label == played.golds[text] for label, text in zip(agreed, texts, strict=True))


def search(played: Grid, half: list[int], unseen: list[int], score: JointScore) -> Found:
    """Search as the package does: a part of the half is held out from every choice."""
    n_held = round(HELD_OUT * len(half))
    held, texts = half[:n_held], half[n_held:]
    looked: set[tuple[int, int]] = set()

    def look(pairs: list[tuple[int, int]]) -> dict[tuple[int, int], Outcome]:
        looked.update(pairs)
        return {pair: played.outcomes[pair] for pair in pairs}

    ran = race(len(played.templates), texts, look, score)
    finalists = list(ran.order[: ran.n_finalists])
    look([(wording, text) for wording in finalists for text in held])
    best = finalists[0]
    return Found(
        accuracy(played, best, texts),
        accuracy(played, best, held),
        accuracy(played, best, unseen),
        vote_accuracy(played, finalists, held),
        vote_accuracy(played, finalists, unseen),
        fmean(played.outcomes[best, text].has_reason for text in unseen),
        len(looked) / (len(played.templates) * len(half)),
    )


def best_of_grid(played: Grid, half: list[int], unseen: list[int]) -> tuple[float, float]:
    """Try every prompt on all of the half, take the most accurate: (in-sample, true)."""
    shares = [accuracy(played, wording, half) for wording in range(len(played.templates))]
    best = max(range(len(shares)), key=shares.__getitem__)
    return shares[best], accuracy(played, best, unseen)


def points(values: list[float]) -> str:
    return f"{100 * fmean(values):.1f}"


def signed(values: list[float]) -> str:
    spread = stdev(values) / len(values) ** 0.5
    return f"{100 * fmean(values):+.1f} ± {100 * spread:.1f}"


def section(title: str, played: Grid, n_splits: int) -> list[str]:
    splits = halves(len(played.golds), n_splits)
    full = [best_of_grid(played, *split) for split in splits]
    lines = [
        f"## {title}: {len(played.templates)} prompts, {len(played.golds)} instances",
        "",
        "| search | queries | in-sample | held-out estimate | true, unseen half | in-sample - true "
        "| estimate - true | reasons |",
        "|---|---|---|---|---|---|---|---|",
        f"| every prompt on every text, best accuracy | 100 % | {points([a for a, _ in full])} | "
        f"none | {points([b for _, b in full])} | {signed([a - b for a, b in full])} | | |",
    ]
    runs = {name: [search(played, *split, score) for split in splits]
            for name, score in SCORES.items()}  # fmt: skip
    for name, found in runs.items():
        gaps = [one.in_sample - one.truth for one in found]
        errors = [one.estimate - one.truth for one in found]
        lines.append(
            f"| race, {name} | {100 * fmean(one.queries for one in found):.0f} % | "
            f"{points([one.in_sample for one in found])} | "
            f"{points([one.estimate for one in found])} | {points([one.truth for one in found])} | "
            f"{signed(gaps)} | **{signed(errors)}** | "
            f"{100 * fmean(one.coverage for one in found):.0f} % |"
        )
    found = runs["joint score (the default)"]
    single = [abs(one.estimate - one.truth) for one in found]
    many = [
        search(played, *split, JointScore()) for split in halves(len(played.golds), MANY * n_splits)
    ]
    drift = signed([one.estimate - one.truth for one in many])
    n_held = round(HELD_OUT * (len(played.golds) // 2))
    many = [
        search(played, *split, JointScore()) for split in halves(len(played.golds), MANY * n_splits)
    ]
    drift = signed([one.estimate - one.truth for one in many])
    return [
        *lines,
        "",
        f"A single estimate rests on {n_held} texts and is off by {points(single)} points on "
        f"average: give more labelled texts, or read its interval. Over {len(many)} splits the "
        f"estimate is {drift} points from the truth.",
        "",
        f"Vote of the 5 finalists: estimate {points([one.vote_estimate for one in found])}, true "
        f"{points([one.vote_truth for one in found])}; the single pick "
        f"{points([one.truth for one in found])}.",
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=50)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    lines = [
        "# Searching for a prompt, replayed",
        "",
        f"By `python benchmarks/prompt_search.py`, {options.splits} random splits of the recorded "
        "GPT-3.5 answers into a half to search on and an unseen half (every deal used both ways). "
        f"The search holds {HELD_OUT:.0%} of its half out of every choice and scores only its "
        "finalists there. Points of accuracy; ± is the standard error over splits. Queries are "
        "shares of all (prompt, text) pairs of the half.",
        "",
    ]
    for name, title in (("anli", "ANLI 1"), ("cqa", "CQA")):
        for ours, reader in ((False, "as parsed by the authors"), (True, "read by this package")):
            lines += section(f"{title}, {reader}", grid(name, ours=ours), options.splits)
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
