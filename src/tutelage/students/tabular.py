"""TaughtClassifier: labels and a teacher's prior in, a small explainable classifier out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import check_random_state
from typing_extensions import Self

from tutelage.explanation import Explanation
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.students.bodies import LinearBody
from tutelage.students.examples import Examples
from tutelage.students.explain_row import explain_row
from tutelage.students.files import ModelFolder
from tutelage.students.fitting import Choices, fit_body
from tutelage.students.labels import learn_labels
from tutelage.students.parameters import check_parameters
from tutelage.students.prior_columns import check_prior, scores_of
from tutelage.students.row_weights import times_class_weight
from tutelage.students.table_student import FitRows, TableStudent
from tutelage.students.tabular_files import fitted_in, folder_of, parameters_in

Array = NDArray[np.float64]


class TaughtClassifier(ClassifierMixin, TableStudent):
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
        ``"linear"``; ``"mlp"``, a rectified network (extra ``mlp``); ``"trees"``, boosted trees
        (extra ``trees``). The last two correct the taught linear student, for as many passes or
        rounds as held-out rows ask for, which may be none.
    trust
        ``"auto"``: chosen by evidence. A number in [0, 1]: the share of the prior variance of
        the log-odds that is the teacher's; 0 is exactly the plain student, 1 leaves the labels
        only the size and the offset of the teacher's score.
    class_weight
        As in scikit-learn: ``None``, ``"balanced"`` or a mapping from label to weight.
    hidden
        Widths of the hidden layers of ``"mlp"``.
    objective
        ``"trust"``: as above. ``"laat"`` and ``"laat-rows"``: the published objective for
        ``"linear"`` and ``"mlp"`` (extra ``mlp``), see :mod:`tutelage.students.laat`; trust is
        then ``"auto"`` or 0, and ``gamma`` sets the teacher's pull.
    gamma
        Weight of the teacher's part in the published objective, >= 0; as published, 100.
    random_state
        Seeds the first weights of ``"mlp"`` and which rows are held out together. The linear
        student has nothing random. ``None``: other numbers in every fit.

    Attributes
    ----------
    classes_ : (n_classes,)
        Labels seen in ``fit``, sorted.
    coef_ : (n_outputs, n_encoded)
        Weights of the standardised, encoded columns; one output for two classes (log-odds of
        ``classes_[1]``), else one per class. For the linear student only.
    intercept_ : (n_outputs,)
        For the linear student only.
    body_ : Body
        What the student is inside: encoded rows -> logits.
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
        hidden: Sequence[int] = (100,),
        objective: Literal["trust", "laat", "laat-rows"] = "trust",
        gamma: float = 100.0,
        random_state: int | np.random.RandomState | None = 0,
    ):
        self.prior = prior
        self.student = student
        self.trust = trust
        self.class_weight = class_weight
        self.hidden = hidden
        self.objective = objective
        self.gamma = gamma
        self.random_state = random_state

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
        # A prior that is not believed must not even say which numbers are codes.
        prior = None if self.trust == 0 else self.prior
        read = self._read_fit(
            X, y, sample_weight, unlabelled, prior=prior, learn=self._learn_labels
        )
        self.layout_ = read.layout
        self.body_, self.trust_ = fit_body(self._examples(read), self._choices())
        return self

    def _learn_labels(self, y: ArrayLike, n_rows: int) -> NDArray[np.intp]:
        self.classes_, codes = learn_labels(y, n_rows)
        return codes

    def _check_parameters(self) -> None:
        check_parameters(
            prior=self.prior,
            student=self.student,
            trust=self.trust,
            hidden=self.hidden,
            objective=self.objective,
            gamma=self.gamma,
        )

    def _choices(self) -> Choices:
        return Choices(
            student=self.student,
            trust=None if self.trust == "auto" else float(self.trust),
            objective=self.objective,
            gamma=float(self.gamma),
            hidden=tuple(int(width) for width in self.hidden),
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
        )

    def _examples(self, read: FitRows) -> Examples:
        """Add what the teacher says, and the weights of the classes, to the rows."""
        labels = self.classes_.tolist()
        scores, known = None, None
        if self.prior is not None:
            check_prior(self.prior, read.layout, labels)
            scores, known = scores_of(self.prior, read.layout, labels)
        weights = times_class_weight(read.weights, self.class_weight, self.classes_, read.target)
        return Examples(
            read.rows,
            read.target,
            len(labels),
            weights,
            scores,
            known,
            read.spread,
            read.kinship,
        )

    @property
    def coef_(self) -> Array:
        """Weights of the linear student (n_outputs, n_encoded); other students have none."""
        return self._linear_body("coef_").weights

    @property
    def intercept_(self) -> Array:
        """Intercepts of the linear student (n_outputs,); other students have none."""
        return self._linear_body("intercept_").intercepts

    def _linear_body(self, name: str) -> LinearBody:
        body = getattr(self, "body_", None)
        if not isinstance(body, LinearBody):
            raise AttributeError(
                f"{name} is there after fit, for student='linear' only; "
                f"this student is {self.student!r}. explain() works for every student."
            )
        return body

    def decision_function(self, X: ArrayLike | pd.DataFrame) -> NDArray[np.float64]:
        """Return log-odds of ``classes_[1]`` (n_rows,), or class logits (n_rows, n_classes)."""
        encoded = self._encode(X)
        logits = self.body_.logits(encoded)
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
        table = self._one_row(X)
        return explain_row(table, self.layout_, self.body_, self.classes_, target)

    def _as_folder(self) -> ModelFolder:
        return folder_of(self)

    @classmethod
    def _from_folder(cls, content: ModelFolder) -> Self:
        student = cls(content.prior, **parameters_in(content))
        student._check_parameters()
        for name, value in fitted_in(content).items():
            setattr(student, name, value)
        return student
