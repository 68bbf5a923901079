import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import BudgetExceeded
from tutelage.teacher.exchange import Answer, Message, Question, Usage
from tutelage.teacher.ledger import Ledger
from tutelage.teacher.prices import Price
from tutelage.teacher.spending import spending
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.store_rows import PICO


def asked(sample=0):
    return Question("m", "free/v1", "s1:0", (Message("user", "hello"),), sample=sample)


def committed(store, run="default"):
    """Return what the store itself says: paid for certain or perhaps, and in flight."""
    with store.reading() as connection:
        if connection is None:
            return 0, 0
        return connection.execute(
            "SELECT coalesce(sum(paid_pico), 0), "
            "coalesce(sum(CASE state WHEN 'open' THEN reserved_pico ELSE 0 END), 0) "
            "FROM charges WHERE run = ?",
            (run,),
        ).fetchone()


@settings(max_examples=60, deadline=None)
@given(
    budget=st.integers(0, 60),
    steps=st.lists(
        st.tuples(st.sampled_from(["open", "settle", "fail", "lose"]), st.integers(1, 20)),
        max_size=30,
    ),
)
def test_the_budget_holds_under_any_interleaving(budget, steps):
    class Full(Exception):
        """The ledger would wait for calls in flight."""

    def never(seconds):
        raise Full

    store = AnswerStore(None)
    ledger = Ledger(store, budget_usd=budget / PICO, sleep=never)
    ledger.budget_pico = budget
    flying, n_opened = [], 0
    for step, amount in steps:
        if step == "open":
            try:
                flying.append(ledger.claim(asked(n_opened), amount, lease_s=60))
                n_opened += 1
            except (BudgetExceeded, Full):
                pass
        elif flying:
            claim = flying.pop(amount % len(flying))
            if step == "settle":
                paid = min(amount, claim.reserved_pico)
                ledger.settle(claim, Answer("x"), paid, paid)
            else:
                ledger.fail(claim, maybe_billed=step == "lose")
        paid, in_flight = committed(store)
        assert paid + in_flight <= budget
        assert round(ledger.spent_usd() * PICO) == paid
    store.close()


def test_a_call_that_may_yet_fit_waits_and_one_that_cannot_is_refused():
    store = AnswerStore(None)
    waits = []
    first = None

    def settle_meanwhile(seconds):
        waits.append(seconds)
        ledger.settle(first, Answer("x"), 1, 1)

    ledger = Ledger(store, budget_usd=10 / PICO, sleep=settle_meanwhile)
    ledger.budget_pico = 10
    first = ledger.claim(asked(0), 8, lease_s=60)
    second = ledger.claim(asked(1), 8, lease_s=60)
    assert len(waits) == 1
    ledger.settle(second, Answer("x"), 8, 8)
    with pytest.raises(BudgetExceeded):
        ledger.claim(asked(2), 2, lease_s=60)


def test_a_lost_call_counts_at_its_worst_and_a_failed_one_not():
    store = AnswerStore(None)
    ledger = Ledger(store)
    ledger.fail(ledger.claim(asked(0), 5, lease_s=60), maybe_billed=False, reason="HTTP 500")
    ledger.fail(ledger.claim(asked(0), 7, lease_s=60), maybe_billed=True, reason="dropped")
    claim = ledger.claim(asked(0), 9, lease_s=60)
    ledger.settle(claim, Answer("x", Usage(3, 4)), 2, 2)
    (group,) = spending(store)
    assert (group.n_failed, group.n_lost, group.n_settled, group.n_open) == (1, 1, 1, 0)
    assert round(group.cost_usd * PICO) == 9
    assert (group.tokens_in, group.tokens_out) == (3, 4)


def test_runs_are_added_up_apart():
    store = AnswerStore(None)
    for run in ("a", "b"):
        ledger = Ledger(store, run=run, budget_usd=10 / PICO)
        ledger.budget_pico = 10
        key = 0 if run == "a" else 1
        ledger.settle(ledger.claim(asked(key), 10, lease_s=60), Answer("x"), 10, 10)
    assert [(g.run, round(g.cost_usd * PICO)) for g in spending(store)] == [("a", 10), ("b", 10)]


