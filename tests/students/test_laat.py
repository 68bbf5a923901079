"""The published objective: its value by hand, and what it does to a student."""

import numpy as np
import pandas as pd
import pytest
import torch

from tutelage import FeaturePrior, TaughtClassifier
from tutelage.students.laat import Published, published_loss, target_of

SCORES = {"age": 9, "dose": -4, "noise": 1}


def made_table(n_rows=20, n_labels=2, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n_rows, 3)), columns=list(SCORES))
    return X, np.array(["no", "yes", "zzz"])[np.arange(n_rows) % n_labels]


def made_prior(scores=SCORES, labels=("no", "yes")):
    return FeaturePrior.from_scores({"yes": scores}, classes=list(labels), scale=10)


def unit(vector):
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("by_row", [False, True])
def test_the_loss_is_the_cross_entropy_plus_two_gamma_nths_of_the_misalignment(by_row):
    weights, bias = np.array([[1.0, 2.0, -1.0]]), np.array([0.5])
    rows = np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.0]])
    target, gamma = np.array([[3.0, -1.0, 0.0]]), 7.0
    logits = rows @ weights[0] + bias[0]
    cross_entropy = np.mean([np.log1p(np.exp(logits[0])), np.log1p(np.exp(-logits[1]))])
    cosine = unit(weights[0]) @ unit(target[0])
    found = published_loss(
        [(torch.from_numpy(weights), torch.from_numpy(bias))],
        torch.from_numpy(rows),
        (torch.tensor([0, 1]), torch.ones(2, dtype=torch.float64)),
        (torch.from_numpy(target), torch.arange(3)),
        Published((), gamma, by_row, 0),
    )
    assert found.item() == pytest.approx(cross_entropy + 2 * gamma / 3 * (1 - cosine))


def test_the_published_target_of_diabetes_is_reproduced():
    scores = np.array([3, 10, 2, 4, 7, 8, 6, 5]) / 10
    expected = [0.001, 0.990, 0.000, 0.002, 0.049, 0.134, 0.018, 0.007]
    assert unit(target_of(scores)) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("student", ["linear", "mlp"])
@pytest.mark.parametrize("objective", ["laat", "laat-rows"])
def test_gamma_zero_no_prior_and_no_trust_are_the_plain_network_to_the_bit(student, objective):
    X, y = made_table()
    how = {"student": student, "objective": objective}
    plain = TaughtClassifier(**how).fit(X, y).predict_proba(X)
    for other in ({"gamma": 0}, {"trust": 0}):
        taught = TaughtClassifier(made_prior(), **how, **other).fit(X, y)
        assert np.array_equal(taught.predict_proba(X), plain)
        assert taught.trust_.chosen_by == "no prior"


def test_at_gamma_100_a_linear_student_on_eight_columns_is_its_teacher():
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(8)]
    X = pd.DataFrame(rng.normal(size=(20, 8)), columns=names)
    scores = dict(zip(names, [3, 10, 2, 4, 7, 8, 6, 5], strict=True))
    y = np.array(["no", "yes"])[np.arange(20) % 2]
    model = TaughtClassifier(made_prior(scores), objective="laat").fit(X, y)
    assert model.trust_.chosen_by == "gamma"
    assert model.trust_.value > 0.99
    assert "cosine of" in str(model.trust_)


@pytest.mark.parametrize("objective", ["laat", "laat-rows"])
def test_a_network_follows_its_teacher_too(objective):
    X, y = made_table()
    how = {"student": "mlp", "objective": objective, "hidden": (30,)}
    model = TaughtClassifier(made_prior(), **how).fit(X, y)
    against = TaughtClassifier(made_prior().flipped(), **how).fit(X, y)
    assert model.trust_.value > 0.9
    test = made_table(200, seed=1)[0]
    scores = model.decision_function(test), against.decision_function(test)
    assert np.corrcoef(*scores)[0, 1] < -0.8
    assert np.corrcoef(scores[0], test["age"])[0, 1] > 0.8


def test_for_a_linear_student_rows_and_their_mean_are_the_same():
    X, y = made_table()
    first, second = (
        TaughtClassifier(made_prior(), objective=objective).fit(X, y).coef_
        for objective in ("laat", "laat-rows")
    )
    assert first == pytest.approx(second)


def test_three_classes_have_a_target_each_and_a_class_without_scores_none():
    X, y = made_table(n_labels=3, n_rows=30)
    prior = made_prior(labels=("no", "yes", "zzz"))
    model = TaughtClassifier(prior, objective="laat").fit(X, y)
    assert model.trust_.value > 0.9
    ordinary = model.coef_[1, :3]
    assert unit(ordinary) @ unit(target_of(np.array([0.9, -0.4, 0.1]))) > 0.5


def test_a_column_without_a_score_is_left_to_the_labels():
    X, y = made_table(60)
    X["free"] = np.where(y == "yes", 1.0, -1.0)
    model = TaughtClassifier(made_prior(), objective="laat").fit(X, y)
    assert model.coef_[0, 3] > 0.1


def test_constant_columns_and_one_row_per_class_do_no_harm():
    X = pd.DataFrame({"age": [1.0, 2.0], "dose": [5.0, 5.0], "noise": [0.0, 0.0]})
    model = TaughtClassifier(made_prior(), objective="laat").fit(X, ["no", "yes"])
    far = pd.DataFrame({"age": [9.0], "dose": [1e6], "noise": [-1e6]})
    assert np.isfinite(model.decision_function(far)).all()
    assert abs(model.decision_function(far)[0]) < 100


def test_unlabelled_rows_take_part_in_the_scaling():
    X, y = made_table()
    more = made_table(200, seed=3)[0] * 5
    alone = TaughtClassifier(made_prior(), objective="laat").fit(X, y)
    together = TaughtClassifier(made_prior(), objective="laat").fit(X, y, unlabelled=more)
    assert not np.allclose(alone.coef_, together.coef_)
