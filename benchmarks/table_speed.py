"""How fast and how large is a fit; see benchmarks/results/table_speed.md.

    OMP_NUM_THREADS=1 python benchmarks/table_speed.py [--skip-million]

Each time is the median processor time of fits that take turns with what they are compared with,
on one thread; the page shows ratios within this run. Takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from splits import split_rows
from table_data import MissingData, load_table, prior_scores

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from tutelage import FeaturePrior, TaughtClassifier

RESULT = Path(__file__).parent / "results" / "table_speed.md"
WIDEST = "myocardial"
ROUNDS = 9
GIB = 1 << 30


def made(n_rows: int, n_columns: int, kind: str) -> tuple[pd.DataFrame, np.ndarray, FeaturePrior]:
    """Return a table whose columns are independent (``easy``) or share ten causes and are skewed.

    A third of the columns matter; the teacher knows them roughly.
    """
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_rows, n_columns))
    if kind == "skewed":
        rows += rng.normal(size=(n_rows, 10)) @ rng.normal(size=(10, n_columns))
        np.exp(0.5 * rows, out=rows)
    weights = rng.normal(size=n_columns) * (rng.random(n_columns) < 1 / 3)
    signal = (np.log(rows) if kind == "skewed" else rows) @ weights
    signal *= 2 / signal.std()
    labels = (signal + logit(rng.uniform(1e-9, 1 - 1e-9, n_rows)) > 0).astype(int)
    names = [f"c{i}" for i in range(n_columns)]
    said = np.clip(np.round(4 * weights + rng.normal(size=n_columns)), -10, 10)
    scores = {1: {name: [float(score)] for name, score in zip(names, said, strict=True)}}
    prior = FeaturePrior.from_scores(scores, scale=10, classes=[0, 1])
    return pd.DataFrame(rows, columns=names), labels, prior


def in_turns(fits: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of processor time of every fit."""
    taken: dict[str, list[float]] = {name: [] for name in fits}
    for turn in range(rounds + 1):
        for name, fit in fits.items():
            started = time.process_time()
            fit()
            if turn:  # the first is to warm up
                taken[name].append(time.process_time() - started)
    return {name: float(np.median(times)) for name, times in taken.items()}


def few_labels() -> dict[str, float]:
    """Ten labels per class on the widest table of the benchmark, encoding included."""
    table = load_table(WIDEST)
    split = split_rows(WIDEST, table.labels, 0)
    rows, rest = split.labelled(10), split.unlabelled(10)
    labelled, y, more = table.features.iloc[rows], table.labels[rows], table.features.iloc[rest]
    prior = FeaturePrior.from_scores(prior_scores(WIDEST), scale=10)
    return in_turns(
        {
            "ours": lambda: TaughtClassifier(prior).fit(labelled, y),
            "ours, with 830 unlabelled rows": lambda: TaughtClassifier(prior).fit(
                labelled, y, unlabelled=more
            ),
            "ours, no teacher": lambda: TaughtClassifier().fit(labelled, y),
        },
        3 * ROUNDS,
    )


def many_labels(kind: str) -> dict[str, float]:
    """10,000 rows and 100 columns."""
    frame, labels, prior = made(10_000, 100, kind)
    plain = LogisticRegression(max_iter=10_000)
    scaled = make_pipeline(StandardScaler(), LogisticRegression(max_iter=10_000))
    return in_turns(
        {
            "scikit-learn, LogisticRegression": lambda: plain.fit(frame, labels),
            "scikit-learn, scaled": lambda: scaled.fit(frame, labels),
            "ours": lambda: TaughtClassifier(prior).fit(frame, labels),
            "ours, no teacher": lambda: TaughtClassifier().fit(frame, labels),
        }
    )


def one_million() -> None:
    """Fit a million rows of 100 columns; print seconds, peak memory and that of the table."""
    frame, labels, prior = made(1_000_000, 100, "easy")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    started = time.perf_counter()
    model = TaughtClassifier(prior).fit(frame, labels)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    score = model.score(frame[:10_000], labels[:10_000])
    print(json.dumps({"seconds": seconds, "peak": peak, "before": before, "accuracy": score}))


def page(small: dict, large: dict[str, dict], million: dict | None) -> str:
    """Return the result as Markdown."""
    parts = [HEADER, _small_section(small)]
    parts += [_large_section(kind, times) for kind, times in large.items()]
    if million is not None:
        parts.append(
            "## A million rows of 100 columns\n\n"
            f"A process of its own: {million['seconds']:.0f} s, peak memory "
            f"{million['peak'] / GIB:.2f} GiB of the whole process, the table's own 0.75 GiB and "
            f"what it took to make it ({million['before'] / GIB:.2f} GiB before the fit) included; "
            f"accuracy on 10,000 of the rows {million['accuracy']:.3f}."
        )
    parts.append(f"## Machine\n\n{os.cpu_count()} cores that others used too, one thread. Python "
                 f"{platform.python_version()}, numpy {np.__version__}.")  # fmt: skip
    return "\n\n".join(parts) + "\n"


HEADER = """\
# Time and memory of a linear fit

Made by `python benchmarks/table_speed.py`; do not edit. Processor time, medians of fits that took
turns; a *ratio* compares medians of this run. Reading the data frame and encoding it are part of
our fit."""


def _small_section(times: dict[str, float]) -> str:
    rows = [f"| {name} | {1000 * seconds:.1f} |" for name, seconds in times.items()]
    return "\n".join([f"## Ten labels per class, the widest table ({WIDEST})\n",
                      "| fit | ms |", "|---|---:|", *rows])  # fmt: skip


def _large_section(kind: str, times: dict[str, float]) -> str:
    base, *_ = times.values()
    about = {"easy": "independent bell-shaped columns", "skewed": "skewed, correlated columns"}
    rows = [f"| {name} | {1000 * s:.0f} | {s / base:.1f} |" for name, s in times.items()]
    return "\n".join([f"## 10,000 rows of 100 columns: {about[kind]}\n",
                      "| fit | ms | ratio |", "|---|---:|---:|", *rows])  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip-million", action="store_true")
    parser.add_argument("--million-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with threadpool_limits(1):
        if options.million_only:
            one_million()
            return 0
        try:
            small = few_labels()
        except MissingData as error:
            print(error, file=sys.stderr)
            return 2
        large = {kind: many_labels(kind) for kind in ("easy", "skewed")}
    million = None
    if not options.skip_million:
        command = [sys.executable, __file__, "--million-only"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        million = json.loads(said)
    text = page(small, large, million)
    RESULT.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
