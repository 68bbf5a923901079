"""TaskCard: what a teacher is told about a table. Names and meanings, never values."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.errors import CardError, OutputError, TeacherSetupError
from tutelage.lessons.feature_prior import label_name
from tutelage.teacher.card_file import card_from_toml, card_to_toml


@dataclass(frozen=True)
class Column:
    """One column of a table, as a teacher is told about it.

    Attributes
    ----------
    name
        The column's name in the table, any characters.
    description
        What it means, in words; "" leaves the name to speak for itself.
    unit
        Unit of a numeric column, or "".
    categories
        Category -> meaning ("" when the name says it) for a categorical column; ``None`` for a
        numeric one. A plain sequence of categories is taken too. These texts leave the machine.

    Examples
    --------
    >>> Column("job", categories=["clerk", "farmer"]).categories
    {'clerk': '', 'farmer': ''}
    """

    name: str
    description: str = ""
    unit: str = ""
    categories: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        given: Any = self.categories
        if given is None:
            return
        if isinstance(given, str) or not isinstance(given, (Mapping, Iterable)):
            raise CardError(
                f"categories of column {self.name!r} must be a list or a mapping of texts, "
                f"got {given!r}."
            )
        pairs = given.items() if isinstance(given, Mapping) else ((c, "") for c in given)
        listed = [(label_name(category), str(meaning)) for category, meaning in pairs]
        object.__setattr__(self, "categories", dict(listed))
        repeated = [name for name, count in Counter(n for n, _ in listed).items() if count > 1]
        if repeated:
            raise CardError(f"column {self.name!r} names categories twice: {repeated!r}.")

    def __hash__(self) -> int:
        pairs = None if self.categories is None else tuple(self.categories.items())
        return hash((self.name, self.description, self.unit, pairs))


@dataclass(frozen=True, init=False)
class TaskCard:
    """A task in words: the sentence, the classes, the columns and what they mean.

    Everything here except ``notes`` and ``target`` may be sent to the teacher; nothing else is.

    Attributes
    ----------
    task
        One sentence that says what is predicted from what.
    classes
        Two or more class names; with two, the teacher is asked about the last.
    columns
        :class:`Column` values; plain names and a mapping from name to description are taken too.
    prompt
        Version of the prompt to use, such as ``"feature_scores/v1"``; ``None`` is the default.
    notes
        For people; never sent.
    target
        Name of the target column in the table, or "".

    Raises
    ------
    CardError
        Listing everything that is wrong with the card.

    Examples
    --------
    >>> card = TaskCard("Predict who is ill.", ["no", "yes"], {"age": "age in years", "job": ""})
    >>> [column.name for column in card.columns]
    ['age', 'job']
    """

    task: str
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    prompt: str | None = None
    notes: str = ""
    target: str = ""

    def __init__(
        self,
        task: str,
        classes: Sequence[object],
        columns: Sequence[str | Column] | Mapping[str, str],
        prompt: str | None = None,
        notes: str = "",
        target: str = "",
    ):
        values = {
            "task": task,
            "classes": tuple(label_name(label) for label in _listed(classes, "classes")),
            "columns": as_columns(columns),
            "prompt": prompt,
            "notes": notes,
            "target": target,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        problems = self._problems()
        if problems:
            raise CardError("The task card cannot be used:", problems)

    def without(self, columns: Iterable[str]) -> TaskCard:
        """Return the card without the named columns: the teacher is never asked about them.

        Raises
        ------
        CardError
            When a name is not on the card (a near name is suggested), or no column would be left.

        Examples
        --------
        >>> card = TaskCard("Predict who is ill.", ["no", "yes"], ["age", "sex"])
        >>> [column.name for column in card.without(["sex"]).columns]
        ['age']
        """
        dropped, names = _listed(columns, "columns"), [column.name for column in self.columns]
        problems = []
        for name in dropped:
            if name not in names:
                near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                problems.append(f"the card has no column {name!r}{hint}")
        if not problems and set(names) <= set(dropped):
            problems.append(f"without {dropped!r} no column is left to ask about")
        if problems:
            raise CardError("These columns cannot be left out:", problems)
        return replace(self, columns=tuple(c for c in self.columns if c.name not in dropped))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TaskCard:
        """Read a card from a TOML file.

        Raises
        ------
        CardError
            When the file is absent, is not TOML, or has unknown or missing keys (all are
            listed, with the nearest known key).
        """
        target = Path(path)
        try:
            text = target.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CardError(f"the card {str(target)!r} cannot be read: {reason}.") from error
        values, columns = card_from_toml(text, str(target))
        return cls(columns=[Column(**column) for column in columns], **values)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the card as TOML, whole or not at all; ``load`` gives it back.

        >>> import tempfile
        >>> card = TaskCard("Predict it.", ["no", "yes"], ['a "quoted" {name}', "two\\nlines"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     TaskCard.load(card.save(f"{folder}/card.toml")) == card
        True
        """
        target = Path(path)
        partial = target.with_name(f".{target.name}.partial")
        try:
            partial.write_text(card_to_toml(self), encoding="utf-8")
            partial.replace(target)
        except UnicodeEncodeError as error:
            partial.unlink(missing_ok=True)
            raise CardError(
                f"the card holds {error.object[error.start : error.end]!r}, which no UTF-8 file "
                "can hold; rename that column."
            ) from error
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error
        return target

    def _problems(self) -> list[str]:
        problems = []
        if not isinstance(self.task, str) or not self.task.strip():
            problems.append(
                f"task must be a sentence that says what is predicted, got {self.task!r}"
            )
        if len(self.classes) < 2:
            problems.append(f"classes must name two or more classes, got {list(self.classes)!r}")
        problems += _repeated("classes", self.classes)
        if not self.columns:
            problems.append("columns must name at least one column, got none")
        problems += _repeated("columns", [column.name for column in self.columns])
        problems += [
            f"column {column.name!r} has an empty list of categories; leave it out or name some"
            for column in self.columns
            if column.categories is not None and not column.categories
        ]
        return problems


