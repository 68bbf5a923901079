"""Read a table from a file, and say everything that is wrong with it before any work is done."""

from __future__ import annotations

import csv
import difflib
import gzip
import itertools
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from tutelage.errors import DataError

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "?")
MOST_COLUMNS = 2000
LONGEST_SHOWN = 60


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


def as_written(path: Path, name: str) -> pd.Series:
    """Return one column of a file that :func:`read_frame` takes, character for character.

    Only cells without a character are missing: a text may be "?" or "NA", a code "007".
    """
    separator = "\t" if ".tsv" in path.suffixes else ","
    place = _header(path, separator).index(name)
    frame = pd.read_csv(
        path, sep=separator, dtype=str, keep_default_na=False, na_values=[""], index_col=False
    )
    column: pd.Series = frame.iloc[:, place].rename(name)
    return column


def check_columns(frame: pd.DataFrame, wanted: list[str], path: Path, *, what: str) -> None:
    """Raise unless ``frame`` has the ``wanted`` columns; suggest near names."""
    problems = []
    for name in wanted:
        if name not in frame.columns:
            near = difflib.get_close_matches(name, list(frame.columns), n=1, cutoff=0.5)
            lower = [c for c in frame.columns if c.lower().strip() == name.lower().strip()]
            hint = f" Did you mean {(lower or near)[0]!r}?" if lower or near else ""
            hint = _other_separator(frame) or hint
            shown = [shorten(c) for c in frame.columns[:10]]
            problems.append(f"{path} has no {what} {name!r}.{hint} Its columns: {shown}")
    if len(problems) == 1:
        raise DataError(f"{problems[0]}.")
    if problems:
        raise DataError("Columns are missing:", problems)


def _other_separator(frame: pd.DataFrame) -> str:
    [only, *others] = [str(name) for name in frame.columns]
    signs = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
    found = [name for sign, name in signs.items() if sign in only]
    if others or not found:
        return ""
    return f" Its cells seem to be parted by {found[0]}: save it with commas, or as .tsv with tabs."


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
        raise DataError(
            f"{path} is not a UTF-8 table: {error}. Save it as UTF-8 (Excel: 'CSV UTF-8')."
        ) from error
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


def listed(names: Sequence[str], shown: int = 5) -> str:
    """Return some quoted names for a sentence, and how many more there are."""
    text = ", ".join(repr(name) for name in itertools.islice(names, shown))
    return text if len(names) <= shown else f"{text} and {len(names) - shown} more"


def _near_file(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else None
    names = [entry.name for entry in folder.iterdir()] if folder else []
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
