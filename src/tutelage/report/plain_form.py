"""Frozen dataclasses as plain values and back, so that a record is JSON and nothing more.

A number that is not defined (NaN, infinity) becomes ``None`` and comes back as NaN. Unknown and
missing fields are problems, never ignored: a record that was tampered with must not look whole.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import numbers
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from tutelage.errors import InputError

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Return ``value`` as dicts, lists, texts, numbers, booleans and ``None``.

    >>> from tutelage.explanation import Explanation
    >>> to_plain((1.5, float("nan"), {"a": ("b",)}))
    [1.5, None, {'a': ['b']}]
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value) if math.isfinite(value) else None
    return str(value)


def from_plain(kind: type[T], values: Any, what: str) -> T:
    """Read a dataclass of type ``kind`` from plain values.

    Parameters
    ----------
    kind
        A dataclass whose fields are texts, numbers, booleans, tuples, mappings or dataclasses.
    values
        What :func:`to_plain` returned, or the same typed by hand; lists and tuples alike.
    what
        Name for messages, such as ``"data"``.

    Raises
    ------
    InputError
        Listing every field that is unknown, missing or of another type.
    """
    problems: list[str] = []
    found = _read(kind, values, what, problems)
    if problems:
        raise InputError(f"{what} cannot be used:", problems)
    return found  # type: ignore[no-any-return]


def _read(kind: Any, value: Any, where: str, problems: list[str]) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, value, where, problems)
    if origin in (Union, types.UnionType):
        return None if value is None else _read(_not_none(inner), value, where, problems)
    if origin is Literal:
        return _checked(value in inner, value, f"one of {list(inner)}", where, problems)
    if origin is tuple:
        if not _checked(isinstance(value, (list, tuple)), value, "a list", where, problems):
            return ()
        named = enumerate(value)
        return tuple(_read(inner[0], v, f"{where}[{i}]", problems) for i, v in named)
    if origin is not None:  # a mapping
        if not isinstance(value, Mapping):
            _checked(False, value, "a mapping", where, problems)
            return {}
        return {str(k): _read(inner[1], v, f"{where}.{k}", problems) for k, v in value.items()}
    return _read_scalar(kind, value, where, problems)


def _read_fields(kind: Any, value: Any, where: str, problems: list[str]) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        return _checked(False, value, f"a mapping of {kind.__name__}", where, problems)
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in value:
        if name not in fields:
            near = difflib.get_close_matches(str(name), fields, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            problems.append(f"{where}.{name} is not known{hint}")
    given = {}
    for name, field in fields.items():
        if name in value:
            given[name] = _read(hints[name], value[name], f"{where}.{name}", problems)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.append(f"{where}.{name} is missing")
    return None if problems else kind(**given)


def _read_scalar(kind: Any, value: Any, where: str, problems: list[str]) -> Any:
    if kind is float:
        if value is None:
            return math.nan
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        return float(value) if _checked(is_number, value, "a number", where, problems) else 0.0
    if kind is int:
        is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        return int(value) if _checked(is_whole, value, "a whole number", where, problems) else 0
    if kind is object or kind is Any:
        return value
    name = {str: "a text", bool: "true or false"}[kind]
    return _checked(isinstance(value, kind), value, name, where, problems)


def _checked(fine: bool, value: Any, wanted: str, where: str, problems: list[str]) -> Any:
    if not fine:
        problems.append(f"{where} must be {wanted}, got {str(value)[:60]!r}")
    return value if fine else None


def _not_none(kinds: tuple[Any, ...]) -> Any:
    return next(kind for kind in kinds if kind is not type(None))
