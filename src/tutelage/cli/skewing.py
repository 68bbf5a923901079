"""The skew command: a bias put into training rows, and a control beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from tutelage.cli.console import note, say, say_json
from tutelage.cli.labelled_table import LabelledTable, read_labelled
from tutelage.cli.options import check_output_file, write_text
from tutelage.cli.table_file import check_columns
from tutelage.errors import InputError
from tutelage.evaluation.predictions import IntArray
from tutelage.evaluation.skew import RELATIONS, Condition, biased_sample

TAIL = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*(.+)")


def skew(
    data: Annotated[Path, typer.Argument(help="Training rows: a CSV or TSV file with a header.")],
    target: Annotated[str, typer.Option(help="Name of the column to predict.")],
    remove: Annotated[
        list[str],
        typer.Option(metavar="CONDITION", help='Rows to remove, like "age < 50"; repeatable.'),
    ],
    label: Annotated[
        list[str],
        typer.Option("--class", help="Their class; one for all conditions, or one for each."),
    ],
    share: Annotated[float, typer.Option(help="Share of them to remove, 0 to 1.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of what is removed.", min=0)] = 0,
    out: Annotated[Path, typer.Option(help="File of the biased rows.")] = Path("biased.csv"),
    control: Annotated[
        Path, typer.Option(help="File of as many rows, removed at random within each class.")
    ] = Path("control.csv"),
    json_: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
) -> None:
    """Remove rows of a group and class from training rows, and write a control beside them.

    Train on both files, then compare the models on untouched rows with "bias": what is lost on
    the first and not on the second is the bias, the rest is the rarer class.

    Example:  tutelage skew train.csv --target ill --remove "age < 50" --class yes
    """
    for path in (out, control):
        check_output_file(path)
        if path.resolve() == data.resolve():
            raise InputError(f"{path} is the table itself; name another file.")
    table = read_labelled(data, target, "classification")
    conditions = as_conditions(remove, label, table)
    sample = biased_sample(table.rows, table.labels.to_numpy(), conditions, share, seed)
    for path, rows in ((out, sample.kept), (control, sample.control)):
        write_text(path, _with_target(table, rows).to_csv(index=False))
    if json_:
        say_json(sample.to_dict())
    else:
        say(sample.table())
    note(f"Biased rows are in {out}, the control in {control}.")


def as_conditions(
    texts: Sequence[str], labels: Sequence[str], table: LabelledTable
) -> list[Condition]:
    """Read conditions like ``age < 50``; a column may have any name, the longest that fits counts.

    Raises
    ------
    InputError
        When a text is no condition, or the classes are neither one nor one for each.
    """
    if len(labels) not in (1, len(texts)):
        raise InputError(
            f"Give --class once, or once for each --remove; got {len(labels)} for {len(texts)}."
        )
    each = list(labels) * len(texts) if len(labels) == 1 else list(labels)
    return [_condition(text, label, table) for text, label in zip(texts, each, strict=True)]


def _condition(text: str, label: str, table: LabelledTable) -> Condition:
    for column in sorted(map(str, table.rows.columns), key=len, reverse=True):
        rest = text.strip().removeprefix(column)
        found = TAIL.fullmatch(rest) if rest != text.strip() else None
        if found:
            return Condition(column, found[1], _value(found[2]), label)  # type: ignore[arg-type]
    loose = re.fullmatch(rf"(.+?){TAIL.pattern}", text.strip())
    if loose:
        check_columns(table.rows, [loose[1]], table.path, what="column")
    raise InputError(
        f'--remove must be a column, one of {" ".join(RELATIONS)}, and a value, like "age < 50"; '
        f"got {text!r}."
    )


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip()


def _with_target(table: LabelledTable, rows: IntArray) -> pd.DataFrame:
    """Return the labelled rows at these positions, then the rows without a label."""
    labelled = table.rows.assign(**{table.target: table.labels}).iloc[rows]
    joined: pd.DataFrame = pd.concat([labelled, table.unlabelled], ignore_index=True)
    return joined
