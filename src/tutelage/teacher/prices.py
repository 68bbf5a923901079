"""What a call costs: known prices, prices given by the user, and the worst case of a question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.errors import TeacherSetupError
from tutelage.teacher.exchange import Question, Usage
from tutelage.teacher.store_rows import PICO

# Tokens that a chat template may add, per request and per message; generous on purpose.
OVERHEAD_TOKENS = 64
OVERHEAD_PER_MESSAGE = 16


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens.

    >>> Price(0.15, 0.60).cost_pico(Usage(1_000_000, 0))
    150000000000
    """

    usd_per_million_in: float = 0.0
    usd_per_million_out: float = 0.0

    @property
    def is_free(self) -> bool:
        """Whether every call costs nothing."""
        return self.usd_per_million_in == 0 and self.usd_per_million_out == 0

    def cost_pico(self, usage: Usage) -> int:
        """Return the cost in whole picodollars, rounded up."""
        per_million = PICO // 1_000_000
        exact = usage.tokens_in * self.usd_per_million_in
        exact += usage.tokens_out * self.usd_per_million_out
        return math.ceil(round(exact * per_million, 6))

    def worst_pico(self, question: Question) -> int:
        """Return what a question costs at most, in picodollars."""
        return self.cost_pico(Usage(most_tokens_in(question), question.max_tokens))


FREE = Price()


def most_tokens_in(question: Question) -> int:
    """Return a number of tokens that no tokenizer exceeds: one per byte, and some for the frame.

    >>> from tutelage.teacher.exchange import Message
    >>> most_tokens_in(Question("m", "free/v1", "", (Message("user", "hello"),)))
    85
    """
    size = sum(len(m.content.encode("utf-8", "replace")) for m in question.messages)
    size += len(question.schema.encode("utf-8", "replace"))
    return size + OVERHEAD_TOKENS + OVERHEAD_PER_MESSAGE * len(question.messages)


def likely_tokens_in(question: Question) -> int:
    """Return about how many tokens a question has, at 3.6 characters each."""
    size = sum(len(message.content) for message in question.messages) + len(question.schema)
    return round(size / 3.6) + 8


def given_price(prices: Sequence[float]) -> Price:
    """Return the price a user gave as (USD per million tokens in, per million out).

    Raises
    ------
    TeacherSetupError
        When it is not a pair of finite numbers >= 0.
    """
    pair = list(prices) if isinstance(prices, (list, tuple)) else []
    numbers = [float(p) for p in pair if isinstance(p, (int, float)) and not isinstance(p, bool)]
    if len(pair) != 2 or len(numbers) != 2 or not all(0 <= n < math.inf for n in numbers):
        raise TeacherSetupError(
            "prices must be (USD per million tokens in, USD per million tokens out), two numbers "
            f">= 0, such as (0.15, 0.60); got {prices!r}."
        )
    return Price(*numbers)


def known_price(provider: str, model: str) -> Price:
    """Return the list price of a hosted model.

    The price without discounts for cached or batched input, and the highest tier where there are
    several: what is reserved must cover what is charged.

    Raises
    ------
    TeacherSetupError
        When the price is unknown, with the way to give one.

    Examples
    --------
    >>> known_price("openai", "gpt-4o-mini")
    Price(usd_per_million_in=0.15, usd_per_million_out=0.6)
    """
    import genai_prices  # a megabyte of tables: only when a hosted model is asked

    million = 1_000_000
    try:
        costs = [
            genai_prices.calc_price(
                genai_prices.Usage(input_tokens=tokens_in, output_tokens=tokens_out),
                model_ref=model,
                provider_id=provider,
            ).total_price
            for tokens_in, tokens_out in ((million, 0), (0, million))
        ]
    except (LookupError, ValueError) as error:
        raise TeacherSetupError(
            f"the price of {provider}:{model} is not known, so its cost cannot be capped. Give "
            "it: prices=(USD per million tokens in, USD per million tokens out), such as "
            "prices=(0.15, 0.60), or prices=(0, 0) if it costs nothing."
        ) from error
    return Price(*(float(cost) for cost in costs))
