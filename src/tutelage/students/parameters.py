"""Checks of a student's parameters: all problems at once, before any data are read."""

from __future__ import annotations

import numbers

from tutelage.errors import InputError
from tutelage.lessons.feature_prior import FeaturePrior

STUDENTS = ("linear",)


def check_parameters(*, prior: object, student: object, trust: object) -> None:
    """Raise when a parameter cannot be used.

    Raises
    ------
    InputError
        Listing every parameter that is wrong, with its value.

    Examples
    --------
    >>> check_parameters(prior=None, student="linear", trust=1.5)
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: These parameters cannot be used:
      - trust must be "auto" or a number in [0, 1], got 1.5
    """
    problems = []
    if student not in STUDENTS:
        problems.append(f"student must be one of {list(STUDENTS)}, got {student!r}")
    if prior is not None and not isinstance(prior, FeaturePrior):
        problems.append(
            f"prior must be a FeaturePrior or None, got {type(prior).__name__}; "
            "FeaturePrior.from_scores makes one"
        )
    if not _is_trust(trust):
        problems.append(f'trust must be "auto" or a number in [0, 1], got {trust!r}')
    if problems:
        raise InputError("These parameters cannot be used:", problems)


def _is_trust(trust: object) -> bool:
    if isinstance(trust, str):
        return trust == "auto"
    is_number = isinstance(trust, numbers.Real) and not isinstance(trust, bool)
    return is_number and 0 <= float(trust) <= 1  # type: ignore[arg-type]
