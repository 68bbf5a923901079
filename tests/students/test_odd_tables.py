"""Tables as they come: mixed, missing, constant, odd names, very wide, very small."""

import time

import numpy as np
import pandas as pd
import pytest

import tutelage
from tutelage import FeaturePrior, TaughtClassifier
from tutelage.errors import DataError, InputError, PriorMismatch


def made_table(n_rows=40, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(size=n_rows), "pulse": rng.normal(size=n_rows)})
    return frame, np.where(frame["age"] + 0.3 * rng.normal(size=n_rows) > 0, "yes", "no")


def decisions(X, y, prior=None, **given):
    return TaughtClassifier(prior, **given).fit(X, y).decision_function(X)


PRIOR = FeaturePrior.from_scores({"yes": {"age": [5, 6], "pulse": -3}})


# ── zero trust ──


@pytest.mark.parametrize("trust", [0, 0.0, np.float64(0), np.int64(0)])
def test_trust_zero_is_the_plain_student_to_the_bit(trust):
    X, y = made_table()
    plain = TaughtClassifier().fit(X, y)
    distrusting = TaughtClassifier(PRIOR, trust=trust).fit(X, y)
    assert np.array_equal(plain.coef_, distrusting.coef_)
    assert np.array_equal(plain.intercept_, distrusting.intercept_)


def test_a_prior_changes_the_student():
    X, y = made_table(6)
    assert not np.allclose(decisions(X, y), decisions(X, y, PRIOR))


def test_a_prior_without_a_score_is_the_plain_student_to_the_bit():
    X, y = made_table()
    for empty in (
        FeaturePrior(("no", "yes"), ()),
        FeaturePrior.from_scores({"yes": {"age": None}}),
        FeaturePrior.from_scores({"yes": {"age": 0}}),
    ):
        assert np.array_equal(decisions(X, y, empty), decisions(X, y))


def test_trust_says_in_a_sentence_who_chose_it():
    X, y = made_table()
    assert str(TaughtClassifier().fit(X, y).trust_) == (
        "There is no teacher: the labels decide alone."
    )
    assert "was set to 0.50" in str(TaughtClassifier(PRIOR, trust=0.5).fit(X, y).trust_)
    assert "of the evidence between" in str(TaughtClassifier(PRIOR).fit(X, y).trust_)


# ── columns ──


def test_every_kind_of_column_is_read():
    X, y = made_table()
    X["flag"] = X["age"] > 0
    X["whole"] = pd.array([1, 2, None, 4] * 10, dtype="Int64")
    X["nullable flag"] = pd.array([True, None] * 20, dtype="boolean")
    X["text"] = ["a", "b", None, "c"] * 10
    X["category"] = pd.Categorical(["p", "q"] * 20)
    X["mixed"] = [1, "one", 2.5, None] * 10
    X["decimal"] = X["age"].round(2).astype(object)
    student = TaughtClassifier().fit(X, y)
    kinds = dict(zip(student.layout_.names, student.layout_.categories, strict=True))
    assert [name for name, listed in kinds.items() if listed is not None] == [
        "text",
        "category",
        "mixed",
    ]
    assert kinds["mixed"] == ("1", "2.5", "one")
    assert student.score(X, y) > 0.8


def test_a_missing_cell_counts_as_average_when_none_was_seen_in_fit():
    X, y = made_table()
    student = TaughtClassifier().fit(X, y)
    row = X.iloc[[0]].assign(age=np.nan)
    why = student.explain(row)
    assert dict(zip(why.units, why.contributions, strict=True))["age"] == 0.0
    assert why.values[0] == "(missing)"


def test_a_missing_cell_speaks_when_it_did_so_in_fit():
    X, y = made_table(60)
    X.loc[y == "yes", "pulse"] = np.nan
    student = TaughtClassifier().fit(X, y)
    row = X.iloc[[0]].assign(age=0.0, pulse=np.nan)
    assert student.predict(row)[0] == "yes"
    assert {u: c for u, _, c in student.explain(row, "yes").top()}["pulse"] > 0.5


def test_an_unseen_category_counts_as_average():
    X, y = made_table()
    X["job"] = np.where(y == "yes", "clerk", "farmer")
    student = TaughtClassifier().fit(X, y)
    why = student.explain(X.iloc[[0]].assign(job="astronaut"))
    assert dict(zip(why.units, why.contributions, strict=True))["job"] == 0.0


