"""The drawing of a sweep: the score of every setting over the value of each parameter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tutelage.evaluation.sweep_result import SweepResult, SweepTrial, value_text
from tutelage.report import svg
from tutelage.report.charts import LETTER, WIDE
from tutelage.report.shown import number, one_line
from tutelage.report.svg import INK, MUTED, SERIES, Drawing

LEFT, RIGHT, TOP, GAP, BOTTOM = 58, 10, 6, 18, 8
PANEL_HEIGHT, TITLE_HEIGHT, TICKS = 130, 22, 34
WIDEST = 320


def sensitivity_chart(found: SweepResult, width: int, prefix: str) -> Drawing:
    """Draw one panel per parameter: a dot per setting, the mean per value, the default's level.

    The dashed line is the default's score; the chosen setting is a filled diamond.
    """
    names = list(found.default)
    n_columns = min(1 if width < WIDE else 2, len(names))
    n_rows = math.ceil(len(names) / n_columns)
    panel = PANEL_HEIGHT + TITLE_HEIGHT + TICKS
    height = TOP + n_rows * panel + BOTTOM
    with svg.figure(width, height) as drawn:
        each = min((width - LEFT - RIGHT - (GAP + LEFT) * (n_columns - 1)) / n_columns, WIDEST)
        for place, name in enumerate(names):
            row, column = divmod(place, n_columns)
            left, top = LEFT + column * (each + GAP + LEFT), TOP + row * panel + TITLE_HEIGHT
            axes = svg.place(drawn, left, height - top - PANEL_HEIGHT, width - left - each, top)
            _panel(axes, found, name, each)
        told = "; ".join(f"{one_line(name, 60)}: {_told(found, name)}" for name in names)
        return svg.finish(drawn, prefix, f"{found.title} over the value of each parameter", told)


def values_of(found: SweepResult, name: str) -> list[Any]:
    """Return the values of a parameter that were tried, numbers in order after words."""
    values = {repr(t.settings[name]): t.settings[name] for t in found.trials}
    return sorted(values.values(), key=lambda v: (_is_number(v), v if _is_number(v) else str(v)))


def _panel(axes: Any, found: SweepResult, name: str, width: float) -> None:
    values = values_of(found, name)
    is_scale = len(values) > 6 and all(map(_is_number, values))
    places = {repr(v): (float(v) if is_scale else p) for p, v in enumerate(values)}
    axes.axhline(found.trial_of(found.default).score, color=MUTED, linestyle="dashed", linewidth=1)
    for trial in found.trials:
        is_chosen = trial.settings == found.chosen
        axes.plot(
            [places[repr(trial.settings[name])]],
            [trial.score],
            color=SERIES[0] if is_chosen else INK,
            marker="D" if is_chosen else "o",
            markersize=7 if is_chosen else 4,
            markerfacecolor=SERIES[0] if is_chosen else "none",
            zorder=3 if is_chosen else 2,
        )
    if not is_scale:
        _means(axes, found.trials, name, values)
        letters = max(3, int(width / len(values) / LETTER))
        axes.set_xticks(range(len(values)), [one_line(value_text(v), letters) for v in values])
        axes.set_xlim(-0.5, len(values) - 0.5)
    axes.grid(axis="y")
    share = found.importance.get(name)
    told = f"{name}, explains {share:.0%}" if share is not None else name
    axes.set_title(one_line(told, int(width / LETTER)), fontsize=12, loc="left", color=INK, pad=6)


def _means(axes: Any, trials: Sequence[SweepTrial], name: str, values: Sequence[Any]) -> None:
    for place, value in enumerate(values):
        scores = [t.score for t in trials if repr(t.settings[name]) == repr(value)]
        mean = float(np.mean(scores))
        axes.plot([place - 0.25, place + 0.25], [mean, mean], color=SERIES[1], linewidth=2)


def _told(found: SweepResult, name: str) -> str:
    parts = []
    for value in values_of(found, name):
        scores = [t.score for t in found.trials if repr(t.settings[name]) == repr(value)]
        parts.append(f"{one_line(value_text(value), 60)} {number(float(np.mean(scores)))}")
    return ", ".join(parts)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
