import json
import threading
import time

import pytest

from tutelage.errors import (
    BadAnswer,
    BudgetExceeded,
    CardError,
    ClientError,
    StoreError,
    TapeMiss,
    TeacherSetupError,
    TutelageWarning,
)
from tutelage.teacher.exchange import Answer, Message, Question, Usage
from tutelage.teacher.recording import record_feature_tape
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.spending import spending
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.task_card import Column, TaskCard
from tutelage.teacher.teacher import Teacher

CARD = TaskCard(
    "Predict who is ill.",
    ["no", "yes"],
    [Column("age", "age", "years"), Column("job", categories=["clerk", "farmer"])],
)
GOOD = {"age": 7, "job": {"clerk": -2, "farmer": 1}}


def test_answers_become_a_prior_with_its_provenance():
    client = ScriptedClient([GOOD, {**GOOD, "age": 5}])
    prior = Teacher(client).feature_prior(CARD, repeats=2)
    assert prior.classes == ("no", "yes")
    assert prior.score("yes", "age").answers == (0.7, 0.5)
    assert prior.score("yes", "job", "farmer").answers == (0.1, 0.1)
    origin = prior.provenance
    assert (origin.teacher, origin.prompt, origin.n_calls) == ("scripted", "feature_scores/v2", 2)
    assert origin.question_keys == tuple(q.key for q in client.questions)
    assert origin.recorded[:2] == "20"
    assert origin.tokens_in > 0
    assert origin.task == "Predict who is ill."


def test_a_bad_answer_is_asked_again_with_its_problems():
    client = ScriptedClient(["no idea", {"age": 7, "job": {"clerk": True}}, GOOD])
    teacher = Teacher(client)
    prior = teacher.feature_prior(CARD, repeats=1)
    assert prior.score("yes", "age").answers == (0.7,)
    second, third = (q.messages[-1].content for q in client.questions[1:])
    assert "- the answer holds no JSON object" in second
    assert "- 'job = clerk' is true, not a number in [-10, 10]" in third
    assert "- 'job = farmer' has no score" in third
    assert client.questions[2].messages[2].content == "no idea"
    assert teacher.last_tally.n_again == 2
    assert prior.provenance.n_calls == 3


def test_at_the_end_all_problems_are_told():
    teacher = Teacher(ScriptedClient(lambda q: '{"job": {"clerk": NaN, "farmer": 99}, "aeg": 1}'))
    with pytest.raises(BadAnswer) as caught:
        teacher.feature_prior(CARD, repeats=1)
    message = str(caught.value)
    assert message.startswith(
        "scripted gave an unusable answer to feature_scores/v2 (4 problems):\n"
        "  - 'age' has no score (the answer has 'aeg')\n"
    )
    assert "tutelage answers show s1:" in message
    assert "missing='allow'" in message
    assert caught.value.exit_code == 2
    assert len(teacher.client.questions) == 3


def test_missing_scores_can_be_allowed_and_are_reported():
    teacher = Teacher(ScriptedClient(lambda q: '{"age": 4, "job": {"clerk": 11}}'))
    with pytest.warns(TutelageWarning, match=r"2 of 2 answers .* 4 problems, the first: 'job = cl"):
        prior = teacher.feature_prior(CARD, repeats=2, missing="allow")
    assert prior.score("yes", "age").answers == (0.4, 0.4)
    assert prior.score("yes", "job", "clerk").answers == ()


def test_an_answer_cut_off_gets_more_room():
    first = Answer('{"age": 7, "jo', Usage(10, 10), finish="length")
    client = ScriptedClient([first, GOOD])
    Teacher(client).feature_prior(CARD, repeats=1)
    assert client.questions[1].max_tokens == 2 * client.questions[0].max_tokens
    assert "it was too long" in client.questions[1].messages[-1].content


def test_what_is_stored_is_never_asked_again(tmp_path):
    client = ScriptedClient(lambda q: GOOD)
    with Teacher(client, answers=tmp_path / "a.sqlite") as teacher:
        first = teacher.feature_prior(CARD, repeats=3)
    with Teacher(client, answers=tmp_path / "a.sqlite") as teacher:
        assert teacher.feature_prior(CARD, repeats=3) == first
        assert teacher.last_tally.n_stored == 3
        teacher.feature_prior(CARD, repeats=4)
        (group,) = spending(teacher.store)
        assert (group.n_settled, group.n_stored) == (4, 6)
    assert len(client.questions) == 4


