"""One way to say how a column pushes, for every student."""

import numpy as np
import pandas as pd
import pytest

from tutelage import TaughtClassifier, TaughtRegressor
from tutelage.students.bodies import LinearBody
from tutelage.students.networks import MlpBody, initial_layers
from tutelage.students.slopes import slopes_over


def test_the_slopes_of_a_linear_student_are_its_weights():
    X = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6], "b": [2.0, 1, 2, 1, 2, 1]})
    classifier = TaughtClassifier().fit(X, [0, 0, 0, 1, 1, 1])
    assert np.array_equal(classifier.slopes(X), classifier.coef_)
    regressor = TaughtRegressor().fit(X, X["a"])
    assert np.array_equal(regressor.slopes(X)[0], regressor.coef_)


def linear_in_disguise(weights):
    """Return a network that computes ``rows @ weights`` with rectified units, on no start."""
    n = len(weights)
    hidden = np.vstack([np.eye(n), -np.eye(n)])
    last = np.concatenate([weights, -weights])[None, :]
    start = LinearBody(np.zeros((1, n)), np.zeros(1))
    return MlpBody(start, np.arange(n), ((hidden, np.zeros(2 * n)), (last, np.zeros(1))))


def test_the_slopes_of_a_network_that_is_linear_are_its_weights():
    weights = np.array([2.0, -1.0, 0.0])
    rows = np.random.default_rng(0).normal(size=(1000, 3))
    assert slopes_over(linear_in_disguise(weights), rows)[0] == pytest.approx(weights)


def test_a_column_that_never_varies_has_no_slope():
    rows = np.random.default_rng(0).normal(size=(20, 3)) * [1, 0, 1]
    found = slopes_over(linear_in_disguise(np.array([2.0, 5.0, 1.0])), rows)[0]
    assert found == pytest.approx([2, 0, 1])


def test_several_outputs_have_slopes_of_their_own():
    layers = tuple(initial_layers((3, 8, 4), np.random.default_rng(0)))
    body = MlpBody(LinearBody(np.zeros((4, 3)), np.zeros(4)), np.arange(3), layers)
    rows = np.random.default_rng(1).normal(size=(50, 3))
    found = slopes_over(body, rows)
    assert found.shape == (4, 3)
    assert found.sum(axis=0) == pytest.approx(np.zeros(3))  # less what all logits share
