"""The average over settings: sharpened scores, directions, variances, zero trust."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tutelage.learning import map_estimate
from tutelage.learning.map_estimate import (
    column_variances,
    directions,
    fit_linear,
    rotate,
    sharpen,
)
from tutelage.learning.settings import Setting, settings_for

some_scores = st.integers(-100, 100).map(lambda score: score / 100)
scores_in = arrays(float, st.integers(1, 6), elements=st.floats(-1, 1))
sharpness_in = st.floats(0, 12)


def made_table(n_rows=40, n_columns=6, n_classes=2, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, n_columns))
    codes = np.arange(n_rows) % n_classes
    n_outputs = 1 if n_classes == 2 else n_classes
    return rows, codes, np.ones(n_rows), rng.uniform(-1, 1, (n_outputs, n_columns))


@given(scores_in, sharpness_in)
def test_sharpening_is_odd(scores, sharpness):
    assert sharpen(-scores, sharpness) == pytest.approx(-sharpen(scores, sharpness))


@given(scores_in, sharpness_in)
def test_sharpening_keeps_order_sign_and_range(scores, sharpness):
    sharp = sharpen(scores, sharpness)
    order = np.argsort(scores)
    assert np.all(np.diff(sharp[order]) >= -1e-12)
    assert np.all(sharp * scores >= 0)
    assert np.all(np.abs(sharp) <= 1 + 1e-12)


def test_sharpening_is_strictly_monotone_and_keeps_the_ends():
    scores = np.linspace(-1, 1, 201)
    for sharpness in (0.0, 0.5, 5.0, 7.5):
        assert np.all(np.diff(sharpen(scores, sharpness)) > 0)
        assert sharpen(np.array([-1.0, 0.0, 1.0]), sharpness) == pytest.approx([-1, 0, 1])


def test_a_sharper_teacher_has_fewer_columns_that_count():
    scores = np.array([1.0, 0.8, 0.3])
    shares = [sharpen(scores, t)[2] / sharpen(scores, t)[0] for t in (0, 2.5, 5, 7.5)]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("sharpness", [0.0, 2.5, 7.5])
def test_directions_have_unit_variance_over_the_rows(sharpness):
    rows, _, _, scores = made_table()
    weights = np.random.default_rng(1).uniform(0.5, 2, len(rows))
    logits = rows @ directions(scores, (rows, weights), sharpness)[0]
    mean = np.average(logits, weights=weights)
    assert np.average((logits - mean) ** 2, weights=weights) == pytest.approx(1)


def test_directions_of_three_classes_have_pairs_of_unit_variance_on_average():
    rows, _, weights, scores = made_table(n_classes=3)
    logits = rows @ directions(scores, (rows, weights), 5.0).T
    pairs = [np.var(logits[:, a] - logits[:, b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert np.mean(pairs) == pytest.approx(1)


def test_directions_without_variance_in_the_rows_count_columns_as_independent():
    scores = np.array([[0.6, -0.8]])
    found = directions(scores, (np.zeros((5, 2)), np.ones(5)), 0.0)
    assert found == pytest.approx(scores)


def test_directions_do_not_see_the_size_of_the_scores_when_they_are_not_sharpened():
    rows, _, weights, scores = made_table()
    small = directions(0.1 * scores, (rows, weights), 0.0)
    assert small == pytest.approx(directions(scores, (rows, weights), 0.0))


@given(
    arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 7)), elements=some_scores),
    st.integers(0, 127),
)
def test_column_variances_sum_to_one(scores, bits):
    known = np.array([bits >> i & 1 for i in range(scores.shape[1])], dtype=bool)
    variances = column_variances(scores, known)
    assert variances.sum() == pytest.approx(1)
    assert np.all(variances > 0)


def test_an_unscored_column_varies_like_the_mean_of_the_scored():
    variances = column_variances(np.array([[0.9, 0.3, 0.0]]), np.array([True, True, False]))
    assert variances[2] == pytest.approx(variances[:2].mean())


def test_an_important_column_may_deviate_more():
    variances = column_variances(np.array([[0.9, -0.9, 0.1]]), np.ones(3, dtype=bool))
    assert variances[0] == pytest.approx(variances[1])
    assert variances[0] > 3 * variances[2]


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (60, 40), (40, 60), (1, 3), (30, 30)])
def test_a_rotation_keeps_every_inner_product(shape):
    rng = np.random.default_rng(0)
    rows, sd = rng.normal(size=shape), rng.uniform(0.1, 2, shape[1])
    rotation = rotate(rows, sd)
    assert rotation.factors @ rotation.factors.T == pytest.approx((rows * sd) @ (rows * sd).T)
    u = rng.normal(size=rotation.factors.shape[1])
    assert rows @ rotation.weights(u) == pytest.approx(rotation.factors @ u)


@pytest.mark.parametrize("shape", [(60, 40), (40, 60)])
def test_a_rotation_of_many_columns_is_orthogonal_and_sorted(shape):
    factors = rotate(np.random.default_rng(0).normal(size=shape), np.ones(shape[1])).factors
    gram = factors.T @ factors
    assert np.abs(gram - np.diag(np.diag(gram))).max() < 1e-8 * gram.max()
    assert np.all(np.diff(np.diag(gram)) < 0)


def test_repeated_rows_lower_the_rank():
    rows = np.repeat(np.random.default_rng(0).normal(size=(3, 10)), 2, axis=0)
    assert rotate(rows, np.ones(10)).factors.shape == (6, 3)


def test_settings_hold_zero_trust_and_their_prior_sums_to_one():
    settings = settings_for(None, has_prior=True)
    assert sum(s.prior_mass for s in settings) == pytest.approx(1)
    assert any(s.trust == 0 for s in settings)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_turned_setting_is_the_setting_of_turned_scores(n_classes, monkeypatch):
    rows, codes, weights, scores = made_table(30, 6, n_classes)
    straight = Setting(0.9, 1.4, 5.0, 1.0)
    given = {"trust": None, "scores": scores}
    monkeypatch.setattr(
        map_estimate, "settings_for", lambda *_, **__: (replace(straight, sign=-1),)
    )
    turned = fit_linear(rows, codes, n_classes, weights, **given)
    monkeypatch.setattr(map_estimate, "settings_for", lambda *_, **__: (straight,))
    other = fit_linear(rows, codes, n_classes, weights, **{**given, "scores": -scores})
    assert turned.weights == pytest.approx(other.weights)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("shape", [(12, 5), (12, 40), (90, 40)])
def test_zero_trust_is_the_plain_student_to_the_bit(n_classes, shape):
    rows, codes, weights, scores = made_table(*shape, n_classes)
    plain = fit_linear(rows, codes, n_classes, weights)
    distrusted = fit_linear(rows, codes, n_classes, weights, scores=scores, trust=0.0)
    assert np.array_equal(plain.weights, distrusted.weights)
    assert np.array_equal(plain.intercepts, distrusted.intercepts)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_full_trust_leaves_the_direction_to_the_teacher(n_classes):
    rows, codes, weights, scores = made_table(n_classes=n_classes)
    fit = fit_linear(rows, codes, n_classes, weights, scores=scores, trust=1.0)
    assert fit.weights == pytest.approx(fit.teacher_weights, abs=1e-12)


def test_masses_sum_to_one():
    rows, codes, weights, scores = made_table()
    fit = fit_linear(rows, codes, 2, weights, scores=scores)
    assert sum(fit.masses) == pytest.approx(1)
    assert len(fit.masses) == len(fit.settings)


def test_swapping_the_two_classes_turns_every_sign():
    rows, codes, weights, scores = made_table()
    codes = (rows[:, 0] > 0.3).astype(int)
    one = fit_linear(rows, codes, 2, weights, scores=scores)
    other = fit_linear(rows, 1 - codes, 2, weights, scores=-scores)
    assert other.weights == pytest.approx(-one.weights, abs=1e-6)
    assert other.intercepts == pytest.approx(-one.intercepts, abs=1e-6)


def test_many_rows_are_weighed_on_some_and_fitted_on_all():
    rows, _, weights, scores = made_table(2000, 8)
    codes = (rows @ scores[0] + np.random.default_rng(0).logistic(size=2000) > 0).astype(int)
    fit = fit_linear(rows, codes, 2, weights, scores=scores)
    assert len(fit.settings) <= 3
    known = {replace(s, prior_mass=0.0) for s in settings_for(None, has_prior=True)}
    assert {replace(s, prior_mass=0.0) for s in fit.settings} <= known
    free = fit_linear(rows, codes, 2, weights)
    assert np.corrcoef(rows @ fit.weights[0], rows @ free.weights[0])[0, 1] > 0.99


@pytest.mark.parametrize("shape", [(700, 10), (2000, 60), (1500, 300)])
@pytest.mark.parametrize("taught", [True, False])
def test_many_rows_are_fitted_as_few_are(shape, taught, monkeypatch):
    rng = np.random.default_rng(3)
    rows, _, weights, scores = made_table(*shape)
    codes = (rows @ scores[0] / 3 + rng.logistic(size=shape[0]) > 0).astype(int)
    weights = rng.uniform(0.5, 2, shape[0])
    given = (rows, codes, 2, weights)
    fast = fit_linear(*given, scores=scores if taught else None)
    monkeypatch.setattr(map_estimate._Problem, "is_long", lambda *_: False)
    slow = fit_linear(*given, scores=scores if taught else None)
    gap = rows @ (fast.weights - slow.weights)[0]
    assert np.sqrt(np.mean(gap**2)) < 0.02 * (rows @ slow.weights[0]).std()
    assert fast.intercepts == pytest.approx(slow.intercepts, abs=0.01)


def test_rows_stored_in_32_bits_give_the_same_student():
    rows, _, weights, scores = made_table(3000, 8)
    codes = (rows @ scores[0] + np.random.default_rng(0).logistic(size=3000) > 0).astype(int)
    whole = fit_linear(rows, codes, 2, weights, scores=scores)
    short = fit_linear(rows.astype(np.float32), codes, 2, weights, scores=scores)
    assert short.weights.dtype == np.float64
    assert short.weights == pytest.approx(whole.weights, abs=1e-4)


@pytest.mark.parametrize("turned", [0.2, 0.6])
def test_a_teacher_is_right_or_turned_and_never_both(turned):
    settings = [
        Setting(trust, 1.4, 5.0, 1.0, sign) for trust, sign in ((0, 1), (0.9, 1), (0.9, -1))
    ]
    masses = map_estimate._of_one_sign(settings, np.array([0.1, 0.5, turned]))
    wanted = [0.1, 0.0, turned] if turned > 0.5 else [0.1, 0.5, 0.0]
    assert masses.tolist() == wanted


def test_two_labels_a_class_cannot_turn_a_teacher():
    rows, _, weights, scores = made_table(8)
    signs = []
    for n_rows in (4, 8):
        codes = np.arange(n_rows) % 2
        fit = fit_linear(rows[:n_rows], codes, 2, weights[:n_rows], scores=scores)
        signs.append({setting.sign for setting in fit.settings})
    assert signs == [{1}, {1, -1}]


def test_leaving_out_settings_that_cannot_matter_changes_next_to_nothing(monkeypatch):
    rows, codes, weights, scores = made_table(100, 60)
    codes = (rows @ scores[0] + np.random.default_rng(0).logistic(size=100) > 0).astype(int)
    fast = rows @ fit_linear(rows, codes, 2, weights, scores=scores).weights[0]
    binary = map_estimate.fit_binary
    monkeypatch.setattr(map_estimate, "fit_binary", lambda *given: binary(*given[:5]))
    full = rows @ fit_linear(rows, codes, 2, weights, scores=scores).weights[0]
    assert np.sqrt(np.mean((fast - full) ** 2)) < 1e-3 * full.std()
