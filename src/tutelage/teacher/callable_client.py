"""A Python function as a teacher."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.scripted_client import as_answer

Messages = list[dict[str, str]]


class CallableClient:
    """Asks a function that takes a list of messages and returns a text.

    Parameters
    ----------
    function
        Called with ``[{"role": ..., "content": ...}, ...]``; returns the answer as a text, a
        mapping or an :class:`Answer`. It may be called from several threads at once.

    Examples
    --------
    >>> from tutelage.teacher.teacher import Teacher
    >>> def know_all(messages):
    ...     return '{"age": 5}'
    >>> prior = Teacher(know_all).feature_prior("Who is ill?", ["age"], ["no", "yes"], repeats=2)
    >>> prior.score("yes", "age").answers
    (0.5, 0.5)
    """

    prices = None

    def __init__(self, function: Callable[[Messages], Any]):
        self.function = function
        self.name = f"callable:{getattr(function, '__qualname__', type(function).__name__)}"

    def reply(self, question: Question) -> Answer:
        """Return what the function says."""
        messages = [{"role": m.role, "content": m.content} for m in question.messages]
        return as_answer(self.function(messages), question)
