"""Every exception this package raises on purpose.

::

    TutelageError
    ├── InputError            the caller can mend it (exit code 2); is a ValueError
    │   ├── DataError             a table, a text or a label that cannot be used
    │   ├── PriorMismatch         a prior that does not belong to this table
    │   ├── LessonFileError       a file of lessons that cannot be read
    │   ├── ModelFileError        a model folder that is damaged, altered or of another kind
    │   ├── CardError             a task card that cannot be used
    │   ├── OutputError           a folder or disk that cannot be written
    │   └── TeacherSetupError     unknown provider, missing key variable, unknown price
    ├── ExtraMissing          an optional dependency is not installed; is an ImportError
    └── TeacherError          something went wrong while asking
        ├── BadAnswer             a reply that is not the lesson that was asked for
        │   └── BadTextAnswer         the same, about texts: it does not quote the reply
        ├── BudgetExceeded        the next call could cost more than is left
        ├── TapeMiss              a tape has no answer to a question
        ├── ClientError           the endpoint failed; ``retryable`` says whether to try again
        └── StoreError            the store of answers is damaged or from a newer version

Every message says what must hold, what came (with its value) and what to do. A class that
collects problems lists all of them in ``problems``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

SHOWN_PROBLEMS = 8


class TutelageError(Exception):
    """Root of the tree: catch this to catch everything we raise on purpose."""

    exit_code = 1


class InputError(TutelageError, ValueError):
    """Something the caller gave cannot be used.

    Attributes
    ----------
    problems : list of str
        One sentence per problem; a single message counts as one problem.
    """

    exit_code = 2

    def __init__(self, message: str, problems: Sequence[str] = ()):
        self.headline = message
        self.problems = list(problems) or [message]
        super().__init__(describe(message, problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, list[str]]]:
        problems = [] if self.problems == [self.headline] else self.problems
        return type(self), (self.headline, problems)


class DataError(InputError):
    """A table, a text or a label that cannot be used."""


class PriorMismatch(InputError):
    """A prior that does not belong to this table."""


class LessonFileError(InputError):
    """A file of lessons that cannot be read."""


class ModelFileError(InputError):
    """A model folder that is damaged, altered or of another kind."""


class CardError(InputError):
    """A task card that cannot be used."""


class OutputError(InputError):
    """A folder or disk that cannot be written."""


class TeacherSetupError(InputError):
    """A teacher that cannot be asked as configured."""


class ExtraMissing(TutelageError, ImportError):
    """An optional dependency is not installed."""

    exit_code = 2


class TeacherError(TutelageError):
    """Something went wrong while asking a teacher."""

    retryable = False


class AskedQuestion(Protocol):
    """What an error tells about a question."""

    @property
    def teacher(self) -> str: ...  # noqa: D102

    @property
    def prompt(self) -> str: ...  # noqa: D102

    @property
    def key(self) -> str: ...  # noqa: D102


class BadAnswer(TeacherError):
    """The teacher replied, but not with the lesson that was asked for.

    Raised after the last attempt. The reply is already in the store and its cost in the ledger,
    so nothing that was paid for is lost.

    Attributes
    ----------
    question
        What was asked; ``question.key`` finds the reply in the store.
    reply : str
        The text as received.
    problems : list of str
        One sentence per problem; also what the teacher is shown when it is asked again.
    """

    exit_code = 2
    retryable = True  # another sample may well be readable

    def __init__(self, question: AskedQuestion, reply: str, problems: Sequence[str]):
        self.question, self.reply, self.problems = question, reply, list(problems)
        super().__init__(self._describe())

    def __reduce__(self) -> tuple[type[BadAnswer], tuple[AskedQuestion, str, list[str]]]:
        return type(self), (self.question, self.reply, self.problems)

    def _describe(self) -> str:
        count = len(self.problems)
        headline = (
            f"{self.question.teacher} gave an unusable answer to {self.question.prompt} "
            f"({count} problem{'s' if count != 1 else ''}):"
        )
        return "\n".join(
            [
                describe(headline, self.problems, shown=5),
                f"It began: {self.reply.strip()[:80]!r}",
                f"Read it in full:  tutelage answers show {self.question.key[:15]}",
                "Then reword the column descriptions, ask a stronger teacher, ask anew with "
                "fresh=True, or pass missing='allow' to leave what it left out unscored "
                "(the report will say so).",
            ]
        )


class BadTextAnswer(BadAnswer):
    """A reply about somebody's texts that is not the lesson that was asked for.

    Such a reply quotes the texts, so the message names the key under which it is stored and
    leaves its words out: messages end up in logs.
    """

    def _describe(self) -> str:
        count = len(self.problems)
        headline = (
            f"{self.question.teacher} gave an unusable answer to {self.question.prompt} "
            f"({count} problem{'s' if count != 1 else ''}):"
        )
        return "\n".join(
            [
                describe(headline, self.problems, shown=5),
                f"Read it in full:  tutelage answers show {self.question.key[:15]}",
                "Then ask a stronger teacher, ask about fewer texts per call, ask anew with "
                "fresh=True, or pass missing='allow' to go on without what it left out (the "
                "report will say so).",
            ]
        )


class BudgetExceeded(TeacherError):
    """The next call could cost more than is left; it was not made.

    Attributes
    ----------
    budget_usd, spent_usd, needed_usd : float
        The cap; what has been paid (or may have been) so far; the worst case of the next call.
    """

    exit_code = 2

    def __init__(self, budget_usd: float, spent_usd: float, needed_usd: float, where: str = ""):
        self.budget_usd, self.spent_usd, self.needed_usd = budget_usd, spent_usd, needed_usd
        self.where = where
        super().__init__(
            f"The budget is {budget_usd:.6f} USD; {spent_usd:.6f} USD are spent{where}, and the "
            f"next call may cost up to {needed_usd:.6f} USD. It was not made. Every answer paid "
            f"for is kept: raise budget_usd above {spent_usd + needed_usd:.6f} and run again, "
            "and only what is missing will be asked."
        )

    def __reduce__(self) -> tuple[type[BudgetExceeded], tuple[float, float, float, str]]:
        return type(self), (self.budget_usd, self.spent_usd, self.needed_usd, self.where)


class TapeMiss(TeacherError):
    """A tape has no answer to a question."""

    exit_code = 2


class ClientError(TeacherError):
    """The endpoint failed.

    Attributes
    ----------
    retryable : bool
        Whether the same call may work a moment later.
    retry_after : float or None
        Seconds the endpoint asked to wait.
    maybe_billed : bool
        Whether the endpoint may have charged for the call although no answer arrived.
    """

    def __init__(
        self,
        message: str,
        retryable: bool = False,
        retry_after: float | None = None,
        maybe_billed: bool = False,
    ):
        self.message, self.retryable = message, retryable
        self.retry_after, self.maybe_billed = retry_after, maybe_billed
        super().__init__(message)

    def __reduce__(self) -> tuple[type[ClientError], tuple[str, bool, float | None, bool]]:
        return type(self), (self.message, self.retryable, self.retry_after, self.maybe_billed)


class StoreError(TeacherError):
    """The store of answers, or a tape, is damaged or from a newer version.

    Attributes
    ----------
    problems : list of str
        One sentence per problem.
    """

    exit_code = 2

    def __init__(self, message: str, problems: Sequence[str] = ()):
        self.headline, self.problems = message, list(problems) or [message]
        super().__init__(describe(message, problems))

    def __reduce__(self) -> tuple[type[StoreError], tuple[str, list[str]]]:
        return type(self), (self.headline, [p for p in self.problems if p != self.headline])


class TutelageWarning(UserWarning):
    """Something a user should look at: a suspicious prior, a leaking column."""


def describe(message: str, problems: Sequence[str], shown: int = SHOWN_PROBLEMS) -> str:
    """Return ``message`` followed by at most ``shown`` problems, one a line.

    >>> print(describe("The card cannot be used:", ["no task", "no classes"]))
    The card cannot be used:
      - no task
      - no classes
    """
    lines = [message, *(f"  - {problem}" for problem in problems[:shown])]
    if len(problems) > shown:
        lines.append(f"  - ... and {len(problems) - shown} more")
    return "\n".join(lines)
