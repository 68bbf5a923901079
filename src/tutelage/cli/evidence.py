"""The evidence of a run: the learning curve with its controls, the final model's scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from tutelage.cli.console import progress
from tutelage.cli.table_file import LabelledTable
from tutelage.evaluation import evaluate, learning_curve
from tutelage.evaluation.controls import CONTROLS
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.run import EvaluationResult
from tutelage.lessons import FeaturePrior
from tutelage.students.tabular import TaughtClassifier

WITH_PRIOR, NO_PRIOR = "with prior", "no prior"
MOST_FOLDS = 5
TEST_SHARE = 0.3

Trust = float | Literal["auto"]


def contestants(prior: FeaturePrior | None, trust: Trust) -> Mapping[str, Callable[[int], Any]]:
    """Return the models of the learning curve: name -> factory(seed).

    With a prior: the student with it, without it, with its scores shuffled, and the teacher
    alone (its scores as fixed weights; labels set only size and offset). Always: tuned logistic
    regression and gradient boosting.
    """
    models: dict[str, Callable[[int], Any]] = {}
    if prior is not None:
        models[WITH_PRIOR] = lambda seed: TaughtClassifier(prior, trust=trust)
    models[NO_PRIOR] = lambda seed: TaughtClassifier()
    if prior is not None:
        models["shuffled prior"] = lambda seed: TaughtClassifier(prior.shuffled(seed), trust=trust)
        models["teacher alone"] = lambda seed: TaughtClassifier(prior, trust=1.0)
    return {**models, **CONTROLS}


def possible_shots(labels: pd.Series, shots: Sequence[int]) -> tuple[int, ...]:
    """Return the shots for which every class has rows enough beside the test part.

    >>> possible_shots(pd.Series(["a"] * 20 + ["b"] * 10), (1, 5, 10, 25))
    (1, 5)
    """
    smallest = int(labels.value_counts().min())
    kept = tuple(k for k in shots if k <= smallest * (1 - TEST_SHARE))
    return kept or (1,)


def measure_curve(
    table: LabelledTable,
    prior: FeaturePrior | None,
    trust: Trust,
    *,
    shots: Sequence[int],
    n_splits: int,
    seed: int,
) -> CurveResult | None:
    """Return the learning curve, or ``None`` when a class has fewer than 2 labelled rows."""
    if int(table.labels.value_counts().min()) < 2:
        return None
    with progress("comparing with the controls") as step:
        return learning_curve(
            contestants(prior, trust),
            table.rows,
            table.labels.to_numpy(),
            shots=possible_shots(table.labels, shots),
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
        fold = TaughtClassifier(student.prior, trust=student.trust)
        fold.fit(table.rows.iloc[seen], labels[seen], unlabelled=rest)
        chance[held_out] = fold.predict_proba(table.rows.iloc[held_out])
    result = evaluate(Said(student.classes_, chance), table.rows, labels, seed=seed)
    on = (
        f"{len(labels)} labelled rows of {table.path.name}, each predicted by a model that did "
        f"not see its label ({n_folds} folds)"
    )
    return result, on
