"""Every method of the table benchmark, behind one signature.

A method is trained with the labelled rows, their labels, the unlabelled rows, what the teacher
said, and a seed. It returns a function from new rows to P(positive). The test rows come only
after training, so that no method can see them earlier.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from table_data import POSITIVE, RecordedScores, categorical_columns

Frame = pd.DataFrame
Predict = Callable[[Frame], np.ndarray]
Fit = Callable[[Frame, np.ndarray, Frame, RecordedScores, int], Predict]

TEACHER_EXPONENT = 0.5
PAPER_GRID = [10.0**power for power in range(2, -6, -1)]
TUNED_GRID = np.logspace(-4, 3, 15)
# Depth, learning rate and penalty as in published grids, thinned; rounds are read off one path.
# A leaf may hold a single row, else 10 labelled rows allow next to no split. Each split draws
# from three tenths of the columns: on other splits (130, 131 of four tables) .02 to .03 better.
BOOSTING_GRID = {"max_depth": (2, 4), "learning_rate": (0.1, 0.3), "lambda": (1.0, 10.0)}
BOOSTING_ROUNDS = (5, 10, 20, 40, 100)
BOOSTING_FIXED = {
    "objective": "binary:logistic",
    "min_child_weight": 0.25,
    "colsample_bynode": 0.3,
    "tree_method": "hist",
    "nthread": 1,
}
BOOSTING_UNTUNED = ({"max_depth": 2, "learning_rate": 0.1, "lambda": 1.0}, 40)


@dataclass(frozen=True)
class Method:
    """A name and how to train it.

    ``gives_probabilities`` is False for a method whose outputs only rank the rows.
    """

    name: str
    fit: Fit
    gives_probabilities: bool = True

    @property
    def is_ours(self) -> bool:
        """Whether the method is this library, so that its results age with the code."""
        return self.name.startswith("ours")


def teacher_alone(
    labelled: Frame, y: np.ndarray, unlabelled: Frame, scores: RecordedScores, seed: int
) -> Predict:
    """Rank by the teacher's scores on z-scored columns; the labels are not used."""
    scaler = StandardScaler().fit(_encoded_pool(labelled, unlabelled, scores))
    mean = scores.mean
    weights = np.sign(mean) * np.expm1(TEACHER_EXPONENT * np.abs(mean))
    return lambda test: scaler.transform(scores.encode(test)) @ weights


def laat(
    network: str,
    pool_scaled: bool,
    labelled: Frame,
    y: np.ndarray,
    unlabelled: Frame,
    scores: RecordedScores,
    seed: int,
) -> Predict:
    """Train the published student; ``pool_scaled`` fits its scaler on the unlabelled rows too."""
    import reference_laat as reference

    build = {"lr": reference.linear_network, "mlp": reference.mlp_network}[network]
    scaling_rows = _encoded_pool(labelled, unlabelled, scores) if pool_scaled else None
    rows, positive = scores.encode(labelled), y == POSITIVE
    predict = reference.fit_laat(build, rows, positive, scores.mean, seed, scaling_rows)
    return lambda test: predict(scores.encode(test))


def lr_paper(
    labelled: Frame, y: np.ndarray, unlabelled: Frame, scores: RecordedScores, seed: int
) -> Predict:
    """Logistic regression as the paper tuned it: l2, ROC AUC, scaled on the labelled rows."""
    model = make_pipeline(MinMaxScaler(), LogisticRegression())
    folds = min(5, _smallest_class(y))
    if folds > 1:
        grid = {"logisticregression__C": PAPER_GRID}
        model = GridSearchCV(model, grid, scoring="roc_auc", cv=folds)
    return _encoded_student(model, scores.encode(labelled), y, scores)


