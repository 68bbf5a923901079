"""The sweep command: search settings of a student on training rows, resumable, in processes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from tutelage.cli.console import note, progress, say, say_json, say_table, warn
from tutelage.cli.labelled_table import KindOption, check_varies, read_labelled, without_texts
from tutelage.cli.models import AsJson, DataFile, Target, read_prior
from tutelage.cli.options import write_text
from tutelage.cli.sweep_jobs import SweepJob, TableSweep, TextSweep
from tutelage.cli.sweep_options import arguments_of, as_space, usual_names
from tutelage.cli.target_kinds import KINDS
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.text_asking import Lessons, get_lessons, subject_of
from tutelage.cli.text_data import check_teachable, read_labelled_texts
from tutelage.cli.text_evidence import check_encoder
from tutelage.cli.text_options import TextChoice, TextColumn
from tutelage.errors import InputError, OutputError
from tutelage.evaluation.sweep import sweep as search
from tutelage.evaluation.sweep_result import SweepResult, value_text
from tutelage.evaluation.yardstick import find_yardstick
from tutelage.report.sweep_html import write_sweep
from tutelage.students.text_settings import default_steps

STORE, PAGE, RECORD, SETTINGS = "trials.sqlite", "sweep.html", "sweep.json", "settings.json"


def sweep(
    data: DataFile,
    target: Target,
    text: TextColumn = None,
    kind: KindOption = None,
    prior: Annotated[
        Path | None, typer.Option(help="Of a table: lessons written by teach.")
    ] = None,
    lessons: Annotated[
        Path | None, typer.Option(help="With --text: folder of lessons; nothing is asked.")
    ] = None,
    encoder: Annotated[
        str, typer.Option(help="With --text: minilm, static, or a folder with an encoder.")
    ] = "minilm",
    over: Annotated[
        list[str] | None,
        typer.Option(help="What is varied, once each: NAME, NAME=VALUE,VALUE or NAME=LOW:HIGH."),
    ] = None,
    trials: Annotated[int, typer.Option(help="Settings to judge in all.", min=1)] = 20,
    folds: Annotated[int, typer.Option(help="Folds that judge a setting.", min=2)] = 3,
    metric: Annotated[
        str, typer.Option(help="What settings are judged by; default: roc_auc, r2, or accuracy.")
    ] = "",
    processes: Annotated[int, typer.Option(help="How many judge at the same time.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Seed of folds and search.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder of the store and the results.")] = Path("sweep"),
    json_: AsJson = False,
) -> None:
    """Search settings of a student by cross-validation on training rows; keep what is better.

    Trials are kept in the folder: run the same command again to go on after a stop, or with more
    --trials. The best setting is chosen only if it also gains on other folds; else the default
    stays. Give training rows only: what you test on must play no part here. Needs the extra sweep.

    Example:  tutelage sweep train.csv --target intent --text said --lessons lessons --processes 2
    """
    job, names, steps = (
        _table_job(data, target, kind, prior, lessons, metric, folds)
        if text is None
        else _text_job(data, target, text, prior, lessons, encoder, metric, folds)
    )
    space, default = as_space(over, names, job.student, steps)
    _make_folder(out)
    with progress("judging settings") as bar:
        found = search(
            job,
            space,
            default,
            out / STORE,
            key=job.key,
            metric=job.metric,
            n_trials=trials,
            processes=processes,
            seed=seed,
            progress=bar,
        )
    settings = _settings(found, job, data, target, text, encoder)
    write_text(out / RECORD, _as_json(found.to_dict()))
    write_text(out / SETTINGS, _as_json(settings))
    write_sweep(found, out / PAGE, data=data.name, settings=settings)
    if json_:
        say_json({**found.to_dict(), "settings": settings})
        return
    _say(found, settings, data, out)


def _table_job(
    data: Path,
    target: str,
    kind: str | None,
    prior: Path | None,
    lessons: Path | None,
    metric: str,
    folds: int,
) -> tuple[SweepJob, tuple[str, ...], int]:
    if lessons is not None:
        raise InputError("--lessons are for --text; a table takes --prior.")
    whole = check_varies(read_labelled(data, target, kind))
    said = None if prior is None else read_prior(prior)
    table = without_texts(whole, () if said is None else said.columns)
    for sentence in table.warnings:
        warn(sentence)
    chosen = metric or KINDS[table.kind].metric
    is_of_numbers = any(chosen == name for name in ("r2", "rmse", "mae"))
    if find_yardstick(chosen) and is_of_numbers != (table.kind == "regression"):
        raise InputError(f"--metric {chosen} does not fit a target of {table.kind}.")
    job = TableSweep(table, said, chosen, folds)
    return job, usual_names(job.student, has_words=False, is_static=False), 0


def _text_job(
    data: Path,
    target: str,
    text: str,
    prior: Path | None,
    lessons: Path | None,
    encoder: str,
    metric: str,
    folds: int,
) -> tuple[SweepJob, tuple[str, ...], int]:
    if prior is not None:
        raise InputError("--prior is for tables; with --text give a folder with --lessons.")
    chosen = metric or "accuracy"
    if chosen in ("r2", "rmse", "mae"):
        raise InputError(f"--metric {chosen} does not fit a target of classes.")
    find_yardstick(chosen)
    choice = TextChoice(lessons=lessons, encoder=encoder)
    check_encoder(choice)
    texts = check_teachable(read_labelled_texts(data, target, text))
    for sentence in texts.warnings:
        warn(sentence)
    said = Lessons()
    if lessons is not None:
        if not lessons.is_dir():
            raise InputError(f"--lessons must be a folder of lessons, got {str(lessons)!r}.")
        said = get_lessons(TeacherOptions(), choice, subject_of(texts, "", None))
    job = TextSweep(texts, said, encoder, chosen, folds)
    has_words = bool(said.of("cards") or said.of("ratings"))
    names = usual_names(job.student, has_words=has_words, is_static=encoder.startswith("static"))
    n_texts = len(texts.texts) * (folds - 1) // folds + len(said.of("rewrites"))
    return job, names, default_steps(n_texts)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"--out {out} cannot be written: {error.strerror or error}.") from error


def _settings(
    found: SweepResult, job: SweepJob, data: Path, target: str, text: str | None, encoder: str
) -> dict[str, Any]:
    """Return the chosen settings as data, as a command, and as Python."""
    chosen = dict(found.chosen)
    given = {"encoder": encoder, **chosen} if text is not None else chosen
    places = ["--target", target, *(["--text", text, "--encoder", encoder] if text else [])]
    arguments = arguments_of(chosen, found.default)
    changed = [name for name, value in chosen.items() if value != found.default[name]]
    rest = [name for name in changed if not arguments_of({name: chosen[name]}, found.default)]
    called = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return {
        "student": job.student.__name__,
        "parameters": given,
        "is_default": not changed,
        "command": shlex.join(["tutelage", "fit", str(data), *places, *arguments]),
        "without_option": rest,
        "python": f"{job.student.__name__}({called})",
    }


def _as_json(values: object) -> str:
    return json.dumps(values, ensure_ascii=True, indent=1, allow_nan=False) + "\n"


def _say(found: SweepResult, settings: dict[str, Any], data: Path, out: Path) -> None:
    head, lines = found.lines()
    say_table(f"{len(found.trials)} settings, {found.direction} is better", head, lines)
    say()
    if found.importance:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in found.importance.items())
        say(f"Share of the differences that each parameter explains: {shares}.")
    say(found.verdict())
    shown = ", ".join(f"{name} {value_text(value)}" for name, value in found.chosen.items())
    say(f"settings: {shown}")
    say(f"command:  {settings['command']}")
    if settings["without_option"]:
        say(f"python:   {settings['python']}")
        note(
            f"tutelage fit has no option for {', '.join(settings['without_option'])}: use Python "
            "for these."
        )
    say(f"page:     {out / PAGE}")
    note(f"Judged by folds of {data} alone. Run again with more --trials to go on.")