@pytest.mark.parametrize("empty", [np.nan, None, pd.NA, pd.NaT], ids=str)
def test_an_all_missing_column_changes_nothing(empty):
    X, y = made_table()
    X["nothing"] = pd.Series([empty] * len(X), dtype=object)
    student = TaughtClassifier().fit(X, y)
    why = student.explain(X.iloc[[0]])
    assert dict(zip(why.units, why.contributions, strict=True))["nothing"] == 0.0
    assert student.score(X, y) > 0.8


@pytest.mark.parametrize("later", ["clerk", 7.0, np.nan])
def test_a_column_that_was_all_missing_in_fit_may_hold_anything_later(later):
    X, y = made_table()
    student = TaughtClassifier().fit(X.assign(job=None), y)
    same = student.decision_function(X.assign(job=None))
    assert student.decision_function(X.assign(job=later)) == pytest.approx(same)


@pytest.mark.parametrize("constant", [0, 1e300, -3.5, "always", True])
def test_a_constant_column_changes_nothing(constant):
    X, y = made_table()
    student = TaughtClassifier().fit(X.assign(same=constant), y)
    why = student.explain(X.assign(same=constant).iloc[[0]])
    assert dict(zip(why.units, why.contributions, strict=True))["same"] == 0.0
    assert np.isfinite(student.decision_function(X.assign(same=constant))).all()


def test_a_constant_column_of_few_rows_blows_nothing_up_later():
    # The trap of scaling by k rows: a column that is constant there stays in raw units.
    X, y = made_table()
    student = TaughtClassifier().fit(X.assign(income=5.0), y)
    far = student.decision_function(X.assign(income=1e6))
    assert far == pytest.approx(student.decision_function(X.assign(income=5.0)))


def test_one_extreme_value_does_not_own_the_fit():
    X, y = made_table()
    X.loc[0, "age"] = 1e12
    assert TaughtClassifier().fit(X, y).score(X, y) > 0.8


def test_a_value_far_beyond_the_training_rows_counts_like_the_farthest_that_counts():
    X, y = made_table()
    student = TaughtClassifier().fit(X, y)
    far, farther = (student.decision_function(X.assign(age=age)) for age in (1e6, 1e300))
    assert far == pytest.approx(farther)
    assert np.abs(far).max() < 50


def test_differences_that_vanish_when_squared_do_no_harm():
    X = pd.DataFrame({"tiny": [0.0, 1.3e-216, np.nan, 0.0]})
    assert np.isfinite(TaughtClassifier().fit(X, [0, 1, 0, 1]).predict_proba(X)).all()


ODD_NAMES = [
    "{braces} {0} %s",
    "quo\"te's`",
    "emoji 🐢",
    "two\nlines\r\n",
    "",
    " ",
    "x" * 5000,
    "<script>alert(1)</script>",
    "job = clerk",
    "\x00 zero",
    "null",
]


def test_odd_column_names_survive_fit_explain_save_and_load(tmp_path):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(30, len(ODD_NAMES))), columns=ODD_NAMES)
    X["emoji 🐢"] = rng.choice(["{a}", 'b"\n', "🐢"], 30)
    y = rng.integers(0, 2, 30)
    scores = {name: int(rng.integers(-9, 10)) for name in ODD_NAMES}
    scores["emoji 🐢"] = {"{a}": 3, 'b"\n': -2}
    student = TaughtClassifier(FeaturePrior.from_scores({1: scores})).fit(X, y)
    again = tutelage.load(student.save(tmp_path / "model"))
    assert again.explain(X.iloc[[0]]).units == tuple(ODD_NAMES)
    assert np.array_equal(again.predict_proba(X), student.predict_proba(X))


def test_a_surrogate_in_a_name_survives_save_and_load(tmp_path):
    X, y = made_table()
    X["half \ud83d"] = X["age"]
    student = TaughtClassifier().fit(X, y)
    again = tutelage.load(student.save(tmp_path / "model"))
    assert np.array_equal(again.predict_proba(X), student.predict_proba(X))


def test_integers_as_column_names_are_read_as_text(tmp_path):
    X, y = made_table()
    X.columns = [2020, 2021]
    student = TaughtClassifier(FeaturePrior.from_scores({"yes": {"2020": 5}})).fit(X, y)
    assert student.explain(X.iloc[[0]]).units == ("2020", "2021")
    again = tutelage.load(student.save(tmp_path / "model"))
    assert np.array_equal(again.predict_proba(X), student.predict_proba(X))


