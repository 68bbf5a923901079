import contextlib
import importlib
import json

import pytest

from tutelage.errors import ClientError, ExtraMissing
from tutelage.teacher.anthropic_client import AnthropicClient
from tutelage.teacher.endpoint import Endpoint
from tutelage.teacher.exchange import Message, Question

ASKED = Question(
    "anthropic:m",
    "free/v1",
    "",
    (Message("system", "be brief"), Message("user", "hello")),
    sampling='{"temperature":0.5}',
    schema='{"type":"object"}',
    max_tokens=50,
)


def message(content, stop="tool_use"):
    return {
        "id": "x",
        "type": "message",
        "role": "assistant",
        "model": "m-1",
        "content": content,
        "stop_reason": stop,
        "usage": {"input_tokens": 12, "output_tokens": 3},
    }


@pytest.fixture
def client_for():
    """Return a maker of clients whose connections are closed after the test."""
    with contextlib.ExitStack() as opened:

        def make(url):
            client = AnthropicClient(Endpoint("m", url, name="anthropic:m"))
            opened.callback(client.close)
            return client

        yield make


def test_without_the_package_the_extra_is_named(monkeypatch, client_for):
    real = importlib.import_module

    def absent(name, *rest):
        if name == "anthropic":
            raise ModuleNotFoundError("No module named 'anthropic'", name="anthropic")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ExtraMissing, match=r'pip install "tutelage\[anthropic\]"'):
        client_for("http://127.0.0.1:9").reply(ASKED)


def test_a_schema_becomes_a_tool_and_its_input_the_answer(endpoint, reply, client_for):
    pytest.importorskip("anthropic")
    used = {"type": "tool_use", "id": "t", "name": "answer", "input": {"age": 3}}
    server = endpoint(lambda body, n: reply(body=message([used])))
    answer = client_for(server.url.removesuffix("/v1")).reply(ASKED)
    assert json.loads(answer.text) == {"age": 3}
    assert (answer.usage.tokens_in, answer.usage.tokens_out, answer.finish) == (12, 3, "stop")
    (sent,) = server.requests
    assert sent["system"] == "be brief"
    assert sent["messages"] == [{"role": "user", "content": "hello"}]
    assert sent["tools"][0]["input_schema"] == {"type": "object"}
    assert sent["temperature"] == 0.5


def test_an_answer_that_is_too_long_is_told_as_such(endpoint, reply, client_for):
    pytest.importorskip("anthropic")
    text = {"type": "text", "text": "It is"}
    server = endpoint(lambda body, n: reply(body=message([text], "max_tokens")))
    answer = client_for(server.url.removesuffix("/v1")).reply(ASKED)
    assert (answer.text, answer.finish) == ("It is", "length")


def test_failures_mean_the_same_as_elsewhere(endpoint, reply, client_for):
    pytest.importorskip("anthropic")
    busy = reply(status=529, body={"error": {"message": "busy"}}, headers={"Retry-After": "3"})
    server = endpoint(lambda body, n: busy)
    with pytest.raises(ClientError, match="HTTP 529") as caught:
        client_for(server.url.removesuffix("/v1")).reply(ASKED)
    assert caught.value.retryable
    assert caught.value.retry_after == 3
    assert len(server.requests) == 1
