"""Do a teacher's reasons help a small student, and would any text in their place do as well?

python benchmarks/zero_shot_distillation.py                      the sized run, then the summary
python benchmarks/zero_shot_distillation.py --minutes 15         start no cell after 15 minutes
python benchmarks/zero_shot_distillation.py --full               every arm, four data sets
python benchmarks/zero_shot_distillation.py --summary-only
python benchmarks/zero_shot_distillation.py --full --student FOLDER --texts 10000 --steps 10000 \
    --device cuda --learning-rate 5e-5                           T5 v1.1, as published, on a GPU

Labels and reasons are those that PaLM-540B gave (recorded by others, read from ../shared). Nothing
is chosen on the test texts: every arm is trained for the same number of steps with the same
settings. Resumable, one line per (data set, texts, seed, arm and student) in
benchmarks/results/zero_shot_distillation_raw.jsonl. The student compares given answers and works
nothing out: of a word problem (SVAMP) it chooses a sum of the problem's numbers.
"""

from __future__ import annotations

import argparse
import hashlib
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import raw_results
from raw_results import PACKAGE, Cell, Line
from resumable import use_this_source
from zero_shot_lessons import ARMS, LABEL_ONLY, TRAIN, Split, lessons_of, possible, split_of
from zero_shot_summary import write_summary

use_this_source()

import numpy as np  # noqa: E402
import torch  # noqa: E402

from tutelage.errors import TutelageWarning  # noqa: E402
from tutelage.students.seq2seq import RationaleStudent  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
RAW = RESULTS / "zero_shot_distillation_raw.jsonl"
ON_VALIDATION = " validation"
SIZED = (LABEL_ONLY, "reasons", "shuffled reasons")
DECIDING = (
    "learning/label_and_rationale.py",
    "students/rationale_body.py",
    "students/rationale_data.py",
    "students/rationale_examples.py",
    "students/rationale_fit.py",
    "students/rationale_settings.py",
    "students/rationale_words.py",
    "students/seq2seq_build.py",
    "students/seq2seq_head.py",
    "students/seq2seq_labels.py",
    "students/seq2seq_network.py",
    "students/seq2seq_run.py",
    "students/seq2seq_training.py",
)


def main() -> None:
    """Run what is asked for, then write the summary."""
    options = _parser().parse_args()
    if not options.summary_only:
        run_missing(options)
    write_summary(list(read().values()), RESULTS / "zero_shot_distillation.md")


def run_missing(options: argparse.Namespace) -> None:
    """Run what the raw file lacks, and begin nothing when the time is up."""
    torch.set_num_threads(options.threads)
    ends = time.monotonic() + 60 * options.minutes
    for cell in cells_of(options):
        if cell in read():
            continue
        if time.monotonic() > ends:
            print(f"{options.minutes} minutes are over; not run: {cell} and what follows")
            return
        line = run_cell(cell, options)
        if line is not None:
            raw_results.append(RAW, {**cell._asdict(), **line, "code": code()})
            print(f"{cell}: {line['accuracy']:.3f} in {line['train_s']:.0f} s", flush=True)


def cells_of(options: argparse.Namespace) -> Iterator[Cell]:
    """Yield the cells, all arms of one seed before the next seed."""
    arms = options.arms or (tuple(ARMS) if options.full else SIZED)
    datasets = options.only or (tuple(TRAIN) if options.full else ("esnli",))
    judged = ON_VALIDATION if options.validation else ""
    tail = "" if options.student == "minilm" else f" @ {Path(options.student).name}"
    for dataset in datasets:
        for seed in range(options.seeds):
            for name in arms:
                yield Cell(f"{dataset}{judged}", options.texts, seed, f"{name}{tail}")


