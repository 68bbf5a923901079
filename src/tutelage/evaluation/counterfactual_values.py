"""What counterfactual swaps found, as frozen values; and what another model does to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tutelage.evaluation.group_values import as_text, plain


@dataclass(frozen=True)
class Interval:
    """A mean over texts with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class SwapRow:
    """Texts that mention one group, told about another.

    Attributes
    ----------
    axis, group, other
        Terms of ``group`` were replaced by their counterparts of ``other``; ``"(any)"`` for all
        pairs of the axis together.
    n_texts
        Texts that the swap changed.
    flips
        Share of texts whose predicted class changed.
    moved
        Mean of half the summed absolute changes of the classes' probabilities, in [0, 1]: how
        much probability went from some classes to others.
    label, toward
        The class whose probability rose or fell most on average, and by how much, in [-1, 1]:
        positive when telling the text about ``other`` makes it more likely. Of ``"(any)"``
        there is none: directions cancel out.
    """

    axis: str
    group: str
    other: str
    n_texts: int
    flips: Interval
    moved: Interval
    label: str
    toward: Interval


@dataclass(frozen=True)
class SwapReport:
    """What :func:`tutelage.evaluation.counterfactual.counterfactual_swaps` found.

    Attributes
    ----------
    rows
        Per axis ``"(any)"``, then each pair of groups that some text could be swapped between.
    n_texts, n_mentioning, n_asked
        Texts given; those that mention a term; distinct texts that the model was asked about.
    n_bootstrap, seed
        How it was measured.
    """

    rows: tuple[SwapRow, ...]
    n_texts: int
    n_mentioning: int
    n_asked: int
    n_bootstrap: int
    seed: int

    def row(self, axis: str, group: str = "(any)", other: str = "(any)") -> SwapRow:
        """Return one row."""
        for found in self.rows:
            if (found.axis, found.group, found.other) == (axis, group, other):
                return found
        raise KeyError(f"no text was swapped from {group!r} to {other!r} on the axis {axis!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = plain(asdict(self))
        return values

    def lines(self) -> tuple[list[str], list[list[str]]]:
        """Return head and rows of the table."""
        head = ["texts", "flips", "95 % interval", "moved", "95 % interval", "toward"]
        return head, [
            [
                swap_title(row),
                str(row.n_texts),
                f"{row.flips.value:.3f}",
                f"{row.flips.low:.3f} to {row.flips.high:.3f}",
                f"{row.moved.value:.3f}",
                f"{row.moved.low:.3f} to {row.moved.high:.3f}",
                f"{row.label} {row.toward.value:+.3f}" if row.label else "",
            ]
            for row in self.rows
        ]

    def table(self) -> str:
        """Return the rows as lines of text for a terminal."""
        return as_text("swap", *self.lines())


@dataclass(frozen=True)
class SwapChange:
    """What another model does to the swaps of one axis.

    Attributes
    ----------
    axis, measure
        Which axis, and ``"flips"`` or ``"moved"``.
    first, second
        The measure under either model.
    change, low, high
        First minus second, paired by text, with a 95 % interval. Negative: the first model
        depends less on the terms.
    """

    axis: str
    measure: str
    first: float
    second: float
    change: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the interval says."""
        if math.isnan(self.low) or self.low <= 0 <= self.high:
            return "no clear change"
        return "less" if self.high < 0 else "more"


@dataclass(frozen=True)
class SwapComparison:
    """Two models on the same swapped texts, for example with and without a prior's terms."""

    names: tuple[str, str]
    first: SwapReport
    second: SwapReport
    changes: tuple[SwapChange, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        changes = [{**asdict(c), "verdict": c.verdict} for c in self.changes]
        reports = {"first": self.first.to_dict(), "second": self.second.to_dict()}
        return {"names": list(self.names), **reports, "changes": plain(changes)}

    def change_lines(self) -> tuple[list[str], list[list[str]]]:
        """Return head and rows of the table of changes."""
        rows = [
            [
                f"{c.axis}: {c.measure}",
                f"{c.first:.3f}",
                f"{c.second:.3f}",
                f"{c.change:+.3f}",
                f"{c.low:+.3f} to {c.high:+.3f}",
                c.verdict,
            ]
            for c in self.changes
        ]
        return [*self.names, "change", "95 % interval", "verdict"], rows

    def table(self) -> str:
        """Return both models' swaps and the changes as lines of text."""
        reports: Sequence[SwapReport] = (self.first, self.second)
        parts = [as_text(n, *r.lines()) for n, r in zip(self.names, reports, strict=True)]
        return "\n\n".join([*parts, as_text("axis", *self.change_lines())])


def swap_title(row: SwapRow) -> str:
    """Return how a row is called."""
    return row.axis if row.group == "(any)" else f"  {row.group} -> {row.other}"
