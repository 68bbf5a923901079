"""Lists of identity terms as files that a person edits: text with one group per line, or JSON."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from tutelage.errors import InputError, OutputError
from tutelage.lessons.identity_terms import IdentityTerms

_AXIS = re.compile(r"\[([^\[\]]+)\]")

HEAD = """\
# Identity terms. [axis], then one group per line: its name, a colon, its terms.
# Terms at the same place of two groups are counterparts; "-" where there is none.
"""


def load_identity_terms(path: str | os.PathLike[str]) -> IdentityTerms:
    """Read a list from a ``.json`` file (axis -> group -> terms), or from a text file.

    The text form has ``[axis]`` lines, below each one line per group, ``name: term, term``;
    lines that begin with ``#`` are comments.

    Raises
    ------
    InputError
        When the file cannot be read (every bad line is listed by number), or the list cannot be
        used.
    """
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{place} must be a text file in UTF-8: {error}.") from error
    if place.suffix.lower() != ".json":
        return identity_terms_of(text, str(place))
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{place} must be JSON (axis -> group -> terms): {error}.") from error
    return IdentityTerms(values)


def identity_terms_of(text: str, name: str = "the list") -> IdentityTerms:
    """Read the text form of a list.

    >>> terms = identity_terms_of("[gender]\\nwomen: woman, she\\nmen: man, he  # and so on")
    >>> dict(terms.axes["gender"])
    {'women': ('woman', 'she'), 'men': ('man', 'he')}
    """
    axes: dict[str, dict[str, list[str]]] = {}
    problems = []
    axis = ""
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.partition("#")[0].strip()
        head = _AXIS.fullmatch(said)
        group, colon, terms = (part.strip() for part in said.partition(":"))
        if head:
            axis = head[1].strip()
            axes.setdefault(axis, {})
        elif said and not (group and colon and axis):
            problems.append(f"line {number} must be [axis], or below one 'group: term, term'")
        elif said and group in axes[axis]:
            problems.append(f"line {number}: group {group!r} stands twice in [{axis}]")
        elif said:
            axes[axis][group] = [term.strip() for term in terms.split(",") if term.strip()]
    if problems:
        raise InputError(f"{name} is no list of identity terms:", problems)
    return IdentityTerms(axes)


def save_identity_terms(terms: IdentityTerms, path: str | os.PathLike[str]) -> Path:
    """Write a list in its text form, to be edited and read again.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    place = Path(path)
    parts = [
        "\n".join([f"[{axis}]", *(f"{name}: {', '.join(t)}" for name, t in groups.items())])
        for axis, groups in terms.axes.items()
    ]
    try:
        place.write_text(HEAD + "\n" + "\n\n".join(parts) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{place} cannot be written: {error.strerror or error}.") from error
    return place
