"""Newton steps reach the mode, and the evidence is what an integral says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.special import expit, logsumexp
from sklearn.linear_model import LogisticRegression

from tutelage.learning import newton
from tutelage.learning.newton import INTERCEPT_SD, fit_binary, fit_multinomial


def made_problem(n_rows=60, rank=5, n_settings=4, seed=0):
    """Return factors, sd, offsets, labels and row weights; orthogonal factors, longest first."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n_rows, rank))
    left, length, _ = np.linalg.svd(factors, full_matrices=False)
    offsets = rng.normal(size=(n_settings, n_rows))
    labels = (factors[:, 0] + rng.logistic(size=n_rows) > 0).astype(float)
    return (
        left * length,
        np.linspace(0.2, 1.5, n_settings),
        offsets,
        labels,
        rng.uniform(0.2, 3, n_rows),
    )


def loss_of(factors, sd, offset, labels, row_weights, u, intercept):
    """Return what a fit minimises, written out."""
    logits = offset + intercept + sd * factors @ u
    cross_entropy = np.logaddexp(0, np.where(labels > 0, -logits, logits))
    return row_weights @ cross_entropy + u @ u / 2 + intercept**2 / (2 * INTERCEPT_SD**2)


def slope_at(function, point, step=1e-5):
    rows = np.eye(len(point)) * step
    return np.array([(function(point + r) - function(point - r)) / (2 * step) for r in rows])


def softmax_loss(factors, sd, offsets, codes, row_weights, U, intercepts):
    logits = offsets + intercepts + sd * factors @ U.T
    cross_entropy = logsumexp(logits, axis=1) - logits[np.arange(len(codes)), codes]
    penalty = np.sum(U**2) / 2 + np.sum(intercepts**2) / (2 * INTERCEPT_SD**2)
    return row_weights @ cross_entropy + penalty


@pytest.mark.parametrize("rank", [1, 5, 23, 24, 40])
def test_the_slope_is_zero_at_the_mode(rank):
    factors, sd, offsets, labels, weights = made_problem(rank=rank)
    fit = fit_binary(factors, sd, offsets, labels, weights)
    for i in range(len(sd)):

        def loss(point, i=i):
            return loss_of(factors, sd[i], offsets[i], labels, weights, point[:-1], point[-1])

        mode = np.append(fit.coefficients[i, 0] / sd[i], fit.intercepts[i, 0])
        start = np.linalg.norm(slope_at(loss, np.zeros(rank + 1)))
        assert np.linalg.norm(slope_at(loss, mode)) < 1e-3 * start


@pytest.mark.parametrize("rank", [6, 40])
def test_the_mode_is_that_of_scikit_learn(rank):
    factors, sd, _, labels, weights = made_problem(rank=rank, n_settings=1)
    fit = fit_binary(factors, sd, np.zeros((1, len(labels))), labels, weights)
    # Our Normal priors as its penalty: C = 1 in units of each prior's standard deviation.
    columns = np.column_stack([sd[0] * factors, np.full(len(labels), INTERCEPT_SD)])
    theirs = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=10_000)
    theirs.fit(columns, labels, sample_weight=weights)
    assert fit.coefficients[0, 0] == pytest.approx(sd[0] * theirs.coef_[0, :-1], abs=1e-4)
    assert fit.intercepts[0, 0] == pytest.approx(INTERCEPT_SD * theirs.coef_[0, -1], abs=1e-4)


def test_the_mode_of_three_classes_is_that_of_scikit_learn():
    factors, _, _, _, weights = made_problem(n_rows=80)
    codes = np.random.default_rng(1).integers(0, 3, 80)
    coefficients, intercepts, _ = fit_multinomial(factors, 0.7, np.zeros((80, 3)), codes, weights)
    columns = np.column_stack([0.7 * factors, np.full(80, INTERCEPT_SD)])
    theirs = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=10_000)
    theirs.fit(columns, codes, sample_weight=weights)
    assert coefficients == pytest.approx(0.7 * theirs.coef_[:, :-1], abs=1e-4)
    assert intercepts == pytest.approx(INTERCEPT_SD * theirs.coef_[:, -1], abs=1e-4)


