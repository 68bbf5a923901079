"""A task card as TOML: reading with every problem at once, and a small careful writer."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tutelage.errors import CardError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

CARD_KEYS: dict[str, Any] = {
    "task": str,
    "classes": list,
    "columns": list,
    "prompt": str,
    "notes": str,
    "target": str,
}
COLUMN_KEYS: dict[str, Any] = {
    "name": str,
    "description": str,
    "unit": str,
    "categories": (list, dict),
}


class _ColumnLike(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def categories(self) -> Mapping[str, str] | None: ...


class _CardLike(Protocol):
    @property
    def task(self) -> str: ...
    @property
    def classes(self) -> Sequence[str]: ...
    @property
    def columns(self) -> Sequence[_ColumnLike]: ...
    @property
    def prompt(self) -> str | None: ...
    @property
    def notes(self) -> str: ...
    @property
    def target(self) -> str: ...


def card_from_toml(text: str, source: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the card's own values and its columns' values, checked for keys and types.

    Raises
    ------
    CardError
        Listing every unknown, missing or ill-typed key.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CardError(f"{source} must be a TOML file, but {error}.") from error
    problems = _key_problems(values, CARD_KEYS, ("task", "classes", "columns"), "")
    columns = values.get("columns")
    columns = columns if isinstance(columns, list) else []
    for number, column in enumerate(columns, start=1):
        where = f"column {number}: "
        if isinstance(column, dict):
            problems += _key_problems(column, COLUMN_KEYS, ("name",), where)
        else:
            problems.append(f"{where}must be a [[columns]] table, got {column!r}")
    if problems:
        raise CardError(f"{source} is not a usable task card:", problems)
    return {key: value for key, value in values.items() if key != "columns"}, columns


def _key_problems(
    table: Mapping[str, Any], known: Mapping[str, Any], required: Sequence[str], where: str
) -> list[str]:
    problems = []
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
            problems.append(f"{where}unknown key {key!r}; {hint}")
        elif not isinstance(value, known[key]):
            kinds = known[key] if isinstance(known[key], tuple) else (known[key],)
            wanted = " or ".join(TOML_NAMES[kind] for kind in kinds)
            problems.append(f"{where}{key} must be {wanted}, got {value!r}")
    return problems + [f"{where}{key} is missing" for key in required if key not in table]


TOML_NAMES = {str: "a text", list: "a list", dict: "a table"}


def card_to_toml(card: _CardLike) -> str:
    """Return the TOML text of a card; every line can be edited by hand."""
    lines = [f"task = {quoted(card.task)}", f"classes = {_list(card.classes)}"]
    lines += [
        f"{key} = {quoted(value)}"
        for key, value in (
            ("target", card.target),
            ("prompt", card.prompt or ""),
            ("notes", card.notes),
        )
        if value
    ]
    for column in card.columns:
        lines += ["", "[[columns]]", f"name = {quoted(column.name)}"]
        lines += [f"description = {quoted(column.description)}"] if column.description else []
        lines += [f"unit = {quoted(column.unit)}"] if column.unit else []
        lines += _category_lines(column.categories)
    return "\n".join(lines) + "\n"


def _category_lines(categories: Mapping[str, str] | None) -> list[str]:
    if categories is None:
        return []
    if not any(categories.values()):
        return [f"categories = {_list(list(categories))}"]
    pairs = [f"{quoted(name)} = {quoted(meaning)}" for name, meaning in categories.items()]
    return ["[columns.categories]", *pairs]


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(quoted(value) for value in values) + "]"


def quoted(text: str) -> str:
    r"""Return ``text`` as a TOML basic string on one line.

    >>> print(quoted('a "b" \\ {c}\n'))
    "a \"b\" \\ {c}\n"
    """
    out = []
    for character in text:
        if character in SHORT_ESCAPES:
            out.append(SHORT_ESCAPES[character])
        elif character.isprintable() or 0xD800 <= ord(character) <= 0xDFFF:
            out.append(character)  # a lone surrogate is refused when the file is encoded
        else:
            code = ord(character)
            out.append(f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")
    return '"' + "".join(out) + '"'


SHORT_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}
