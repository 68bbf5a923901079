"""The bias command: a model's scores per sensitive group, and the gaps between groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from tutelage.cli.bias_texts import (
    TextBias,
    check_audit_file,
    say_audit,
    say_group_values,
    text_bias,
    write_audit,
)
from tutelage.cli.console import say_json
from tutelage.cli.labelled_table import read_labelled
from tutelage.cli.models import AsJson, DataFile, ModelFolder, matching_rows
from tutelage.cli.option_groups import takes
from tutelage.cli.table_file import check_columns
from tutelage.errors import DataError, InputError
from tutelage.evaluation.group_values import GroupComparison, GroupReport
from tutelage.evaluation.groups import compare_groups, group_metrics
from tutelage.students import load
from tutelage.students.tabular import TaughtClassifier
from tutelage.students.text import TaughtTextClassifier


@takes(texts=TextBias)
def bias(
    model: ModelFolder,
    data: DataFile,
    texts: TextBias,
    target: Annotated[
        str | None,
        typer.Option(help="Name of the column to predict; a text model can do without."),
    ] = None,
    sensitive: Annotated[
        list[str] | None,
        typer.Option(
            "--sensitive", metavar="COL", help="Of a table: a column whose groups are compared."
        ),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Another model, for example the same without a prior.")
    ] = None,
    positive: Annotated[
        str | None, typer.Option(help="The class that is selected; default: the second of two.")
    ] = None,
    crossed: Annotated[
        bool, typer.Option("--crossed", help="Also the groups of each two columns together.")
    ] = False,
    json_: AsJson = False,
) -> None:
    """Score a model group by group: of sensitive columns, or of people that texts speak of.

    The file must hold rows that the model was not trained on. Of a table, a sensitive column
    need not be one that the model sees. Of a text model, words for groups of people are replaced
    by those for other groups, and what the model says then is counted; with a target, it is also
    scored by the group that a text mentions. Group scores need the extra "bias".

    Example:  tutelage bias model test.csv --target ill --sensitive sex --against plain-model
    """
    check_audit_file(texts.out)
    folders = [model] if against is None else [model, against]
    names = [str(folder) for folder in folders]
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InputError(f"--against must name another model, got {model} twice.")
    students = [load(folder) for folder in folders]
    listed = list(dict.fromkeys(sensitive or ()))
    if isinstance(students[0], TaughtTextClassifier):
        _refuse_column_options(listed, crossed)
        audited = {name: _text_model(one, name) for name, one in zip(names, students, strict=True)}
        audit = text_bias(audited, data, target, texts, positive=positive)
        if texts.out is not None:
            write_audit(audit, texts.out)
        if json_:
            say_json(audit.to_dict())
        else:
            say_audit(audit)
        return
    _check_table_options(texts, target, listed)
    tables = [_classifier(one, name) for one, name in zip(students, names, strict=True)]
    found = _of_tables(tables, names, data, str(target), listed, positive, crossed)
    if json_:
        say_json(found.to_dict())
    else:
        say_group_values(found, tuple(names))


def _of_tables(
    students: list[TaughtClassifier],
    names: list[str],
    data: Path,
    target: str,
    sensitive: list[str],
    positive: str | None,
    crossed: bool,
) -> GroupReport | GroupComparison:
    table = read_labelled(data, target, "classification")
    check_columns(table.rows, sensitive, data, what="sensitive column")
    groups = pd.DataFrame({name: table.rows[name] for name in sensitive})
    rows = [matching_rows(student, table.rows, data) for student in students]
    labels = table.labels.to_numpy()
    if len(students) == 1:
        return group_metrics(
            students[0], rows[0], labels, groups, positive=positive, crossed=crossed
        )
    return compare_groups(
        students[0],
        students[1],
        rows[0],
        labels,
        groups,
        names=(names[0], names[1]),
        X_second=rows[1],
        positive=positive,
        crossed=crossed,
    )


def _refuse_column_options(sensitive: list[str], crossed: bool) -> None:
    given = [*(["--sensitive"] if sensitive else []), *(["--crossed"] if crossed else [])]
    if given:
        raise InputError(
            f"Of a text model, leave out what is for tables: {', '.join(given)}. Its groups are "
            "those of the words in --identity-terms."
        )


def _check_table_options(texts: TextBias, target: str | None, sensitive: list[str]) -> None:
    given = {
        "--text": texts.text,
        "--identity-terms": texts.identity_terms,
        "--lessons": texts.lessons,
        "--out": texts.out,
    }
    foreign = [option for option, value in given.items() if value is not None]
    if foreign:
        raise InputError(f"Of a model of tables, leave out what is for texts: {foreign}.")
    missing = [*([] if target else ["--target"]), *([] if sensitive else ["--sensitive"])]
    if missing:
        raise InputError(f"A model of tables needs {' and '.join(missing)} COL.")


def _text_model(student: object, name: str) -> TaughtTextClassifier:
    if not isinstance(student, TaughtTextClassifier):
        raise InputError(f"Both models must be of texts, got {type(student).__name__} in {name}.")
    return student


def _classifier(student: object, name: str) -> TaughtClassifier:
    if not isinstance(student, TaughtClassifier):
        raise DataError(
            f"{name} must hold a classifier, got {type(student).__name__}; groups are compared "
            "by their classes."
        )
    return student
