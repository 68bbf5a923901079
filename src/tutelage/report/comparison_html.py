"""Comparison of models -> one small self-contained page: no network, no script."""

from __future__ import annotations

import os
from pathlib import Path

from tutelage.evaluation.model_comparison_result import ModelComparison
from tutelage.report.html import page_template, style_of
from tutelage.report.whole_file import write_whole


def render_comparison(found: ModelComparison, *, data: str = "") -> str:
    """Return the page as HTML text; names of models are escaped and put on one line.

    Parameters
    ----------
    found
        What was measured.
    data
        Name of the file of test rows.

    Examples
    --------
    >>> from tutelage.evaluation.model_comparison_result import ModelComparison
    >>> nothing = ModelComparison("accuracy", "Accuracy", "higher", (), (), ("a", "b"), 9, 10, 0)
    >>> "9 rows of &lt;b&gt;.csv" in render_comparison(nothing, data="<b>.csv")
    True
    """
    model_head, model_lines = found.model_lines()
    pair_head, pair_lines = found.pair_lines()
    return page_template("comparison.html").render(
        style=style_of("style.css"),
        found=found,
        data=data,
        tables=(
            ("Models", "models", model_head, model_lines),
            (f"Differences in {found.title}", "pairs", pair_head, pair_lines),
        ),
    )


def write_comparison(
    found: ModelComparison, path: str | os.PathLike[str], *, data: str = ""
) -> Path:
    """Write the page to ``path``, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full; what was there before stays.
    """
    return write_whole(path, render_comparison(found, data=data).encode("utf-8", "replace"))
