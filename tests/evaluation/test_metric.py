"""One contract over every metric, and checks against scikit-learn's own."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from tutelage.errors import DataError, InputError
from tutelage.evaluation.metric import METRICS, Metric, find_metric, find_metrics
from tutelage.evaluation.predictions import check_predictions
from tutelage.evaluation.scores import reliability

BY_NAME = {metric.name: metric for metric in METRICS}
every_metric = pytest.mark.parametrize("metric", METRICS, ids=BY_NAME)


def sample(seed, n_rows=60, n_classes=2, sharpness=1.0):
    """Return labels drawn from the probabilities themselves: a calibrated model."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(n_classes, 1 / sharpness), n_rows)
    y = np.array([rng.choice(n_classes, p=p) for p in probabilities])
    y[:n_classes] = range(n_classes)
    return y, probabilities, list(range(n_classes))


samples = st.builds(
    sample,
    seed=st.integers(0, 10_000),
    n_rows=st.integers(5, 60),
    n_classes=st.integers(2, 4),
    sharpness=st.sampled_from([0.3, 1.0, 20.0]),
)


@every_metric
@settings(max_examples=25, deadline=None)
@given(drawn=samples)
def test_a_metric_stays_within_its_bounds(metric, drawn):
    value = metric.function(*drawn)
    assert metric.bounds[0] - 1e-12 <= value <= metric.bounds[1] + 1e-12


@every_metric
@settings(max_examples=15, deadline=None)
@given(drawn=samples, seed=st.integers(0, 1000))
def test_the_order_of_the_rows_plays_no_part(metric, drawn, seed):
    y, probabilities, classes = drawn
    order = np.random.default_rng(seed).permutation(len(y))
    again = metric.function(y[order], probabilities[order], classes)
    assert again == pytest.approx(metric.function(y, probabilities, classes), abs=1e-12)


@every_metric
@settings(max_examples=15, deadline=None)
@given(drawn=samples)
def test_the_names_of_the_classes_play_no_part(metric, drawn):
    y, probabilities, classes = drawn
    names = [f"class {k}" for k in classes]
    named = metric.function(np.array(names)[y], probabilities, names)
    assert named == metric.function(y, probabilities, classes)


@every_metric
@settings(max_examples=15, deadline=None)
@given(drawn=samples)
def test_counting_a_row_twice_is_having_it_twice(metric, drawn):
    y, probabilities, classes = drawn
    counts = np.arange(len(y)) % 3 + 1
    repeated = np.repeat(np.arange(len(y)), counts)
    weighted = metric.resampled(y, probabilities, counts[None, :].astype(float))[0]
    plain = metric.function(y[repeated], probabilities[repeated], classes)
    assert weighted == pytest.approx(plain, abs=1e-12)


@every_metric
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_perfect_model_beats_a_random_one_and_reaches_the_better_bound(metric, n_classes):
    y, random_guess, classes = sample(0, 200, n_classes)
    rng = np.random.default_rng(1)
    perfect = metric.function(y, np.eye(n_classes)[y], classes)
    guessed = metric.function(y, rng.permutation(random_guess), classes)
    assert metric.gain(perfect - guessed) > 0
    best = metric.bounds[1] if metric.direction == "higher" else metric.bounds[0]
    assert perfect == pytest.approx(best, abs=1e-12)


@every_metric
def test_a_model_that_is_sure_and_always_wrong_reaches_the_worse_bound(metric):
    y = np.array([0, 1] * 10)
    worst = metric.bounds[0] if metric.direction == "higher" else metric.bounds[1]
    assert metric.function(y, np.eye(2)[1 - y], [0, 1]) == pytest.approx(worst)


@every_metric
def test_a_metric_survives_rows_of_one_class_only(metric):
    value = metric.function(["a", "a"], [[0.6, 0.4], [0.3, 0.7]], ["a", "b"])
    assert math.isnan(value) == metric.needs_every_class


REFERENCES = {
    "accuracy": lambda y, p: reference.accuracy_score(y, p.argmax(axis=1)),
    "balanced_accuracy": lambda y, p: reference.balanced_accuracy_score(y, p.argmax(axis=1)),
    "log_loss": lambda y, p: reference.log_loss(y, p, labels=list(range(p.shape[1]))),
    "brier_score": lambda y, p: 0.5 * ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1).mean(),
    "roc_auc": lambda y, p: (
        reference.roc_auc_score(y, p[:, 1])
        if p.shape[1] == 2
        else reference.roc_auc_score(y, p, multi_class="ovr", average="macro")
    ),
}


