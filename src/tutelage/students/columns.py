"""Table <-> matrix: learn a layout, encode rows by it, carry priors down and weights back up.

A numeric column becomes ``z = asinh((x - median) / iqr)``, standardised, and curves of z: two
bends and, in a table of few columns, four waves (see ``units``). A categorical column becomes one
standardised indicator per category. A cell that is missing, or a category never seen, is the
average: it says nothing, unless missing cells were seen in training, which then have an indicator
of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tutelage.errors import DataError
from tutelage.students.cells import is_number_like, read_categories
from tutelage.students.units import (
    BEND_SHARES,
    MOST_WAVING_COLUMNS,
    SMALLEST_INDICATOR_SD,
    WAVE_SHARES,
    bend,
    can_bend,
    learn_units,
    wave,
)

Array = NDArray[np.float64]

LONGEST_Z = 4.0
MOST_CATEGORIES = 1000
ROWS_AT_ONCE = 1 << 12  # what a processor keeps at hand
MOST_NUMBERS = 1 << 27


@dataclass(frozen=True)
class ColumnLayout:
    """How a table becomes a matrix. Everything is fixed in ``fit``; prediction adds nothing.

    Attributes
    ----------
    names : (n_columns,)
        The original columns, in order.
    categories : (n_columns,)
        ``None`` for a numeric column, else its categories as text, sorted.
    missing : (n_columns,)
        Whether missing cells were seen, and have an indicator.
    median, iqr, unit_mean, unit_sd : (n_columns,)
        Numeric columns: ``z = (asinh((x - median) / iqr) - unit_mean) / unit_sd``; a constant
        column has infinite ``unit_sd``. Ignored for categorical columns.
    bends : (n_columns,)
        Whether the column has curves.
    knots : (n_knots, n_columns)
        Where the ranks of z stand, for waves; without knots the only curves are bends.
    indicator_mean : (n_indicators,)
        Share of rows in each category or missing indicator, in the order of ``owners``.

    Encoded columns stand in this order: numeric columns, their curves (all of one kind, then all
    of the next: two bends, four waves), indicators.
    """

    names: tuple[str, ...]
    categories: tuple[tuple[str, ...] | None, ...]
    missing: tuple[bool, ...]
    median: Array
    iqr: Array
    unit_mean: Array
    unit_sd: Array
    bends: NDArray[np.bool_]
    indicator_mean: Array
    knots: Array = field(default_factory=lambda: np.zeros((0, 0)))

    @cached_property
    def numeric(self) -> NDArray[np.intp]:
        """Positions of the numeric columns."""
        return np.array([i for i, c in enumerate(self.categories) if c is None], dtype=np.intp)

    @cached_property
    def indicators(self) -> list[tuple[int, str | None]]:
        """(column position, category) of every indicator; category ``None`` marks missing."""
        found: list[tuple[int, str | None]] = []
        for position, listed in enumerate(self.categories):
            found += [(position, category) for category in listed or ()]
            if self.missing[position]:
                found.append((position, None))
        return found

    @cached_property
    def bent(self) -> NDArray[np.intp]:
        """Positions, among the numeric columns, of those with curves."""
        return np.flatnonzero(self.bends[self.numeric])

    @property
    def curve_shares(self) -> tuple[float, ...]:
        """Prior variance of each kind of curve relative to the straight line's."""
        return BEND_SHARES + WAVE_SHARES if len(self.knots) else BEND_SHARES

    @property
    def n_curves(self) -> int:
        """Number of encoded columns that are curves."""
        return len(self.curve_shares) * len(self.bent)

    @cached_property
    def owners(self) -> NDArray[np.intp]:
        """Position of the original column of every encoded column."""
        of_curves = np.tile(self.numeric[self.bent], len(self.curve_shares))
        of_indicators = np.array([position for position, _ in self.indicators], dtype=np.intp)
        return np.concatenate([self.numeric, of_curves, of_indicators])

    @cached_property
    def parents(self) -> NDArray[np.intp]:
        """For a curve the position of its straight column among encoded ones; else its own."""
        places = np.arange(self.n_encoded)
        first = len(self.numeric)
        places[first : first + self.n_curves] = np.tile(self.bent, len(self.curve_shares))
        return places

    @cached_property
    def shares(self) -> Array:
        """Prior variance of every encoded column's weight relative to its parent's."""
        shares = np.ones(self.n_encoded)
        first = len(self.numeric)
        shares[first : first + self.n_curves] = np.repeat(self.curve_shares, len(self.bent))
        return shares

    @property
    def empty(self) -> set[int]:
        """Positions of the columns without a single value in ``fit``: their kind is unknown."""
        shares = zip(self.indicators, self.indicator_mean.tolist(), strict=True)
        return {position for (position, kind), share in shares if kind is None and share == 1.0}

    @property
    def n_encoded(self) -> int:
        """Number of encoded columns."""
        return len(self.numeric) + self.n_curves + len(self.indicator_mean)

    def encode(self, table: Table, *, compact: bool = False) -> Array:
        """Return the standardised matrix (n_rows, n_encoded) of ``table``.

        With ``compact``, more than 2^27 numbers are stored in 32 bits.
        """
        if table.n_rows <= ROWS_AT_ONCE:
            return self._encode_block(table)
        shape = (table.n_rows, self.n_encoded)
        is_small = not compact or shape[0] * shape[1] <= MOST_NUMBERS
        encoded: Array = np.empty(shape, dtype=np.float64 if is_small else np.float32)
        for start in range(0, table.n_rows, ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            encoded[part] = self._encode_block(table.part(part))
        return encoded

    def _encode_block(self, table: Table) -> Array:
        encoded = np.empty((table.n_rows, self.n_encoded))
        z = self._encode_numbers(table)
        n_straight, n_numeric = z.shape[1], z.shape[1] + self.n_curves
        n_bends = len(BEND_SHARES) * len(self.bent)
        encoded[:, :n_straight] = z
        encoded[:, n_straight : n_straight + n_bends] = bend(z[:, self.bent])
        if n_straight + n_bends < n_numeric:
            knots = self.knots[:, self.numeric[self.bent]]
            encoded[:, n_straight + n_bends : n_numeric] = wave(z[:, self.bent], knots)
        numbers = encoded[:, :n_numeric]
        numbers[np.isnan(numbers)] = 0.0  # a missing cell says nothing
        sd = np.maximum(
            np.sqrt(self.indicator_mean * (1 - self.indicator_mean)), SMALLEST_INDICATOR_SD
        )
        raw = encoded[:, n_numeric:]
        _fill_indicators(raw, table, self)
        raw -= self.indicator_mean
        raw /= sd
        raw[np.isnan(raw)] = 0.0
        return encoded

    def _encode_numbers(self, table: Table) -> Array:
        at = self.numeric
        with np.errstate(over="ignore", invalid="ignore"):
            z = (table.numbers[:, at] - self.median[at]) / self.iqr[at]
            z = (np.arcsinh(z) - self.unit_mean[at]) / self.unit_sd[at]
        clipped: Array = np.clip(z, -LONGEST_Z, LONGEST_Z)
        return clipped


@dataclass(frozen=True)
class Table:
    """A table read into numbers and codes, before any layout is applied.

    Attributes
    ----------
    names
        Column names as text.
    numbers : (n_rows, n_columns)
        Numeric columns; NaN where missing and in categorical columns.
    texts
        Column position -> (category codes (n_rows,), categories): -1 is missing.
    """

    names: tuple[str, ...]
    numbers: Array
    texts: dict[int, tuple[NDArray[np.intp], tuple[str, ...]]]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.numbers)

    def part(self, rows: slice) -> Table:
        """Return the rows of a slice, with every category; nothing is copied."""
        texts = {at: (codes[rows], values) for at, (codes, values) in self.texts.items()}
        return Table(self.names, self.numbers[rows], texts)

    def take(self, rows: NDArray[np.intp]) -> Table:
        """Return the table of the rows at the given positions; unused categories go."""
        texts = {}
        for position, (codes, values) in self.texts.items():
            kept = codes[rows]
            used = np.unique(kept[kept >= 0])
            renumbered = np.full(len(values) + 1, -1, dtype=np.intp)
            renumbered[used] = np.arange(len(used))
            texts[position] = (renumbered[kept], tuple(values[i] for i in used))
        return Table(self.names, self.numbers[rows], texts)


