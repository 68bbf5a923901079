"""OpenAI-compatible endpoints: OpenAI, vLLM, llama.cpp, Ollama and most hosts.

One call, one attempt: the SDK's own retries are off, because the asker owns them.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Mapping
from typing import Any

from tutelage.errors import ClientError
from tutelage.teacher.endpoint import Endpoint
from tutelage.teacher.exchange import Answer, Question, Usage

FORMATS = ("json_schema", "json_object", "plain")
FORMAT_WORDS = re.compile(r"response_format|json|schema|grammar|guided|structured|strict", re.I)
TOP_LOGPROBS = 20


class HttpClient:
    """Asks an OpenAI-compatible chat endpoint.

    Parameters
    ----------
    endpoint
        Where it is and whose key to use.
    tokens_parameter
        How the endpoint calls the cap on an answer: ``"max_tokens"`` or
        ``"max_completion_tokens"``.
    """

    prices = None
    has_likelihoods = True

    def __init__(self, endpoint: Endpoint, *, tokens_parameter: str = "max_tokens"):
        self.endpoint, self.name = endpoint, endpoint.name
        self._tokens_parameter = tokens_parameter
        self._format = FORMATS[0]
        self._sdk: Any = None
        self._lock = threading.Lock()

    def reply(self, question: Question) -> Answer:
        """Ask once.

        Raises
        ------
        ClientError
            When the endpoint failed; it says whether a retry may help and whether it may have
            charged.
        TeacherSetupError
            When the key's variable is not set.
        """
        for _ in range(4):  # at most three settings to learn about an endpoint
            response_format, tokens_parameter = self._format, self._tokens_parameter
            try:
                return self._call(question, response_format, tokens_parameter)
            except _Unsupported as found:
                self._learn(found.what, response_format, tokens_parameter)
        raise ClientError(f"{self.endpoint.where} accepts no answer format we know.")

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            if self._sdk is not None:
                self._sdk.close()
                self._sdk = None

    def request_body(
        self, question: Question, response_format: str | None = None, tokens: str | None = None
    ) -> dict[str, Any]:
        """Return the body of the call, as the endpoint gets it."""
        body: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": [{"role": m.role, "content": m.content} for m in question.messages],
            **json.loads(question.sampling),
        }
        body.pop("max_tokens", None)
        body[tokens or self._tokens_parameter] = question.max_tokens
        chosen = response_format or self._format
        if question.labels:
            body.update(logprobs=True, top_logprobs=TOP_LOGPROBS)
        if question.schema and chosen == "json_schema":
            schema = {"name": "answer", "schema": json.loads(question.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif question.schema and chosen == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def connected(self) -> tuple[Any, Any]:
        """Return the SDK and its client, made at the first call."""
        with self._lock:
            import openai  # takes a second to import; needed by the first call only

            if self._sdk is None:
                self._sdk = openai.OpenAI(
                    api_key=self.endpoint.find_key() or "none",
                    base_url=self.endpoint.base_url,
                    max_retries=0,
                    timeout=self.endpoint.timeout_s,
                )
            return openai, self._sdk

    def _learn(self, what: str, response_format: str, tokens_parameter: str) -> None:
        """Step down to what the endpoint understands; another thread may have done so."""
        with self._lock:
            if what == "format" and self._format == response_format:
                self._format = FORMATS[FORMATS.index(response_format) + 1]
            elif what == "tokens" and self._tokens_parameter == tokens_parameter:
                self._tokens_parameter = "max_completion_tokens"

    def _call(self, question: Question, response_format: str, tokens_parameter: str) -> Answer:
        sdk, client = self.connected()
        body = self.request_body(question, response_format, tokens_parameter)
        # what the SDK raises is dropped with "from None": its text is the endpoint's
        try:
            # raw: building the SDK's objects takes longer than all else that is done here
            raw = client.chat.completions.with_raw_response.create(**body)
        except sdk.APIStatusError as error:
            if error.status_code in (400, 422):
                reason = str(error.message)
                if tokens_parameter == "max_tokens" and "max_completion_tokens" in reason:
                    raise _Unsupported("tokens") from None
                if "response_format" in body and FORMAT_WORDS.search(reason):
                    raise _Unsupported("format") from None
            raise self.endpoint.error_of(sdk, error) from None
        except (sdk.APIError, ValueError) as error:
            raise self.endpoint.error_of(sdk, error) from None
        try:
            return read_completion(json.loads(raw.http_response.content), question)
        except (ValueError, AttributeError, TypeError, LookupError) as error:
            raise self.endpoint.error_of(sdk, error) from None


def read_completion(completion: Mapping[str, Any], question: Question) -> Answer:
    """Return the answer that a chat completion holds, with likelihoods where labels were given.

    >>> from tutelage.teacher.exchange import Message
    >>> asked = Question("m", "free/v1", "", (Message("user", "hello"),))
    >>> read_completion({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}],
    ...                  "usage": {"prompt_tokens": 3, "completion_tokens": 1}}, asked).text
    'hi'
    """
    choice = completion["choices"][0]
    text = choice["message"].get("content")
    if text is None:
        text = choice["message"].get("refusal") or ""
    if not isinstance(text, str):
        raise TypeError(f"content must be a text, got {type(text).__name__}")
    counted = completion.get("usage") or {}
    if counted.get("completion_tokens") is None:
        usage = Usage(0, max(1, len(text) // 4), estimated=True)
    else:
        usage = Usage(int(counted.get("prompt_tokens") or 0), int(counted["completion_tokens"]))
    return Answer(
        text,
        usage,
        str(completion.get("model") or ""),
        str(choice.get("finish_reason") or ""),
        likelihoods=_likelihoods(choice, question.labels),
    )


def _likelihoods(
    choice: Mapping[str, Any], labels: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    """Return the log-likelihood of each label's beginning, from the first token's alternatives.

    Only a token that begins exactly one label speaks for it; a label that none of the listed
    tokens begins gets the lowest of the listed values, which is an upper bound.
    """
    content = (choice.get("logprobs") or {}).get("content") or []
    if not labels or not content:
        return ()
    first = content[0].get("top_logprobs") or []
    found: dict[str, list[float]] = {label: [] for label in labels}
    for entry in first:
        token = str(entry["token"]).strip()
        begun = [label for label in labels if token and label.startswith(token)]
        if len(begun) == 1:
            found[begun[0]].append(float(entry["logprob"]))
    floor = min((float(entry["logprob"]) for entry in first), default=-math.inf)
    return tuple(
        (label, math.log(sum(math.exp(v) for v in values)) if values else floor)
        for label, values in found.items()
    )


class _Unsupported(Exception):
    """The endpoint lacks a setting that can be left out."""

    def __init__(self, what: str):
        self.what = what
        super().__init__(what)
