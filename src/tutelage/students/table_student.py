"""What students of tables share: reading rows, encoding them, saving, summarising."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from tutelage.learning.map_estimate import Kinship
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.students.bodies import Body
from tutelage.students.columns import ColumnLayout, Table, learn_layout
from tutelage.students.files import ModelFolder, write_model_folder
from tutelage.students.prior_columns import categorical_in
from tutelage.students.reading import read_again, read_first, read_for, same_kinds
from tutelage.students.row_weights import read_sample_weight
from tutelage.students.slopes import slopes_over
from tutelage.students.trust import Trust

Array = NDArray[np.float64]
Target = Callable[[ArrayLike, int], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class FitRows:
    """The arguments of ``fit`` as numbers; rows of weight 0 are gone.

    Attributes
    ----------
    layout
        How the table becomes a matrix.
    rows : (n_rows, n_encoded)
    target : (n_rows,)
        Class codes or numbers.
    weights : (n_rows,)
        Sample weights, > 0.
    spread
        Rows (any, n_encoded) that show how columns vary, labelled or not, and their weights.
    """

    layout: ColumnLayout
    rows: Array
    target: NDArray[Any]
    weights: Array
    spread: tuple[Array, Array]

    @property
    def kinship(self) -> Kinship:
        """Which encoded columns are made from others."""
        return Kinship(self.layout.parents, self.layout.shares)


class TableStudent(BaseEstimator, ABC):
    """The part of a student that does not depend on what it predicts."""

    prior: FeaturePrior | None
    layout_: ColumnLayout
    body_: Body
    trust_: Trust

    def _read_fit(
        self,
        X: ArrayLike | pd.DataFrame,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        unlabelled: ArrayLike | pd.DataFrame | None,
        *,
        prior: FeaturePrior | None,
        learn: Target,
    ) -> FitRows:
        """Read and check what ``fit`` was given, and note the columns on the student.

        ``prior`` says which numbers are codes of categories; ``learn(y, n_rows)`` reads the target.
        """
        as_categories = categorical_in(prior)
        table, more = read_first(self, X, as_categories), None
        if unlabelled is not None:
            table, more = same_kinds(table, read_again(self, unlabelled, as_categories))
        target = learn(y, table.n_rows)
        weights = read_sample_weight(sample_weight, table.n_rows)
        if not weights.all():
            used = np.flatnonzero(weights)
            table, target, weights = table.take(used), target[used], weights[used]
        layout = learn_layout(table, more, weights)
        rows = layout.encode(table, compact=True)
        return FitRows(layout, rows, target, weights, _spread(rows, weights, more, layout))

    def _encode(self, X: ArrayLike | pd.DataFrame) -> Array:
        check_is_fitted(self)
        return self.layout_.encode(read_for(self, X, self.layout_))

    def _one_row(self, X: ArrayLike | pd.DataFrame | pd.Series) -> Table:
        check_is_fitted(self)
        if isinstance(X, pd.Series):
            X = X.to_frame().T.infer_objects()
        return read_for(self, X, self.layout_)

    def slopes(self, X: ArrayLike | pd.DataFrame) -> Array:
        """Return how each encoded column pushes, on average over rows (n_outputs, n_encoded).

        The slope of all a column adds, curves included, on its standardised value over these rows:
        its weight where it acts in a straight line (see :mod:`tutelage.students.slopes`).
        """
        encoded = self._encode(X)
        return slopes_over(self.body_, encoded, self.layout_.parents)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the student to ``folder``: weights as safetensors, the rest as JSON, hashed.

        ``tutelage.load(folder)`` gives it back. Nothing in the folder can be executed.
        """
        check_is_fitted(self)
        return write_model_folder(self._as_folder(), folder)

    @abstractmethod
    def _as_folder(self) -> ModelFolder:
        """Return what is written to a folder."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = False
        return tags


def _spread(
    rows: Array, weights: Array, more: Table | None, layout: ColumnLayout
) -> tuple[Array, Array]:
    if more is None:
        return rows, weights
    joint = np.concatenate([rows, layout.encode(more)])
    return joint, np.concatenate([weights, np.ones(more.n_rows)])
