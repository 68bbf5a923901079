"""Options that say which student is trained, and how far it believes its teacher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from tutelage.errors import InputError
from tutelage.students.parameters import STUDENTS

Trust = float | Literal["auto"]


@dataclass(frozen=True)
class StudentOptions:
    """How a student learns; a group of options."""

    student: Annotated[
        str | None,
        typer.Option(
            help="linear (default), mlp or trees; a number: linear only. Without --target: "
            "encoder (default) or rationale."
        ),
    ] = None
    trust: Annotated[
        str, typer.Option(help='"auto", or a number in [0, 1]; 0 ignores the prior.')
    ] = "auto"

    def checked(self, kind: str) -> StudentChoice:
        """Return the choice for a kind of target.

        Raises
        ------
        InputError
            When there is no such student, or none for numbers.
        """
        student = self.student or "linear"
        if student not in STUDENTS:
            raise InputError(f"--student must be one of {', '.join(STUDENTS)}, got {student}.")
        if kind == "regression" and student != "linear":
            raise InputError(
                f"--student must be linear to predict a number, got {student}; give "
                "--kind classification if the target holds classes."
            )
        return StudentChoice(student, as_trust(self.trust))


@dataclass(frozen=True)
class StudentChoice:
    """Which student, and its trust; checked."""

    student: str = "linear"
    trust: Trust = "auto"


def as_trust(text: str) -> Trust:
    """Return ``"auto"`` or a number in [0, 1].

    >>> as_trust("auto"), as_trust("0.5")
    ('auto', 0.5)
    """
    if text == "auto":
        return "auto"
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InputError(f'--trust must be "auto" or a number from 0 to 1, got {text!r}.')
    return value
