"""One way to say how a column pushes, for every student."""

import numpy as np
import pandas as pd
import pytest

from tutelage import TaughtClassifier, TaughtRegressor
from tutelage.students.bodies import LinearBody
from tutelage.students.networks import MlpBody, initial_layers
from tutelage.students.reading import read_for
from tutelage.students.slopes import slopes_over


def test_where_columns_act_in_a_straight_line_the_slopes_are_the_weights():
    X = pd.DataFrame(
        {"a": [1.0, 2, 3, 3, 2, 1], "b": [2.0, 1, 2, 1, 2, 1]}
    )  # too few values for curves
    classifier = TaughtClassifier().fit(X, [0, 0, 1, 1, 0, 1])
    assert classifier.slopes(X) == pytest.approx(classifier.coef_)
    regressor = TaughtRegressor().fit(X, X["a"])
    assert regressor.slopes(X)[0] == pytest.approx(regressor.coef_)


def test_what_the_curves_of_a_column_add_counts_for_the_column():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=100), "b": rng.normal(size=100)})
    student = TaughtRegressor().fit(X, np.exp(X["a"]))
    slopes = student.slopes(X)[0]
    whole = [
        dict(zip(("a", "b"), student.explain(X.iloc[[i]]).contributions, strict=True))["a"]
        for i in range(100)
    ]
    z = student.layout_.encode(read_for(student, X, student.layout_))[:, 0]
    assert slopes[0] == pytest.approx(np.dot(whole, z) / np.dot(z, z))
    assert not slopes[2:].any()


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
    assert slopes_over(linear_in_disguise(weights), rows, np.arange(3))[0] == pytest.approx(weights)


def test_a_column_that_never_varies_has_no_slope():
    rows = np.random.default_rng(0).normal(size=(20, 3)) * [1, 0, 1]
    found = slopes_over(linear_in_disguise(np.array([2.0, 5.0, 1.0])), rows, np.arange(3))[0]
    assert found == pytest.approx([2, 0, 1])


def test_several_outputs_have_slopes_of_their_own():
    layers = tuple(initial_layers((3, 8, 4), np.random.default_rng(0)))
    body = MlpBody(LinearBody(np.zeros((4, 3)), np.zeros(4)), np.arange(3), layers)
    rows = np.random.default_rng(1).normal(size=(50, 3))
    found = slopes_over(body, rows, np.arange(3))
    assert found.shape == (4, 3)
    assert found.sum(axis=0) == pytest.approx(np.zeros(3))  # less what all logits share
