"""A job against an endpoint that fails in every known way, in a process that is killed."""

import json
import random
import signal
import time

import pytest

from tutelage.teacher.prices import Price
from tutelage.teacher.spending import spending
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.store_rows import PICO
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher

WORKERS = 16
REPEATS = 40
CARD = TaskCard("Tell it.", ["a", "b", "c"], ["age", "weight"])
PRICES = (1.0, 2.0)
FAULTS = ("429", "500", "drop", "truncate", "stall", "garbage", "rubbish")

JOB = """
import signal, sys, time
# a job that was started in the background inherits an interrupt that is ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher

url, store, budget, timeout = sys.argv[1:]
with Teacher(
    url + "#tiny", name="tiny", answers=store, budget_usd=float(budget), prices=(1.0, 2.0),
    workers=16, attempts=12, tries=60, timeout_s=float(timeout),
    sleep=lambda seconds: time.sleep(min(seconds, 0.01)),
) as teacher:
    card = TaskCard("Tell it.", ["a", "b", "c"], ["age", "weight"])
    prior = teacher.feature_prior(card, repeats=40)
    assert all(len(entry.answers) == 40 for entry in prior.scores)
"""


def faulty(reply, seed):
    deal = random.Random(seed)

    def behave(body, number):
        fault = deal.choice([*FAULTS, "", "", ""])
        refused = {"error": {"message": "x"}}
        good = json.dumps({"age": number % 10, "weight": -3})
        return {
            "429": reply(status=429, headers={"Retry-After": "1"}, body=refused),
            "500": reply(status=500, body=refused),
            "drop": reply(fate="drop"),
            "truncate": reply(good, fate="truncate"),
            "stall": reply(fate="drop", wait=2.5),
            "garbage": reply(fate="garbage"),
            "rubbish": reply("I would rather not say."),
            "": reply(good, wait=0.01),
        }[fault]

    return behave


def committed(store):
    with store.reading() as connection:
        if connection is None:
            return 0
        (total,) = connection.execute(
            "SELECT coalesce(sum(CASE state WHEN 'open' THEN reserved_pico ELSE paid_pico END), 0)"
            " FROM charges"
        ).fetchone()
        return total


@pytest.mark.slow
def test_a_job_survives_every_fault_and_three_kills(endpoint, reply, tmp_path, start_python):
    server = endpoint(faulty(reply, seed=1))
    path = tmp_path / "a.sqlite"
    with Teacher("http://127.0.0.1:1#t", name="tiny", answers=False, prices=PRICES) as sizes:
        worst = sizes.plan_feature_prior(CARD, repeats=1).worst_usd / 3
    budget = 1500 * worst
    highest = 0
    with AnswerStore(path) as store:
        for kill_at in (25, 60, 95, None):
            process = start_python(JOB, server.url, path, budget, 1.5)
            deadline = time.monotonic() + 90
            while process.poll() is None and time.monotonic() < deadline:
                if path.exists():
                    highest = max(highest, committed(store))
                if kill_at is not None and len(server.completed) >= kill_at:
                    process.send_signal(signal.SIGKILL)
                time.sleep(0.01)
            assert process.wait(1) == (0 if kill_at is None else -signal.SIGKILL)
        stored = store.listing()
        answered = [s for s in stored if s.n_answers]
        first = [s for s in answered if len(s.question.messages) == 2]
        assert len(first) == 3 * REPEATS
        assert all(s.n_answers == 1 for s in answered)
        assert store.verify() == []
        paid_twice = len(server.completed) - len(answered)
        assert 0 <= paid_twice <= 3 * WORKERS
        (group,) = spending(store)
        assert group.n_settled == len(answered)
        assert group.n_failed > 0
        assert group.n_lost > 0
        assert highest <= budget * PICO
        # the endpoint's own bill is covered by what the ledger says was, or may have been, paid
        one = Price(*PRICES).usd_per_million_in * 100 / 1e6 + PRICES[1] * 10 / 1e6
        assert len(server.completed) * one <= group.cost_usd + 1e-12


def test_a_job_that_was_interrupted_ends_like_one_that_was_not(endpoint, reply, tmp_path):
    def behave(body, number):
        return reply(json.dumps({"age": len(body["messages"][-1]["content"]) % 10, "weight": 1}))

    whole, parts = endpoint(behave), endpoint(behave)
    options = {"name": "tiny", "workers": 2}
    with Teacher(f"{whole.url}#t", answers=tmp_path / "whole.sqlite", **options) as teacher:
        expected = teacher.feature_prior(CARD, repeats=4)

    def stop(done, total):
        if done == 5:
            raise KeyboardInterrupt

    with Teacher(f"{parts.url}#t", answers=tmp_path / "parts.sqlite", **options) as teacher:
        with pytest.raises(KeyboardInterrupt):
            teacher.feature_prior(CARD, repeats=4, progress=stop)
        before = len(parts.completed)
        assert 5 <= before <= 8
    with Teacher(f"{parts.url}#t", answers=tmp_path / "parts.sqlite", **options) as teacher:
        resumed = teacher.feature_prior(CARD, repeats=4)
        assert teacher.last_tally.n_stored == before
    assert resumed.scores == expected.scores
    assert resumed.provenance.question_keys == expected.provenance.question_keys
    assert len(parts.completed) == 12


def test_two_runs_on_one_store_ask_each_question_once(endpoint, reply, tmp_path, start_python):
    server = endpoint(lambda body, n: reply('{"age": 1, "weight": 2}', wait=0.02))
    path = tmp_path / "a.sqlite"
    runs = [start_python(JOB, server.url, path, 10.0, 60) for _ in range(2)]
    assert [run.wait(90) for run in runs] == [0, 0]
    assert len(server.completed) == 3 * REPEATS
    with AnswerStore(path) as store:
        assert all(stored.n_answers == 1 for stored in store.listing())
        (group,) = spending(store)
        assert (group.n_settled, group.n_open, group.n_lost) == (3 * REPEATS, 0, 0)


def test_ctrl_c_loses_nothing_that_was_in_flight(endpoint, reply, tmp_path, start_python):
    server = endpoint(lambda body, n: reply('{"age": 1, "weight": 2}', wait=0.2))
    path = tmp_path / "a.sqlite"
    run = start_python(JOB, server.url, path, 10.0, 60)
    while len(server.completed) < 20:
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    assert run.wait(30) != 0
    with AnswerStore(path) as store:
        (group,) = spending(store)
        assert group.n_settled == len(server.completed)
        assert (group.n_open, group.n_lost) == (0, 0)
        assert group.n_settled < 3 * REPEATS
