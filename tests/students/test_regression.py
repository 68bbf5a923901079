"""TaughtRegressor: scikit-learn's contract, priors in three units, files, odd input."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import tutelage
from tutelage import FeaturePrior, ScriptedClient, TaughtRegressor, Teacher
from tutelage.errors import DataError, InputError, ModelFileError, PriorMismatch
from tutelage.teacher.task_card import Column

SCORES = {"rooms": [7, 8], "age": -4, "heating": {"gas": 1, "coal": -3}}
PRIOR = FeaturePrior.from_scores({"higher price": SCORES})
STUDENTS = {
    "plain": lambda: TaughtRegressor(),
    "with a prior": lambda: TaughtRegressor(PRIOR),
    "trust 0": lambda: TaughtRegressor(PRIOR, trust=0),
    "trust 0.5": lambda: TaughtRegressor(PRIOR, trust=0.5),
    "trust 1": lambda: TaughtRegressor(PRIOR, trust=1),
    "absolute": lambda: TaughtRegressor(PRIOR, loss="absolute"),
    "per sd": lambda: TaughtRegressor(PRIOR, prior_units="per_sd"),
    "per unit": lambda: TaughtRegressor(PRIOR, prior_units="per_unit"),
}
every_student = pytest.mark.parametrize("build", STUDENTS.values(), ids=STUDENTS)
every_loss = pytest.mark.parametrize("loss", ["squared", "absolute"])


def made_table(n_rows=60, seed=0):
    """Return a frame with numbers, a category and missing cells, and a target it predicts."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 3)), columns=["rooms", "age", "floor"])
    frame["heating"] = rng.choice(["gas", "coal", None], n_rows)
    target = 20 * frame["rooms"] - 8 * frame["age"] + 3 * rng.normal(size=n_rows) + 300
    target += 6 * (frame["heating"] == "gas")
    frame.loc[3, "floor"] = np.nan
    return frame, target.to_numpy()


def numbers_only(n_rows=40, n_columns=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_columns))
    return X, X @ np.arange(1.0, n_columns + 1) + 0.3 * rng.normal(size=n_rows)


CHECKED = {
    "plain": TaughtRegressor(),
    "a number": TaughtRegressor(trust=0.5),
    "absolute": TaughtRegressor(loss="absolute"),
    "a prior without a score": TaughtRegressor(FeaturePrior((), ())),
}


@pytest.mark.parametrize("student", CHECKED.values(), ids=CHECKED)
def test_scikit_learn_has_no_complaint(student):
    results = check_estimator(student, on_skip=None, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] != "passed"}
    assert set(failed) <= {"check_array_api_input"}  # skipped: needs SCIPY_ARRAY_API
    assert len(results) > 45


@every_student
def test_a_clone_keeps_the_prior_and_every_parameter(build):
    student = build()
    copy = clone(student.fit(*made_table()))
    assert copy.get_params() == student.get_params()
    assert not hasattr(copy, "body_")
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        copy.predict(made_table()[0])


@every_student
def test_what_was_saved_predicts_the_same_to_the_bit(build, tmp_path):
    X, y = made_table()
    student = build().fit(X, y)
    again = tutelage.load(student.save(tmp_path / "model"))
    assert type(again) is TaughtRegressor
    assert np.array_equal(again.predict(X), student.predict(X))
    assert again.get_params() == student.get_params()
    assert again.explain(X.iloc[[0]]).contributions == student.explain(X.iloc[[0]]).contributions
    assert str(again.trust_) == str(student.trust_)


def test_a_folder_with_a_loss_nobody_knows_is_refused(tmp_path):
    model = TaughtRegressor().fit(*made_table())
    model.loss = "cubed"
    with pytest.raises(ModelFileError, match=r"loss must be one of \['squared', 'absolute'\]"):
        tutelage.load(model.save(tmp_path / "model"))


@every_student
def test_contributions_and_bias_sum_to_the_prediction(build):
    X, y = made_table()
    student = build().fit(X, y)
    for row in (0, 3, 7):
        why = student.explain(X.iloc[[row]])
        total = sum(why.contributions) + why.bias
        assert total == pytest.approx(student.predict(X.iloc[[row]])[0])
        assert (why.target, why.units) == ("prediction", tuple(X.columns))
        assert why.score == pytest.approx(total)
        assert why.to_dict()["probability"] is None
    assert student.explain(X.iloc[0]) == student.explain(X.iloc[[0]]) or np.isnan(why.probability)


