"""Commands that prepare or ask a teacher: card, plan, teach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.console import note, progress, say, say_json, say_table, warn
from tutelage.cli.labelled_table import KindOption, LabelledTable, check_varies, read_labelled
from tutelage.cli.option_groups import takes
from tutelage.cli.options import check_output_file, write_text
from tutelage.cli.question_options import QuestionOptions, Task, drafted_card
from tutelage.cli.teacher_options import TeacherOptions, warn_of_orders
from tutelage.cli.text_asking import Subject, plan_texts, plan_values, subject_of, teach_texts
from tutelage.cli.text_card import TextCard
from tutelage.cli.text_data import check_teachable, read_labelled_texts
from tutelage.cli.text_options import TextColumn, TextQuestions, as_kinds, refuse_table_options
from tutelage.cli.unlabelled_data import has_no_labels
from tutelage.cli.unlabelled_options import OptionsGiven, UnlabelledTexts
from tutelage.cli.unlabelled_teaching import plan_unlabelled, teach_unlabelled
from tutelage.errors import InputError
from tutelage.lessons import FeaturePrior, diagnose, save_lessons
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher

DataFile = Annotated[Path, typer.Argument(help="A CSV or TSV file with a header.")]
Target = Annotated[str, typer.Option(help="Name of the column to predict.")]
TargetIfAny = Annotated[
    str | None,
    typer.Option(
        help="Name of the column to predict; left out where the teacher labels (--classes)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def card(
    data: DataFile,
    target: Target,
    kind: KindOption = None,
    text: TextColumn = None,
    task: Task = None,
    out: Annotated[Path, typer.Option(help="File of the card.")] = Path("card.toml"),
) -> None:
    """Draft a task card from a table: edit it, it is all the teacher is told.

    With --text the card holds the task and what the labels mean.

    Example:  tutelage card patients.csv --target ill --task "Predict who is ill."
    """
    check_output_file(out)
    if out.exists():
        raise InputError(f"{out} exists; name another file with --out, so that no edit is lost.")
    if text is not None:
        refuse_table_options({"--kind": kind})
        texts = check_teachable(read_labelled_texts(data, target, text))
        TextCard(dict.fromkeys(texts.classes, ""), task or "").save(out)
        say(f"{out} names {len(texts.classes)} labels. Say what those mean whose names do not.")
        return
    drafted = drafted_card(check_varies(read_labelled(data, target, kind)), task)
    drafted.save(out)
    if drafted.notes:
        note(drafted.notes)
    classes = ", ".join(drafted.classes)
    say(f"{out} describes {len(drafted.columns)} columns and the classes {classes}.")
    say("Describe the columns whose names do not say what they mean. Of two classes, the teacher")
    say("is asked about the last.")


@takes(
    question=QuestionOptions,
    teacher=TeacherOptions,
    texts=TextQuestions,
    unlabelled=UnlabelledTexts,
)
def plan(
    data: DataFile,
    *,
    target: TargetIfAny = None,
    question: QuestionOptions,
    teacher: TeacherOptions,
    texts: TextQuestions,
    unlabelled: UnlabelledTexts,
    kind: KindOption = None,
    show_outgoing: Annotated[
        Path | None, typer.Option(help="Write every request that would be sent, as JSON Lines.")
    ] = None,
    json_: AsJson = False,
) -> None:
    """Show calls, tokens, price and one complete request; nothing is sent.

    Takes the options of teach.

    Example:  tutelage plan patients.csv --target ill --teacher openai:gpt-4o-mini

    Example:  tutelage plan mails.csv --text mail --classes a,b,c --teacher openai:gpt-4o-mini
    """
    check_output_file(show_outgoing)
    if target is None or has_no_labels(data, target, unlabelled):
        given = OptionsGiven(unlabelled, texts, question, for_others={"--kind": kind})
        plan_unlabelled(data, given, teacher, show_outgoing, json_)
        return
    if texts.text is not None:
        subject = _subject(data, target, texts, kind, question)
        plan_texts(teacher, subject, as_kinds(texts.ask), show_outgoing, json_)
        return
    asked_card = question.card(check_varies(read_labelled(data, target, kind)))
    with teacher.opened() as opened:
        found = opened.plan_feature_prior(
            asked_card,
            repeats=question.repeats,
            prompt=question.prompt,
            paraphrases=question.paraphrases,
        )
    if show_outgoing is not None:
        lines = (json.dumps(request, ensure_ascii=False) + "\n" for request in found.outgoing)
        write_text(show_outgoing, "".join(lines))
        note(f"The {len(found.outgoing)} requests that would be sent are in {show_outgoing}.")
    if json_:
        say_json(plan_values(found))
        return
    say(str(found))
    say("\nOne complete request:\n")
    say(found.sample_request)


def _subject(
    data: Path, target: str, asked: TextQuestions, kind: str | None, question: QuestionOptions
) -> Subject:
    """Return the labelled texts of a file with the task."""
    refuse_table_options({"--kind": kind, "--sensitive": question.sensitive})
    texts = check_teachable(read_labelled_texts(data, target, str(asked.text)))
    for sentence in texts.warnings:
        warn(sentence)
    return subject_of(texts, question.task, question.card_file, asked.named_languages)


@takes(
    question=QuestionOptions,
    teacher=TeacherOptions,
    texts=TextQuestions,
    unlabelled=UnlabelledTexts,
)
def teach(
    data: DataFile,
    *,
    target: TargetIfAny = None,
    question: QuestionOptions,
    teacher: TeacherOptions,
    texts: TextQuestions,
    unlabelled: UnlabelledTexts,
    kind: KindOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File of the lessons; default: prior.jsonl. With --text a folder: lessons."
        ),
    ] = None,
) -> None:
    """Ask the teacher how strongly each column speaks for each class; write it down.

    About a number to predict it is asked whether a larger value of a column goes with a larger
    number. With --text, for class cards, rewrites and word ratings. Without --target nobody has
    labels: the teacher puts the texts of --text into the --classes, says why, and describes the
    classes. What was answered before, in a run that was interrupted for example, is not asked
    again.

    Example:  tutelage teach patients.csv --target ill --teacher openai:gpt-4o-mini --budget 1

    Example:  tutelage teach mails.csv --text mail --classes a,b,c --teacher openai:gpt-4o-mini
    """
    if target is None or has_no_labels(data, target, unlabelled):
        given = OptionsGiven(unlabelled, texts, question, for_others={"--kind": kind})
        teach_unlabelled(data, given, teacher, out or Path("lessons"))
        return
    if texts.text is not None:
        subject = _subject(data, target, texts, kind, question)
        teach_texts(teacher, subject, as_kinds(texts.ask), out or Path("lessons"))
        return
    written = out or Path("prior.jsonl")
    check_output_file(written)
    table = check_varies(read_labelled(data, target, kind))
    asked_card = question.card(table)
    with teacher.opened() as opened:
        prior = ask(opened, asked_card, question)
        spent = opened.ledger.spent_usd()
    say_prior(prior, table)
    save_lessons(prior, written)
    note(f"The prior is in {written}; it cost {spent:.4f} US dollars now.")


def ask(teacher: Teacher, asked_card: TaskCard, question: QuestionOptions) -> FeaturePrior:
    """Ask for a prior, with a bar on long work."""
    with progress("asking the teacher") as step:
        prior = teacher.feature_prior(
            asked_card,
            repeats=question.repeats,
            prompt=question.prompt,
            paraphrases=question.paraphrases,
            progress=step,
        )
    warn_of_orders(teacher)
    return prior


def say_prior(prior: FeaturePrior, table: LabelledTable) -> None:
    """Print the strongest scores, and aloud what is suspicious about the prior."""
    ranked = sorted((s for s in prior.scores if s.answers), key=lambda s: -abs(s.mean))
    say_table(
        f"What the teacher said ({len(ranked)} scores, the strongest 10)",
        ["column", "class", "score", "spread"],
        [[s.name, s.label, f"{s.mean:+.2f}", f"{s.spread:.2f}"] for s in ranked[:10]],
    )
    columns = list(table.rows.columns)
    for finding in diagnose(prior, columns=columns, classes=table.classes):
        (warn if finding.severity == "warning" else note)(finding.message)
