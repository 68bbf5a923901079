"""Texts with labels from a file: reading, checking, setting some apart to judge on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from tutelage._canonical import file_hash
from tutelage.cli.table_file import as_written, check_columns, listed, read_frame
from tutelage.errors import DataError
from tutelage.lessons.feature_prior import label_name

MOST_CLASSES = 1000
SHOWN_ROWS = 5
HELD_OUT_SHARE = 0.2


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and their labels.

    Attributes
    ----------
    path, sha256
        The file and its SHA-256.
    column, target
        Names of the columns of texts and of labels.
    texts, labels, rows
        As many of each; rows without a label are left out. ``rows`` are numbers in the file, the
        first below the header is 1.
    warnings
        Sentences a user should read.
    """

    path: Path
    sha256: str
    column: str
    target: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[int, ...]
    warnings: tuple[str, ...] = ()

    @property
    def classes(self) -> list[str]:
        """The labels seen, sorted."""
        return sorted(set(self.labels))

    def take(self, rows: Sequence[int]) -> LabelledTexts:
        """Return some of the rows."""
        return replace(
            self,
            texts=tuple(self.texts[row] for row in rows),
            labels=tuple(self.labels[row] for row in rows),
            rows=tuple(self.rows[row] for row in rows),
        )


def read_labelled_texts(path: Path, target: str, column: str) -> LabelledTexts:
    """Read texts and labels.

    Raises
    ------
    DataError
        As :func:`tutelage.cli.table_file.read_frame`; also when a column is absent (a near name
        is suggested), texts are empty or numbers, or no row has a label. Rows are named by their
        number, texts are never quoted: they may be private.
    """
    if column == target:
        raise DataError(f"--text and --target must name two columns, got {column!r} for both.")
    frame = read_frame(path)
    check_columns(frame, [target, column], path, what="column")
    return _labelled(frame, path, target, column)


def _labelled(frame: pd.DataFrame, path: Path, target: str, column: str) -> LabelledTexts:
    labelled = frame[target].notna()
    if not labelled.any():
        raise DataError(f"{path}: every cell of the target {target!r} is empty; label some rows.")
    texts = as_texts(frame[column][labelled], path)
    labels = as_labels(frame[target][labelled], path)
    n_left_out = int((~labelled).sum())
    warnings: tuple[str, ...] = (
        (f"{n_left_out} of {len(frame)} rows of {path.name} have no label and are left out.",)
        if n_left_out
        else ()
    )
    warnings += _near_labels(labels, path)
    rows = tuple(int(row) + 1 for row in frame.index[labelled])
    return LabelledTexts(path, file_hash(path), column, target, texts, labels, rows, warnings)


def as_labels(values: pd.Series, path: Path) -> tuple[str, ...]:
    """Return a column of labels as texts; codes such as "007" keep their zeros."""
    if pd.api.types.is_integer_dtype(values) or pd.api.types.is_float_dtype(values):
        written = as_written(path, str(values.name)).loc[values.index].str.strip()
        if written.str.match(r"[+-]?0\d+$").any():
            return tuple(written)
    return tuple(label_name(label) for label in values)


def _near_labels(labels: Sequence[str], path: Path) -> tuple[str, ...]:
    """Return a warning for every group of labels that differ by spaces or capitals only."""
    spelled: dict[str, set[str]] = {}
    for label in labels:
        spelled.setdefault(" ".join(label.casefold().split()), set()).add(label)
    return tuple(
        f"{path.name}: the labels {listed(sorted(same))} differ by spaces or capitals only and "
        "count as different classes; if they are one, spell them alike."
        for same in spelled.values()
        if len(same) > 1
    )


def as_texts(values: pd.Series, path: Path) -> tuple[str, ...]:
    """Return a column as texts.

    Raises
    ------
    DataError
        When it holds numbers, or cells are empty.
    """
    if pd.api.types.is_numeric_dtype(values):
        raise DataError(
            f"{path}: the column of texts {values.name!r} must hold texts, got numbers such as "
            f"{values.iloc[0]}. Name the right column with --text."
        )
    if values.isna().any():  # what is missing in a table may be a text: somebody wrote "?"
        values = as_written(path, str(values.name)).loc[values.index]
    present = values.notna() & (values.astype(str).str.strip() != "")
    if not present.all():
        # positions in the file: the header is line 1, so that row 1 is the first text
        empty = [int(row) + 1 for row in values.index[~present]]
        raise DataError(
            f"{path}: every row needs a text; {len(empty)} of {len(values)} cells of "
            f"{values.name!r} are empty (row {_rows(empty)}). Fill them or leave those rows out."
        )
    return tuple(str(text) for text in values)


