"""A target of classes: the student, its controls, its scores, and rows worth showing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from tutelage.cli.console import progress
from tutelage.cli.labelled_table import LabelledTable
from tutelage.cli.student_options import StudentChoice
from tutelage.evaluation import evaluate, learning_curve
from tutelage.evaluation.controls import CONTROLS as CONTROLS
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.run import EvaluationResult
from tutelage.lessons import FeaturePrior, label_name
from tutelage.students.tabular import TaughtClassifier

DEFAULT_SHOTS = (1, 5, 10, 25)
MOST_FOLDS = 5
MOST_CLASSES = 3
TEST_SHARE = 0.3


def new_student(prior: FeaturePrior | None, choice: StudentChoice) -> TaughtClassifier:
    """Return an unfitted student."""
    return TaughtClassifier(prior, student=choice.student, trust=choice.trust)


def outputs_of(student: TaughtClassifier, target: str) -> list[object]:
    """Return the labels of the student's outputs."""
    del target
    labels: list[object] = student.classes_.tolist()
    return labels


def scores_of(
    student: TaughtClassifier, rows: pd.DataFrame, labels: pd.Series, seed: int
) -> EvaluationResult:
    """Return every metric of a fitted student on other rows."""
    return evaluate(student, rows, labels.to_numpy(), seed=seed)


def possible_shots(labels: pd.Series, shots: Sequence[int]) -> tuple[int, ...]:
    """Return the shots for which every class has rows enough beside the test part.

    >>> possible_shots(pd.Series(["a"] * 20 + ["b"] * 10), (1, 5, 10, 25))
    (1, 5)
    """
    smallest = int(labels.value_counts().min())
    kept = tuple(k for k in shots if k <= smallest * (1 - TEST_SHARE))
    return kept or (1,)


def measure_curve(
    models: Mapping[str, Callable[[int], Any]],
    table: LabelledTable,
    *,
    shots: Sequence[int] | None,
    n_splits: int,
    seed: int,
) -> CurveResult | None:
    """Return the learning curve, or ``None`` when a class has fewer than 2 labelled rows."""
    if int(table.labels.value_counts().min()) < 2:
        return None
    with progress("comparing with the controls") as step:
        return learning_curve(
            models,
            table.rows,
            table.labels.to_numpy(),
            shots=possible_shots(table.labels, shots or DEFAULT_SHOTS),
            n_splits=n_splits,
            seed=seed,
            progress=step,
            test_share=TEST_SHARE,
        )


@dataclass
class Said:
    """Probabilities that were worked out before, as something that can be evaluated."""

    classes_: NDArray[Any]
    probabilities: NDArray[np.float64]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probabilities; ``X`` is not looked at."""
        del X
        return self.probabilities


def cross_fitted(
    table: LabelledTable, student: TaughtClassifier, seed: int
) -> tuple[EvaluationResult, str] | None:
    """Score the student's settings on rows that each fold did not see.

    Returns ``None`` when a class has fewer than 2 labelled rows.
    """
    labels = table.labels.to_numpy()
    n_folds = min(MOST_FOLDS, int(table.labels.value_counts().min()))
    if n_folds < 2:
        return None
    chance = np.zeros((len(labels), len(student.classes_)))
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for seen, held_out in folds.split(np.zeros(len(labels)), labels):
        rest = pd.concat([table.rows.iloc[held_out], table.unlabelled], ignore_index=True)
        fold = TaughtClassifier(student.prior, student=student.student, trust=student.trust)
        fold.fit(table.rows.iloc[seen], labels[seen], unlabelled=rest)
        chance[held_out] = fold.predict_proba(table.rows.iloc[held_out])
    result = evaluate(Said(student.classes_, chance), table.rows, labels, seed=seed)
    on = (
        f"{len(labels)} labelled rows of {table.path.name}, each predicted by a model that did "
        f"not see its label ({n_folds} folds)"
    )
    return result, on


def telling_rows(student: TaughtClassifier, rows: pd.DataFrame, labels: pd.Series) -> list[int]:
    """Return the positions of a few rows that tell most about a student.

    The first row of each class (three classes at most), the row it is least sure of, and the row
    it gets most wrong, if any.
    """
    chance = student.predict_proba(rows)  # (n_rows, n_classes)
    ranked = np.sort(chance, axis=1)
    names = [label_name(label) for label in student.classes_]
    of_truth = chance[np.arange(len(rows)), [names.index(label) for label in labels]]
    firsts = [int(np.argmax(labels == label)) for label in sorted(labels.unique())[:MOST_CLASSES]]
    picked = [*firsts, int(np.argmin(ranked[:, -1] - ranked[:, -2]))]
    worst = int(np.argmin(of_truth))
    if of_truth[worst] < ranked[worst, -1]:
        picked.append(worst)
    return list(dict.fromkeys(picked))