@every_student
def test_a_sample_weight_is_a_number_of_rows(build):
    X, y = made_table()
    times = np.random.default_rng(1).integers(0, 4, len(y))
    rows = np.repeat(np.arange(len(y)), times)
    weighted = build().fit(X, y, sample_weight=times)
    repeated = build().fit(X.iloc[rows], y[rows])
    assert weighted.predict(X) == pytest.approx(repeated.predict(X), rel=1e-5)


@every_loss
def test_trust_zero_is_the_plain_student_to_the_bit(loss):
    X, y = made_table()
    X["rooms"] = X["rooms"].round()
    prior = FeaturePrior.from_scores({"larger": {"rooms": {"1": 5, "-1": -4}, "age": 2}})
    plain = TaughtRegressor(loss=loss).fit(X, y)
    ignored = TaughtRegressor(prior, trust=0, loss=loss).fit(X, y)
    assert np.array_equal(plain.predict(X), ignored.predict(X))
    assert np.array_equal(plain.coef_, ignored.coef_)
    assert plain.trust_.chosen_by == "no prior"
    assert ignored.trust_.value == 0


@every_loss
def test_it_works_in_a_pipeline_a_search_and_cross_validation(loss):
    X, y = numbers_only()
    prior = FeaturePrior.from_scores({"larger": {"x0": 3, "x1": 6, "x2": 9}})
    pipeline = make_pipeline(StandardScaler(), TaughtRegressor(prior, loss=loss))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.9
    grid = {"trust": [0, 0.9, "auto"]}
    search = GridSearchCV(TaughtRegressor(prior, loss=loss), grid, cv=3).fit(X, y)
    assert search.best_score_ > 0.9


def test_rows_without_a_target_set_the_scale_of_the_columns():
    X, y = made_table()
    model = TaughtRegressor(PRIOR).fit(X[:5], y[:5], unlabelled=X[5:])
    assert model.layout_.median[1] == TaughtRegressor().fit(X, y).layout_.median[1]
    assert model.score(X[5:], y[5:]) > TaughtRegressor().fit(X[:5], y[:5]).score(X[5:], y[5:])


def test_missing_cells_and_categories_never_seen_count_as_average():
    X, y = made_table()
    X["heating"] = X["heating"].fillna("gas")
    model = TaughtRegressor(PRIOR).fit(X, y)
    odd = X.iloc[[0]].copy()
    odd["heating"] = "wood"
    assert np.isfinite(model.predict(odd)).all()
    why = model.explain(odd)
    assert why.contributions[why.units.index("heating")] == 0


def test_a_teacher_helps_with_few_rows_of_a_real_table():
    data = load_diabetes(scaled=False, as_frame=True)
    prior = FeaturePrior.from_scores({"larger": {"bmi": 8, "bp": 6, "s5": 6, "s3": -4}})
    gains = []
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(len(data.target))
        few, rest = order[:10], order[100:]
        scores = [
            TaughtRegressor(told)
            .fit(data.data.iloc[few], data.target.iloc[few], unlabelled=data.data.iloc[:100])
            .score(data.data.iloc[rest], data.target.iloc[rest])
            for told in (prior, None)
        ]
        gains.append(scores[0] - scores[1])
    assert np.mean(gains) > 0.1


# which way is up


def test_the_last_of_two_classes_means_larger_and_the_first_is_turned():
    X, y = made_table()
    turned = {"rooms": [-7, -8], "age": 4, "heating": {"gas": -1, "coal": 3}}
    classes = ["lower price", "higher price"]
    one = TaughtRegressor(PRIOR).fit(X, y)
    high = TaughtRegressor(FeaturePrior.from_scores({"higher price": SCORES}, classes=classes))
    low = TaughtRegressor(FeaturePrior.from_scores({"lower price": turned}, classes=classes))
    for other in (high, low):
        assert np.array_equal(one.predict(X), other.fit(X, y).predict(X))


def test_a_teacher_asked_about_the_last_of_two_classes_gives_such_a_prior():
    said = {"rooms": 8, "age": -4, "heating": {"gas": 1, "coal": -3}}
    columns = ["rooms", "age", Column("heating", categories=["gas", "coal"])]
    teacher = Teacher(ScriptedClient([said]))
    prior = teacher.feature_prior(
        "Predict the price of a house.", columns, ["lower price", "higher price"], repeats=1
    )
    X, y = made_table()
    by_hand = FeaturePrior.from_scores({"higher price": said})
    one, other = (TaughtRegressor(p).fit(X, y).predict(X) for p in (prior, by_hand))
    assert np.array_equal(one, other)


