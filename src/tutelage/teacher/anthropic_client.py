"""Anthropic's endpoint, through its own SDK (extra ``anthropic``)."""

from __future__ import annotations

import json
import threading
from typing import Any

from tutelage._extras import require
from tutelage.teacher.endpoint import Endpoint
from tutelage.teacher.exchange import Answer, Question, Usage


class AnthropicClient:
    """Asks a model over the Messages API.

    The answer's schema is a tool that the model must use, so that the answer is JSON; its input
    is the answer's text.

    Parameters
    ----------
    endpoint
        Where it is and whose key to use.
    """

    prices = None

    def __init__(self, endpoint: Endpoint):
        self.endpoint, self.name = endpoint, endpoint.name
        self._sdk: Any = None
        self._lock = threading.Lock()

    def reply(self, question: Question) -> Answer:
        """Ask once.

        Raises
        ------
        ExtraMissing
            When the SDK is not installed.
        ClientError
            When the endpoint failed.
        """
        sdk, client = self._connected()
        try:
            message = client.messages.create(**self._body(question))
        except sdk.APIError as error:
            # the SDK's exception is dropped: its text is the endpoint's
            raise self.endpoint.error_of(sdk, error) from None
        try:
            return _read(message)
        except (ValueError, AttributeError, TypeError, LookupError) as error:
            raise self.endpoint.error_of(sdk, error) from None

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            if self._sdk is not None:
                self._sdk.close()
                self._sdk = None

    def _body(self, question: Question) -> dict[str, Any]:
        system = "\n\n".join(m.content for m in question.messages if m.role == "system")
        body: dict[str, Any] = {
            "model": self.endpoint.model,
            "max_tokens": question.max_tokens,
            "messages": [
                {"role": m.role, "content": m.content}
                for m in question.messages
                if m.role != "system"
            ],
        }
        chosen = json.loads(question.sampling)
        # newer SDKs have no arguments for these, and newer models refuse them with a clear message
        extra = {name: chosen[name] for name in ("temperature", "top_p") if name in chosen}
        if extra:
            body["extra_body"] = extra
        if system:
            body["system"] = system
        if question.schema:
            schema = json.loads(question.schema)
            tool = {"name": "answer", "description": "Gives the answer.", "input_schema": schema}
            body.update(tools=[tool], tool_choice={"type": "tool", "name": "answer"})
        return body

    def _connected(self) -> tuple[Any, Any]:
        with self._lock:
            sdk = require("anthropic", extra="anthropic", purpose="Anthropic teachers")
            if self._sdk is None:
                self._sdk = sdk.Anthropic(
                    api_key=self.endpoint.find_key() or "none",
                    base_url=self.endpoint.base_url,
                    max_retries=0,
                    timeout=self.endpoint.timeout_s,
                )
            return sdk, self._sdk


def _read(message: Any) -> Answer:
    used = next((block.input for block in message.content if block.type == "tool_use"), None)
    texts = [block.text for block in message.content if block.type == "text"]
    text = "\n".join(texts) if used is None else json.dumps(used, ensure_ascii=False)
    usage = Usage(int(message.usage.input_tokens), int(message.usage.output_tokens))
    finish = {"max_tokens": "length", "end_turn": "stop", "tool_use": "stop"}
    reason = str(message.stop_reason or "")
    return Answer(text, usage, str(message.model), finish.get(reason, reason))
