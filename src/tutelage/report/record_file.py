"""The plain values of a record file, of whatever kind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tutelage.errors import InputError


def read_record_values(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the JSON object that a record file holds.

    Raises
    ------
    InputError
        When there is no such file, or it holds something else.
    """
    try:
        text = Path(path).read_text(encoding="utf-8", errors="surrogatepass")
        values = json.loads(text)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} must be JSON, but is not: {error}.") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} must hold a JSON object, got {type(values).__name__}.")
    return values
