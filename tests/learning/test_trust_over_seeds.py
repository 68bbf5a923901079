"""Claims about chance, over many seeds: a right teacher helps, a wrong one is found out."""

from functools import cache

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tutelage.learning.map_estimate import fit_linear

SEEDS = tuple(range(30))
N_COLUMNS = 12

pytestmark = pytest.mark.slow


@cache
def made_task(seed, n_per_class):
    """Return training rows and codes, test rows and codes, and the scores of a right teacher."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=N_COLUMNS) * (rng.random(N_COLUMNS) < 0.5)
    weights[0] = 1.0
    weights *= 2.0 / np.linalg.norm(weights)
    rows = rng.normal(size=(3000, N_COLUMNS))
    codes = (rows @ weights + rng.logistic(size=3000) > 0).astype(int)
    chosen = np.concatenate([np.flatnonzero(codes[:1000] == k)[:n_per_class] for k in (0, 1)])
    # Right in direction, rough in strength: as teachers are.
    scores = np.clip(
        np.round(7 * weights / np.abs(weights).max() + rng.normal(size=N_COLUMNS)), -10, 10
    )
    return rows[chosen], codes[chosen], rows[1000:], codes[1000:], scores[None] / 10


@cache
def fitted(seed, n_per_class, teacher):
    rows, codes, test_rows, test_codes, scores = made_task(seed, n_per_class)
    if teacher == "shuffled":
        scores = np.random.default_rng(seed + 1000).permutation(scores.T).T
    given = {"right": scores, "flipped": -scores, "shuffled": scores, "none": None}[teacher]
    fit = fit_linear(rows, codes, 2, np.ones(len(rows)), scores=given)
    trust = float(np.dot([s.trust * (s.sign > 0) for s in fit.settings], fit.masses))
    turned = float(np.dot([s.sign < 0 for s in fit.settings], fit.masses))
    return roc_auc_score(test_codes, test_rows @ fit.weights[0]), trust, turned


def mean_auc(n_per_class, teacher):
    return np.mean([fitted(seed, n_per_class, teacher)[0] for seed in SEEDS])


def mean_trust(n_per_class, teacher):
    return np.mean([fitted(seed, n_per_class, teacher)[1] for seed in SEEDS])


def mean_turned(n_per_class, teacher):
    return np.mean([fitted(seed, n_per_class, teacher)[2] for seed in SEEDS])


@pytest.mark.parametrize("n_per_class", [2, 5, 10, 25])
def test_a_right_teacher_beats_the_plain_student_in_the_mean(n_per_class):
    assert mean_auc(n_per_class, "right") > mean_auc(n_per_class, "none") + 0.005


@pytest.mark.parametrize("n_per_class", [2, 5])
def test_a_right_teacher_is_worth_much_when_labels_are_few(n_per_class):
    assert mean_auc(n_per_class, "right") > mean_auc(n_per_class, "none") + 0.05


def test_a_right_teacher_does_no_harm_with_many_labels():
    assert mean_auc(200, "right") > mean_auc(200, "none") - 0.002


@pytest.mark.parametrize("n_per_class", [10, 25, 50])
def test_a_flipped_teacher_is_turned_round_and_helps(n_per_class):
    assert mean_auc(n_per_class, "flipped") > mean_auc(n_per_class, "none") + 0.005


def test_a_flipped_teacher_does_little_harm_with_five_labels_a_class():
    assert mean_auc(5, "flipped") > mean_auc(5, "none") - 0.03


def test_a_flipped_teacher_does_no_harm_with_many_labels():
    assert mean_auc(200, "flipped") > mean_auc(200, "none") - 0.002


def test_more_labels_lower_the_trust_in_a_flipped_teacher():
    trust = [mean_trust(n, "flipped") for n in (2, 5, 10, 25)]
    assert trust == sorted(trust, reverse=True)
    assert trust[0] > 0.25  # two labels a class cannot tell for sure
    assert trust[-1] < 0.1


def test_labels_tell_a_flipped_teacher_from_a_right_one():
    assert mean_turned(25, "flipped") > 0.8
    assert max(mean_turned(n, "right") for n in (5, 10, 25, 50)) < 0.01
    assert mean_turned(2, "right") < 0.05


@pytest.mark.parametrize("n_per_class", [10, 25, 50])
def test_a_right_teacher_gets_more_trust_than_a_shuffled_one(n_per_class):
    assert mean_trust(n_per_class, "right") > mean_trust(n_per_class, "shuffled") + 0.05


def test_a_right_teacher_gets_more_trust_than_a_shuffled_one_for_nearly_every_seed():
    more = [fitted(s, 50, "right")[1] > fitted(s, 50, "shuffled")[1] for s in SEEDS]
    assert np.mean(more) > 0.8
