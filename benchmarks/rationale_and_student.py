"""What a property of the reasons is worth to a student: the arms of the distillation benchmark.

    python benchmarks/rationale_and_student.py

Reads the raw lines of ``benchmarks/zero_shot_distillation.py``, looks at the reasons that each arm
was given (the training texts of seed 0) and writes ``benchmarks/results/rationale_and_student.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from raw_results import Line
from read_verdict import NLI
from tutelage.errors import DataError
from tutelage.evaluation.rationale_consistency import label_consistency
from tutelage.evaluation.rationale_quality import rationale_quality
from tutelage.evaluation.rationale_simulation import simulatability
from tutelage.lessons import Rationale
from zero_shot_distillation import read
from zero_shot_lessons import ARMS, LABEL_ONLY, TITLES, lessons_of, split_of
from zero_shot_summary import difference

OUT = Path(__file__).resolve().parent / "results" / "rationale_and_student.md"
MOST = 2000  # reasons read by the small reader
HEAD = """# What the reasons were like, and what the student made of them

By `python benchmarks/rationale_and_student.py`, from the raw lines of
`benchmarks/zero_shot_distillation.py`. Properties are those of `rationale_quality` over the reasons
of seed 0; *told from the reason* is `label_consistency` (names of the classes taken out), *gain*
and *swapped* are `simulatability`: what a small reader of words gains by the reason, and how well
it does when each reason stands beside another text's input; chance is a third. Accuracy is the
student's on the test texts, the difference to `labels only` with its 95 % interval. With so few
arms nothing here is a law."""
COLUMNS = (
    "arm",
    "seeds",
    "words",
    "sentences",
    "Flesch",
    "copied",
    "holds its label",
    "told from the reason",
    "gain",
    "swapped",
    "accuracy",
    "difference",
)


def main() -> None:
    groups: dict[tuple[str, int], dict[str, dict[int, Line]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for cell, line in read().items():
        if cell.table in TITLES and cell.method in ARMS:
            groups[cell.table, cell.shots][cell.method][cell.split] = line
    lines = [HEAD]
    for (dataset, n_texts), arms in sorted(groups.items()):
        lines += table(dataset, n_texts, arms)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def table(dataset: str, n_texts: int, arms: dict[str, dict[int, Line]]) -> list[str]:
    """Return the rows of one data set, one per arm."""
    split = split_of(dataset, n_texts, 1, 0)
    rows = [
        row_of(arm, lessons_of(ARMS[arm], split, 0), runs, arms.get(LABEL_ONLY, {}))
        for arm, runs in sorted(arms.items(), key=lambda item: item[0] != LABEL_ONLY)
    ]
    head = ["", f"## {TITLES[dataset]}, {n_texts} texts", "", f"| {' | '.join(COLUMNS)} |"]
    return [*head, "|---" * len(COLUMNS) + "|", *rows]


def row_of(
    arm: str, lessons: Sequence[Rationale], runs: dict[int, Line], base: dict[int, Line]
) -> str:
    """Return one row: properties of an arm's reasons, and what its students got right."""
    found = rationale_quality(lessons, list(NLI), NLI)
    own = ["-"] * 5
    if found.n_reasons:
        own = [f"{found.words:.0f}", f"{found.sentences:.1f}", f"{found.flesch:.0f}"]
        own += [f"{found.copy_rate:.0%}", f"{found.leak_rate:.0%}"]
    accuracy = np.mean([line["accuracy"] for line in runs.values()])
    parts = [arm, str(len(runs)), *own, *told(lessons), f"{accuracy:.3f}", difference(runs, base)]
    return f"| {' | '.join(parts)} |"


def told(lessons: Sequence[Rationale]) -> list[str]:
    """Return what a small reader makes of the reasons; dashes where it cannot be asked."""
    some = [lesson for lesson in lessons if lesson.rationales][:MOST]
    try:
        one, other = label_consistency(some, NLI), simulatability(some, NLI)
    except DataError:
        return ["-"] * 3
    return [f"{one.accuracy:.1%}", f"{other.gain:+.1%}", f"{other.inputs_swapped:.1%}"]


if __name__ == "__main__":
    main()