def lr_tuned(
    labelled: Frame, y: np.ndarray, unlabelled: Frame, scores: RecordedScores, seed: int
) -> Predict:
    """Logistic regression tuned with care: l2, log loss, scaled on the whole pool."""
    scaler = StandardScaler().fit(_encoded_pool(labelled, unlabelled, scores))
    folds = min(5, _smallest_class(y))
    model: Any = LogisticRegression(max_iter=1000)
    if folds > 1:
        model = LogisticRegressionCV(
            Cs=TUNED_GRID,
            cv=folds,
            scoring="neg_log_loss",
            max_iter=1000,
            l1_ratios=(0,),
            use_legacy_attributes=False,
        )
    return _encoded_student(model, scores.encode(labelled), y, scores, scaler.transform)


def random_forest(
    labelled: Frame, y: np.ndarray, unlabelled: Frame, scores: RecordedScores, seed: int
) -> Predict:
    """scikit-learn's random forest on one-hot columns, library defaults."""
    model = RandomForestClassifier(random_state=seed, n_jobs=1)
    return _encoded_student(model, scores.encode(labelled), y, scores)


def hist_gradient_boosting(
    labelled: Frame, y: np.ndarray, unlabelled: Frame, scores: RecordedScores, seed: int
) -> Predict:
    """scikit-learn's gradient boosting with its own categories, library defaults."""
    pool = pd.concat([labelled, unlabelled])
    known = {name: pool[name].unique() for name in categorical_columns(pool)}

    def typed(frame: Frame) -> Frame:
        kinds = {
            name: pd.Categorical(_known(frame[name], known[name]), known[name]) for name in known
        }
        return frame.assign(**kinds)

    model = HistGradientBoostingClassifier(random_state=seed).fit(typed(labelled), y)
    return lambda test: _positive(model, typed(test))


def catboost(
    labelled: Frame, y: np.ndarray, unlabelled: Frame, scores: RecordedScores, seed: int
) -> Predict:
    """CatBoost with its own categories, library defaults, on one thread."""
    from catboost import CatBoostClassifier

    if (labelled.nunique() == 1).all():  # CatBoost refuses rows that are all the same
        return lambda test: np.full(len(test), np.mean(y == POSITIVE))
    model = CatBoostClassifier(
        cat_features=categorical_columns(labelled),
        thread_count=1,
        random_seed=seed,
        allow_writing_files=False,
        verbose=False,
    ).fit(_plain_strings(labelled), y)
    return lambda test: _positive(model, _plain_strings(test))


def xgboost_tuned(
    labelled: Frame, y: np.ndarray, unlabelled: Frame, scores: RecordedScores, seed: int
) -> Predict:
    """XGBoost on one-hot columns; grid and rounds by log loss over five stratified folds."""
    import xgboost

    rows, positive = scores.encode(labelled), (y == POSITIVE).astype(float)
    options, rounds = BOOSTING_UNTUNED
    folds = min(5, _smallest_class(y))
    if folds > 1:
        dealt = StratifiedKFold(folds, shuffle=True, random_state=seed)
        parts = list(dealt.split(rows, positive))
        choices = [
            dict(zip(BOOSTING_GRID, values, strict=True))
            for values in product(*BOOSTING_GRID.values())
        ]
        losses = np.array([_boosting_losses(one, rows, positive, parts) for one in choices])
        best, stage = np.unravel_index(losses.argmin(), losses.shape)
        options, rounds = choices[best], BOOSTING_ROUNDS[stage]
    options = {**options, "seed": seed}
    model = xgboost.train(
        {**BOOSTING_FIXED, **options}, xgboost.DMatrix(rows, positive), num_boost_round=rounds
    )
    return lambda test: model.predict(xgboost.DMatrix(scores.encode(test))).astype(float)


