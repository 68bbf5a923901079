"""A provider's batch API: half the price, an answer within a day, resumed by anybody.

A batch is submitted once; its number is stored before anything else happens, so that the next
run, in any process on the same store, waits for it instead of submitting it again.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import tenacity

from tutelage.errors import ClientError, TeacherSetupError
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.http_client import HttpClient, read_completion
from tutelage.teacher.ledger import Claim, Ledger
from tutelage.teacher.prices import Price
from tutelage.teacher.store_rows import now_text

DISCOUNT = 0.5
LEASE_SECONDS = 30 * 3600.0  # a batch may take a day
MOST_PER_BATCH = 20_000
ENDED = ("completed", "failed", "expired", "cancelled")


@dataclass(frozen=True)
class BatchOutcome:
    """What the batches came to: questions submitted now, answers that arrived, failures."""

    n_submitted: int
    n_answered: int
    n_failed: int


def batch_price(price: Price) -> Price:
    """Return what a call in a batch costs.

    >>> batch_price(Price(0.15, 0.60))
    Price(usd_per_million_in=0.075, usd_per_million_out=0.3)
    """
    return Price(price.usd_per_million_in * DISCOUNT, price.usd_per_million_out * DISCOUNT)


class Batches:
    """Submits, polls and collects the batches of one teacher.

    Parameters
    ----------
    client
        An OpenAI-compatible endpoint that has batches.
    ledger, price
        The accounts, and the price of a single call.
    poll_s
        Seconds between two looks at a batch.
    sleep
        How to wait; a test may replace it.
    """

    def __init__(
        self,
        client: object,
        ledger: Ledger,
        price: Price,
        *,
        poll_s: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ):
        if not isinstance(client, HttpClient):
            raise TeacherSetupError(
                "batch=True needs a teacher with an OpenAI-compatible batch API, such as "
                f"'openai:MODEL'; got {getattr(client, 'name', client)!r}. Leave batch out."
            )
        self.client, self.ledger = client, ledger
        self.price = batch_price(price)
        self.poll_s, self.sleep = poll_s, sleep

    def run(
        self,
        questions: Sequence[Question],
        *,
        fresh: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> BatchOutcome:
        """Wait for open batches, submit what is still missing, wait for that.

        Afterwards every answer is in the store; a question that failed alone has none and may be
        asked singly.

        Raises
        ------
        ClientError
            When a batch as a whole failed, expired or was cancelled.
        BudgetExceeded
            When the worst case of what is missing does not fit; nothing is submitted then.
        """
        answered = failed = submitted = 0
        for batch in self._open():
            more, less = self._collect(batch, progress)
            answered, failed = answered + more, failed + less
        session = self.ledger.session if fresh else None
        distinct = {question.key: question for question in questions}
        known = self.ledger.store.known(distinct, session)
        missing = [question for key, question in distinct.items() if key not in known]
        for start in range(0, len(missing), MOST_PER_BATCH):
            part = self._claim(missing[start : start + MOST_PER_BATCH], fresh)
            submitted += len(part)
            if part:
                more, less = self._collect(self._submit(part), progress)
                answered, failed = answered + more, failed + less
        return BatchOutcome(submitted, answered, failed)

    def _claim(self, questions: Sequence[Question], fresh: bool) -> list[Claim]:
        claims: list[Claim] = []
        try:
            for question in questions:
                worst = self.price.worst_pico(question)
                claim = self.ledger.claim(
                    question, worst, lease_s=LEASE_SECONDS, fresh=fresh, patient=False
                )
                if isinstance(claim, Claim):
                    claims.append(claim)
        except BaseException:
            self._give_up(claims, maybe_billed=False, reason="the batch was not submitted")
            raise
        return claims

    def _submit(self, claims: Sequence[Claim]) -> str:
        lines = [
            {
                "custom_id": claim.uid,
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": self.client.request_body(claim.question),
            }
            for claim in claims
        ]
        data = "".join(json.dumps(line) + "\n" for line in lines).encode()
        try:
            file = self._call(lambda sdk: sdk.files.create(file=("b.jsonl", data), purpose="batch"))
        except BaseException:
            self._give_up(claims, maybe_billed=False, reason="the batch was not submitted")
            raise
        try:
            batch = self._call(
                lambda sdk: sdk.batches.create(
                    input_file_id=file.id,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                ),
                tries=1,  # a second try could submit it twice
            )
        except ClientError as error:
            self._give_up(claims, maybe_billed=error.maybe_billed, reason=error.message)
            raise
        number = str(batch.id)

        def note(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO batches VALUES (?, ?, ?, 'open', ?, ?)",
                (number, self.client.name, self.ledger.run, now_text(), len(claims)),
            )
            connection.executemany(
                "UPDATE charges SET owner = ? WHERE uid = ?",
                [(f"batch:{number}", claim.uid) for claim in claims],
            )

        self.ledger.store.apply(note, durable=True)
        return number

    def _collect(self, number: str, progress: Callable[[int, int], None] | None) -> tuple[int, int]:
        """Wait until a batch has ended; settle what it answered, close what it did not."""
        claims = self._claims(number)
        total = len(claims)
        while True:
            batch = self._call(lambda sdk: sdk.batches.retrieve(number))
            counts = getattr(batch, "request_counts", None)
            if progress is not None:
                progress(min(total, int(getattr(counts, "completed", 0) or 0)), total)
            if batch.status in ENDED:
                break
            self.sleep(self.poll_s)
        answered = 0
        for uid, answer in self._results(batch, claims):
            claim = claims.pop(uid)
            if answer is None:
                self.ledger.fail(claim, maybe_billed=False, reason="failed in its batch")
                continue
            paid = self.price.cost_pico(answer.usage)
            paid = max(paid, claim.reserved_pico) if answer.usage.estimated else paid
            self.ledger.settle(claim, answer, paid, paid)
            answered += 1
        self._give_up(list(claims.values()), maybe_billed=False, reason=f"batch {batch.status}")
        self.ledger.store.apply(
            lambda connection: connection.execute(
                "UPDATE batches SET state = 'done' WHERE id = ?", (number,)
            ),
            durable=True,
        )
        if claims and batch.status != "completed":
            # asking the rest singly would cost twice what the user agreed to
            raise ClientError(
                f"batch {number} of {self.client.name} ended as {batch.status!r} with {answered} "
                f"of {total} answers{self._reasons(batch)}. The answers are stored. Run again to "
                "submit the rest, or without batch=True to ask it singly."
            )
        return answered, total - answered

    def _reasons(self, batch: Any) -> str:
        listed = getattr(getattr(batch, "errors", None), "data", None) or []
        reasons = "; ".join(str(getattr(error, "message", error)) for error in listed[:3])
        return f" ({self.client.endpoint.clean(reasons)[:300]})" if reasons else ""

    def _results(self, batch: Any, claims: dict[str, Claim]) -> Iterator[tuple[str, Answer | None]]:
        for file in (batch.output_file_id, batch.error_file_id):
            if not file:
                continue
            text = self._call(partial(_content, name=str(file)))
            for line in text.splitlines():
                record = json.loads(line) if line.strip() else {}
                uid = record.get("custom_id")
                if uid not in claims:
                    continue
                response = record.get("response") or {}
                body = response.get("body") or {}
                if response.get("status_code") == 200 and body.get("choices"):
                    yield uid, read_completion(body, claims[uid].question)
                else:
                    yield uid, None

    def _open(self) -> list[str]:
        with self.ledger.store.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                "SELECT id FROM batches WHERE state = 'open' AND model = ? ORDER BY submitted",
                (self.client.name,),
            ).fetchall()
        return [row[0] for row in rows]

    def _claims(self, number: str) -> dict[str, Claim]:
        with self.ledger.store.reading() as connection:
            assert connection is not None
            rows = connection.execute(
                "SELECT c.uid, q.request, q.about, c.reserved_pico FROM charges c "
                "JOIN questions q ON q.key = c.key WHERE c.owner = ? AND c.state = 'open'",
                (f"batch:{number}",),
            ).fetchall()
        return {
            uid: Claim(uid, Question.from_request(json.loads(request), about=about), reserved)
            for uid, request, about, reserved in rows
        }

    def _give_up(self, claims: Sequence[Claim], *, maybe_billed: bool, reason: str) -> None:
        for claim in claims:
            self.ledger.fail(claim, maybe_billed=maybe_billed, reason=reason)

    def _call(self, call: Callable[[Any], Any], *, tries: int = 8) -> Any:
        """Call the SDK, again while the endpoint fails."""

        def once() -> Any:
            sdk, client = self.client.connected()
            try:
                return call(client)
            except sdk.APIError as error:
                raise self.client.endpoint.error_of(sdk, error) from None

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(tries),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=60),
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, ClientError) and e.retryable),
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(once)


def _content(sdk: Any, name: str) -> str:
    return str(sdk.files.content(name).text)
