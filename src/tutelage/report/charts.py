"""Numbers of the record -> drawings. Every chart is drawn for wide and for narrow pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tutelage.evaluation.curve_result import CurveCell, CurveResult, amount_name
from tutelage.evaluation.scores import ReliabilityBin
from tutelage.evaluation.yardstick import find_yardstick
from tutelage.report import svg
from tutelage.report.facts import ExplanationFacts, PriorEntry
from tutelage.report.shown import number, one_line, quantity, score
from tutelage.report.svg import INK, MUTED, PAPER, RULE, SERIES, Drawing

WIDE, NARROW = 680, 340
MOST_BARS = 20
MOST_UNITS = 10
BAR_HEIGHT = 22
FARTHEST = 2.2  # how much worse than the main models, at most, the axis reaches
LETTER = 7.0  # pixels a letter takes at most on average

# Model name -> colour, dashes, marker. Colours can be told apart by people who are colour-blind;
# dashes and markers say the same for print in black and white.
_STYLES: dict[str, tuple[str, Any, str]] = {
    "with prior": (SERIES[0], "solid", "o"),
    "no prior": (INK, "solid", "s"),
    "teacher alone": (SERIES[1], "dashed", "^"),
    "shuffled prior": (MUTED, "dotted", "x"),
    "logistic regression": (SERIES[2], "dashdot", "D"),
    "ridge regression": (SERIES[2], "dashdot", "D"),
    "gradient boosting": (SERIES[3], (0, (6, 2)), "v"),
}
_SPARE = tuple((color, "dashed", "P") for color in SERIES[4:])


def curve_chart(
    curve: CurveResult, metric: str, width: int, prefix: str, *, main: Sequence[str] = ()
) -> Drawing:
    """Draw one metric over numbers of labels: a line per model, a band per 95 % interval.

    Models named in ``main`` are drawn heavier, and the axis is made for them: of a model far
    worse than they are, only the part that comes near is drawn, and a note says so.
    """
    narrow = width < WIDE
    lines = {model: [curve.cell(model, k, metric) for k in curve.shots] for model in curve.models}
    lines = {m: cells for m, cells in lines.items() if not all(math.isnan(c.mean) for c in cells)}
    styles = {model: _style(model, curve) for model in lines}
    legend = 18 * math.ceil(len(lines) / 2) + 8 if narrow else 0
    with svg.figure(width, (250 if narrow else 340) + legend) as drawn:
        axes = svg.place(drawn, 46, 44 + legend, 12 if narrow else 176, 12)
        for model, cells in lines.items():
            _draw_line(axes, curve.shots, cells, styles[model], model in main)
        _curve_axes(axes, curve.shots, amount_name(curve.per_class))
        cut = _set_limits(axes, lines, main, higher=find_yardstick(metric).direction == "higher")
        if narrow:
            _legend_below(axes, styles)
        else:
            _label_ends(axes, {m: _last_mean(lines[m]) for m in lines}, styles)
        title = f"{find_yardstick(metric).title} over {amount_name(curve.per_class)}"
        note = f"Too far off to be drawn in full: {', '.join(cut)}." if cut else ""
        return svg.finish(drawn, prefix, title, _describe_curve(lines), note)


def prior_chart(entries: Sequence[PriorEntry], width: int, prefix: str) -> Drawing:
    """Draw the strongest scores of one class as bars, with one standard deviation either side."""
    known = [entry for entry in entries if entry.answers]
    shown = sorted(known, key=lambda entry: -abs(entry.mean))[:MOST_BARS]
    label = one_line(entries[0].label, 60) if entries else ""
    names = [one_line(entry.name, _letters(width)) for entry in shown]
    means = [entry.mean for entry in shown]
    with svg.figure(width, BAR_HEIGHT * max(len(shown), 1) + 52) as drawn:
        axes = svg.place(drawn, _label_width(names), 44, 14, 8)
        _bars(axes, names, means)
        for y, entry in enumerate(shown):
            if not math.isnan(entry.spread):
                ends = [entry.mean - entry.spread, entry.mean + entry.spread]
                for color, line in ((PAPER, 4), (INK, 1.5)):  # seen on the bar and beside it
                    axes.plot(ends, [y, y], color=color, linewidth=line, solid_capstyle="butt")
        axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−0.5", "0", "+0.5", "+1"])
        axes.set_xlim(-1.05 if min(means, default=0) < 0 else -0.02, 1.08)
        _name_sides(axes, f"for {label}")
        told = "; ".join(
            f"{one_line(entry.name, 60)} {number(entry.mean, 2, signed=True)}" for entry in shown
        )
        return svg.finish(drawn, prefix, f"The teacher's scores for {label}", told)


def reliability_chart(
    table: Sequence[ReliabilityBin], n_classes: int, width: int, prefix: str
) -> Drawing:
    """Draw accuracy over confidence per bin, with 95 % Wilson intervals and counts below."""
    size = min(width, 420)
    lowest = math.floor(15 / n_classes) / 15
    with svg.figure(width, size) as drawn:
        margin = width - size
        axes = svg.place(drawn, 46, 128, 12 + margin, 10)
        axes.plot([lowest, 1], [lowest, 1], color=MUTED, linestyle="dashed", linewidth=1)
        for row in table:
            low, high = wilson_interval(row.accuracy, row.n_rows)
            axes.plot([row.confidence] * 2, [low, high], color=SERIES[0], linewidth=1.5)
        axes.plot(
            [row.confidence for row in table],
            [row.accuracy for row in table],
            color=SERIES[0],
            marker="o",
            linestyle="none",
        )
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlim(lowest - 0.02, 1.02)
        axes.set_xticklabels([])
        axes.set_ylabel("share that is right")
        axes.grid(axis="y")
        _draw_counts(svg.place(drawn, 46, 42, 12 + margin, size - 118), table, axes.get_xlim())
        told = "; ".join(
            f"confidence {row.confidence:.2f}: right {row.accuracy:.2f} ({row.n_rows} rows)"
            for row in table
        )
        return svg.finish(drawn, prefix, "Share of rows that are right, by confidence", told)


def explanation_chart(explained: ExplanationFacts, width: int, prefix: str) -> Drawing:
    """Draw the largest contributions to one row's score, the rest together, and the bias.

    Of a predicted number the bias is left out: beside the mean of the target every contribution
    may be small.
    """
    is_number = math.isnan(explained.probability)
    units = sorted(explained.units, key=lambda unit: -abs(unit.contribution))
    letters = _letters(width)
    names = [_cell_name(unit.unit, unit.value, letters) for unit in units[:MOST_UNITS]]
    numbers = [unit.contribution for unit in units[:MOST_UNITS]]
    rest = units[MOST_UNITS:]
    if rest:
        names.append(f"{len(rest)} other column{'s' * (len(rest) > 1)}")
        numbers.append(sum(unit.contribution for unit in rest))
    if not is_number:
        names.append("average row")
        numbers.append(explained.bias)
    write = _signed_quantity if is_number else _signed
    target = one_line(explained.target, 60)
    with svg.figure(width, BAR_HEIGHT * len(names) + 46) as drawn:
        axes = svg.place(drawn, _label_width(names), 40, 14, 6)
        _bars(axes, names, numbers, write)
        reach = max(map(abs, numbers)) or 1.0
        room = 0.5 * reach if width < WIDE else 0.18 * reach  # for the numbers beside the bars
        axes.set_xlim(min(0.0, *numbers, 0.0) - room, max(0.0, *numbers, 0.0) + room)
        axes.locator_params(axis="x", nbins=5)
        if is_number:
            _name_sides(axes, "raises it", "lowers it")
        else:
            _name_sides(axes, f"for {target}")
        told = "; ".join(
            f"{name}: {write(value)}" for name, value in zip(names, numbers, strict=True)
        )
        return svg.finish(drawn, prefix, f"Contributions to the score of {target}", told)


def wilson_interval(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share seen in ``n`` rows.

    >>> low, high = wilson_interval(1.0, 10)
    >>> (round(low, 2), high)
    (0.72, 1.0)
    """
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def _style(model: str, curve: CurveResult) -> tuple[str, Any, str]:
    strangers = [name for name in curve.models if name not in _STYLES]
    return _STYLES.get(model) or _SPARE[strangers.index(model) % len(_SPARE)]


