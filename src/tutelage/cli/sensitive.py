"""Sensitive columns: the teacher is not asked about them, and the model may do without them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import typer

from tutelage._words import whole_word
from tutelage.cli.console import warn
from tutelage.cli.labelled_table import LabelledTable
from tutelage.cli.table_file import check_columns
from tutelage.errors import InputError
from tutelage.teacher.task_card import TaskCard

Sensitive = Annotated[
    list[str] | None,
    typer.Option(
        "--sensitive",
        metavar="COL",
        help="A column the teacher is never asked about and the prior never scores; repeatable.",
    ),
]
DropSensitive = Annotated[
    bool, typer.Option("--drop-sensitive", help="Leave the sensitive columns out of the model too.")
]


def check_sensitive(table: LabelledTable, names: Sequence[str] | None) -> None:
    """Raise unless every name is a column of the table; a near name is suggested."""
    check_columns(table.rows, list(names or ()), table.path, what="sensitive column")


def without_sensitive(
    table: LabelledTable, names: Sequence[str] | None, drop: bool
) -> LabelledTable:
    """Check the names against the table; with ``drop``, return the table without them.

    Raises
    ------
    DataError
        When a name is no column of the table.
    InputError
        When there is nothing to drop, or nothing would be left.
    """
    wanted = list(names or ())
    if drop and not wanted:
        raise InputError("--drop-sensitive needs to know which columns: give --sensitive COL.")
    check_sensitive(table, wanted)
    if not drop:
        return table
    if set(table.rows.columns) <= set(wanted):
        raise InputError(f"Without the columns {wanted!r} nothing is left to predict from.")
    return table.without(wanted)


def card_without(card: TaskCard, names: Sequence[str] | None) -> TaskCard:
    """Return the card without the sensitive columns; warn where its other words still name one."""
    on_card = {column.name for column in card.columns}
    kept = card.without([name for name in names or () if name in on_card])
    for name in names or ():
        where = _mentions(kept, name)
        if where:
            warn(
                f"the card still names the sensitive column {name!r} in {where}; the teacher will "
                "read it. Reword the card."
            )
    return kept


def _mentions(card: TaskCard, name: str) -> str:
    pattern = re.compile(whole_word(name), re.IGNORECASE)
    texts = {"the task sentence": card.task}
    for column in card.columns:
        words = [column.name, column.description, *(column.categories or {}).values()]
        texts[f"column {column.name!r}"] = "\n".join(words)
    return ", ".join(place for place, text in texts.items() if pattern.search(text))
