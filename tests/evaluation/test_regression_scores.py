"""Scores of predicted numbers: values, intervals, units, input that cannot be used."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from tutelage.errors import DataError
from tutelage.evaluation.regression_scores import evaluate_regression, mae, r2, rmse
from tutelage.evaluation.run import EvaluationResult


class Said:
    """A model that predicts what it was told."""

    def __init__(self, predicted):
        self.predicted = predicted

    def predict(self, X):
        return self.predicted


def made(n_rows=60, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.normal(5, 2, n_rows)
    return y, y + rng.normal(0, 1, n_rows)


def test_the_values_are_those_of_scikit_learn():
    y, predicted = made()
    result = evaluate_regression(Said(predicted), None, y)
    assert result["r2"].value == pytest.approx(r2_score(y, predicted))
    assert result["rmse"].value == pytest.approx(root_mean_squared_error(y, predicted))
    assert result["mae"].value == pytest.approx(mean_absolute_error(y, predicted))
    assert [e.direction for e in result.estimates] == ["higher", "lower", "lower"]


def test_a_resample_is_scored_as_its_rows_would_be():
    y, predicted = made(8)
    rows = np.random.default_rng(3).integers(8, size=(1, 8))
    counts = np.bincount(rows[0], minlength=8)[None, :].astype(float)
    drawn = y[rows[0]], predicted[rows[0]]
    assert r2(y, predicted, counts)[0] == pytest.approx(r2_score(*drawn))
    assert rmse(y, predicted, counts)[0] == pytest.approx(root_mean_squared_error(*drawn))
    assert mae(y, predicted, counts)[0] == pytest.approx(mean_absolute_error(*drawn))


def test_the_interval_holds_the_value_and_narrows_with_rows():
    few, many = (evaluate_regression(Said(p), None, y) for y, p in (made(30), made(3000)))
    for name in ("r2", "rmse", "mae"):
        assert many[name].low < many[name].value < many[name].high
        assert many[name].high - many[name].low < 0.3 * (few[name].high - few[name].low)


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_a_unit_of_any_size_can_be_measured(unit):
    y, predicted = made()
    plain, scaled = (evaluate_regression(Said(predicted * u), None, y * u) for u in (1.0, unit))
    assert scaled["r2"].value == pytest.approx(plain["r2"].value)
    assert scaled["rmse"].value / unit == pytest.approx(plain["rmse"].value)


def test_equal_targets_have_no_r2_and_say_so():
    result = evaluate_regression(Said(np.array([1.0, 2.0])), None, [3.0, 3.0])
    assert "not defined (all targets are the same)" in str(result["r2"])
    assert result["mae"].value == pytest.approx(1.5)


def test_resamples_of_one_value_are_left_out_and_counted():
    result = evaluate_regression(Said(np.array([1.0, 2.0])), None, [1.0, 2.5])
    assert "resamples held one value" in result["r2"].note


def test_a_result_survives_its_plain_form():
    y, predicted = made()
    result = evaluate_regression(Said(predicted), None, y, n_bootstrap=20)
    assert EvaluationResult.from_dict(result.to_dict()) == result
    assert "RMSE" in result.table()


@pytest.mark.parametrize(
    ("predicted", "y", "message"),
    [
        ([1.0], ["a"], "Targets must be numbers"),
        ([1.0], [], "at least one row, got shape"),
        ([1.0, 2.0], [1.0, np.nan], r"Targets must be finite numbers, got nan in row 1 \(1 of 2"),
        ([np.inf, 2.0], [1.0, 2.0], "Predictions must be finite numbers, got inf in row 0"),
        ([1.0], [1.0, 2.0], "one prediction per target, got 1 and 2"),
        ([[1.0], [2.0]], [1.0, 2.0], r"one number per row, at least one row, got shape \(2, 1\)"),
    ],
)
def test_input_that_cannot_be_used_is_named(predicted, y, message):
    with pytest.raises(DataError, match=message):
        evaluate_regression(Said(predicted), None, y)


def test_a_model_without_predict_is_refused():
    with pytest.raises(DataError, match="must be fitted and have predict, got int"):
        evaluate_regression(3, None, [1.0])
