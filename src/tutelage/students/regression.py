"""TaughtRegressor: numbers and a teacher's prior in, a small explainable regression out."""

from __future__ import annotations

import math
import numbers
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted
from typing_extensions import Self

from tutelage.errors import InputError
from tutelage.explanation import Explanation
from tutelage.learning.regression import Loss, RegressionFit, fit_regression
from tutelage.lessons.feature_prior import SCALE, FeaturePrior
from tutelage.students.bodies import LinearBody
from tutelage.students.explain_row import explain_number
from tutelage.students.files import ModelFolder
from tutelage.students.regression_files import (
    fitted_regressor_in,
    folder_of_regressor,
    regressor_parameters_in,
)
from tutelage.students.regression_prior import PRIOR_UNITS, PriorUnits, teaching_of
from tutelage.students.table_student import TableStudent
from tutelage.students.targets import learn_target
from tutelage.students.trust import Trust, trust_of

Array = NDArray[np.float64]
STUDENTS = ("linear",)
LOSSES = ("squared", "absolute")


class TaughtRegressor(RegressorMixin, TableStudent):
    """Small regression that learns from numbers and from what a teacher deems important.

    The linear student is the mean of a posterior: the weights are those of the teacher, times a
    size that the labels set, plus a deviation that the labels must pay for. Noise, size of the
    effects and trust in the teacher are averaged by evidence (see
    :func:`tutelage.learning.regression.fit_regression`). Fitting takes milliseconds, is
    deterministic, and never asks a teacher.

    Parameters
    ----------
    prior
        The teacher's scores on the original columns, matched by name. Of one class, whatever its
        name, or of two, the last of which means a larger target. Positive: a larger value (or
        being in the category) goes with a larger target. ``None``: the plain student.
    student
        ``"linear"``.
    trust
        ``"auto"``: chosen by evidence. A number in [0, 1]: the share of the prior variance of the
        signal that is the teacher's; 0 is exactly the plain student, 1 leaves the labels only
        the size (never its sign) and the offset of the teacher's score.
    loss
        ``"squared"``: predicts the mean, noise is Normal. ``"absolute"``: predicts the median,
        noise is Laplace, so that a few wild targets count little; about 30 times slower.
    prior_units
        ``"relative"``: only the ratios of the scores count, and the labels set the size.
        ``"per_sd"``: scores are target units per standard deviation of the encoded column.
        ``"per_unit"``: target units per unit of the column, at its median. For a category both
        mean the target in it minus that out of it. Stated units are believed as far as trust goes:
        one row gives a useful model; trust 1 leaves the labels the offset only.
    prior_scale
        For stated units: what a score of 1 stands for, > 0; the ``scale`` that was given to
        ``FeaturePrior.from_scores`` makes it the number that was written.

    Attributes
    ----------
    coef_ : (n_encoded,)
        Target units per unit of the standardised, encoded columns.
    intercept_ : float
    body_ : LinearBody
        What the student is inside: encoded rows -> predictions.
    layout_ : ColumnLayout
        How a table becomes a matrix.
    trust_ : Trust
        How far the teacher was believed. With ``trust="auto"``: the posterior of the share of the
        signal that is the teacher's, after the labels have set the size of its effect.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Columns on which the answers disagree may deviate more from their mean: the prior variance of
    a weight follows the root mean square of the answers, so the spread over answers is the
    width's shape; its size comes from the evidence. Missing cells are allowed; categories never
    seen count as average. Rows without a target may be given to ``fit`` as ``unlabelled``.

    To ask a teacher, name two pseudo-classes: ``teacher.feature_prior(task, columns,
    ["lower price", "higher price"])`` asks about the last.

    References
    ----------
    MacKay, "Bayesian Interpolation", Neural Computation 4, 1992: the evidence of linear models.

    Examples
    --------
    In these four rows the two columns always agree, so the labels alone cannot say which one
    matters. The teacher can.

    >>> X = pd.DataFrame({"rooms": [1, 2, 3, 4], "doors": [2, 3, 4, 5]})
    >>> y = [100.0, 210.0, 290.0, 400.0]
    >>> prior = FeaturePrior.from_scores({"higher price": {"rooms": 8, "doors": 0}})
    >>> model = TaughtRegressor(prior).fit(X, y)
    >>> larger, more_doors = pd.DataFrame({"rooms": [4, 1], "doors": [2, 5]}).pipe(model.predict)
    >>> bool(larger > more_doors)
    True
    >>> model.explain(pd.DataFrame({"rooms": [4], "doors": [2]})).top(1)[0][0]
    'rooms'
    """

    body_: LinearBody

    def __init__(
        self,
        prior: FeaturePrior | None = None,
        *,
        student: str = "linear",
        trust: float | Literal["auto"] = "auto",
        loss: Loss = "squared",
        prior_units: PriorUnits = "relative",
        prior_scale: float = SCALE,
    ):
        self.prior = prior
        self.student = student
        self.trust = trust
        self.loss = loss
        self.prior_units = prior_units
        self.prior_scale = prior_scale

    def fit(
        self,
        X: ArrayLike | pd.DataFrame,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        unlabelled: ArrayLike | pd.DataFrame | None = None,
    ) -> Self:
        """Learn from rows with a target.

        Parameters
        ----------
        X : (n_rows, n_columns)
            Data frame or array; numbers, booleans, text, missing cells.
        y : (n_rows,)
            Finite numbers.
        sample_weight : (n_rows,) or None
            Weight of each row, >= 0.
        unlabelled : (any, n_columns) or None
            More rows of the same columns, used for scaling and category lists only.

        Raises
        ------
        DataError
            When the table or the target cannot be used.
        PriorMismatch
            When the prior scores columns that the table lacks, or more than two classes.
        """
        self._check_parameters()
        trust = None if self.trust == "auto" else float(self.trust)
        # at trust 0 not even the kinds of the columns are the teacher's
        prior = None if trust == 0 else self.prior
        read = self._read_fit(X, y, sample_weight, unlabelled, prior=prior, learn=learn_target)
        self.layout_ = read.layout
        units, scale = self.prior_units, float(self.prior_scale)
        fit = fit_regression(
            read.rows,
            read.target,
            read.weights,
            teaching=None if prior is None else teaching_of(prior, read.layout, units, scale),
            spread=read.spread,
            kinship=read.kinship,
            trust=trust,
            loss=self.loss,
        )
        self.body_ = LinearBody(fit.weights[None, :], np.array([fit.intercept]))
        self.trust_ = _trust_in(fit, read.rows, given=trust)
        return self

    def predict(self, X: ArrayLike | pd.DataFrame) -> Array:
        """Return the predicted target of each row (n_rows,)."""
        encoded = self._encode(X)
        predicted: Array = self.body_.logits(encoded)[:, 0]
        return predicted

    def explain(self, X: ArrayLike | pd.DataFrame) -> Explanation:
        """Explain one row: exact signed contributions of the original columns, in target units.

        Contributions and bias sum to the prediction; the explanation's target is
        ``"prediction"`` and its probability NaN.

        Parameters
        ----------
        X : (1, n_columns)
            The row; with more rows, the first is explained. A ``Series`` is one row.
        """
        return explain_number(self._one_row(X), self.layout_, self.body_)

    @property
    def coef_(self) -> Array:
        """Target units per unit of each encoded column (n_encoded,)."""
        check_is_fitted(self, "body_")
        weights: Array = self.body_.weights[0]
        return weights

    @property
    def intercept_(self) -> float:
        """Prediction of a row that is average throughout."""
        check_is_fitted(self, "body_")
        return float(self.body_.intercepts[0])

    def _as_folder(self) -> ModelFolder:
        return folder_of_regressor(self)

    @classmethod
    def _from_folder(cls, content: ModelFolder) -> Self:
        student = cls(content.prior, **regressor_parameters_in(content))
        student._check_parameters()
        for name, value in fitted_regressor_in(content).items():
            setattr(student, name, value)
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
        if self.trust != "auto" and not (_is_number(self.trust) and 0 <= float(self.trust) <= 1):
            problems.append(f'trust must be "auto" or a number in [0, 1], got {self.trust!r}')
        if self.loss not in LOSSES:
            problems.append(f"loss must be one of {list(LOSSES)}, got {self.loss!r}")
        if self.prior_units not in PRIOR_UNITS:
            problems.append(
                f"prior_units must be one of {list(PRIOR_UNITS)}, got {self.prior_units!r}"
            )
        if not (_is_number(self.prior_scale) and 0 < float(self.prior_scale) < math.inf):
            problems.append(f"prior_scale must be a number above 0, got {self.prior_scale!r}")
        if problems:
            raise InputError("These parameters cannot be used:", problems)


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _trust_in(fit: RegressionFit, rows: Array, given: float | None) -> Trust:
    """Summarise how far the teacher was believed, and its share of the predictions."""
    largest = max(float(np.abs(fit.weights).max(initial=0.0)), 1e-300)
    taught = rows @ (fit.teacher_weights / largest)
    variances = float(taught.var()), float((rows @ (fit.weights / largest) - taught).var())
    share = variances[0] / sum(variances) if sum(variances) > 0 else 0.0
    if not any(belief.trust for belief in fit.beliefs):
        chosen_by = "user" if given == 0 else "no prior"
        return Trust(0.0, 0.0, 0.0, chosen_by, share)
    if given is not None:
        return Trust(given, given, given, "user", share)
    shares, masses = fit.shares.tolist(), fit.share_masses.tolist()
    return trust_of(shares, masses, share, chosen_by="evidence")
