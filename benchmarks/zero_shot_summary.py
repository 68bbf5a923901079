"""The page that benchmarks/zero_shot_distillation.py writes from its raw lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from raw_results import Line
from zero_shot_lessons import LABEL_ONLY, TITLES

DRAWS = 2000
FEWEST_SEEDS = 3


def write_summary(lines: Sequence[Line], path: Path) -> None:
    """Write one table per (data set, texts, student, settings), tests before validation."""
    groups: dict[tuple, dict[str, dict[int, Line]]] = defaultdict(lambda: defaultdict(dict))
    for line in lines:
        arm, _, student = line["method"].partition(" @ ")
        dataset, _, judged = line["table"].partition(" ")
        shape = tuple(line[name] for name in SHAPE)
        key = (judged, dataset, line["shots"], student or "minilm", *shape)
        groups[key][arm][line["split"]] = line
    text = [HEAD]
    for key, arms in sorted(groups.items()):
        text += section(key, arms)
    path.write_text("\n".join(text) + "\n")


SHAPE = (
    "steps",
    "batch",
    "learning_rate",
    "explain_weight",
    "alignment",
    "dropout",
    "decoder_layers",
)
HEAD = """# Reasons, or text in their place

Made by `python benchmarks/zero_shot_distillation.py`; teacher: PaLM-540B, few-shot, recorded by
others. Every arm has the same texts, labels, steps and settings; nothing was chosen on the test
texts: settings were chosen on other rows (the tables that say validation). The difference is that
of accuracy to `labels only` on the same texts and seeds, mean over seeds, with a 95 % interval over
resampled texts and seeds. `collapsed`: runs in which the first attempt gave 95 % of the texts one
label; such an attempt is repeated once, and a run that collapsed twice is in the mean, so look
there first."""


def section(key: tuple, arms: dict[str, dict[int, Line]]) -> list[str]:
    """Return the lines of one table."""
    judged, dataset, n_texts, student, steps, batch, rate, weight, alignment, dropout, layers = key
    one = next(iter(next(iter(arms.values())).values()))
    more = f", tied tasks {alignment:g}" if alignment else ""
    title = (
        f"{TITLES[dataset]}{' ' * bool(judged)}{judged}, {n_texts} texts, student {student}, "
        f"{steps} steps{more}"
    )
    text = [
        "",
        f"## {title}",
        "",
        f"{steps} steps of {batch} texts, learning rate {rate:g}, dropout {dropout:g}, weight of "
        f"the reasons {weight:g}, {layers} writing layer(s) in a student made of an encoder; "
        f"{len(one['right'])} {judged or 'test'} texts. Always the most frequent label: "
        f"{one['majority']:.3f}; the teacher itself on the training texts: {one['teacher']:.3f}.",
        "",
        "| arm | seeds | labels | reasons | accuracy | macro-F1 | difference | collapsed "
        "| train s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    plain = {"teacher": arms.get(LABEL_ONLY, {}), "gold": arms.get("gold labels only", {})}
    for arm, runs in sorted(arms.items(), key=lambda item: item[0] != LABEL_ONLY):
        base = plain["gold" if arm.startswith("gold") else "teacher"]
        text.append(row_of(arm, runs, base))
    timed = [line for runs in arms.values() for line in runs.values()]
    return [*text, "", speed(timed), "", *verdicts(title, arms)]


PAIRS = (
    ("reasons", LABEL_ONLY),
    ("reasons", "shuffled reasons"),
    ("reasons", "another text's reasons"),
    ("gold labels, reasons", "gold labels only"),
)


def verdicts(title: str, arms: dict[str, dict[int, Line]]) -> list[str]:
    """Return a table that says of pairs of arms whether one is better; empty without a pair."""
    rows = []
    for one, other in PAIRS:
        shared = sorted(set(arms.get(one, {})) & set(arms.get(other, {})))
        if not shared:
            continue
        gaps = np.array([bits(arms[one][n]) - bits(arms[other][n]) for n in shared])
        low, high = interval(gaps)
        verdict = "better" if low > 0 else "worse" if high < 0 else "no clear difference"
        if len(shared) < FEWEST_SEEDS:
            verdict += f", so far: fewer than {FEWEST_SEEDS} seeds"
        collapsed = sum(arms[arm][n]["collapsed"] for arm in (one, other) for n in shared)
        rows.append(
            f"| {one} | {other} | {len(shared)} | {gaps.mean():+.3f} [{low:+.3f}, {high:+.3f}] "
            f"| {verdict} | {collapsed} of {2 * len(shared)} |"
        )
    if not rows:
        return []
    head = [
        f"### Pairs of arms: {title}",
        "",
        "| arm | against | seeds | difference | verdict | collapsed for good |",
        "|---|---|---|---|---|---|",
    ]
    return [*head, *rows, ""]


def row_of(arm: str, runs: dict[int, Line], base: dict[int, Line]) -> str:
    """Return one row of the table."""
    lines = list(runs.values())
    accuracy = [line["accuracy"] for line in lines]
    spread = f" ({min(accuracy):.3f} to {max(accuracy):.3f})" if len(lines) > 1 else ""
    collapsed = sum(line["first_collapsed"] for line in lines)
    return (
        f"| {arm} | {len(lines)} | {lines[0]['n_labels']} | {lines[0]['n_reasons']} "
        f"| {np.mean(accuracy):.3f}{spread} | {np.mean([x['macro_f1'] for x in lines]):.3f} "
        f"| {difference(runs, base)} | {collapsed} of {len(lines)} "
        f"| {np.mean([line['train_s'] for line in lines]):.0f} |"
    )


def difference(runs: dict[int, Line], base: dict[int, Line]) -> str:
    """Return the mean difference to ``base`` with its interval."""
    shared = sorted(set(runs) & set(base))
    if not shared or runs[shared[0]] is base[shared[0]]:
        return "–"
    gaps = np.array([bits(runs[seed]) - bits(base[seed]) for seed in shared])
    low, high = interval(gaps)
    return f"{gaps.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


def bits(line: Line) -> np.ndarray:
    """Return which test texts were right, as 0 and 1."""
    return np.array([float(one) for one in line["right"]])


def interval(gaps: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of the mean of gaps (n_seeds, n_texts), both resampled."""
    draw = np.random.default_rng(0)
    n_seeds, n_texts = gaps.shape
    means = []
    for _ in range(DRAWS):
        seeds = gaps[draw.integers(n_seeds, size=n_seeds)].mean(axis=0)
        means.append(seeds[draw.integers(n_texts, size=n_texts)].mean())
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def speed(lines: Sequence[Line]) -> str:
    """Return what scoring and writing a label cost, in one sentence."""
    score = float(np.median([line["score_ms"] for line in lines]))
    write = float(np.median([line["write_ms"] for line in lines]))
    valid = sum(line["n_written_valid"] for line in lines)
    alike = sum(line["n_written_alike"] for line in lines)
    timed = sum(line["n_timed"] for line in lines)
    return (
        f"One text at a time, scoring all labels took {score:.1f} ms and writing one {write:.1f} "
        f"ms (median; ratio {write / score:.1f}). Of {timed} written answers {valid} were a "
        f"label, and {alike} of these the label that was scored highest."
    )