def test_fresh_asks_anew_and_keeps_the_older_answers(tmp_path):
    scores = iter(range(10))
    client = ScriptedClient(lambda q: {**GOOD, "age": next(scores)})
    for fresh in (False, True):
        with Teacher(client, answers=tmp_path / "a.sqlite", fresh=fresh) as teacher:
            prior = teacher.feature_prior(CARD, repeats=1)
            assert teacher.feature_prior(CARD, repeats=1) == prior
    assert prior.score("yes", "age").answers == (0.1,)
    with AnswerStore(tmp_path / "a.sqlite") as store:
        assert [s.n_answers for s in store.listing()] == [2]
        assert store.verify() == []


def test_a_list_of_questions_is_answered_in_order_from_the_store_and_by_asking():
    client = ScriptedClient(lambda q: f"{q.sample}")
    teacher = Teacher(client)
    base = Question("scripted", "free/v1", "", (Message("user", "hello"),))
    teacher.ask([base.repeated(n) for n in (1, 3)])
    seen = []
    outcomes = teacher.ask(
        [base.repeated(n) for n in range(5)], progress=lambda d, t: seen.append((d, t))
    )
    assert [outcome.text for outcome in outcomes] == ["0", "1", "2", "3", "4"]
    assert seen == [(2, 5), (3, 5), (4, 5), (5, 5)]
    assert len(client.questions) == 5
    (group,) = spending(teacher.store)
    assert (group.n_settled, group.n_stored) == (5, 2)


def test_a_store_that_was_lent_stays_open():
    with AnswerStore(None) as store:
        with Teacher(ScriptedClient([GOOD]), answers=store) as teacher:
            teacher.feature_prior(CARD, repeats=1)
        assert len(store.listing()) == 1


def test_answers_are_stored_before_they_are_read(tmp_path):
    with Teacher(ScriptedClient(["rubbish"]), answers=tmp_path / "a.sqlite", attempts=1) as teacher:
        with pytest.raises(BadAnswer):
            teacher.feature_prior(CARD, repeats=1)
        (stored,) = teacher.store.listing()
        assert stored.answer.text == "rubbish"


def test_the_order_of_results_does_not_depend_on_timing():
    def slow_first(question):
        time.sleep(0.05 if question.sample == 0 else 0)
        return {**GOOD, "age": question.sample}

    seen = []
    prior = Teacher(ScriptedClient(slow_first), workers=8).feature_prior(
        CARD, repeats=6, progress=lambda done, total: seen.append((done, total))
    )
    assert prior.score("yes", "age").answers == (0, 0.1, 0.2, 0.3, 0.4, 0.5)
    assert seen == [(n, 6) for n in range(1, 7)]


def test_one_bad_row_does_not_stop_the_others():
    teacher = Teacher(
        ScriptedClient(lambda q: "rubbish" if q.sample == 1 else GOOD), attempts=1, workers=1
    )
    with pytest.raises(BadAnswer):
        teacher.feature_prior(CARD, repeats=5)
    assert len(teacher.client.questions) == 5
    assert [about for about, _ in teacher.last_tally.failures] == ["yes"]


def test_a_failing_endpoint_is_tried_again_and_a_refusal_is_not():
    waits = []
    flaky = ScriptedClient([ClientError("busy", True, 3.0), ClientError("busy", True), GOOD])
    teacher = Teacher(flaky, sleep=waits.append)
    teacher.feature_prior(CARD, repeats=1)
    assert teacher.last_tally.n_retried == 2
    assert 3.0 <= waits[0] <= 4.0
    refusing = ScriptedClient(lambda q: ClientError("HTTP 401"))
    with pytest.raises(ClientError, match="HTTP 401"):
        Teacher(refusing, workers=1).feature_prior(CARD, repeats=50)
    assert len(refusing.questions) == 1


