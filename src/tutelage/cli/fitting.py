"""The main job in one command: ask, train, compare, report."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from tutelage.cli import asking, teacher_options
from tutelage.cli.console import note, say, say_json, say_table, warn
from tutelage.cli.evidence import cross_fitted, measure_curve
from tutelage.cli.models import matching_rows, prior_warnings, train_student
from tutelage.cli.options import as_shots, as_trust, folder_in_one_piece
from tutelage.cli.recording import ModelNotes, RunNotes, record_of
from tutelage.cli.sensitive import DropSensitive, Sensitive, without_sensitive
from tutelage.cli.table_file import LabelledTable, read_labelled
from tutelage.errors import InputError
from tutelage.evaluation import evaluate
from tutelage.evaluation.run import EvaluationResult
from tutelage.lessons import FeaturePrior, load_lessons, save_lessons
from tutelage.report.html import write_report
from tutelage.report.record import AuditRecord
from tutelage.students.tabular import TaughtClassifier
from tutelage.teacher.plan import as_text
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher


@dataclass
class Timer:
    """Seconds spent on each step."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def lap(self, step: str) -> None:
        """Book the time since the last call to ``step``."""
        now = time.perf_counter()
        self.seconds[step] = now - self._since
        self._since = now


def fit(
    data: asking.DataFile,
    target: asking.Target,
    teacher: teacher_options.Source = None,
    prior: Annotated[
        Path | None, typer.Option(help="Lessons to use instead of asking a teacher.")
    ] = None,
    task: asking.Task = None,
    card_file: asking.CardFile = None,
    sensitive: Sensitive = None,
    drop_sensitive: DropSensitive = False,
    budget: teacher_options.Budget = None,
    repeats: teacher_options.Repeats = 5,
    paraphrases: teacher_options.Reworded = False,
    prompt: teacher_options.Prompt = None,
    answers: teacher_options.Answers = None,
    price_in: teacher_options.PriceIn = None,
    price_out: teacher_options.PriceOut = None,
    key_variable: teacher_options.KeyVariable = None,
    fresh: teacher_options.Fresh = False,
    no_cache: teacher_options.NoCache = False,
    batch: teacher_options.Batch = False,
    rpm: teacher_options.PerMinute = None,
    tpm: teacher_options.TokensPerMinute = None,
    workers: teacher_options.Workers = 4,
    trust: Annotated[
        str, typer.Option(help='"auto", or a number in [0, 1]; 0 ignores the prior.')
    ] = "auto",
    test: Annotated[
        Path | None, typer.Option(help="Labelled rows to judge the final model on.")
    ] = None,
    shots: Annotated[str, typer.Option(help="Labels per class to compare at.")] = "1,5,10,25",
    splits: Annotated[int, typer.Option(help="Paired splits per comparison.", min=2)] = 20,
    seed: Annotated[int, typer.Option(help="Seed of the splits.", min=0)] = 0,
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("tutelage-out"),
    json_: asking.AsJson = False,
) -> None:
    """Ask the teacher, train a student, compare it with controls, write a report.

    The folder holds model/, prior.jsonl, card.toml, record.json and report.html.

    Example:  tutelage fit patients.csv --target ill --teacher openai:gpt-4o-mini --budget 1
    """
    if (teacher is None) == (prior is None):
        raise InputError(
            "Give either --teacher (openai:MODEL, http://HOST:PORT/v1#MODEL, tape:FILE) or "
            f"--prior FILE; got {'both' if teacher else 'neither'}."
        )
    options = teacher_options.TeacherOptions(
        teacher,
        budget,
        answers,
        price_in,
        price_out,
        key_variable,
        fresh,
        no_cache,
        batch,
        rpm,
        tpm,
        workers,
    )
    wanted_shots, wanted_trust = as_shots(shots), as_trust(trust)
    timer = Timer()
    whole = read_labelled(data, target)
    table = without_sensitive(whole, sensitive, drop_sensitive)
    test_table = None if test is None else _read_test(test, table)
    for sentence in table.warnings:
        warn(sentence)
    with folder_in_one_piece(out) as folder:
        timer.lap("reading")
        if prior is not None:
            card, run = None, RunNotes(_read_prior(prior).without(sensitive or ()))
        else:
            card = asking.card_for(whole, card_file, task, sensitive)
            with options.opened() as opened:
                run = _ask(opened, card, repeats, prompt, paraphrases)
        if not json_:
            asking.say_prior(run.prior, table)
        timer.lap("asking")
        student = train_student(table, run.prior, wanted_trust)
        timer.lap("training")
        curve = measure_curve(
            table, run.prior, wanted_trust, shots=wanted_shots, n_splits=splits, seed=seed
        )
        timer.lap("comparing")
        judged, judged_on = _judge(student, table, test_table, seed)
        timer.lap("evaluating")
        record = record_of(
            table,
            card,
            run,
            ModelNotes(student, str(out / "model"), judged, judged_on),
            curve=curve,
            test_rows=test_table,
            warnings=(*table.warnings, *prior_warnings(run.prior, table)),
            seed=seed,
            timings=timer.seconds,
            command=shlex.join(["tutelage", *sys.argv[1:]]),
        )
        _write_all(folder, student, run.prior, card, record)
    _say_result(record, student, out, json_)


