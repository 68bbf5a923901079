"""Numbered changes of the store's schema. A released one never changes; a new one is appended.

To change the schema: append a function, keep a file of the old version under
``tests/teacher/old_stores``, and test that it still opens with every answer in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

APPLICATION_ID = 0x7475746C  # "tutl": tells our files from other programs' SQLite files


def m001_questions_answers_charges(connection: sqlite3.Connection) -> None:
    """Create the tables. Money is in whole picodollars, so that sums are exact."""
    connection.execute(
        """CREATE TABLE questions (
            key TEXT PRIMARY KEY,      -- content hash of the request
            request TEXT NOT NULL,     -- JSON of everything that shapes the answer
            model TEXT NOT NULL,
            prompt TEXT NOT NULL,
            about TEXT NOT NULL,       -- for people: the class, the row
            sample INTEGER NOT NULL
        ) WITHOUT ROWID"""
    )
    connection.execute(
        """CREATE TABLE answers (
            id INTEGER PRIMARY KEY,    -- the latest answer to a key counts
            key TEXT NOT NULL REFERENCES questions(key),
            answer TEXT NOT NULL,      -- JSON of the raw answer
            cost_pico INTEGER NOT NULL,
            recorded TEXT NOT NULL,    -- ISO 8601, UTC
            note TEXT NOT NULL,
            session TEXT NOT NULL,     -- who asked, to tell fresh answers from older ones
            digest TEXT NOT NULL UNIQUE
        )"""
    )
    connection.execute("CREATE INDEX answers_by_key ON answers (key, id)")
    connection.execute(
        """CREATE TABLE charges (
            uid TEXT PRIMARY KEY,
            run TEXT NOT NULL,
            key TEXT NOT NULL REFERENCES questions(key),
            state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'failed', 'lost')),
            reserved_pico INTEGER NOT NULL,  -- worst case
            paid_pico INTEGER NOT NULL,      -- 0 while open or failed; worst case when lost
            opened REAL NOT NULL,
            lease_until REAL NOT NULL,       -- an open charge counts as lost after this
            owner TEXT NOT NULL,
            reason TEXT NOT NULL
        ) WITHOUT ROWID"""
    )
    connection.execute("CREATE INDEX open_by_key ON charges (key) WHERE state = 'open'")
    connection.execute("CREATE INDEX open_by_run ON charges (run) WHERE state = 'open'")
    connection.execute("CREATE TABLE totals (run TEXT PRIMARY KEY, paid_pico INTEGER NOT NULL)")
    for event in ("UPDATE", "DELETE"):
        connection.execute(
            f"""CREATE TRIGGER answers_no_{event.lower()} BEFORE {event} ON answers
                BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END"""
        )


def m002_batches(connection: sqlite3.Connection) -> None:
    """Remember submitted batches, so that nobody submits one again."""
    connection.execute(
        """CREATE TABLE batches (
            id TEXT PRIMARY KEY,       -- the provider's number
            model TEXT NOT NULL,
            run TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'done')),
            submitted TEXT NOT NULL,
            n_questions INTEGER NOT NULL
        ) WITHOUT ROWID"""
    )
    connection.execute("CREATE INDEX charges_by_owner ON charges (owner) WHERE state = 'open'")


def m003_replays(connection: sqlite3.Connection) -> None:
    """Count what the store itself answered, apart from what was asked."""
    connection.execute(
        """CREATE TABLE replays (
            run TEXT NOT NULL,
            model TEXT NOT NULL,
            prompt TEXT NOT NULL,
            n_stored INTEGER NOT NULL,
            PRIMARY KEY (run, model, prompt)
        ) WITHOUT ROWID"""
    )


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    m001_questions_answers_charges,
    m002_batches,
    m003_replays,
]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a store to the newest version, in one transaction, whoever comes first."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for change in MIGRATIONS[version:]:
            change(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