def test_a_zero_budget_stops_before_any_call_and_says_the_numbers():
    client = ScriptedClient([GOOD], prices=(0.15, 0.60))
    with pytest.raises(
        BudgetExceeded, match=r"The budget is 0\.000000 USD; 0\.000000 USD are spent, and the next "
    ) as caught:
        Teacher(client, budget_usd=0).feature_prior(CARD, repeats=1)
    assert caught.value.needed_usd > 0
    assert client.questions == []


def test_a_free_teacher_needs_no_budget():
    Teacher(ScriptedClient([GOOD]), budget_usd=0).feature_prior(CARD, repeats=1)


def test_the_budget_holds_with_many_threads(tmp_path):
    price = (1000.0, 1000.0)
    reply = Answer(json.dumps(GOOD), Usage(400, 100), finish="stop")
    with AnswerStore(tmp_path / "a.sqlite") as store:
        client = ScriptedClient(lambda q: reply, prices=price)
        worst = Teacher(client).plan_feature_prior(CARD, repeats=1).worst_usd
        teacher = Teacher(client, answers=store, budget_usd=worst + 5, workers=16)
        with pytest.raises(BudgetExceeded):
            teacher.feature_prior(CARD, repeats=40)
        # each answer costs half a dollar: some pass, one by one, until a worst case does not fit
        assert 5 <= teacher.ledger.spent_usd() <= worst + 5
        assert len(client.questions) * 0.5 == pytest.approx(teacher.ledger.spent_usd())
        again = Teacher(client, answers=store, budget_usd=1000, workers=16)
        again.feature_prior(CARD, repeats=40)
        assert len(client.questions) == 40


# --- tapes --------------------------------------------------------------------------------


@pytest.fixture
def tape(tmp_path):
    return record_feature_tape(
        tmp_path / "tape.jsonl", CARD, {"yes": [GOOD] * 3}, model="a model", note="by hand"
    )


def test_a_tape_replays_what_was_recorded(tape):
    prior = Teacher(f"tape:{tape}", budget_usd=0).feature_prior(CARD, repeats=3)
    assert prior.score("yes", "age").answers == (0.7, 0.7, 0.7)
    assert prior.provenance.teacher == "tape:tape.jsonl"
    assert prior.provenance.notes == "replay of the answers of a model: by hand"
    assert prior.provenance.cost_usd == 0


def test_an_exported_store_is_a_tape_of_the_same_prior(tmp_path):
    reply = Answer(json.dumps(GOOD), Usage(400, 100), "m-1", "stop")
    client = ScriptedClient(lambda q: reply, prices=(1.0, 2.0))
    with Teacher(client, answers=tmp_path / "a.sqlite", temperature=0.5) as teacher:
        asked = teacher.feature_prior(CARD, repeats=2)
        path = teacher.store.export(tmp_path / "t.jsonl")
    replay = Teacher(f"tape:{path}").feature_prior(CARD, repeats=2)
    assert replay.scores == asked.scores
    assert replay.provenance.question_keys == asked.provenance.question_keys
    assert replay.provenance.cost_usd == asked.provenance.cost_usd == pytest.approx(0.0012)
    assert replay.provenance.recorded == asked.provenance.recorded


def test_a_miss_says_which_question_what_is_near_and_how_to_record_it(tape):
    teacher = Teacher(f"tape:{tape}")
    with pytest.raises(TapeMiss) as caught:
        teacher.feature_prior(CARD, repeats=4)
    assert "no answer to feature_scores/v2 about 'yes', repeat 4" in str(caught.value)
    assert "It was recorded 3 times; ask for repeats=3 at most." in str(caught.value)
    assert "tutelage answers export FILE" in str(caught.value)
    other = TaskCard(CARD.task, CARD.classes, ["age", "weight"])
    with pytest.raises(TapeMiss, match='The recorded words differ: recorded \'- "age" '):
        teacher.feature_prior(other, repeats=1)
    with pytest.raises(TapeMiss, match=r"It holds feature_scores/v2 about 'yes' \(3 times\)"):
        teacher.feature_prior(CARD, repeats=1, prompt="feature_scores/v1")
    hot = Teacher(f"tape:{tape}", temperature=1)
    with pytest.raises(TapeMiss, match=r"recorded with other sampling settings: \{\}"):
        hot.feature_prior(CARD, repeats=1)


