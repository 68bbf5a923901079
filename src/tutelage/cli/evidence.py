"""The evidence of a run: who is compared in the curve, and how the final model is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tutelage.cli.labelled_table import LabelledTable
from tutelage.cli.models import matching_rows
from tutelage.cli.student_options import StudentChoice
from tutelage.cli.target_kinds import Student, TargetKind
from tutelage.evaluation.run import EvaluationResult
from tutelage.lessons import FeaturePrior

WITH_PRIOR, NO_PRIOR = "with prior", "no prior"


def contestants(
    kind: TargetKind, prior: FeaturePrior | None, choice: StudentChoice
) -> Mapping[str, Callable[[int], Any]]:
    """Return the models of the learning curve: name -> factory(seed).

    With a prior: the student with it, without it, with its scores shuffled, and the teacher
    alone (its scores as fixed weights; labels set only size and offset). Always: the controls
    that need no student of ours.
    """
    models: dict[str, Callable[[int], Any]] = {}
    if prior is not None:
        models[WITH_PRIOR] = lambda seed: kind.student(prior, choice)
    models[NO_PRIOR] = lambda seed: kind.student(None, replace(choice, trust="auto"))
    if prior is not None:
        models["shuffled prior"] = lambda seed: kind.student(prior.shuffled(seed), choice)
        models["teacher alone"] = lambda seed: kind.student(prior, StudentChoice(trust=1.0))
    return {**models, **kind.controls}


def judge(
    kind: TargetKind, student: Student, table: LabelledTable, test: LabelledTable | None, seed: int
) -> tuple[EvaluationResult | None, str]:
    """Score the final model on a test file, or its settings on held-out folds; say on what."""
    if test is not None:
        rows = matching_rows(student, test.rows, test.path)
        result = kind.evaluate(student, rows, test.labels, seed)
        return result, f"{len(rows)} rows of {test.path.name}, none of them used in training"
    found = kind.cross_fitted(table, student, seed)
    return found if found is not None else (None, "")
