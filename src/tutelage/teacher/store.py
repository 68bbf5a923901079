"""AnswerStore: every question asked and every answer received, for good.

SQLite in WAL mode, content-addressed and append-only. An answer is stored before anybody reads
it, so a mistake in reading never costs money twice; an upgrade never clears the file.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from tutelage._canonical import content_hash
from tutelage.errors import OutputError, StoreError
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.migrations import APPLICATION_ID, MIGRATIONS, migrate
from tutelage.teacher.store_rows import (
    EVERYTHING,
    answer_of,
    digest_of,
    insert_answer,
    insert_question,
    latest_answer,
)
from tutelage.teacher.tape import read_tape, write_tape

T = TypeVar("T")

BUSY_SECONDS = 30.0
IN_MEMORY = ":memory:"


class _Work:
    """One piece of work in a shared transaction."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any], durable: bool):
        self.work, self.durable = work, durable
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = False

    def run(self, connection: sqlite3.Connection) -> None:
        connection.execute("SAVEPOINT piece")
        try:
            self.result = self.work(connection)
        except Exception as error:
            self.error = error
            connection.execute("ROLLBACK TO piece")
        connection.execute("RELEASE piece")


@dataclass(frozen=True)
class Stored:
    """One line of a listing: a question and its latest answer (``None`` while there is none)."""

    key: str
    question: Question
    answer: Answer | None
    n_answers: int


