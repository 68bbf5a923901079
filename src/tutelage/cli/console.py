"""What the command line says, and where: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

ProgressCallback = Callable[..., None]


def out() -> Console:
    """Return the console for results."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def err() -> Console:
    """Return the console for progress, warnings and errors."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print a line of results; the text is data, never markup."""
    out().print(Text(text))


def note(text: str) -> None:
    """Print a line of progress on stderr."""
    err().print(Text(text))


def warn(text: str) -> None:
    """Print a warning on stderr that is hard to overlook."""
    err().print(Text("warning: ", style="bold yellow") + Text(text))


def fail(text: str) -> None:
    """Print an error on stderr."""
    err().print(Text("error: ", style="bold red") + Text(text))


def say_json(value: object) -> None:
    """Print ``value`` as JSON on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True, indent=1, allow_nan=False) + "\n")


def say_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; every column but the first is aligned right."""
    table = Table(title=Text(title), title_justify="left", box=None, pad_edge=False)
    for position, name in enumerate(columns):
        table.add_column(Text(name), justify="right" if position else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out().print(table)


@contextmanager
def progress(label: str) -> Iterator[ProgressCallback]:
    """Show a bar on stderr while the block runs; silent when stderr is not a terminal.

    The block gets a function ``(done, total, text="")``.
    """
    console = err()
    if not console.is_terminal:
        yield lambda done, total, text="": None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def step(done: int, total: int, text: str = "") -> None:
            del text
            bar.update(task, completed=done, total=total)

        yield step
