"""The main job for texts: ask, train, compare, report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.cli.console import note, say, say_json, say_table, warn
from tutelage.cli.options import folder_in_one_piece
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.text_asking import get_lessons, subject_of
from tutelage.cli.text_data import (
    LabelledTexts,
    check_same_classes,
    check_teachable,
    hold_out,
    read_labelled_texts,
)
from tutelage.cli.text_evidence import (
    Contestant,
    check_encoder,
    control,
    train_and_judge,
)
from tutelage.cli.text_options import TextChoice
from tutelage.cli.text_recording import Run, text_record_of
from tutelage.cli.text_teachings import teachings
from tutelage.cli.timer import Timer
from tutelage.report.text_html import write_text_report
from tutelage.report.text_record import TextRecord


@dataclass(frozen=True)
class TextJob:
    """What is to be learned, and where the results go.

    ``test`` is ``None`` to set a part of the texts apart.
    """

    data: Path
    target: str
    column: str
    task: str | None
    card_file: Path | None
    test: Path | None
    seed: int
    out: Path
    as_json: bool


def fit_texts(job: TextJob, choice: TextChoice, teacher: TeacherOptions) -> None:
    """Ask the teacher about texts, train a student, compare it with controls, write a report."""
    out, seed, as_json = job.out, job.seed, job.as_json
    timer = Timer()
    whole = check_teachable(read_labelled_texts(job.data, job.target, job.column))
    train, judged, judged_on = _apart(whole, job.test, seed)
    for sentence in (*train.warnings, *judged.warnings):
        warn(sentence)
    check_encoder(choice)
    subject = subject_of(train, job.task, job.card_file, choice.languages)
    with folder_in_one_piece(out) as folder:
        timer.lap("reading")
        lessons = get_lessons(teacher, choice, subject, quiet=as_json)
        timer.lap("asking")
        listed = teachings(
            train,
            lessons,
            quick=choice.quick,
            seed=seed,
            alignment=choice.alignment,
            dropped=choice.dropped,
        )
        found = train_and_judge(listed, train, judged, choice, seed)
        timer.lap("training")
        run = Run(
            subject,
            judged,
            judged_on,
            lessons,
            found,
            _kept(found),
            control(train, judged, seed),
            str(out / "model"),
            seed,
            shlex.join(["tutelage", *sys.argv[1:]]),
            choice.identity,
            choice.drop_identity,
        )
        record = text_record_of(run, quick=choice.quick, timings={})
        timer.lap("evaluating")
        record = replace(record, timings=timer.seconds)
        _write_all(folder, run, record)
    _say_result(record, out, as_json)


def _apart(
    whole: LabelledTexts, test: Path | None, seed: int
) -> tuple[LabelledTexts, LabelledTexts, str]:
    """Return training texts, test texts, and where these come from."""
    if test is not None:
        found = read_labelled_texts(test, whole.target, whole.column)
        judged = check_same_classes(found, whole)
        return whole, judged, f"{len(judged.texts)} texts of {test.name}, none of them trained on"
    train, judged = hold_out(whole, seed)
    told = (
        f"{len(judged.texts)} of the {len(whole.texts)} texts of {whole.path.name}, a fifth of "
        "each class, set apart before anything was asked or trained"
    )
    note(f"Judged on {told}. Give --test to judge on texts of your own choice.")
    return train, judged, told


def _kept(found: list[Contestant]) -> Contestant:
    """Return the student with most lessons whose words are not shuffled: the one that is kept."""
    real = [one for one in found if not one.teaching.is_control]
    return max(real, key=lambda one: len(one.teaching.kinds))


def _write_all(folder: Path, run: Run, record: TextRecord) -> None:
    run.taught.model.save(folder / "model")
    run.lessons.save(folder / "lessons")
    record.save(folder / "record.json")
    write_text_report(record, folder / "report.html")


def _say_result(record: TextRecord, out: Path, as_json: bool) -> None:
    if as_json:
        say_json(_summary(record, out))
        return
    say_table(
        f"On {record.data.n_test} test texts",
        ("model", "accuracy", "95 % interval", "gain", "95 % interval"),
        [_row(record, place) for place in range(len(record.variants))],
    )
    say()
    say(record.headline)
    say(f"report: {out / 'report.html'}")
    say(f"model:  {out / 'model'}")


def _row(record: TextRecord, place: int) -> list[str]:
    variant = record.variants[place]
    accuracy = variant.estimate("accuracy")
    gain = record.gain_of(variant.name, record.plain)
    return [
        variant.name,
        f"{accuracy.value:.3f}" if accuracy else "",
        f"{accuracy.low:.3f} to {accuracy.high:.3f}" if accuracy else "",
        f"{gain.difference:+.3f}" if gain else "",
        f"{gain.low:+.3f} to {gain.high:+.3f}" if gain else "",
    ]


def _summary(record: TextRecord, out: Path) -> Mapping[str, Any]:
    values = record.to_dict()
    kept = ("headline", "variants", "gains", "lessons", "warnings", "timings")
    paths = {"report": str(out / "report.html"), "model": str(out / "model")}
    return {**{name: values[name] for name in kept}, **paths}
