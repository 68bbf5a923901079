"""Texts without labels from a file, and the few with labels on which a student is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from tutelage._canonical import file_hash
from tutelage.cli.table_file import as_written, check_columns, listed, read_frame
from tutelage.cli.text_data import SHOWN_ROWS, as_labels
from tutelage.cli.unlabelled_options import PAIR, OptionsGiven, UnlabelledChoice, UnlabelledTexts
from tutelage.cli.unlabelled_told import noting
from tutelage.errors import DataError, InputError
from tutelage.lessons.rationale import joined

Input = str | tuple[str, ...]


@dataclass(frozen=True)
class PlainTexts:
    """Texts, or pairs of texts, of a file.

    Attributes
    ----------
    path, sha256
        The file and its SHA-256.
    columns
        The column of texts, or those of premises and of hypotheses.
    inputs
        What a teacher is asked about, without the rows that have no text.
    n_rows, n_empty
        Rows of the file, and those among them that have no text.
    labels
        One per input; empty where there are none.
    warnings
        Sentences a user should read.
    """

    path: Path
    sha256: str
    columns: tuple[str, ...]
    inputs: tuple[Input, ...]
    n_rows: int
    n_empty: int
    labels: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The inputs as students read them: one text each."""
        return tuple(one_text(given) for given in self.inputs)


def one_text(given: Input) -> str:
    r"""Return an input as one text: the parts of a pair are named.

    >>> one_text(("It rains.", "It is wet."))
    'premise: It rains.\nhypothesis: It is wet.'
    """
    return given if isinstance(given, str) else joined(tuple(zip(PAIR, given, strict=True)))


def has_no_labels(data: Path, target: str, options: UnlabelledTexts) -> bool:
    """Tell whether a file lacks the column of labels and the teacher is to fill the gap.

    Raises
    ------
    InputError
        When the file has labels and options came that are for texts without any.
    """
    named = [option for option, value in options.given.items() if value is not None]
    if not named:
        return False
    if target not in read_frame(data).columns:
        return True
    raise InputError(
        f"{data} has labels in {target!r}, and {', '.join(named)} let the teacher label. Leave "
        "these out, or leave out --target."
    )


def read_plain_texts(path: Path, columns: Sequence[str]) -> PlainTexts:
    """Read texts; rows without one are left out and counted.

    Raises
    ------
    DataError
        As :func:`tutelage.cli.table_file.read_frame`; also when a column is absent or holds
        numbers, or every text is empty.
    """
    frame = read_frame(path)
    check_columns(frame, list(columns), path, what="column")
    return _plain(frame, path, columns)


def read_job(
    path: Path, given: OptionsGiven, problems: list[str]
) -> tuple[UnlabelledChoice | None, PlainTexts | None]:
    """Return what is wanted and the texts; what is wrong with either is added to ``problems``."""
    choice, data = None, None
    with noting(problems):
        choice = given.checked()
    columns = tuple(n for n in (given.texts.text, given.unlabelled.text2) if n is not None)
    if given.texts.text is not None:
        with noting(problems):
            data = read_plain_texts(path, columns)
    return choice, data


def _plain(
    frame: pd.DataFrame, path: Path, columns: Sequence[str], labels: Sequence[str] = ()
) -> PlainTexts:
    has_text = np.ones(len(frame), dtype=bool)
    for name in columns:
        if pd.api.types.is_numeric_dtype(frame[name]) and frame[name].notna().any():
            raise DataError(
                f"{path}: the column of texts {name!r} must hold texts, got numbers such as "
                f"{frame[name].dropna().iloc[0]}. Name the right column with --text."
            )
        if frame[name].isna().any():  # what is missing in a table may be a text, such as "?"
            frame = frame.assign(**{name: as_written(path, name).loc[frame.index]})
        has_text &= (frame[name].notna() & (frame[name].astype(str).str.strip() != "")).to_numpy()
    if not has_text.any():
        raise DataError(
            f"{path}: at least one row must have a text, and every cell of "
            f"{listed(list(columns))} is empty."
        )
    kept = [[str(text) for text in frame[name][has_text]] for name in columns]
    inputs: tuple[Input, ...] = tuple(kept[0]) if len(kept) == 1 else tuple(zip(*kept, strict=True))
    empty = [int(row) + 1 for row in frame.index[~has_text]]
    shown = ", ".join(str(row) for row in empty[:SHOWN_ROWS])
    more = ", ..." if len(empty) > SHOWN_ROWS else ""
    told = (
        f"{len(empty)} of {len(frame)} rows of {path.name} have no text and are left out "
        f"(row {shown}{more})."
    )
    return PlainTexts(
        path,
        file_hash(path),
        tuple(columns),
        inputs,
        len(frame),
        len(empty),
        tuple(label for label, is_kept in zip(labels, has_text, strict=False) if is_kept),
        (told,) if empty else (),
    )


def read_judged_texts(
    path: Path, target: str | None, train: PlainTexts, classes: Mapping[str, str]
) -> PlainTexts:
    """Read the texts with labels on which a student is judged; they are never asked about.

    Parameters
    ----------
    path
        The file; it has the columns of the training texts.
    target
        Its column of labels; ``None``: the only other one.
    train
        The texts that are asked about: a warning counts those that occur in both.
    classes
        What labels there may be.

    Raises
    ------
    DataError
        When it cannot be read, it is not clear which column holds the labels, no row has a
        label, or labels are none of the classes: all of these are named.
    """
    frame = read_frame(path)
    column = target if target is not None else _only_other(frame, path, train.columns)
    check_columns(frame, [*train.columns, column], path, what="column")
    labelled = frame[frame[column].notna()]
    if not len(labelled):
        raise DataError(f"{path}: every cell of the target {column!r} is empty; label some rows.")
    labels = [label.strip() for label in as_labels(labelled[column], path)]
    strange = sorted(set(labels) - set(classes))
    if strange:
        raise DataError(
            f"{path}: every label must be one of the classes, and {len(strange)} are not: "
            f"{listed(strange)}. The classes are {listed(list(classes), 12)}."
        )
    found = _plain(labelled, path, train.columns, labels)
    told = list(found.warnings)
    n_bare = len(frame) - len(labelled)
    if n_bare:
        told.append(f"{n_bare} of {len(frame)} rows of {path.name} have no label and are left out.")
    known = set(train.inputs)
    n_seen = sum(given in known for given in found.inputs)
    if n_seen:
        told.append(
            f"{n_seen} of {len(found.inputs)} texts of {path.name} are training texts too: the "
            "teacher labelled them, and the scores on them may be too good."
        )
    return replace(found, warnings=tuple(told))


def _only_other(frame: pd.DataFrame, path: Path, columns: Sequence[str]) -> str:
    others = [str(name) for name in frame.columns if name not in columns]
    if len(others) == 1:
        return others[0]
    raise DataError(
        f"{path} must say where its labels are: beside {listed(list(columns))} it has "
        f"{len(others)} columns ({listed(others)}). Name the one with the labels with --target."
    )
