"""What a store's calls came to: by run, teacher and prompt."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.teacher.store import AnswerStore
from tutelage.teacher.store_rows import PICO


@dataclass(frozen=True)
class Spending:
    """What one group of calls came to.

    Attributes
    ----------
    run, model, prompt
        What the group is.
    n_settled, n_failed, n_lost, n_open
        Calls that were answered, that failed without cost, that failed after the endpoint may
        have charged, and that are in flight (or were, when their process ended).
    n_stored
        Questions that were answered by the store, for nothing.
    cost_usd
        Paid for certain, plus the worst case of what was lost.
    reserved_usd
        Worst case of the calls in flight.
    tokens_in, tokens_out
        Of the answers.
    """

    run: str
    model: str
    prompt: str
    n_settled: int = 0
    n_failed: int = 0
    n_lost: int = 0
    n_open: int = 0
    n_stored: int = 0
    cost_usd: float = 0.0
    reserved_usd: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0


CHARGES = """
    SELECT c.run, q.model, q.prompt,
        sum(c.state = 'settled'), sum(c.state = 'failed'), sum(c.state = 'lost'),
        sum(c.state = 'open'), 0, sum(c.paid_pico),
        sum(CASE c.state WHEN 'open' THEN c.reserved_pico ELSE 0 END),
        sum(CASE c.state WHEN 'settled' THEN
            (SELECT json_extract(answer, '$.usage.tokens_in') FROM answers a
             WHERE a.key = c.key ORDER BY id DESC LIMIT 1) ELSE 0 END),
        sum(CASE c.state WHEN 'settled' THEN
            (SELECT json_extract(answer, '$.usage.tokens_out') FROM answers a
             WHERE a.key = c.key ORDER BY id DESC LIMIT 1) ELSE 0 END)
    FROM charges c JOIN questions q ON q.key = c.key
    GROUP BY c.run, q.model, q.prompt
    UNION ALL
    SELECT run, model, prompt, 0, 0, 0, 0, n_stored, 0, 0, 0, 0 FROM replays
"""


def spending(store: AnswerStore) -> list[Spending]:
    """Return the sums of a store, by run, model and prompt.

    >>> spending(AnswerStore(None))
    []
    """
    with store.reading() as connection:
        if connection is None:
            return []
        rows = connection.execute(CHARGES).fetchall()
    groups: dict[tuple[str, str, str], list[int]] = {}
    for run, model, prompt, *numbers in rows:
        sums = groups.setdefault((run, model, prompt), [0] * len(numbers))
        for place, number in enumerate(numbers):
            sums[place] += number or 0
    return [
        Spending(
            *name,
            n_settled=sums[0],
            n_failed=sums[1],
            n_lost=sums[2],
            n_open=sums[3],
            n_stored=sums[4],
            cost_usd=sums[5] / PICO,
            reserved_usd=sums[6] / PICO,
            tokens_in=sums[7],
            tokens_out=sums[8],
        )
        for name, sums in sorted(groups.items())
    ]