def test_a_call_whose_lease_ended_is_lost_and_may_be_made_again():
    store = AnswerStore(None)
    ledger = Ledger(store)
    late = ledger.claim(asked(), 5, lease_s=-1)
    again = ledger.claim(asked(), 5, lease_s=60)
    assert committed(store) == (5, 5)
    ledger.settle(again, Answer("x"), 3, 3)
    assert committed(store) == (8, 0)
    ledger.settle(late, Answer("y"), 2, 2)  # it came after all: its true cost replaces the worst
    assert committed(store) == (5, 0)
    assert round(ledger.spent_usd() * PICO) == 5


PRELUDE = """
import os, random, sys, time
from tutelage.errors import BudgetExceeded
from tutelage.teacher.exchange import Answer, Message, Question
from tutelage.teacher.ledger import Ledger
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.store_rows import PICO

def asked(sample=0):
    return Question("m", "free/v1", "s1:0", (Message("user", "hello"),), sample=sample)
"""
DIE_IN_FLIGHT = """
Ledger(AnswerStore(sys.argv[1])).claim(asked(), 5, lease_s=3600)
os._exit(9)
"""
SPEND = """
seed = int(sys.argv[2])
deal = random.Random(seed)
ledger = Ledger(AnswerStore(sys.argv[1]), budget_usd=100 / PICO)
ledger.budget_pico = 100
for n in range(60):
    try:
        claim = ledger.claim(asked(1000 * seed + n), 10, lease_s=60)
    except BudgetExceeded:
        break
    time.sleep(deal.random() / 300)
    ledger.settle(claim, Answer("x"), 4, 4)
"""


def test_a_call_of_a_killed_process_is_lost_at_once(tmp_path, start_python):
    path = tmp_path / "a.sqlite"
    assert start_python(PRELUDE + DIE_IN_FLIGHT, path).wait(60) == 9
    with AnswerStore(path) as store:
        begun = time.monotonic()
        Ledger(store).claim(asked(), 6, lease_s=60)
        assert time.monotonic() - begun < 5
        assert committed(store) == (5, 6)


def test_the_same_question_is_in_flight_once():
    store = AnswerStore(None)
    ledger = Ledger(store)
    calls = []

    def ask():
        claim = ledger.claim(asked(), 5, lease_s=60)
        if isinstance(claim, Answer):
            return
        calls.append(1)
        time.sleep(0.1)
        ledger.settle(claim, Answer("x"), 1, 1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]


def test_processes_on_one_store_keep_one_budget(tmp_path, start_python):
    path = tmp_path / "a.sqlite"
    workers = [start_python(PRELUDE + SPEND, path, seed) for seed in range(3)]
    highest = 0
    with AnswerStore(path) as store:
        while any(worker.poll() is None for worker in workers):
            if path.exists():
                highest = max(highest, sum(committed(store)))
            time.sleep(0.005)
        assert [worker.wait() for worker in workers] == [0, 0, 0]
        paid, in_flight = committed(store)
    assert highest <= 100
    assert (paid, in_flight) == (92, 0)  # 23 calls of 4; the 24th could not be reserved


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.floats(0, 1000), st.floats(0, 1000))
def test_a_cost_is_never_rounded_down(tokens_in, tokens_out, price_in, price_out):
    cost = Price(price_in, price_out).cost_pico(Usage(tokens_in, tokens_out))
    exact = (tokens_in * price_in + tokens_out * price_out) * PICO / 1e6
    assert cost >= exact * (1 - 1e-12) - 1e-6  # a millionth of a picodollar is rounding
    assert cost <= exact * (1 + 1e-12) + 1


def test_the_worst_case_covers_one_token_per_byte():
    question = Question("m", "free/v1", "", (Message("user", "🩺" * 100),), max_tokens=7)
    assert Price(1.0, 0.0).worst_pico(question) >= 400 * PICO // 10**6
    assert Price(0.0, 1.0).worst_pico(question) == 7 * PICO // 10**6
