"""Numbers of a text record -> drawings, for wide and for narrow pages."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.evaluation.run import Estimate
from tutelage.report import svg
from tutelage.report.charts import LETTER, WIDE
from tutelage.report.shown import number, one_line
from tutelage.report.svg import INK, MUTED, SERIES, Drawing

ROW_HEIGHT = 30
MOST_LETTERS = {True: 20, False: 34}  # narrow or wide


def scores_chart(
    named: Sequence[tuple[str, Estimate]],
    width: int,
    prefix: str,
    *,
    main: str,
    reference: str,
) -> Drawing:
    """Draw one score per model as a dot with its interval, below one another.

    A dashed line stands at the score of ``reference``; ``main`` is drawn heavier.
    """
    narrow = width < WIDE
    names = [one_line(name, MOST_LETTERS[narrow]) for name, _ in named]
    left = min(LETTER * max(map(len, names)) + 12, 0.5 * width)
    with svg.figure(width, ROW_HEIGHT * len(named) + 44) as drawn:
        axes = svg.place(drawn, left, 40, 14, 4)
        for place, (name, score) in enumerate(named):
            is_main = name == main
            color, weight = (SERIES[0], 2.5) if is_main else (INK, 1.5)
            axes.plot([score.low, score.high], [place, place], color=color, linewidth=weight)
            axes.plot(
                [score.value], [place], color=color, marker="o", markersize=8 if is_main else 6
            )
            if name == reference:
                axes.axvline(score.value, color=MUTED, linestyle="dashed", linewidth=1)
        axes.set_yticks(range(len(named)), names)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(named) - 0.4, -0.6)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlabel(f"{named[0][1].title.lower()}, with 95 % intervals")
        told = "; ".join(
            f"{one_line(name, 60)} {number(score.value)} ({number(score.low)} to "
            f"{number(score.high)})"
            for name, score in named
        )
        title = f"{named[0][1].title} of every model on the test texts"
        return svg.finish(drawn, prefix, title, told)
