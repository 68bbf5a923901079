"""Units of numeric columns and their bends."""

import numpy as np
import pandas as pd
import pytest

from tutelage.errors import ModelFileError
from tutelage.lessons import FeaturePrior
from tutelage.students.columns import learn_layout, read_table
from tutelage.students.tabular import TaughtClassifier
from tutelage.students.tabular_files import layout_arrays, layout_values, read_layout
from tutelage.students.units import MOST_WAVING_COLUMNS, bend, can_bend, learn_units, wave

SEEDS = range(12)


def test_bends_of_a_bell_shaped_column_are_nearly_uncorrelated_and_of_like_size():
    z = np.random.default_rng(0).normal(size=(200_000, 1))
    everything = np.column_stack([z, bend(z)])
    np.testing.assert_allclose(np.corrcoef(everything.T), np.eye(3), atol=0.15)
    np.testing.assert_allclose(bend(z).std(axis=0), 1, atol=0.3)


def test_a_tail_cannot_dominate_a_bend():
    assert np.array_equal(bend(np.array([[4.0]])), bend(np.array([[2.5]])))


def waves_of(numbers):
    """Return the waves of one column of numbers by its own knots (4, n_rows)."""
    units = learn_units(numbers[:, None], None)
    z = (np.arcsinh((numbers - units.median) / units.iqr) - units.mean) / units.sd
    return wave(z[:, None], units.knots).T


def test_waves_are_uncorrelated_and_of_variance_one_whatever_the_shape_of_the_column():
    rng = np.random.default_rng(0)
    for numbers in (rng.normal(size=20_000), rng.exponential(size=20_000) ** 2, rng.random(20_000)):
        found = waves_of(numbers)
        np.testing.assert_allclose(found.mean(axis=1), 0, atol=0.05)
        np.testing.assert_allclose(found @ found.T / 20_000, np.eye(4), atol=0.1)


def test_waves_see_ranks_only():
    numbers = np.random.default_rng(1).normal(size=2000)
    np.testing.assert_allclose(waves_of(numbers), waves_of(np.exp(numbers)), atol=0.15)


def test_rows_of_one_value_share_the_middle_of_their_ranks():
    numbers = np.repeat([0.0, 1.0, 2.0, 3.0], 500)
    first = waves_of(numbers)[0, ::500]
    np.testing.assert_allclose(first, np.sqrt(2) * np.cos(np.pi * np.array([1, 3, 5, 7]) / 8))


def test_weights_and_repeated_rows_have_the_same_knots():
    numbers = np.random.default_rng(2).normal(size=(60, 2))
    weights = np.tile([1.0, 2.0, 3.0], 20)
    repeated = np.repeat(numbers, weights.astype(int), axis=0)
    found, wanted = learn_units(numbers, weights), learn_units(repeated, None)
    np.testing.assert_allclose(found.knots, wanted.knots)


def test_a_missing_cell_is_zero_on_every_curve():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, np.nan]})
    layout = learn_layout(read_table(frame))
    assert layout.n_curves == 6
    encoded = layout.encode(read_table(frame))
    assert np.array_equal(encoded[-1, :7], np.zeros(7))
    assert np.all(encoded[0, :7] != 0)


def test_a_table_of_many_columns_has_no_waves():
    rng = np.random.default_rng(3)
    few, many = (
        learn_layout(read_table(pd.DataFrame(rng.normal(size=(50, n)))))
        for n in (MOST_WAVING_COLUMNS, MOST_WAVING_COLUMNS + 1)
    )
    assert few.n_encoded == 7 * MOST_WAVING_COLUMNS
    assert many.n_encoded == 3 * (MOST_WAVING_COLUMNS + 1)


def test_a_student_learns_hours_of_the_day():
    def accuracy(seed):
        rng = np.random.default_rng(seed)
        X = rng.random((600, 1)) * 24
        y = np.where((X[:, 0] > 6) & (X[:, 0] < 10) | (X[:, 0] > 16) & (X[:, 0] < 20), "up", "down")
        model = TaughtClassifier().fit(X[:300], y[:300])
        return model.score(X[300:], y[300:])

    assert np.mean([accuracy(seed) for seed in SEEDS]) > 0.85