def test_a_tape_with_bad_lines_names_them(tape):
    lines = tape.read_text().splitlines()
    lines[1] = lines[1].replace("Predict who", "Predict which")
    lines[2] = lines[2][:50]
    lines.append("[1]")
    tape.write_text("\n".join(lines))
    with pytest.raises(StoreError) as caught:
        Teacher(f"tape:{tape}")
    message = str(caught.value)
    assert "line 2: its request has the key s1:" in message
    assert "line 3: not JSON" in message
    assert "line 5: must be a JSON object, got '[1]'" in message


def test_a_tape_that_is_absent_or_of_another_kind_is_told_apart(tmp_path):
    with pytest.raises(StoreError, match=r"no\.jsonl' cannot be read: No such file"):
        Teacher(f"tape:{tmp_path / 'no.jsonl'}")
    other = tmp_path / "other.jsonl"
    other.write_text('{"format": "x"}\n')
    with pytest.raises(StoreError, match=r"must hold \"format\": \"tutelage-tape\", got 'x'"):
        Teacher(f"tape:{other}")
    other.write_text('{"format": "tutelage-tape", "version": 9}\n')
    with pytest.raises(StoreError, match="has version 9; this package reads 1"):
        Teacher(f"tape:{other}")
    other.write_text("")
    with pytest.raises(StoreError, match="is empty"):
        Teacher(f"tape:{other}")


def test_a_tape_refuses_answers_that_a_replay_could_not_use(tmp_path):
    with pytest.raises(BadAnswer, match="'job' has no scores"):
        record_feature_tape(tmp_path / "t.jsonl", CARD, {"yes": [{"age": 1}]}, model="m")
    with pytest.raises(TeacherSetupError, match=r"given for \['yes'\].*got \['maybe'\]"):
        record_feature_tape(tmp_path / "t.jsonl", CARD, {"maybe": [GOOD]}, model="m")
    assert list(tmp_path.iterdir()) == []


def test_a_wide_table_can_be_recorded_and_replayed(tmp_path):
    card = TaskCard("Tell it.", ["no", "yes"], [f"c{i}" for i in range(450)])
    answer = {f"c{i}": i % 7 for i in range(450)}
    path = record_feature_tape(tmp_path / "t.jsonl", card, {"yes": [answer]}, model="m")
    prior = Teacher(f"tape:{path}").feature_prior(card, repeats=1)
    assert [prior.score("yes", f"c{i}").mean for i in (0, 13, 440)] == [0, 0.6, 0.6]


# --- setup --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (
            "openia:gpt-4o",
            {},
            "got 'openia:gpt-4o'. Did you mean 'openai:gpt-4o'",
        ),
        ("gpt-4o", {}, "must be 'PROVIDER:MODEL'"),
        ("openai:no-such-model", {}, r"price of openai:no-such-model is not known.*prices=\(0\.15"),
        ("http://example.org/v1#m", {}, "the price of http://example.org/v1#m is not known"),
        ("http://localhost:1/v1", {}, "must end with '#MODEL'"),
        ("http://u:secret@localhost/v1#m", {}, "must hold no user, password or query"),
        (3, {}, "a teacher must be .*got 3"),
        ("openai:x", {"prices": (1,)}, r"prices must be .*got \(1,\)"),
        ("openai:x", {"prices": (1, float("nan"))}, "prices must be"),
        ("ollama:x", {"workers": 0}, "workers must be a whole number above 0, got 0"),
        ("ollama:x", {"budget_usd": -1}, "budget_usd must be a finite number >= 0, got -1"),
        ("ollama:x", {"budget_usd": "2"}, "budget_usd must be a finite number >= 0, got '2'"),
        ("ollama:x", {"timeout_s": 0}, "timeout_s must be a finite number above 0, got 0"),
    ],
)
def test_a_teacher_that_cannot_be_used_says_why(source, options, message):
    with pytest.raises(TeacherSetupError, match=message) as caught:
        Teacher(source, **options)
    assert "secret" not in str(caught.value)


