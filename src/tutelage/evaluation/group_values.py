"""Scores per group as frozen values: what was measured, the gaps, and how they change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

TITLES = {
    "accuracy": "accuracy",
    "roc_auc": "ROC AUC",
    "selection_rate": "selection rate",
    "true_positive_rate": "true positive rate",
    "false_positive_rate": "false positive rate",
    "calibration_error": "calibration error",
}
GAP_TITLES = {
    **TITLES,
    "demographic_parity": "demographic parity",
    "equalised_odds": "equalised odds",
}


@dataclass(frozen=True)
class GroupValue:
    """One number with its interval.

    Attributes
    ----------
    metric
        ``"accuracy"``, ``"roc_auc"``, ``"selection_rate"``, ``"true_positive_rate"``,
        ``"false_positive_rate"`` or ``"calibration_error"``.
    value
        NaN where it is not defined: a group without a row of the class that it needs.
    low, high
        95 % percentile bootstrap interval over rows.
    """

    metric: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupScores:
    """The scores of one group.

    Attributes
    ----------
    column, group
        The sensitive column and the value that makes the group.
    n_rows, n_positive
        Rows in it, and how many of them are positive.
    is_small
        Fewer rows, or fewer of either class, than numbers can be read from.
    values
        One :class:`GroupValue` per metric.
    """

    column: str
    group: str
    n_rows: int
    n_positive: int
    is_small: bool
    values: tuple[GroupValue, ...]

    def __getitem__(self, metric: str) -> GroupValue:
        for found in self.values:
            if found.metric == metric:
                return found
        raise KeyError(f"{metric!r} was not measured; got {[v.metric for v in self.values]}")


@dataclass(frozen=True)
class Gap:
    """How far the groups of a column lie apart.

    Attributes
    ----------
    column
        The sensitive column.
    metric
        A metric, or ``"demographic_parity"`` (the gap of the selection rates) or
        ``"equalised_odds"`` (the larger gap of true and false positive rates; the smaller ratio).
    difference, low, high
        Largest minus smallest value over the groups, >= 0, with its interval. It is above 0 by
        chance alone, the more so the more and the smaller the groups.
    ratio
        Smallest over largest, in [0, 1]; NaN when the largest is 0.
    note
        Names the small groups that it rests on, or ``""``.
    """

    column: str
    metric: str
    difference: float
    low: float
    high: float
    ratio: float
    note: str = ""


@dataclass(frozen=True)
class GroupReport:
    """What :func:`tutelage.evaluation.groups.group_metrics` found.

    Attributes
    ----------
    positive
        The class that "selected", true and false positives speak of.
    scores
        One :class:`GroupScores` per column and group.
    gaps
        Per column: one :class:`Gap` per metric, then demographic parity and equalised odds.
    n_rows, n_bootstrap, seed
        How it was measured.
    """

    positive: str
    scores: tuple[GroupScores, ...]
    gaps: tuple[Gap, ...]
    n_rows: int
    n_bootstrap: int
    seed: int

    def group(self, column: str, group: object) -> GroupScores:
        """Return the scores of one group."""
        for found in self.scores:
            if (found.column, found.group) == (column, str(group)):
                return found
        listed = [s.group for s in self.scores if s.column == column]
        raise KeyError(f"column {column!r} has no group {str(group)!r}; its groups: {listed}")

    def gap(self, column: str, metric: str) -> Gap:
        """Return one gap."""
        for found in self.gaps:
            if (found.column, found.metric) == (column, metric):
                return found
        raise KeyError(f"no gap of {metric!r} over {column!r} was measured")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = plain(asdict(self))
        return values

    def table(self) -> str:
        """Return groups and gaps as lines of text for a terminal."""
        return "\n\n".join(
            as_text(*part) for part in (("group", *self.group_lines()), ("gap", *self.gap_lines()))
        )

    def group_lines(self) -> tuple[list[str], list[list[str]]]:
        """Return head and rows of the table of groups; a star marks a small group."""
        rows = []
        for s in self.scores:
            about = [f"{s.column} = {s.group}{' *' * s.is_small}", str(s.n_rows), str(s.n_positive)]
            for v in s.values:
                rows.append([*about, TITLES[v.metric], _number(v.value), _span(v.low, v.high)])
                about = ["", "", ""]  # once per group
        return ["rows", "positive", "score", "value", "95 % interval"], rows

    def gap_lines(self) -> tuple[list[str], list[list[str]]]:
        """Return head and rows of the table of gaps."""
        rows = [
            [
                f"{g.column}: {GAP_TITLES[g.metric]}{' *' * bool(g.note)}",
                _number(g.difference),
                _span(g.low, g.high),
                _number(g.ratio),
            ]
            for g in self.gaps
        ]
        return ["difference", "95 % interval", "ratio"], rows


@dataclass(frozen=True)
class GapChange:
    """What another model does to a gap.

    Attributes
    ----------
    column, metric
        Which gap.
    first, second
        Its difference under either model.
    change, low, high
        First minus second with a 95 % interval, both models on the same resamples. Negative: the
        first model's groups lie closer together.
    verdict
        ``"narrower"``, ``"wider"`` or ``"no clear change"``, by whether the interval holds 0.
    """

    column: str
    metric: str
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
        return "narrower" if self.high < 0 else "wider"


@dataclass(frozen=True)
class GroupComparison:
    """Two models on the same rows and groups, for example with and without the prior.

    Attributes
    ----------
    names
        Names of the first and the second model.
    first, second
        Their reports.
    changes
        One :class:`GapChange` per gap.
    """

    names: tuple[str, str]
    first: GroupReport
    second: GroupReport
    changes: tuple[GapChange, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; a number that is not defined becomes ``None``."""
        changes = [{**asdict(c), "verdict": c.verdict} for c in self.changes]
        reports = {"first": self.first.to_dict(), "second": self.second.to_dict()}
        return {"names": list(self.names), **reports, "changes": plain(changes)}

    def table(self) -> str:
        """Return both models' groups and the changes of the gaps as lines of text."""
        parts = [
            as_text(name, *report.group_lines())
            for name, report in zip(self.names, (self.first, self.second), strict=True)
        ]
        return "\n\n".join([*parts, as_text("gap", *self.change_lines())])

    def change_lines(self) -> tuple[list[str], list[list[str]]]:
        """Return head and rows of the table of changes."""
        rows = [
            [
                f"{c.column}: {GAP_TITLES[c.metric]}",
                _number(c.first),
                _number(c.second),
                _number(c.change, "+"),
                _span(c.low, c.high, "+"),
                c.verdict,
            ]
            for c in self.changes
        ]
        return [*self.names, "change", "95 % interval", "verdict"], rows


def as_text(corner: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table as text.

    >>> print(as_text("group", ["rows"], [["a", "10"], ["bb", "5"]]))
    group  rows
    a      10
    bb     5
    """
    lines = [[corner, *head], *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def plain(value: Any) -> Any:
    """Return ``value`` with lists for tuples and ``None`` for numbers that are not defined.

    >>> plain({"a": (1.0, float("nan"))})
    {'a': [1.0, None]}
    """
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _number(value: float, sign: str = "") -> str:
    return "-" if math.isnan(value) else f"{value:{sign}.3f}"


def _span(low: float, high: float, sign: str = "") -> str:
    return "-" if math.isnan(low) else f"{low:{sign}.3f} to {high:{sign}.3f}"
