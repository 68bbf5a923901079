"""Folds that keep copies together, and a number of steps chosen by held-out rows."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from tutelage.learning.stages import choose_stage, deal_folds, fewest_distinct, row_losses


def made_rows(n_rows=60, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, 3)), np.arange(n_rows) % 3


def test_every_class_is_spread_evenly_over_the_folds():
    rows, codes = made_rows()
    folds = deal_folds(rows, codes, 5, np.random.default_rng(0))
    for code in range(3):
        assert np.bincount(folds[codes == code]).tolist() == [4] * 5


def test_folds_do_not_depend_on_the_order_of_rows():
    rows, codes = made_rows()
    order = np.random.default_rng(1).permutation(len(rows))
    folds = deal_folds(rows, codes, 5, np.random.default_rng(0))
    again = deal_folds(rows[order], codes[order], 5, np.random.default_rng(0))
    assert np.array_equal(again, folds[order])


def test_copies_of_a_row_share_its_fold_and_leave_the_others_alone():
    rows, codes = made_rows()
    times = np.random.default_rng(1).integers(1, 4, len(rows))
    folds = deal_folds(rows, codes, 5, np.random.default_rng(0))
    again = deal_folds(
        np.repeat(rows, times, axis=0), np.repeat(codes, times), 5, np.random.default_rng(0)
    )
    assert np.array_equal(again, np.repeat(folds, times))


def test_distinct_rows_are_counted_in_the_smallest_class():
    rows = np.array([[0.0], [1.0], [2.0], [5.0], [5.0], [6.0]])
    assert fewest_distinct(rows, np.array([0, 0, 0, 1, 1, 1])) == 2


@pytest.mark.parametrize("n_classes", [2, 4])
def test_row_losses_are_the_cross_entropy(n_classes):
    rng = np.random.default_rng(0)
    codes = np.arange(12) % n_classes
    logits = rng.normal(size=(12, 1 if n_classes == 2 else n_classes))
    whole = np.column_stack([np.zeros(12), logits]) if n_classes == 2 else logits
    chance = np.exp(whole) / np.exp(whole).sum(axis=1, keepdims=True)
    assert row_losses(logits, codes).mean() == pytest.approx(log_loss(codes, chance))


def test_row_losses_take_many_stages_at_once():
    logits = np.random.default_rng(0).normal(size=(3, 6, 2))
    codes = np.array([0, 1, 0, 1, 1, 0])
    together = row_losses(logits, codes)
    assert together.shape == (3, 6)
    assert np.array_equal(together[1], row_losses(logits[1], codes))


def test_a_gain_within_its_standard_error_is_luck():
    rng = np.random.default_rng(0)
    losses = np.vstack([np.ones(50), 1 + rng.normal(0, 1, 50)])
    assert choose_stage(losses, np.ones(50), doubt=3.0) == 0


def test_a_gain_in_every_row_is_taken():
    losses = np.vstack([np.ones(50), np.full(50, 0.9), np.full(50, 0.8), np.full(50, 0.85)])
    assert choose_stage(losses, np.ones(50), doubt=1.0) == 2


def test_a_weight_counts_rows_when_a_stage_is_chosen():
    losses = np.array([[1.0, 1.0, 1.0], [0.5, 0.9, 1.25]])
    times = np.array([3, 2, 1])
    repeated = np.repeat(losses, times, axis=1)
    for doubt in (0.0, 0.5, 1.0, 2.0, 3.0, 4.0):
        assert choose_stage(losses, times.astype(float), doubt) == choose_stage(
            repeated, np.ones(6), doubt
        )


def test_a_correction_of_noise_is_almost_never_taken_with_doubt():
    taken = 0
    for seed in range(200):
        gain = np.random.default_rng(seed).normal(0, 1, (3, 100))
        taken += choose_stage(np.vstack([np.zeros(100), gain]), np.ones(100), 2.0) > 0
    assert taken < 30
