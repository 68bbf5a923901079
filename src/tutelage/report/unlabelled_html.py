"""Record of a job without labels -> one self-contained page: no network, no script, texts inert."""

from __future__ import annotations

import os
from pathlib import Path

from tutelage.report.html import page_template, style_of
from tutelage.report.unlabelled_record import UnlabelledRecord
from tutelage.report.unlabelled_view import unlabelled_page_values
from tutelage.report.whole_file import write_whole


def render_unlabelled_report(record: UnlabelledRecord) -> str:
    """Return the page of a job without labels as HTML text.

    Every text of the record is escaped and put on one line with hidden characters made visible.
    The page has no script and loads nothing, and a content security policy says so.

    Examples
    --------
    >>> from tutelage.report.unlabelled_facts import UnlabelledDataFacts
    >>> record = UnlabelledRecord("<b>What?</b>", UnlabelledDataFacts(("text",), 9))
    >>> "&lt;b&gt;What?" in render_unlabelled_report(record)
    True
    """
    style = style_of("style.css", "text.css", "unlabelled.css")
    values = unlabelled_page_values(record)
    return page_template("unlabelled_page.html").render(style=style, **values)


def write_unlabelled_report(record: UnlabelledRecord, path: str | os.PathLike[str]) -> Path:
    """Write the page to ``path``, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full; what was there before stays.
    """
    return write_whole(path, render_unlabelled_report(record).encode("utf-8", "replace"))