def read_table(frame: pd.DataFrame, as_categories: Sequence[str] = ()) -> Table:
    """Read a data frame: numbers and booleans as numbers, everything else as categories.

    Parameters
    ----------
    frame
        Unique column names of any kind.
    as_categories
        Columns to read as categories although they hold numbers (their prior is per category).

    Raises
    ------
    DataError
        All problems at once: repeated names, dates, nested cells, infinite numbers.
    """
    names = tuple(str(name) for name in frame.columns)
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise DataError(f"Column names must be unique; repeated: {repeated}. Rename them.")
    numbers = np.full((len(frame), len(names)), np.nan)
    texts: dict[int, tuple[NDArray[np.intp], tuple[str, ...]]] = {}
    problems: list[str] = []
    wanted = set(as_categories)
    plain = [
        i
        for i, (name, kind) in enumerate(zip(names, frame.dtypes, strict=True))
        if name not in wanted and isinstance(kind, np.dtype) and kind.kind in "biuf"
    ]
    if len(plain) == len(names):
        numbers = frame.to_numpy(dtype=np.float64, copy=True)
    elif plain:
        numbers[:, plain] = frame.iloc[:, plain].to_numpy(dtype=np.float64)
    for i in sorted(set(range(len(names))) - set(plain)):
        series = frame.iloc[:, i]
        if pd.api.types.is_datetime64_any_dtype(series) or isinstance(series.dtype, pd.PeriodDtype):
            problems.append(f"{names[i]!r} holds dates; turn them into numbers or leave them out")
        elif names[i] not in wanted and is_number_like(series):
            numbers[:, i] = series.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            texts[i] = read_categories(series)
    infinite = np.isinf(numbers).any(axis=0)
    problems += [f"{names[i]!r} holds an infinite number" for i in np.flatnonzero(infinite)]
    if problems:
        raise DataError("This table cannot be used:", problems)
    return Table(names, numbers, texts)


