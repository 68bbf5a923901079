"""A number to predict: the student, its controls, its scores, and rows worth showing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold

from tutelage.cli.console import progress
from tutelage.cli.labelled_table import LabelledTable
from tutelage.cli.student_options import StudentChoice
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.regression_controls import REGRESSION_CONTROLS as REGRESSION_CONTROLS
from tutelage.evaluation.regression_curve import DEFAULT_ROWS, regression_curve
from tutelage.evaluation.regression_scores import evaluate_regression
from tutelage.evaluation.run import EvaluationResult
from tutelage.lessons import FeaturePrior
from tutelage.report.shown import quantity
from tutelage.students.regression import TaughtRegressor

N_FOLDS = 5
FEWEST_ROWS = 4
TEST_SHARE = 0.3


def new_student(prior: FeaturePrior | None, choice: StudentChoice) -> TaughtRegressor:
    """Return an unfitted student."""
    return TaughtRegressor(prior, student=choice.student, trust=choice.trust)


def outputs_of(student: TaughtRegressor, target: str) -> list[object]:
    """Return what a lower and a higher prediction are called: the prior's last class, or so."""
    named = () if student.prior is None else student.prior.classes
    return [f"lower {target}", named[-1] if named else f"higher {target}"]


def scores_of(
    student: TaughtRegressor, rows: pd.DataFrame, labels: pd.Series, seed: int
) -> EvaluationResult:
    """Return every metric of a fitted student on other rows."""
    return evaluate_regression(student, rows, labels.to_numpy(), seed=seed)


def measure_curve(
    models: Mapping[str, Callable[[int], Any]],
    table: LabelledTable,
    *,
    shots: Sequence[int] | None,
    n_splits: int,
    seed: int,
) -> CurveResult | None:
    """Return the learning curve over labelled rows, or ``None`` with fewer than 4 of them."""
    n_rows = len(table.rows)
    if n_rows < FEWEST_ROWS:
        return None
    most = n_rows - max(2, round(TEST_SHARE * n_rows))
    kept = [k for k in shots or DEFAULT_ROWS if k <= most] or [most]
    with progress("comparing with the controls") as step:
        return regression_curve(
            models,
            table.rows,
            table.labels.to_numpy(),
            shots=kept,
            n_splits=n_splits,
            seed=seed,
            progress=step,
            test_share=TEST_SHARE,
        )


@dataclass
class Said:
    """Numbers that were predicted before, as something that can be evaluated."""

    numbers: NDArray[np.float64]

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the numbers; ``X`` is not looked at."""
        del X
        return self.numbers


def cross_fitted(
    table: LabelledTable, student: TaughtRegressor, seed: int
) -> tuple[EvaluationResult, str] | None:
    """Score the student's settings on rows that each fold did not see.

    Returns ``None`` with fewer than 4 labelled rows.
    """
    target = table.labels.to_numpy()
    if len(target) < FEWEST_ROWS:
        return None
    said = np.zeros(len(target))
    n_folds = min(N_FOLDS, len(target) // 2)
    for seen, held_out in KFold(n_folds, shuffle=True, random_state=seed).split(target):
        rest = pd.concat([table.rows.iloc[held_out], table.unlabelled], ignore_index=True)
        fold = TaughtRegressor(student.prior, student=student.student, trust=student.trust)
        fold.fit(table.rows.iloc[seen], target[seen], unlabelled=rest)
        said[held_out] = fold.predict(table.rows.iloc[held_out])
    result = evaluate_regression(Said(said), table.rows, target, seed=seed)
    on = (
        f"{len(target)} labelled rows of {table.path.name}, each predicted by a model that did "
        f"not see its target ({n_folds} folds); the target has mean {quantity(target.mean())} "
        f"and standard deviation {quantity(target.std())}"
    )
    return result, on


def telling_rows(student: TaughtRegressor, rows: pd.DataFrame, labels: pd.Series) -> list[int]:
    """Return the positions of a few rows that tell most about a student.

    The rows with the highest, the lowest and the middle prediction, and the row it gets most
    wrong.
    """
    said = student.predict(rows)
    order = np.argsort(said, kind="stable")
    worst = int(np.argmax(np.abs(said / 2 - labels.to_numpy() / 2)))  # halves, lest it overflow
    picked = [int(order[-1]), int(order[0]), int(order[len(order) // 2]), worst]
    return list(dict.fromkeys(picked))