def check_teachable(data: LabelledTexts) -> LabelledTexts:
    """Return the texts; raise when no classifier can be learned from them.

    Raises
    ------
    DataError
        When there is one class, too many, or the same text has different labels.
    """
    classes = data.classes
    if len(classes) == 1:
        raise DataError(
            f"{data.path}: the target {data.target!r} holds one class only, {classes[0]!r} "
            f"({len(data.labels)} rows). Label rows of at least one other class."
        )
    if len(classes) > MOST_CLASSES:
        raise DataError(
            f"{data.path}: the target {data.target!r} holds {len(classes)} different values; at "
            f"most {MOST_CLASSES} classes can be learned."
        )
    contradictions = _contradictions(data)
    if contradictions:
        raise DataError(
            f"{data.path}: the same text must have the same label everywhere. Keep one label of "
            "each:",
            contradictions,
        )
    return data


def _contradictions(data: LabelledTexts) -> list[str]:
    places: dict[str, list[tuple[int, str]]] = {}
    for row, text, label in zip(data.rows, data.texts, data.labels, strict=True):
        places.setdefault(text, []).append((row, label))
    return [
        ", ".join(f"row {row} is {label!r}" for row, label in same)
        for same in places.values()
        if len({label for _, label in same}) > 1
    ]


def check_same_classes(test: LabelledTexts, train: LabelledTexts) -> LabelledTexts:
    """Return the test texts with a warning when some of them are training texts too.

    Raises
    ------
    DataError
        When the test texts have classes that the training texts lack.
    """
    strangers = sorted(set(test.classes) - set(train.classes))
    if strangers:
        raise DataError(
            f"{test.path} holds classes that {train.path} lacks: {listed(strangers)}. Add "
            "training texts of them, or leave those rows out."
        )
    known = set(train.texts)
    n_seen = sum(text in known for text in test.texts)
    if not n_seen:
        return test
    sentence = (
        f"{n_seen} of {len(test.texts)} texts of {test.path.name} are training texts too; the "
        "scores on them are too good."
    )
    return replace(test, warnings=(*test.warnings, sentence))


def hold_out(data: LabelledTexts, seed: int) -> tuple[LabelledTexts, LabelledTexts]:
    """Set a fifth of the texts of each class apart, at least one; a class with one text has none.

    A text that occurs several times is on one side only.

    Raises
    ------
    DataError
        When no class has two different texts.

    Examples
    --------
    >>> names, rows = ["a"] * 10 + ["b"] * 2 + ["c"], tuple(range(1, 14))
    >>> texts = tuple(f"text {row}" for row in rows)
    >>> whole = LabelledTexts(Path("x.csv"), "", "text", "label", texts, tuple(names), rows)
    >>> train, test = hold_out(whole, seed=0)
    >>> len(train.texts), test.labels, test.warnings[-1]
    (10, ('a', 'a', 'b'), "'c' has one text only: it is trained and not judged.")
    """
    rng = np.random.default_rng(seed)
    chosen: set[str] = set()
    lonely = []
    for label in data.classes:
        own = sorted({t for t, name in zip(data.texts, data.labels, strict=True) if name == label})
        if len(own) < 2:
            lonely.append(label)
            continue
        n_apart = max(1, round(HELD_OUT_SHARE * len(own)))
        chosen.update(own[place] for place in rng.permutation(len(own))[:n_apart])
    if not chosen:
        raise DataError(
            f"{data.path}: no class has two different texts, so none can be set apart to judge "
            "the models on. Label more texts, or give a file of others with --test."
        )
    apart = [row for row, text in enumerate(data.texts) if text in chosen]
    rest = [row for row, text in enumerate(data.texts) if text not in chosen]
    test = data.take(apart)
    if lonely:
        verb = "has" if len(lonely) == 1 else "have"
        which = "it is" if len(lonely) == 1 else "they are"
        sentence = f"{listed(lonely)} {verb} one text only: {which} trained and not judged."
        test = replace(test, warnings=(*test.warnings, sentence))
    return data.take(rest), test


def _rows(rows: Sequence[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    return shown if len(rows) <= SHOWN_ROWS else f"{shown}, ..."
