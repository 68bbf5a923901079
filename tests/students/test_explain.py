"""Explanations are exact, in the table's own columns."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage import FeaturePrior, TaughtClassifier
from tutelage.errors import InputError

cells = st.none() | st.floats(-100, 100)
texts = st.none() | st.sampled_from(["a", "b", "🐢", "{c}"])


@st.composite
def tables(draw, n_classes):
    n_rows = draw(st.integers(n_classes, 12))
    columns = {
        f"number {i}": draw(st.lists(cells, min_size=n_rows, max_size=n_rows)) for i in range(2)
    }
    columns["kind"] = draw(st.lists(texts, min_size=n_rows, max_size=n_rows))
    labels = [f"k{i % n_classes}" for i in range(n_rows)]
    frame = pd.DataFrame(columns)
    for i in range(2):
        frame[f"number {i}"] = frame[f"number {i}"].astype(float)
    return frame, labels


def prior_for(labels):
    scores = {"number 0": 5, "number 1": -3}
    return FeaturePrior.from_scores({labels[0]: scores}, classes=sorted(set(labels)))


@pytest.mark.parametrize("n_classes", [2, 3])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_contributions_and_bias_sum_to_the_logit_of_every_target(n_classes, data):
    X, y = data.draw(tables(n_classes))
    student = TaughtClassifier(prior_for(y)).fit(X, y)
    position = data.draw(st.integers(0, len(X) - 1))
    row = X.iloc[[position]]
    logits = student.decision_function(row)[0]
    logits = np.array([-logits, logits]) if n_classes == 2 else logits - logits.mean()
    chance = student.predict_proba(row)[0]
    for k, target in enumerate(student.classes_):
        why = student.explain(row, target)
        assert why.target == target
        assert sum(why.contributions) + why.bias == pytest.approx(logits[k], abs=1e-9)
        assert why.score == pytest.approx(logits[k], abs=1e-9)
        assert why.probability == pytest.approx(chance[k], abs=1e-12)


def made_student(n_classes=2):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(50, 4)), columns=list("abcd"))
    X["job"] = rng.choice(["clerk", "farmer", None], 50)
    y = np.digitize(X["a"] - X["c"], [0.0] if n_classes == 2 else [-0.7, 0.7])
    return TaughtClassifier().fit(X, y), X, y


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_contribution_is_what_the_score_loses_when_the_cell_is_average(n_classes):
    student, X, _ = made_student(n_classes)
    target = student.classes_[0]
    why = student.explain(X.iloc[[4]], target)
    for column, contribution in zip(why.units, why.contributions, strict=True):
        if column != "job":  # numbers have no missing cells here, so a missing one is average
            without = student.explain(X.iloc[[4]].assign(**{column: np.nan}), target)
            assert why.score - without.score == pytest.approx(contribution, abs=1e-9)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_permuted_columns_have_permuted_contributions(n_classes):
    student, X, y = made_student(n_classes)
    order = ["job", "d", "a", "c", "b"]
    permuted = TaughtClassifier().fit(X[order], y)
    for row in range(3):
        one = student.explain(X.iloc[[row]], 0)
        other = permuted.explain(X[order].iloc[[row]], 0)
        expected = dict(zip(one.units, one.contributions, strict=True))
        found = dict(zip(other.units, other.contributions, strict=True))
        assert list(found) == order
        assert found == pytest.approx(expected, abs=1e-5)


def test_two_targets_of_two_classes_are_opposite():
    student, X, _ = made_student()
    one, other = (student.explain(X.iloc[[0]], target) for target in (0, 1))
    assert np.add(one.contributions, other.contributions) == pytest.approx(0)
    assert one.probability + other.probability == pytest.approx(1)


def test_three_targets_sum_to_nothing():
    student, X, _ = made_student(3)
    whys = [student.explain(X.iloc[[0]], target) for target in range(3)]
    assert np.sum([why.contributions for why in whys], axis=0) == pytest.approx(0, abs=1e-12)


def test_the_default_target_is_the_predicted_one():
    student, X, _ = made_student(3)
    for row in range(5):
        assert student.explain(X.iloc[[row]]).target == student.predict(X.iloc[[row]])[0]


def test_a_series_is_one_row():
    student, X, _ = made_student()
    assert student.explain(X.iloc[3]) == student.explain(X.iloc[[3]])


def test_an_array_is_explained_by_positions():
    student = TaughtClassifier().fit(np.array([[0.0, 1], [1, 1], [2, 0], [3, 0]]), [0, 0, 1, 1])
    assert student.explain(np.array([[1.0, 0]])).units == ("x0", "x1")


def test_a_target_may_be_named_by_its_text():
    student, X, _ = made_student()
    assert student.explain(X.iloc[[0]], "1") == student.explain(X.iloc[[0]], 1)


def test_a_target_that_is_no_class_names_the_classes():
    student, X, _ = made_student()
    with pytest.raises(InputError, match=r"target must be one of \['0', '1'\], got 'maybe'"):
        student.explain(X.iloc[[0]], "maybe")


def test_values_are_shown_as_a_person_writes_them():
    student, X, _ = made_student()
    row = X.iloc[[0]].assign(a=1 / 3, b=2.0, c=np.nan, d=1e-9, job="clerk")
    assert student.explain(row).values == ("0.333333", "2", "(missing)", "1e-09", "clerk")
