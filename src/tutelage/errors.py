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
        ├── BudgetExceeded        the next call could cost more than is left
        ├── TapeMiss              a tape has no answer to a question
        ├── ClientError           the endpoint failed; ``retryable`` says whether to try again
        └── StoreError            the store of answers is damaged or from a newer version

Every message says what must hold, what came (with its value) and what to do. A class that
collects problems lists all of them in ``problems``.
"""

from __future__ import annotations

from collections.abc import Sequence

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
