"""Boosted trees that correct the taught linear student (XGBoost)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from tutelage._extras import require
from tutelage.students.bodies import BodyParts, LinearBody, stored_positions
from tutelage.students.examples import Examples
from tutelage.students.residual import taught_linear
from tutelage.students.trees_json import read_trees

Array = NDArray[np.float64]

TREES_FILE = "trees.json"
SURE_SCORE = 0.2
# Trust below which the teacher fixes no sign; labels leave a right one .6 or more.
LEAST_TRUST = 0.3
SMALL_CELLS = 1_000_000
LIGHTEST_COLUMN = 0.1


@dataclass(frozen=True)
class TreeSettings:
    """How trees are grown.

    Attributes
    ----------
    stages
        Numbers of rounds to choose from.
    learning_rate, max_depth
        Share of each tree's step that is taken, and its depth.
    monotone
        Two classes: whether a column of which the teacher is sure, and the linear student of
        the same opinion, may only push that way. A teacher whom the labels turn round is turned
        round here too, and one whom they do not believe fixes no sign.
    column_share
        Share of the columns that each split may choose from.
    weigh_columns
        Whether that choice favours columns with large scores.
    """

    stages: tuple[int, ...] = (0, 2, 4, 8, 16, 32, 64, 128, 256)
    learning_rate: float = 0.1
    max_depth: int = 3
    monotone: bool = True
    column_share: float = 1.0
    weigh_columns: bool = False


SETTINGS = TreeSettings()


@dataclass(frozen=True)
class TreeLearner:
    """Learns a correction of a linear student by boosting; one step is one round."""

    settings: TreeSettings
    seed: int

    @property
    def stages(self) -> tuple[int, ...]:
        """Numbers of rounds to choose from."""
        return self.settings.stages

    def path(self, examples: Examples, start: LinearBody, outside: Array) -> Array:
        """Return the correction (n_stages, n_outside, n_outputs) of other rows at every stage."""
        booster = self.boost(examples, start, self.stages[-1])
        matrix = _matrix(outside[:, examples.ordinary], examples.n_outputs)
        corrections = np.zeros((len(self.stages), len(outside), examples.n_outputs))
        for i in range(1, len(self.stages)):
            rounds = (self.stages[i - 1], self.stages[i])
            step = booster.predict(matrix, output_margin=True, iteration_range=rounds)
            corrections[i] = corrections[i - 1] + step.reshape(len(outside), -1)
        return corrections

    def boost(self, examples: Examples, start: LinearBody, rounds: int) -> Any:
        """Return the booster after ``rounds`` rounds."""
        xgboost = require("xgboost", extra="trees", purpose="boosted trees")
        rows = examples.rows[:, examples.ordinary]
        options: dict[str, Any] = {
            "objective": "binary:logistic" if examples.n_outputs == 1 else "multi:softprob",
            "base_score": 0.5,
            "tree_method": "hist",
            "learning_rate": self.settings.learning_rate,
            "max_depth": self.settings.max_depth,
            "colsample_bynode": self.settings.column_share,
            "seed": self.seed,
            "verbosity": 0,
        }
        if examples.n_outputs > 1:
            options["num_class"] = examples.n_classes
        if rows.size < SMALL_CELLS:
            options["nthread"] = 1  # threads cost more than they save on a small table
        if self.settings.monotone and examples.n_outputs == 1 and examples.scores is not None:
            options["monotone_constraints"] = agreed_signs(
                believed_scores(examples), start.weights[0, examples.ordinary]
            )
        matrix = _matrix(rows, examples.n_outputs, start.logits(examples.rows))
        matrix.set_info(label=examples.codes, weight=examples.row_weights)
        if self.settings.weigh_columns and examples.scores is not None:
            matrix.set_info(feature_weights=_column_weights(examples))
        return xgboost.train(options, matrix, num_boost_round=rounds)


@dataclass(frozen=True, eq=False)
class TreesBody:
    """A linear start plus boosted trees on the ordinary encoded columns.

    Attributes
    ----------
    start
        The taught linear student.
    inputs : (n_inputs,)
        Positions, among the encoded columns, of those the trees see.
    trees
        The trees in XGBoost's JSON form; empty when the labels asked for none.
    """

    start: LinearBody
    inputs: NDArray[np.intp]
    trees: str = ""

    @cached_property
    def _booster(self) -> Any:
        xgboost = require("xgboost", extra="trees", purpose="boosted trees")
        booster = xgboost.Booster()
        booster.load_model(bytearray(self.trees.encode()))
        return booster

    def logits(self, encoded: Array) -> Array:
        """Return the scores (n_rows, n_outputs) of encoded rows (n_rows, n_encoded)."""
        return self.start.logits(encoded) + self._margins(encoded)

    def _margins(self, encoded: Array) -> Array:
        n_outputs = len(self.start.weights)
        if not self.trees:
            return np.zeros((len(encoded), n_outputs))
        matrix = _matrix(encoded[:, self.inputs], n_outputs)
        margins: Array = self._booster.predict(matrix, output_margin=True).astype(np.float64)
        return margins.reshape(len(encoded), n_outputs)

    def contributions(self, row: Array, output: int) -> tuple[Array, float]:
        """Return what each column adds: the start's own, and exact Shapley values of the trees.

        XGBoost computes them in single precision; the bias takes the rounding.
        """
        numbers, bias = self.start.contributions(row, output)
        if not self.trees:
            return numbers, bias
        n_outputs = len(self.start.weights)
        matrix = _matrix(row[None, self.inputs], n_outputs)
        shares = self._booster.predict(matrix, pred_contribs=True).astype(np.float64)
        shares = shares.reshape(n_outputs, len(self.inputs) + 1)[:, :-1]
        margins = self._margins(row[None, :])[0]
        if n_outputs > 1:
            shares, margins = shares - shares.mean(axis=0), margins - margins.mean()
        numbers = numbers.copy()
        numbers[self.inputs] += shares[output]
        return numbers, bias + float(margins[output] - shares[output].sum())

    def parts(self) -> BodyParts:
        """Return the start's arrays, the inputs, and the trees as JSON text."""
        arrays = {**self.start.parts().arrays, "inputs": self.inputs.astype(np.float64)}
        return BodyParts(arrays, {TREES_FILE: self.trees} if self.trees else {})

    @classmethod
    def from_parts(cls, parts: BodyParts, n_outputs: int, n_encoded: int) -> Self:
        """Rebuild the body; the trees are parsed and checked before XGBoost sees them."""
        start = LinearBody.from_parts(parts, n_outputs, n_encoded)
        inputs = stored_positions(parts, "inputs", n_encoded)
        trees = parts.texts.get(TREES_FILE, "")
        if trees:
            read_trees(trees, len(inputs), n_outputs)
        return cls(start, inputs, trees)


