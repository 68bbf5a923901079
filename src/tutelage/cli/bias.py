"""The bias command: a model's scores per sensitive group, and the gaps between groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from tutelage.cli.console import note, say_json, say_table
from tutelage.cli.labelled_table import read_labelled
from tutelage.cli.models import AsJson, DataFile, ModelFolder, Target, matching_rows
from tutelage.cli.table_file import check_columns
from tutelage.errors import DataError
from tutelage.evaluation.group_values import GroupReport
from tutelage.evaluation.groups import compare_groups, group_metrics
from tutelage.students import load
from tutelage.students.tabular import TaughtClassifier


def bias(
    model: ModelFolder,
    data: DataFile,
    target: Target,
    sensitive: Annotated[
        list[str],
        typer.Option("--sensitive", metavar="COL", help="A column whose groups are compared."),
    ],
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
    """Score a model on every group of sensitive columns, and show how far groups lie apart.

    The file must hold rows that the model was not trained on. A sensitive column need not be one
    that the model sees. Needs the extra "bias".

    Example:  tutelage bias model test.csv --target ill --sensitive sex --against plain-model
    """
    student = _classifier(model)
    other = None if against is None else _classifier(against)
    table = read_labelled(data, target, "classification")
    names = list(dict.fromkeys(sensitive))
    check_columns(table.rows, names, data, what="sensitive column")
    groups = pd.DataFrame({name: table.rows[name] for name in names})
    rows, labels = matching_rows(student, table.rows, data), table.labels.to_numpy()
    if other is None:
        report = group_metrics(student, rows, labels, groups, positive=positive, crossed=crossed)
        if json_:
            say_json(report.to_dict())
            return
        _say_groups(str(model), report)
        say_table("Gaps between groups, largest minus smallest", ["gap", *report.gap_lines()[0]],
                  report.gap_lines()[1])  # fmt: skip
        _say_notes(report)
        return
    found = compare_groups(
        student,
        other,
        rows,
        labels,
        groups,
        names=(str(model), str(against)),
        X_second=matching_rows(other, table.rows, data),
        positive=positive,
        crossed=crossed,
    )
    if json_:
        say_json(found.to_dict())
        return
    for name, report in zip(found.names, (found.first, found.second), strict=True):
        _say_groups(name, report)
    head, lines = found.change_lines()
    say_table("Gaps between groups, and what the first model changes", ["gap", *head], lines)
    _say_notes(found.first)


def _classifier(folder: Path) -> TaughtClassifier:
    student = load(folder)
    if not isinstance(student, TaughtClassifier):
        raise DataError(
            f"{folder} must hold a classifier, got {type(student).__name__}; groups are compared "
            "by their classes."
        )
    return student


def _say_groups(name: str, report: GroupReport) -> None:
    head, lines = report.group_lines()
    title = f"{name} on {report.n_rows} rows; positive: {report.positive}"
    say_table(title, ["group", *head], lines)


def _say_notes(report: GroupReport) -> None:
    if any(scores.is_small for scores in report.scores):
        note("* few rows, or few of a class: read the interval, not the value.")
    note("A gap is above 0 by chance alone; small groups make it larger.")
