"""Training rows with a bias put in: a group loses rows of a class; and the control without bias."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tutelage.errors import DataError, InputError
from tutelage.evaluation.predictions import IntArray
from tutelage.evaluation.splits import class_codes
from tutelage.lessons import label_name

Relation = Literal["<", "<=", ">", ">=", "==", "!="]
RELATIONS: tuple[Relation, ...] = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True)
class Condition:
    """Rows of a group that have a class: "Age < 50 and yes".

    Attributes
    ----------
    column
        The column that makes the group.
    relation
        One of ``< <= > >= == !=``. The first four need a numeric column; ``==`` and ``!=`` match
        values by their text, so that 1, 1.0 and ``"1"`` are one. A missing cell is in no group.
    value
        What the column is compared with.
    label
        The class of the rows that are meant.

    Examples
    --------
    >>> str(Condition("Age", "<", 50, "yes"))
    "'Age' < 50 and class 'yes'"
    """

    column: str
    relation: Relation
    value: float | str
    label: str

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise InputError(
                f"relation must be one of {' '.join(RELATIONS)}, got {self.relation!r}."
            )

    def __str__(self) -> str:
        return f"{self.column!r} {self.relation} {self.value!r} and class {self.label!r}"

    def group(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Tell which rows of ``frame`` are in the group, whatever their class: (n_rows,)."""
        if self.column not in frame.columns:
            near = difflib.get_close_matches(self.column, [str(c) for c in frame.columns], n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise DataError(f"The table must have the column {self.column!r}; it has not.{hint}")
        cells = frame[self.column]
        known = cells.notna().to_numpy(dtype=bool)
        if self.relation in ("==", "!="):
            names = cells.map(label_name).to_numpy(dtype=object)
            same = np.asarray(names == label_name(self.value), dtype=bool)
            met: NDArray[np.bool_] = known & (same if self.relation == "==" else ~same)
            return met
        if not pd.api.types.is_numeric_dtype(cells) or isinstance(self.value, str):
            raise DataError(
                f"{self.relation} compares numbers; column {self.column!r} holds {cells.dtype} and "
                f"the value is {self.value!r}. Use == or !=."
            )
        numbers, bound = cells.to_numpy(dtype=np.float64, na_value=np.nan), float(self.value)
        compared = {
            "<": numbers < bound,
            "<=": numbers <= bound,
            ">": numbers > bound,
            ">=": numbers >= bound,
        }
        inside: NDArray[np.bool_] = known & compared[self.relation]
        return inside


#: The published biased-training experiment (arXiv 2502.20268), on the tables it was run on.
PAPER_CONDITIONS: dict[str, tuple[Condition, ...]] = {
    "diabetes": (Condition("Age", "<", 50, "yes"),),
    "breast-ljubljana": (Condition("Age", "<", 5, "yes"),),
    "myocardial": (Condition("SEX", "==", "female", "yes"),),
    "cdc-diabetes": (Condition("Sex", "==", 0, "no"), Condition("Sex", "==", 1, "yes")),
    "adult": (
        Condition("workclass", "!=", "Private", "yes"),
        Condition("workclass", "==", "Private", "no"),
    ),
}


@dataclass(frozen=True)
class Shares:
    """How common a class is, in a group and outside it, in one set of training rows.

    Attributes
    ----------
    rows
        ``"all"``, ``"biased"`` or ``"control"``.
    n_rows
        Rows in the set.
    class_share
        Share of them that have the class: what *imbalance* changes.
    share_in_group, share_outside
        The same among the rows of the group and among the others; NaN without such rows.
    """

    rows: str
    n_rows: int
    class_share: float
    share_in_group: float
    share_outside: float

    @property
    def gap(self) -> float:
        """Share in the group minus share outside it: what *bias* changes, in [-1, 1]."""
        return self.share_in_group - self.share_outside


@dataclass(frozen=True, eq=False)
class BiasedSample:
    """Training rows with a bias put in, and the control without it.

    Attributes
    ----------
    kept, removed
        Row positions, ascending: what a biased training set holds, and what was taken out.
    control
        Row positions with as many rows of each class taken out *at random*. A model that is as bad
        with the control as with ``kept`` suffers from too few rows of a class, not from the bias.
    conditions
        What was to be removed.
    n_matching
        Rows that meet a condition; ``len(removed)`` of them were taken.
    class_counts
        Class -> (rows before, rows kept); the control keeps as many.
    shares
        Per condition the :class:`Shares` of all, the biased and the control rows.
    """

    kept: IntArray
    removed: IntArray
    control: IntArray
    conditions: tuple[Condition, ...]
    n_matching: int
    class_counts: dict[str, tuple[int, int]]
    shares: tuple[tuple[Shares, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, without the row positions."""
        found = [
            {
                "condition": str(condition),
                "shares": [_plain({**asdict(s), "gap": s.gap}) for s in listed],
            }
            for condition, listed in zip(self.conditions, self.shares, strict=True)
        ]
        return {
            "n_matching": self.n_matching,
            "n_removed": len(self.removed),
            "class_counts": {name: list(counts) for name, counts in self.class_counts.items()},
            "conditions": found,
        }

    def table(self) -> str:
        """Return bias and imbalance side by side, as text for a terminal."""
        counts = ", ".join(f"{name!r} {n} -> {k}" for name, (n, k) in self.class_counts.items())
        lines = [f"removed {len(self.removed)} of {self.n_matching} matching rows; {counts}"]
        for condition, listed in zip(self.conditions, self.shares, strict=True):
            lines.append(f"share of class {condition.label!r}, group as in {condition}:")
            lines += [
                f"  {s.rows:<8} {s.n_rows:>6} rows  all {s.class_share:.3f}  in the group "
                f"{s.share_in_group:.3f}  outside {s.share_outside:.3f}"
                for s in listed
            ]
        return "\n".join(lines)


def biased_sample(
    frame: pd.DataFrame,
    y: Any,
    remove: Condition | Sequence[Condition],
    share: float = 1.0,
    seed: int = 0,
) -> BiasedSample:
    """Take rows of a group and class out of training data.

    Removing rows of one class mixes two troubles: the *bias* (in the group, the class is rarer
    than it is) and *imbalance* (the class is rarer everywhere). The report holds both, and
    ``control`` has the second without the first.

    Parameters
    ----------
    frame, y
        Training rows and their labels, none missing. Test rows are not to be touched.
    remove
        One condition or several; a row that meets any of them may be taken.
    share
        Share of the matching rows to take, in [0, 1]: the paper's 1 - delta.
    seed
        Seeds which rows are taken. A larger share takes those of a smaller one and more.

    Raises
    ------
    InputError
        When ``share`` lies outside [0, 1] or no condition is given.
    DataError
        When the column or the class is not there, or nothing would be left of a class.

    Examples
    --------
    >>> people = pd.DataFrame({"age": [20, 30, 40, 60, 70, 80]})
    >>> ill = ["yes", "no", "yes", "yes", "no", "no"]
    >>> sample = biased_sample(people, ill, Condition("age", "<", 50, "yes"))
    >>> sample.kept.tolist(), sample.removed.tolist(), sample.class_counts
    ([1, 3, 4, 5], [0, 2], {'no': (3, 3), 'yes': (3, 1)})
    >>> [round(s.gap, 2) for s in sample.shares[0][:2]]
    [0.33, -0.33]
    """
    conditions = (remove,) if isinstance(remove, Condition) else tuple(remove)
    if not 0 <= share <= 1:
        raise InputError(f"share must lie in [0, 1], got {share!r}.")
    if not conditions:
        raise InputError("remove must hold at least one condition, got none.")
    codes, names = class_codes(y)
    if len(codes) != len(frame):
        raise DataError(f"frame and y must have the same rows, got {len(frame)} and {len(codes)}.")
    groups = [condition.group(frame) for condition in conditions]
    wanted = [codes == _class_of(condition, names) for condition in conditions]
    pairs = list(zip(groups, wanted, strict=True))
    matching = np.any([group & has_class for group, has_class in pairs], axis=0)

    rng = np.random.default_rng(seed)
    candidates = rng.permutation(np.flatnonzero(matching))
    removed = np.sort(candidates[: round(share * len(candidates))])
    control = np.setdiff1d(np.arange(len(codes)), _as_many(codes, removed, rng))
    kept = np.setdiff1d(np.arange(len(codes)), removed)
    counts = {
        name: (int((codes == k).sum()), int((codes[kept] == k).sum()))
        for k, name in enumerate(names)
    }
    _check_left(counts, conditions)
    sets = {"all": np.arange(len(codes)), "biased": kept, "control": control}
    return BiasedSample(
        kept=kept,
        removed=removed,
        control=control,
        conditions=conditions,
        n_matching=int(matching.sum()),
        class_counts=counts,
        shares=tuple(
            tuple(_shares(name, group[rows], has[rows]) for name, rows in sets.items())
            for group, has in pairs
        ),
    )


def _class_of(condition: Condition, names: tuple[str, ...]) -> int:
    if label_name(condition.label) not in names:
        raise DataError(
            f"The class of a condition must be among the labels {list(names)}, got "
            f"{condition.label!r}."
        )
    return names.index(label_name(condition.label))


def _as_many(codes: IntArray, removed: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw, in each class, as many rows as ``removed`` has of it."""
    drawn = [
        rng.permutation(np.flatnonzero(codes == k))[: int((codes[removed] == k).sum())]
        for k in np.unique(codes)
    ]
    return np.concatenate(drawn)


def _check_left(counts: dict[str, tuple[int, int]], conditions: tuple[Condition, ...]) -> None:
    gone = [name for name, (_, kept) in counts.items() if kept == 0]
    if gone:
        listed = "; ".join(map(str, conditions))
        raise DataError(
            f"No row of class {', '.join(map(repr, gone))} would be left after removing {listed}. "
            "Give a smaller share, or another condition."
        )


def _shares(name: str, group: Any, has_class: Any) -> Shares:
    inside, outside = has_class[group], has_class[~group]
    return Shares(
        name,
        len(has_class),
        float(has_class.mean()),
        float(inside.mean()) if len(inside) else math.nan,
        float(outside.mean()) if len(outside) else math.nan,
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in values.items()
    }