def grow(examples: Examples, start: LinearBody, rounds: int, learner: TreeLearner) -> TreesBody:
    """Return the body after ``rounds`` rounds of boosting from ``start``."""
    if rounds == 0:
        return TreesBody(start, examples.ordinary)
    booster = learner.boost(examples, start, rounds)
    text = bytes(booster.save_raw("json")).decode()
    return TreesBody(start, examples.ordinary, json.dumps(json.loads(text)))


def _matrix(rows: Array, n_outputs: int, offsets: Array | None = None) -> Any:
    """Return rows as XGBoost's matrix; without offsets every margin starts at 0."""
    xgboost = require("xgboost", extra="trees", purpose="boosted trees")
    if offsets is None:
        offsets = np.zeros((len(rows), n_outputs))
    margin = offsets[:, 0] if n_outputs == 1 else offsets
    return xgboost.DMatrix(rows.astype(np.float32), base_margin=margin)


def agreed_signs(scores: Array, weights: Array) -> tuple[int, ...]:
    """Return the sign of each column on which a sure teacher and the linear student agree, else 0.

    >>> agreed_signs(np.array([0.9, -0.5, 0.1, 0.8]), np.array([0.3, -0.2, 0.5, -0.1]))
    (1, -1, 0, 0)
    """
    agreed = (np.abs(scores) >= SURE_SCORE) & (scores * weights > 0)
    return tuple(np.where(agreed, np.sign(scores), 0).astype(int).tolist())


def believed_scores(examples: Examples) -> Array:
    """Return the teacher's scores of the ordinary columns, as far as the labels believe them.

    Trust is asked of the labels even where the user has set it: a sign once fixed cannot be
    learned away.

    Returns
    -------
    scores : (n_ordinary,)
        For two classes: the scores; turned, if the labels turn the teacher round; 0, if they
        believe neither.
    """
    assert examples.scores is not None
    fit = taught_linear(examples, None)
    trust = sum(
        mass * setting.trust * setting.sign
        for mass, setting in zip(fit.masses, fit.settings, strict=True)
    )
    believed: Array = examples.scores[0, examples.ordinary] * np.sign(trust)
    return believed if abs(trust) >= LEAST_TRUST else np.zeros_like(believed)


def _column_weights(examples: Examples) -> Array:
    assert examples.scores is not None
    sizes: Array = np.abs(examples.scores[:, examples.ordinary]).mean(axis=0)
    return LIGHTEST_COLUMN + sizes
