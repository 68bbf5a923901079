"""What goes out and what comes back: Question, Answer, Usage; the Client protocol.

A question is a value. Its key is the hash of everything that shapes the answer, so the same
question always finds the same answer in a store or on a tape, on any machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from tutelage._canonical import canonical_json, content_hash

DEFAULT_MAX_TOKENS = 2048


@dataclass(frozen=True)
class Message:
    """One message of a conversation: ``role`` is "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True)
class Question:
    """One request to a teacher, complete, before it is sent.

    Attributes
    ----------
    model
        Who is asked, such as ``"openai:gpt-4o-mini"``.
    prompt
        Name and version of the template, such as ``"feature_scores/v2"``.
    prompt_hash
        Hash of the template's text: a changed template is another question.
    messages
        The conversation, ending with a message of the user.
    sampling
        Canonical JSON of the sampling settings the user chose, such as ``'{"temperature":0}'``;
        ``"{}"`` leaves them to the endpoint.
    schema
        Canonical JSON of the schema the answer should follow, or ``""``.
    sample
        Number of the repeat, from 0: the same words asked again are another question.
    about
        What a person calls it, such as the class; not part of the key.
    max_tokens
        Cap on the answer's tokens; bounds the cost. Part of the key only where the user set it
        (it is then in ``sampling`` too).
    labels
        Answers whose likelihood is asked for; needs a client that can tell. The labels should
        differ in their first token, as letters do.

    Examples
    --------
    >>> q = Question("scripted", "free/v1", "", (Message("user", "hello"),))
    >>> q.key == Question("scripted", "free/v1", "", (Message("user", "hello"),), about="x").key
    True
    >>> q.key == q.repeated(1).key
    False
    """

    model: str
    prompt: str
    prompt_hash: str
    messages: tuple[Message, ...]
    sampling: str = "{}"
    schema: str = ""
    sample: int = 0
    about: str = ""
    max_tokens: int = DEFAULT_MAX_TOKENS
    labels: tuple[str, ...] = ()

    @property
    def teacher(self) -> str:
        """Who is asked, under the name that errors use."""
        return self.model

    @cached_property
    def key(self) -> str:
        """Content hash of :meth:`request`."""
        return content_hash(self.request())

    def request(self) -> dict[str, Any]:
        """Return everything that shapes the answer, as plain values."""
        labels = {"labels": list(self.labels)} if self.labels else {}
        return {
            **labels,
            "model": self.model,
            "prompt": self.prompt,
            "prompt_hash": self.prompt_hash,
            "messages": [{"role": m.role, "content": m.content} for m in self.messages],
            "sampling": json.loads(self.sampling),
            "schema": json.loads(self.schema) if self.schema else None,
            "sample": self.sample,
        }

    @classmethod
    def from_request(cls, request: Mapping[str, Any], *, about: str = "") -> Question:
        """Rebuild a question from what :meth:`request` returned."""
        schema = request["schema"]
        return cls(
            model=request["model"],
            prompt=request["prompt"],
            prompt_hash=request["prompt_hash"],
            messages=tuple(Message(m["role"], m["content"]) for m in request["messages"]),
            sampling=canonical_json(request["sampling"]),
            schema="" if schema is None else canonical_json(schema),
            sample=request["sample"],
            about=about,
            labels=tuple(request.get("labels", ())),
        )

    def repeated(self, sample: int) -> Question:
        """Return the same words as another repeat."""
        return self._replaced(sample=sample)

    def followed_by(self, *messages: Message, max_tokens: int | None = None) -> Question:
        """Return the question that continues this conversation."""
        return self._replaced(
            messages=(*self.messages, *messages), max_tokens=max_tokens or self.max_tokens
        )

    def _replaced(self, **changes: Any) -> Question:
        # dataclasses.replace would be the same; spelled out so that no cached key is carried over
        names = self.__dataclass_fields__
        return Question(**{name: changes.get(name, getattr(self, name)) for name in names})


@dataclass(frozen=True)
class Usage:
    """Tokens of one call; ``estimated`` when the endpoint did not count them."""

    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back, raw.

    Attributes
    ----------
    text
        The reply as received; "" when the endpoint sent none.
    usage
        Tokens in and out.
    model
        The model that the endpoint says answered.
    finish
        Why it stopped: "stop", "length", ...
    recorded
        When, ISO 8601 in UTC; "" until it is stored.
    cost_usd
        What it cost when it was first paid for.
    note
        Where it comes from when it was not asked for by this package.
    likelihoods
        Log-likelihood per label, from clients that can tell; empty otherwise.
    """

    text: str
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    finish: str = ""
    recorded: str = ""
    cost_usd: float = 0.0
    note: str = ""
    likelihoods: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the raw part (not the date, the cost, the note) as plain values."""
        return {
            "text": self.text,
            "usage": {
                "tokens_in": self.usage.tokens_in,
                "tokens_out": self.usage.tokens_out,
                "estimated": self.usage.estimated,
            },
            "model": self.model,
            "finish": self.finish,
            "likelihoods": [list(pair) for pair in self.likelihoods],
        }

    @classmethod
    def from_dict(
        cls, raw: Mapping[str, Any], *, recorded: str = "", cost_usd: float = 0.0, note: str = ""
    ) -> Answer:
        """Rebuild an answer from what :meth:`to_dict` returned.

        >>> answer = Answer("7", Usage(10, 1), "m", "stop")
        >>> Answer.from_dict(answer.to_dict()) == answer
        True
        """
        return cls(
            text=raw["text"],
            usage=Usage(**raw.get("usage", {})),
            model=raw.get("model", ""),
            finish=raw.get("finish", ""),
            recorded=recorded,
            cost_usd=cost_usd,
            note=note,
            likelihoods=tuple((str(a), float(b)) for a, b in raw.get("likelihoods", ())),
        )


class Client(Protocol):
    """Anything that answers one question at a time; safe to call from several threads.

    A client makes exactly one attempt. It raises :class:`~tutelage.errors.ClientError` when the
    endpoint failed and never retries, stores or counts: that is the asker's work.
    """

    def reply(self, question: Question) -> Answer:
        """Return the raw answer to ``question``."""
        ...
