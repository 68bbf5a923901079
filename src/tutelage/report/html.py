"""Record -> one self-contained page: no network, no script, nothing hidden in names."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import FunctionLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from tutelage.report.record import AuditRecord
from tutelage.report.shown import (
    duration,
    money,
    number,
    one_line,
    prose,
    quantity,
    score,
    small_money,
    without_surrogates,
)
from tutelage.report.view import page_values
from tutelage.report.whole_file import write_whole

TEMPLATES = files("tutelage.report") / "templates"


def render_report(record: AuditRecord) -> str:
    """Return the page as HTML text.

    Every text of the record is escaped; names are put on one line with hidden characters made
    visible. The page has no script and loads nothing, and a content security policy says so.

    Examples
    --------
    >>> from tutelage.report.record import build_record
    >>> data = {"target": "ill", "n_rows": 40, "n_labelled": 12}
    >>> page = render_report(build_record(title="<b>Who is ill?</b>", data=data))
    >>> "&lt;b&gt;Who is ill?" in page
    True
    """
    return page_template("page.html").render(style=style_of("style.css"), **page_values(record))


def write_report(record: AuditRecord, path: str | os.PathLike[str]) -> Path:
    """Write the page to ``path``, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full; what was there before stays.
    """
    return write_whole(path, render_report(record).encode("utf-8", "replace"))


def _line(text: object, width: int | None = None) -> str:
    return one_line(str(text), width)


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def style_of(*names: str) -> Markup:
    """Return our own style sheets as markup; names of the data never reach them."""
    return Markup("\n".join(_read(name) for name in names))


@lru_cache(maxsize=8)
def page_template(name: str) -> Template:
    """Return a template of a page, which escapes whatever it is given."""
    environment = SandboxedEnvironment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "line": _line,
        "prose": prose,
        "number": number,
        "quantity": quantity,
        "score": score,
        "money": money,
        "small_money": small_money,
        "duration": duration,
        "raw": lambda text: without_surrogates(str(text)),
    }
    return environment.get_template(name)
