"""What asking will take, before anything is sent: calls, tokens, money, and the words."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.prices import Price, most_tokens_in
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.store_rows import PICO

# Without a tokenizer: English prose has about 4 characters a token, names and digits 2 to 3.
CHARACTERS_PER_TOKEN = (2.5, 3.6, 4.6)
TOKENS_PER_SCORE = (3, 8, 25)
TOKENS_PER_ANSWER = (2, 10, 40)
SAMPLES = 200


@dataclass(frozen=True)
class Interval:
    """A number with what it is at least and at most likely to be."""

    low: float
    expected: float
    high: float

    def __str__(self) -> str:
        return f"{self.expected:,.6g} ({self.low:,.6g} to {self.high:,.6g})"


@dataclass(frozen=True)
class Plan:
    """What a job will take. Nothing was sent to make it.

    Attributes
    ----------
    teacher
        Who would be asked.
    n_questions
        Questions of the job.
    n_cached
        Those whose answer is stored already; they cost nothing.
    n_calls
        Those that would be asked. An unusable answer is asked for again, up to the teacher's
        ``attempts``; the high ends leave some room for that.
    tokens_in, tokens_out, cost_usd
        For all calls together: low, expected, high.
    worst_usd
        What the budget must hold for no call to be refused.
    basis
        What the estimate rests on.
    sample_request
        One complete request, as text.
    outgoing
        Everything that would be sent, one dict per call.
    """

    teacher: str
    n_questions: int
    n_cached: int
    n_calls: int
    tokens_in: Interval
    tokens_out: Interval
    cost_usd: Interval
    worst_usd: float
    basis: str
    sample_request: str
    outgoing: tuple[dict[str, object], ...]

    def __str__(self) -> str:
        return "\n".join(
            [
                f"teacher     {self.teacher}",
                f"calls       {self.n_calls} ({self.n_cached} of {self.n_questions} questions are "
                "answered already)",
                f"tokens in   {self.tokens_in}",
                f"tokens out  {self.tokens_out}",
                f"cost in USD {self.cost_usd}; at the very most {self.worst_usd:,.6g}",
                f"based on    {self.basis}",
            ]
        )


def make_plan(
    questions: Sequence[tuple[Question, int]],
    *,
    teacher: str,
    store: AnswerStore,
    price: Price,
    session: str | None = None,
) -> Plan:
    """Return the plan for questions, each with the number of scores its answer holds.

    Questions with the same key are asked once. Stored answers to the same prompt by the same
    teacher narrow the interval.
    """
    distinct = {question.key: (question, size) for question, size in questions}
    known = store.known(distinct, session)
    calls = [pair for key, pair in distinct.items() if key not in known]
    samples = _samples(store, calls)
    tokens_in, tokens_out = _tokens(calls, samples)
    per_million = (price.usd_per_million_in / 1e6, price.usd_per_million_out / 1e6)
    cost = Interval(
        *(
            getattr(tokens_in, level) * per_million[0] + getattr(tokens_out, level) * per_million[1]
            for level in ("low", "expected", "high")
        )
    )
    return Plan(
        teacher=teacher,
        n_questions=len(distinct),
        n_cached=len(known),
        n_calls=len(calls),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost_usd=cost,
        worst_usd=sum(price.worst_pico(question) for question, _ in calls) / PICO,
        basis=_basis(len(samples)),
        sample_request=as_text(next(iter(distinct.values()))[0]) if distinct else "",
        outgoing=tuple(question.request() for question, _ in calls),
    )


def as_text(question: Question) -> str:
    """Return a request as a person reads it: who is asked, how, and every message in full.

    >>> from tutelage.teacher.exchange import Message
    >>> print(as_text(Question("m", "free/v1", "", (Message("user", "How are you?"),))))
    to m (free/v1, sampling {}, at most 2048 tokens)
    <BLANKLINE>
    [user]
    How are you?
    """
    head = (
        f"to {question.model} ({question.prompt}, sampling {question.sampling}, at most "
        f"{question.max_tokens} tokens)"
    )
    parts = [f"[{message.role}]\n{message.content.rstrip()}" for message in question.messages]
    if question.schema:
        parts.append(f"[answer schema]\n{json.dumps(json.loads(question.schema), indent=1)}")
    return "\n\n".join([head, *parts])


def _samples(
    store: AnswerStore, calls: Sequence[tuple[Question, int]]
) -> list[tuple[Question, Answer]]:
    wanted = {(question.model, question.prompt) for question, _ in calls}
    found = [
        (q, a)
        for q, a in store.exchanges()
        if (q.model, q.prompt) in wanted and len(q.messages) == 2 and not a.usage.estimated
    ]
    return found[-SAMPLES:]


def _basis(n_samples: int) -> str:
    if n_samples == 0:
        return "the length of the requests and of the answers' form"
    return f"{n_samples} stored answer{'s' if n_samples != 1 else ''} to the same prompt"


def _tokens(
    calls: Sequence[tuple[Question, int]], samples: Sequence[tuple[Question, Answer]]
) -> tuple[Interval, Interval]:
    lengths = [_length(question) for question, _ in calls]
    rates_in = sorted(a.usage.tokens_in / _length(q) for q, a in samples if a.usage.tokens_in)
    if rates_in:
        low, middle, high = rates_in[0], statistics.fmean(rates_in), rates_in[-1]
    else:
        high, middle, low = (1 / rate for rate in CHARACTERS_PER_TOKEN)
    tokens_in = Interval(
        math.floor(sum(lengths) * low),
        round(sum(lengths) * middle),
        min(
            math.ceil(sum(lengths) * high * (1.05 if rates_in else 1.25)) + 8 * len(calls),
            sum(most_tokens_in(question) for question, _ in calls),
        ),
    )
    return tokens_in, _tokens_out(calls, samples)


def _tokens_out(
    calls: Sequence[tuple[Question, int]], samples: Sequence[tuple[Question, Answer]]
) -> Interval:
    cap = sum(question.max_tokens for question, _ in calls)
    counts = [a.usage.tokens_out for _, a in samples]
    if counts:
        middle = statistics.fmean(counts)
        spread = statistics.stdev(counts) if len(counts) > 1 else 0.5 * middle
        half = 3 * spread * math.sqrt(len(calls)) + 0.1 * middle * len(calls)
        expected = middle * len(calls)
        return Interval(
            max(0, math.floor(expected - half)), round(expected), min(cap, round(expected + half))
        )
    n_scores = sum(size for _, size in calls)
    low, middle_, high = (
        per_score * n_scores + per_answer * len(calls)
        for per_score, per_answer in zip(TOKENS_PER_SCORE, TOKENS_PER_ANSWER, strict=True)
    )
    return Interval(min(low, cap), min(middle_, cap), min(round(1.25 * high), cap))


def _length(question: Question) -> int:
    return sum(len(message.content) for message in question.messages) + len(question.schema)
