"""Commands that use a trained student: train, evaluate, predict, explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
import typer

from tutelage.cli.console import note, say, say_json, say_table, warn
from tutelage.cli.options import as_trust, check_output_file, write_text
from tutelage.cli.sensitive import DropSensitive, Sensitive, without_sensitive
from tutelage.cli.table_file import LabelledTable, check_columns, read_frame, read_labelled
from tutelage.errors import DataError
from tutelage.evaluation import EvaluationResult
from tutelage.evaluation import evaluate as evaluate_model
from tutelage.evaluation.regression_scores import evaluate_regression
from tutelage.lessons import FeaturePrior, diagnose, load_lessons
from tutelage.students import load
from tutelage.students.regression import TaughtRegressor
from tutelage.students.tabular import TaughtClassifier

Student = TaughtClassifier | TaughtRegressor
DataFile = Annotated[Path, typer.Argument(help="A CSV or TSV file with a header.")]
ModelFolder = Annotated[Path, typer.Argument(help="A folder written by train or fit.")]
Target = Annotated[str, typer.Option(help="Name of the column to predict.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def train(
    data: DataFile,
    target: Target,
    prior: Annotated[
        Path | None, typer.Option(help="Lessons written by teach; none: the plain student.")
    ] = None,
    trust: Annotated[
        str, typer.Option(help='"auto", or a number in [0, 1]; 0 ignores the prior.')
    ] = "auto",
    sensitive: Sensitive = None,
    drop_sensitive: DropSensitive = False,
    out: Annotated[Path, typer.Option(help="Folder of the model.")] = Path("model"),
) -> None:
    """Train a student on the labelled rows, with or without a prior.

    Rows whose target cell is empty are used to scale the columns.

    Example:  tutelage train patients.csv --target ill --prior prior.jsonl --out model
    """
    table = without_sensitive(read_labelled(data, target), sensitive, drop_sensitive)
    for sentence in table.warnings:
        warn(sentence)
    lessons = None if prior is None else load_lessons(prior).without(sensitive or ())
    student = train_student(table, lessons, as_trust(trust))
    for sentence in prior_warnings(lessons, table):
        warn(sentence)
    folder = student.save(out)
    say(str(student.trust_))
    note(f"The model is in {folder}.")


def train_student(
    table: LabelledTable, prior: FeaturePrior | None, trust: float | Literal["auto"]
) -> TaughtClassifier:
    """Fit a student on the labelled rows of ``table``; the other rows scale the columns."""
    student = TaughtClassifier(prior, trust=trust)
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
    json_: AsJson = False,
) -> None:
    """Score a model on a labelled file it was not trained on, with 95 % intervals.

    Example:  tutelage evaluate model test.csv --target ill
    """
    student = load(model)
    result = _scores(student, data, target)
    if json_:
        say_json(result.to_dict())
        return
    form = ".4g" if isinstance(student, TaughtRegressor) else ".4f"
    say_table(
        f"{model} on {result.n_rows} rows of {data}",
        ["metric", "value", "95 % interval", "better"],
        [
            [e.title, f"{e.value:{form}}", f"{e.low:{form}} to {e.high:{form}}", e.direction]
            for e in result.estimates
        ],
    )


def _scores(student: Student, data: Path, target: str) -> EvaluationResult:
    if isinstance(student, TaughtRegressor):
        frame = read_frame(data)
        check_columns(frame, [target], data, what="target column")
        frame = frame[frame[target].notna()]
        return evaluate_regression(student, matching_rows(student, frame, data), frame[target])
    table = read_labelled(data, target)
    rows = matching_rows(student, table.rows, data)
    return evaluate_model(student, rows, table.labels.to_numpy())


def predict(
    model: ModelFolder,
    data: DataFile,
    out: Annotated[Path | None, typer.Option(help="CSV file; default: stdout.")] = None,
    json_: AsJson = False,
) -> None:
    """Predict every row of a table: the number, or the label and the probability of each class.

    Example:  tutelage predict model new.csv --out predictions.csv
    """
    check_output_file(out)
    student = load(model)
    rows = matching_rows(student, read_frame(data), data)
    table = pd.DataFrame({"prediction": student.predict(rows)})
    if isinstance(student, TaughtClassifier):
        chance = student.predict_proba(rows)
        for label, column in zip(student.classes_, chance.T, strict=True):
            table[f"probability of {label}"] = column
    if json_:
        say_json(table.to_dict(orient="records"))
        return
    # a probability has six decimals, a number to predict has any size
    digits = "%.10g" if isinstance(student, TaughtRegressor) else "%.6f"
    text = table.to_csv(index=False, float_format=digits)
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)
        note(f"{len(table)} predictions are in {out}.")


def explain(
    model: ModelFolder,
    data: DataFile,
    row: Annotated[int, typer.Option(help="Number of the row, the first is 1.", min=1)] = 1,
    label: Annotated[
        str | None, typer.Option("--class", help="Class to explain; default: the predicted one.")
    ] = None,
    json_: AsJson = False,
) -> None:
    """Explain one prediction: signed contributions of the columns that sum to the score.

    Example:  tutelage explain model new.csv --row 3
    """
    student = load(model)
    rows = matching_rows(student, read_frame(data), data)
    if row > len(rows):
        raise DataError(f"{data} has {len(rows)} rows; there is no row {row}.")
    one = rows.iloc[[row - 1]]
    if isinstance(student, TaughtRegressor):
        if label is not None:
            raise DataError(f"{model} predicts a number; --class has no meaning, got {label!r}.")
        why, meaning, form = student.explain(one), "adds", "+.4g"
        sentence = f"prediction {why.score:.6g}"
    else:
        why = student.explain(one, target=label)
        meaning, form = f"speaks for {why.target}", "+.3f"
        sentence = f"{why.target} with probability {why.probability:.3f} (score {why.score:+.3f})"
    if json_:
        say_json(why.to_dict())
        return
    say(f"Row {row}: {sentence}")
    lines = [[unit, value, f"{number:{form}}"] for unit, value, number in why.top(len(why.units))]
    lines.append(["(an average row)", "", f"{why.bias:{form}}"])
    say_table("", ["column", "value", meaning], lines)


def matching_rows(student: Student, frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the student's columns of ``frame`` in the student's order; others are left out."""
    wanted = list(student.layout_.names)
    check_columns(frame, wanted, path, what="column")
    rows: pd.DataFrame = frame[wanted]
    return rows
