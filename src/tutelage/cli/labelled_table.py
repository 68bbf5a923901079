"""A table with its target set apart: classes or numbers, and what a user should look at first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import typer

from tutelage._canonical import file_hash
from tutelage.cli.table_file import check_columns, listed, read_frame, shorten
from tutelage.errors import DataError, InputError
from tutelage.lessons.feature_prior import label_name

KindName = Literal["classification", "regression"]
KINDS: tuple[KindName, ...] = ("classification", "regression")
MOST_CLASSES = 50
MOST_NUMBERS_AS_CLASSES = 20
FEWEST_TEXTS = 30
FEWEST_NUMBERS = 5

KindOption = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="classification or regression; default: regression for a target of fractions or of "
        f"more than {MOST_NUMBERS_AS_CLASSES} different numbers.",
    ),
]


@dataclass(frozen=True)
class LabelledTable:
    """A table with its target set apart.

    Attributes
    ----------
    path, sha256
        The file and its SHA-256.
    target
        Name of the target column.
    kind
        Whether the target holds classes or a number to predict.
    rows, labels
        The rows that have a label, without the target column, and their labels: texts, or floats
        for a number to predict.
    unlabelled
        The rows whose target cell is empty.
    warnings
        Sentences about columns a user should look at.
    """

    path: Path
    sha256: str
    target: str
    kind: KindName
    rows: pd.DataFrame
    labels: pd.Series
    unlabelled: pd.DataFrame
    warnings: tuple[str, ...]

    @property
    def classes(self) -> list[str]:
        """The labels seen, sorted; none when a number is predicted."""
        return [] if self.kind == "regression" else sorted(self.labels.unique())

    def without(self, columns: Collection[str], *warnings: str) -> LabelledTable:
        """Return the table without some columns, with more warnings."""
        dropped = [name for name in self.rows.columns if name in columns]
        return replace(
            self,
            rows=self.rows.drop(columns=dropped),
            unlabelled=self.unlabelled.drop(columns=dropped),
            warnings=(*self.warnings, *warnings),
        )


def read_labelled(path: Path, target: str, kind: str | None = None) -> LabelledTable:
    """Read a table and set the target apart.

    Parameters
    ----------
    kind
        ``"classification"``, ``"regression"`` or ``None``: as the target looks.

    Raises
    ------
    InputError
        When there is no such kind.
    DataError
        As :func:`tutelage.cli.table_file.read_frame`; also when the target is absent (a near
        name is suggested), or cannot be predicted: one value only, too many classes, texts where
        numbers must be.
    """
    if kind is not None and kind not in KINDS:
        raise InputError(f"--kind must be one of {', '.join(KINDS)}, got {kind!r}.")
    frame = read_frame(path)
    check_columns(frame, [target], path, what="target column")
    values, rows = frame[target], frame.drop(columns=target)
    if rows.shape[1] == 0:
        raise DataError(f"{path} has no column besides the target {target!r}.")
    labelled = values.notna()
    if not labelled.any():
        raise DataError(f"{path}: every cell of the target {target!r} is empty; label some rows.")
    found = kind or kind_of(values[labelled])
    read = _numbers if found == "regression" else _classes
    labels = read(path, target, values[labelled])
    copies = _copies_of_number if found == "regression" else _copies_of_classes
    suspicions = _column_warnings(rows) + _leak_warnings(copies(rows[labelled], labels))
    return LabelledTable(
        path,
        file_hash(path),
        target,
        "regression" if found == "regression" else "classification",
        rows[labelled].reset_index(drop=True),
        labels.reset_index(drop=True),
        rows[~labelled].reset_index(drop=True),
        tuple(suspicions),
    )


def kind_of(values: pd.Series) -> KindName:
    """Return what a target without empty cells looks like.

    >>> kind_of(pd.Series([0, 1, 1])), kind_of(pd.Series([1.0, 2.0])), kind_of(pd.Series(["a"]))
    ('classification', 'classification', 'classification')
    >>> kind_of(pd.Series([0.5, 1.25, 3.0])), kind_of(pd.Series(range(21)))
    ('regression', 'regression')
    """
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "classification"
    distinct = values.unique()
    fractions = bool(np.any(np.mod(distinct[np.isfinite(distinct)], 1) != 0))
    many = len(distinct) > MOST_NUMBERS_AS_CLASSES
    return "regression" if many or (fractions and len(distinct) > 2) else "classification"


def without_texts(table: LabelledTable, keep: Collection[str] = ()) -> LabelledTable:
    """Return the table without columns of free text or identifiers, and a warning that says so.

    Such a column holds text, with more than 30 different values that make up more than half of
    its cells. ``keep`` names columns that stay.

    Raises
    ------
    DataError
        When no other column is left.
    """
    everything = pd.concat([table.rows, table.unlabelled])
    found = [name for name in table.rows.columns if name not in keep and _is_text(everything[name])]
    if not found:
        return table
    if len(found) == table.rows.shape[1]:
        raise DataError(f"{table.path}: every column holds free text or identifiers: {found[:5]}.")
    names = listed([shorten(name) for name in found])
    verb = "holds" if len(found) == 1 else "hold"
    return table.without(
        found, f"{names} {verb} free text or identifiers and is left out of the model."
    )


def _is_text(values: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(values):
        return False
    present = values.dropna().astype(str)
    return len(present) > 0 and present.nunique() > max(FEWEST_TEXTS, len(present) / 2)


def _classes(path: Path, target: str, values: pd.Series) -> pd.Series:
    labels = values.map(label_name).astype(object)
    classes = labels.unique()
    if len(classes) == 1:
        raise DataError(
            f"{path}: the target {target!r} holds one class only, {classes[0]!r} "
            f"({len(labels)} rows). Label rows of at least one other class."
        )
    if len(classes) > MOST_CLASSES:
        raise DataError(
            f"{path}: the target {target!r} holds {len(classes)} different values; at most "
            f"{MOST_CLASSES} classes can be learned. To predict a number, give --kind regression."
        )
    return labels


def _numbers(path: Path, target: str, values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers.to_numpy()))
    if len(bad):
        shown: Any = values.tolist()[bad[0]]
        raise DataError(
            f"{path}: to predict a number, the target {target!r} must hold finite numbers; "
            f"{len(bad)} of {len(values)} cells do not, the first is {shown!r}. Mend or empty "
            "those cells."
        )
    return numbers


def check_varies(table: LabelledTable) -> LabelledTable:
    """Return the table; raise when a number to predict is the same in every row."""
    if table.kind == "regression" and table.labels.nunique() == 1:
        raise DataError(
            f"{table.path}: the target {table.target!r} holds one value only, "
            f"{table.labels.iloc[0]:g} ({len(table.labels)} rows); there is nothing to learn."
        )
    return table


def _column_warnings(rows: pd.DataFrame) -> list[str]:
    distinct = rows.nunique(dropna=True)
    empty = [shorten(name) for name in rows.columns[distinct == 0]]
    constant = [shorten(name) for name in rows.columns[distinct == 1]]
    found = []
    if empty:
        found.append(f"every cell of {listed(empty)} is missing; it cannot help.")
    if constant:
        found.append(f"{listed(constant)} holds one value only; it cannot help.")
    return found


def _leak_warnings(copies: Sequence[str]) -> list[str]:
    if not copies:
        return []
    return [
        f"{listed(copies)} tells the target exactly in every row; if it is a copy of the target "
        "it will not be known when you predict. Leave it out."
    ]


def _copies_of_classes(rows: pd.DataFrame, labels: pd.Series) -> list[str]:
    """Return the columns that are the target in other words: one value per class and back."""
    n_classes = labels.nunique()
    copies = []
    for name in rows.columns:
        column = rows[name]
        if column.nunique() != n_classes or column.isna().any() or len(column) < 3 * n_classes:
            continue
        if len(set(zip(column.map(label_name), labels, strict=True))) == n_classes:
            copies.append(shorten(str(name)))
    return copies


def _copies_of_number(rows: pd.DataFrame, labels: pd.Series) -> list[str]:
    """Return the columns of numbers that order the rows as the target does, or the other way."""
    if labels.nunique() <= FEWEST_NUMBERS:
        return []
    wanted = labels.rank().to_numpy()
    orders = [wanted, len(wanted) + 1 - wanted]
    copies = []
    for name in rows.columns:
        column = rows[name]
        if not pd.api.types.is_numeric_dtype(column) or column.isna().any():
            continue
        order = column.rank().to_numpy()
        if any(np.array_equal(order, other) for other in orders):
            copies.append(shorten(str(name)))
    return copies
