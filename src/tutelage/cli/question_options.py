"""Options that say what a teacher is asked about a table; from their values to a task card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from tutelage.cli.labelled_table import LabelledTable
from tutelage.cli.sensitive import Sensitive, card_without, check_sensitive
from tutelage.errors import InputError
from tutelage.teacher.card_draft import draft_card
from tutelage.teacher.task_card import TaskCard

Task = Annotated[str | None, typer.Option(help="The task in one sentence.")]
CardFile = Annotated[Path | None, typer.Option("--card", help="A task card written by card.")]
Repeats = Annotated[int, typer.Option(help="How often each question is asked.", min=1)]
Reworded = Annotated[bool, typer.Option("--paraphrases", help="Spread repeats over wordings.")]
Prompt = Annotated[str | None, typer.Option(help="Version of the prompt; default: the card's.")]


@dataclass(frozen=True)
class QuestionOptions:
    """What is asked; a group of options."""

    task: Task = None
    card_file: CardFile = None
    sensitive: Sensitive = None
    repeats: Repeats = 5
    paraphrases: Reworded = False
    prompt: Prompt = None

    def card(self, table: LabelledTable) -> TaskCard:
        """Return the card for a table: the file's, or a drafted one; no sensitive column on it."""
        if self.task is not None and self.card_file is not None:
            raise InputError("--task and --card both say what the task is; give one of them.")
        check_sensitive(table, self.sensitive)
        if self.card_file is not None:
            return card_without(card_of_file(self.card_file, table), self.sensitive)
        return card_without(drafted_card(table, self.task, self.sensitive), self.sensitive)


def drafted_card(
    table: LabelledTable, task: str | None, left_out: Sequence[str] | None = None
) -> TaskCard:
    """Return a card drafted from a table.

    A number to predict becomes two classes, a lower and a higher target: the teacher is asked
    about the last (see ``docs/decisions/0008-regression.md``).
    """
    described = table.rows.drop(columns=list(left_out or ()))
    if table.kind == "classification":
        return draft_card(described.assign(**{table.target: table.labels}), table.target, task)
    lower, higher = f"lower {table.target}", f"higher {table.target}"
    halves = np.where(table.labels > table.labels.min(), higher, lower)
    drafted = draft_card(described.assign(**{table.target: halves}), table.target, task)
    return replace(drafted, classes=(lower, higher))


def card_of_file(path: Path, table: LabelledTable) -> TaskCard:
    """Return the card of a file that describes this table.

    Raises
    ------
    InputError
        Listing columns the table lacks, and what is wrong with the classes.
    """
    found = TaskCard.load(path)
    problems = [
        f"the card describes column {column.name!r}, which the table lacks"
        for column in found.columns
        if column.name not in table.rows.columns
    ]
    missing = sorted(set(table.classes) - set(found.classes))
    problems += [f"the table has class {name!r}, which the card lacks" for name in missing]
    if table.kind == "regression" and len(found.classes) != 2:
        problems.append(
            f"{table.target!r} is a number: the card must have two classes, a lower and a higher "
            f"{table.target}, got {list(found.classes)}"
        )
    if problems:
        raise InputError(f"{path} does not fit {table.path}:", problems)
    return found