def test_softmax_of_two_classes_agrees_with_the_binary_fit():
    # A difference of two coefficients has twice the variance of one; so the intercepts of the
    # softmax have a wider prior, which 400 rows make small.
    factors, _, _, labels, _ = made_problem(n_rows=400)
    weights, offsets = np.ones(400), np.zeros((400, 2))
    offsets[:, 1] = np.linspace(-1, 1, 400)
    binary = fit_binary(factors, np.array([0.8]), offsets[None, :, 1], labels, weights)
    coefficients, intercepts, _ = fit_multinomial(
        factors, 0.8 / np.sqrt(2), offsets, labels.astype(int), weights
    )
    assert coefficients[1] - coefficients[0] == pytest.approx(binary.coefficients[0, 0], abs=1e-3)
    assert intercepts[1] - intercepts[0] == pytest.approx(binary.intercepts[0, 0], abs=1e-3)


def test_the_slope_of_the_softmax_is_zero_at_the_mode():
    factors, _, _, _, weights = made_problem(rank=4)
    rng = np.random.default_rng(3)
    codes, offsets = rng.integers(0, 4, 60), rng.normal(size=(60, 4))
    coefficients, intercepts, _ = fit_multinomial(factors, 0.5, offsets, codes, weights)

    def loss(point):
        U, b = point[:16].reshape(4, 4), point[16:]
        return softmax_loss(factors, 0.5, offsets, codes, weights, U, b)

    mode = np.append(coefficients.ravel() / 0.5, intercepts)
    assert np.linalg.norm(slope_at(loss, mode)) < 1e-3 * np.linalg.norm(slope_at(loss, 0 * mode))


def test_exact_and_bounded_curvature_reach_the_same_mode(monkeypatch):
    factors, _, _, _, weights = made_problem(n_rows=90, rank=6)
    rng = np.random.default_rng(2)
    codes, offsets = rng.integers(0, 5, 90), rng.normal(size=(90, 5))
    exact = fit_multinomial(factors, 0.9, offsets, codes, weights)
    monkeypatch.setattr(newton, "LARGEST_DENSE_SYSTEM", 0)
    bounded = fit_multinomial(factors, 0.9, offsets, codes, weights)
    assert bounded[0] == pytest.approx(exact[0], abs=5e-3)
    assert bounded[1] == pytest.approx(exact[1], abs=5e-3)
    assert bounded[2] < exact[2]  # more curvature, less evidence


def test_all_coordinates_exact_and_most_diagonal_reach_the_same_mode(monkeypatch):
    problem = made_problem(n_rows=120, rank=60)
    few = fit_binary(*problem)
    monkeypatch.setattr(newton, "LEADING", 100)
    exact = fit_binary(*problem)
    assert few.coefficients == pytest.approx(exact.coefficients, abs=1e-3)
    assert few.evidence == pytest.approx(exact.evidence, abs=1e-4)


def test_columns_that_are_neither_orthogonal_nor_sorted_still_reach_the_mode():
    rng = np.random.default_rng(5)
    factors = rng.normal(size=(100, 1)) + 0.3 * rng.normal(size=(100, 50))
    labels = (factors[:, 40] > 0).astype(float)
    fit = fit_binary(factors, np.array([2.0]), np.zeros((1, 100)), labels, np.ones(100))

    def loss(point):
        return loss_of(factors, 2.0, 0.0, labels, np.ones(100), point[:-1], point[-1])

    mode = np.append(fit.coefficients[0, 0] / 2.0, fit.intercepts[0, 0])
    assert np.linalg.norm(slope_at(loss, mode)) < 1e-3 * np.linalg.norm(slope_at(loss, 0 * mode))


@pytest.mark.parametrize("size", [1.0, 30.0, 1000.0])
@pytest.mark.parametrize("rank", [3, 40])
def test_extreme_offsets_converge(size, rank):
    factors, sd, _, labels, weights = made_problem(rank=rank)
    offsets = size * np.random.default_rng(4).normal(size=(len(sd), len(labels)))
    fit = fit_binary(factors, sd, offsets, labels, weights)
    assert np.isfinite(fit.evidence).all()
    for i in range(len(sd)):

        def loss(point, i=i):
            return loss_of(factors, sd[i], offsets[i], labels, weights, point[:-1], point[-1])

        mode = np.append(fit.coefficients[i, 0] / sd[i], fit.intercepts[i, 0])
        best = loss(mode)
        rng = np.random.default_rng(0)
        for scale in (1e-3, 0.03, 1.0):  # convex: no better point nearby is no better point
            near = [loss(mode + scale * rng.normal(size=rank + 1)) for _ in range(20)]
            assert min(near) > best - 1e-5 * (1 + abs(best))


