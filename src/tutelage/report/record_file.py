"""The plain values of a record file, of whatever kind: checked, written and read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.errors import InputError
from tutelage.report.whole_file import write_whole


@dataclass(frozen=True)
class RecordFormat:
    """What a file of one kind of record says of itself.

    Attributes
    ----------
    name, version
        The values of its ``"format"`` and ``"schema_version"``.
    one, many
        What messages call a record, and several of them.
    """

    name: str
    version: int
    one: str
    many: str

    @property
    def head(self) -> dict[str, Any]:
        """The first entries of a file."""
        return {"format": self.name, "schema_version": self.version}

    def fields_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entries of a file without its head.

        Raises
        ------
        InputError
            When it is another kind of record, or of another version.
        """
        given = dict(values)
        if given.pop("format", None) != self.name:
            raise InputError(
                f'{self.one} must hold "format": "{self.name}", got {values.get("format")!r}. '
                "Give the record.json that a run wrote."
            )
        found = given.pop("schema_version", None)
        if found != self.version:
            raise InputError(
                f"This package reads {self.many} of version {self.version}, got {found!r}. "
                "Use the package that wrote it, or a newer one."
            )
        return given


def write_record_values(values: Mapping[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write a record's plain values as JSON, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full.
    """
    text = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False)
    return write_whole(path, (text + "\n").encode("utf-8", "surrogatepass"))


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
