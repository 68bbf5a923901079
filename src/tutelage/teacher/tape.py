"""Tapes: stored answers as JSON Lines that a person can read, commit and send.

The first line is a header; every other line is one question with its key and its answer. The key
must be the hash of the question, so a tape that was altered by accident is found out by line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tutelage.errors import OutputError, StoreError
from tutelage.teacher.exchange import Answer, Question

FORMAT = "tutelage-tape"
VERSION = 1

Exchange = tuple[Question, Answer]


def write_tape(
    path: str | os.PathLike[str], exchanges: Iterable[Exchange], *, note: str = ""
) -> Path:
    """Write a tape, whole or not at all.

    Parameters
    ----------
    path
        The file to write; by habit it ends in ``.jsonl``.
    exchanges
        Questions with their answers, in the order of the lines. Several answers to one question
        are kept; a replay uses the last.
    note
        One line for people about the whole tape.

    Raises
    ------
    OutputError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from tutelage.teacher.exchange import Message
    >>> asked = Question("scripted", "free/v1", "", (Message("user", "hello"),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_tape(f"{folder}/tape.jsonl", [(asked, Answer("hello yourself"))])
    ...     [(q.key == asked.key, a.text) for q, a in read_tape(path)]
    [(True, 'hello yourself')]
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with partial.open("w", encoding="utf-8") as stream:
            header = {"format": FORMAT, "version": VERSION, "note": note}
            stream.write(_on_one_line(header) + "\n")
            for question, answer in exchanges:
                stream.write(_line(question, answer) + "\n")
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target


def read_tape(path: str | os.PathLike[str]) -> list[Exchange]:
    """Return the questions and answers of a tape, in order.

    Raises
    ------
    StoreError
        When the file is absent or no tape, or has bad lines (each is named by its number).
    """
    target = Path(path)
    try:
        lines = target.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(
            f"the tape {str(target)!r} cannot be read: {reason}. Write one with:  "
            "tutelage answers export FILE"
        ) from error
    problems: list[str] = []
    exchanges = []
    for number, record in _records(lines, problems):
        if number == 1:
            _check_header(record, target)
            continue
        try:
            exchanges.append(_exchange(record))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            problems.append(f"line {number}: {_reason(error)}")
    if problems:
        raise StoreError(f"the tape {str(target)!r} has bad lines; mend or remove them:", problems)
    if not any(lines):
        raise StoreError(f"the tape {str(target)!r} is empty; its first line must be a header.")
    return exchanges


def _line(question: Question, answer: Answer) -> str:
    record = {
        "key": question.key,
        "about": question.about,
        "request": question.request(),
        "answer": answer.to_dict(),
        "cost_usd": answer.cost_usd,
        "recorded": answer.recorded,
        "note": answer.note,
    }
    return _on_one_line(record)


def _on_one_line(record: dict[str, Any]) -> str:
    text = json.dumps(record, ensure_ascii=False)
    # no line separator but our own, and nothing that UTF-8 cannot hold
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _records(lines: list[str], problems: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(f"line {number}: not JSON: {error}")
            continue
        if isinstance(record, dict):
            yield number, record
        else:
            problems.append(f"line {number}: must be a JSON object, got {line[:40]!r}")


def _check_header(record: dict[str, Any], target: Path) -> None:
    if record.get("format") != FORMAT:
        raise StoreError(
            f'{str(target)!r} is no tape: line 1 must hold "format": "{FORMAT}", '
            f"got {record.get('format')!r}."
        )
    if record.get("version") != VERSION:
        raise StoreError(
            f"the tape {str(target)!r} has version {record.get('version')!r}; this package reads "
            f"{VERSION}. Use the package that wrote it, or a newer one."
        )


def _exchange(record: dict[str, Any]) -> Exchange:
    question = Question.from_request(record["request"], about=str(record.get("about", "")))
    if question.key != record["key"]:
        raise ValueError(f"its request has the key {question.key[:15]}, not {record['key'][:15]}")
    answer = Answer.from_dict(
        record["answer"],
        recorded=str(record.get("recorded", "")),
        cost_usd=float(record.get("cost_usd", 0.0)),
        note=str(record.get("note", "")),
    )
    if not isinstance(answer.text, str):
        raise ValueError(f"the answer's text must be a text, got {answer.text!r}")
    return question, answer


def _reason(error: Exception) -> str:
    return f"lacks {error.args[0]!r}" if isinstance(error, KeyError) else str(error)