def _draw_line(
    axes: Any, shots: Sequence[int], cells: Sequence[CurveCell], style: Any, heavy: bool
) -> None:
    color, dashes, marker = style
    means = [cell.mean for cell in cells]
    lows, highs = [cell.low for cell in cells], [cell.high for cell in cells]
    axes.fill_between(shots, lows, highs, color=color, alpha=0.16 if heavy else 0.07, linewidth=0)
    axes.plot(
        shots,
        means,
        color=color,
        linestyle=dashes,
        marker=marker,
        markersize=5 if heavy else 4,
        linewidth=2.2 if heavy else 1.3,
        zorder=3 if heavy else 2,
    )


def _curve_axes(axes: Any, shots: Sequence[int], counted: str) -> None:
    axes.set_xscale("log")
    axes.set_xticks(list(shots), [str(k) for k in shots])
    axes.minorticks_off()
    axes.set_xlim(shots[0] / 1.12, shots[-1] * 1.12)
    axes.set_xlabel(counted)
    axes.grid(axis="y")
    axes.locator_params(axis="y", nbins=6)


def _set_limits(
    axes: Any, lines: Mapping[str, Sequence[CurveCell]], main: Sequence[str], *, higher: bool
) -> list[str]:
    """Fit the axis to the main models; return the names of those that leave it."""
    low, high = axes.get_ylim()
    reference = [value for m in lines if m in main for c in lines[m] for value in _reach(c)]
    if not reference:
        return []
    if higher:
        low = max(low, 1 - FARTHEST * (1 - min(reference)))
        axes.set_ylim(low, min(high, 1.0 + 0.03 * (1 - low)))
        return [m for m in lines if any(c.mean < low for c in lines[m])]
    high = min(high, FARTHEST * max(reference))
    axes.set_ylim(0, high)
    return [m for m in lines if any(c.mean > high for c in lines[m])]


