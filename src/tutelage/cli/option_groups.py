"""Options that belong together, as one frozen value: a command asks for the value, not for each."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

Command = TypeVar("Command", bound=Callable[..., None])


def takes(**groups: type) -> Callable[[Command], Command]:
    """Turn parameters that hold a dataclass into one option per field of it.

    The fields' annotations are those of a command (``Annotated[..., typer.Option(...)]``) and
    their defaults the options'. The command is called with one value per group.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Size:
    ...     width: int = 1
    ...     height: int = 2
    >>> @takes(size=Size)
    ... def draw(name: str, size: Size) -> None:
    ...     print(name, size.width * size.height)
    >>> [*inspect.signature(draw).parameters]
    ['name', 'width', 'height']
    >>> draw(name="box", height=5)
    box 5
    """

    def decorate(command: Command) -> Command:
        hints = get_type_hints(command, include_extras=True)
        parameters: list[inspect.Parameter] = []
        for name, own in inspect.signature(command).parameters.items():
            given = own.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
            parameters += _options_of(groups[name]) if name in groups else [given]

        @functools.wraps(command)
        def with_groups(**given: Any) -> None:
            for name, kind in groups.items():
                named = [field.name for field in dataclasses.fields(kind)]
                given[name] = kind(**{key: given.pop(key) for key in named if key in given})
            command(**given)

        with_groups.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        with_groups.__annotations__ = {p.name: p.annotation for p in parameters}
        return with_groups  # type: ignore[return-value]

    return decorate


def _options_of(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty
            if field.default is dataclasses.MISSING
            else field.default,
            annotation=hints[field.name],
        )
        for field in dataclasses.fields(group)
    ]
