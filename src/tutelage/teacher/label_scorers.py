"""Who says how likely each label is after a text: a local model, an endpoint, any function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tutelage.errors import DataError
from tutelage.teacher.asking import Tally, is_fatal
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.label_prompt import LabelPrompt
from tutelage.teacher.local_scores import LocalScores
from tutelage.teacher.one_teacher import OneTeacher

Scores = NDArray[np.float64]
LabelFunction = Callable[[Sequence[str], Sequence[str]], ArrayLike]

LOWEST = -70.0  # nats; a probability of 4e-31 says no more than one of 0
TEXTS_PER_CALL = 256


class LabelScorer(Protocol):
    """Log-likelihoods of labels.

    ``tells_all``: whether one question tells of every label for nothing more.
    """

    tells_all: bool

    def score(self, texts: Sequence[str], wanted: Sequence[tuple[int, ...]]) -> list[Scores]:
        """Return, per text, one log-likelihood for each wanted class (its position)."""
        ...


class FunctionScorer:
    """Scores by a function ``(texts, labels) -> (n_texts, n_labels)`` of log-probabilities."""

    tells_all = True

    def __init__(self, function: LabelFunction, classes: Sequence[str]):
        self.function, self.classes = function, tuple(classes)
        self.name = str(getattr(function, "name", "")) or (
            f"callable:{getattr(function, '__qualname__', type(function).__name__)}"
        )

    def score(self, texts: Sequence[str], wanted: Sequence[tuple[int, ...]]) -> list[Scores]:
        """Call the function on portions of the texts.

        Raises
        ------
        DataError
            When it returns another shape, NaN or plus infinity.
        """
        found: list[Scores] = []
        for first in range(0, len(texts), TEXTS_PER_CALL):
            part = list(texts[first : first + TEXTS_PER_CALL])
            given = np.asarray(self.function(part, self.classes), dtype=np.float64)
            self._check(given, len(part))
            found += list(np.maximum(given, LOWEST))
        return [row[list(labels)] for row, labels in zip(found, wanted, strict=True)]

    def _check(self, given: Scores, n_texts: int) -> None:
        shape = (n_texts, len(self.classes))
        if given.shape != shape:
            raise DataError(
                f"{self.name} must return one log-probability per text and label, shape {shape}, "
                f"got {given.shape}."
            )
        bad = ~(given < np.inf)  # NaN too
        if bad.any():
            raise DataError(
                f"{self.name} must return log-probabilities, numbers below infinity; "
                f"{int(bad.sum())} of {given.size} are not, such as {given[bad][0]}."
            )


class LocalScorer:
    """Scores by a causal model in this process.

    What it says is not kept in the store of answers: it costs nothing to compute again, and a
    hundred masked texts for every text would fill the store with numbers of no other use.
    """

    tells_all = False

    def __init__(self, scores: LocalScores):
        self.scores = scores
        self._lock = threading.Lock()

    def score(self, texts: Sequence[str], wanted: Sequence[tuple[int, ...]]) -> list[Scores]:
        """Score by the model, one pass at a time."""
        with self._lock:
            return [np.maximum(row, LOWEST) for row in self.scores.score(texts, wanted)]


class AskedScorer:
    """Scores by an endpoint that returns log-probabilities; every answer is stored and paid once.

    Labels are told apart by their codes, since an endpoint lists no more than some twenty
    alternatives of one token. A label that is not among them gets the lowest value listed.
    """

    tells_all = True

    def __init__(self, member: OneTeacher, prompt: LabelPrompt, tally: Tally):
        self.member, self.prompt, self.tally = member, prompt, tally
        self.exchanges: list[tuple[Question, Answer]] = []

    def question(self, text: str) -> Question:
        """Return the question which label fits one (masked) text."""
        settings = self.member.settings
        return Question(
            model=self.member.name,
            prompt=self.prompt.rendered.name,
            prompt_hash=self.prompt.rendered.template_hash,
            messages=self.prompt.messages(text),
            sampling=self.member.sampling,
            about="label of a masked text",
            max_tokens=settings.max_tokens or 8,
            labels=self.prompt.answers,
        )

    def score(self, texts: Sequence[str], wanted: Sequence[tuple[int, ...]]) -> list[Scores]:
        """Ask about each text; what is stored is not asked.

        Raises
        ------
        TeacherError
            The gravest error of any question.
        """
        questions = [self.question(text) for text in texts]
        answers = self.member.ask(questions, self.tally, None)
        errors = [answer for answer in answers if isinstance(answer, Exception)]
        if errors:
            raise next((error for error in errors if is_fatal(error)), errors[0])
        found = []
        for question, answer, labels in zip(questions, answers, wanted, strict=True):
            assert isinstance(answer, Answer)
            self.exchanges.append((question, answer))
            found.append(_told(answer, self.prompt.answers)[list(labels)])
        return found


def _told(answer: Answer, answers: Sequence[str]) -> Scores:
    told: dict[str, Any] = dict(answer.likelihoods)
    values: Scores = np.array([max(told.get(code, LOWEST), LOWEST) for code in answers])
    return values
