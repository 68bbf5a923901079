import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import TeacherSetupError
from tutelage.teacher.exchange import Answer, Message, Question, Usage
from tutelage.teacher.plan import make_plan
from tutelage.teacher.prices import FREE, Price, given_price, known_price
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.source import PROVIDERS, open_source
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.teacher import Teacher


def asked(text, sample=0, max_tokens=500):
    return Question(
        "m", "free/v1", "", (Message("user", text),), sample=sample, max_tokens=max_tokens
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=300), st.integers(1, 40)), max_size=8),
    st.floats(0, 100),
    st.floats(0, 100),
)
def test_an_interval_is_in_order_and_below_the_worst_case(words, price_in, price_out):
    price = Price(price_in, price_out)
    questions = [(asked(text, n), size) for n, (text, size) in enumerate(words)]
    with AnswerStore(None) as store:
        plan = make_plan(questions, teacher="m", store=store, price=price)
    for interval in (plan.tokens_in, plan.tokens_out, plan.cost_usd):
        assert 0 <= interval.low <= interval.expected <= interval.high
    assert plan.cost_usd.high <= plan.worst_usd * (1 + 1e-9) + 1e-9


def test_a_question_that_is_asked_twice_is_planned_once():
    with AnswerStore(None) as store:
        plan = make_plan([(asked("x"), 1)] * 3, teacher="m", store=store, price=FREE)
    assert (plan.n_questions, plan.n_calls, len(plan.outgoing)) == (1, 1, 1)


def test_what_would_be_sent_is_what_is_sent():
    client = ScriptedClient(lambda question: {"age": 1})
    teacher = Teacher(client, temperature=0.5)
    plan = teacher.plan_feature_prior("Tell it.", ["age"], ["no", "yes"], 3, paraphrases=True)
    teacher.feature_prior("Tell it.", ["age"], ["no", "yes"], 3, paraphrases=True)
    sent = sorted(json.dumps(q.request()) for q in client.questions)
    assert sorted(json.dumps(request) for request in plan.outgoing) == sent


def test_a_plan_prints_as_a_table():
    teacher = Teacher(ScriptedClient([], prices=(0.15, 0.6)))
    text = str(teacher.plan_feature_prior("Tell it.", ["age"], ["no", "yes"]))
    assert "calls       5 (0 of 5 questions are answered already)" in text
    assert "at the very most" in text


def test_the_interval_covers_what_a_job_then_takes(tmp_path):
    def counted(question):
        size = sum(len(m.content) for m in question.messages) + len(question.schema)
        return Answer('{"age": 1, "job": 2}', Usage(round(size / 3.3), 14), finish="stop")

    with Teacher(ScriptedClient(counted, prices=(1, 2)), answers=tmp_path / "a.sqlite") as teacher:
        plan = teacher.plan_feature_prior("Tell it.", ["age", "job"], ["no", "yes"], 5)
        prior = teacher.feature_prior("Tell it.", ["age", "job"], ["no", "yes"], 5)
    taken = prior.provenance
    assert plan.tokens_in.low <= taken.tokens_in <= plan.tokens_in.high
    assert plan.tokens_out.low <= taken.tokens_out <= plan.tokens_out.high
    assert plan.cost_usd.low <= taken.cost_usd <= plan.cost_usd.high


# --- prices and sources -------------------------------------------------------------------


def test_list_prices_are_known_for_the_usual_models():
    assert known_price("openai", "gpt-4o-mini") == Price(0.15, 0.6)
    for provider, model in (("google", "gemini-2.0-flash"), ("mistral", "mistral-small-latest")):
        price = known_price(provider, model)
        assert 0 < price.usd_per_million_in <= price.usd_per_million_out


@pytest.mark.parametrize("prices", [None, 1, (1,), (1, 2, 3), ("a", "b"), (True, 1), (-1, 1)])
def test_a_price_is_a_pair_of_numbers(prices):
    with pytest.raises(TeacherSetupError, match="prices must be"):
        given_price(prices)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_opens_without_a_key_or_a_call(provider):
    source = open_source(f"{provider}:some-model", prices=(1, 2), environment={})
    assert source.name == f"{provider}:some-model"
    assert source.price == Price(1, 2)
    assert source.has_file


def test_loopback_is_free_and_a_given_price_wins():
    assert open_source("http://127.0.0.1:1/v1#m").price.is_free
    assert open_source("ollama:m").price.is_free
    assert open_source("http://localhost:1/v1#m", prices=(1, 0)).price == Price(1, 0)


def test_names_make_keys_independent_of_addresses():
    one = open_source("http://localhost:1/v1#m", name="mine")
    two = open_source("http://localhost:2/v1#m", name="mine")
    assert one.name == two.name == "mine"
    assert open_source(lambda messages: "", name="f").has_file
    assert not open_source(lambda messages: "").has_file


def test_a_local_folder_is_a_source():
    source = open_source("hf:models/tiny")
    assert (source.name, source.price.is_free, source.has_file) == ("hf:models/tiny", True, True)
