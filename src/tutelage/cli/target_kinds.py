"""What the commands need to know of a kind of target, in one value per kind.

``KINDS`` is the only place that tells classes from numbers; the commands work with either. Each
kind is a module of its own: ``class_target``, ``number_target``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from tutelage.cli import class_target, number_target
from tutelage.cli.labelled_table import LabelledTable
from tutelage.cli.student_options import StudentChoice
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.run import EvaluationResult
from tutelage.lessons import FeaturePrior
from tutelage.students.regression import TaughtRegressor
from tutelage.students.tabular import TaughtClassifier

Student = TaughtClassifier | TaughtRegressor


class MeasuresCurve(Protocol):
    """Measures a learning curve of models on a table, or returns ``None`` with too few rows."""

    def __call__(
        self,
        models: Mapping[str, Callable[[int], Any]],
        table: LabelledTable,
        *,
        shots: Sequence[int] | None,
        n_splits: int,
        seed: int,
    ) -> CurveResult | None:
        """Return the curve."""


@dataclass(frozen=True)
class TargetKind:
    """How a kind of target is learned, compared, judged and told.

    Attributes
    ----------
    metric
        Name of the score that decides.
    student
        A prior and a choice -> an unfitted student.
    controls
        Name -> factory of the controls that know no teacher.
    curve
        Measures the learning curve.
    cross_fitted
        Scores a student's settings on rows that each fold did not see, and says on what.
    evaluate
        Scores a fitted student on other rows.
    telling_rows
        Positions of a few rows that tell most about a student.
    outputs
        What the outputs of a student speak for, as the pairs or lists of ``column_weights``.
    """

    metric: str
    student: Callable[[FeaturePrior | None, StudentChoice], Any]
    controls: Mapping[str, Callable[[int], Any]]
    curve: MeasuresCurve
    cross_fitted: Callable[[LabelledTable, Any, int], tuple[EvaluationResult, str] | None]
    evaluate: Callable[[Any, pd.DataFrame, pd.Series, int], EvaluationResult]
    telling_rows: Callable[[Any, pd.DataFrame, pd.Series], list[int]]
    outputs: Callable[[Any, str], list[object]]


KINDS: Mapping[str, TargetKind] = {
    "classification": TargetKind(
        metric="roc_auc",
        student=class_target.new_student,
        controls=class_target.CONTROLS,
        curve=class_target.measure_curve,
        cross_fitted=class_target.cross_fitted,
        evaluate=class_target.scores_of,
        telling_rows=class_target.telling_rows,
        outputs=class_target.outputs_of,
    ),
    "regression": TargetKind(
        metric="r2",
        student=number_target.new_student,
        controls=number_target.REGRESSION_CONTROLS,
        curve=number_target.measure_curve,
        cross_fitted=number_target.cross_fitted,
        evaluate=number_target.scores_of,
        telling_rows=number_target.telling_rows,
        outputs=number_target.outputs_of,
    ),
}


def kind_of_student(student: Student) -> str:
    """Return the kind of target that a student predicts."""
    return "regression" if isinstance(student, TaughtRegressor) else "classification"
