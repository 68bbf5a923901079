"""Optional dependencies: one function, one message, with the exact pip line."""

from __future__ import annotations

import importlib
from types import ModuleType

from tutelage.errors import ExtraMissing


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import and return ``module``, or say which extra brings it.

    Raises
    ------
    ExtraMissing
        When the module is not installed. The message holds the pip line.

    Examples
    --------
    >>> require("json", extra="text", purpose="this example").dumps([1])
    '[1]'
    >>> require("no_such_module", extra="text", purpose="text students")
    Traceback (most recent call last):
        ...
    tutelage.errors.ExtraMissing: text students need the package 'no_such_module', which is not
    installed. Run:  pip install "tutelage[text]"
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise ExtraMissing(
            f"{purpose} need the package {module!r}, which is not installed. "
            f'Run:  pip install "tutelage[{extra}]"'
        ) from error