def run_cell(cell: Cell, options: argparse.Namespace) -> Line | None:
    """Train one student and judge it; ``None`` when the arm has no data here."""
    arm = ARMS[cell.method.partition(" @ ")[0]]
    split = split_of(
        cell.table.removesuffix(ON_VALIDATION),
        cell.shots,
        options.test,
        cell.split,
        on_validation=options.validation,
    )
    if not possible(arm, split):
        return None
    lessons = lessons_of(arm, split, cell.split)
    student = RationaleStudent(
        options.student,
        mode=arm.mode,
        steps=options.steps,
        batch_size=options.batch,
        rows_per_pass=min(options.batch, options.rows_per_pass),
        learning_rate=options.learning_rate,
        explain_weight=options.explain_weight,
        task_alignment=options.alignment,
        dropout=options.dropout,
        decoder_layers=options.decoder_layers,
        max_rationale_tokens=48,
        precision="bfloat16",
        device=options.device,
        random_state=cell.split,
    )
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TutelageWarning)  # no reasons, collapse: both are recorded
        student.fit(list(split.inputs), lessons)
    seconds = time.perf_counter() - started
    said = student.predict(list(split.test_inputs))
    right = said == np.array(split.test_golds, dtype=object)
    return {
        "accuracy": float(right.mean()),
        "macro_f1": macro_f1(np.array(split.test_golds, dtype=object), said),
        "right": "".join("1" if one else "0" for one in right),
        "majority": max(split.test_golds.count(x) for x in split.test_golds)
        / len(split.test_golds),
        "teacher": agreement(split),
        "first_collapsed": student.history_[0].collapsed,
        "collapsed": student.history_[-1].collapsed,
        "n_attempts": len(student.history_),
        "n_labels": sum(lesson.label is not None for lesson in lessons),
        "n_reasons": sum(bool(lesson.rationales) for lesson in lessons),
        "steps": options.steps,
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "explain_weight": options.explain_weight,
        "alignment": options.alignment,
        "dropout": options.dropout,
        "decoder_layers": options.decoder_layers,
        "train_s": seconds,
        **speed_of(student, list(split.test_inputs[: options.timed])),
    }


def agreement(split: Split) -> float:
    """Return how often the teacher's label is the known one, of the texts that have one."""
    pairs = [
        (lesson.label, gold)
        for lesson, gold in zip(split.teacher, split.golds, strict=True)
        if gold
    ]
    return sum(said == gold for said, gold in pairs) / len(pairs) if pairs else float("nan")


def macro_f1(golds: np.ndarray, said: np.ndarray) -> float:
    """Return the mean F1 over the known labels (for choices: of no use)."""
    scores = []
    for label in set(golds):
        hit = ((golds == label) & (said == label)).sum()
        scores.append(2 * hit / ((golds == label).sum() + (said == label).sum()))
    return float(np.mean(scores))


def speed_of(student: RationaleStudent, inputs: list[object]) -> Line:
    """Time scoring the labels and writing one, one text at a time; compare what they say."""
    scribe = student.body_.scribe
    nothing = np.zeros(0, dtype=np.int64)
    score_s, write_s, alike, valid = [], [], 0, 0
    asked = student._asked(inputs)
    for row, one in enumerate(inputs):
        started = time.perf_counter()
        scored = student.predict([one])[0]
        score_s.append(time.perf_counter() - started)
        started = time.perf_counter()
        with torch.inference_mode():
            prompts = scribe.prompts([asked.texts[row]])
            written = scribe.read(scribe.network.generate(prompts, [nothing], 20)[0])
        write_s.append(time.perf_counter() - started)
        if written in (asked.choices[row] or student.body_.words):
            valid += 1
            alike += written == scored
    return {
        "score_ms": 1000 * float(np.median(score_s)),
        "write_ms": 1000 * float(np.median(write_s)),
        "n_written_valid": valid,
        "n_written_alike": alike,
        "n_timed": len(inputs),
    }


def code() -> str:
    """Return a short hash of the code that decides the results."""
    digest = hashlib.sha256()
    for name in DECIDING:
        digest.update(name.encode() + raw_results.meaning((PACKAGE / name).read_text()).encode())
    return digest.hexdigest()[:10]


def read() -> dict[Cell, Line]:
    """Return the newest line of each cell that the present code made."""
    lines = RAW.read_text().splitlines() if RAW.exists() else []
    kept = (line for line in raw_results.parsed(lines) if line["code"] == code())
    return {raw_results.cell_of(line): line for line in kept}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="every arm, four data sets")
    parser.add_argument("--summary-only", action="store_true")
    parser.add_argument("--validation", action="store_true", help="judge on validation texts")
    parser.add_argument("--only", nargs="*", choices=list(TRAIN))
    parser.add_argument("--arms", nargs="*", choices=list(ARMS))
    parser.add_argument("--student", default="minilm", help='"minilm" or a folder')
    parser.add_argument("--texts", type=int, default=8000)
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rows-per-pass", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=1.5e-4)
    parser.add_argument("--explain-weight", type=float, default=0.5)
    parser.add_argument("--alignment", type=float, default=0.0, help="ties the two tasks")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--decoder-layers", type=int, default=2)
    parser.add_argument("--timed", type=int, default=30, help="texts on which speed is measured")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--minutes", type=float, default=1e9)
    return parser


if __name__ == "__main__":
    main()