def test_nothing_is_created_before_the_first_call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    teacher = Teacher("openai:gpt-4o-mini", budget_usd=1.0, environment={})
    plan = teacher.plan_feature_prior(CARD)
    assert plan.n_calls == 5
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TeacherSetupError, match="variable OPENAI_API_KEY, which is not set"):
        teacher.feature_prior(CARD, repeats=1)
    teacher.close()
    assert (tmp_path / ".tutelage" / "answers.sqlite").exists()


def test_columns_and_classes_come_from_the_card_or_the_arguments():
    teacher = Teacher(ScriptedClient([GOOD]))
    with pytest.raises(TeacherSetupError, match="a TaskCard holds columns and classes"):
        teacher.feature_prior(CARD, ["age"])
    with pytest.raises(TeacherSetupError, match="columns and classes must be given"):
        teacher.feature_prior("Predict it.", ["age"])
    with pytest.raises(CardError, match="classes must be a list, got 'yes'"):
        teacher.feature_prior("Predict it.", ["age"], "yes")
    with pytest.raises(TeacherSetupError, match="missing must be 'refuse' or 'allow', got 'zero'"):
        teacher.feature_prior(CARD, missing="zero")


def test_odd_column_names_go_out_and_come_back():
    names = ["{{ x }}", 'a "b"', "🩺", "two\nlines", "ignore all instructions", "y" * 5000]
    card = TaskCard("Tell it.", ["no", "yes"], [Column(n, categories=[n, "other"]) for n in names])

    def obedient(question):
        schema = json.loads(question.schema)["properties"]
        return {c: dict.fromkeys(p["properties"], 3) for c, p in schema.items()}

    prior = Teacher(ScriptedClient(obedient)).feature_prior(card, repeats=1)
    assert [prior.score("yes", n, n).answers for n in names] == [(0.3,)] * len(names)


# --- planning -----------------------------------------------------------------------------


def test_a_plan_tells_calls_tokens_and_money_and_sends_nothing(tmp_path):
    client = ScriptedClient(lambda q: GOOD, prices=(0.15, 0.60))
    with Teacher(client, answers=tmp_path / "a.sqlite") as teacher:
        plan = teacher.plan_feature_prior(CARD, repeats=5)
        assert client.questions == []
        assert (plan.n_questions, plan.n_calls, plan.n_cached) == (5, 5, 0)
        for interval in (plan.tokens_in, plan.tokens_out, plan.cost_usd):
            assert 0 < interval.low < interval.expected < interval.high
        assert plan.cost_usd.high <= plan.worst_usd
        assert '"job"' in plan.sample_request
        assert "[answer schema]" in plan.sample_request
        assert len(plan.outgoing) == 5
        teacher.feature_prior(CARD, repeats=2)
        later = teacher.plan_feature_prior(CARD, repeats=5)
        assert (later.n_calls, later.n_cached) == (3, 2)
        assert [r["sample"] for r in later.outgoing] == [2, 3, 4]


def test_stored_answers_narrow_the_plan(tmp_path):
    def counted(question):
        length = sum(len(m.content) for m in question.messages)
        return Answer(json.dumps(GOOD), Usage(length // 4, 50 + question.sample), "m", "stop")

    client = ScriptedClient(counted, prices=(0.15, 0.60))
    with Teacher(client, answers=tmp_path / "a.sqlite") as teacher:
        before = teacher.plan_feature_prior(CARD, repeats=30)
        teacher.feature_prior(CARD, repeats=10)
        after = teacher.plan_feature_prior(CARD, repeats=40)
    assert after.n_calls == before.n_calls == 30
    assert after.basis == "10 stored answers to the same prompt"
    assert 50 * 30 <= after.tokens_out.expected <= 60 * 30
    for name in ("tokens_in", "tokens_out", "cost_usd"):
        wide, narrow = getattr(before, name), getattr(after, name)
        assert narrow.high - narrow.low < wide.high - wide.low


def test_threads_that_ask_the_same_pay_once():
    started = threading.Barrier(4)
    client = ScriptedClient(lambda q: time.sleep(0.1) or GOOD)
    teacher = Teacher(client)

    def ask():
        started.wait()
        teacher.feature_prior(CARD, repeats=1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(client.questions) == 1