def _reach(cell: CurveCell) -> list[float]:
    return [v for v in (cell.mean, cell.low, cell.high) if not math.isnan(v)]


def _last_mean(cells: Sequence[CurveCell]) -> float:
    return next((cell.mean for cell in reversed(cells) if not math.isnan(cell.mean)), math.nan)


def _label_ends(axes: Any, ends: Mapping[str, float], styles: Mapping[str, Any]) -> None:
    """Write each model's name beside the end of its line, moved apart where lines meet."""
    low, high = axes.get_ylim()
    gap = 16 * (high - low) / (axes.get_position().height * axes.figure.get_figheight() * 72)
    top = high - gap / 2
    placed = []
    for model, y in sorted(ends.items(), key=lambda item: -item[1]):
        placed.append((model, min(top, max(y, low))))
        top = placed[-1][1] - gap
    # The lowest must not fall below the axis: push from the bottom up.
    floor = low
    for position in range(len(placed) - 1, -1, -1):
        model, y = placed[position]
        placed[position] = (model, max(y, floor))
        floor = placed[position][1] + gap
    beside = axes.get_yaxis_transform()
    for model, y in placed:
        color, dashes, marker = styles[model]
        axes.plot(
            [1.02, 1.045, 1.07],
            [y, y, y],
            transform=beside,
            clip_on=False,
            color=color,
            linestyle=dashes,
            marker=marker,
            markevery=[1],
            markersize=4,
            linewidth=1.3,
        )
        axes.text(1.085, y, one_line(model, 20), transform=beside, va="center", color=color)
    axes.set_ylim(low, high)