Columns = Sequence[str | Column] | Mapping[str, str]


def as_columns(columns: Columns) -> tuple[Column, ...]:
    """Return :class:`Column` values from names, from a mapping, or from columns.

    >>> as_columns(["age"]) == as_columns({"age": ""}) == (Column("age"),)
    True
    """
    if isinstance(columns, Mapping):
        return tuple(Column(str(name), str(meaning)) for name, meaning in columns.items())
    listed = _listed(columns, "columns")
    return tuple(c if isinstance(c, Column) else Column(str(c)) for c in listed)


def _listed(values: Any, what: str) -> list[Any]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise CardError(f"{what} must be a list, got {values!r}.")
    return list(values)


def _repeated(what: str, names: Sequence[str]) -> list[str]:
    counts = Counter(names)
    return [
        f"{what} must differ, got {name!r} {count} times"
        for name, count in counts.items()
        if count > 1
    ]


def as_card(
    task: str | TaskCard, columns: Columns | None, classes: Sequence[object] | None
) -> TaskCard:
    """Return the task card that the arguments of a method describe."""
    if isinstance(task, TaskCard):
        if columns is not None or classes is not None:
            raise TeacherSetupError("a TaskCard holds columns and classes; leave them out.")
        return task
    if columns is None or classes is None:
        raise TeacherSetupError(
            "columns and classes must be given with a task in words; or pass a TaskCard."
        )
    return TaskCard(task, classes, columns)


def words_of(card: TaskCard) -> list[tuple[str, str]]:
    """Return (name of the column or category, text) for every text that leaves the machine."""
    words = []
    for column in card.columns:
        words += [(column.name, text) for text in (column.name, column.description, column.unit)]
        for category, meaning in (column.categories or {}).items():
            name = f"{column.name} = {category}"
            words += [(name, category), (name, meaning)]
    return list(dict.fromkeys(words))
