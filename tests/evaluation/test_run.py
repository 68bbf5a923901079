"""evaluate: values, intervals, notes."""

import json
import math
import time

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tutelage.errors import DataError, InputError
from tutelage.evaluation import EvaluationResult, Metric, evaluate
from tutelage.evaluation.bootstrap import (
    interval_of_mean,
    percentile_interval,
    resample_counts,
)


class Said:
    """A model whose probabilities are the rows themselves."""

    def __init__(self, classes):
        self.classes_ = np.array(classes)

    def predict_proba(self, X):
        return np.asarray(X)


def rows(n_rows, n_classes=2, seed=0):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(n_classes), n_rows)
    y = np.array([rng.choice(n_classes, p=p) for p in probabilities])
    return probabilities, y


def test_every_value_lies_inside_its_interval_or_close_to_it():
    X, y = rows(400, 3)
    result = evaluate(Said([0, 1, 2]), X, y)
    for estimate in result.estimates:
        assert estimate.low < estimate.high
        if estimate.metric != "calibration_error":  # its bootstrap is biased upwards
            assert estimate.low < estimate.value < estimate.high
    assert result.class_counts == tuple(np.bincount(y))
    assert result.n_rows == 400


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others():
    X, y = rows(100)
    model = Said([0, 1])
    assert evaluate(model, X, y, seed=1) == evaluate(model, X, y, seed=1)
    assert evaluate(model, X, y, seed=1) != evaluate(model, X, y, seed=2)


def test_the_intervals_do_not_depend_on_which_other_metrics_are_asked():
    X, y = rows(100)
    alone = evaluate(Said([0, 1]), X, y, "log_loss")["log_loss"]
    assert alone == evaluate(Said([0, 1]), X, y)["log_loss"]


def test_intervals_narrow_as_rows_grow():
    widths = []
    for n in (50, 5000):
        X, y = rows(n)
        estimate = evaluate(Said([0, 1]), X, y, "accuracy", n_bootstrap=300)["accuracy"]
        widths.append(estimate.high - estimate.low)
    assert 6 < widths[0] / widths[1] < 15  # the square root of 100, give or take


@pytest.mark.slow
@pytest.mark.parametrize("name", ["accuracy", "log_loss", "roc_auc", "brier_score"])
def test_the_95_percent_interval_holds_the_truth_about_95_times_in_100(name):
    big, labels = rows(200_000, seed=99)
    truth = evaluate(Said([0, 1]), big, labels, name, n_bootstrap=1)[name].value
    covered = []
    for seed in range(300):
        X, y = rows(200, seed=seed)
        estimate = evaluate(Said([0, 1]), X, y, name, n_bootstrap=400, seed=seed)[name]
        covered.append(estimate.low <= truth <= estimate.high)
    # 300 repeats of a 95 % event: 0.925 to 0.975 in 95 of 100 runs; percentile intervals on 200
    # rows cover a little less than they promise.
    assert 0.90 <= np.mean(covered) <= 0.985


@pytest.mark.slow
def test_a_thousand_resamples_of_five_thousand_rows_take_about_a_second():
    X, y = rows(5000)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        evaluate(Said([0, 1]), X, y)
        times.append(time.perf_counter() - began)
    assert min(times) < 4  # about one on an idle machine


def test_a_class_without_rows_gives_a_reason_and_no_crash():
    X, _ = rows(20, 3)
    result = evaluate(Said(["a", "b", "c"]), X, ["a", "b"] * 10)
    auc = result["roc_auc"]
    assert math.isnan(auc.value)
    assert math.isnan(auc.low)
    assert auc.note == "no row of class 'c'"
    assert not math.isnan(result["accuracy"].value)
    assert "ROC AUC: no row of class 'c'" in result.table()


def test_resamples_without_a_class_are_counted_and_left_out():
    X, _ = rows(20)
    auc = evaluate(Said(["a", "b"]), X, ["b"] + ["a"] * 19)["roc_auc"]
    assert 0 <= auc.low <= auc.high <= 1
    assert "resamples lacked a class" in auc.note


def test_a_perfect_score_says_that_the_rows_cannot_show_the_spread():
    accuracy = evaluate(Said(["a", "b"]), [[1, 0]] * 5, ["a"] * 5, "accuracy")["accuracy"]
    assert (accuracy.low, accuracy.high) == (1, 1)
    assert "5 rows cannot show the spread" in accuracy.note


def test_a_metric_of_ones_own_is_measured_with_an_interval():
    def sureness(y, probabilities, classes):
        return float(probabilities.max(axis=1).mean())

    mine = Metric("sure", "Sureness", "higher", (0, 1), "probability", "", sureness)
    X, y = rows(60)
    estimate = evaluate(Said([0, 1]), X, y, ["accuracy", mine], n_bootstrap=200)["sure"]
    assert estimate.value == pytest.approx(X.max(axis=1).mean())
    assert estimate.low < estimate.value < estimate.high


def test_a_result_survives_the_trip_through_json():
    X, _ = rows(30, 3)
    result = evaluate(Said(["a", "b", "c"]), X, ["a", "b"] * 15)
    text = json.dumps(result.to_dict(), allow_nan=False)
    again = EvaluationResult.from_dict(json.loads(text))
    assert again.to_dict() == result.to_dict()
    assert math.isnan(again["roc_auc"].value)


def test_asking_a_result_for_what_was_not_measured_names_what_was():
    X, y = rows(30)
    with pytest.raises(KeyError, match=r"'roc_auc' was not measured; got \['accuracy'\]"):
        evaluate(Said([0, 1]), X, y, "accuracy")["roc_auc"]


def test_a_model_that_cannot_be_evaluated_is_refused():
    with pytest.raises(DataError, match="must be fitted and have classes_ and predict_proba, got"):
        evaluate(LogisticRegression(), [[0.0]], [0])


def test_an_unknown_metric_is_refused_before_the_model_is_asked():
    with pytest.raises(InputError, match="Did you mean 'accuracy'"):
        evaluate(Said([0, 1]), None, None, "acuracy")


def test_no_resamples_are_refused():
    X, y = rows(10)
    with pytest.raises(InputError, match="n_bootstrap must be at least 1, got 0"):
        evaluate(Said([0, 1]), X, y, n_bootstrap=0)


def test_the_resamples_do_not_depend_on_the_size_of_the_blocks(monkeypatch):
    whole = np.concatenate(list(resample_counts(50, 40, seed=3)))
    monkeypatch.setattr("tutelage.evaluation.bootstrap.BLOCK", 350)
    blocks = list(resample_counts(50, 40, seed=3))
    assert len(blocks) == 6
    assert np.array_equal(np.concatenate(blocks), whole)


def test_an_interval_of_no_numbers_is_not_a_number():
    assert all(math.isnan(v) for v in percentile_interval(np.array([np.nan, np.nan])))
    assert all(math.isnan(v) for v in interval_of_mean(np.array([np.nan])))
