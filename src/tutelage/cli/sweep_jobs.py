"""What a sweep judges: settings of a student, by cross-validation on training rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold

from tutelage._canonical import content_hash
from tutelage.cli.labelled_table import LabelledTable
from tutelage.cli.target_kinds import KINDS
from tutelage.cli.text_asking import Lessons
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_teachings import teachings
from tutelage.errors import DataError
from tutelage.evaluation import evaluate
from tutelage.evaluation.run import EvaluationResult
from tutelage.lessons import FeaturePrior
from tutelage.students.regression import TaughtRegressor
from tutelage.students.tabular import TaughtClassifier
from tutelage.students.text import TaughtTextClassifier

Settings = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class TableSweep:
    """Settings of a student of tables; rows without a label scale columns in every fold."""

    table: LabelledTable
    prior: FeaturePrior | None
    metric: str
    n_folds: int

    def __post_init__(self) -> None:
        if self.table.kind == "regression":
            check_folds(self.n_folds, len(self.table.rows), "labelled rows", self.table)
        else:
            smallest = int(self.table.labels.value_counts().min())
            check_folds(self.n_folds, smallest, "rows of the smallest class", self.table)

    @property
    def student(self) -> type[Any]:
        """The class whose settings are searched."""
        return TaughtRegressor if self.table.kind == "regression" else TaughtClassifier

    @property
    def key(self) -> str:
        """Identity of the rows, the prior and the folds."""
        columns = [str(name) for name in self.table.rows.columns]
        prior = None if self.prior is None else repr(self.prior)
        return content_hash([self.table.sha256, self.table.target, columns, prior, self.n_folds])

    def __call__(self, settings: Settings, seed: int) -> list[float]:
        """Return one score per fold."""
        labels = self.table.labels.to_numpy()
        kind = StratifiedKFold if self.table.kind == "classification" else KFold
        folds = kind(self.n_folds, shuffle=True, random_state=seed)
        return [
            self._judged(settings, seen, held_out, labels)
            for seen, held_out in folds.split(np.zeros(len(labels)), labels)
        ]

    def _judged(self, settings: Settings, seen: Any, held_out: Any, labels: Any) -> float:
        rows = self.table.rows
        rest = pd.concat([rows.iloc[held_out], self.table.unlabelled], ignore_index=True)
        model = self.student(self.prior, **settings)
        model.fit(rows.iloc[seen], labels[seen], unlabelled=rest)
        judge = KINDS[self.table.kind].evaluate
        result = judge(model, rows.iloc[held_out], self.table.labels.iloc[held_out], 0)
        return _value(result, self.metric)


@dataclass(frozen=True, eq=False)
class TextSweep:
    """Settings of a text student; a fold sees lessons about its own training texts only."""

    texts: LabelledTexts
    lessons: Lessons
    encoder: str
    metric: str
    n_folds: int

    def __post_init__(self) -> None:
        different = pd.DataFrame({"text": self.texts.texts, "label": self.texts.labels})
        smallest = int(different.drop_duplicates("text")["label"].value_counts().min())
        check_folds(self.n_folds, smallest, "different texts of the smallest class", self.texts)

    @property
    def student(self) -> type[Any]:
        """The class whose settings are searched."""
        return TaughtTextClassifier

    @property
    def key(self) -> str:
        """Identity of the texts, the lessons and the folds."""
        said = {
            kind: [repr(one) for one in listed] for kind, listed in self.lessons.by_kind.items()
        }
        data = [self.texts.sha256, self.texts.column, self.texts.target]
        return content_hash([data, said, self.encoder, self.n_folds])

    def __call__(self, settings: Settings, seed: int) -> list[float]:
        """Return one score per fold."""
        labels = np.array(self.texts.labels)
        folds = StratifiedGroupKFold(self.n_folds, shuffle=True, random_state=seed)
        # equal texts stay on one side
        parts = folds.split(np.zeros(len(labels)), labels, groups=np.array(self.texts.texts))
        return [
            self._judged(settings, self.texts.take(seen.tolist()), held_out, seed)
            for seen, held_out in parts
        ]

    def _judged(self, settings: Settings, train: LabelledTexts, held_out: Any, seed: int) -> float:
        weight = settings.get("alignment", 0.0)
        taught = teachings(
            train,
            lessons_about(self.lessons, train),
            quick=True,
            seed=seed,
            alignment=1.0 if weight == "auto" else float(weight),
        )[-1]
        model = TaughtTextClassifier(self.encoder, random_state=seed, **settings)
        model.fit(
            train.texts,
            np.array(train.labels),
            word_priors=taught.priors,
            rewrites=taught.rewrites or None,
        )
        test = self.texts.take(held_out.tolist())
        known = [row for row, label in enumerate(test.labels) if label in set(train.labels)]
        judged = test.take(known)
        result = evaluate(
            model, judged.texts, np.array(judged.labels), (self.metric,), n_bootstrap=1
        )
        return _value(result, self.metric)


SweepJob = TableSweep | TextSweep


def lessons_about(lessons: Lessons, train: LabelledTexts) -> Lessons:
    """Return the lessons without rewrites of other texts: these would give a fold away.

    >>> from tutelage.lessons import Rewrite
    >>> from pathlib import Path
    >>> train = LabelledTexts(Path("x.csv"), "", "text", "label", ("stop",), ("no",), (1,))
    >>> made = (Rewrite("halt", "no", source_text="stop"), Rewrite("go on", "yes"))
    >>> [one.text for one in lessons_about(Lessons({"rewrites": made}), train).of("rewrites")]
    ['halt']
    """
    known = set(train.texts)
    kept = tuple(one for one in lessons.of("rewrites") if one.source_text in known)
    others = {kind: listed for kind, listed in lessons.by_kind.items() if kind != "rewrites"}
    return replace(lessons, by_kind={**others, "rewrites": kept} if kept else others)


def check_folds(
    n_folds: int, smallest: int, what: str, data: LabelledTable | LabelledTexts
) -> None:
    """Raise when there are fewer rows than folds."""
    if smallest < n_folds:
        raise DataError(
            f"{data.path}: --folds {n_folds} needs as many {what}, got {smallest}. Label more, or "
            "give fewer folds (at least 2)."
        )


def _value(result: EvaluationResult, metric: str) -> float:
    return result[metric].value
