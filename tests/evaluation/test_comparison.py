"""Comparisons: direction, verdict, interval, p-value, and the sentence for people."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.naive_bayes import GaussianNB

from tutelage.errors import DataError
from tutelage.evaluation.comparison import (
    compare_models,
    compare_on_rows,
    compare_pairs,
    sign_flip_p,
)
from tutelage.evaluation.curve_result import CurvePoint, CurveResult
from tutelage.evaluation.metric import METRICS, find_metric

NAMES = ("taught", "plain")
AUC = find_metric("roc_auc")


def pairs(mean, spread, n, seed=0):
    return mean + spread * np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_a_difference_to_the_better_side_helps_and_to_the_worse_side_hurts(metric):
    better = 1 if metric.direction == "higher" else -1
    assert compare_pairs(pairs(better, 0.1, 20), metric, NAMES).verdict == "helped"
    assert compare_pairs(pairs(-better, 0.1, 20), metric, NAMES).verdict == "hurt"


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_swapping_the_models_turns_the_comparison_round(metric):
    there = compare_pairs(pairs(0.2, 1, 20), metric, NAMES)
    back = compare_pairs(-pairs(0.2, 1, 20), metric, NAMES[::-1])
    assert back.difference == -there.difference
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.p_value == pytest.approx(there.p_value, abs=0.02)


def test_equal_models_make_no_difference():
    same = compare_pairs(np.zeros(20), AUC, NAMES)
    assert same.verdict == "no difference"
    assert (same.low, same.high, same.p_value) == (0, 0, 1)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_fewer_than_six_pairs_decide_nothing(n):
    found = compare_pairs(np.full(n, 0.3), AUC, NAMES, shots=5)
    assert found.verdict == "undecided"
    assert math.isnan(found.low)
    assert math.isnan(found.p_value)


def test_six_pairs_are_the_fewest_that_can_be_significant():
    assert sign_flip_p(np.ones(5)) > 0.05 > sign_flip_p(np.ones(6))


def test_splits_without_a_number_are_counted_and_left_out():
    gains = np.append(pairs(0.5, 0.1, 10), [np.nan, np.nan])
    found = compare_pairs(gains, AUC, NAMES)
    assert (found.n_pairs, found.n_lost) == (10, 2)
    assert "10 paired splits, 2 more without a number" in found.sentence()


@pytest.mark.parametrize("n_up", [6, 9, 12])
def test_the_exact_p_value_is_the_sign_test_when_all_differences_are_equal(n_up):
    signs = np.array([1.0] * n_up + [-1.0] * (12 - n_up))
    assert sign_flip_p(signs) == pytest.approx(binomtest(n_up, 12).pvalue)


def test_the_random_p_value_is_close_to_the_exact_one():
    gains = pairs(0.5, 1, 12)
    more = np.append(gains, 0.0)  # a zero changes no mean and forces random flips
    assert sign_flip_p(more) == pytest.approx(sign_flip_p(gains), abs=0.02)


@pytest.mark.slow
def test_a_prior_that_does_nothing_is_said_to_matter_about_once_in_twenty():
    verdicts = [
        compare_pairs(pairs(0, 1, 20, seed), AUC, NAMES, n_bootstrap=500).verdict
        for seed in range(300)
    ]
    wrong = np.mean([verdict != "no difference" for verdict in verdicts])
    assert 0.02 <= wrong <= 0.11  # percentile intervals of 20 pairs are a little narrow


SENTENCES = {
    "helped": (
        0.041,
        "The prior helped: +0.041 ROC AUC at 5 labels per class "
        "(95 % interval +0.020 to +0.061, 20 paired splits).",
    ),
    "hurt": (
        -0.041,
        "The prior hurt: -0.041 ROC AUC at 5 labels per class "
        "(95 % interval +0.020 to +0.061, 20 paired splits).",
    ),
    "no difference": (
        0.001,
        "The prior made no clear difference: +0.001 ROC AUC at 5 labels per class "
        "(95 % interval +0.020 to +0.061, 20 paired splits).",
    ),
    "undecided": (
        0.2,
        "The prior cannot be judged: +0.200 ROC AUC at 5 labels per class, but 20 "
        "paired splits are too few for an interval (at least 6).",
    ),
}


@pytest.mark.parametrize("verdict", SENTENCES)
def test_the_sentence_says_verdict_difference_interval_and_number_of_splits(verdict):
    difference, sentence = SENTENCES[verdict]
    found = compare_pairs(pairs(1, 0.1, 20), AUC, NAMES, shots=5)
    shown = dataclasses.replace(found, verdict=verdict, difference=difference, low=0.02, high=0.061)
    assert shown.sentence() == sentence


def test_the_sentence_warns_when_lower_is_better():
    found = compare_pairs(pairs(-0.5, 0.1, 20), find_metric("log_loss"), NAMES)
    assert "helped: -0.5" in found.sentence()
    assert "Log loss (lower is better) on average over all numbers of labels" in found.sentence()


def test_one_label_is_singular():
    found = compare_pairs(pairs(1, 0.1, 20), AUC, NAMES, shots=1)
    assert "at 1 label per class" in found.sentence()


def test_the_sentence_of_no_pairs_has_no_number():
    found = compare_pairs(np.array([np.nan]), AUC, NAMES, shots=5)
    assert found.sentence() == (
        "The prior cannot be judged: no paired splits gave a number for both."
    )


def curve(taught, plain, shots=(1, 5)):
    points = [
        CurvePoint(name, k, split, {"roc_auc": value}, 0.1, False)
        for name, values in (("taught", taught), ("plain", plain))
        for k in shots
        for split, value in enumerate(values)
    ]
    return CurveResult(NAMES, shots, ("roc_auc",), ("a", "b"), len(taught), 50, 0, tuple(points))


def test_models_of_a_curve_are_compared_split_by_split():
    plain = np.linspace(0.5, 0.9, 8)  # splits differ far more than models
    found = compare_models(curve(plain + pairs(0.02, 0.002, 8), plain), *NAMES, shots=5)
    assert found.verdict == "helped"
    assert found.difference == pytest.approx(0.02, abs=0.002)
    assert found.n_pairs == 8


def test_without_shots_each_split_counts_once():
    found = compare_models(curve(np.full(8, 0.8), np.full(8, 0.7)), *NAMES)
    assert found.n_pairs == 8
    assert found.shots is None


def test_a_better_model_is_told_apart_on_one_test_set():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = np.where(X[:, 0] > 0, "ill", "well")
    good, blind = GaussianNB().fit(X, y), GaussianNB().fit(X[:, [1, 1]], y)
    found = compare_on_rows(good, blind, X, y, names=("good", "blind"))
    assert found.verdict == "helped"
    assert (found.unit, found.n_pairs) == ("rows", 300)
    assert "300 test rows" in found.sentence("Seeing the signal")
    back = compare_on_rows(blind, good, X, y)
    assert back.verdict == "hurt"
    assert compare_on_rows(good, good, X, y).verdict == "no difference"


def test_a_test_set_without_a_class_decides_nothing_about_ranking():
    X = np.random.default_rng(0).normal(size=(40, 1))
    model = GaussianNB().fit(X, np.where(X[:, 0] > 0, "ill", "well"))
    found = compare_on_rows(model, model, X, ["ill"] * 40)
    assert found.verdict == "undecided"


def test_rows_without_labels_are_refused():
    X = np.random.default_rng(0).normal(size=(4, 1))
    model = GaussianNB().fit(X, list("abab"))
    with pytest.raises(DataError, match="1 of 4 have none"):
        compare_on_rows(model, model, X, ["a", "b", "a", None])
