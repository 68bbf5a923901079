"""The main job where nobody has labels: a teacher labels and explains, a student learns."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.cli.console import note, say, say_json, say_table, warn
from tutelage.cli.options import folder_in_one_piece
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.timer import Timer
from tutelage.cli.unlabelled_asking import check_source, label_texts
from tutelage.cli.unlabelled_data import PlainTexts, read_job, read_judged_texts
from tutelage.cli.unlabelled_lessons import Labelling, say_coverage
from tutelage.cli.unlabelled_options import OptionsGiven, UnlabelledChoice
from tutelage.cli.unlabelled_recording import UnlabelledRun, unlabelled_record_of
from tutelage.cli.unlabelled_students import (
    Trained,
    check_student,
    judged,
    train_controls,
    train_students,
)
from tutelage.cli.unlabelled_told import collecting, noting, refused
from tutelage.report.shown import small_money
from tutelage.report.unlabelled_html import write_unlabelled_report
from tutelage.report.unlabelled_record import UnlabelledRecord

NOT_MEASURED = (
    "Nothing was measured: nobody knows how good the student is. Label a few dozen texts by hand "
    "and give them with --test; with --lessons the teacher need not be asked again."
)


@dataclass(frozen=True)
class UnlabelledJob:
    """What is to be learned, and where the results go.

    ``target`` is the column of labels of ``test``; ``None``: its only column beside the texts.
    """

    data: Path
    test: Path | None
    target: str | None
    seed: int
    out: Path
    as_json: bool


def fit_unlabelled(job: UnlabelledJob, given: OptionsGiven, teacher: TeacherOptions) -> None:
    """Let the teacher label and explain, train a student, judge it if possible, write a report.

    Raises
    ------
    InputError
        Listing everything that is wrong with options and files, before anything is asked.
    """
    timer = Timer()
    choice, data, test = _read(job, given, teacher)
    told = [*choice.remarks, *data.warnings, *(() if test is None else test.warnings)]
    for sentence in told:
        warn(sentence)
    with folder_in_one_piece(job.out) as folder:
        timer.lap("reading")
        found = label_texts(teacher, choice, data, job.seed, quiet=job.as_json)
        timer.lap("asking")
        models, complaints = _models(found, choice, test, job.seed)
        for sentence in complaints:
            warn(sentence)
        timer.lap("training")
        run = UnlabelledRun(
            choice,
            data,
            found,
            test,
            models,
            [*told, *found.warnings, *complaints],
            str(job.out / "model"),
            job.seed,
            shlex.join(["tutelage", *sys.argv[1:]]),
        )
        record = unlabelled_record_of(run, timer.seconds)
        _write_all(folder, run, record)
    _say_result(record, job.out, job.as_json)


def _read(
    job: UnlabelledJob, given: OptionsGiven, teacher: TeacherOptions
) -> tuple[UnlabelledChoice, PlainTexts, PlainTexts | None]:
    """Return what is wanted, the texts, and the labelled ones; all problems are raised at once."""
    problems: list[str] = []
    choice, data = read_job(job.data, given, problems)
    test = None
    if choice is not None:
        with noting(problems):
            check_source(teacher, choice)
        with noting(problems):
            check_student(choice)
        if job.test is not None and data is not None:
            with noting(problems):
                test = read_judged_texts(job.test, job.target, data, choice.classes)
    if problems or choice is None or data is None:
        raise refused(problems)
    return choice, data, test


def _models(
    found: Labelling, choice: UnlabelledChoice, test: PlainTexts | None, seed: int
) -> tuple[list[Trained], list[str]]:
    """Return the student, and with labelled texts what it is compared with, all judged."""
    students, complaints = train_students(found, choice, seed, judged=test is not None)
    if test is None:
        return students, complaints
    every = [*students, *train_controls(found, choice.names)]
    with collecting() as told:
        models = [judged(one, test, choice.names, seed) for one in every]
    return models, [*complaints, *told]


def _write_all(folder: Path, run: UnlabelledRun, record: UnlabelledRecord) -> None:
    run.models[0].model.save(folder / "model")
    run.found.save(folder / "lessons")
    record.save(folder / "record.json")
    write_unlabelled_report(record, folder / "report.html")


def _say_result(record: UnlabelledRecord, out: Path, as_json: bool) -> None:
    if as_json:
        say_json(_summary(record, out))
        return
    say_coverage(record.classes, record.data.n_rows - record.data.n_empty)
    if record.gains:
        _say_scores(record)
    else:
        note(NOT_MEASURED)
    say()
    say(record.headline)
    if record.cards_told:
        say(record.cards_told)
    say(_cost_told(record))
    say(f"report: {out / 'report.html'}")
    say(f"model:  {out / 'model'}")


def _say_scores(record: UnlabelledRecord) -> None:
    rows = []
    gains = {gain.second: gain for gain in record.gains}
    for variant in record.variants:
        accuracy, gain = variant.estimate("accuracy"), gains.get(variant.name)
        if accuracy is not None:
            rows.append(
                [
                    variant.name,
                    f"{accuracy.value:.3f}",
                    f"{accuracy.low:.3f} to {accuracy.high:.3f}",
                    f"{gain.difference:+.3f}" if gain else "",
                    f"{gain.low:+.3f} to {gain.high:+.3f}" if gain else "",
                ]
            )
    say_table(
        f"On {record.data.n_test} labelled texts",
        ("model", "accuracy", "95 % interval", "student ahead by", "95 % interval"),
        rows,
    )


def _cost_told(record: UnlabelledRecord) -> str:
    total, price = record.total, record.price
    told = f"cost: {total.n_tokens:,} tokens"
    if total.recorded_usd or total.usd:
        told += f", {total.recorded_usd:.4f} US dollars when first paid for, {total.usd:.4f} now"
    else:
        told += "; no price came with the answers"
    if price is None:
        return told
    if math.isnan(price.tokens):
        return f"{told}; no point of accuracy was gained over the majority class"
    usd = "" if math.isnan(price.usd) else f"{small_money(price.usd)} and "
    return f"{told}; {usd}{price.tokens:,.0f} tokens per point over the majority class"


def _summary(record: UnlabelledRecord, out: Path) -> Mapping[str, Any]:
    values = record.to_dict()
    kept = (
        "headline", "data", "classes", "asked", "cards", "quality", "variants", "gains", "price",
        "teacher", "warnings", "timings",
    )  # fmt: skip
    paths = {"report": str(out / "report.html"), "model": str(out / "model")}
    return {**{name: values[name] for name in kept}, **paths}
