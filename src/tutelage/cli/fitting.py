"""The main job in one command: ask, train, compare, report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from tutelage.cli import asking
from tutelage.cli.console import note, say, say_json, say_table, warn
from tutelage.cli.evidence import contestants, judge
from tutelage.cli.labelled_table import (
    KindOption,
    LabelledTable,
    check_varies,
    read_labelled,
    without_texts,
)
from tutelage.cli.models import prior_warnings, read_prior, train_student
from tutelage.cli.option_groups import takes
from tutelage.cli.options import as_shots, folder_in_one_piece
from tutelage.cli.question_options import QuestionOptions
from tutelage.cli.recording import ModelNotes, RunNotes, record_of
from tutelage.cli.sensitive import DropSensitive, without_sensitive
from tutelage.cli.student_options import StudentOptions
from tutelage.cli.target_kinds import KINDS, Student
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.text_fitting import TextJob, fit_texts
from tutelage.cli.text_options import TextLearning, TextQuestions, refuse_table_options
from tutelage.cli.timer import Timer
from tutelage.cli.unlabelled_data import has_no_labels
from tutelage.cli.unlabelled_fitting import UnlabelledJob, fit_unlabelled
from tutelage.cli.unlabelled_options import OptionsGiven, UnlabelledTexts, needing_labels
from tutelage.errors import InputError
from tutelage.evaluation.curve_result import CurveResult, amount_name
from tutelage.evaluation.yardstick import find_yardstick, has_target_units
from tutelage.lessons import FeaturePrior, save_lessons
from tutelage.report.html import write_report
from tutelage.report.record import AuditRecord
from tutelage.students.residual import FEWEST_PER_CLASS
from tutelage.teacher.plan import as_text
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher


@takes(
    question=QuestionOptions,
    teacher=TeacherOptions,
    learning=StudentOptions,
    texts=TextQuestions,
    text_learning=TextLearning,
    unlabelled=UnlabelledTexts,
)
def fit(
    data: asking.DataFile,
    question: QuestionOptions,
    teacher: TeacherOptions,
    learning: StudentOptions,
    texts: TextQuestions,
    text_learning: TextLearning,
    unlabelled: UnlabelledTexts,
    target: Annotated[
        str | None,
        typer.Option(
            help="Name of the column to predict; left out where the teacher labels (--classes), or "
            "the labels of --test."
        ),
    ] = None,
    kind: KindOption = None,
    prior: Annotated[
        Path | None, typer.Option(help="Lessons to use instead of asking a teacher.")
    ] = None,
    drop_sensitive: DropSensitive = False,
    test: Annotated[
        Path | None, typer.Option(help="Labelled rows to judge the final model on.")
    ] = None,
    shots: Annotated[
        str | None,
        typer.Option(
            help="Labels per class (labelled rows, for a number) to compare at; default: "
            "1,5,10,25 (5,10,25,50)."
        ),
    ] = None,
    splits: Annotated[int, typer.Option(help="Paired splits per comparison.", min=2)] = 20,
    seed: Annotated[int, typer.Option(help="Seed of the splits.", min=0)] = 0,
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("tutelage-out"),
    json_: asking.AsJson = False,
) -> None:
    """Ask the teacher, train a student, compare it with controls, write a report.

    The folder holds model/, prior.jsonl, card.toml, record.json and report.html; with --text,
    lessons/ instead of prior.jsonl and card.toml. Without --target nobody has labels: the teacher
    puts the texts of --text into the --classes and says why.

    Example:  tutelage fit patients.csv --target ill --teacher openai:gpt-4o-mini --budget 1
    """
    for_tables = {
        "--prior": prior,
        "--shots": shots,
        "--kind": kind,
        "--sensitive": question.sensitive,
        "--drop-sensitive": drop_sensitive,
    }
    if target is None or has_no_labels(data, target, unlabelled):
        given = OptionsGiven(
            unlabelled,
            texts,
            question,
            text_learning,
            learning.student,
            {**for_tables, **needing_labels(text_learning)},
        )
        fit_unlabelled(UnlabelledJob(data, test, target, seed, out, json_), given, teacher)
        return
    if texts.text is not None:
        refuse_table_options(for_tables)
        told = (question.task, question.card_file)
        asked = TextJob(data, target, texts.text, *told, test, seed, out, json_)
        fit_texts(asked, text_learning.checked(texts), teacher)
        return
    _fit_table(
        TableJob(data, target, kind, prior, drop_sensitive, test, shots, splits, seed, out, json_),
        question,
        teacher,
        learning,
    )


@dataclass(frozen=True)
class TableJob:
    """What is to be learned from which table, and where the results go."""

    data: Path
    target: str
    kind: str | None
    prior: Path | None
    drop_sensitive: bool
    test: Path | None
    shots: str | None
    splits: int
    seed: int
    out: Path
    as_json: bool


def _fit_table(
    job: TableJob, question: QuestionOptions, teacher: TeacherOptions, learning: StudentOptions
) -> None:
    _check_who_teaches(teacher, job.prior)
    wanted_shots = as_shots(job.shots)
    timer = Timer()
    whole = check_varies(read_labelled(job.data, job.target, job.kind))
    choice, how = learning.checked(whole.kind), KINDS[whole.kind]
    narrowed = without_sensitive(whole, question.sensitive, job.drop_sensitive)
    test_table = None if job.test is None else _read_test(job.test, whole)
    say_choices(whole, choice.student, by_user=job.kind is not None)
    with folder_in_one_piece(job.out) as folder:
        timer.lap("reading")
        if job.prior is not None:
            card, run = None, RunNotes(read_prior(job.prior).without(question.sensitive or ()))
        else:
            card = question.card(whole)
            with teacher.opened() as opened:
                run = _ask(opened, card, question)
        table = without_texts(narrowed, keep=run.prior.columns)
        for sentence in table.warnings:
            warn(sentence)
        if not job.as_json:
            asking.say_prior(run.prior, table)
        timer.lap("asking")
        student = train_student(table, run.prior, choice)
        timer.lap("training")
        models = contestants(how, run.prior, choice)
        curve = how.curve(models, table, shots=wanted_shots, n_splits=job.splits, seed=job.seed)
        timer.lap("comparing")
        judged, judged_on = judge(how, student, table, test_table, job.seed)
        timer.lap("evaluating")
        record = record_of(
            table,
            card,
            run,
            ModelNotes(student, str(job.out / "model"), judged, judged_on),
            curve=curve,
            test_rows=test_table,
            warnings=(*table.warnings, *prior_warnings(run.prior, table)),
            seed=job.seed,
            timings=timer.seconds,
            command=shlex.join(["tutelage", *sys.argv[1:]]),
        )
        _write_all(folder, student, run.prior, card, record)
    _say_result(record, student, job.out, job.as_json)


def say_choices(table: LabelledTable, student: str, *, by_user: bool) -> None:
    """Say aloud what was chosen from the look of the target, and where a student has no say."""
    if table.kind == "regression" and not by_user:
        note(
            f"{table.target!r} holds {table.labels.nunique()} different numbers and is predicted "
            "as a number; --kind classification takes each as a class."
        )
    if student != "linear":
        note(
            f"With fewer than {FEWEST_PER_CLASS} labelled rows in a class, {student} is the linear "
            "student; give larger --shots to compare it where it differs."
        )


def _check_who_teaches(teacher: TeacherOptions, prior: Path | None) -> None:
    if (teacher.source is None) == (prior is None):
        raise InputError(
            "Give either --teacher (openai:MODEL, http://HOST:PORT/v1#MODEL, tape:FILE) or "
            f"--prior FILE; got {'both' if prior else 'neither'}."
        )


def _read_test(path: Path, table: LabelledTable) -> LabelledTable:
    found = read_labelled(path, table.target, table.kind)
    strangers = sorted(set(found.classes) - set(table.classes))
    if strangers:
        raise InputError(f"{path} holds classes that {table.path} lacks: {strangers}.")
    return found


def _ask(opened: Teacher, card: TaskCard, question: QuestionOptions) -> RunNotes:
    planned = opened.plan_feature_prior(
        card, repeats=question.repeats, prompt=question.prompt, paraphrases=question.paraphrases
    )
    note(
        f"{opened.title}: {planned.n_calls} calls to make, {planned.n_cached} answered already, "
        f"about {planned.cost_usd.expected:.4f} US dollars "
        f"(at the very most {planned.worst_usd:.4f})."
    )
    prior = asking.ask(opened, card, question)
    asked, answer = _first_exchange(opened, prior)
    return RunNotes(
        prior,
        n_cached=opened.last_tally.n_stored,
        n_asked=opened.last_tally.n_asked,
        spent_usd=opened.ledger.spent_usd(),
        question=asked,
        answer=answer,
        is_replay=opened.title.startswith("tape:"),
    )


def _first_exchange(opened: Teacher, prior: FeaturePrior) -> tuple[str, str]:
    keys = set(prior.provenance.question_keys)
    for question, answer in opened.store.exchanges():
        if question.key in keys:
            return as_text(question), answer.text
    return "", ""


def _write_all(
    folder: Path,
    student: Student,
    prior: FeaturePrior,
    card: TaskCard | None,
    record: AuditRecord,
) -> None:
    student.save(folder / "model")
    save_lessons(prior, folder / "prior.jsonl")
    if card is not None:
        card.save(folder / "card.toml")
    record.save(folder / "record.json")
    write_report(record, folder / "report.html")


def _say_result(record: AuditRecord, student: Student, out: Path, as_json: bool) -> None:
    if as_json:
        say_json(_summary(record, out))
        return
    if record.curve is not None:
        _say_curve(record.curve, record.metric)
    say()
    say(record.headline)
    say(str(student.trust_))
    say(f"report: {out / 'report.html'}")
    say(f"model:  {out / 'model'}")


def _say_curve(curve: CurveResult, metric: str) -> None:
    title, form = find_yardstick(metric).title, ".4g" if has_target_units(metric) else ".3f"
    rows = [
        [name, *(f"{curve.cell(name, k, metric).mean:{form}}" for k in curve.shots)]
        for name in curve.models
    ]
    counted = amount_name(curve.per_class)
    say_table(
        f"{title} by {counted} (mean of {curve.n_splits} paired splits)",
        ["model", *(str(k) for k in curve.shots)],
        rows,
    )


def _summary(record: AuditRecord, out: Path) -> Mapping[str, Any]:
    values = record.to_dict()
    kept = ("headline", "by_labels", "verdicts", "evaluation", "evaluated_on", "cost", "trust")
    paths = {"report": str(out / "report.html"), "model": str(out / "model")}
    return {**{name: values[name] for name in kept}, "warnings": values["warnings"], **paths}
