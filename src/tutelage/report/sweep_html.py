"""What a sweep found -> one small self-contained page: no network, no script."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tutelage.evaluation.sweep_result import SweepResult
from tutelage.report.charts import NARROW, WIDE
from tutelage.report.html import page_template, style_of
from tutelage.report.sweep_charts import sensitivity_chart
from tutelage.report.whole_file import write_whole


def render_sweep(found: SweepResult, *, data: str = "", settings: Mapping[str, Any]) -> str:
    """Return the page as HTML text; names are escaped and put on one line.

    Parameters
    ----------
    found
        What was searched.
    data
        Name of the file of training rows.
    settings
        ``command`` and ``python`` of the chosen settings, and which parameters are
        ``without_option``.

    Examples
    --------
    >>> from tutelage.evaluation.sweep_result import SweepTrial
    >>> one = {"trust": "auto"}
    >>> trials = (SweepTrial(0, one, (0.7, 0.8), 1.0),)
    >>> found = SweepResult("accuracy", "Accuracy", "higher", trials, one, one, one, None, {}, 0)
    >>> said = {"command": "tutelage fit x.csv", "python": "", "without_option": []}
    >>> "1 setting on folds of &lt;b&gt;.csv" in render_sweep(found, data="<b>.csv", settings=said)
    True
    """
    wide = sensitivity_chart(found, WIDE, "sensitivity-w")
    narrow = sensitivity_chart(found, NARROW, "sensitivity-n")
    head, lines = found.lines()
    return page_template("sweep.html").render(
        style=style_of("style.css"),
        found=found,
        data=data,
        settings=settings,
        chart={"wide": Markup(wide.svg), "narrow": Markup(narrow.svg)},
        head=head,
        lines=lines,
        n_named=len(found.default),
    )


def write_sweep(
    found: SweepResult,
    path: str | os.PathLike[str],
    *,
    data: str = "",
    settings: Mapping[str, Any],
) -> Path:
    """Write the page to ``path``, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full; what was there before stays.
    """
    page = render_sweep(found, data=data, settings=settings)
    return write_whole(path, page.encode("utf-8", "replace"))
