import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage._canonical import canonical_json
from tutelage.teacher.exchange import Answer, Message, Question, Usage
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
questions = st.builds(
    Question,
    model=st.text(max_size=8),
    prompt=st.text(max_size=8),
    prompt_hash=st.text(max_size=8),
    messages=st.lists(st.builds(Message, st.text(max_size=5), st.text(max_size=20))).map(tuple),
    sampling=st.dictionaries(st.text(max_size=5), st.integers()).map(canonical_json),
    schema=st.just("") | st.dictionaries(st.text(max_size=5), json_values).map(canonical_json),
    sample=st.integers(0, 9),
    about=st.text(max_size=5),
    labels=st.lists(st.text(max_size=3), max_size=3).map(tuple),
)


def shuffled(value, order):
    """Return the same JSON value with every object's keys in another order."""
    if isinstance(value, dict):
        keys = sorted(value, reverse=order)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(questions, st.booleans())
def test_a_key_does_not_depend_on_the_order_of_keys(question, order):
    again = Question.from_request(shuffled(question.request(), order), about="somebody else")
    assert again.key == question.key


@settings(max_examples=150, deadline=None)
@given(questions, questions)
def test_questions_with_one_key_are_one_request(first, second):
    same = canonical_json(first.request()) == canonical_json(second.request())
    assert (first.key == second.key) == same


def test_everything_that_shapes_an_answer_is_in_the_key():
    base = Question("m", "p/v1", "h", (Message("user", "x"),), "{}", '{"a":1}', 0, "", 9)
    changes = {
        "model": "n",
        "prompt": "p/v2",
        "prompt_hash": "i",
        "messages": (Message("user", "y"),),
        "sampling": '{"seed":1}',
        "schema": "",
        "sample": 1,
        "labels": ("a",),
    }
    fields = base.__dataclass_fields__
    keys = {base.key}
    for name, value in changes.items():
        values = {field: getattr(base, field) for field in fields}
        keys.add(Question(**{**values, name: value}).key)
    assert len(keys) == len(changes) + 1
    assert set(fields) - set(changes) == {"about", "max_tokens"}


def test_keys_never_change_between_versions():
    question = Question("m", "p/v1", "h", (Message("user", "x"),), '{"seed":1}', '{"a":1}', 2)
    assert question.key[:19] == "s1:f98cb84ba85d867c"


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 9)), st.integers(1, 8))
def test_resuming_from_any_part_equals_asking_in_one_go(known, workers):
    card = TaskCard("Tell it.", ["no", "yes"], ["age"])
    asked = []

    def answer(question):
        asked.append(question.sample)
        return Answer(json.dumps({"age": question.sample}), Usage(7, 3), finish="stop")

    whole = Teacher(ScriptedClient(answer)).feature_prior(card, repeats=10)
    with AnswerStore(None) as store:
        part = Teacher(ScriptedClient(answer), answers=store)
        for question in ScriptedQuestions(card).of(known):
            part.ask([question])
        asked.clear()
        rest = Teacher(ScriptedClient(answer), answers=store, workers=workers)
        resumed = rest.feature_prior(card, repeats=10)
        assert resumed.scores == whole.scores
        assert resumed.provenance.question_keys == whole.provenance.question_keys
        assert sorted(asked) == sorted(set(range(10)) - known)


class ScriptedQuestions:
    """The questions that a card's prior takes, by repeat."""

    def __init__(self, card):
        client = ScriptedClient(lambda question: {"age": 1})
        Teacher(client).feature_prior(card, repeats=10)
        self.questions = {question.sample: question for question in client.questions}

    def of(self, samples):
        return [self.questions[sample] for sample in sorted(samples)]
