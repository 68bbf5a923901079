"""What the robustness suite found -> one small self-contained page: no network, no script."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from tutelage.evaluation.robustness_suite_result import ModelUnderAttack, SuiteResult
from tutelage.report.charts import NARROW, WIDE
from tutelage.report.html import page_template, style_of
from tutelage.report.robustness_charts import fan_chart
from tutelage.report.shown import number
from tutelage.report.whole_file import write_whole


def render_robustness(found: Sequence[tuple[str, SuiteResult]]) -> str:
    """Return the page as HTML text; names of models and attacks are escaped and put on one line.

    Parameters
    ----------
    found
        What was measured, each with the name of its file of texts.

    Examples
    --------
    >>> empty = SuiteResult((), (), "", 10, 0)
    >>> "texts of &lt;b&gt;.csv" in render_robustness([("<b>.csv", empty)])
    True
    """
    parts = [_part(place, data, suite) for place, (data, suite) in enumerate(found)]
    names = list(dict.fromkeys(model.name for _, suite in found for model in suite.models))
    return page_template("robustness.html").render(
        style=style_of("style.css"), parts=parts, names=names, suite=found[0][1]
    )


def write_robustness(
    found: Sequence[tuple[str, SuiteResult]], path: str | os.PathLike[str]
) -> Path:
    """Write the page to ``path``, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full; what was there before stays.
    """
    return write_whole(path, render_robustness(found).encode("utf-8", "replace"))


def _part(place: int, data: str, suite: SuiteResult) -> dict[str, object]:
    """Return what the page shows of one file of texts."""
    return {
        "id": f"texts-{place}",
        "data": data,
        "suite": suite,
        "chart": _chart(f"fan-{place}", suite.models),
        "verdicts": [_verdict(model) for model in suite.models],
        "notes": [*suite.notes, *dict.fromkeys(n for m in suite.models for n in m.result.notes)],
        "left_out": _left_out(suite),
        "is_ours": any(one.seed >= 0 for m in suite.models[:1] for one in m.result.attacks),
    }


def _chart(name: str, models: Sequence[ModelUnderAttack]) -> dict[str, object] | None:
    if not models or not models[0].fan:
        return None
    wide, narrow = fan_chart(models, WIDE, f"{name}-w"), fan_chart(models, NARROW, f"{name}-n")
    return {"wide": Markup(wide.svg), "narrow": Markup(narrow.svg), "note": wide.note}


def _verdict(model: ModelUnderAttack) -> dict[str, str]:
    before, after = model.before_and_after
    change = "nothing was changed" if math.isnan(before) else (
        f"from {number(before)}, {number(after - before, signed=True)}"
    )  # fmt: skip
    return {"name": model.name, "value": number(after), "note": change}


def _left_out(suite: SuiteResult) -> list[str]:
    attacks = suite.models[0].result.attacks if suite.models else ()
    return [f"{one.title}: {one.note}." for one in attacks if one.note]