def test_more_than_two_classes_have_no_up():
    prior = FeaturePrior.from_scores({"low": {"age": 1}, "middle": {"age": 0}, "high": {"age": 2}})
    with pytest.raises(PriorMismatch, match=r"got \['low', 'middle', 'high'\]. Score one class"):
        TaughtRegressor(prior).fit(*made_table())


def test_a_prior_of_another_table_is_named_column_by_column():
    prior = FeaturePrior.from_scores({"larger": {"room": 1, "heating": 2}})
    with pytest.raises(PriorMismatch, match=r"(?s)'room' is scored but not in the table.*'rooms'"):
        TaughtRegressor(prior).fit(*made_table())


def test_a_wrong_teacher_is_given_up():
    X, y = made_table(n_rows=60)
    right, wrong = (TaughtRegressor(p).fit(X, y) for p in (PRIOR, PRIOR.flipped()))
    assert right.trust_.value > wrong.trust_.value + 0.3
    assert wrong.trust_.low <= wrong.trust_.value <= wrong.trust_.high
    assert "of the evidence between" in str(right.trust_)
    fresh, truth = made_table(seed=9)
    assert wrong.score(fresh, truth) > right.score(fresh, truth) - 0.02


def test_a_column_on_which_the_answers_disagree_may_deviate_more():
    X, y = numbers_only(n_rows=12)
    sure = FeaturePrior.from_scores({"larger": {"x0": [0, 0], "x1": 5, "x2": 8}})
    torn = FeaturePrior.from_scores({"larger": {"x0": [9, -9], "x1": 5, "x2": 8}})
    weights = [TaughtRegressor(p, trust=0.9).fit(X, y).coef_[0] for p in (sure, torn)]
    assert weights[1] > weights[0] > 0  # the truth is 1


# units


def test_per_sd_with_full_trust_moves_the_prediction_by_what_was_written():
    X, y = made_table()
    prior = FeaturePrior.from_scores({"price": {"rooms": 40, "heating": {"coal": -25}}}, scale=100)
    model = TaughtRegressor(prior, trust=1, prior_units="per_sd", prior_scale=100).fit(X, y)
    assert model.coef_[0] == pytest.approx(40)
    rows = X.iloc[[0, 0, 0]].copy()
    rows["heating"] = ["coal", "gas", "gas"]
    by_kind = model.predict(rows)
    assert by_kind[0] - by_kind[1] == pytest.approx(-25)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_per_unit_states_the_slope_at_the_median(unit):
    X, y = numbers_only(n_rows=201)
    X = X * unit
    prior = FeaturePrior.from_scores({"larger": {"x0": 0.5 / unit}}, scale=1 / unit)
    model = TaughtRegressor(prior, trust=1, prior_units="per_unit", prior_scale=1 / unit).fit(X, y)
    middle = np.median(X, axis=0)
    step = np.array([1e-4 * unit, 0, 0])
    rise = model.predict([middle + step])[0] - model.predict([middle - step])[0]
    assert rise / (2e-4 * unit) == pytest.approx(0.5 / unit, rel=1e-3)


def test_one_row_gives_a_model_where_the_teacher_states_units():
    X, y = made_table()
    prior = FeaturePrior.from_scores({"price": {"rooms": 20, "age": -8}}, scale=100)
    stated = TaughtRegressor(prior, prior_units="per_sd", prior_scale=100)
    model = stated.fit(X[:1], y[:1], unlabelled=X[1:])
    assert model.score(X[1:], y[1:]) > 0.7
    relative = TaughtRegressor(prior).fit(X[:1], y[:1], unlabelled=X[1:])
    assert relative.predict(X[1:]) == pytest.approx(y[0])


def test_stated_units_beyond_a_float_are_refused():
    X = pd.DataFrame({"x": np.arange(5.0) * 1e300})
    prior = FeaturePrior.from_scores({"larger": {"x": 9}})
    model = TaughtRegressor(prior, prior_units="per_unit", prior_scale=1e100)
    with pytest.raises(PriorMismatch, match=r"prior_scale=1e\+100 must be finite numbers"):
        model.fit(X, np.arange(5.0))


