"""ScriptedClient: canned answers, for tests and tutorials. Public on purpose."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tutelage.errors import ClientError, TeacherSetupError
from tutelage.teacher.exchange import Answer, Question, Usage

Scripted = str | Answer | Exception | Mapping[str, Any]


class ScriptedClient:
    """A teacher that says what it was told to say, and remembers what it was asked.

    Parameters
    ----------
    answers
        The answers in order, one per question; or a function from :class:`Question` to an
        answer. An answer is a text, a mapping (sent as JSON), an :class:`Answer`, or an
        exception to raise. A list is dealt out to one question at a time, so that the order is
        certain.
    name
        The model's name in keys and provenance.
    prices
        (USD per million tokens in, per million out), to rehearse a budget; default: free.

    Attributes
    ----------
    questions : list of Question
        Everything that was asked, in order of arrival.

    Examples
    --------
    >>> from tutelage.teacher.teacher import Teacher
    >>> client = ScriptedClient([{"age": 7, "shoe size": 0}])
    >>> teacher = Teacher(client)
    >>> prior = teacher.feature_prior(
    ...     "Predict who is ill.", ["age", "shoe size"], ["no", "yes"], repeats=1)
    >>> prior.score("yes", "age").mean
    0.7
    >>> [question.about for question in client.questions]
    ['yes']
    """

    has_likelihoods = True  # an Answer may hold them

    def __init__(
        self,
        answers: Sequence[Scripted] | Callable[[Question], Scripted],
        *,
        name: str = "scripted",
        prices: tuple[float, float] | None = None,
    ):
        if not callable(answers) and (
            isinstance(answers, (str, bytes)) or not isinstance(answers, Sequence)
        ):
            raise TeacherSetupError(
                f"answers must be a list of answers or a function of the question, got {answers!r}."
            )
        self.name, self.prices = name, prices
        self.max_workers = None if callable(answers) else 1
        self.questions: list[Question] = []
        self._answers = answers
        self._lock = threading.Lock()

    def reply(self, question: Question) -> Answer:
        """Return the next answer, or the function's."""
        with self._lock:
            position = len(self.questions)
            self.questions.append(question)
        if callable(self._answers):
            scripted = self._answers(question)
        elif position < len(self._answers):
            scripted = self._answers[position]
        else:
            raise ClientError(
                f"the script holds {len(self._answers)} answers, and question {position + 1} came "
                f"({question.prompt} about {question.about!r}, repeat {question.sample + 1}). "
                "Script more answers, or give a function."
            )
        if isinstance(scripted, Exception):
            raise scripted
        return as_answer(scripted, question)


def as_answer(given: object, question: Question) -> Answer:
    """Return what a function gave as an :class:`Answer`, with its tokens estimated.

    >>> from tutelage.teacher.exchange import Message
    >>> asked = Question("m", "free/v1", "", (Message("user", "How are you?"),))
    >>> as_answer({"age": 3}, asked).text
    '{"age": 3}'
    """
    if isinstance(given, Answer):
        return given
    if isinstance(given, Mapping):
        text = json.dumps(given, ensure_ascii=False)
    elif isinstance(given, str):
        text = given
    else:
        raise TeacherSetupError(
            "a teacher's function must return a text, a mapping or an Answer, got "
            f"{type(given).__name__} {given!r}."
        )
    size = sum(len(message.content) for message in question.messages)
    usage = Usage(max(1, size // 4), max(1, len(text) // 4), estimated=True)
    return Answer(text, usage, model=question.model, finish="stop")