def test_separable_labels_have_a_finite_mode():
    rows = np.linspace(-1, 1, 20)[:, None]
    labels = (rows[:, 0] > 0).astype(float)
    fit = fit_binary(rows, np.array([1.0, 100.0]), np.zeros((2, 20)), labels, np.ones(20))
    assert 0 < fit.coefficients[0, 0, 0] < fit.coefficients[1, 0, 0] < 1e4


def test_a_prior_of_no_width_leaves_the_offset_alone():
    factors, _, offsets, labels, weights = made_problem(n_settings=1)
    fit = fit_binary(factors, np.zeros(1), offsets, labels, weights)
    assert np.all(fit.coefficients == 0)


@pytest.mark.parametrize("rank", [4, 40])
def test_weight_two_is_two_rows(rank):
    factors, sd, offsets, labels, _ = made_problem(rank=rank)
    times = np.random.default_rng(0).integers(1, 4, len(labels))
    weighted = fit_binary(factors, sd, offsets, labels, times.astype(float))
    repeated = fit_binary(
        np.repeat(factors, times, axis=0),
        sd,
        np.repeat(offsets, times, axis=1),
        np.repeat(labels, times),
        np.ones(times.sum()),
    )
    assert weighted.coefficients == pytest.approx(repeated.coefficients, abs=1e-6)
    assert weighted.evidence == pytest.approx(repeated.evidence, abs=1e-6)


@pytest.mark.parametrize("sd", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("n_rows", [10, 40])
def test_the_evidence_is_that_of_numerical_integration(sd, n_rows):
    rng = np.random.default_rng(n_rows)
    rows = rng.normal(size=n_rows)
    labels = (rows + rng.logistic(size=n_rows) > 0.3).astype(float)
    offset = 0.5 * rng.normal(size=n_rows)
    fit = fit_binary(rows[:, None], np.array([sd]), offset[None], labels, np.ones(n_rows))
    mode = fit.coefficients[0, 0, 0] / sd, fit.intercepts[0, 0]

    def likelihood(b, u):
        z = offset + b + sd * rows * u
        return np.exp(np.sum(np.log(expit(np.where(labels > 0, z, -z)))) - u * u / 2 - b * b / 50)

    total, _ = dblquad(likelihood, mode[0] - 6, mode[0] + 6, mode[1] - 8, mode[1] + 8, epsrel=1e-4)
    # The constant that all settings share: log(2 pi) for the two coordinates.
    assert fit.evidence[0] + np.log(2 * np.pi) == pytest.approx(np.log(total), abs=0.15)


def test_settings_that_cannot_matter_are_left_rough_and_the_others_are_not():
    factors, _, _, labels, weights = made_problem(n_rows=120, rank=60)
    sd = np.array([0.01, 0.3, 0.5, 30.0])
    offsets = np.zeros((4, 120))
    exact = fit_binary(factors, sd, offsets, labels, weights)
    log_prior = np.array([0.0, 0.0, 0.0, -30.0])
    rough = fit_binary(factors, sd, offsets, labels, weights, log_prior)
    mass = exact.evidence + log_prior
    matter = mass > mass.max() - 7
    assert 0 < matter.sum() < 4
    assert rough.evidence[matter] == pytest.approx(exact.evidence[matter], abs=1e-4)
    assert np.all(rough.evidence < exact.evidence + 0.02)  # a bound, up to the rough mode
    assert not np.allclose(rough.evidence[~matter], exact.evidence[~matter], atol=1e-4)


@given(
    st.integers(1, 30), st.integers(1, 30), st.floats(0, 5), st.integers(0, 2**31), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_any_problem_gives_finite_numbers(n_rows, rank, sd, seed, one_sided):
    rng = np.random.default_rng(seed)
    labels = np.ones(n_rows) if one_sided else rng.integers(0, 2, n_rows).astype(float)
    weights = rng.choice([0.0, 1e-6, 1.0, 1e6], n_rows)
    factors = rng.normal(size=(n_rows, rank)) * rng.choice([0.0, 1.0, 100.0], rank)
    fit = fit_binary(factors, np.array([sd]), np.zeros((1, n_rows)), labels, weights)
    assert np.isfinite(fit.coefficients).all()
    assert np.isfinite(fit.intercepts).all()
    assert np.isfinite(fit.evidence).all()