def learn_layout(
    table: Table, more: Table | None = None, row_weights: Array | None = None
) -> ColumnLayout:
    """Learn the layout from labelled rows and, where given, from rows without a label.

    A row of weight 2 counts as two rows; ``row_weights`` (n_rows,) must be above 0. Rows without
    a label count once.

    Raises
    ------
    DataError
        When a column has more than 1000 categories: it is an identifier or free text.
    """
    categories = _learn_categories(table, more)
    numbers = table.numbers if more is None else np.concatenate([table.numbers, more.numbers])
    weights = _joint_weights(table, more, row_weights)
    units = learn_units(numbers, weights)
    is_text = np.array([listed is not None for listed in categories])
    absent = np.isnan(numbers).any(axis=0)
    for position in np.flatnonzero(is_text).tolist():
        parts = [table, *([more] if more is not None else [])]
        absent[position] = any(bool((part.texts[position][0] < 0).any()) for part in parts)
    missing = tuple(bool(flag) for flag in absent)
    bends = can_bend(numbers) & ~is_text
    knots = units.knots if bends.sum() <= MOST_WAVING_COLUMNS else units.knots[:0]
    bare = ColumnLayout(
        table.names,
        categories,
        missing,
        units.median,
        units.iqr,
        units.mean,
        units.sd,
        bends,
        np.zeros(0),
        knots,
    )
    return _with_indicator_means(bare, table, more, row_weights)


def _joint_weights(table: Table, more: Table | None, row_weights: Array | None) -> Array | None:
    """Return one weight per row of both tables, or None when all are 1."""
    if row_weights is None or bool(np.all(row_weights == 1.0)):
        return None
    return row_weights if more is None else np.concatenate([row_weights, np.ones(more.n_rows)])


def _with_indicator_means(
    bare: ColumnLayout, table: Table, more: Table | None, row_weights: Array | None
) -> ColumnLayout:
    n_indicators = len(bare.indicators)
    total, count = np.zeros(n_indicators), np.zeros(n_indicators)
    for part, given in ((table, row_weights), (more, None)):
        if part is None or not n_indicators:
            continue
        raw = np.empty((part.n_rows, n_indicators))
        _fill_indicators(raw, part, bare)
        weights = np.ones(part.n_rows) if given is None else given
        known = ~np.isnan(raw)
        total += weights @ np.where(known, raw, 0.0)
        count += weights @ known
    return replace(bare, indicator_mean=total / np.where(count > 0, count, 1.0))


def _learn_categories(table: Table, more: Table | None) -> tuple[tuple[str, ...] | None, ...]:
    found: list[tuple[str, ...] | None] = []
    problems = []
    for position, name in enumerate(table.names):
        if position not in table.texts:
            found.append(None)
            continue
        listed = set(table.texts[position][1])
        if more is not None and position in more.texts:
            listed |= set(more.texts[position][1])
        if len(listed) > MOST_CATEGORIES:
            problems.append(
                f"{name!r} has {len(listed)} different values; at most {MOST_CATEGORIES} "
                "categories can be learned. Leave out identifiers and free text"
            )
        found.append(tuple(sorted(listed)))
    if problems:
        raise DataError("This table cannot be used:", problems)
    return tuple(found)


def _fill_indicators(raw: Array, table: Table, layout: ColumnLayout) -> None:
    """Write 0, 1 or NaN (unknown) for every indicator into ``raw`` (n_rows, n_indicators)."""
    at = 0
    for position, listed in enumerate(layout.categories):
        absent = np.isnan(table.numbers[:, position])
        if listed is not None:
            codes, values = table.texts[position]
            place = {name: i for i, name in enumerate(listed)}
            lookup = np.array([place.get(value, -1) for value in values] + [-1], dtype=np.intp)
            known = lookup[codes]
            block = raw[:, at : at + len(listed)]
            block[:] = 0.0
            rows = np.flatnonzero(known >= 0)
            block[rows, known[rows]] = 1.0
            block[known < 0] = np.nan
            absent = codes < 0
            at += len(listed)
        if layout.missing[position]:
            raw[:, at] = absent
            at += 1
