"""Newton steps with one Hessian, over blocks of rows."""

import numpy as np
import pytest
from scipy.optimize import minimize

from tutelage.learning import many_rows
from tutelage.learning.many_rows import ColumnPrior, ManyRows, fit_many_rows, row_scores


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2500, 7))
    labels = (rows[:, 0] - rows[:, 1] + rng.logistic(size=2500) > 0.5).astype(float)
    return ManyRows(rows, labels, rng.uniform(0.5, 1.5, 2500))


def some_priors():
    rng = np.random.default_rng(1)
    return [ColumnPrior(rng.normal(size=7), rng.uniform(0.1, 2, 7) * s) for s in (1, 2, 0.01)]


def whole_loss(problem, prior, theta):
    loss, slope = problem.loss_and_slope(theta)
    return loss + prior.loss(theta), slope + prior.slope(theta)


def test_slopes_and_curvature_are_the_derivatives_of_the_loss(problem):
    theta, small = np.linspace(-0.5, 0.5, 8), 1e-5
    steps = small * np.eye(8)
    up, down = ([problem.loss_and_slope(theta + s * step) for step in steps] for s in (1, -1))
    slope = [(a[0] - b[0]) / (2 * small) for a, b in zip(up, down, strict=True)]
    curvature = [(a[1] - b[1]) / (2 * small) for a, b in zip(up, down, strict=True)]
    assert problem.loss_and_slope(theta)[1] == pytest.approx(np.array(slope), rel=1e-5, abs=1e-3)
    assert problem.hessian(theta) == pytest.approx(np.array(curvature), rel=1e-3, abs=0.1)


def test_every_prior_has_its_own_mode(problem):
    thetas, _ = fit_many_rows(problem, some_priors(), np.zeros(8))
    for theta, prior in zip(thetas, some_priors(), strict=True):
        wanted = minimize(
            lambda t, prior=prior: whole_loss(problem, prior, t), np.zeros(8), jac=True, tol=1e-10
        ).x
        assert theta == pytest.approx(wanted, abs=0.01)
        assert whole_loss(problem, prior, theta)[0] < whole_loss(problem, prior, wanted)[0] + 0.01


def test_a_far_start_ends_at_the_same_mode(problem):
    near, far = (fit_many_rows(problem, some_priors()[:1], np.full(8, x))[0] for x in (0.0, 4.0))
    assert near == pytest.approx(far, abs=1e-3)


def test_blocks_do_not_change_the_sums(problem, monkeypatch):
    theta = np.linspace(-0.5, 0.5, 8)
    loss, slope = problem.loss_and_slope(theta)
    monkeypatch.setattr(many_rows, "ROWS_AT_ONCE", 100)
    other_loss, other_slope = problem.loss_and_slope(theta)
    assert other_loss == pytest.approx(loss)
    assert other_slope == pytest.approx(slope)


def test_evidence_prefers_the_prior_that_the_rows_were_drawn_from(problem):
    truth = np.array([1.0, -1, 0, 0, 0, 0, 0])
    priors = [ColumnPrior(sign * truth, np.full(7, 0.05)) for sign in (1, 0, -1)]
    _, evidence = fit_many_rows(problem, priors, np.zeros(8))
    assert evidence.argmax() == 0
    assert evidence.argmin() == 2


def test_scores_of_short_rows_are_those_of_long_ones():
    rows = np.random.default_rng(2).normal(size=(3000, 4)).astype(np.float32)
    weights = np.ones((2, 4))
    assert row_scores(rows, weights) == pytest.approx(row_scores(rows.astype(float), weights))
