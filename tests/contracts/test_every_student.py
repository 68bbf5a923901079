"""What every student must do, whatever it is made of: one list, one contract."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import tutelage
from tutelage import FeaturePrior, TaughtClassifier
from tutelage.students import boosted, mlp, residual

COLUMNS = ("age", "weight", "pulse", "job")


def prior_for(labels):
    """Return scores for the first and the last of the labels."""
    scores = {"age": [6, 7], "weight": -3, "job": {"clerk": 1, "farmer": -2}}
    turned = {"age": [-5, -6], "weight": 2, "job": {"clerk": -1, "farmer": 3}}
    scored = {labels[-1]: scores, labels[0]: turned}
    return FeaturePrior.from_scores(scored, classes=list(labels))


STUDENTS = {
    "plain": lambda labels: TaughtClassifier(),
    "with a prior": lambda labels: TaughtClassifier(prior_for(labels)),
    "trust 0": lambda labels: TaughtClassifier(prior_for(labels), trust=0),
    "trust 0.5": lambda labels: TaughtClassifier(prior_for(labels), trust=0.5),
    "trust 1": lambda labels: TaughtClassifier(prior_for(labels), trust=1.0),
    "balanced": lambda labels: TaughtClassifier(prior_for(labels), class_weight="balanced"),
    "mlp": lambda labels: TaughtClassifier(prior_for(labels), student="mlp"),
    "trees": lambda labels: TaughtClassifier(prior_for(labels), student="trees"),
    "published": lambda labels: TaughtClassifier(prior_for(labels), objective="laat", gamma=0.1),
}
LABELS = {
    "two texts": ["no", "yes"],
    "two integers": [0, 1],
    "two floats": [0.0, 1.0],
    "two booleans": [False, True],
    "three texts": ["a", "b", "c"],
    "three integers": [-1, 0, 7],
    "ten texts": [f"class {i}" for i in range(10)],
}


@pytest.fixture(autouse=True)
def short_training(monkeypatch):
    """Let students take steps on small tables too, and few of them."""
    monkeypatch.setattr(residual, "FEWEST_PER_CLASS", 2)
    monkeypatch.setattr(residual, "DOUBT", -1e9)
    monkeypatch.setattr(mlp, "SETTINGS", replace(mlp.SETTINGS, stages=(0, 4, 8)))
    monkeypatch.setattr(boosted, "SETTINGS", replace(boosted.SETTINGS, stages=(0, 2, 4)))


every_student = pytest.mark.parametrize("build", STUDENTS.values(), ids=STUDENTS)
every_kind_of_label = pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)


def made_table(labels=("no", "yes"), n_rows=60, seed=0):
    """Return a frame with numbers, a category and missing cells, and labels it predicts."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 3)), columns=list(COLUMNS[:3]))
    frame["job"] = rng.choice(["clerk", "farmer", None], n_rows)
    score = 2 * frame["age"] - frame["weight"] + 0.3 * rng.normal(size=n_rows)
    codes = np.argsort(np.argsort(score)) * len(labels) // n_rows
    frame.loc[3, "pulse"] = np.nan
    return frame, np.array(labels)[codes]


CHECKED = {
    "plain": TaughtClassifier(),
    "a number": TaughtClassifier(trust=0.5),
    "balanced": TaughtClassifier(class_weight="balanced"),
    "a prior without a score": TaughtClassifier(FeaturePrior((), ())),
    "mlp": TaughtClassifier(student="mlp"),
    "trees": TaughtClassifier(student="trees"),
    "published": TaughtClassifier(student="mlp", objective="laat", hidden=(10,)),
}


@pytest.mark.parametrize("student", CHECKED.values(), ids=CHECKED)
def test_scikit_learn_has_no_complaint(student):
    results = check_estimator(student, on_skip=None, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] != "passed"}
    assert set(failed) <= {"check_array_api_input"}  # skipped: needs SCIPY_ARRAY_API
    assert len(results) > 50


@every_student
def test_a_clone_keeps_the_prior_and_every_parameter(build):
    student = build(["no", "yes"])
    copy = clone(student.fit(*made_table()))
    assert copy.get_params() == student.get_params()
    assert copy.prior == student.prior
    assert not hasattr(copy, "body_")


@every_student
@every_kind_of_label
def test_a_student_learns_and_answers_with_the_labels_it_was_given(build, labels):
    X, y = made_table(labels)
    student = build(labels).fit(X, y)
    predicted = student.predict(X)
    assert predicted.dtype == y.dtype
    assert student.classes_.tolist() == sorted(labels)
    chance = student.predict_proba(X)
    assert chance.shape == (60, len(labels))
    assert chance.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(student.classes_[chance.argmax(axis=1)], predicted)


@every_student
@every_kind_of_label
def test_what_was_saved_predicts_the_same_to_the_bit(build, labels, tmp_path):
    X, y = made_table(labels)
    student = build(labels).fit(X, y)
    again = tutelage.load(student.save(tmp_path / "model"))
    assert np.array_equal(again.predict_proba(X), student.predict_proba(X))
    assert np.array_equal(again.predict(X), student.predict(X))
    assert again.predict(X).dtype == student.predict(X).dtype
    assert again.get_params() == student.get_params()
    assert again.explain(X.iloc[[0]]) == student.explain(X.iloc[[0]])
    assert str(again.trust_) == str(student.trust_)


