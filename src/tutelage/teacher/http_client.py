"""OpenAI-compatible endpoints: OpenAI, vLLM, llama.cpp, Ollama and most hosts.

One call, one attempt: the SDK's own retries are off, because the asker owns them. A key is read
when the first call is made, lives in the SDK's client alone, and is taken out of every message.
"""

from __future__ import annotations

import email.utils
import json
import os
import re
import threading
import time
from collections.abc import Mapping
from typing import Any

from tutelage.errors import ClientError, TeacherSetupError
from tutelage.teacher.exchange import Answer, Question, Usage

FORMATS = ("json_schema", "json_object", "plain")
FORMAT_WORDS = re.compile(r"response_format|json|schema|grammar|guided|structured|strict", re.I)
KEY_LIKE = re.compile(r"\b(?:sk|gsk|xai|key|pk)-[\w*.\-]{4,}", re.I)
RETRYABLE_STATUS = {408, 409, 425, 429, 500, 502, 503, 504, 529}
NOT_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError"}


class HttpClient:
    """Asks an OpenAI-compatible chat endpoint.

    Parameters
    ----------
    model
        The model's name at the endpoint.
    base_url
        The endpoint, such as ``"http://localhost:8000/v1"``.
    name
        The teacher's name in keys and provenance.
    key_variable
        Name of the environment variable that holds the key, or ``None`` for an endpoint that
        needs none.
    environment
        Where to look the variable up; ``None`` is this process's environment.
    timeout_s
        Seconds for one call.
    tokens_parameter
        How the endpoint calls the cap on an answer: ``"max_tokens"`` or
        ``"max_completion_tokens"``.
    """

    prices = None

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        name: str,
        key_variable: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout_s: float = 120.0,
        tokens_parameter: str = "max_tokens",
    ):
        self.model, self.base_url, self.name = model, base_url, name
        self.key_variable, self.timeout_s = key_variable, timeout_s
        self._environment = environment
        self._tokens_parameter = tokens_parameter
        self._format = FORMATS[0]
        self._sdk: Any = None
        self._key = ""
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
        raise ClientError(f"{self.name} at {self.base_url} accepts no answer format we know.")

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            if self._sdk is not None:
                self._sdk.close()
                self._sdk = None

    def _learn(self, what: str, response_format: str, tokens_parameter: str) -> None:
        """Step down to what the endpoint understands; another thread may have done so."""
        with self._lock:
            if what == "format" and self._format == response_format:
                self._format = FORMATS[FORMATS.index(response_format) + 1]
            elif what == "tokens" and self._tokens_parameter == tokens_parameter:
                names = {"max_tokens": "max_completion_tokens"}
                self._tokens_parameter = names.get(tokens_parameter, "max_tokens")

    def _call(self, question: Question, response_format: str, tokens_parameter: str) -> Answer:
        sdk, client = self._connected()
        request: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in question.messages],
            **json.loads(question.sampling),
        }
        request.pop("max_tokens", None)
        request[tokens_parameter] = question.max_tokens
        if question.schema and response_format == "json_schema":
            schema = {"name": "answer", "schema": json.loads(question.schema), "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif question.schema and response_format == "json_object":
            request["response_format"] = {"type": "json_object"}
        try:
            return self._read(client.chat.completions.create(**request))
        except sdk.APIStatusError as error:
            # the original is dropped: its text is the endpoint's, which may repeat the key
            raise self._status_error(error, request, tokens_parameter) from None
        except sdk.APITimeoutError as error:
            sent = type(error.__cause__).__name__ not in NOT_SENT
            message = f"{self.name} at {self.base_url} gave no answer in {self.timeout_s:g} s."
            raise ClientError(message, retryable=True, maybe_billed=sent) from None
        except sdk.APIConnectionError as error:
            raise self._connection_error(error) from None
        except (sdk.APIError, ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
            raise ClientError(
                f"{self.name} at {self.base_url} sent what is no chat completion "
                f"({type(error).__name__}).",
                retryable=True,
                maybe_billed=True,
            ) from None

    def _connected(self) -> tuple[Any, Any]:
        with self._lock:
            import openai  # takes a second to import; needed by the first call only

            if self._sdk is None:
                self._key = self._find_key()
                self._sdk = openai.OpenAI(
                    api_key=self._key or "none",
                    base_url=self.base_url,
                    max_retries=0,
                    timeout=self.timeout_s,
                )
            return openai, self._sdk

    def _find_key(self) -> str:
        if self.key_variable is None:
            return ""
        # Only doors read the environment. A door may pass one in; without one the key is looked
        # up here, at the first real call, so that a key never has to travel through arguments,
        # objects that are printed, or files.
        environment = os.environ if self._environment is None else self._environment
        key = environment.get(self.key_variable, "")
        if not key:
            raise TeacherSetupError(
                f"the key for {self.name} must be in the environment variable "
                f"{self.key_variable}, which is not set. Set it, or name another with "
                "key_variable=."
            )
        return key

    def _read(self, completion: Any) -> Answer:
        choice = completion.choices[0]
        text = choice.message.content
        if text is None:
            text = getattr(choice.message, "refusal", None) or ""
        if not isinstance(text, str):
            raise TypeError(f"content is {type(text).__name__}")
        counted = completion.usage
        if counted is None or counted.completion_tokens is None:
            usage = Usage(0, max(1, len(text) // 4), estimated=True)
        else:
            usage = Usage(int(counted.prompt_tokens or 0), int(counted.completion_tokens))
        return Answer(text, usage, str(completion.model or ""), str(choice.finish_reason or ""))

    def _status_error(
        self, error: Any, request: Mapping[str, Any], tokens_parameter: str
    ) -> Exception:
        status = int(error.status_code)
        reason = self._clean(str(error.message))
        if status in (400, 422):
            if "max_tokens" in reason or "max_completion_tokens" in reason:
                other = "max_completion_tokens" if tokens_parameter == "max_tokens" else ""
                if other and other in reason:
                    return _Unsupported("tokens")
            if "response_format" in request and FORMAT_WORDS.search(reason):
                return _Unsupported("format")
        where = f"{self.name} at {self.base_url}"
        if status in (401, 403):
            key = f"the key in {self.key_variable}" if self.key_variable else "a call without a key"
            return ClientError(f"{where} refused {key} (HTTP {status}). Check it and try again.")
        if status == 404:
            return ClientError(
                f"{where} does not know the model {self.model!r} or the path (HTTP 404): "
                f"{reason[:200]}. See what it has:  curl {self.base_url}/models"
            )
        exhausted = status == 429 and "insufficient_quota" in reason
        return ClientError(
            f"{where} answered HTTP {status}: {reason[:300]}",
            retryable=status in RETRYABLE_STATUS and not exhausted,
            retry_after=retry_after(error.response.headers),
        )

    def _connection_error(self, error: BaseException) -> ClientError:
        cause = error.__cause__ or error
        if type(cause).__name__ in NOT_SENT:
            return ClientError(
                f"{self.name} cannot be reached at {self.base_url} ({self._clean(str(cause))}). "
                f"Is it running? Test it:  curl {self.base_url}/models",
                retryable=True,
            )
        return ClientError(
            f"{self.name} at {self.base_url} broke the connection before its answer was complete "
            f"({type(cause).__name__}).",
            retryable=True,
            maybe_billed=True,
        )

    def _clean(self, text: str) -> str:
        without = text.replace(self._key, "[key]") if self._key else text
        return KEY_LIKE.sub("[key]", without)


class _Unsupported(Exception):
    """The endpoint lacks a setting that can be left out."""

    def __init__(self, what: str):
        self.what = what
        super().__init__(what)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks to wait, or ``None``.

    >>> retry_after({"retry-after": "2"}), retry_after({"retry-after-ms": "250"})
    (2.0, 0.25)
    >>> retry_after({"retry-after": "soon"}) is None
    True
    """
    milliseconds = headers.get("retry-after-ms", "")
    if milliseconds.replace(".", "", 1).isdigit():
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, moment.timestamp() - time.time())
