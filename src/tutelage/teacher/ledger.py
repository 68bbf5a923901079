"""The ledger: reserve the worst case, then settle. The budget holds at every instant.

It lives in the store, so that all threads and all processes on one store share it. A charge is
*open* while its call is in flight, then *settled* at its true cost, *failed* when the endpoint
did not charge, or *lost* when it may have charged and no answer came: a lost charge counts at its
worst case, because nobody can tell. What it comes to is told by ``spending.py``.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tutelage._canonical import content_hash
from tutelage.errors import BudgetExceeded, ClientError
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.store_rows import (
    PICO,
    insert_answer,
    insert_question,
    latest_answer,
    now_text,
)

WAIT_SECONDS = 0.02


@dataclass(frozen=True)
class Claim:
    """The right to make one call: its worst case is reserved and nobody else makes it."""

    uid: str
    question: Question
    reserved_pico: int


class Ledger:
    """Charges of one run in one store.

    Parameters
    ----------
    store
        Where charges and answers live.
    run
        Charges are added up per run; the budget is compared with this run's sum.
    budget_usd
        The cap, or ``None`` for none.
    session
        Marks the answers of this session.
    sleep
        How to wait for others; a test may replace it.
    """

    def __init__(
        self,
        store: AnswerStore,
        *,
        run: str = "default",
        budget_usd: float | None = None,
        session: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.store, self.run, self.session = store, run, session
        self.budget_usd = budget_usd
        self.budget_pico = None if budget_usd is None else int(budget_usd * PICO)
        self._sleep = sleep
        host = content_hash(platform.node())[3:15]
        self._host, self._owner = host, f"{host}:{os.getpid()}"

    def claim(
        self,
        question: Question,
        worst_pico: int,
        *,
        lease_s: float,
        fresh: bool = False,
        patient: bool = True,
    ) -> Claim | Answer:
        """Reserve the worst case of a call, or return the answer that makes it needless.

        Waits while another thread or process asks the same question, and while calls in flight
        hold reservations that may come back; not for the latter when it is not ``patient``.

        Raises
        ------
        BudgetExceeded
            When the call does not fit into what is left.
        ClientError
            When the question is part of a batch that was submitted and not awaited.
        """
        wait = WAIT_SECONDS
        while True:
            outcome = self.store.apply(
                lambda connection: self._try(
                    connection, question, worst_pico, lease_s, fresh, patient
                ),
                durable=False,
            )
            if outcome is not None:
                return outcome
            self._sleep(wait)
            wait = min(2 * wait, 0.5)

    def _try(
        self,
        connection: sqlite3.Connection,
        question: Question,
        worst: int,
        lease_s: float,
        fresh: bool,
        patient: bool,
    ) -> Claim | Answer | None:
        answer = latest_answer(connection, question.key, self.session if fresh else None)
        if answer is not None:
            return answer
        if self._in_flight(connection, "key", question.key):
            self._refuse_batched(connection, question)
            return None
        if self.budget_pico is not None and worst > 0 and not self._fits(connection, worst):
            in_flight = self._in_flight(connection, "run", self.run)
            paid = self._paid(connection)  # after the abandoned calls in flight were given up
            # a batch may take a day: what it has reserved is as good as paid
            firm = paid + (self._in_batches(connection) if patient else in_flight)
            if firm + worst > self.budget_pico:
                raise self._exceeded(firm, worst)
            if paid + in_flight + worst > self.budget_pico:
                return None
        return self._opened(connection, question, worst, lease_s)

    def _fits(self, connection: sqlite3.Connection, worst: int) -> bool:
        """Tell whether a call fits beside all that is open, dead or alive: the usual case."""
        assert self.budget_pico is not None
        (reserved,) = connection.execute(
            "SELECT coalesce(sum(reserved_pico), 0) FROM charges WHERE run = ? AND state = 'open'",
            (self.run,),
        ).fetchone()
        return bool(self._paid(connection) + reserved + worst <= self.budget_pico)

    def _in_batches(self, connection: sqlite3.Connection) -> int:
        (reserved,) = connection.execute(
            "SELECT coalesce(sum(reserved_pico), 0) FROM charges "
            "WHERE run = ? AND state = 'open' AND owner LIKE 'batch:%'",
            (self.run,),
        ).fetchone()
        return int(reserved)

    def _refuse_batched(self, connection: sqlite3.Connection, question: Question) -> None:
        row = connection.execute(
            "SELECT owner FROM charges WHERE key = ? AND state = 'open' AND owner LIKE 'batch:%'",
            (question.key,),
        ).fetchone()
        if row is not None:
            raise ClientError(
                f"a question of this job is in batch {row[0].removeprefix('batch:')}, which was "
                "submitted and may take a day. Run again with batch=True to wait for it."
            )

    def _opened(
        self, connection: sqlite3.Connection, question: Question, worst: int, lease_s: float
    ) -> Claim:
        insert_question(connection, question)
        claim = Claim(uuid.uuid4().hex, question, worst)
        now = time.time()
        connection.execute(
            "INSERT INTO charges VALUES (?, ?, ?, 'open', ?, 0, ?, ?, ?, '')",
            (claim.uid, self.run, question.key, worst, now, now + lease_s, self._owner),
        )
        return claim

    def settle(self, claim: Claim, answer: Answer, cost_pico: int, paid_pico: int) -> Answer:
        """Store the answer and close the charge, in one durable transaction; return it dated.

        ``cost_pico`` is what the answer cost when it was first paid for, ``paid_pico`` what this
        call costs now; they differ on a replay.
        """
        recorded = answer.recorded or now_text()
        dated = replace(answer, recorded=recorded, cost_usd=cost_pico / PICO)

        def close(connection: sqlite3.Connection) -> None:
            insert_answer(connection, claim.question, dated, cost_pico, self.session)
            self._close(connection, claim.uid, "settled", paid_pico, "")

        self.store.apply(close, durable=True)
        return dated

    def fail(self, claim: Claim, *, maybe_billed: bool, reason: str = "") -> None:
        """Close the charge of a call that brought no answer."""
        state, paid = ("lost", claim.reserved_pico) if maybe_billed else ("failed", 0)
        self.store.apply(
            lambda connection: self._close(connection, claim.uid, state, paid, reason),
            durable=maybe_billed,
        )

    def note_stored(self, model: str, counts: Mapping[str, int]) -> None:
        """Count the questions, by prompt, that were answered by the store and cost nothing."""
        if not any(counts.values()):
            return

        def add(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO replays VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "n_stored = n_stored + excluded.n_stored",
                [(self.run, model, prompt, count) for prompt, count in counts.items()],
            )

        self.store.apply(add, durable=False)

    def spent_usd(self) -> float:
        """Return what this run has paid, or may have paid, without the calls in flight."""
        with self.store.reading() as connection:
            return 0.0 if connection is None else self._paid(connection) / PICO

    def _close(
        self, connection: sqlite3.Connection, uid: str, state: str, paid: int, reason: str
    ) -> None:
        cursor = connection.execute(
            "UPDATE charges SET state = ?, paid_pico = ?, reason = ? WHERE uid = ? AND "
            "state = 'open'",
            (state, paid, reason[:200], uid),
        )
        if cursor.rowcount == 0:  # given up as lost meanwhile: replace its worst case
            (before,) = connection.execute(
                "SELECT paid_pico FROM charges WHERE uid = ?", (uid,)
            ).fetchone()
            connection.execute(
                "UPDATE charges SET state = ?, paid_pico = ?, reason = ? WHERE uid = ?",
                (state, paid, reason[:200], uid),
            )
            paid -= before
        self._add(connection, paid)

    def _add(self, connection: sqlite3.Connection, pico: int, run: str | None = None) -> None:
        connection.execute(
            "INSERT INTO totals VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET "
            "paid_pico = paid_pico + excluded.paid_pico",
            (run or self.run, pico),
        )

    def _paid(self, connection: sqlite3.Connection) -> int:
        row = connection.execute(
            "SELECT paid_pico FROM totals WHERE run = ?", (self.run,)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _in_flight(self, connection: sqlite3.Connection, column: str, value: str) -> int:
        """Return the worst case (at least 1) of live calls; give up the abandoned as lost."""
        total = 0
        for uid, run, reserved, lease_until, owner in connection.execute(
            "SELECT uid, run, reserved_pico, lease_until, owner FROM charges "
            f"WHERE {column} = ? AND state = 'open'",
            (value,),
        ).fetchall():
            if lease_until > time.time() and not self._is_dead(owner):
                total += max(reserved, 1)
            else:
                connection.execute(
                    "UPDATE charges SET state = 'lost', paid_pico = reserved_pico, "
                    "reason = 'its process ended' WHERE uid = ?",
                    (uid,),
                )
                self._add(connection, reserved, run)
        return total

    def _is_dead(self, owner: str) -> bool:
        host, _, pid = owner.partition(":")
        # elsewhere, and on Windows, where signal 0 is a real one, only the lease can tell
        if host != self._host or os.name != "posix":
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False

    def _exceeded(self, paid: int, worst: int) -> BudgetExceeded:
        where = f" by run {self.run!r} in {self.store.name}" if paid else ""
        assert self.budget_usd is not None
        return BudgetExceeded(self.budget_usd, paid / PICO, worst / PICO, where)