# parameters and input that cannot be used


def test_every_wrong_parameter_is_listed():
    model = TaughtRegressor(
        "prior", student="forest", trust=2, loss="cubed", prior_units="inches", prior_scale=0
    )
    message = (
        r"(?s)student must be one of \['linear'\], got 'forest'.*got str; FeaturePrior.from_scores"
        r".*in \[0, 1\], got 2.*got 'cubed'.*got 'inches'.*above 0, got 0"
    )
    with pytest.raises(InputError, match=message):
        model.fit(*made_table())


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["1", "2", "3", "4"], "y must hold numbers, got '1' in row 0"),
        ([1.0, "two", 3.0, 4.0], "y must hold numbers, got"),
        ([1.0, None, 3.0, 4.0], "Input y contains NaN: 1 of 4 targets are missing"),
        ([1.0, np.nan, 3.0, 4.0], "Input y contains NaN: 1 of 4"),
        ([1.0, np.inf, 3.0, -np.inf], "Input y contains infinity: 2 of 4 .* row 1"),
        ([1.0, 2.0], "same number of rows, got 4 and 2"),
        (pd.to_datetime(["2020-01-01"] * 4), "y must hold numbers, got"),
        (np.array([10**400, 1, 2, 3], dtype=object), "numbers that a float can hold"),
    ],
)
def test_a_target_that_cannot_be_used_is_named(y, message):
    with pytest.raises(DataError, match=message):
        TaughtRegressor().fit(numbers_only(4)[0], y)


@every_student
def test_a_constant_target_is_predicted(build):
    X, _ = made_table()
    model = build().fit(X, np.full(len(X), 12.5))
    if build().prior_units == "relative":
        assert model.predict(X) == pytest.approx(12.5)
    else:
        assert np.abs(model.predict(X) - 12.5).max() < 12


@every_student
def test_one_row_is_enough(build):
    X, y = made_table()
    model = build().fit(X[:1], y[:1])
    assert model.predict(X[:1]) == pytest.approx(y[:1])
    assert np.isfinite(model.predict(X)).all()


@every_loss
def test_a_prior_of_zeros_is_no_prior(loss):
    X, y = made_table()
    silent = FeaturePrior.from_scores({"larger": {"rooms": 0, "age": [0, 0]}})
    plain = TaughtRegressor(loss=loss).fit(X, y)
    assert np.array_equal(TaughtRegressor(silent, loss=loss).fit(X, y).predict(X), plain.predict(X))


@every_loss
def test_collinear_and_duplicated_columns_share_their_weight(loss):
    X, y = numbers_only(n_columns=2)
    X = np.column_stack([X, X, X[:, 0] + X[:, 1], np.ones(len(X))])
    prior = FeaturePrior.from_scores({"larger": {"x0": 4, "x2": 4, "x1": 8, "x3": 8, "x4": 6}})
    model = TaughtRegressor(prior, loss=loss).fit(X, y)
    assert model.coef_[0] == pytest.approx(model.coef_[2], abs=1e-6)
    assert model.score(X, y) > 0.9


@every_loss
@pytest.mark.parametrize("unit", [1e-300, 1e-150, 1e150, 1e300])
def test_columns_of_any_size_count_alike(unit, loss):
    X, y = numbers_only()
    scaled = X.copy()
    scaled[:, 1] *= unit
    one = TaughtRegressor(loss=loss).fit(X, y).predict(X)
    assert TaughtRegressor(loss=loss).fit(scaled, y).predict(scaled) == pytest.approx(one, rel=1e-6)


@every_loss
@pytest.mark.parametrize("unit", [1e-300, 1e-150, 1e150, 1e300])
def test_a_target_of_any_size_can_be_learned(unit, loss):
    X, y = numbers_only()
    one = TaughtRegressor(loss=loss).fit(X, y).predict(X)
    many = TaughtRegressor(loss=loss).fit(X, y * unit).predict(X)
    assert many / unit == pytest.approx(one, rel=1e-6, abs=1e-6)


def test_an_infinite_cell_is_named():
    X = pd.DataFrame({"a": [1.0, np.inf, 2.0], "b": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match="'a' holds an infinite number"):
        TaughtRegressor().fit(X, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="infinity"):
        TaughtRegressor().fit(X.to_numpy(), [1.0, 2.0, 3.0])
