"""Commands that look at the answers that were paid for: list, show, cost, verify, and tapes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.console import note, say, say_json
from tutelage.errors import InputError, StoreError
from tutelage.teacher.members import DEFAULT_STORE
from tutelage.teacher.merging import merge_stores
from tutelage.teacher.plan import as_text
from tutelage.teacher.spending import Spending, spending
from tutelage.teacher.store import AnswerStore, Stored

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

StoreFile = Annotated[Path, typer.Option("--answers", help="The store of answers.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def _existing(path: Path) -> AnswerStore:
    if not path.exists():
        raise InputError(
            f"there must be a store of answers at {path}, and there is none. Ask a teacher first, "
            "or name the store with --answers."
        )
    return AnswerStore(path)


@app.command("list")
def list_(
    answers: StoreFile = DEFAULT_STORE,
    limit: Annotated[int, typer.Option(help="Questions to show at most.", min=1)] = 100,
    json_: AsJson = False,
) -> None:
    """List the questions that were asked.

    Example:  tutelage answers list --limit 20
    """
    with _existing(answers) as store:
        found = store.listing(limit=limit)
    if json_:
        say_json([_values(stored) for stored in found])
        return
    rows = [
        [
            stored.key[:15],
            stored.question.model,
            stored.question.prompt,
            stored.question.about,
            str(stored.question.sample + 1),
            str(len(stored.question.messages) // 2),
            f"{stored.answer.cost_usd:.6f}" if stored.answer else "no answer",
            stored.answer.recorded[:16] if stored.answer else "",
        ]
        for stored in found
    ]
    columns = ["key", "teacher", "prompt", "about", "repeat", "attempt", "USD", "recorded"]
    say(f"{len(rows)} questions in {answers}\n")
    _say_rows(columns, rows)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="The key, or its beginning.")],
    answers: StoreFile = DEFAULT_STORE,
    json_: AsJson = False,
) -> None:
    """Show one question and its answer in full.

    Example:  tutelage answers show s1:7c1f09aa4
    """
    with _existing(answers) as store:
        found = store.listing(key, limit=2)
    if not found:
        raise InputError(f"no question in {answers} has a key that begins with {key!r}.")
    if len(found) > 1 and found[0].key != key:
        raise InputError(f"several keys begin with {key!r}; give more of it.")
    stored = found[0]
    if json_:
        say_json(_values(stored))
        return
    say(f"{stored.key}\n")
    say(as_text(stored.question))
    if stored.answer is None:
        say("\n[no answer]")
        return
    usage = stored.answer.usage
    say(f"\n[answer, {stored.n_answers} stored, the last of them]\n{stored.answer.text}\n")
    say(
        f"{stored.answer.model or stored.question.model}, finished by "
        f"{stored.answer.finish or 'itself'}, {usage.tokens_in} tokens in, {usage.tokens_out} out, "
        f"{stored.answer.cost_usd:.6f} USD, {stored.answer.recorded}"
    )


@app.command("export")
def export_(
    out: Annotated[Path, typer.Argument(help="The tape to write (JSON Lines).")],
    answers: StoreFile = DEFAULT_STORE,
    note_: Annotated[str, typer.Option("--note", help="One line about the tape.")] = "",
) -> None:
    """Write every question with its answers as a tape, to be replayed by tape:FILE.

    Example:  tutelage answers export answers.jsonl
    """
    if out.exists():
        raise InputError(f"{out} exists; name another file, so that no tape is lost.")
    with _existing(answers) as store:
        store.export(out, note=note_)
        note(f"{sum(s.n_answers for s in store.listing())} answers are in {out}.")


@app.command("import")
def import_(
    tape: Annotated[Path, typer.Argument(help="The tape to read.")],
    answers: StoreFile = DEFAULT_STORE,
) -> None:
    """Add the answers of a tape to the store; those already there are left out.

    Example:  tutelage answers import answers.jsonl
    """
    with AnswerStore(answers) as store:
        added = store.import_tape(tape)
    say(f"{added} answers added to {answers}.")


@app.command()
def verify(answers: StoreFile = DEFAULT_STORE) -> None:
    """Derive every key and digest again and compare.

    Example:  tutelage answers verify
    """
    with _existing(answers) as store:
        problems = store.verify()
        count = len(store.listing())
    if problems:
        raise StoreError(f"the store {answers} does not verify:", problems)
    say(f"{count} questions in {answers}: every key and every answer is as it was stored.")


@app.command()
def cost(answers: StoreFile = DEFAULT_STORE, json_: AsJson = False) -> None:
    """Show what was spent, by run, teacher and prompt.

    Failed calls cost nothing, nor does what was found in the store; lost calls may have been
    charged and count at their worst case.

    Example:  tutelage answers cost
    """
    with _existing(answers) as store:
        groups = spending(store)
    if json_:
        say_json([vars(group) for group in groups])
        return
    columns = ["run", "teacher", "prompt", "answered", "failed", "lost", "open", "stored"]
    columns += ["tokens", "USD"]
    say(f"Spent in {answers}\n")
    _say_rows(columns, [_cost_row(group) for group in groups])
    say(f"\ntotal: {sum(group.cost_usd for group in groups):.6f} USD")


@app.command()
def merge(
    others: Annotated[list[Path], typer.Argument(help="Stores to take over.")],
    answers: StoreFile = DEFAULT_STORE,
) -> None:
    """Bring the answers and charges of other stores into one; doing it twice adds nothing.

    Example:  tutelage answers merge machine_1.sqlite machine_2.sqlite --answers all.sqlite
    """
    with AnswerStore(answers) as store:
        for path in others:
            with _existing(path) as other:
                merged = merge_stores(store, other)
            say(f"{path}: {merged.n_answers} answers and {merged.n_charges} charges added.")


def _say_rows(columns: list[str], rows: list[list[str]]) -> None:
    # not a rich table: it would cut keys to the width of the terminal, and keys are to be copied
    widths = [max(len(row[n]) for row in [columns, *rows]) for n in range(len(columns))]
    for row in [columns, *rows]:
        cells = zip(row, widths, strict=True)
        say("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def _cost_row(group: Spending) -> list[str]:
    counts = (group.n_settled, group.n_failed, group.n_lost, group.n_open, group.n_stored)
    tokens = f"{group.tokens_in}+{group.tokens_out}"
    names = [group.run, group.model, group.prompt]
    return [*names, *(str(count) for count in counts), tokens, f"{group.cost_usd:.6f}"]


def _values(stored: Stored) -> dict[str, object]:
    answer = stored.answer
    return {
        "key": stored.key,
        "about": stored.question.about,
        "request": stored.question.request(),
        "n_answers": stored.n_answers,
        "answer": None if answer is None else answer.to_dict(),
        "cost_usd": None if answer is None else answer.cost_usd,
        "recorded": None if answer is None else answer.recorded,
        "note": None if answer is None else answer.note,
    }
