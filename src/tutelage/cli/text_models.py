"""Using a trained text student: its predictions, explanations and scores on a file of texts.

A student is an encoder classifier or one of labels and reasons; both take one text per input, the
two parts of a pair named in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from tutelage.cli.table_file import check_columns, listed, read_frame
from tutelage.cli.text_data import as_texts, read_labelled_texts
from tutelage.cli.unlabelled_data import one_text
from tutelage.errors import DataError, InputError
from tutelage.evaluation import EvaluationResult, evaluate
from tutelage.explanation import Explanation
from tutelage.students.rationale_written import GeneratedRationale
from tutelage.students.seq2seq import RationaleStudent
from tutelage.students.text import TaughtTextClassifier

TextStudent = TaughtTextClassifier | RationaleStudent
USUAL_NAME = "text"

TextColumnOfModel = Annotated[
    str | None,
    typer.Option(
        "--text",
        help=f"Of a text model: the column of texts; default: {USUAL_NAME!r}, or the only column.",
    ),
]
SecondColumnOfModel = Annotated[
    str | None,
    typer.Option(
        "--text2", help="Of a model of pairs: the column of hypotheses; --text holds the premises."
    ),
]


def text_column(frame: pd.DataFrame, path: Path, column: str | None, besides: str = "") -> str:
    """Return the name of the column of texts: as asked, ``"text"``, or the only one there is.

    Raises
    ------
    DataError
        When it is absent, or none of several is called ``"text"``.

    Examples
    --------
    >>> text_column(pd.DataFrame({"said": ["a"], "label": ["b"]}), Path("x.csv"), None, "label")
    'said'
    """
    if column is not None:
        check_columns(frame, [column], path, what="column")
        return column
    others = [str(name) for name in frame.columns if name != besides]
    if USUAL_NAME in others:
        return USUAL_NAME
    if len(others) == 1:
        return others[0]
    raise DataError(
        f"{path} must say where its texts are: it has {len(others)} columns ({listed(others)}) "
        f"and none is called {USUAL_NAME!r}. Name one with --text."
    )


def read_texts_of(path: Path, column: str | None, second: str | None = None) -> tuple[str, ...]:
    """Return the texts of a file that need no labels; with a ``second`` column, pairs as texts."""
    frame = read_frame(path)
    name = text_column(frame, path, column, besides=second or "")
    return with_second(as_texts(frame[name], path), frame, path, second)


def with_second(
    texts: tuple[str, ...], rows: pd.DataFrame, path: Path, second: str | None
) -> tuple[str, ...]:
    """Return texts, joined with those of the second column where there is one."""
    if second is None:
        return texts
    check_columns(rows, [second], path, what="column")
    return tuple(one_text(pair) for pair in zip(texts, as_texts(rows[second], path), strict=True))


def text_student(student: object, folder: Path) -> TextStudent | None:
    """Return a student of texts, or ``None`` when it learns from tables.

    Raises
    ------
    InputError
        When its inputs have answers of their own, which a file of texts does not hold.
    """
    if not isinstance(student, TextStudent):
        return None
    if not hasattr(student, "classes_"):
        raise InputError(
            f"{folder} must hold a model with the same classes for all texts, and this one chooses "
            "among the answers of each input. Use it from Python: tutelage.load(folder)."
        )
    return student


def text_predictions(student: TextStudent, texts: tuple[str, ...]) -> pd.DataFrame:
    """Return the label and the probability of each class, one row per text."""
    chance = student.predict_proba(texts)
    best = np.asarray(student.classes_)[chance.argmax(axis=1)]
    columns = {
        f"probability of {label}": one
        for label, one in zip(student.classes_, chance.T, strict=True)
    }
    table: pd.DataFrame = pd.DataFrame({"prediction": best, **columns})
    return table


def text_scores(
    student: TextStudent, path: Path, target: str, column: str | None, second: str | None = None
) -> EvaluationResult:
    """Return every metric on labelled texts."""
    frame = read_frame(path)
    rest = frame if second is None else frame.drop(columns=second, errors="ignore")
    data = read_labelled_texts(path, target, text_column(rest, path, column, besides=target))
    rows = frame.iloc[[row - 1 for row in data.rows]]
    texts = with_second(data.texts, rows, path, second)
    return evaluate(student, texts, np.array(data.labels))


def explained_text(
    student: TaughtTextClassifier, texts: tuple[str, ...], row: int, label: str | None, path: Path
) -> Explanation:
    """Explain one text, by its number from 1.

    Raises
    ------
    DataError
        When there is no such row.
    """
    why: Explanation = student.explain(_text_of_row(texts, row, path), target=label)
    return why


def written_reason(
    student: RationaleStudent, texts: tuple[str, ...], row: int, label: str | None, path: Path
) -> tuple[GeneratedRationale, float]:
    """Return the reason a student writes for one text, and the probability of its label.

    Raises
    ------
    DataError
        When there is no such row, or a label was asked for: the student gives the reason for what
        it predicts.
    """
    if label is not None:
        raise DataError(
            "this model writes the reason for the class it predicts, so leave out --class; got "
            f"{label!r}."
        )
    text = _text_of_row(texts, row, path)
    [found] = student.explain([text])  # type: ignore[misc]
    return found, float(student.predict_proba([text]).max())


def _text_of_row(texts: tuple[str, ...], row: int, path: Path) -> str:
    if row > len(texts):
        raise DataError(f"{path} has {len(texts)} rows; there is no row {row}.")
    return texts[row - 1]
