"""Checks of a student's parameters: all problems at once, before any data are read."""

from __future__ import annotations

import math
import numbers

from tutelage.errors import InputError
from tutelage.lessons.feature_prior import FeaturePrior

STUDENTS = ("linear", "mlp", "trees")
OBJECTIVES = ("trust", "laat", "laat-rows")


def check_parameters(
    *,
    prior: object,
    student: object,
    trust: object,
    hidden: object = (100,),
    objective: object = "trust",
    gamma: object = 100.0,
) -> None:
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
    if not _is_widths(hidden):
        problems.append(f"hidden must be a tuple of whole numbers from 1, got {hidden!r}")
    if not _is_real(gamma) or not 0 <= float(gamma) < math.inf:  # type: ignore[arg-type]
        problems.append(f"gamma must be a number of at least 0, got {gamma!r}")
    problems += _objective_problems(objective, student, trust)
    if problems:
        raise InputError("These parameters cannot be used:", problems)


def _is_trust(trust: object) -> bool:
    if isinstance(trust, str):
        return trust == "auto"
    return _is_real(trust) and 0 <= float(trust) <= 1  # type: ignore[arg-type]


def _is_real(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _is_widths(hidden: object) -> bool:
    return isinstance(hidden, (tuple, list)) and all(
        isinstance(width, numbers.Integral) and not isinstance(width, bool) and int(width) >= 1
        for width in hidden
    )


def _objective_problems(objective: object, student: object, trust: object) -> list[str]:
    if objective not in OBJECTIVES:
        return [f"objective must be one of {list(OBJECTIVES)}, got {objective!r}"]
    problems = []
    if objective != "trust" and student == "trees":
        problems.append(
            f"objective={objective!r} compares slopes, and trees have none; "
            "take student='mlp' or 'linear'"
        )
    if objective != "trust" and trust != "auto" and trust != 0:
        problems.append(
            f"objective={objective!r} has gamma in place of trust: trust must be 'auto' or 0, "
            f"got {trust!r}"
        )
    return problems
