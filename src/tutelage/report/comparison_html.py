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
    return _rendered(
        found,
        data,
        ("Models", "models", *found.model_lines()),
        what=f"{len(found.models)} models",
        resampled="the rows",
        unsaid="models trained again with other labels",
    )


def render_settings_comparison(found: SettingsComparison, *, data: str = "") -> str:
    """Return the page of settings with several runs each, as HTML text.

    Examples
    --------
    >>> nothing = SettingsComparison("accuracy", "Accuracy", "higher", (), (), 9, 10, 0)
    >>> "0 settings on 9 rows of x.csv" in render_settings_comparison(nothing, data="x.csv")
    True
    """
    return _rendered(
        found,
        data,
        ("Settings", "settings", *found.setting_lines()),
        what=f"{len(found.settings)} settings",
        resampled="rows and runs",
        unsaid="other training rows",
    )


def _rendered(
    found: ModelComparison | SettingsComparison,
    data: str,
    compared: tuple[str, str, list[str], list[list[str]]],
    **words: str,
) -> str:
    """Return the page: a table of what is compared, and one of the pairs."""
    pairs = (f"Differences in {found.title}", "pairs", *found.pair_lines())
    return page_template("comparison.html").render(
        style=style_of("style.css"), found=found, data=data, tables=(compared, pairs), **words
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