def test_a_column_that_stands_twice_is_named():
    X, y = made_table()
    with pytest.raises(DataError, match=r"must be unique; repeated: \['age'\]"):
        TaughtClassifier().fit(X[["age", "pulse", "age"]], y)


def test_names_that_are_the_same_as_text_are_named():
    X, y = made_table()
    X.columns = [1, "1"]
    with pytest.raises((DataError, TypeError), match=r"must be unique|only supported if all input"):
        TaughtClassifier().fit(X, y)


def test_a_column_that_is_a_copy_of_another_shares_its_weight():
    X, y = made_table()
    student = TaughtClassifier().fit(X.assign(copy=X["age"]), y)
    why = student.explain(X.assign(copy=X["age"]).iloc[[0]])
    by_name = dict(zip(why.units, why.contributions, strict=True))
    assert by_name["copy"] == pytest.approx(by_name["age"])
    assert student.score(X.assign(copy=X["age"]), y) > 0.8


def test_dates_nested_cells_and_infinities_are_named():
    X, y = made_table()
    with pytest.raises(DataError, match="'day' holds dates") as caught:
        TaughtClassifier().fit(X.assign(day=pd.Timestamp("2020-01-01"), far=np.inf), y)
    assert len(caught.value.problems) == 2
    assert "'far' holds an infinite number" in caught.value.problems[1]
    with pytest.raises(DataError, match="'cell' holds a list; a cell must be a number or a text"):
        TaughtClassifier().fit(X.assign(cell=[[1]] * len(X)), y)


def test_an_identifier_is_not_a_category():
    X, y = made_table(1200)
    X["id"] = [f"row {i}" for i in range(1200)]
    with pytest.raises(DataError, match="'id' has 1200 different values; at most 1000"):
        TaughtClassifier().fit(X, y)


def test_text_where_a_number_was_in_fit_is_named():
    X, y = made_table()
    student = TaughtClassifier().fit(X, y)
    with pytest.raises(
        DataError, match=r"'age' was a number in fit and holds text now \(\['old'\]\)"
    ):
        student.predict(X.assign(age="old"))


def test_numbers_where_text_was_in_fit_are_read_as_categories():
    X, y = made_table()
    X["grade"] = np.where(y == "yes", "1", "2")
    student = TaughtClassifier().fit(X, y)
    as_numbers = X.assign(grade=X["grade"].astype(int))
    assert np.array_equal(student.predict_proba(as_numbers), student.predict_proba(X))


def test_numbers_that_the_prior_scores_per_category_are_categories():
    X, y = made_table()
    X["grade"] = np.where(y == "yes", 1, 2)
    prior = FeaturePrior.from_scores({"yes": {"grade": {"1": 8, "2": -8}, "age": 1}})
    student = TaughtClassifier(prior).fit(X, y)
    assert student.layout_.categories[2] == ("1", "2")
    swapped = TaughtClassifier(prior.flipped(), trust=1.0).fit(X, y)
    trusting = TaughtClassifier(prior, trust=1.0).fit(X, y)
    assert np.corrcoef(swapped.coef_[0], trusting.coef_[0])[0, 1] == pytest.approx(-1)
    assert student.predict(X.assign(grade=1.0)[:1]) == student.predict(X.assign(grade=1)[:1])


# ── sizes ──


@pytest.mark.slow
def test_ten_thousand_columns_fit_in_seconds():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(40, 10_000))).rename(columns="column {}".format)
    y = (X["column 3"] > 0).to_numpy()
    prior = FeaturePrior.from_scores({True: {f"column {i}": 9 * (i == 3) for i in range(10_000)}})
    began = time.process_time()
    student = TaughtClassifier(prior).fit(X, y)
    assert time.process_time() - began < 10
    assert student.explain(X.iloc[[0]]).top(1)[0][0] == "column 3"


@pytest.mark.parametrize("n_labels", [2, 3, 10])
def test_one_row_of_each_class_is_enough(n_labels):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n_labels, 3)), columns=list("abc"))
    labels = [f"k{i}" for i in range(n_labels)]
    prior = FeaturePrior.from_scores({labels[0]: {"a": 3}, labels[-1]: {"b": 2}}, classes=labels)
    for student in (TaughtClassifier(), TaughtClassifier(prior)):
        assert np.isfinite(student.fit(X, labels).predict_proba(X)).all()
        far = X + 1e9
        assert np.isfinite(student.decision_function(far)).all()


def test_two_equal_rows_of_two_classes_are_even():
    X = pd.DataFrame({"a": [1.0, 1.0]})
    assert TaughtClassifier().fit(X, ["x", "y"]).predict_proba(X) == pytest.approx(0.5)


