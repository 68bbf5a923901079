"""Bodies: what a student is inside, without tables, labels or files."""

import numpy as np
import pytest

from tutelage.errors import ModelFileError
from tutelage.students.bodies import BodyParts, LinearBody, stored_array
from tutelage.students.examples import Examples
from tutelage.students.fitting import BODIES


def made_body(n_outputs=3, n_encoded=4, seed=0):
    rng = np.random.default_rng(seed)
    return LinearBody(rng.normal(size=(n_outputs, n_encoded)), rng.normal(size=n_outputs))


def made_examples(n_rows=8):
    rng = np.random.default_rng(0)
    rows, weights = rng.normal(size=(n_rows, 2)), np.arange(1.0, n_rows + 1)
    return Examples(rows, np.arange(n_rows) % 2, 2, weights, None, None, (rows, weights))


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_contributions_and_bias_of_a_linear_body_sum_to_the_centred_logit(n_outputs):
    body, row = made_body(n_outputs), np.array([0.5, -1.0, 2.0, 0.0])
    logits = body.logits(row[None, :])[0]
    shared = logits.mean() if n_outputs > 1 else 0.0
    for output in range(n_outputs):
        numbers, bias = body.contributions(row, output)
        assert numbers.sum() + bias == pytest.approx(logits[output] - shared)


def test_a_linear_body_comes_back_from_its_parts():
    body, rows = made_body(), np.eye(4)
    again = LinearBody.from_parts(body.parts(), 3, 4)
    assert np.array_equal(again.logits(rows), body.logits(rows))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, r"'coef' is missing; it must have the shape \(1, 2\)"),
        ({"coef": np.zeros((2, 1))}, r"must have the shape \(1, 2\), got \(2, 1\)"),
        ({"coef": np.array([[0.0, np.nan]])}, "must hold finite numbers only"),
    ],
)
def test_a_stored_array_that_does_not_fit_is_refused(arrays, message):
    with pytest.raises(ModelFileError, match=message):
        stored_array(BodyParts(arrays), "coef", (1, 2))


def test_examples_can_be_taken_by_position_and_keep_what_needs_no_label():
    examples = made_examples()
    part = examples.take(np.array([5, 1]))
    assert np.array_equal(part.rows, examples.rows[[5, 1]])
    assert part.codes.tolist() == [1, 1]
    assert part.row_weights.tolist() == [6.0, 2.0]
    assert part.spread is examples.spread


def test_every_student_has_a_body():
    assert "linear" in BODIES


def test_only_the_linear_student_has_coefficients():
    # A student that is not fitted, or not linear, has none: hasattr must say so.
    from tutelage import TaughtClassifier

    student = TaughtClassifier()
    assert not hasattr(student, "coef_")
    assert not hasattr(student, "intercept_")
    student.fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    assert student.coef_.shape[0] == 1
    assert student.intercept_.shape == (1,)