def _read_prior(path: Path) -> FeaturePrior:
    lessons = load_lessons(path)
    if not isinstance(lessons, FeaturePrior):
        raise InputError(f"{path} must hold a feature prior, got {type(lessons).__name__}.")
    return lessons


def _read_test(path: Path, table: LabelledTable) -> LabelledTable:
    found = read_labelled(path, table.target)
    strangers = sorted(set(found.classes) - set(table.classes))
    if strangers:
        raise InputError(f"{path} holds classes that {table.path} lacks: {strangers}.")
    return found


def _ask(
    opened: Teacher, card: TaskCard, repeats: int, prompt: str | None, paraphrases: bool
) -> RunNotes:
    planned = opened.plan_feature_prior(
        card, repeats=repeats, prompt=prompt, paraphrases=paraphrases
    )
    note(
        f"{opened.title}: {planned.n_calls} calls to make, {planned.n_cached} answered already, "
        f"about {planned.cost_usd.expected:.4f} US dollars "
        f"(at the very most {planned.worst_usd:.4f})."
    )
    prior = asking.ask(opened, card, repeats=repeats, prompt=prompt, paraphrases=paraphrases)
    question, answer = _first_exchange(opened, prior)
    return RunNotes(
        prior,
        n_cached=opened.last_tally.n_stored,
        n_asked=opened.last_tally.n_asked,
        spent_usd=opened.ledger.spent_usd(),
        question=question,
        answer=answer,
        is_replay=opened.title.startswith("tape:"),
    )


def _first_exchange(opened: Teacher, prior: FeaturePrior) -> tuple[str, str]:
    keys = set(prior.provenance.question_keys)
    for question, answer in opened.store.exchanges():
        if question.key in keys:
            return as_text(question), answer.text
    return "", ""


def _judge(
    student: TaughtClassifier, table: LabelledTable, test: LabelledTable | None, seed: int
) -> tuple[EvaluationResult | None, str]:
    if test is not None:
        rows = matching_rows(student, test.rows, test.path)
        result = evaluate(student, rows, test.labels.to_numpy(), seed=seed)
        return result, f"{len(rows)} rows of {test.path.name}, none of them used in training"
    found = cross_fitted(table, student, seed)
    return found if found is not None else (None, "")


def _write_all(
    folder: Path,
    student: TaughtClassifier,
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


def _say_result(record: AuditRecord, student: TaughtClassifier, out: Path, as_json: bool) -> None:
    if as_json:
        say_json(_summary(record, out))
        return
    if record.curve is not None:
        say_table(
            f"ROC AUC by labels per class (mean of {record.curve.n_splits} paired splits)",
            ["model", *(str(k) for k in record.curve.shots)],
            [
                [
                    name,
                    *(
                        f"{record.curve.cell(name, k, 'roc_auc').mean:.3f}"
                        for k in record.curve.shots
                    ),
                ]
                for name in record.curve.models
            ],
        )
    say()
    say(record.headline)
    say(str(student.trust_))
    say(f"report: {out / 'report.html'}")
    say(f"model:  {out / 'model'}")


def _summary(record: AuditRecord, out: Path) -> Mapping[str, Any]:
    values = record.to_dict()
    kept = ("headline", "by_labels", "verdicts", "evaluation", "evaluated_on", "cost", "trust")
    paths = {"report": str(out / "report.html"), "model": str(out / "model")}
    return {**{name: values[name] for name in kept}, "warnings": values["warnings"], **paths}
