"""Audit of words for groups of people -> one small self-contained page: no network, no script."""

from __future__ import annotations

import os
from pathlib import Path

from tutelage.report.html import page_template, style_of
from tutelage.report.identity_audit import IdentityAudit
from tutelage.report.whole_file import write_whole


def render_identity(audit: IdentityAudit) -> str:
    """Return the page as HTML text; names are escaped and put on one line.

    Examples
    --------
    >>> from tutelage.evaluation.counterfactual_values import SwapReport
    >>> audit = IdentityAudit(("<b>",), "test.csv", 9, SwapReport((), 4, 0, 0, 10, 0))
    >>> "&lt;b&gt;" in render_identity(audit)
    True
    """
    return page_template("identity.html").render(
        style=style_of("style.css"),
        audit=audit,
        tables=audit.tables(),
        notes=audit.notes(),
        swaps=audit.swap_reports[0],
    )


def write_identity(audit: IdentityAudit, path: str | os.PathLike[str]) -> Path:
    """Write the page to ``path``, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full; what was there before stays.
    """
    return write_whole(path, render_identity(audit).encode("utf-8", "replace"))