@pytest.mark.parametrize(("rows", "columns", "kind"), [(0, 2, "sample"), (3, 0, "feature")])
def test_an_empty_table_says_so(rows, columns, kind):
    X = pd.DataFrame(np.zeros((rows, columns)), columns=list("ab")[:columns])
    with pytest.raises(DataError, match=rf"Found array with 0 {kind}\(s\)"):
        TaughtClassifier().fit(X, ["a", "b", "a"][:rows])


# ── labels and weights ──


def test_one_class_only_says_which_one():
    X, _ = made_table()
    with pytest.raises(DataError, match=r"at least 2 classes, got one class: \['yes'\]"):
        TaughtClassifier().fit(X, ["yes"] * len(X))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA], ids=str)
def test_missing_labels_point_to_unlabelled(missing):
    X, y = made_table()
    y = y.astype(object)
    y[:3] = missing
    with pytest.raises(
        DataError,
        match=r"3 of 40 labels are missing\. Give rows without a label to fit as unlabelled=",
    ):
        TaughtClassifier().fit(X, y)


def test_a_number_of_labels_that_is_not_that_of_rows_says_both():
    X, y = made_table()
    with pytest.raises(DataError, match="same number of rows, got 40 and 39"):
        TaughtClassifier().fit(X, y[:-1])


def test_an_infinite_label_is_refused():
    X, _ = made_table()
    with pytest.raises(DataError, match="labels must be finite numbers or texts"):
        TaughtClassifier().fit(X, np.r_[np.inf, np.ones(39)])


def test_a_continuous_target_is_refused():
    X, _ = made_table()
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        TaughtClassifier().fit(X, np.linspace(0, 1, 40))


def test_weights_of_zero_throughout_are_refused():
    X, y = made_table()
    with pytest.raises(ValueError, match=r"above 0 for some row|at least one non-zero number"):
        TaughtClassifier().fit(X, y, sample_weight=np.zeros(40))


def test_a_negative_weight_is_refused():
    X, y = made_table()
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        TaughtClassifier().fit(X, y, sample_weight=np.r_[-1, np.ones(39)])


def test_weights_and_missing_cells_go_together():
    X, y = made_table()
    X.loc[::5, "age"] = np.nan
    times = np.tile([1, 2], 20)
    rows = np.repeat(np.arange(40), times)
    weighted = TaughtClassifier().fit(X, y, sample_weight=times).decision_function(X)
    repeated = TaughtClassifier().fit(X.iloc[rows], y[rows]).decision_function(X)
    assert weighted == pytest.approx(repeated, abs=1e-6)


# ── unlabelled rows ──


def test_unlabelled_rows_change_the_scaling_and_nothing_else():
    X, y = made_table(200)
    few, rest = X[:20], X[20:]
    student = TaughtClassifier(PRIOR).fit(few, y[:20], unlabelled=rest)
    of_all = TaughtClassifier(PRIOR).fit(X, y).layout_
    for name in ("median", "iqr", "unit_mean", "unit_sd"):
        assert getattr(student.layout_, name) == pytest.approx(getattr(of_all, name)), name
    assert student.classes_.tolist() == ["no", "yes"]


def test_unlabelled_copies_of_the_labelled_rows_change_nothing():
    X, y = made_table()
    with_copies = TaughtClassifier().fit(X, y, unlabelled=X)
    assert with_copies.coef_ == pytest.approx(TaughtClassifier().fit(X, y).coef_)


def test_unlabelled_rows_bring_their_categories():
    X, y = made_table()
    X["job"] = "clerk"
    more = X.assign(job="farmer")
    student = TaughtClassifier().fit(X, y, unlabelled=more)
    assert student.layout_.categories[2] == ("clerk", "farmer")


def test_a_text_column_without_a_labelled_value_takes_its_kind_from_unlabelled_rows():
    X, y = made_table()
    student = TaughtClassifier().fit(
        X.assign(job=None), y, unlabelled=X.assign(job=["clerk", "farmer"] * 20)
    )
    assert student.layout_.categories[2] == ("clerk", "farmer")
    assert np.isfinite(student.predict_proba(X.assign(job="clerk"))).all()


def test_unlabelled_rows_without_a_value_take_the_kind_of_the_labelled():
    X, y = made_table()
    X["job"] = ["clerk", "farmer"] * 20
    student = TaughtClassifier().fit(X, y, unlabelled=X.assign(job=np.nan))
    assert student.layout_.categories[2] == ("clerk", "farmer")


