"""Does a prior fit a table before any label is seen?"""

import numpy as np
import pytest

from tutelage.learning.coherence import Coherence, coherence, probability_right
from tutelage.learning.map_estimate import fit_linear
from tutelage.learning.settings import RIGHT, settings_for

SEEDS = range(30)


def made_rows(seed, n_rows=200):
    """Four groups of three columns that go together, and scores that know the groups."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.normal(size=(n_rows, 4)), 3, axis=1) + 0.6 * rng.normal(size=(n_rows, 12))
    scores = np.repeat(rng.uniform(-1, 1, size=4), 3) + 0.1 * rng.normal(size=12)
    return rows, np.clip(scores, -1, 1)[None, :]


def right_of(scores, rows):
    return probability_right(coherence(scores, rows, np.ones(len(rows))))


def test_scores_that_know_which_columns_go_together_rank_high():
    ranks = [coherence(s, rows, np.ones(len(rows))).rank for rows, s in map(made_rows, SEEDS)]
    assert np.median(ranks) > 0.9


def test_dealt_scores_rank_evenly():
    ranks = []
    for seed in SEEDS:
        rows, scores = made_rows(seed)
        dealt = np.random.default_rng(1000 + seed).permutation(scores, axis=1)
        ranks.append(coherence(dealt, rows, np.ones(len(rows))).rank)
    assert 0.35 < np.mean(ranks) < 0.65


def test_a_right_teacher_is_believed_more_than_the_same_scores_dealt():
    right, wrong = [], []
    for seed in SEEDS:
        rows, scores = made_rows(seed)
        right.append(right_of(scores, rows))
        wrong.append(right_of(np.random.default_rng(seed).permutation(scores, axis=1), rows))
    assert np.mean(right) > 0.85
    assert np.mean(wrong) < 0.6


def test_a_flipped_teacher_ranks_like_the_right_one():
    rows, scores = made_rows(3)
    assert right_of(-scores, rows) == right_of(scores, rows)


def test_columns_that_do_not_go_together_tell_nothing():
    found = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        found.append(right_of(rng.normal(size=(1, 10)), rng.normal(size=(300, 10))))
    assert np.mean(found) == pytest.approx(RIGHT, abs=0.07)


@pytest.mark.parametrize("n_rows", [1, 2])
def test_one_or_two_rows_tell_next_to_nothing(n_rows):
    found = [right_of(scores, rows) for rows, scores in (made_rows(s, n_rows) for s in SEEDS)]
    assert np.mean(found) == pytest.approx(RIGHT, abs=0.05)


def test_a_row_of_weight_two_is_two_rows():
    rows, scores = made_rows(5, 60)
    weights = np.random.default_rng(0).integers(1, 4, size=60)
    once = coherence(scores, np.repeat(rows, weights, axis=0), np.ones(weights.sum()))
    weighed = coherence(scores, rows, weights.astype(float))
    assert weighed.rank == pytest.approx(once.rank)


def test_the_order_of_columns_hardly_matters():
    rows, scores = made_rows(7)
    order = np.random.default_rng(0).permutation(12)
    there, here = right_of(scores[:, order], rows[:, order]), right_of(scores, rows)
    assert there == pytest.approx(here, abs=0.1)


def test_equal_scores_are_a_tie():
    found = coherence(np.ones((1, 6)), np.random.default_rng(0).normal(size=(50, 6)), np.ones(50))
    assert found == Coherence(0.5, 0.0)


def test_wide_and_narrow_computations_agree():
    rows, scores = made_rows(2, 12)
    narrow = coherence(scores, rows, np.ones(12))
    wide = coherence(scores, rows[:11], np.ones(11))
    assert abs(narrow.rank - wide.rank) < 0.3
    assert 0 < wide.rank < 1


def test_masses_of_settings_sum_to_one_whatever_is_believed():
    for right in (0.05, 0.5, 0.97):
        masses = [s.prior_mass for s in settings_for(None, has_prior=True, right=right)]
        assert sum(masses) == pytest.approx(1)


@pytest.mark.slow
def test_scores_on_the_wrong_columns_cost_little_with_ten_labels_a_class():
    def score(seed, dealt):
        rows, scores = made_rows(seed, 600)
        rng = np.random.default_rng(500 + seed)
        truth = rows @ scores[0] + rng.logistic(size=600) > 0
        given = rng.permutation(scores, axis=1) if dealt else scores
        few = np.concatenate([np.flatnonzero(truth)[:10], np.flatnonzero(~truth)[:10]])
        fit = fit_linear(
            rows[few], truth[few].astype(int), 2, np.ones(20), scores=given,
            spread=(rows, np.ones(600)),
        )  # fmt: skip
        plain = fit_linear(rows[few], truth[few].astype(int), 2, np.ones(20))
        rest = np.setdiff1d(np.arange(600), few)

        def right(found):
            return np.mean((rows[rest] @ found.weights[0] + found.intercepts[0] > 0) == truth[rest])

        return right(fit) - right(plain)

    assert np.mean([score(seed, dealt=False) for seed in SEEDS]) > 0.01
    assert np.mean([score(seed, dealt=True) for seed in SEEDS]) > -0.03
