"""What a sweep varies: parameters with values to choose from, or ranges."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage._canonical import content_hash
from tutelage.errors import InputError

Value = bool | int | float | str
Settings = Mapping[str, Value]


@dataclass(frozen=True)
class Choice:
    """A parameter with a few values.

    Raises
    ------
    InputError
        When it has no name, no value, or a value twice.

    Examples
    --------
    >>> Choice("trust", ("auto", 0.0, 1.0)).values
    ('auto', 0.0, 1.0)
    """

    name: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        shown = [repr(value) for value in self.values]
        if not self.name or not shown or len(set(shown)) < len(shown):
            raise InputError(
                f"A parameter needs a name and distinct values, got {self.name!r} with "
                f"{', '.join(shown) or 'none'}."
            )

    def holds(self, value: object) -> bool:
        """Tell whether the value can be chosen."""
        return any(value == own and type(value) is type(own) for own in self.values)

    def suggest(self, trial: Any) -> Value:
        """Return the value that a trial of Optuna tries."""
        value: Value = trial.suggest_categorical(self.name, list(self.values))
        return value


@dataclass(frozen=True)
class Range:
    """A parameter that can be any number between two.

    ``log``: drawn by its logarithm, for sizes over many orders. ``whole``: whole numbers only.

    Raises
    ------
    InputError
        When the ends are not numbers in order, or a logarithm starts at 0.

    Examples
    --------
    >>> Range("alignment", 0.0, 2.0).holds(1.0)
    True
    """

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        ends = (self.low, self.high)
        if not self.name or not all(map(math.isfinite, ends)) or self.low >= self.high:
            raise InputError(
                f"A range needs a name and two numbers, the lower one first, got {self.name!r} "
                f"from {self.low!r} to {self.high!r}."
            )
        if self.log and self.low <= 0:
            raise InputError(f"A range by logarithm must start above 0, got {self.low!r}.")

    def holds(self, value: object) -> bool:
        """Tell whether the value lies in the range."""
        is_number = isinstance(value, int if self.whole else (int, float))
        return is_number and self.low <= value <= self.high  # type: ignore[operator]

    def suggest(self, trial: Any) -> Value:
        """Return the value that a trial of Optuna tries."""
        if self.whole:
            whole: int = trial.suggest_int(self.name, int(self.low), int(self.high), log=self.log)
            return whole
        value: Value = trial.suggest_float(self.name, self.low, self.high, log=self.log)
        return value


Parameter = Choice | Range


def check_space(space: Sequence[Parameter], default: Settings) -> None:
    """Raise when a space cannot be searched.

    Raises
    ------
    InputError
        When it is empty, names a parameter twice, or the default lies outside.

    Examples
    --------
    >>> check_space([Choice("trust", (0.0, 1.0))], {"trust": 0.5})
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: The default must be one of the settings: trust is 0.5, which
    Choice(name='trust', values=(0.0, 1.0)) does not hold.
    """
    names = [parameter.name for parameter in space]
    if not names or len(set(names)) < len(names):
        raise InputError(f"A sweep needs distinct parameters, at least one, got {names}.")
    for parameter in space:
        value = default.get(parameter.name)
        if not parameter.holds(value):
            raise InputError(
                f"The default must be one of the settings: {parameter.name} is {value!r}, which "
                f"{parameter} does not hold."
            )


def n_settings(space: Sequence[Parameter]) -> int | None:
    """Return how many settings there are, ``None`` when a range makes them uncountable.

    >>> n_settings([Choice("a", (1, 2)), Choice("b", (1, 2, 3))])
    6
    """
    if any(isinstance(parameter, Range) for parameter in space):
        return None
    return math.prod(len(p.values) for p in space if isinstance(p, Choice))


def every_setting(space: Sequence[Parameter]) -> list[Settings]:
    """Return all settings of a space without ranges.

    >>> every_setting([Choice("a", (1, 2)), Choice("b", ("x",))])
    [{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'x'}]
    """
    listed = [p.values for p in space if isinstance(p, Choice)]
    names = [parameter.name for parameter in space]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*listed)]


def space_key(space: Sequence[Parameter], default: Settings) -> str:
    """Return the identity of a space and its default."""
    listed = [[type(p).__name__, *map(repr, vars(p).values())] for p in space]
    return content_hash([listed, {name: repr(value) for name, value in default.items()}])