class AnswerStore:
    """Questions and answers in one file, or in memory.

    Safe for many threads and several processes. Nothing is created before the first write.

    Parameters
    ----------
    path
        The SQLite file, or ``None`` for a store that lives as long as this object.

    Raises
    ------
    StoreError
        At first use, when the file is damaged, belongs to another program or to a newer version.
    OutputError
        When it cannot be written.

    Examples
    --------
    >>> from tutelage.teacher.exchange import Message
    >>> asked = Question("scripted", "free/v1", "", (Message("user", "hello"),))
    >>> with AnswerStore(None) as store:
    ...     store.record(asked, Answer("hello yourself"))
    ...     store.latest(asked.key).text
    'hello yourself'
    """

    def __init__(self, path: str | os.PathLike[str] | None = None):
        self.path = None if path is None or str(path) == IN_MEMORY else Path(path)
        self._lock = threading.RLock()
        self._read_lock = threading.RLock()
        self._queue: deque[_Work] = deque()
        self._open: list[sqlite3.Connection] = []
        self._readers: list[sqlite3.Connection] = []
        self._finalizer = weakref.finalize(self, _close_all, self._readers, self._open)

    def __enter__(self) -> AnswerStore:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a store in memory is gone."""
        with self._read_lock, self._lock:
            _close_all(self._readers, self._open)

    @property
    def name(self) -> str:
        """The path, or "memory"."""
        return "memory" if self.path is None else str(self.path)

    # --- one answer -----------------------------------------------------------------------

    def latest(self, key: str, session: str | None = None) -> Answer | None:
        """Return the last answer to a question, or ``None``; with ``session``, of that alone."""
        with self.reading() as connection:
            return None if connection is None else latest_answer(connection, key, session)

    def record(
        self, question: Question, answer: Answer, *, cost_pico: int | None = None, session: str = ""
    ) -> None:
        """Store an answer that was not asked for through a ledger (a tape, an import)."""
        with self.transaction(durable=True) as connection:
            insert_question(connection, question)
            insert_answer(connection, question, answer, cost_pico, session)

    # --- many -----------------------------------------------------------------------------

    def known(self, keys: Iterable[str], session: str | None = None) -> set[str]:
        """Return those of ``keys`` that have an answer."""
        with self.reading() as connection:
            if connection is None:
                return set()
            return {k for k in set(keys) if latest_answer(connection, k, session) is not None}

    def listing(self, prefix: str = "", limit: int | None = None) -> list[Stored]:
        """Return the questions whose key starts with ``prefix`` (its tag may be left out)."""
        if prefix and ":" not in prefix:
            prefix = f"s1:{prefix}"
        with self.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                "SELECT key, request, about, (SELECT count(*) FROM answers a WHERE a.key = q.key) "
                "FROM questions q WHERE substr(key, 1, ?) = ? ORDER BY model, prompt, about, "
                "sample, key LIMIT ?",
                (len(prefix), prefix, -1 if limit is None else limit),
            ).fetchall()
            return [
                Stored(
                    key,
                    Question.from_request(json.loads(request), about=about),
                    latest_answer(connection, key),
                    count,
                )
                for key, request, about, count in rows
            ]

    def exchanges(self) -> Iterator[tuple[Question, Answer]]:
        """Yield every answer with its question, oldest first."""
        with self.reading() as connection:
            rows = [] if connection is None else connection.execute(EVERYTHING).fetchall()
        for request, about, answer, cost_pico, recorded, note in rows:
            yield (
                Question.from_request(json.loads(request), about=about),
                answer_of(answer, cost_pico, recorded, note),
            )

    def export(self, path: str | os.PathLike[str], *, note: str = "") -> Path:
        """Write every question with its answers as a tape."""
        return write_tape(path, self.exchanges(), note=note)

    def import_tape(self, path: str | os.PathLike[str]) -> int:
        """Add the answers of a tape; return how many were new. A bad tape adds nothing."""
        exchanges = read_tape(path)
        with self.transaction(durable=True) as connection:
            for question, _ in exchanges:
                insert_question(connection, question)
            return sum(insert_answer(connection, q, a, None, "") for q, a in exchanges)

    def verify(self) -> list[str]:
        """Derive every key and digest again; return one sentence per thing that is wrong."""
        with self.reading() as connection:
            if connection is None:
                return []
            (state,) = connection.execute("PRAGMA integrity_check").fetchone()
            problems = [] if state == "ok" else [f"SQLite finds damage: {state}"]
            for key, request in connection.execute("SELECT key, request FROM questions"):
                derived = content_hash(json.loads(request))
                if derived != key:
                    problems.append(f"question {key[:15]}: its request has the key {derived[:15]}")
            for row in connection.execute(
                "SELECT id, key, answer, cost_pico, recorded, note, session, digest FROM answers"
            ):
                if digest_of(*row[1:7]) != row[7]:
                    problems.append(f"answer {row[0]} to question {row[1][:15]} was altered")
        return problems

    # --- the connection -------------------------------------------------------------------

    @contextmanager
    def transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """Run one write transaction, alone among all threads and processes.

        ``durable`` makes it survive a power cut before it returns; without it, a power cut may
        undo it, which is right for what only concerns calls in flight.
        """
        with self._lock, self._translated():
            connection = self._connection(create=True)
            assert connection is not None
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def apply(self, work: Callable[[sqlite3.Connection], T], *, durable: bool) -> T:
        """Run ``work`` in a write transaction that it may share with other threads' work.

        Writing to the disk takes longer than anything else, so what queues up meanwhile is
        written together: whoever comes next leads, and does the work of all. An error in one
        piece of work undoes that piece alone.
        """
        mine = _Work(work, durable)
        self._queue.append(mine)
        with self._lock:
            if not mine.done:
                self._lead()
        if mine.error is not None:
            raise mine.error
        return cast("T", mine.result)

    def _lead(self) -> None:
        batch: list[_Work] = []
        while self._queue:
            batch.append(self._queue.popleft())
        try:
            with self.transaction(durable=any(item.durable for item in batch)) as connection:
                for item in batch:
                    item.run(connection)
        except BaseException as error:
            for item in batch:
                item.error = item.error or error
        finally:
            for item in batch:
                item.done = True

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Run reads; ``None`` while nothing was ever stored."""
        if self.path is None:
            with self._lock, self._translated():
                yield self._connection(create=False)
            return
        # a connection of its own, so that readers do not wait for the disk
        with self._read_lock, self._translated():
            if not self._readers:
                with self._lock:
                    writer = self._connection(create=False)
                if writer is None:
                    yield None
                    return
                self._readers.append(self._connected())
            yield self._readers[0]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            reason = str(error)
            if any(word in reason for word in ("unable to open", "readonly", "full", "disk I/O")):
                raise OutputError(f"the store {self.name} cannot be written: {reason}.") from error
            raise StoreError(f"the store {self.name} cannot be used: {reason}.") from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"the store {self.name} is damaged or no store of answers: {error}. Keep the "
                "file, start with another one, and import what can be exported from it."
            ) from error

    def _connection(self, *, create: bool) -> sqlite3.Connection | None:
        if self._open:
            return self._open[0]
        if self.path is not None:
            if not self.path.exists():
                if not create:
                    return None
                _make_folder(self.path.parent)
        elif not create:
            return None
        connection = self._connected()
        try:
            self._check_version(connection)
            _switch_to_wal(connection)
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        self._open.append(connection)
        return connection

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(
            IN_MEMORY if self.path is None else self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    def _check_version(self, connection: sqlite3.Connection) -> None:
        # in this order: another process may be creating the file, in one transaction, just now
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if tables and owner != APPLICATION_ID:
            raise StoreError(f"{self.name} must be a store of answers, got another SQLite file.")
        if version > len(MIGRATIONS):
            raise StoreError(
                f"the store {self.name} has version {version}; this package knows versions up to "
                f"{len(MIGRATIONS)}. Use a newer package; the file was left as it is."
            )


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # the busy timeout does not cover this switch when two processes create the file together
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be created: {error.strerror or error}.") from error


def _close_all(*groups: list[sqlite3.Connection]) -> None:
    for connections in groups:
        while connections:
            connections.pop().close()
