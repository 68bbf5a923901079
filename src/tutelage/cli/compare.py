"""The compare command: several saved models on the same rows, and what each costs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from tutelage._canonical import file_hash
from tutelage.cli.compare_costs import cost_of
from tutelage.cli.console import note, say, say_json, say_table, warn
from tutelage.cli.models import AsJson, matching_rows
from tutelage.cli.options import check_output_file, write_text
from tutelage.cli.table_file import check_columns, listed, read_frame
from tutelage.cli.text_data import as_labels, as_texts
from tutelage.cli.text_models import (
    USUAL_NAME,
    SecondColumnOfModel,
    TextColumnOfModel,
    TextStudent,
    text_column,
    text_student,
    with_second,
)
from tutelage.errors import DataError, InputError
from tutelage.evaluation.model_comparison import compare_scored
from tutelage.evaluation.model_comparison_result import ModelComparison
from tutelage.evaluation.model_comparison_scores import ScoredModel, score_model
from tutelage.evaluation.model_comparison_seeds import SettingsComparison, compare_settings
from tutelage.lessons import label_name
from tutelage.report.comparison_html import write_comparison, write_settings_comparison
from tutelage.students import load
from tutelage.students.regression import TaughtRegressor
from tutelage.students.tabular import TaughtClassifier

Columns = tuple[str | None, str | None]  # --text and --text2
Found = ModelComparison | SettingsComparison
Comparable = TaughtClassifier | TaughtRegressor | TextStudent


def compare(
    data: Annotated[Path, typer.Option(help="A CSV or TSV file with labelled test rows.")],
    models: Annotated[
        list[Path] | None, typer.Argument(help="Two or more folders of models.")
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FOLDERS: runs of one setting with other seeds; * stands for any."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help="Column with the truth; default: the only one that no model reads."),
    ] = None,
    text: TextColumnOfModel = None,
    text2: SecondColumnOfModel = None,
    metric: Annotated[
        str, typer.Option(help="What pairs are compared by; default: accuracy, or r2 for numbers.")
    ] = "",
    bootstrap: Annotated[int, typer.Option(help="Resamples of the rows.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Also write the comparison: a .html or a .json file.")
    ] = None,
    json_: AsJson = False,
) -> None:
    """Compare saved models on the same test rows: differences, effect sizes, costs.

    Models of tables and of texts may be mixed when the file has the columns of all of them; one
    that writes reasons is compared by the labels it predicts. The p-values of all pairs are
    corrected together (Holm). With --group, settings are compared by all of their runs: mean,
    standard deviation, and how many collapsed to one class.

    Example:  tutelage compare plain/ taught/ --data test.csv --target intent

    Example:  tutelage compare --group "a=runs/a-*" --group "b=runs/b-*" --data test.csv
    """
    _check_out(out)
    groups = as_groups(group, models)
    folders = [folder for runs in groups.values() for folder in runs] or list(models or ())
    _check_folders(folders)
    students = {folder: _comparable(folder) for folder in folders}
    frame = read_frame(data)
    columns = (text, text2)
    column = _target_of(frame, data, target, columns, list(students.values()))
    labelled = frame[frame[column].notna()]
    if not len(labelled):
        raise DataError(f"{data}: every cell of the target {column!r} is empty; label some rows.")
    if len(labelled) < len(frame):
        note(f"{len(frame) - len(labelled)} of {len(frame)} rows have no label and are left out.")
    key = f"{file_hash(data)} {column}"
    scored = [
        _scored(folder, student, labelled, data, column, columns, key)
        for folder, student in students.items()
    ]
    found: Found
    if groups:
        by_name = {one.name: one for one in scored}
        runs = {name: [by_name[str(folder)] for folder in own] for name, own in groups.items()}
        found = compare_settings(runs, metric, n_bootstrap=bootstrap, seed=seed)
    else:
        found = compare_scored(scored, metric, n_bootstrap=bootstrap, seed=seed)
    if out is not None:
        _write(found, out, str(data))
    if json_:
        say_json(found.to_dict())
        return
    _say(found, data)


def as_groups(given: Sequence[str] | None, models: Sequence[Path] | None) -> dict[str, list[Path]]:
    """Return the folders of each setting; none when no group was given.

    Raises
    ------
    InputError
        When a group has no name, stands twice, or matches no folder; when there is one group
        only; or when folders came beside groups.
    """
    if not given:
        return {}
    if models:
        raise InputError(
            "Name models one by one or in groups, not both: put "
            f"{listed([str(folder) for folder in models])} into a --group."
        )
    found: dict[str, list[Path]] = {}
    for text in given:
        name, _, pattern = (part.strip() for part in text.partition("="))
        if not name or not pattern or name in found:
            raise InputError(f"--group must be NAME=FOLDERS, each name once, got {text!r}.")
        found[name] = [path for path in map(Path, sorted(glob(pattern))) if path.is_dir()]
        if not found[name]:
            raise InputError(f"--group {name} matches no folder: {pattern!r}. Quote the pattern.")
    if len(found) < 2:
        raise InputError(f"A comparison needs at least two groups, got {len(found)}.")
    return found


def _check_out(out: Path | None) -> None:
    check_output_file(out)
    if out is not None and out.suffix not in (".html", ".json"):
        raise InputError(f"--out must end in .html or .json, got {out.name!r}.")


def _check_folders(models: Sequence[Path]) -> None:
    places = [folder.resolve() for folder in models]
    twice = sorted({str(f) for f, p in zip(models, places, strict=True) if places.count(p) > 1})
    if twice:
        raise InputError(f"Every model can be named once, got {listed(twice)} more than once.")
    if len(models) < 2:
        raise InputError(f"A comparison needs at least two models, got {len(models)}.")


def _comparable(folder: Path) -> Comparable:
    student = load(folder)
    of_texts = text_student(student, folder)
    if of_texts is not None:
        return of_texts
    if not isinstance(student, TaughtClassifier | TaughtRegressor):
        raise InputError(
            f"{folder} must hold a model of tables or of texts, got {type(student).__name__}."
        )
    return student


def _target_of(
    frame: pd.DataFrame,
    path: Path,
    target: str | None,
    columns: Columns,
    students: Sequence[Comparable],
) -> str:
    """Return the column with the truth: as asked, or the only one that no model reads."""
    if target is not None:
        check_columns(frame, [target], path, what="target column")
        return target
    read: set[str] = set()
    for student in students:
        if isinstance(student, TextStudent):
            read |= {columns[0] or USUAL_NAME, columns[1] or USUAL_NAME}
        else:
            read |= set(student.layout_.names)
    rest = [str(name) for name in frame.columns if name not in read]
    if len(rest) == 1:
        return rest[0]
    raise InputError(
        f"{path} must have one column that no model reads, got {len(rest)}"
        f"{f' ({listed(rest)})' if rest else ''}. Name the truth with --target."
    )


def _scored(
    folder: Path,
    student: Comparable,
    labelled: pd.DataFrame,
    path: Path,
    column: str,
    columns: Columns,
    key: str,
) -> ScoredModel:
    rows: Any
    labels: Any = labelled[column]
    if isinstance(student, TextStudent):
        rows, labels = _texts_of(labelled, path, column, columns), as_labels(labels, path)
    else:
        rows = matching_rows(student, labelled, path)
    truth = np.array(
        labels if isinstance(student, TaughtRegressor) else [label_name(one) for one in labels]
    )
    cost = cost_of(folder, student)
    try:
        return score_model(student, rows, truth, name=str(folder), rows_key=key, cost=cost)
    except DataError as error:
        raise DataError(f"{folder} cannot be scored on {path}: {error}") from error


def _texts_of(labelled: pd.DataFrame, path: Path, column: str, columns: Columns) -> tuple[str, ...]:
    first, second = columns
    rest = labelled if second is None else labelled.drop(columns=second, errors="ignore")
    name = text_column(rest, path, first, besides=column)
    if name == column:
        raise DataError(f"--text and --target must name two columns, got {name!r} for both.")
    if second == column:
        raise DataError(f"--text2 and --target must name two columns, got {second!r} for both.")
    return with_second(as_texts(labelled[name], path), labelled, path, second)


def _write(found: Found, out: Path, data: str) -> None:
    if out.suffix == ".json":
        text = json.dumps(found.to_dict(), ensure_ascii=True, indent=1, allow_nan=False)
        write_text(out, text + "\n")
    elif isinstance(found, SettingsComparison):
        write_settings_comparison(found, out, data=data)
    else:
        write_comparison(found, out, data=data)
    note(f"The comparison is in {out}.")


def _say(found: Found, data: Path) -> None:
    if isinstance(found, SettingsComparison):
        head, lines = found.setting_lines()
        say_table(f"{len(found.settings)} settings on {found.n_rows} rows of {data}", head, lines)
        say()
        say(f"Differences of the means, {found.direction} is better; intervals over rows and runs:")
        say_table("", *found.pair_lines())
        for sentence in found.notes:
            warn(sentence)
        return
    head, lines = found.model_lines()
    say_table(f"{len(found.models)} models on {found.n_rows} rows of {data}", head, lines)
    say()
    say(
        f"Differences in {found.title}, {found.direction} is better; p-values corrected for "
        f"{len(found.pairs)} pair{'s' if len(found.pairs) != 1 else ''}:"
    )
    for sentence in found.sentences():
        say(f"  {sentence}")
    for sentence in found.notes:
        warn(sentence)
