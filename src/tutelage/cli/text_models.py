"""Using a trained text student: its predictions, explanations and scores on a file of texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from tutelage.cli.table_file import check_columns, listed, read_frame
from tutelage.cli.text_data import as_texts, read_labelled_texts
from tutelage.errors import DataError
from tutelage.evaluation import EvaluationResult, evaluate
from tutelage.explanation import Explanation
from tutelage.students.text import TaughtTextClassifier

USUAL_NAME = "text"

TextColumnOfModel = Annotated[
    str | None,
    typer.Option(
        "--text",
        help=f"Of a text model: the column of texts; default: {USUAL_NAME!r}, or the only column.",
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


def read_texts_of(path: Path, column: str | None) -> tuple[str, ...]:
    """Return the texts of a file that need no labels."""
    frame = read_frame(path)
    return as_texts(frame[text_column(frame, path, column)], path)


def text_predictions(student: TaughtTextClassifier, texts: tuple[str, ...]) -> pd.DataFrame:
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
    student: TaughtTextClassifier, path: Path, target: str, column: str | None
) -> EvaluationResult:
    """Return every metric on labelled texts."""
    frame = read_frame(path)
    data = read_labelled_texts(path, target, text_column(frame, path, column, besides=target))
    return evaluate(student, data.texts, np.array(data.labels))


def explained_text(
    student: TaughtTextClassifier, texts: tuple[str, ...], row: int, label: str | None, path: Path
) -> Explanation:
    """Explain one text, by its number from 1.

    Raises
    ------
    DataError
        When there is no such row.
    """
    if row > len(texts):
        raise DataError(f"{path} has {len(texts)} rows; there is no row {row}.")
    why: Explanation = student.explain(texts[row - 1], target=label)
    return why
