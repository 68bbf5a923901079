"""What no student may be thrown by, and what every student must refuse in one clear message."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tutelage import FeaturePrior, TaughtClassifier, TaughtRegressor
from tutelage.errors import DataError, InputError, PriorMismatch
from tutelage.students import boosted, mlp, residual

STUDENTS = {
    "linear": lambda prior=None, **given: TaughtClassifier(prior, **given),
    "mlp": lambda prior=None, **given: TaughtClassifier(prior, student="mlp", **given),
    "trees": lambda prior=None, **given: TaughtClassifier(prior, student="trees", **given),
    "published": lambda prior=None, **given: TaughtClassifier(prior, objective="laat", **given),
    "regressor": lambda prior=None, **given: TaughtRegressor(prior, **given),
    "median": lambda prior=None, **given: TaughtRegressor(prior, loss="absolute", **given),
}
REGRESSORS = ("regressor", "median")
every_student = pytest.mark.parametrize("name", STUDENTS)

PRIOR = FeaturePrior.from_scores({"yes": {"age": [6, 7], "pulse": -3}}, classes=["no", "yes"])


@pytest.fixture(autouse=True)
def short_training(monkeypatch):
    """Let students take steps on small tables too, and few of them."""
    monkeypatch.setattr(residual, "FEWEST_PER_CLASS", 2)
    monkeypatch.setattr(residual, "DOUBT", -1e9)
    monkeypatch.setattr(mlp, "SETTINGS", replace(mlp.SETTINGS, stages=(0, 3)))
    monkeypatch.setattr(boosted, "SETTINGS", replace(boosted.SETTINGS, stages=(0, 2)))


def made_table(n_rows=16, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(size=n_rows), "pulse": rng.normal(size=n_rows)})
    frame["job"] = rng.choice(["clerk", "farmer"], n_rows)
    return frame


def target_of(name, frame):
    """Return labels for a classifier, numbers for a regressor."""
    rank = np.argsort(np.argsort(np.arange(len(frame)) % 7))
    numbers = frame["age"].rank().to_numpy() if "age" in frame else rank.astype(float)
    return numbers if name in REGRESSORS else np.where(numbers > len(frame) / 2, "yes", "no")


def finite_answers(student, frame):
    """Return what a student predicts of ``frame``, checked to be numbers, with an explanation."""
    is_number = isinstance(student, TaughtRegressor)
    said = student.predict(frame) if is_number else student.predict_proba(frame)
    assert np.isfinite(said).all()
    why = student.explain(frame.iloc[[0]])
    assert np.isfinite(why.contributions).all()
    tolerance = 1e-9 * max(1.0, abs(why.score))
    assert sum(why.contributions) + why.bias == pytest.approx(why.score, abs=tolerance)
    assert np.isfinite(student.slopes(frame)).all()
    assert 0 <= student.trust_.low <= student.trust_.high <= 1
    return said


# ── what every student learns from ──

BENIGN = {
    "duplicated columns": lambda f: f.assign(again=f["age"], once_more=f["age"]),
    "collinear columns": lambda f: f.assign(sum=f["age"] + f["pulse"], minus=-2 * f["age"]),
    "a constant column": lambda f: f.assign(same=1e300, word="always"),
    "an empty column": lambda f: f.assign(gone=np.nan, lost=None),
    "missing cells": lambda f: f.mask(np.random.default_rng(1).random(f.shape) < 0.3),
    "tiny numbers": lambda f: f.assign(age=f["age"] * 1e-300),
    "huge numbers": lambda f: f.assign(age=f["age"] * 1e300, pulse=f["pulse"] * 1e307),
    "both": lambda f: f.assign(age=f["age"] * 1e300, pulse=f["pulse"] * 1e-300),
    "one wild cell": lambda f: f.assign(pulse=[1e308, *f["pulse"][1:]]),
    "denormal numbers": lambda f: f.assign(pulse=5e-324 * np.arange(len(f))),
    "more columns than rows": lambda f: f.join(
        pd.DataFrame(np.random.default_rng(2).normal(size=(len(f), 60))).add_prefix("x")
    ),
    "odd names": lambda f: f.rename(columns={"job": 'a "b" {c}\n\u202e\ud83d ""'}),
    "whole numbers too large for a float": lambda f: f.assign(n=[2**63 - 1] * len(f)),
    "booleans": lambda f: f.assign(flag=f["age"] > 0),
    "one row of a category": lambda f: f.assign(job=["mayor", *f["job"][1:]]),
}


@every_student
@pytest.mark.parametrize("change", BENIGN.values(), ids=BENIGN)
def test_a_student_learns_from_an_odd_table(name, change):
    frame = change(made_table())
    student = STUDENTS[name](PRIOR).fit(frame, target_of(name, made_table()))
    said = finite_answers(student, frame)
    assert np.ptp(said) > 0


@every_student
def test_one_row_per_class_or_two_rows_are_enough(name):
    frame = made_table(2)
    student = STUDENTS[name](PRIOR).fit(frame, target_of(name, frame))
    finite_answers(student, frame)
    finite_answers(student, made_table(seed=3))


@pytest.mark.parametrize("name", REGRESSORS)
def test_one_row_is_enough_for_a_number(name):
    frame = made_table(1)
    student = STUDENTS[name](PRIOR).fit(frame, [7.0])
    assert finite_answers(student, made_table()) == pytest.approx(7.0, abs=20)


@pytest.mark.parametrize("name", REGRESSORS)
@pytest.mark.parametrize("unit", [1e-300, 1e-12, 1e12, 1e290])
def test_the_unit_of_the_target_does_not_matter(name, unit):
    frame = made_table()
    target = target_of(name, frame)
    plain = STUDENTS[name](PRIOR).fit(frame, target).predict(frame)
    scaled = STUDENTS[name](PRIOR).fit(frame, target * unit)
    assert finite_answers(scaled, frame) / unit == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize("name", REGRESSORS)
def test_a_target_that_never_varies_is_what_is_predicted(name):
    frame = made_table()
    student = STUDENTS[name](PRIOR).fit(frame, np.full(len(frame), 3.0))
    assert finite_answers(student, frame) == pytest.approx(np.full(len(frame), 3.0), abs=1e-6)


@every_student
def test_a_prior_of_zeros_is_no_prior(name):
    frame = made_table()
    zeros = FeaturePrior.from_scores({"yes": {"age": [0, 0], "pulse": 0}}, classes=["no", "yes"])
    target = target_of(name, frame)
    with_zeros, without = (STUDENTS[name](p).fit(frame, target) for p in (zeros, None))
    assert np.array_equal(finite_answers(with_zeros, frame), finite_answers(without, frame))


@every_student
def test_a_prior_that_contradicts_itself_is_one_without_an_opinion(name):
    frame = made_table()
    torn = FeaturePrior.from_scores({"yes": {"age": 6, "pulse": -3}, "no": {"age": 6, "pulse": -3}})
    student = STUDENTS[name](torn).fit(frame, target_of(name, frame))
    finite_answers(student, frame)


@every_student
def test_answers_at_both_ends_of_the_scale_are_learned_from(name):
    wild = FeaturePrior.from_scores(
        {"yes": {"age": [10, -10, 10, -10], "pulse": [10, 10]}}, classes=["no", "yes"]
    )
    frame = made_table()
    finite_answers(STUDENTS[name](wild).fit(frame, target_of(name, frame)), frame)


@every_student
def test_cells_never_seen_are_answered_with_numbers(name):
    frame = made_table()
    student = STUDENTS[name](PRIOR).fit(frame, target_of(name, frame))
    later = frame.assign(age=[1e308, -1e308, np.nan, 0] * 4, job=["astronaut", None] * 8)
    finite_answers(student, later)


# ── what every student refuses ──

REFUSED_TABLES = {
    "no rows": (lambda f: f[:0], "0 sample"),
    "no columns": (lambda f: f[[]], "0 feature"),
    "infinity": (lambda f: f.assign(pulse=np.inf), "'pulse' holds an infinite number"),
    "minus infinity": (lambda f: f.assign(age=[-np.inf] + [0.0] * 15), "'age' holds an infinite"),
    "dates": (lambda f: f.assign(born=pd.Timestamp("2000-01-01")), "'born' holds dates"),
    "a name twice": (lambda f: f.set_axis(["age", "age", "job"], axis=1), "repeated: \\['age'\\]"),
    "lists in cells": (lambda f: f.assign(job=[["clerk"]] * 16), "holds a list"),
    "other rows than targets": (lambda f: f[:9], "same number of rows, got 9 and 16"),
}


@every_student
@pytest.mark.parametrize(("change", "message"), REFUSED_TABLES.values(), ids=REFUSED_TABLES)
def test_a_table_that_cannot_be_used_is_refused(name, change, message):
    frame = made_table()
    with pytest.raises(ValueError, match=message):
        STUDENTS[name]().fit(change(frame), target_of(name, frame))


@every_student
def test_every_problem_of_a_table_is_told_at_once(name):
    frame = made_table().assign(pulse=np.inf, born=pd.Timestamp("2000-01-01"))
    with pytest.raises(DataError) as caught:
        STUDENTS[name]().fit(frame, target_of(name, frame))
    assert len(caught.value.problems) == 2


@every_student
def test_too_many_categories_are_refused(name):
    frame = made_table(1100).assign(job=[f"person {n}" for n in range(1100)])
    with pytest.raises(DataError, match="'job' has 1100 different values; at most 1000"):
        STUDENTS[name]().fit(frame, target_of(name, frame))


REFUSED_TARGETS = {
    "a missing one": (lambda y: [None, *y[1:]], "contains NaN: 1 of 16"),
    "two columns": (lambda y: np.column_stack([y, y]), "1d array"),
    "none at all": (lambda y: None, "1d array|None"),
}


@every_student
@pytest.mark.parametrize(("change", "message"), REFUSED_TARGETS.values(), ids=REFUSED_TARGETS)
def test_a_target_that_cannot_be_used_is_refused(name, change, message):
    frame = made_table()
    with pytest.raises(ValueError, match=message):
        STUDENTS[name]().fit(frame, change(target_of(name, frame).tolist()))


@pytest.mark.parametrize("name", REGRESSORS)
@pytest.mark.parametrize(
    ("target", "message"),
    [
        (["cheap"] * 16, "y must hold numbers, got 'cheap' in row 0. Use TaughtClassifier"),
        ([1.0] * 15 + ["dear"], "got 'dear' in row 15|got '1.0' in row 0"),
        ([1.0] * 15 + [np.inf], "contains infinity: 1 of 16 targets, the first in row 15"),
        ([10**400] * 16, "numbers that a float can hold"),
    ],
)
def test_a_number_that_is_none_is_refused(name, target, message):
    with pytest.raises(DataError, match=message):
        STUDENTS[name]().fit(made_table(), np.array(target, dtype=object))


@pytest.mark.parametrize("name", sorted(set(STUDENTS) - set(REGRESSORS)))
def test_one_class_only_is_refused(name):
    with pytest.raises(DataError, match=r"at least 2 classes, got one class: \['yes'\]"):
        STUDENTS[name]().fit(made_table(), ["yes"] * 16)


REFUSED_PRIORS = {
    "a column the table lacks": (
        {"yes": {"agee": 3}}, ["no", "yes"],
        r"column 'agee' is scored but not in the table \(the table has 'age'\)",
    ),
    "a number for a text": (
        {"yes": {"job": 3}}, ["no", "yes"], "'job' is scored as a number but holds the categories",
    ),
}  # fmt: skip


@every_student
@pytest.mark.parametrize(
    ("scores", "classes", "message"), REFUSED_PRIORS.values(), ids=REFUSED_PRIORS
)
def test_a_prior_of_another_table_is_refused(name, scores, classes, message):
    frame = made_table()
    prior = FeaturePrior.from_scores(scores, classes=classes)
    with pytest.raises(PriorMismatch, match=message):
        STUDENTS[name](prior).fit(frame, target_of(name, frame))


@every_student
def test_a_prior_for_classes_the_data_lack_is_refused(name):
    prior = FeaturePrior.from_scores({"a": {"age": 1}, "b": {"age": 2}, "c": {"age": 3}})
    message = "one class, a larger target" if name in REGRESSORS else "no scored class is among"
    frame = made_table()
    with pytest.raises(PriorMismatch, match=message):
        STUDENTS[name](prior).fit(frame, target_of(name, frame))


@every_student
@pytest.mark.parametrize(
    ("weights", "message"),
    [([0.0] * 16, "above 0|non-zero"), ([-1.0] * 16, "(?i)negative"), ([1.0] * 3, "sample_weight")],
)
def test_weights_that_cannot_be_used_are_refused(name, weights, message):
    frame = made_table()
    with pytest.raises(ValueError, match=message):
        STUDENTS[name]().fit(frame, target_of(name, frame), sample_weight=weights)


@every_student
def test_every_wrong_parameter_is_told_at_once(name):
    with pytest.raises(InputError) as caught:
        STUDENTS[name]("scores", trust=2).fit(made_table(), target_of(name, made_table()))
    told = "\n".join(caught.value.problems)
    assert "prior must be a FeaturePrior or None, got str" in told
    assert 'trust must be "auto" or a number in [0, 1], got 2' in told


@every_student
def test_rows_of_another_table_are_refused(name):
    frame = made_table()
    student = STUDENTS[name]().fit(frame, target_of(name, frame))
    for other, message in (
        (frame.drop(columns="age"), "now missing"),
        (frame.assign(more=1), "unseen at fit time"),
        (frame.assign(age="old"), "'age' was a number in fit and holds text now"),
        (frame.assign(age=np.inf), "'age' holds an infinite number"),
        (frame[:0], "0 sample"),
    ):
        with pytest.raises(ValueError, match=message):
            student.predict(other)


@every_student
def test_unlabelled_rows_of_other_kinds_are_refused(name):
    frame = made_table()
    with pytest.raises(DataError, match="'age' is a number in X and text in unlabelled"):
        STUDENTS[name]().fit(frame, target_of(name, frame), unlabelled=frame.assign(age="old"))
