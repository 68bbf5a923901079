import threading
import time

import pytest

from tutelage.errors import BadAnswer, BudgetExceeded, ClientError
from tutelage.teacher.asking import GIVE_UP_AFTER, Asker, Tally, ask_again, is_fatal, run_all
from tutelage.teacher.exchange import Answer, Message, Question, Usage
from tutelage.teacher.ledger import Ledger
from tutelage.teacher.prices import FREE, Price
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.spending import spending
from tutelage.teacher.store import AnswerStore

ASKED = Question("m", "free/v1", "", (Message("user", "hello"),), max_tokens=100)


def asker(client, store=None, price=FREE, **options):
    store = store or AnswerStore(None)
    return Asker(client, Ledger(store), price, sleep=lambda seconds: None, **options)


def read_number(answer):
    found = answer.text if answer.text.isdigit() else None
    return found, [] if found else [f"{answer.text!r} is no number", "and is too long"][
        : len(answer.text)
    ]


def test_the_fullest_of_the_unusable_answers_is_kept():
    elicited = asker(ScriptedClient(["xx", "y", "zz"])).elicit(
        ASKED, read_number, attempts=3, tally=Tally()
    )
    assert elicited.problems == ["'y' is no number"]
    assert [answer.text for _, answer in elicited.exchanges] == ["xx", "y", "zz"]


def test_a_usable_answer_ends_the_conversation():
    client = ScriptedClient(["x", "7", "8"])
    elicited = asker(client).elicit(ASKED, read_number, attempts=3, tally=Tally())
    assert (elicited.reading, elicited.problems, len(client.questions)) == ("7", [], 2)


def test_what_is_shown_back_is_capped():
    again = ask_again(ASKED, Answer("x" * 10_000), [f"problem {n}" for n in range(80)])
    echo, request = again.messages[-2:]
    assert (echo.role, len(echo.content)) == ("assistant", 4000)
    assert "problem 49" in request.content
    assert "problem 50" not in request.content
    assert "and 30 more" in request.content
    assert ask_again(ASKED, Answer(""), ["empty"]).messages[-2].content == "(no answer)"


def test_every_try_is_charged_and_the_ledger_adds_them_up():
    script = [
        ClientError("busy", retryable=True),
        ClientError("dropped", retryable=True, maybe_billed=True),
        Answer("7", Usage(10, 5), finish="stop"),
    ]
    store, price, tally = AnswerStore(None), Price(1.0, 1.0), Tally()
    answer = asker(ScriptedClient(script), store, price).ask(ASKED, tally)
    (group,) = spending(store)
    assert (group.n_failed, group.n_lost, group.n_settled) == (1, 1, 1)
    worst = price.worst_pico(ASKED) / 1e12
    assert group.cost_usd == pytest.approx(worst + 15e-6)
    assert answer.cost_usd == pytest.approx(15e-6)
    assert (tally.n_retried, tally.n_asked, tally.n_stored) == (2, 1, 0)


def test_tries_come_to_an_end():
    client = ScriptedClient(lambda question: ClientError("busy", retryable=True))
    with pytest.raises(ClientError, match="busy"):
        asker(client, tries=4).ask(ASKED, Tally())
    assert len(client.questions) == 4


def test_a_call_that_breaks_off_in_our_own_process_counts_as_lost():
    store = AnswerStore(None)
    client = ScriptedClient(lambda question: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        asker(client, store, Price(1.0, 1.0)).ask(ASKED, Tally())
    (group,) = spending(store)
    assert (group.n_lost, group.n_open) == (1, 0)


def test_an_endpoint_that_is_down_is_given_up_soon():
    calls = []

    def work(job):
        calls.append(job)
        raise ClientError("down", retryable=True)

    results = run_all(range(1000), work, workers=4)
    assert GIVE_UP_AFTER <= len(calls) <= GIVE_UP_AFTER + 8
    assert results[-1] is None
    assert isinstance(results[0], ClientError)


def test_failures_in_between_do_not_stop_a_job():
    def work(job):
        if job % 2:
            raise ClientError("hiccup", retryable=True)
        return job

    results = run_all(range(100), work, workers=1)
    assert [r for r in results if isinstance(r, int)] == list(range(0, 100, 2))


def test_ctrl_c_waits_for_what_is_in_flight_and_begins_nothing_new():
    begun, ended = [], []
    first = threading.Event()

    def work(job):
        begun.append(job)
        first.set()
        time.sleep(0.05)
        ended.append(job)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(range(100), work, workers=4, progress=interrupt)
    assert sorted(begun) == sorted(ended)
    assert len(begun) < 20


def test_no_jobs_take_no_time():
    assert run_all([], lambda job: job, workers=8) == []


@pytest.mark.parametrize(
    ("error", "fatal"),
    [
        (BadAnswer(ASKED, "x", ["y"]), False),
        (ClientError("busy", retryable=True), False),
        (ClientError("HTTP 401"), True),
        (BudgetExceeded(1, 1, 1), True),
        (ValueError("a bug"), True),
    ],
)
def test_what_meets_one_question_or_all_is_told_apart(error, fatal):
    assert is_fatal(error) is fatal
