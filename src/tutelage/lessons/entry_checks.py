"""Checks of one entry as JSON gives it: what is wrong is collected, not raised at once."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence

from tutelage.errors import InputError
from tutelage.lessons.provenance import Provenance


class Entry:
    """The fields of one entry; every wrong one adds a sentence to ``problems``.

    >>> entry = Entry({"label": 3})
    >>> entry.text("label"), entry.problems
    ('', ['label must be a text, got 3'])
    """

    def __init__(self, values: Mapping[str, object]):
        self.values = values
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and hold more than spaces."""
        if name not in self.values and default is not None:
            return default
        if name not in self.values:
            self.problems.append(f"no {name!r}")
            return ""
        value = self.values[name]
        if not isinstance(value, str):
            self.problems.append(f"{name} must be a text, got {value!r}")
            return ""
        if default is None and not value.strip():
            self.problems.append(f"{name} must not be empty, got {value!r}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, empty when it is not there."""
        value = self.values.get(name, ())
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            self.problems.append(f"{name} must be a list of texts, got {value!r}")
            return ()
        return tuple(value)

    def share(self, name: str, default: float) -> float:
        """Return a number in [0, 1]."""
        value = self.values.get(name, default)
        if not is_number(value) or not 0 <= value <= 1:  # type: ignore[operator]
            self.problems.append(f"{name} must be a number in [0, 1], got {value!r}")
            return default
        return float(value)  # type: ignore[arg-type]

    def provenance(self) -> Provenance:
        """Return the provenance of the entry, the unknown one when it is not there."""
        try:
            return Provenance.from_dict(self.values.get("provenance", {}))  # type: ignore[arg-type]
        except InputError as error:
            self.problems += error.problems
            return Provenance()

    def check(self) -> None:
        """Raise InputError with all problems, if there are any."""
        if self.problems:
            raise InputError("This entry cannot be used:", self.problems)


def is_number(value: object) -> bool:
    """Tell whether ``value`` is a finite number; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond the range of a float
        return False


def some(names: Sequence[object], shown: int = 4) -> str:
    """Name the first few, and count the rest.

    >>> some(["a", "b", "c"], shown=2)
    "'a', 'b' and 1 more"
    """
    text = ", ".join(repr(name) for name in names[:shown])
    return text if len(names) <= shown else f"{text} and {len(names) - shown} more"
