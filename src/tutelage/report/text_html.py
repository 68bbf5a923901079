"""Text record -> one self-contained page: no network, no script, texts inert."""

from __future__ import annotations

import os
from pathlib import Path

from tutelage.report.html import page_template, style_of
from tutelage.report.text_record import TextRecord
from tutelage.report.text_view import text_page_values
from tutelage.report.whole_file import write_whole


def render_text_report(record: TextRecord) -> str:
    """Return the page of a text job as HTML text.

    Every text of the record is escaped and put on one line with hidden characters made visible.
    The page has no script and loads nothing, and a content security policy says so.

    Examples
    --------
    >>> from tutelage.report.text_facts import TextDataFacts
    >>> page = render_text_report(TextRecord("<b>What?</b>", TextDataFacts("text", "intent", 9)))
    >>> "&lt;b&gt;What?" in page
    True
    """
    style = style_of("style.css", "text.css")
    return page_template("text_page.html").render(style=style, **text_page_values(record))


def write_text_report(record: TextRecord, path: str | os.PathLike[str]) -> Path:
    """Write the page to ``path``, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full; what was there before stays.
    """
    return write_whole(path, render_text_report(record).encode("utf-8", "replace"))