@every_student
def test_fitting_twice_gives_the_same_numbers_to_the_bit(build):
    X, y = made_table()
    first, second = (build(["no", "yes"]).fit(X, y) for _ in range(2))
    assert np.array_equal(first.decision_function(X), second.decision_function(X))


@every_student
def test_a_second_fit_forgets_the_first(build):
    student = build(["no", "yes"]).fit(*made_table(seed=5, n_rows=30))
    X, y = made_table()
    anew = build(["no", "yes"]).fit(X, y)
    assert np.array_equal(student.fit(X, y).decision_function(X), anew.decision_function(X))


@every_student
@pytest.mark.parametrize("n_labels", [2, 3])
def test_a_sample_weight_is_a_number_of_rows(build, n_labels):
    labels = ["no", "yes", "zzz"][:n_labels]
    X, y = made_table(labels)
    times = np.random.default_rng(1).integers(0, 4, len(y))
    weighted = build(labels).fit(X, y, sample_weight=times)
    rows = np.repeat(np.arange(len(y)), times)
    repeated = build(labels).fit(X.iloc[rows], y[rows])
    assert weighted.decision_function(X) == pytest.approx(repeated.decision_function(X), abs=1e-5)


@every_student
def test_a_balanced_student_is_one_with_the_weights_written_out(build):
    labels = ["no", "yes"]
    X, y = made_table(labels)
    X, y = X[15:], y[15:]
    n_yes = int((y == "yes").sum())
    assert n_yes != len(y) - n_yes
    written = {"no": len(y) / 2 / (len(y) - n_yes), "yes": len(y) / 2 / n_yes}
    balanced = build(labels).set_params(class_weight="balanced").fit(X, y)
    by_hand = build(labels).set_params(class_weight=written).fit(X, y)
    assert balanced.decision_function(X) == pytest.approx(by_hand.decision_function(X), abs=1e-9)


@every_student
def test_a_heavier_class_is_predicted_more_often(build):
    X, y = made_table()
    light = build(["no", "yes"]).set_params(class_weight={"no": 1, "yes": 0.05}).fit(X, y)
    heavy = build(["no", "yes"]).set_params(class_weight={"no": 0.05, "yes": 1}).fit(X, y)
    assert (light.predict_proba(X)[:, 1] < heavy.predict_proba(X)[:, 1]).all()


@every_student
def test_a_student_fits_into_a_pipeline_with_named_columns(build):
    X, y = made_table()
    numbers = X[list(COLUMNS[:3])]
    student = build(["no", "yes"])
    if student.prior is not None:
        student.set_params(prior=student.prior.select(COLUMNS[:3]))
    pipeline = make_pipeline(StandardScaler().set_output(transform="pandas"), student)
    assert pipeline.fit(numbers, y).score(numbers, y) > 0.7
    assert pipeline[-1].feature_names_in_.tolist() == list(COLUMNS[:3])


def test_the_trust_can_be_searched():
    X, y = made_table(n_rows=90)
    grid = {"trust": [0, 0.5, 1.0, "auto"]}
    search = GridSearchCV(TaughtClassifier(prior_for(["no", "yes"])), grid, cv=3).fit(X, y)
    assert search.best_params_["trust"] in grid["trust"]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_the_prior_can_be_searched():
    X, y = made_table(n_rows=90)
    right = prior_for(["no", "yes"])
    grid = {"prior": [right, right.flipped()], "trust": [1.0]}
    search = GridSearchCV(TaughtClassifier(), grid, cv=3).fit(X, y)
    assert search.best_params_["prior"] is right


@every_student
def test_a_student_is_cross_validated(build):
    X, y = made_table(n_rows=90)
    assert cross_val_score(build(["no", "yes"]), X, y, cv=3).mean() > 0.7


@every_student
def test_columns_are_remembered_by_name(build):
    X, y = made_table()
    student = build(["no", "yes"]).fit(X, y)
    assert student.feature_names_in_.tolist() == list(COLUMNS)
    assert student.n_features_in_ == 4
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        student.predict(X[list(reversed(COLUMNS))])
    with pytest.raises(ValueError, match="Feature names seen at fit time, yet now missing"):
        student.predict(X.drop(columns="pulse"))


@every_student
@pytest.mark.parametrize("n_labels", [2, 3])
def test_an_explanation_sums_to_the_score(build, n_labels):
    labels = ["no", "yes", "zzz"][:n_labels]
    X, y = made_table(labels)
    student = build(labels).fit(X, y)
    why = student.explain(X.iloc[[7]])
    assert why.units == COLUMNS
    assert sum(why.contributions) + why.bias == pytest.approx(why.score, abs=1e-12)
    assert why.target == student.predict(X.iloc[[7]])[0]


@every_student
def test_an_unfitted_student_says_so(build):
    X, _ = made_table()
    student = build(["no", "yes"])
    for call in (student.predict, student.predict_proba, student.explain):
        with pytest.raises(ValueError, match="not fitted yet"):
            call(X)
    with pytest.raises(ValueError, match="not fitted yet"):
        student.save("nowhere")
