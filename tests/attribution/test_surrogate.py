"""The surrogate recovers planted weights and agrees with scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import cosine_distances

from tutelage.attribution.masks import masks
from tutelage.attribution.surrogate import (
    cosines,
    half_agreement,
    locality,
    ridge_solution,
    surrogate,
    surrogates,
)
from tutelage.errors import InputError

MODES = ("anchored", "paper", "lime")


def noisy_scores(rng, hidden, weights, noise=0.5, level=-6.0):
    """A scorer that loses ``weights`` for hidden words; the anchor is scored without noise."""
    drops = weights @ hidden.T
    errors = noise * rng.normal(size=drops.shape)
    errors[:, 0] = 0
    return level - drops + errors


@pytest.mark.parametrize("n_units", range(3, 13))
def test_planted_weights_are_recovered(n_units):
    rng = np.random.default_rng(n_units)
    hidden, weights = masks(n_units), rng.normal(size=(200, n_units)) * 2
    found = surrogate(hidden, noisy_scores(rng, hidden, weights, noise=0.0)).weights
    assert cosines(found, weights).min() > 0.99


@pytest.mark.parametrize("n_units", range(3, 13))
def test_planted_weights_are_recovered_on_average_under_more_noise(n_units):
    rng = np.random.default_rng(n_units)
    hidden, weights = masks(n_units), rng.normal(size=(200, n_units)) * 2
    found = surrogate(hidden, noisy_scores(rng, hidden, weights, noise=0.5)).weights
    assert cosines(found, weights).mean() > (0.97 if n_units == 3 else 0.99)


def test_the_paper_s_coding_leaks_the_level_and_the_anchor_does_not():
    rng = np.random.default_rng(0)
    hidden = masks(6, design="paper")
    weights = rng.exponential(size=(200, 6))
    scores = noisy_scores(rng, hidden, weights, noise=0.1)
    alike = {mode: cosines(surrogate(hidden, scores, mode=mode).weights, weights) for mode in MODES}
    assert alike["anchored"].mean() > 0.99
    assert alike["lime"].mean() > 0.9
    assert alike["paper"].mean() < 0.5


@pytest.mark.parametrize("n_units", [2, 3, 8, 40])
@pytest.mark.parametrize("ridge", [0.1, 3.0])
def test_each_mode_is_the_ridge_of_scikit_learn(n_units, ridge):
    rng = np.random.default_rng(1)
    hidden = masks(n_units, 25, design="lime")
    z = rng.normal(size=(4, len(hidden)))
    kept = 1.0 - hidden
    for i in range(4):
        anchored = Ridge(alpha=ridge, fit_intercept=False).fit(hidden[1:], z[i, 0] - z[i, 1:])
        paper = Ridge(alpha=ridge, fit_intercept=False).fit(kept[1:], z[i, 1:])
        lime = Ridge(alpha=ridge).fit(kept, z[i], sample_weight=locality(hidden.astype(float)))
        for mode, theirs in zip(MODES, (anchored, paper, lime), strict=True):
            ours = surrogate(hidden, z, mode=mode, ridge=ridge)
            np.testing.assert_allclose(ours.weights[i], theirs.coef_, atol=1e-8)
        np.testing.assert_allclose(ours.level[i], lime.intercept_ + lime.coef_.sum(), atol=1e-8)


def test_the_locality_is_that_of_lime():
    hidden = masks(5, design="lime")
    theirs = cosine_distances(1.0 - hidden, np.ones((1, 5)))[:, 0] * 100
    np.testing.assert_allclose(
        locality(hidden.astype(float)), np.sqrt(np.exp(-(theirs**2) / 25**2)), atol=1e-12
    )


def test_more_words_than_masks_are_solved_in_the_small_system():
    rng = np.random.default_rng(2)
    design, values = rng.normal(size=(10, 30)), rng.normal(size=(3, 10))
    theirs = Ridge(alpha=0.3, fit_intercept=False).fit(design, values.T).coef_
    np.testing.assert_allclose(ridge_solution(design, values, 0.3), theirs, atol=1e-10)


def test_ten_thousand_words_are_solved_for():
    hidden = masks(10_000, 100)
    assert surrogate(hidden, -hidden.sum(axis=1)).weights.shape == (1, 10_000)


@pytest.mark.parametrize("mode", MODES)
def test_one_word_gets_one_and_no_word_gets_nothing(mode):
    assert surrogate(masks(1), [-1.0, -5.0], mode=mode).weights.tolist() == [[1.0]]
    assert surrogate(masks(0), [-1.0], mode=mode).weights.shape == (1, 0)


def test_two_and_three_words_do_not_crash_with_a_single_mask():
    for n_units in (2, 3):
        assert np.isfinite(surrogate(masks(n_units, 1), [0.0, -1.0]).weights).all()


def test_texts_solved_together_are_as_texts_solved_alone():
    rng = np.random.default_rng(3)
    lengths = [4, 7, 4, 1, 7]
    designs = [masks(n) for n in lengths]
    scores = [rng.normal(size=len(rows)) for rows in designs]
    together = surrogates(designs, scores)
    for rows, z, found in zip(designs, scores, together, strict=True):
        np.testing.assert_allclose(found, surrogate(rows, z).weights[0], atol=1e-12)


def test_the_fit_tells_a_linear_scorer_from_noise():
    rng = np.random.default_rng(4)
    hidden = masks(12)
    linear = -(hidden @ np.arange(12.0))
    fits = surrogate(hidden, np.stack([linear, rng.normal(size=len(hidden)), 0 * linear])).fit
    assert fits[0] > 0.999
    assert fits[1] < 0.5
    assert np.isnan(fits[2])


def test_half_the_masks_agree_when_the_solution_is_stable():
    rng = np.random.default_rng(5)
    hidden = masks(10)
    weights = np.arange(10.0)[None, :]
    calm = noisy_scores(rng, hidden, weights, noise=0.1)
    wild = noisy_scores(rng, hidden, weights, noise=30.0)
    agreement = half_agreement(hidden, np.vstack([calm, wild, 0 * calm]))
    assert agreement[0] > 0.99 > agreement[1]
    assert agreement[2] == 1.0


def test_all_that_cannot_be_solved_is_told_at_once():
    with pytest.raises(InputError) as told:
        surrogate(masks(3)[1:], [[0.0, np.inf]], mode="shap", ridge=0.0)
    text = str(told.value)
    assert len(told.value.problems) == 4
    assert "got 'shap'" in text
    assert "above 0, got 0.0" in text
    assert "row 0 hides nothing" in text
    assert "1 of 2 are not" in text


def test_scores_that_do_not_fit_the_masks_are_told():
    with pytest.raises(InputError, match=r"one column per mask, 8, got \(1, 5\)"):
        surrogate(masks(3), np.zeros(5))
