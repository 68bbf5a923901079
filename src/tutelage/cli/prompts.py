"""The prompts commands: search for the wording that labels and explains best."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from tutelage.cli.console import note, say, say_json, say_table
from tutelage.cli.options import check_output_file
from tutelage.cli.table_file import check_columns, read_frame
from tutelage.cli.teacher_options import (
    Answers,
    Budget,
    KeyVariable,
    PriceIn,
    PriceOut,
    Source,
    TeacherOptions,
    Workers,
)
from tutelage.errors import DataError, InputError
from tutelage.teacher.prompt_search import (
    JointScore,
    SearchResult,
    result_values,
    save_wordings,
    search_prompts,
)

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _prompts() -> None:
    """Find the wording of a question that works best."""


@app.command()
def search(
    data: Annotated[Path, typer.Argument(help="A CSV or TSV file of labelled texts.")],
    text: Annotated[
        list[str],
        typer.Option(metavar="COL", help="A column of texts; twice for premise and hypothesis."),
    ],
    target: Annotated[str, typer.Option(help="Name of the column of labels.")],
    choices: Annotated[
        str | None, typer.Option(metavar="COL", help="A column of JSON lists to choose from.")
    ] = None,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="The labels are the results of sums.")
    ] = False,
    task: Annotated[str, typer.Option(help="What is to be decided, in one sentence.")] = "",
    start: Annotated[
        Path | None,
        typer.Option(help="Wordings to begin with, one a line, like: Is {{ text }} spam?"),
    ] = None,
    rounds: Annotated[int, typer.Option(help="How often new wordings are asked for.", min=0)] = 4,
    per_round: Annotated[int, typer.Option(help="New wordings each time.", min=1)] = 8,
    held_out: Annotated[
        float, typer.Option(help="Share of the texts for the final estimate.", min=0.01, max=0.99)
    ] = 0.4,
    min_coverage: Annotated[
        float, typer.Option(help="Share of answers that should hold a reason.", min=0.0, max=1.0)
    ] = 0.8,
    teacher: Source = None,
    budget: Budget = None,
    answers: Answers = None,
    price_in: PriceIn = None,
    price_out: PriceOut = None,
    key_variable: KeyVariable = None,
    workers: Workers = 4,
    seed: Annotated[int, typer.Option(help="Deals the texts.")] = 0,
    out: Annotated[Path, typer.Option(help="File of the wordings found.")] = Path("prompts.json"),
    json_: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
) -> None:
    """Let the teacher propose wordings, race them on labelled texts, score the winner on others.

    Around 50 to 100 labelled texts do. What the winner is worth is measured on texts that no
    choice rests on; the share it reached on the texts of the search is too high.

    Example:  tutelage prompts search mails.csv --text mail --target topic --teacher tape:t.jsonl
    """
    check_output_file(out)
    inputs, labels = _read(data, text, target, choices)
    wordings = _start(start)
    options = TeacherOptions(
        source=teacher,
        budget=budget,
        answers=answers,
        price_in=price_in,
        price_out=price_out,
        key_variable=key_variable,
        workers=workers,
    )
    with options.opened() as opened:
        found = search_prompts(
            opened,
            inputs,
            labels,
            None if choices or numbers else sorted(set(labels)),
            kind="number" if numbers else "auto",
            task=task,
            start=wordings,
            rounds=rounds,
            per_round=per_round,
            held_out=held_out,
            score=JointScore(min_coverage=min_coverage),
            seed=seed,
            report=note,
        )
        spent = opened.ledger.spent_usd()
    save_wordings(found, out)
    if json_:
        say_json(result_values(found))
    else:
        _say_found(found)
    note(f"The wordings are in {out}; the search cost {spent:.4f} US dollars now.")


def _say_found(found: SearchResult) -> None:
    rows = [
        [
            str(place),
            str(one.accuracy),
            f"{one.coverage.value:.0%}",
            f"{one.tokens:.0f}",
            f"{one.score:.3f}",
        ]
        for place, one in enumerate(found.finalists, start=1)
    ]
    head = ["finalist", "right, in the search", "with a reason", "tokens", "score"]
    say_table("The best wordings on the texts of the search", head, rows)
    say(str(found))


def _read(
    path: Path, text: list[str], target: str, choices: str | None
) -> tuple[list[object], list[str]]:
    frame = read_frame(path)
    columns = [*text, target, *([choices] if choices else [])]
    if len(set(columns)) < len(columns):
        raise DataError(f"--text, --target and --choices must name different columns: {columns}.")
    check_columns(frame, columns, path, what="column")
    labelled = frame[frame[target].notna()]
    if len(labelled) < len(frame):
        note(f"{len(frame) - len(labelled)} rows without a label are left out.")
    names = ["text"] if len(text) == 1 and choices is None else text
    odd = [name for name in names if not name.isidentifier()]
    if odd:
        raise DataError(
            f"columns that stand in a wording must have plain names like premise, got {odd!r}; "
            "rename them in the file."
        )
    inputs: list[object] = []
    for _, row in labelled.iterrows():
        fields: dict[str, Any] = {n: _cell(row[c]) for n, c in zip(names, text, strict=True)}
        inputs.append(fields | ({"choices": _choices(row[choices], path)} if choices else {}))
    return inputs, [_label(value) for value in labelled[target]]


def _cell(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _label(value: object) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)  # type: ignore[call-overload]


def _choices(cell: object, path: Path) -> list[str]:
    try:
        found = json.loads(str(cell))
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise DataError(
            f'{path}: a cell of --choices must hold a JSON list like ["sea", "sky"], got {cell!r}.'
        )
    return [str(choice) for choice in found]


def _start(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    found = [line.replace("\\n", "\n") for line in lines if line.strip()]
    if not found:
        raise InputError(f"{path} must hold at least one wording, one a line; it is empty.")
    return found
