"""What is told on the way: problems that are raised at once, warnings that are kept."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tutelage.errors import InputError, TutelageWarning


@contextmanager
def noting(problems: list[str]) -> Iterator[None]:
    """Add what an input error says to ``problems`` instead of raising it.

    >>> problems = []
    >>> with noting(problems):
    ...     raise InputError("--share must be a number from 0 to 1, got 2.")
    >>> problems
    ['--share must be a number from 0 to 1, got 2']
    """
    try:
        yield
    except InputError as error:
        head = "" if error.problems == [error.headline] else error.headline
        problems += [f"{head} {problem}".strip().removesuffix(".") for problem in error.problems]


def refused(problems: Sequence[str]) -> InputError:
    """Return the error that says all that is wrong with a job.

    >>> refused(["--share must be a number from 0 to 1, got 2"]).headline
    '--share must be a number from 0 to 1, got 2.'
    """
    if len(problems) == 1:
        return InputError(f"{problems[0]}.")
    return InputError("This job cannot be done:", problems)


@contextmanager
def collecting() -> Iterator[list[str]]:
    """Give the warnings of the package that a block raises, as sentences, at its end.

    Other warnings go where they always go.

    >>> with collecting() as told:
    ...     warnings.warn("One text was cut.", TutelageWarning)
    >>> told
    ['One text was cut.']
    """
    told: list[str] = []
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", TutelageWarning)
        yield told
    for one in heard:
        if issubclass(one.category, TutelageWarning):
            told.append(str(one.message))
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
