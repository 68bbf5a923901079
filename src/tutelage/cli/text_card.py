"""A text card: the task and what the labels mean, as a file that a person can edit."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.cli.options import write_text
from tutelage.cli.table_file import listed
from tutelage.errors import CardError
from tutelage.teacher.card_file import quoted

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

HEAD = """\
# All that the teacher is told about the labels. Say what a label means where its name does not.
"""


@dataclass(frozen=True)
class TextCard:
    """What a teacher is told about a text task.

    Attributes
    ----------
    classes
        Label -> its meaning in words, "" where the label speaks for itself.
    task
        One sentence, or "".
    """

    classes: Mapping[str, str]
    task: str = ""

    def save(self, path: Path) -> None:
        """Write the card as TOML, whole or not at all."""
        lines = [f"{quoted(label)} = {quoted(meaning)}" for label, meaning in self.classes.items()]
        write_text(
            path, "\n".join([HEAD, f"task = {quoted(self.task)}", "", "[classes]", *lines, ""])
        )

    @classmethod
    def load(cls, path: Path) -> TextCard:
        """Read what :meth:`save` wrote, perhaps edited since.

        Raises
        ------
        CardError
            When there is no such file, or it holds something else; all problems are listed.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CardError(f"{path} cannot be read: {error.strerror or error}.") from error
        except ValueError as error:
            raise CardError(f"{path} must be TOML, but is not: {error}.") from error
        problems = list(_problems(values))
        if problems:
            raise CardError(f"{path} is no card of texts:", problems)
        return cls(values["classes"], values.get("task", ""))

    def check_labels(self, labels: Sequence[str], source: Path) -> None:
        """Raise unless the card has exactly the labels of the texts.

        Raises
        ------
        CardError
            Listing the labels that one of both lacks.
        """
        problems = []
        unknown, unused = (
            sorted(set(labels) - set(self.classes)),
            sorted(set(self.classes) - set(labels)),
        )
        if unknown:
            problems.append(f"the card lacks {listed(unknown)}")
        if unused:
            problems.append(f"no text has the label {listed(unused)}")
        if problems:
            raise CardError(f"The card must have the labels of {source}:", problems)


def _problems(values: Mapping[str, Any]) -> list[str]:
    problems = [f"{key!r} is not known" for key in values if key not in ("task", "classes")]
    if not isinstance(values.get("task", ""), str):
        problems.append(f"task must be a sentence, got {values['task']!r}")
    classes = values.get("classes")
    if not isinstance(classes, dict) or not classes:
        problems.append(f"[classes] must hold one line per label, got {classes!r}")
        return problems
    problems += [
        f"the meaning of {label!r} must be a text, got {meaning!r}"
        for label, meaning in classes.items()
        if not isinstance(meaning, str)
    ]
    return problems
