"""Rows of the store: one question or answer in, one out, within somebody's transaction."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timezone

from tutelage._canonical import content_hash
from tutelage.teacher.exchange import Answer, Question

PICO = 10**12  # picodollars: money is in whole numbers, so that sums are exact

EVERYTHING = (
    "SELECT q.request, q.about, a.answer, a.cost_pico, a.recorded, a.note "
    "FROM answers a JOIN questions q ON q.key = a.key ORDER BY a.id"
)


def latest_answer(
    connection: sqlite3.Connection, key: str, session: str | None = None
) -> Answer | None:
    """Return the last answer to a key within a transaction or outside one."""
    row = connection.execute(
        "SELECT answer, cost_pico, recorded, note FROM answers "
        "WHERE key = ? AND (? IS NULL OR session = ?) ORDER BY id DESC LIMIT 1",
        (key, session, session),
    ).fetchone()
    return None if row is None else answer_of(*row)


def insert_question(connection: sqlite3.Connection, question: Question) -> None:
    """Add a question; one that is there already stays as it is."""
    request = json.dumps(question.request())
    connection.execute(
        "INSERT OR IGNORE INTO questions VALUES (?, ?, ?, ?, ?, ?)",
        (
            question.key,
            request,
            question.model,
            question.prompt,
            question.about.encode("utf-8", "replace").decode(),
            question.sample,
        ),
    )


def insert_answer(
    connection: sqlite3.Connection,
    question: Question,
    answer: Answer,
    cost_pico: int | None,
    session: str,
) -> int:
    """Add an answer to a known question; return 0 when exactly this one was there already."""
    cost = round(answer.cost_usd * PICO) if cost_pico is None else cost_pico
    values = (
        question.key,
        json.dumps(answer.to_dict(), sort_keys=True),
        cost,
        answer.recorded or now_text(),
        answer.note.encode("utf-8", "replace").decode(),
        session,
    )
    cursor = connection.execute(
        "INSERT OR IGNORE INTO answers (key, answer, cost_pico, recorded, note, session, digest) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*values, digest_of(*values)),
    )
    return cursor.rowcount


def now_text() -> str:
    """Return the time as ISO 8601 in UTC, to the microsecond.

    >>> now_text().endswith("+00:00")
    True
    """
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def answer_of(raw: str, cost_pico: int, recorded: str, note: str) -> Answer:
    """Return the answer that a row holds."""
    return Answer.from_dict(
        json.loads(raw), recorded=recorded, cost_usd=cost_pico / PICO, note=note
    )


def digest_of(key: str, answer: str, cost_pico: int, recorded: str, note: str, session: str) -> str:
    """Return the hash of a whole row: an altered answer is found out by it."""
    return content_hash([key, answer, cost_pico, recorded, note, session])
