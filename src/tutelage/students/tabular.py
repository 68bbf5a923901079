"""TaughtClassifier: labels and a teacher's prior in, a small explainable classifier out."""

from __future__ import annotations

import numbers
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    column_or_1d,
    validate_data,
)
from typing_extensions import Self

from tutelage.errors import DataError, InputError
from tutelage.explanation import Explanation
from tutelage.learning.map_estimate import LinearFit, fit_linear
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.students.columns import Table, learn_layout, read_table
from tutelage.students.explain_linear import explain_row
from tutelage.students.files import ModelFolder, write_model_folder
from tutelage.students.prior_columns import categorical_in, check_prior, scores_of
from tutelage.students.tabular_files import (
    class_weight_values,
    label_values,
    layout_arrays,
    layout_values,
    read_class_weight,
    read_labels,
    read_layout,
    read_trust,
    trust_values,
)
from tutelage.students.trust import Trust, trust_of

STUDENTS = ("linear",)


class TaughtClassifier(ClassifierMixin, BaseEstimator):
    """Small classifier that learns from labels and from what a teacher deems important.

    The linear student is the mode of a posterior: the weighted cross-entropy of the labels plus
    the squared distance of the weights from the teacher's, both in units that the data set (see
    :func:`tutelage.learning.map_estimate.fit_linear`). How far the teacher is believed is
    averaged by evidence over a small grid that holds zero. Intercept and scale are free.
    Fitting takes milliseconds, is deterministic, and never asks a teacher.

    Parameters
    ----------
    prior
        The teacher's scores on the original columns, matched by name. Positive: a larger value
        (or being in the category) makes the class likelier. ``None``: the plain student.
    student
        ``"linear"``.
    trust
        ``"auto"``: chosen by evidence. A number in [0, 1]: the share of the prior variance of
        the log-odds that is the teacher's; 0 is exactly the plain student, 1 leaves the labels
        only the size and the offset of the teacher's score.
    class_weight
        As in scikit-learn: ``None``, ``"balanced"`` or a mapping from label to weight.

    Attributes
    ----------
    classes_ : (n_classes,)
        Labels seen in ``fit``, sorted.
    coef_ : (n_outputs, n_encoded)
        Weights of the standardised, encoded columns; one output for two classes (log-odds of
        ``classes_[1]``), else one per class.
    intercept_ : (n_outputs,)
    layout_ : ColumnLayout
        How a table becomes a matrix.
    trust_ : Trust
        How far the teacher was believed, with an interval; ``print(model.trust_)`` says it.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Missing cells are allowed. Categories never seen count as average. Rows without a label may be
    given to ``fit`` as ``unlabelled``: they improve the scaling of the columns, which is where
    most of the loss with one label per class comes from.

    References
    ----------
    Vukadin, Silic and Delac, "Large Language Models as Attribution Regularizers for Efficient
    Model Training", arXiv 2502.20268: the idea of aligning a small model with a teacher's scores.

    Examples
    --------
    In these four rows the two columns always agree, so the labels alone cannot say which one
    matters. The teacher can.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"fever": [36.5, 36.8, 39.5, 39.1], "shoe_size": [38, 39, 44, 43]})
    >>> y = ["well", "well", "ill", "ill"]
    >>> scores = {"ill": {"fever": 9, "shoe_size": 0}}
    >>> prior = FeaturePrior.from_scores(scores, classes=["ill", "well"])
    >>> model = TaughtClassifier(prior).fit(X, y)
    >>> model.predict(pd.DataFrame({"fever": [39.0], "shoe_size": [38]}))
    array(['ill'], dtype='<U4')
    >>> why = model.explain(pd.DataFrame({"fever": [39.0], "shoe_size": [38]}))
    >>> why.top(1)[0][0]
    'fever'
    """

    def __init__(
        self,
        prior: FeaturePrior | None = None,
        *,
        student: str = "linear",
        trust: float | Literal["auto"] = "auto",
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
    ):
        self.prior = prior
        self.student = student
        self.trust = trust
        self.class_weight = class_weight

    def fit(
        self,
        X: ArrayLike | pd.DataFrame,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        unlabelled: ArrayLike | pd.DataFrame | None = None,
    ) -> Self:
        """Learn from labelled rows.

        Parameters
        ----------
        X : (n_rows, n_columns)
            Data frame or array; numbers, booleans, text, missing cells.
        y : (n_rows,)
            Labels, at least two classes.
        sample_weight : (n_rows,) or None
            Weight of each row, >= 0.
        unlabelled : (any, n_columns) or None
            More rows of the same columns, used for scaling and category lists only.

        Raises
        ------
        DataError
            When the table or the labels cannot be used.
        PriorMismatch
            When the prior scores columns or classes that the data lack.
        """
        self._check_parameters()
        table = self._read(X, reset=True)
        more = None if unlabelled is None else self._read(unlabelled, reset=False)
        codes = self._learn_labels(y, table.n_rows)
        weights = self._sample_weights(codes, sample_weight)
        if not weights.all():
            used = np.flatnonzero(weights)
            table, codes, weights = table.take(used), codes[used], weights[used]
        self.layout_ = learn_layout(table, more, weights)
        rows = self.layout_.encode(table)
        scores, known = None, None
        if self.prior is not None:
            check_prior(self.prior, self.layout_, self.classes_.tolist())
            scores, known = scores_of(self.prior, self.layout_, self.classes_.tolist())
        spread = (rows, weights)
        if more is not None:
            joint = np.concatenate([rows, self.layout_.encode(more)])
            spread = (joint, np.concatenate([weights, np.ones(more.n_rows)]))
        trust = None if self.trust == "auto" else float(self.trust)
        fit = fit_linear(
            rows,
            codes,
            len(self.classes_),
            self._with_class_weight(codes, weights),
            scores=scores,
            known=known,
            spread=spread,
            trust=trust,
        )
        self.coef_, self.intercept_ = fit.weights, fit.intercepts
        self.trust_ = _summarise(fit, rows, given=trust)
        return self

    def decision_function(self, X: ArrayLike | pd.DataFrame) -> NDArray[np.float64]:
        """Return log-odds of ``classes_[1]`` (n_rows,), or class logits (n_rows, n_classes)."""
        check_is_fitted(self)
        encoded = self.layout_.encode(self._read(X, reset=False))
        logits: NDArray[np.float64] = encoded @ self.coef_.T + self.intercept_
        return logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: ArrayLike | pd.DataFrame) -> NDArray[np.float64]:
        """Return the probability of each class (n_rows, n_classes); rows sum to 1."""
        logits = self.decision_function(X)
        if logits.ndim == 1:
            return np.column_stack([expit(-logits), expit(logits)])
        chance: NDArray[np.float64] = softmax(logits, axis=1)
        return chance

    def predict(self, X: ArrayLike | pd.DataFrame) -> NDArray[Any]:
        """Return the most probable label of each row (n_rows,)."""
        logits = self.decision_function(X)
        best = (logits > 0).astype(int) if logits.ndim == 1 else logits.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def explain(self, X: ArrayLike | pd.DataFrame, target: object = None) -> Explanation:
        """Explain one row: exact signed contributions of the original columns.

        Contributions and bias sum to the score: the log-odds of ``target`` for two classes, its
        logit minus the mean over classes for more.

        Parameters
        ----------
        X : (1, n_columns)
            The row; with more rows, the first is explained. A ``Series`` is one row.
        target
            A label; default the predicted one.
        """
        check_is_fitted(self)
        if isinstance(X, pd.Series):
            X = X.to_frame().T.infer_objects()
        table = self._read(X, reset=False)
        return explain_row(table, self.layout_, self.coef_, self.intercept_, self.classes_, target)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the student to ``folder``: weights as safetensors, the rest as JSON, hashed.

        ``tutelage.load(folder)`` gives it back. Nothing in the folder can be executed.
        """
        check_is_fitted(self)
        model = {
            "params": {"student": self.student, "trust": self.trust},
            "class_weight": class_weight_values(self.class_weight),
            "labels": label_values(self.classes_),
            "layout": layout_values(self.layout_),
            "named_columns": hasattr(self, "feature_names_in_"),
            "trust": trust_values(self.trust_),
        }
        arrays = {"coef": self.coef_, "intercept": self.intercept_}
        arrays |= layout_arrays(self.layout_)
        content = ModelFolder("TaughtClassifier", model, arrays, self.prior)
        return write_model_folder(content, folder)

    @classmethod
    def _from_folder(cls, content: ModelFolder) -> Self:
        values = content.model
        student = cls(
            content.prior,
            student=str(values["params"]["student"]),
            trust=values["params"]["trust"],
            class_weight=read_class_weight(values["class_weight"]),
        )
        student._check_parameters()
        student.classes_ = read_labels(values["labels"])
        student.layout_ = read_layout(values["layout"], content.arrays)
        n_classes = len(student.classes_)
        shape = (1 if n_classes == 2 else n_classes, student.layout_.n_encoded)
        student.coef_ = np.asarray(content.arrays["coef"], dtype=np.float64).reshape(shape)
        intercept = np.asarray(content.arrays["intercept"], dtype=np.float64)
        student.intercept_ = intercept.reshape(shape[0])
        student.trust_ = read_trust(values["trust"])
        student.n_features_in_ = len(student.layout_.names)
        if values["named_columns"]:
            student.feature_names_in_ = np.array(student.layout_.names, dtype=object)
        return student

    def _check_parameters(self) -> None:
        problems = []
        if self.student not in STUDENTS:
            problems.append(f"student must be one of {list(STUDENTS)}, got {self.student!r}")
        if self.prior is not None and not isinstance(self.prior, FeaturePrior):
            problems.append(
                f"prior must be a FeaturePrior or None, got {type(self.prior).__name__}; "
                "FeaturePrior.from_scores makes one"
            )
        given = self.trust
        is_number = isinstance(given, numbers.Real) and not isinstance(given, bool)
        if not (given == "auto" or (is_number and 0 <= float(given) <= 1)):
            problems.append(f'trust must be "auto" or a number in [0, 1], got {given!r}')
        if problems:
            raise InputError("These parameters cannot be used:", problems)

    def _read(self, X: Any, *, reset: bool) -> Table:
        """Read ``X`` as a table of the fitted columns."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if not len(X) or not len(X.columns):
                kind = "sample(s)" if not len(X) else "feature(s)"
                raise DataError(
                    f"Found array with 0 {kind} (shape={X.shape}) while a minimum of 1 is required."
                )
            as_categories = categorical_in(self.prior)
            if not reset and hasattr(self, "layout_"):
                listed = zip(self.layout_.names, self.layout_.categories, strict=True)
                as_categories = tuple(name for name, known in listed if known is not None)
            table = read_table(X, as_categories)
        else:
            X = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
            names = [f"x{i}" for i in range(X.shape[1])]
            table = Table(tuple(names), X.astype(np.float64), {})
        if not reset and hasattr(self, "layout_"):
            self._check_kinds(table)
        return table

    def _check_kinds(self, table: Table) -> None:
        layout = self.layout_
        problems = [
            f"column {layout.names[i]!r} was a number in fit and holds text now "
            f"({list(table.texts[i][1])[:3]})"
            for i in table.texts
            if layout.categories[i] is None
        ]
        if problems:
            raise DataError("These rows do not fit the table the student was trained on:", problems)

    def _learn_labels(self, y: ArrayLike, n_rows: int) -> NDArray[np.intp]:
        labels = column_or_1d(y, warn=True)
        _refuse_missing_labels(labels)
        check_classification_targets(labels)
        if len(labels) != n_rows:
            raise DataError(
                f"X and y must have the same number of rows, got {n_rows} and {len(labels)}."
            )
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(
                f"y must hold at least 2 classes, got one class: {self.classes_.tolist()}. "
                "Add labelled rows of another class."
            )
        return codes.astype(np.intp)

    def _sample_weights(
        self, codes: NDArray[np.intp], sample_weight: ArrayLike | None
    ) -> NDArray[np.float64]:
        probe = np.empty((len(codes), 1))
        weights: NDArray[np.float64] = _check_sample_weight(
            sample_weight, probe, dtype=np.float64, ensure_non_negative=True
        )
        if not weights.any():
            raise DataError("sample_weight must be above 0 for some row; all are 0.")
        return weights

    def _with_class_weight(
        self, codes: NDArray[np.intp], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if self.class_weight is None:
            return weights
        if self.class_weight == "balanced":
            held = np.bincount(codes, weights, minlength=len(self.classes_))
            per_class = weights.sum() / np.maximum(held, 1e-300) / len(self.classes_)
            balanced: NDArray[np.float64] = weights * per_class[codes]
            return balanced
        per_row: NDArray[np.float64] = compute_sample_weight(
            dict(self.class_weight), self.classes_[codes]
        )
        return weights * per_row

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = False
        return tags


def _refuse_missing_labels(labels: NDArray[Any]) -> None:
    missing = pd.isna(labels)
    if missing.any():
        raise DataError(
            f"Input y contains NaN: {int(missing.sum())} of {len(labels)} labels are missing. "
            "Give rows without a label to fit as unlabelled=."
        )


def _summarise(fit: LinearFit, rows: NDArray[np.float64], given: float | None) -> Trust:
    total = rows @ fit.weights.T
    taught = rows @ fit.teacher_weights.T
    rest = total - taught
    variance = [float(part.var(axis=0).sum()) for part in (taught, rest)]
    share = variance[0] / sum(variance) if sum(variance) > 0 else 0.0
    has_teacher = bool(np.any(fit.teacher_weights))
    chosen_by = "user" if given is not None else "evidence"
    if not has_teacher and len({setting.trust for setting in fit.settings}) == 1 and given is None:
        chosen_by = "no prior"
    values = [setting.trust for setting in fit.settings]
    return trust_of(values, fit.masses, share, chosen_by=chosen_by)
