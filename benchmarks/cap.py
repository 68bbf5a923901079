"""Text: what each way to teach a small encoder brings, with its control, on three intent sets.

python benchmarks/cap.py                        the sized run: what is missing, then the summary
python benchmarks/cap.py --full                 every setting, seed, data set, and the full data
python benchmarks/cap.py --summary-only         the summary of what is there
python benchmarks/cap.py --only hwu64 --settings plain ratings

Resumable, one line per (data set, file, seed, setting) in benchmarks/results/cap_raw.jsonl;
several processes may run at once. Writes benchmarks/results/cap.md. The test rows decide nothing:
every default of the student was chosen on the validation rows of HWU64.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cap_priors
import cap_scores
import recorded_text
from cap_settings import (
    BOTH,
    CROSSED,
    CUES,
    NAMED,
    PLAIN,
    PRIOR,
    REWRITES,
    SETTINGS,
    TEXTS,
    Setting,
)
from cap_summary import write_summary
from raw_results import Cell, Line
from resumable import use_this_source
from text_results import EARLIER, TextResults

use_this_source()

from tutelage.lessons import Rewrite, card_texts, crossed_texts, shortened_texts  # noqa: E402
from tutelage.students.text import TaughtTextClassifier  # noqa: E402
from tutelage.students.text_settings import default_steps  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
FEW, ALL = "train_5", "train"
SIZED_SEEDS = {"hwu64": 5, "banking77": 5, "clinc150": 1}
WITHOUT_RATINGS = ("clinc150",)
# Priors of thousands of texts take hours here: full data gets what costs nothing extra.
FULL_DATA = (PLAIN, "card texts")


def main() -> None:
    """Run what is asked for, then write the summary."""
    arguments = _parser().parse_args()
    results = TextResults(RESULTS / "cap_raw.jsonl", same_as)
    if not arguments.summary_only:
        cells = [
            cell
            for cell in (_every_cell() if arguments.full else _sized_cells())
            if (not arguments.only or cell.table in arguments.only)
            and (not arguments.settings or cell.method in arguments.settings)
            and (arguments.seeds is None or cell.split in arguments.seeds)
        ]
        results.run_missing(cells, run_cell, again=arguments.again)
    write_summary(results.read(), RESULTS / "cap.md", results.differing())


def same_as(cell: Cell, code: str) -> bool:
    """Tell whether an earlier state of the code makes the same of a cell.

    Both aligned by gradient times input; the older one trained copies alone for fewer steps and
    took fewer scores of the named settings.
    """
    setting = SETTINGS[cell.method]
    if setting.form in (PRIOR, BOTH) and setting.priors:
        return setting.arguments.get("attribution") == "gradient_x_input"
    shorter = setting.form in (TEXTS, CROSSED) and not setting.data
    return code == EARLIER[1] or not (shorter or cell.method in NAMED)


def run_cell(cell: Cell) -> Line:
    """Train one student and judge it."""
    student, times = trained(cell)
    return {
        **cap_scores.scores_of(student, cell.table, faithful=cell.split == 0, few=cell.shots > 0),
        **times,
        "n_steps": len(student.history_),
    }


def trained(cell: Cell) -> tuple[TaughtTextClassifier, Line]:
    """Return the student of a cell, and the seconds that it and its priors took."""
    setting, file = SETTINGS[cell.method], FEW if cell.shots else ALL
    train = recorded_text.split(cell.table, file)
    priors, prior_seconds = cap_priors.priors_of(setting, cell.table, file, cell.split)
    extra = _more_texts(setting, cell, priors)
    student = _student(setting, cell, len(train.texts))
    started = time.perf_counter()
    student.fit(
        train.texts,
        train.labels,
        word_priors=priors if setting.form in (PRIOR, BOTH) else None,
        rewrites=extra or None,
    )
    return student, {"train_s": time.perf_counter() - started, "prior_s": prior_seconds}


def _more_texts(setting: Setting, cell: Cell, priors: cap_priors.Priors | None) -> list[Rewrite]:
    extra: list[Rewrite] = []
    if setting.form in (TEXTS, BOTH):
        extra += shortened_texts(priors, seed=cell.split)
    if setting.form == CROSSED:
        extra += crossed_texts(priors, seed=cell.split)
    if REWRITES in setting.data:
        extra += recorded_text.rewrites(cell.table)
    if CUES in setting.data:
        extra += card_texts(recorded_text.class_cards(cell.table))
    return extra


def _student(setting: Setting, cell: Cell, n_texts: int) -> TaughtTextClassifier:
    chosen = dict(setting.arguments)
    if setting.as_many_steps:
        chosen["steps"] = default_steps(n_texts + len(recorded_text.rewrites(cell.table)))
    return TaughtTextClassifier("minilm", random_state=cell.split, precision="bfloat16", **chosen)


def _possible(dataset: str, shots: int, name: str) -> bool:
    setting = SETTINGS[name]
    if not shots:
        return name in FULL_DATA
    needs = REWRITES in setting.data or setting.as_many_steps or "ratings" in setting.priors
    return not (needs and dataset in WITHOUT_RATINGS)


def _sized_cells() -> Iterator[Cell]:
    """Yield the cells of about two hours on two cores, the most telling first."""
    for dataset, n_seeds in SIZED_SEEDS.items():
        for seed in range(n_seeds):
            names = NAMED if dataset == "hwu64" or seed < n_seeds else ()
            yield from _cells(dataset, 5, seed, names)
    for dataset in SIZED_SEEDS:
        yield from _cells(dataset, 5, 0, SETTINGS)
    for dataset in SIZED_SEEDS:
        yield from _cells(dataset, 0, 0, FULL_DATA)


def _every_cell() -> Iterator[Cell]:
    for dataset in SIZED_SEEDS:
        for shots in (5, 0):
            for seed in range(5):
                yield from _cells(dataset, shots, seed, SETTINGS)


def _cells(dataset: str, shots: int, seed: int, names: Sequence[str]) -> Iterator[Cell]:
    return (Cell(dataset, shots, seed, name) for name in names if _possible(dataset, shots, name))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="every setting and seed, full data")
    parser.add_argument("--summary-only", action="store_true")
    parser.add_argument("--again", action="store_true", help="run what is there, too: a check")
    parser.add_argument("--only", nargs="*", choices=list(SIZED_SEEDS))
    parser.add_argument("--settings", nargs="*", choices=list(SETTINGS))
    parser.add_argument("--seeds", nargs="*", type=int)
    return parser


if __name__ == "__main__":
    main()