def test_columns_of_fewer_than_four_values_have_no_bend():
    columns = np.array([[0, 0, 0, np.nan], [1, 1, 1, np.nan], [0, 2, 2, 1], [1, 0, 3, 2]], float)
    assert can_bend(columns).tolist() == [False, False, True, False]


def test_a_student_learns_that_the_middle_differs_from_both_ends():
    def auc_gain(seed):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(400, 3))
        y = np.where(np.abs(X[:, 0]) + 0.3 * rng.normal(size=400) > 0.8, "out", "in")
        model = TaughtClassifier().fit(X[:200], y[:200])
        return model.score(X[200:], y[200:])

    assert np.mean([auc_gain(seed) for seed in SEEDS]) > 0.8


def test_a_straight_truth_is_not_bent_much():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(600, 2))
    y = (X[:, 0] + 0.5 * rng.normal(size=600) > 0).astype(int)
    model = TaughtClassifier().fit(X, y)
    grid = np.linspace(-2, 2, 41)
    logits = model.decision_function(np.column_stack([grid, np.zeros(41)]))
    assert np.corrcoef(logits, grid)[0, 1] ** 2 > 0.98


@pytest.mark.parametrize("trust", ["auto", 0.9])
def test_contributions_hold_the_bends_of_a_column(trust):
    rng = np.random.default_rng(2)
    X = pd.DataFrame(rng.normal(size=(80, 2)), columns=["a", "b"])
    y = np.where(np.abs(X["a"]) > 0.7, "out", "in")
    prior = FeaturePrior.from_scores({"out": {"a": 1, "b": 5}}, classes=["in", "out"])
    model = TaughtClassifier(prior, trust=trust).fit(X, y)
    ends = [model.explain(pd.DataFrame({"a": [a], "b": [0.0]}), "out") for a in (-2.5, 0, 2.5)]
    shares = [dict(zip(e.units, e.contributions, strict=True))["a"] for e in ends]
    assert shares[0] > shares[1] < shares[2]
    for why in ends:
        assert sum(why.contributions) + why.bias == pytest.approx(why.score)


@pytest.mark.parametrize("unit", [1e-300, 1e-150, 1e150, 1e300])
@pytest.mark.parametrize("kind", ["bell", "two values", "a rare value"])
@pytest.mark.parametrize("weights", [None, np.arange(60) + 1.0])
def test_the_size_of_a_column_changes_nothing(unit, kind, weights):
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
    column = {"bell": X[:, 1], "two values": np.sign(X[:, 1]), "a rare value": np.arange(60) < 4}
    X[:, 1] = column[kind]
    scaled = X * [1.0, unit]
    one = TaughtClassifier().fit(X, y, weights).predict_proba(X)
    assert TaughtClassifier().fit(scaled, y, weights).predict_proba(scaled) == pytest.approx(
        one, abs=1e-9
    )


def test_collinear_and_duplicated_columns_share_their_weight():
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
    doubled = np.column_stack([X, X, X[:, 0] + X[:, 1], np.ones(60)])
    model = TaughtClassifier().fit(doubled, y)
    assert model.coef_[0, :2] == pytest.approx(model.coef_[0, 2:4], abs=1e-6)
    assert model.score(doubled, y) > 0.95


def test_a_folder_whose_knots_do_not_rise_is_refused():
    layout = learn_layout(read_table(pd.DataFrame({"a": np.arange(9.0)})))
    arrays = layout_arrays(layout)
    values = layout_values(layout)
    read = read_layout(values, arrays)
    assert np.array_equal(read.knots, layout.knots)
    with pytest.raises(ModelFileError, match="rising numbers for each of 1 columns"):
        read_layout(values, {**arrays, "layout.knots": layout.knots[::-1]})
