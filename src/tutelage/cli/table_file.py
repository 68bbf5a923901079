"""Read a table from a file, and say everything that is wrong with it before any work is done."""

from __future__ import annotations

import csv
import difflib
import gzip
import itertools
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tutelage._canonical import file_hash
from tutelage.errors import DataError
from tutelage.lessons.feature_prior import label_name

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "?")
MOST_COLUMNS = 2000
MOST_CLASSES = 50
LONGEST_SHOWN = 60


@dataclass(frozen=True)
class LabelledTable:
    """A table with its target set apart.

    Attributes
    ----------
    path, sha256
        The file and its SHA-256.
    target
        Name of the target column.
    rows, labels
        The rows that have a label, without the target column, and their labels as text.
    unlabelled
        The rows whose target cell is empty.
    warnings
        Sentences about columns a user should look at.
    """

    path: Path
    sha256: str
    target: str
    rows: pd.DataFrame
    labels: pd.Series
    unlabelled: pd.DataFrame
    warnings: tuple[str, ...]

    @property
    def classes(self) -> list[str]:
        """The labels seen, sorted."""
        return sorted(self.labels.unique())


def read_frame(path: Path) -> pd.DataFrame:
    """Read a CSV or TSV file (may be gzipped) as a data frame.

    Raises
    ------
    DataError
        When the file is absent, empty, no such table, too wide, or repeats a column name.
    """
    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.{_near_file(path)}")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty; a table starts with a line of column names.")
    separator = "\t" if ".tsv" in path.suffixes else ","
    names = _header(path, separator)
    _check_names(path, names)
    try:
        with warnings.catch_warnings():
            # Cells beyond the header would be dropped with no more than a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                sep=separator,
                keep_default_na=False,
                na_values=list(MISSING),
                low_memory=False,
                index_col=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(
            f"{path}: every row must have as many cells as the header has names ({len(names)}); "
            f"quote cells that hold commas. {error}"
        ) from error
    except (UnicodeDecodeError, ValueError, OSError) as error:
        raise DataError(f"{path} cannot be read as a table: {error}") from error
    frame.columns = pd.Index(names, dtype=object)
    if not len(frame):
        raise DataError(f"{path} has a header and no rows.")
    return frame


def read_labelled(path: Path, target: str) -> LabelledTable:
    """Read a table and set the target apart.

    Raises
    ------
    DataError
        As :func:`read_frame`; also when the target is absent (a near name is suggested), has one
        class only, or looks like a number to predict.
    """
    frame = read_frame(path)
    check_columns(frame, [target], path, what="target column")
    values = frame[target]
    rows = frame.drop(columns=target)
    if rows.shape[1] == 0:
        raise DataError(f"{path} has no column besides the target {target!r}.")
    labelled = values.notna()
    labels = values[labelled].map(label_name).astype(object)
    _check_labels(path, target, values[labelled], labels)
    suspicions = _column_warnings(rows) + _leak_warnings(rows[labelled], labels)
    return LabelledTable(
        path,
        file_hash(path),
        target,
        rows[labelled].reset_index(drop=True),
        labels.reset_index(drop=True),
        rows[~labelled].reset_index(drop=True),
        tuple(suspicions),
    )


def check_columns(frame: pd.DataFrame, wanted: list[str], path: Path, *, what: str) -> None:
    """Raise unless ``frame`` has the ``wanted`` columns; suggest near names."""
    problems = []
    for name in wanted:
        if name not in frame.columns:
            near = difflib.get_close_matches(name, list(frame.columns), n=1, cutoff=0.5)
            lower = [c for c in frame.columns if c.lower().strip() == name.lower().strip()]
            hint = f" Did you mean {(lower or near)[0]!r}?" if lower or near else ""
            shown = [shorten(c) for c in frame.columns[:10]]
            problems.append(f"{path} has no {what} {name!r}.{hint} Its columns: {shown}")
    if len(problems) == 1:
        raise DataError(f"{problems[0]}.")
    if problems:
        raise DataError("Columns are missing:", problems)


def shorten(text: str, limit: int = LONGEST_SHOWN) -> str:
    """Return ``text`` on one line, cut in the middle when longer than ``limit``."""
    flat = " ".join(text.split())
    half = (limit - 3) // 2
    return flat if len(flat) <= limit else f"{flat[:half]}...{flat[-half:]}"


def _header(path: Path, separator: str) -> list[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            # A quoted name may hold line breaks, so this is the reader's job, not readline's.
            header = next(csv.reader(stream, delimiter=separator), [])
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, csv.Error, OSError) as error:
        raise DataError(f"{path} is not a UTF-8 table: {error}") from error
    if not any(name.strip() for name in header):
        raise DataError(f"{path} starts with an empty line; it must start with column names.")
    return header


def _check_names(path: Path, names: list[str]) -> None:
    repeated = [shorten(name) for name, count in Counter(names).items() if count > 1]
    problems = [f"the column name {name!r} stands more than once" for name in repeated]
    empty = [i for i, name in enumerate(names, start=1) if not name.strip()]
    problems += [f"column {i} has no name" for i in empty]
    if len(names) > MOST_COLUMNS:
        problems.append(
            f"it has {len(names)} columns; a teacher can be asked about {MOST_COLUMNS} at most. "
            "Keep the columns that may matter"
        )
    if problems:
        raise DataError(f"{path} cannot be used:", problems)


def _check_labels(path: Path, target: str, values: pd.Series, labels: pd.Series) -> None:
    classes = labels.unique()
    if len(classes) == 0:
        raise DataError(f"{path}: every cell of the target {target!r} is empty; label some rows.")
    if len(classes) == 1:
        raise DataError(
            f"{path}: the target {target!r} holds one class only, {classes[0]!r} "
            f"({len(labels)} rows). Label rows of at least one other class."
        )
    if len(classes) > MOST_CLASSES or (values.dtype.kind == "f" and len(classes) > 20):
        raise DataError(
            f"{path}: the target {target!r} holds {len(classes)} different values; at most "
            f"{MOST_CLASSES} classes can be learned. If it is a number to predict, cut it into "
            "classes first."
        )


def _column_warnings(rows: pd.DataFrame) -> list[str]:
    distinct = rows.nunique(dropna=True)
    empty = [shorten(name) for name in rows.columns[distinct == 0]]
    constant = [shorten(name) for name in rows.columns[distinct == 1]]
    found = []
    if empty:
        found.append(f"every cell of {_listed(empty)} is missing; it cannot help.")
    if constant:
        found.append(f"{_listed(constant)} holds one value only; it cannot help.")
    return found


def _leak_warnings(rows: pd.DataFrame, labels: pd.Series) -> list[str]:
    """Look for columns that are the target in other words: one value per class and back."""
    n_classes = labels.nunique()
    copies = []
    for name in rows.columns:
        column = rows[name]
        if column.nunique() != n_classes or column.isna().any() or len(column) < 3 * n_classes:
            continue
        pairs = set(zip(column.map(label_name), labels, strict=True))
        if len(pairs) == n_classes:
            copies.append(shorten(str(name)))
    if not copies:
        return []
    return [
        f"{_listed(copies)} tells the target exactly in every row; if it is a copy of the target "
        "it will not be known when you predict. Leave it out."
    ]


def _listed(names: list[str], shown: int = 5) -> str:
    text = ", ".join(repr(name) for name in itertools.islice(names, shown))
    return text if len(names) <= shown else f"{text} and {len(names) - shown} more"


def _near_file(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else None
    names = [entry.name for entry in folder.iterdir()] if folder else []
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
