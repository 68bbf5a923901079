"""Commands that use a trained student: train, evaluate, predict, explain."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from tutelage.cli.console import note, say, say_json, say_table, warn
from tutelage.cli.labelled_table import (
    KindOption,
    LabelledTable,
    check_varies,
    read_labelled,
    without_texts,
)
from tutelage.cli.option_groups import takes
from tutelage.cli.options import check_output_file, write_text
from tutelage.cli.sensitive import DropSensitive, Sensitive, without_sensitive
from tutelage.cli.student_options import StudentChoice, StudentOptions
from tutelage.cli.table_file import check_columns, read_frame
from tutelage.cli.target_kinds import KINDS, Student, kind_of_student
from tutelage.cli.text_models import (
    SecondColumnOfModel,
    TextColumnOfModel,
    explained_text,
    read_texts_of,
    text_predictions,
    text_scores,
    text_student,
    written_reason,
)
from tutelage.cli.text_options import (
    TextColumn,
    TextLearning,
    TextQuestions,
    refuse_table_options,
)
from tutelage.cli.text_training import train_texts
from tutelage.cli.unlabelled_data import has_no_labels
from tutelage.cli.unlabelled_options import (
    Classes,
    OptionsGiven,
    SecondColumn,
    UnlabelledTexts,
    needing_labels,
)
from tutelage.cli.unlabelled_training import train_unlabelled
from tutelage.errors import DataError, InputError
from tutelage.explanation import Explanation
from tutelage.lessons import FeaturePrior, diagnose, load_lessons
from tutelage.report.shown import quantity
from tutelage.students import load
from tutelage.students.regression import TaughtRegressor
from tutelage.students.seq2seq import RationaleStudent
from tutelage.students.tabular import TaughtClassifier

DataFile = Annotated[Path, typer.Argument(help="A CSV or TSV file with a header.")]
ModelFolder = Annotated[Path, typer.Argument(help="A folder written by train or fit.")]
Target = Annotated[str, typer.Option(help="Name of the column to predict.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


@takes(learning=StudentOptions, text_learning=TextLearning)
def train(
    data: DataFile,
    *,
    target: Annotated[
        str | None,
        typer.Option(
            help="Name of the column to predict; left out where the labels are those of --lessons."
        ),
    ] = None,
    learning: StudentOptions,
    text_learning: TextLearning,
    text: TextColumn = None,
    text2: SecondColumn = None,
    classes: Classes = None,
    kind: KindOption = None,
    prior: Annotated[
        Path | None, typer.Option(help="Lessons written by teach; none: the plain student.")
    ] = None,
    sensitive: Sensitive = None,
    drop_sensitive: DropSensitive = False,
    out: Annotated[Path, typer.Option(help="Folder of the model.")] = Path("model"),
) -> None:
    """Train a student on the labelled rows, with or without lessons; no teacher is asked.

    Rows of a table whose target cell is empty are used to scale the columns. With --text, on
    labelled texts and the lessons in the folder --lessons. Without --target, on the labels and
    reasons in that folder, as teach and fit write them; the --classes are those that it names.

    Example:  tutelage train patients.csv --target ill --prior prior.jsonl --out model

    Example:  tutelage train mails.csv --text mail --lessons lessons --student rationale
    """
    tables_only = {
        "--prior": prior,
        "--kind": kind,
        "--sensitive": sensitive,
        "--drop-sensitive": drop_sensitive,
    }
    unlabelled = UnlabelledTexts(classes, text2)
    if target is None or has_no_labels(data, target, unlabelled):
        given = OptionsGiven(
            unlabelled,
            TextQuestions(text),
            learning=text_learning,
            student=learning.student,
            for_others={**tables_only, **needing_labels(text_learning)},
        )
        train_unlabelled(data, given, out)
        return
    if text is not None:
        if learning.student == "rationale":
            raise InputError(
                "--student rationale learns the labels and reasons of a teacher: leave out "
                "--target, and name the folder that holds them with --lessons."
            )
        refuse_table_options(tables_only)
        train_texts(data, target, text, text_learning.checked(TextQuestions()), out)
        return
    whole = check_varies(read_labelled(data, target, kind))
    choice = learning.checked(whole.kind)
    lessons = None if prior is None else read_prior(prior).without(sensitive or ())
    kept = () if lessons is None else lessons.columns
    table = without_texts(without_sensitive(whole, sensitive, drop_sensitive), kept)
    for sentence in table.warnings:
        warn(sentence)
    student = train_student(table, lessons, choice)
    for sentence in prior_warnings(lessons, table):
        warn(sentence)
    folder = student.save(out)
    say(str(student.trust_))
    note(f"The model is in {folder}.")


def read_prior(path: Path) -> FeaturePrior:
    """Return the feature prior of a lessons file.

    Raises
    ------
    InputError
        When the file holds other lessons.
    """
    lessons = load_lessons(path)
    if not isinstance(lessons, FeaturePrior):
        raise InputError(f"{path} must hold a feature prior, got {type(lessons).__name__}.")
    return lessons


def train_student(table: LabelledTable, prior: FeaturePrior | None, choice: StudentChoice) -> Any:
    """Fit a student on the labelled rows of ``table``; the other rows scale the columns."""
    student = KINDS[table.kind].student(prior, choice)
    more = table.unlabelled if len(table.unlabelled) else None
    return student.fit(table.rows, table.labels.to_numpy(), unlabelled=more)


def prior_warnings(prior: FeaturePrior | None, table: LabelledTable) -> list[str]:
    """Return the sentences of every suspicion about a prior that is a warning."""
    if prior is None:
        return []
    found = diagnose(prior, columns=list(table.rows.columns), classes=table.classes)
    return [finding.message for finding in found if finding.severity == "warning"]


def evaluate(
    model: ModelFolder,
    data: DataFile,
    target: Target,
    text: TextColumnOfModel = None,
    text2: SecondColumnOfModel = None,
    json_: AsJson = False,
) -> None:
    """Score a model on a labelled file it was not trained on, with 95 % intervals.

    Example:  tutelage evaluate model test.csv --target ill
    """
    student = load(model)
    show: Callable[[float], str] = "{:.4f}".format
    of_texts = text_student(student, model)
    if of_texts is not None:
        result = text_scores(of_texts, data, target, text, text2)
    else:
        known = table_student(student, model)
        kind = kind_of_student(known)
        table = read_labelled(data, target, kind)
        rows = matching_rows(known, table.rows, data)
        result = KINDS[kind].evaluate(known, rows, table.labels, 0)
        show = quantity if kind == "regression" else show
    if json_:
        say_json(result.to_dict())
        return
    say_table(
        f"{model} on {result.n_rows} rows of {data}",
        ["metric", "value", "95 % interval", "better"],
        [
            [e.title, show(e.value), f"{show(e.low)} to {show(e.high)}", e.direction]
            for e in result.estimates
        ],
    )


def predict(
    model: ModelFolder,
    data: DataFile,
    text: TextColumnOfModel = None,
    text2: SecondColumnOfModel = None,
    out: Annotated[Path | None, typer.Option(help="CSV file; default: stdout.")] = None,
    json_: AsJson = False,
) -> None:
    """Predict every row of a table: the number, or the label and the probability of each class.

    Example:  tutelage predict model new.csv --out predictions.csv
    """
    check_output_file(out)
    student = load(model)
    of_texts = text_student(student, model)
    if of_texts is not None:
        table = text_predictions(of_texts, read_texts_of(data, text, text2))
    else:
        known = table_student(student, model)
        table = _predictions(known, matching_rows(known, read_frame(data), data))
    if json_:
        say_json(table.to_dict(orient="records"))
        return
    # a probability has six decimals, a number to predict has any size
    digits = "%.10g" if isinstance(student, TaughtRegressor) else "%.6f"
    written = table.to_csv(index=False, float_format=digits)
    if out is None:
        sys.stdout.write(written)
    else:
        write_text(out, written)
        note(f"{len(table)} predictions are in {out}.")


def _predictions(student: Student, rows: pd.DataFrame) -> pd.DataFrame:
    columns = {"prediction": student.predict(rows)}
    if isinstance(student, TaughtClassifier):
        chance = student.predict_proba(rows).T
        columns |= {
            f"probability of {c}": one for c, one in zip(student.classes_, chance, strict=True)
        }
    table: pd.DataFrame = pd.DataFrame(columns)
    return table


def explain(
    model: ModelFolder,
    data: DataFile,
    row: Annotated[int, typer.Option(help="Number of the row, the first is 1.", min=1)] = 1,
    label: Annotated[
        str | None, typer.Option("--class", help="Class to explain; default: the predicted one.")
    ] = None,
    text: TextColumnOfModel = None,
    text2: SecondColumnOfModel = None,
    json_: AsJson = False,
) -> None:
    """Explain one prediction: signed contributions of columns or words that sum to the score.

    A student of reasons writes one instead: generated text, no attribution.

    Example:  tutelage explain model new.csv --row 3
    """
    student = load(model)
    of_texts = text_student(student, model)
    if isinstance(of_texts, RationaleStudent):
        _say_reason(of_texts, read_texts_of(data, text, text2), row, label, data, json_)
        return
    if of_texts is not None:
        why = explained_text(of_texts, read_texts_of(data, text, text2), row, label, data)
        units = ["word", "characters"]
    else:
        known = table_student(student, model)
        why = _explained_row(known, matching_rows(known, read_frame(data), data), row, label, data)
        units = ["column", "value"]
    if json_:
        say_json(why.to_dict())
        return
    is_number = math.isnan(why.probability)
    show = partial(quantity, signed=True) if is_number else "{:+.3f}".format
    sentence = f"{why.target} with probability {why.probability:.3f} (score {why.score:+.3f})"
    say(f"Row {row}: {f'prediction {why.score:.6g}' if is_number else sentence}")
    lines = [[unit, value, show(number)] for unit, value, number in why.top(len(why.units))]
    rest = "(no word)" if units[0] == "word" else "(an average row)"
    lines.append([rest, "", show(why.bias)])
    say_table("", [*units, "adds" if is_number else f"speaks for {why.target}"], lines)


def _say_reason(
    student: RationaleStudent,
    texts: tuple[str, ...],
    row: int,
    label: str | None,
    path: Path,
    as_json: bool,
) -> None:
    found, chance = written_reason(student, texts, row, label, path)
    if as_json:
        values = {"row": row, "target": str(found.label), "probability": chance}
        say_json({**values, "reason": found.text, "kind": found.kind})
        return
    say(f"Row {row}: {found.label} with probability {chance:.3f}")
    say(f"reason: {found.text or '(none written)'}")
    note(f"The reason is {found.kind}: the prediction need not rest on it.")


def _explained_row(
    student: Student, rows: pd.DataFrame, row: int, label: str | None, path: Path
) -> Explanation:
    if row > len(rows):
        raise DataError(f"{path} has {len(rows)} rows; there is no row {row}.")
    one = rows.iloc[[row - 1]]
    if not isinstance(student, TaughtRegressor):
        return student.explain(one, target=label)
    if label is not None:
        raise DataError(f"the model predicts a number; --class has no meaning, got {label!r}.")
    return student.explain(one)


def table_student(student: object, folder: Path) -> Student:
    """Return the student; raise when it does not learn from tables."""
    if not isinstance(student, (TaughtClassifier, TaughtRegressor)):
        raise InputError(f"{folder} must hold a model of tables, got {type(student).__name__}.")
    return student


def matching_rows(student: Student, frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the student's columns of ``frame`` in the student's order; others are left out."""
    wanted = list(student.layout_.names)
    check_columns(frame, wanted, path, what="column")
    rows: pd.DataFrame = frame[wanted]
    return rows