def test_text_in_unlabelled_rows_where_labelled_ones_hold_numbers_is_named():
    X, y = made_table()
    with pytest.raises(DataError, match="column 'age' is a number in X and text in unlabelled"):
        TaughtClassifier().fit(X, y, unlabelled=X.assign(age="old"))
    with pytest.raises(DataError, match="column 'age' is a number in unlabelled and text in X"):
        TaughtClassifier().fit(X.assign(age="old"), y, unlabelled=X)


def test_unlabelled_rows_of_other_columns_are_refused():
    X, y = made_table()
    with pytest.raises(ValueError, match="Feature names unseen at fit time"):
        TaughtClassifier().fit(X, y, unlabelled=X.rename(columns={"age": "Age"}))


def test_a_second_fit_reads_unlabelled_rows_by_the_new_columns():
    X, y = made_table()
    student = TaughtClassifier().fit(X.assign(grade="a"), y)
    X["grade"] = np.arange(40)
    student.fit(X, y, unlabelled=X)
    assert student.layout_.categories[2] is None


# ── parameters and priors ──


@pytest.mark.parametrize(
    "trust", [-0.1, 1.1, float("nan"), True, "much", None, [0.5], np.array([1, 2])]
)
def test_a_trust_that_is_none_is_refused(trust):
    X, y = made_table()
    with pytest.raises(InputError, match=r'trust must be "auto" or a number in \[0, 1\], got'):
        TaughtClassifier(PRIOR, trust=trust).fit(X, y)


def test_every_wrong_parameter_is_listed():
    X, y = made_table()
    with pytest.raises(InputError, match="These parameters cannot be used") as caught:
        TaughtClassifier({"age": 3}, student="forest", trust=2).fit(X, y)
    assert [p.split()[0] for p in caught.value.problems] == ["student", "prior", "trust"]


def test_a_prior_for_other_columns_names_the_near_ones():
    X, y = made_table()
    prior = FeaturePrior.from_scores({"yes": {"Age": 5, "pulse": 1, "height": 2}})
    with pytest.raises(PriorMismatch, match="does not belong to this table") as caught:
        TaughtClassifier(prior).fit(X, y)
    assert caught.value.problems == [
        "column 'Age' is scored but not in the table (the table has 'age')",
        "column 'height' is scored but not in the table",
        "prior.select(columns) keeps the scores of the columns you name",
    ]


def test_a_prior_that_scores_text_as_a_number_is_named():
    X, y = made_table()
    with pytest.raises(
        PriorMismatch, match=r"'pulse' is scored as a number but holds the categories \['high'\]"
    ):
        TaughtClassifier(PRIOR).fit(X.assign(pulse="high"), y)


def test_a_prior_for_other_classes_names_both():
    X, y = made_table()
    with pytest.raises(PriorMismatch, match=r"scored \['ill'\], labels \['no', 'yes'\]"):
        TaughtClassifier(FeaturePrior.from_scores({"ill": {"age": 5}})).fit(X, y)
    both = FeaturePrior.from_scores({"ill": {"age": 5}, "yes": {"age": 1}})
    with pytest.raises(PriorMismatch, match="class 'ill' is scored but not a label"):
        TaughtClassifier(both).fit(X, y)


def test_the_order_of_a_prior_does_not_matter():
    X, y = made_table()
    scores = {"age": 5, "pulse": -3, "job": {"a": 1, "b": 2}}
    X["job"] = ["a", "b"] * 20
    turned = {c: scores[c] for c in reversed(scores)} | {"job": {"b": 2, "a": 1}}
    one = decisions(X, y, FeaturePrior.from_scores({"yes": scores}))
    assert np.array_equal(one, decisions(X, y, FeaturePrior.from_scores({"yes": turned})))


def test_scores_of_the_first_class_are_those_of_the_second_turned():
    X, y = made_table()
    said_of_no = PRIOR.flipped().scores
    of_no = FeaturePrior.from_scores(
        {"no": {e.column: [10 * a for a in e.answers] for e in said_of_no}}
    )
    assert decisions(X, y, of_no) == pytest.approx(decisions(X, y, PRIOR))


def test_a_column_the_teacher_left_out_is_learned_from_labels():
    X, y = made_table(200)
    partly = FeaturePrior.from_scores({"yes": {"pulse": 1}})
    assert TaughtClassifier(partly).fit(X, y).score(X, y) > 0.85
