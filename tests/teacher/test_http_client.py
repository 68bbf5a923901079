import json
import math
import subprocess
import sys

import pytest

from tutelage.errors import ClientError, TeacherSetupError
from tutelage.teacher.endpoint import Endpoint
from tutelage.teacher.exchange import Message, Question
from tutelage.teacher.http_client import HttpClient
from tutelage.teacher.teacher import Teacher

GOOD = json.dumps({"age": 3})
KEY = "sk-test-1234567890abcdef"


def asked(**changes):
    values = {
        "model": "m",
        "prompt": "free/v1",
        "prompt_hash": "",
        "messages": (Message("system", "be brief"), Message("user", "hello")),
        "schema": '{"type":"object"}',
        "max_tokens": 50,
    }
    return Question(**{**values, **changes})


def client_for(url, **options):
    return HttpClient(Endpoint("tiny", url, name="tiny here", **options))


def test_a_real_server_is_asked_and_answers(endpoint, reply):
    server = endpoint(lambda body, n: reply(GOOD))
    with Teacher(f"{server.url}#tiny", answers=False, temperature=0.5) as teacher:
        prior = teacher.feature_prior("Tell it.", ["age"], ["no", "yes"], repeats=3)
    assert prior.score("yes", "age").answers == (0.3, 0.3, 0.3)
    assert prior.provenance.tokens_in == 300
    assert len(server.requests) == 3
    sent = server.requests[0]
    assert sent["model"] == "tiny"
    assert sent["temperature"] == 0.5
    assert sent["max_tokens"] > 1000
    assert [m["role"] for m in sent["messages"]] == ["system", "user"]
    assert sent["response_format"]["json_schema"]["schema"]["required"] == ["age"]


def test_an_endpoint_without_schemas_is_asked_for_an_object_then_for_text(endpoint, reply):
    def behave(body, n):
        kind = body.get("response_format", {}).get("type")
        if kind is None:
            return reply(GOOD)
        error = {"error": {"message": f"response_format {kind} is not supported"}}
        return reply(status=400, body=error)

    server = endpoint(behave)
    client = client_for(server.url)
    assert client.reply(asked()).text == GOOD
    assert [r.get("response_format", {}).get("type") for r in server.requests] == [
        "json_schema",
        "json_object",
        None,
    ]
    client.reply(asked(sample=1))
    assert len(server.requests) == 4


def test_an_endpoint_that_wants_the_newer_name_of_the_cap_gets_it(endpoint, reply):
    def behave(body, n):
        if "max_tokens" in body:
            message = "'max_tokens' is not supported, use 'max_completion_tokens' instead."
            return reply(status=400, body={"error": {"message": message}})
        return reply(GOOD)

    server = endpoint(behave)
    assert client_for(server.url).reply(asked()).text == GOOD
    assert server.requests[1]["max_completion_tokens"] == 50


@pytest.mark.parametrize(
    ("status", "retryable"), [(400, False), (404, False), (429, True), (500, True), (503, True)]
)
def test_what_may_be_tried_again_is_told_apart(endpoint, reply, status, retryable):
    server = endpoint(
        lambda body, n: reply(
            status=status, body={"error": {"message": "no"}}, headers={"Retry-After": "7"}
        )
    )
    with pytest.raises(ClientError) as caught:
        client_for(server.url).reply(asked(schema=""))
    assert caught.value.retryable is retryable
    assert not caught.value.maybe_billed
    if retryable:
        assert caught.value.retry_after == 7
    assert len(server.requests) == 1


@pytest.mark.parametrize("fate", ["drop", "truncate", "garbage"])
def test_an_answer_that_is_lost_on_the_way_may_have_been_charged(endpoint, reply, fate):
    server = endpoint(lambda body, n: reply(GOOD, fate=fate))
    with pytest.raises(ClientError) as caught:
        client_for(server.url).reply(asked())
    assert caught.value.retryable
    assert caught.value.maybe_billed


def test_a_stalling_endpoint_is_left_after_the_timeout(endpoint, reply):
    server = endpoint(lambda body, n: reply(GOOD, wait=1.0))
    with pytest.raises(ClientError, match=r"gave no answer in 0\.2 s") as caught:
        client_for(server.url, timeout_s=0.2).reply(asked())
    assert caught.value.maybe_billed


def test_an_unreachable_endpoint_is_told_with_its_address_and_a_test():
    with pytest.raises(ClientError) as caught:
        client_for("http://127.0.0.1:9/v1").reply(asked())
    assert "cannot be reached at http://127.0.0.1:9/v1" in str(caught.value)
    assert "curl http://127.0.0.1:9/v1/models" in str(caught.value)
    assert not caught.value.maybe_billed


def test_an_unknown_model_says_how_to_see_the_known_ones(endpoint, reply):
    error = {"error": {"message": "model 'tiny' not found"}}
    server = endpoint(lambda body, n: reply(status=404, body=error))
    with pytest.raises(ClientError, match=r"does not know the model 'tiny'.*curl .*/v1/models"):
        client_for(server.url).reply(asked())


