"""Bring the stores of several machines together: answers, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.errors import StoreError
from tutelage.teacher.store import AnswerStore


@dataclass(frozen=True)
class Merged:
    """What a merge added: answers and charges that were not there yet."""

    n_answers: int
    n_charges: int


def merge_stores(into: AnswerStore, other: AnswerStore) -> Merged:
    """Add everything of ``other`` to ``into``; doing it twice adds nothing.

    Calls still open in ``other`` come over as lost at their worst case: their process cannot be
    asked from here. The merge happens whole or not at all.

    Raises
    ------
    StoreError
        When ``other`` does not verify, or is not there.

    Examples
    --------
    >>> from tutelage.teacher.exchange import Answer, Message, Question
    >>> asked = Question("scripted", "free/v1", "", (Message("user", "hello"),))
    >>> here, there = AnswerStore(None), AnswerStore(None)
    >>> there.record(asked, Answer("hello yourself"))
    >>> merge_stores(here, there), merge_stores(here, there)
    (Merged(n_answers=1, n_charges=0), Merged(n_answers=0, n_charges=0))
    """
    problems = other.verify()
    if problems:
        raise StoreError(f"the store {other.name} must verify before it is merged:", problems)
    with other.reading() as source:
        if source is None:
            raise StoreError(f"the store {other.name} must hold answers; there is none.")
        questions = source.execute("SELECT * FROM questions").fetchall()
        answers = source.execute(
            "SELECT key, answer, cost_pico, recorded, note, session, digest FROM answers "
            "ORDER BY id"
        ).fetchall()
        charges = source.execute(
            "SELECT uid, run, key, CASE state WHEN 'open' THEN 'lost' ELSE state END, "
            "reserved_pico, CASE state WHEN 'open' THEN reserved_pico ELSE paid_pico END, "
            "opened, lease_until, owner, reason FROM charges"
        ).fetchall()
    with into.transaction(durable=True) as connection:
        connection.executemany("INSERT OR IGNORE INTO questions VALUES (?,?,?,?,?,?)", questions)
        n_answers = connection.executemany(
            "INSERT OR IGNORE INTO answers (key, answer, cost_pico, recorded, note, session, "
            "digest) VALUES (?,?,?,?,?,?,?)",
            answers,
        ).rowcount
        n_charges = 0
        for charge in charges:
            added = connection.execute(
                "INSERT OR IGNORE INTO charges VALUES (?,?,?,?,?,?,?,?,?,?)", charge
            ).rowcount
            if added:
                n_charges += 1
                connection.execute(
                    "INSERT INTO totals VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET "
                    "paid_pico = paid_pico + excluded.paid_pico",
                    (charge[1], charge[5]),
                )
    return Merged(max(0, n_answers), n_charges)
