"""One contract over all clients: what every source of answers does alike."""

import json
import threading

import pytest

from tutelage.errors import ClientError, TutelageError
from tutelage.teacher.callable_client import CallableClient
from tutelage.teacher.endpoint import Endpoint
from tutelage.teacher.exchange import Answer, Message, Question, Usage
from tutelage.teacher.http_client import HttpClient
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.tape import write_tape
from tutelage.teacher.tape_client import TapeClient
from tutelage.teacher.teacher import Teacher

TEXT = '{"age": 3}'


def asked(sample=0):
    messages = (Message("system", "be brief"), Message("user", "hello 🩺"))
    return Question("m", "free/v1", "", messages, sample=sample, schema='{"type":"object"}')


@pytest.fixture(params=["scripted", "callable", "tape", "http"])
def client(request, tmp_path, endpoint, reply):
    if request.param == "scripted":
        return ScriptedClient(lambda question: TEXT, name="m")
    if request.param == "callable":
        return CallableClient(lambda messages: TEXT)
    if request.param == "tape":
        pairs = [(asked(n), Answer(TEXT, Usage(9, 3), "m", "stop")) for n in range(40)]
        return TapeClient(write_tape(tmp_path / "t.jsonl", pairs))
    server = endpoint(lambda body, n: reply(TEXT))
    return HttpClient(Endpoint("m", server.url, name="m"))


def test_a_client_answers_with_text_tokens_and_a_reason_to_stop(client):
    answer = client.reply(asked())
    assert answer.text == TEXT
    assert answer.usage.tokens_in > 0
    assert answer.usage.tokens_out > 0
    assert answer.finish == "stop"
    assert isinstance(client.name, str)


def test_a_client_serves_many_threads(client):
    answers, errors = [], []

    def ask(sample):
        try:
            answers.append(client.reply(asked(sample)).text)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert answers == [TEXT] * 16


def test_a_client_is_a_teacher(client):
    with Teacher(client, name="m", answers=False) as teacher:
        outcomes = teacher.ask([asked(n) for n in range(5)])
    assert [outcome.text for outcome in outcomes] == [TEXT] * 5
    assert all(outcome.recorded for outcome in outcomes)


def test_a_scripted_client_says_when_its_script_is_over():
    client = ScriptedClient([TEXT])
    client.reply(asked())
    with pytest.raises(ClientError, match="the script holds 1 answers, and question 2 came"):
        client.reply(asked(1))


def test_a_scripted_client_raises_what_it_was_told_to_raise():
    client = ScriptedClient([ClientError("down", retryable=True)])
    with pytest.raises(ClientError, match="down"):
        client.reply(asked())
    assert len(client.questions) == 1


@pytest.mark.parametrize("script", ["text", 3, None])
def test_a_script_must_be_a_list_or_a_function(script):
    with pytest.raises(TutelageError, match="answers must be a list of answers or a function"):
        ScriptedClient(script)


def test_a_function_gets_the_messages_and_may_return_a_mapping():
    seen = []

    def function(messages):
        seen.extend(messages)
        return {"age": 4}

    assert json.loads(CallableClient(function).reply(asked()).text) == {"age": 4}
    assert seen == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "hello 🩺"},
    ]


def test_a_function_that_returns_something_else_is_told_so():
    with pytest.raises(TutelageError, match="must return a text, a mapping or an Answer, got int"):
        CallableClient(lambda messages: 3).reply(asked())


def test_an_error_in_a_users_function_comes_through_as_it_is():
    def broken(messages):
        raise ZeroDivisionError("in my own code")

    with pytest.raises(ZeroDivisionError, match="in my own code"):
        Teacher(broken).feature_prior("Tell it.", ["age"], ["no", "yes"])


def test_a_tape_of_several_teachers_must_be_told_which(tmp_path):
    other = Question("n", "free/v1", "", (Message("user", "x"),))
    path = write_tape(tmp_path / "t.jsonl", [(asked(), Answer("a")), (other, Answer("b"))])
    with pytest.raises(TutelageError, match=r"holds the answers of m, n; name one:  tape:.*#m"):
        TapeClient(path)
    assert TapeClient(path, model="n").reply(other).text == "b"
    assert Teacher(f"tape:{path}#n").name == "n"
    with pytest.raises(TutelageError, match="holds the answers of m, n, not of 'z'"):
        TapeClient(path, model="z")


def test_a_tape_without_answers_is_no_teacher(tmp_path):
    with pytest.raises(TutelageError, match="holds no answer"):
        TapeClient(write_tape(tmp_path / "t.jsonl", []))
