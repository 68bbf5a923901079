"""The robustness fan: accuracy over the strength of an attack, small drawings side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tutelage.evaluation.robustness_suite_result import FanLine, FanPoint, ModelUnderAttack
from tutelage.report import svg
from tutelage.report.charts import LETTER, WIDE
from tutelage.report.shown import number, one_line
from tutelage.report.svg import INK, MUTED, SERIES, Drawing

# Colour, dashes and marker all tell models apart; the first is the one others are held against.
STYLES: tuple[tuple[str, Any, str], ...] = (
    (INK, "solid", "s"),
    (SERIES[0], "solid", "o"),
    (SERIES[1], "dashed", "^"),
    (SERIES[2], "dashdot", "D"),
    (SERIES[3], "dotted", "v"),
    (SERIES[4], (0, (6, 2)), "P"),
    (SERIES[5], (0, (1, 1)), "X"),
    (SERIES[6], (0, (4, 1, 1, 1)), "<"),
)
MOST_MODELS = len(STYLES)
LEFT, RIGHT, TOP, GAP, BOTTOM = 42, 10, 6, 14, 44
PANEL_HEIGHT, TITLE_HEIGHT, LEGEND_ROW = 118, 22, 20
WIDEST = 320


def fan_chart(models: Sequence[ModelUnderAttack], width: int, prefix: str) -> Drawing:
    """Draw one small panel per attack: a line per model from its clean accuracy on.

    The dotted level of each model is its accuracy on the texts as they were. Bands are 95 %
    intervals. Of more than eight models the first eight are drawn, and a note says so.
    """
    shown = models[:MOST_MODELS]
    lines = shown[0].fan
    n_columns = min(2 if width < WIDE else 4, len(lines))
    n_rows = math.ceil(len(lines) / n_columns)
    names = [one_line(model.name, 30) for model in shown]
    legend = _legend_rows(names, width)
    panel = PANEL_HEIGHT + TITLE_HEIGHT
    height = legend * LEGEND_ROW + TOP + n_rows * panel + BOTTOM
    lowest = _lowest(shown)
    with svg.figure(width, height) as drawn:
        _draw_legend(drawn, names, width)
        each = min((width - LEFT - RIGHT - GAP * (n_columns - 1)) / n_columns, WIDEST)
        for place, line in enumerate(lines):
            row, column = divmod(place, n_columns)
            left = LEFT + column * (each + GAP)
            top = legend * LEGEND_ROW + TOP + row * panel + TITLE_HEIGHT
            axes = svg.place(drawn, left, height - top - PANEL_HEIGHT, width - left - each, top)
            is_last = place + n_columns >= len(lines)
            _panel(axes, [model.fan[place] for model in shown], each, lowest)
            _edges(axes, line, is_first=column == 0, is_last=is_last)
        drawn.text(LEFT / width, 8 / height, "strength of the attack", va="bottom", color=MUTED)
        left_out = len(models) - len(shown)
        note = f"{left_out} more models are in the tables only." if left_out else ""
        return svg.finish(drawn, prefix, "Accuracy over the strength of each attack",
                          _described(shown), note)  # fmt: skip


def _panel(axes: Any, lines: Sequence[FanLine], width: float, lowest: float) -> None:
    for line, (color, dashes, marker) in zip(lines, STYLES, strict=False):
        strengths = [point.strength for point in line.points]
        low, high = [point.low for point in line.points], [point.high for point in line.points]
        axes.fill_between(strengths, low, high, color=color, alpha=0.12, linewidth=0)
        axes.axhline(line.points[0].accuracy, color=color, linestyle="dotted", linewidth=0.8)
        axes.plot(
            strengths,
            [point.accuracy for point in line.points],
            color=color,
            linestyle=dashes,
            marker=marker,
            markersize=3.5,
            linewidth=1.5,
        )
    axes.set_ylim(lowest, 1.02)
    farthest = max(point.strength for line in lines for point in line.points)
    axes.set_xlim(-0.03 * max(farthest, 1.0), 1.03 * max(farthest, 1.0))
    axes.grid(axis="y")
    title = one_line(lines[0].title, int(width / LETTER))
    axes.set_title(title, fontsize=11, loc="left", color=INK, pad=5)


def _edges(axes: Any, line: FanLine, *, is_first: bool, is_last: bool) -> None:
    if not is_first:
        axes.tick_params(axis="y", length=0, labelleft=False)
    if max(point.strength for point in line.points) <= 1:
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        if not is_last:
            axes.set_xticklabels([])


def _lowest(models: Sequence[ModelUnderAttack]) -> float:
    lows = [point.low for model in models for line in model.fan for point in line.points]
    known = [low for low in lows if not math.isnan(low)]
    return max(0.0, math.floor(10 * min(known, default=0.0)) / 10) - 0.02


def _legend_rows(names: Sequence[str], width: int) -> int:
    return math.ceil(len(names) / _legend_columns(names, width))


def _legend_columns(names: Sequence[str], width: int) -> int:
    widest = LETTER * max(map(len, names)) + 50
    return max(1, min(len(names), int(width / widest)))


def _draw_legend(drawn: Any, names: Sequence[str], width: int) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=color, linestyle=dashes, marker=marker, markersize=4)
        for color, dashes, marker in STYLES[: len(names)]
    ]
    drawn.legend(
        handles,
        list(names),
        loc="upper left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=_legend_columns(names, width),
        frameon=False,
        fontsize=12,
        handlelength=2.4,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.2,
        labelspacing=0.35,
    )


def _described(models: Sequence[ModelUnderAttack]) -> str:
    def told(point: FanPoint) -> str:
        return f"{number(point.accuracy)} at {point.strength:g}"

    return "; ".join(
        f"{one_line(model.name, 60)}, {one_line(line.title, 60)}: "
        + ", ".join(told(point) for point in line.points)
        for model in models
        for line in model.fan
    )
