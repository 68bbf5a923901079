"""Comparison of models -> one small self-contained page: no network, no script."""

from __future__ import annotations

import os
from pathlib import Path

from tutelage.evaluation.model_comparison_result import ModelComparison
from tutelage.evaluation.model_comparison_seeds import SettingsComparison
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
        what=f"{len(found.models)} models",
        resampled="the rows",
        unsaid="models trained again with other labels",
        tables=(
            ("Models", "models", model_head, model_lines),
            (f"Differences in {found.title}", "pairs", pair_head, pair_lines),
        ),
    )


def render_settings_comparison(found: SettingsComparison, *, data: str = "") -> str:
    """Return the page of settings with several runs each, as HTML text.

    Examples
    --------
    >>> nothing = SettingsComparison("accuracy", "Accuracy", "higher", (), (), 9, 10, 0)
    >>> "0 settings on 9 rows of x.csv" in render_settings_comparison(nothing, data="x.csv")
    True
    """
    setting_head, setting_lines = found.setting_lines()
    pair_head, pair_lines = found.pair_lines()
    return page_template("comparison.html").render(
        style=style_of("style.css"),
        found=found,
        data=data,
        what=f"{len(found.settings)} settings",
        resampled="rows and runs",
        unsaid="other training rows",
        tables=(
            ("Settings", "settings", setting_head, setting_lines),
            (f"Differences in {found.title}", "pairs", pair_head, pair_lines),
        ),
    )


def write_settings_comparison(
    found: SettingsComparison, path: str | os.PathLike[str], *, data: str = ""
) -> Path:
    """Write the page of settings to ``path``; otherwise as :func:`write_comparison`."""
    page = render_settings_comparison(found, data=data)
    return write_whole(path, page.encode("utf-8", "replace"))


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