@pytest.mark.parametrize("name", REFERENCES)
@settings(max_examples=20, deadline=None)
@given(drawn=samples, digits=st.sampled_from([1, 6]))
def test_a_metric_agrees_with_scikit_learn(name, drawn, digits):
    y, probabilities, classes = drawn
    rounded = np.round(probabilities, digits) + 1e-3  # one digit makes many ties
    rounded /= rounded.sum(axis=1, keepdims=True)
    ours = BY_NAME[name].function(y, rounded, classes)
    assert ours == pytest.approx(REFERENCES[name](y, rounded), abs=1e-9)


def test_the_brier_score_of_two_classes_is_scikit_learns():
    y, probabilities, classes = sample(3)
    ours = BY_NAME["brier_score"].function(y, probabilities, classes)
    assert ours == pytest.approx(reference.brier_score_loss(y, probabilities[:, 1]))


def test_the_calibration_error_is_the_weighted_gap_of_the_reliability_table():
    y, probabilities, classes = sample(4, 500, 3)
    table = reliability(check_predictions(y, probabilities, classes))
    by_hand = sum(b.n_rows / 500 * abs(b.accuracy - b.confidence) for b in table)
    assert BY_NAME["calibration_error"].function(y, probabilities, classes) == pytest.approx(
        by_hand
    )
    assert sum(b.n_rows for b in table) == 500
    assert all(b.low < b.confidence <= b.high for b in table)


@pytest.mark.parametrize("confidence", [0.6, 10 / 15, 0.7, 1.0])
def test_a_bin_is_open_below_and_closed_above(confidence):
    said = check_predictions(["a"], [[confidence, 1 - confidence]], ["a", "b"])
    (only,) = reliability(said)
    assert only.low < confidence <= only.high


def test_log_loss_is_finite_when_the_true_class_had_probability_zero():
    value = BY_NAME["log_loss"].function(["a"], [[0.0, 1.0]], ["a", "b"])
    assert value == pytest.approx(-math.log(1e-15))


@pytest.mark.parametrize("labels", [[0, 1, 1], [0.0, 1.0, 1.0], ["0", "1", "1"]])
def test_labels_match_classes_by_name_whatever_their_type(labels):
    said = check_predictions(labels, [[0.5, 0.5]] * 3, [0, 1])
    assert said.codes.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("y", "probabilities", "message"),
    [
        ([], np.empty((0, 2)), "at least one row"),
        (["a", None], [[0.5, 0.5]] * 2, "1 of 2 have none"),
        (["a", "z"], [[0.5, 0.5]] * 2, r"got also \['z'\]"),
        (["a", "b"], [[0.5, 0.3, 0.2]] * 2, r"got shape \(2, 3\)"),
        (["a", "b"], [[0.5, 0.5], [0.5, 0.9]], "first row 1"),
        (["a", "b"], [[np.nan, 0.5], [0.5, 0.5]], "first row 0"),
    ],
)
def test_predictions_that_cannot_be_scored_are_refused(y, probabilities, message):
    with pytest.raises(DataError, match=message):
        check_predictions(y, probabilities, ["a", "b"])


@pytest.mark.parametrize(
    ("name", "near"), [("auc", "roc_auc"), ("Log-Loss", "log_loss"), ("brier", "brier_score")]
)
def test_an_unknown_metric_is_refused_with_the_near_name(name, near):
    with pytest.raises(InputError, match=f"got '{name}'. Did you mean '{near}'"):
        find_metric(name)


def test_metrics_are_found_by_name_by_value_or_all_at_once():
    mine = Metric("mine", "Mine", "higher", (0, 1), "decision", "", lambda y, p, c: 0.0)
    assert find_metrics("all") == METRICS
    assert [m.name for m in find_metrics("accuracy")] == ["accuracy"]
    assert [m.name for m in find_metrics(["accuracy", mine])] == ["accuracy", "mine"]
    assert find_metrics(mine) == (mine,)


@pytest.mark.parametrize("names", [[], ["accuracy", "accuracy"]])
def test_an_empty_or_doubled_list_of_metrics_is_refused(names):
    with pytest.raises(InputError, match="metrics must be distinct names"):
        find_metrics(names)


def test_balanced_accuracy_leaves_out_a_class_without_rows():
    value = BY_NAME["balanced_accuracy"].function(["a", "b"], np.eye(3)[:2], ["a", "b", "c"])
    assert value == 1