def _legend_below(axes: Any, styles: Mapping[str, Any]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=color, linestyle=dashes, marker=marker, markersize=4)
        for color, dashes, marker in styles.values()
    ]
    axes.legend(
        handles,
        [one_line(name, 20) for name in styles],
        loc="upper center",
        bbox_to_anchor=(0.45, -0.22),
        ncols=2,
        frameon=False,
        fontsize=11,
        handlelength=2.2,
        columnspacing=1.2,
        labelspacing=0.35,
    )


def _name_sides(axes: Any, right: str, left: str = "against") -> None:
    """Say below the axis what its two sides mean."""
    both = axes.get_xlim()[0] < 0 and abs(axes.get_xlim()[0]) > 0.2 * axes.get_xlim()[1]
    letters = int((axes.get_position().width * axes.figure.get_figwidth() * 72 - 90) / LETTER)
    sides = [(1.0, "right", f"{one_line(right, min(letters, 40) + 4)} →")]
    sides += [(0.0, "left", f"← {left}")] if both else []
    for x, side, text in sides:
        axes.annotate(
            text, (x, 0), xycoords="axes fraction", xytext=(0, -34), textcoords="offset points",
            ha=side, color=MUTED,
        )  # fmt: skip


def _signed(value: float) -> str:
    return number(value, 2, signed=True)


def _signed_quantity(value: float) -> str:
    return quantity(value, signed=True)


def _bars(
    axes: Any,
    names: Sequence[str],
    values: Sequence[float],
    write: Callable[[float], str] | None = None,
) -> None:
    """Draw signed bars from top to bottom, blue to the right and orange to the left."""
    places = np.arange(len(values))
    colors = [SERIES[0] if value >= 0 else SERIES[1] for value in values]
    axes.barh(places, values, height=0.62, color=colors, linewidth=0)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(places, names, color=INK)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.grid(axis="x")
    if write is None:
        return
    for y, value in enumerate(values):
        axes.annotate(
            write(value),
            (value, y),
            xytext=(4 if value >= 0 else -4, 0),
            textcoords="offset points",
            va="center",
            ha="left" if value >= 0 else "right",
            color=MUTED,
            fontsize=11,
        )


def _draw_counts(axes: Any, table: Sequence[ReliabilityBin], limits: tuple[float, float]) -> None:
    middles = [(row.low + row.high) / 2 for row in table]
    counts = [row.n_rows for row in table]
    axes.bar(middles, counts, width=0.9 / 15, color=RULE, linewidth=0)
    for x, count in zip(middles, counts, strict=True):
        axes.annotate(
            str(count), (x, count), xytext=(0, 2), textcoords="offset points", ha="center",
            color=MUTED, fontsize=9,
        )  # fmt: skip
    axes.set_xlim(limits)
    axes.set_ylim(0, 1.45 * max(counts, default=1))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("confidence (probability of the predicted class)")


def _letters(width: int) -> int:
    return 34 if width >= WIDE else 18


def _label_width(names: Sequence[str]) -> float:
    return 14 + LETTER * max((len(name) for name in names), default=1)


def _cell_name(unit: str, value: str, letters: int) -> str:
    """Return ``unit = value``, the unit cut before the value is."""
    shown = one_line(value, max(4, letters // 2 - 2))
    return f"{one_line(unit, max(4, letters - len(shown) - 3))} = {shown}"


def _describe_curve(lines: Mapping[str, Sequence[CurveCell]]) -> str:
    return "; ".join(
        f"{one_line(model, 60)}: "
        + ", ".join(f"{score(cell.mean, cell.metric)} at {cell.shots}" for cell in cells)
        for model, cells in lines.items()
    )