def test_a_key_is_sent_and_appears_nowhere_else(endpoint, reply, tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    replies = {
        0: reply(status=401, body={"error": {"message": f"Incorrect API key provided: {KEY}"}}),
        1: reply(status=500, body={"error": {"message": f"crash with {KEY} and sk-te****cdef"}}),
        2: reply(GOOD),
    }
    server = endpoint(lambda body, n: replies[n])
    messages = []
    caplog.set_level("DEBUG")
    options = {"key_variable": "MY_KEY", "environment": {"MY_KEY": KEY}, "tries": 1}
    for _ in range(3):
        with Teacher(f"{server.url}#tiny", **options) as teacher:
            try:
                teacher.feature_prior("Tell it.", ["age"], ["no", "yes"], repeats=1)
            except ClientError as error:
                messages += [str(error), repr(error), repr(error.__cause__)]
            messages.append(repr(teacher))
    assert server.headers[2]["authorization"] == f"Bearer {KEY}"
    assert "refused the key in MY_KEY (HTTP 401)" in messages[0]
    assert "crash with [key] and [key]" in "".join(messages)
    left = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(left) >= 1
    for trace in [*(m.encode() for m in messages), caplog.text.encode(), *left]:
        assert KEY.encode() not in trace
        assert b"sk-te" not in trace


def test_a_key_of_any_form_is_taken_out_of_what_the_endpoint_says(endpoint, reply):
    key = "Zq81kkw0PlainLookingKey"
    error = reply(status=500, body={"error": {"message": f"no luck with {key}, really"}})
    server = endpoint(lambda body, n: error)
    client = client_for(server.url, key_variable="K", environment={"K": key})
    with pytest.raises(ClientError, match=r"no luck with \[key\], really"):
        client.reply(asked(schema=""))


def test_a_key_variable_that_is_not_set_is_named():
    client = client_for("http://127.0.0.1:9/v1", key_variable="NO_SUCH_KEY", environment={})
    with pytest.raises(TeacherSetupError, match="variable NO_SUCH_KEY, which is not set"):
        client.reply(asked())


def test_an_endpoint_that_does_not_count_tokens_is_charged_at_the_worst(endpoint, reply):
    server = endpoint(lambda body, n: reply(GOOD, usage=None))
    with Teacher(f"{server.url}#tiny", answers=False, prices=(1.0, 1.0)) as teacher:
        worst = teacher.plan_feature_prior("Tell it.", ["age"], ["no", "yes"], 1).worst_usd
        teacher.feature_prior("Tell it.", ["age"], ["no", "yes"], repeats=1)
        assert teacher.ledger.spent_usd() == pytest.approx(worst)


def test_importing_the_teacher_loads_no_client_library():
    code = (
        "import sys, tutelage.teacher.teacher; "
        "print([m for m in ('openai', 'torch', 'genai_prices', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_likelihoods_come_from_the_first_tokens_alternatives(endpoint, reply):
    def behave(body, n):
        assert body["logprobs"] is True
        top = [(" yes", -0.1), ("yes", -2.5), ("n", -3.0), ("maybe", -6.0)]
        entry = {"token": " yes", "logprob": -0.1}
        entry["top_logprobs"] = [{"token": t, "logprob": v} for t, v in top]
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": "yes"},
            "finish_reason": "length",
            "logprobs": {"content": [entry]},
        }
        usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
        return reply(body={"model": "tiny-1", "choices": [choice], "usage": usage})

    server = endpoint(behave)
    answer = client_for(server.url).reply(asked(schema="", labels=("yes", "no", "other")))
    told = dict(answer.likelihoods)
    assert told["yes"] == pytest.approx(math.log(math.exp(-0.1) + math.exp(-2.5)))
    assert told["no"] == -3.0
    assert told["other"] == -6.0


def test_a_teacher_without_likelihoods_says_who_has_them(endpoint, reply):
    server = endpoint(lambda body, n: reply("yes"))
    question = asked(labels=("yes", "no"))
    with Teacher(f"{server.url}#tiny", answers=False) as teacher:
        (outcome,) = teacher.ask([question])
    assert isinstance(outcome, TeacherSetupError)
    assert "needs the likelihood of each label, and m gives none" in str(outcome)
    (outcome,) = Teacher(lambda messages: "yes").ask([question])
    assert "These do: hf:FOLDER" in str(outcome)


def test_every_error_of_the_sdk_has_a_meaning_here():
    import openai

    never_from_a_chat_call = {
        "OpenAIError",  # the root
        "LengthFinishReasonError",  # raised by parse(), which is not used
        "ContentFilterFinishReasonError",
        "InvalidWebhookSignatureError",
        "OAuthError",
        "WebSocketConnectionClosedError",
        "WebSocketQueueFullError",
    }
    named = {
        name: value
        for name, value in vars(openai).items()
        if name.endswith("Error") and not name.startswith("_") and isinstance(value, type)
    }
    unmapped = {n for n, error in named.items() if not issubclass(error, openai.APIError)}
    assert unmapped <= never_from_a_chat_call
