"""Regression: closed forms against quadrature, zero trust, sizes, Laplace noise, units."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from tutelage.learning.beliefs import beliefs_for
from tutelage.learning.grid_posterior import GridPosterior, SizeGrid
from tutelage.learning.map_estimate import Kinship
from tutelage.learning.moments import moments_of, spectrum
from tutelage.learning.regression import Teaching, fit_regression

SEEDS = range(40)


def made_table(n_rows=20, n_columns=5, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, n_columns))
    truth = rng.normal(size=n_columns)
    return rows, rows @ truth + noise * rng.normal(size=n_rows) + 3.0, truth


def taught(scores, **more):
    scores = np.asarray(scores, dtype=float)
    return Teaching(scores, np.abs(scores), np.ones(len(scores), dtype=bool), **more)


def fitted(rows, target, teaching=None, weights=None, **more):
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    return fit_regression(rows, target, weights, teaching=teaching, **more)


def same(one, other, rel=1e-9):
    assert one.weights == pytest.approx(other.weights, rel=rel, abs=1e-12)
    assert one.intercept == pytest.approx(other.intercept, rel=rel)
    assert one.masses == pytest.approx(other.masses, rel=1e-6, abs=1e-12)


def grid_of(points):
    columns = (np.array(values, dtype=float) for values in zip(*points, strict=True))
    return SizeGrid(*columns, np.zeros(len(points)))


@pytest.mark.parametrize("shape", [(6, 3), (3, 6)])
def test_the_evidence_and_the_mean_are_those_of_quadrature(shape):
    rng = np.random.default_rng(1)
    rows, target = rng.normal(size=shape), rng.normal(size=shape[0])
    variances = np.linspace(0.5, 1.5, shape[1])
    direction = rng.normal(size=shape[1])
    points = [(0.0, 1.2, 0.4, 0.3), (0.8, 0.3, 0.7, 0.6), (0.0, 2.0, 0.05, 1.0)]
    moments = moments_of(rows, target, np.ones(shape[0]))
    found = GridPosterior(spectrum(moments, variances), grid_of(points), direction)
    evidence = found.log_evidence - 0.5 * (shape[0] - 1) * np.log(found.grid.noise)

    # an orthonormal basis of what an intercept leaves
    contrast = np.linalg.svd(np.eye(shape[0]) - 1 / shape[0])[0][:, : shape[0] - 1]
    wanted, sizes = [], []
    for centre, width, free, noise in points:
        design = contrast.T @ rows
        spread = noise * np.eye(shape[0] - 1) + free * (design * variances) @ design.T

        def density(c, power, centre=centre, width=width, spread=spread, design=design):
            prior = norm.pdf(c, centre, width) / norm.sf(0, centre, width)
            mean = c * design @ direction
            return c**power * prior * multivariate_normal.pdf(contrast.T @ target, mean, spread)

        total = quad(density, 0, 12, args=(0,), epsabs=1e-14)[0]
        wanted.append(np.log(total))
        sizes.append(quad(density, 0, 12, args=(1,), epsabs=1e-14)[0] / total)
    assert np.diff(evidence) == pytest.approx(np.diff(wanted), abs=1e-6)
    assert found.size == pytest.approx(sizes, abs=1e-6)


def test_the_deviation_is_ridge_regression_on_what_the_teacher_leaves():
    rows, target, _ = made_table()
    direction = np.linspace(-1, 1, 5)
    moments = moments_of(rows, target, np.ones(20))
    grid = grid_of([(0.7, 0.0, 0.4, 0.3)])
    found = GridPosterior(spectrum(moments, np.full(5, 0.2)), grid, direction)
    away, rest = (
        rows - rows.mean(axis=0),
        target - target.mean() - 0.7 * (rows - rows.mean(axis=0)) @ direction,
    )
    ridge = np.linalg.solve(away.T @ away + 0.3 / (0.4 * 0.2) * np.eye(5), away.T @ rest)
    assert found.size == pytest.approx([0.7])
    assert found.deviation(np.ones(1)) == pytest.approx(ridge)


def test_more_columns_than_rows_give_what_the_same_rows_as_columns_give():
    rows, target, _ = made_table(n_rows=8, n_columns=12)
    moments = moments_of(rows, target, np.ones(8))
    wide = spectrum(moments, np.full(12, 0.5))
    away = rows - rows.mean(axis=0)
    assert np.sort(wide.values)[-7:] == pytest.approx(
        np.sort(np.linalg.eigvalsh(0.5 * away @ away.T))[-7:]
    )
    assert (wide.basis.T @ wide.basis / 0.5) == pytest.approx(np.eye(len(wide.values)), abs=1e-9)


@pytest.mark.parametrize("loss", ["squared", "absolute"])
def test_zero_trust_is_the_plain_student_to_the_bit(loss):
    rows, target, truth = made_table()
    plain = fitted(rows, target, loss=loss)
    ignored = fitted(rows, target, taught(np.tanh(truth)), trust=0.0, loss=loss)
    silent = fitted(rows, target, taught(np.zeros(5)), loss=loss)
    for other in (ignored, silent):
        assert np.array_equal(plain.weights, other.weights)
        assert plain.intercept == other.intercept
        assert not other.teacher_weights.any()


@pytest.mark.parametrize("loss", ["squared", "absolute"])
def test_a_row_of_weight_two_is_two_rows(loss):
    rows, target, truth = made_table()
    times = np.arange(20) % 3 + 1
    prior = taught(np.tanh(truth))
    weighted = fitted(rows, target, prior, times, loss=loss)
    repeated = fitted(np.repeat(rows, times, axis=0), np.repeat(target, times), prior, loss=loss)
    same(weighted, repeated, rel=1e-6)


@pytest.mark.parametrize("loss", ["squared", "absolute"])
@pytest.mark.parametrize("factor", [1e-300, 1e-9, 1e9, 1e300])
def test_the_unit_of_the_target_changes_nothing(factor, loss):
    rows, target, truth = made_table()
    one = fitted(rows, target, taught(np.tanh(truth)), loss=loss)
    other = fitted(rows, target * factor, taught(np.tanh(truth)), loss=loss)
    assert other.weights / factor == pytest.approx(one.weights, rel=1e-6)
    assert other.intercept / factor == pytest.approx(one.intercept, rel=1e-6)


def test_shifting_the_target_moves_the_intercept_only():
    rows, target, _ = made_table()
    one, other = fitted(rows, target), fitted(rows, target + 1000.0)
    assert other.weights == pytest.approx(one.weights, rel=1e-9)
    assert other.intercept == pytest.approx(one.intercept + 1000.0)


def test_many_rows_give_least_squares_whatever_the_teacher_says():
    rows, target, truth = made_table(n_rows=4000, noise=0.3)
    exact = np.linalg.lstsq(np.column_stack([rows, np.ones(4000)]), target, rcond=None)[0]
    for prior in (None, taught(np.tanh(truth)), taught(-np.tanh(truth))):
        assert fitted(rows, target, prior).weights == pytest.approx(exact[:5], abs=5e-3)


def test_full_trust_leaves_the_labels_a_size_and_an_offset():
    rows, target, truth = made_table()
    fit = fitted(rows, target, taught(np.tanh(truth)), trust=1.0)
    assert fit.weights == pytest.approx(fit.teacher_weights)
    assert fit.weights @ np.tanh(truth) > 0


def test_the_size_of_a_teacher_who_is_wrong_throughout_is_never_negative():
    rows, target, truth = made_table(n_rows=200)
    fit = fitted(rows, target, taught(-np.tanh(truth)), trust=1.0)
    assert fit.weights @ np.tanh(truth) <= 0  # never turned into the right direction
    assert np.abs(rows @ fit.weights).max() < 0.1 * target.std()


def test_a_constant_target_is_predicted_as_it_is():
    rows, _, truth = made_table()
    fit = fitted(rows, np.full(20, 7.5), taught(np.tanh(truth)))
    assert fit.intercept == 7.5
    assert not fit.weights.any()
    assert sum(fit.masses) == pytest.approx(1)


def test_one_row_is_a_constant_unless_the_teacher_states_units():
    row, target = np.ones((1, 2)), np.array([3.0])
    assert fitted(row, target, taught([0.5, -0.2])).intercept == 3.0
    pool = (np.random.default_rng(0).normal(size=(50, 2)), np.ones(50))
    stated = fitted(row, target, taught([5.0, -2.0], in_target_units=True), spread=pool, trust=0.9)
    assert stated.weights == pytest.approx([5.0, -2.0], rel=0.05)
    assert stated.intercept + stated.weights.sum() == pytest.approx(3.0)


def test_full_trust_in_units_is_the_teacher_to_the_last_digit():
    rows, target, _ = made_table()
    fit = fitted(rows, target, taught([5.0, -2.0, 0, 0, 1.0], in_target_units=True), trust=1.0)
    assert fit.weights == pytest.approx([5.0, -2.0, 0, 0, 1.0])
    assert fit.intercept == pytest.approx(target.mean() - rows.mean(axis=0) @ fit.weights)


def test_units_that_are_ten_times_too_large_are_given_up_with_labels():
    rows, target, truth = made_table(n_rows=100)
    fit = fitted(rows, target, taught(10 * truth, in_target_units=True))
    assert fit.weights == pytest.approx(truth, abs=0.2)


def test_an_outlier_moves_the_absolute_error_less_than_the_squared():
    rows, target, _ = made_table(n_rows=40)
    spoiled = target.copy()
    spoiled[3] += 40.0
    moved = {
        loss: np.abs(
            fitted(rows, spoiled, loss=loss).weights - fitted(rows, target, loss=loss).weights
        ).max()
        for loss in ("squared", "absolute")
    }
    assert moved["absolute"] < 0.25 * moved["squared"]


def test_the_absolute_error_finds_the_median():
    rng = np.random.default_rng(0)
    target = np.concatenate([rng.normal(0, 0.1, 60), rng.normal(50, 0.1, 30)])
    fit = fitted(np.zeros((90, 1)), target, loss="absolute")
    assert abs(fit.intercept - np.median(target)) < 2.0
    assert target.mean() > 15


def test_collinear_and_duplicated_columns_share_the_weight():
    rows, target, _ = made_table(n_columns=2)
    doubled = np.column_stack([rows, rows])
    fit = fitted(doubled, target)
    assert fit.weights[:2] == pytest.approx(fit.weights[2:])
    assert np.isfinite(fit.weights).all()


def test_columns_without_variance_leave_the_mean():
    fit = fitted(np.zeros((4, 3)), np.array([1.0, 2.0, 3.0, 6.0]))
    assert fit.intercept == pytest.approx(3.0)
    assert not fit.weights.any()


def test_masses_sum_to_one_and_belong_to_the_beliefs():
    rows, target, truth = made_table()
    fit = fitted(rows, target, taught(np.tanh(truth)))
    assert fit.beliefs == beliefs_for(None, has_prior=True)
    assert sum(fit.masses) == pytest.approx(1)
    assert sum(belief.prior_mass for belief in fit.beliefs) == pytest.approx(1)


def error_and_trust(seed, n_rows, kind):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=8) * np.array([2, 1.5, 1, 0.5, 0.3, 0.2, 0.1, 0.05])
    scores = np.clip(truth / 3 + 0.1 * rng.normal(size=8), -1, 1)
    told = {"right": scores, "flipped": -scores, "shuffled": rng.permutation(scores), "none": None}
    rows = rng.normal(size=(n_rows, 8))
    target = rows @ truth + 1.5 * rng.normal(size=n_rows)
    scores = told[kind]
    fit = fitted(rows, target, None if scores is None else taught(scores))
    return np.sum((fit.weights - truth) ** 2), fit.shares @ fit.share_masses


def over_seeds(n_rows, kind):
    return np.mean([error_and_trust(seed, n_rows, kind) for seed in SEEDS], axis=0)


@pytest.mark.parametrize("n_rows", [5, 10, 25])
def test_a_right_teacher_helps_over_many_seeds(n_rows):
    assert over_seeds(n_rows, "right")[0] < 0.7 * over_seeds(n_rows, "none")[0]


def test_a_wrong_teacher_is_found_out():
    right, flipped, shuffled, plain = (
        over_seeds(50, kind) for kind in ("right", "flipped", "shuffled", "none")
    )
    assert right[1] > shuffled[1] > 0
    assert flipped[1] < right[1] - 0.3
    assert flipped[0] < 1.25 * plain[0]
    assert shuffled[0] < 1.25 * plain[0]


def bent_table(seed, curved):
    """Return rows of five columns and their squares, and a target that uses one or the other."""
    rng = np.random.default_rng(seed)
    straight = rng.normal(size=(60, 5))
    rows = np.column_stack([straight, (straight**2 - 1) / np.sqrt(2)])
    signal = rows[:, 5:] if curved else straight
    return rows, signal @ np.array([1.0, -0.7, 0.5, 0, 0]) + 0.5 * rng.normal(size=60)


KINSHIP = Kinship(np.tile(np.arange(5), 2), np.ones(10))


@pytest.mark.parametrize("curved", [False, True])
def test_whether_columns_bend_is_settled_by_evidence(curved):
    masses = []
    for seed in range(10):
        fit = fitted(*bent_table(seed, curved), kinship=KINSHIP)
        masses.append(sum(m for b, m in zip(fit.beliefs, fit.masses, strict=True) if b.bend > 0))
    assert (np.mean(masses) > 0.9) if curved else (np.mean(masses) < 0.4)


def test_a_teacher_of_straight_columns_says_nothing_of_their_bends():
    rows, target = bent_table(0, curved=False)
    scores = np.array([0.9, -0.6, 0.5, 0, 0, 0, 0, 0, 0, 0])
    fit = fitted(rows, target, taught(scores), kinship=KINSHIP)
    assert not fit.teacher_weights[5:].any()
    assert np.isfinite(fit.weights).all()
    assert sum(belief.prior_mass for belief in fit.beliefs) == pytest.approx(1)


@pytest.mark.parametrize("loss", ["squared", "absolute"])
def test_a_target_that_is_noise_leaves_weights_small(loss):
    def over_least_squares(seed):
        rng = np.random.default_rng(seed)
        rows, target = rng.normal(size=(30, 8)), rng.normal(size=30)
        exact = np.linalg.lstsq(np.column_stack([rows, np.ones(30)]), target, rcond=None)[0][:8]
        fit = fitted(rows, target, loss=loss)
        return np.sum(fit.weights**2) / np.sum(exact**2)

    assert np.mean([over_least_squares(seed) for seed in range(12)]) < 0.25


@pytest.mark.parametrize("loss", ["squared", "absolute"])
@pytest.mark.parametrize("noise", [0.2, 1.0])
def test_the_noise_is_found(loss, noise):
    def sd(seed):
        rng = np.random.default_rng(seed)
        rows = rng.normal(size=(200, 3))
        drawn = rng.normal(size=200) if loss == "squared" else rng.laplace(size=200) / np.sqrt(2)
        return fitted(rows, rows.sum(axis=1) + noise * drawn, loss=loss).noise_sd

    assert np.mean([sd(seed) for seed in range(8)]) == pytest.approx(noise, rel=0.1)
