"""The seven tables of the benchmark and what the teacher said about their columns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

SHARED = Path(__file__).resolve().parents[2] / "shared"
TABLES = (
    "adult",
    "bank",
    "breast-ljubljana",
    "contraceptive",
    "diabetes",
    "electricity",
    "myocardial",
)
POSITIVE = "yes"

Answers = list[float]
NestedScores = dict[str, dict[str, "Answers | dict[str, Answers]"]]


class MissingData(Exception):
    """The tables or the recorded answers are not where the benchmark looks for them."""


@dataclass(frozen=True, eq=False)
class RecordedScores:
    """What the teacher answered about one table, for its positive class.

    Attributes
    ----------
    names
        The encoded columns, in the order of the recorded answers: ``job_clerk`` is 1 where
        ``job`` is ``clerk`` and 0 elsewhere.
    places
        For every encoded column the (column, category) of the table; the category of a number
        is None.
    answers : (n_answers, n_names)
        Integers in [-10, 10]; positive means that a larger value speaks for ``POSITIVE``.
    """

    names: tuple[str, ...]
    places: tuple[tuple[str, str | None], ...]
    answers: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Mean over the answers, in [-10, 10]: (n_names,)."""
        return self.answers.mean(axis=0)

    def nested(self) -> NestedScores:
        """Class -> column -> answers, or class -> column -> category -> answers."""
        columns: dict[str, Answers | dict[str, Answers]] = {}
        for (column, category), answers in zip(self.places, self.answers.T.tolist(), strict=True):
            if category is None:
                columns[column] = answers
            else:
                columns.setdefault(column, {})[category] = answers  # type: ignore[index]
        return {POSITIVE: columns}

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        """Return ``frame`` one-hot, in the order of ``names``: (n_rows, n_names)."""
        dummies = pd.get_dummies(frame).reindex(columns=list(self.names), fill_value=0)
        return dummies.to_numpy(dtype=float)


@dataclass(frozen=True, eq=False)
class Table:
    """One table: raw ``features``, ``labels`` ("no" or "yes") and the teacher's ``scores``."""

    name: str
    features: pd.DataFrame
    labels: np.ndarray
    scores: RecordedScores


@cache
def load_table(name: str) -> Table:
    """Read table ``name``; raises `MissingData` where a file is absent."""
    folder = SHARED / "data" / "tabular" / name
    label_column = json.loads(_existing(folder / "meta.json").read_text())["label_column"]
    data = next(iter(sorted(folder.glob("*.csv*"))), folder / f"{name}.csv")
    features = pd.read_csv(_existing(data), keep_default_na=False)
    labels = features.pop(label_column).to_numpy(dtype=object).astype(str)
    return Table(name, features, labels, _recorded_scores(name, features))


def prior_scores(name: str) -> NestedScores:
    """Return the answers on table ``name``, as ``FeaturePrior.from_scores`` takes them."""
    return load_table(name).scores.nested()


def is_categorical(column: pd.Series) -> bool:
    """Whether ``column`` holds categories, not numbers or truth values."""
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def categorical_columns(frame: pd.DataFrame) -> list[str]:
    """Names of the columns of ``frame`` that hold categories."""
    return [name for name in frame if is_categorical(frame[name])]


def _recorded_scores(name: str, features: pd.DataFrame) -> RecordedScores:
    path = _existing(SHARED / "teacher" / "feature_scores" / f"{name}.json")
    estimates = json.loads(path.read_text())["classes"][POSITIVE]["estimates"]
    names = tuple(estimates[0])
    place_of = _places(features)
    strangers = sorted(set(names) ^ set(place_of))
    if strangers:
        raise MissingData(f"{path} and the table disagree about the columns {strangers[:5]}")
    answers = np.array([[answer[name] for name in names] for answer in estimates], dtype=float)
    return RecordedScores(names, tuple(place_of[name] for name in names), answers)


def _places(features: pd.DataFrame) -> dict[str, tuple[str, str | None]]:
    """Map the names that ``pandas.get_dummies`` gives to the columns and categories."""
    places: dict[str, tuple[str, str | None]] = {}
    for column in features:
        if is_categorical(features[column]):
            for category in features[column].unique():
                places[f"{column}_{category}"] = (column, category)
        else:
            places[column] = (column, None)
    return places


def _existing(path: Path) -> Path:
    if not path.exists():
        raise MissingData(
            f"{path} is absent. The benchmark reads the tables and the recorded answers from a "
            f"folder 'shared' beside the repository ({SHARED}); put it there."
        )
    return path