def _boosting_losses(
    options: dict[str, float],
    rows: np.ndarray,
    positive: np.ndarray,
    parts: list[tuple[np.ndarray, np.ndarray]],
) -> np.ndarray:
    """Return the mean log loss on held-out rows after each of BOOSTING_ROUNDS."""
    import xgboost

    losses = np.empty((len(BOOSTING_ROUNDS), len(positive)))
    for inside, outside in parts:
        matrix = xgboost.DMatrix(rows[inside], positive[inside])
        model = xgboost.train(
            {**BOOSTING_FIXED, **options}, matrix, num_boost_round=BOOSTING_ROUNDS[-1]
        )
        held = xgboost.DMatrix(rows[outside])
        for stage, rounds in enumerate(BOOSTING_ROUNDS):
            margins = model.predict(held, output_margin=True, iteration_range=(0, rounds))
            losses[stage, outside] = np.logaddexp(0, margins) - positive[outside] * margins
    return losses.mean(axis=1)


def ours(
    variant: str,
    labelled: Frame,
    y: np.ndarray,
    unlabelled: Frame,
    scores: RecordedScores,
    seed: int,
) -> Predict:
    """`tutelage.TaughtClassifier`; the variants take one thing away.

    ``k_rows`` has no unlabelled rows, ``no_prior`` no teacher, ``shuffled`` a teacher whose
    scores sit on the wrong columns.
    """
    from tutelage import TaughtClassifier

    prior = _prior(scores)
    if variant == "shuffled":
        prior = prior.shuffled(seed)
    trust: Any = 0 if variant == "no_prior" else "auto"
    rest = None if variant == "k_rows" or unlabelled.empty else unlabelled
    model = TaughtClassifier(prior, trust=trust).fit(labelled, y, unlabelled=rest)
    return lambda test: _positive(model, test)


# In the order in which a split is run: cheap and telling methods first.
METHODS = (
    Method("ours", partial(ours, "full")),
    Method("ours_k_rows", partial(ours, "k_rows")),
    Method("ours_no_prior", partial(ours, "no_prior")),
    Method("ours_shuffled", partial(ours, "shuffled")),
    Method("teacher_alone", teacher_alone, gives_probabilities=False),
    Method("catboost", catboost),
    Method("lr_tuned", lr_tuned),
    Method("laat_lr", partial(laat, "lr", False)),
    Method("laat_lr_pool_scaled", partial(laat, "lr", True)),
    Method("lr_paper", lr_paper),
    Method("hist_gradient_boosting", hist_gradient_boosting),
    Method("laat_mlp", partial(laat, "mlp", False)),
    Method("laat_mlp_pool_scaled", partial(laat, "mlp", True)),
    Method("random_forest", random_forest),
    Method("xgboost_tuned", xgboost_tuned),
)
METHOD_NAMED = {method.name: method for method in METHODS}


@cache
def _prior(scores: RecordedScores) -> Any:
    """Build the prior once per table: it is an input of training, not a part of it."""
    from tutelage import FeaturePrior

    return FeaturePrior.from_scores(scores.nested(), scale=10)


def _encoded_student(
    model: Any,
    rows: np.ndarray,
    y: np.ndarray,
    scores: RecordedScores,
    scale: Callable[[np.ndarray], np.ndarray] = lambda rows: rows,
) -> Predict:
    """Fit a scikit-learn model on one-hot ``rows``; grids may hold values that do not converge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(scale(rows), y)
    return lambda test: _positive(model, scale(scores.encode(test)))


def _encoded_pool(labelled: Frame, unlabelled: Frame, scores: RecordedScores) -> np.ndarray:
    return scores.encode(pd.concat([labelled, unlabelled]))


def _positive(model: Any, rows: Any) -> np.ndarray:
    return model.predict_proba(rows)[:, list(model.classes_).index(POSITIVE)]


def _smallest_class(y: np.ndarray) -> int:
    return int(np.unique(y, return_counts=True)[1].min())


def _known(values: pd.Series, categories: np.ndarray) -> pd.Series:
    """Leave out what is not among ``categories``, as a missing value."""
    return values.where(values.isin(categories))


def _plain_strings(frame: Frame) -> Frame:
    """CatBoost takes categories as objects, not as pandas' own strings."""
    return frame.astype(dict.fromkeys(categorical_columns(frame), object))
