"""Controls: set up well enough that beating them means something."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from tutelage.evaluation.controls import CONTROLS, LogisticControl

every_control = pytest.mark.parametrize("build", CONTROLS.values(), ids=CONTROLS)


def mixed_table(n=200, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a number": rng.normal(size=n),
            "<script>": rng.choice(["x", "y", None], n),
            "whole": pd.array(rng.choice([1, 2, None], n), dtype="Int64"),
            "true or false": rng.random(n) > 0.5,
            "nothing": [None] * n,
            "kind": pd.Categorical(rng.choice(list("pqr"), n)),
            "name": [f"person {i}" for i in range(n)],
            "day": pd.date_range("2020-01-01", periods=n),
            "missing": np.nan,
        }
    )
    y = np.where(frame["a number"] + 2 * (frame["kind"] == "p") > 0.5, "yes", "no")
    return frame, y


@every_control
def test_a_control_takes_mixed_columns_and_missing_values(build):
    X, y = mixed_table()
    model = build(0).fit(X[:100], y[:100])
    probabilities = model.predict_proba(X[100:])
    assert probabilities.shape == (100, 2)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert np.mean(model.predict(X[100:]) == y[100:]) > 0.7


@every_control
def test_a_control_learns_from_one_label_per_class(build):
    model = build(0).fit(pd.DataFrame({"age": [20.0, 60.0]}), ["no", "yes"])
    chance = model.predict_proba(pd.DataFrame({"age": [10.0, 70.0]}))[:, 1]
    assert chance[0] < 0.5 < chance[1]


@every_control
def test_a_control_meets_a_category_it_has_not_seen(build):
    X = pd.DataFrame({"job": ["clerk", "farmer"] * 10})
    model = build(0).fit(X, ["no", "yes"] * 10)
    assert np.isfinite(model.predict_proba(pd.DataFrame({"job": ["pilot", None]}))).all()


@every_control
def test_a_control_takes_three_classes(build):
    X = np.repeat([[0.0], [5.0], [10.0]], 10, axis=0)
    model = build(0).fit(X, np.repeat(["low", "mid", "top"], 10))
    assert model.classes_.tolist() == ["low", "mid", "top"]
    assert model.predict([[0.0], [5.0], [10.0]]).tolist() == ["low", "mid", "top"]


@every_control
def test_the_same_seed_gives_the_same_control(build):
    X, y = mixed_table()
    first, second = (build(3).fit(X, y).predict_proba(X) for _ in range(2))
    assert np.array_equal(first, second)


@every_control
def test_a_control_is_good_where_the_labels_suffice(build):
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = build(0).fit(X[::2], y[::2])
    assert np.mean(model.predict(X[1::2]) == y[1::2]) > 0.93


def test_unlabelled_rows_set_the_scale_of_the_logistic_control():
    X = pd.DataFrame({"age": [40.0, 41.0]})
    many = pd.DataFrame({"age": np.linspace(0, 80, 50)})
    alone = LogisticControl().fit(X, ["no", "yes"])
    helped = LogisticControl().fit(X, ["no", "yes"], unlabelled=many)
    far = pd.DataFrame({"age": [60.0]})
    # Two rows a year apart look like the whole range; fifty show that they are alike.
    assert helped.predict_proba(far)[0, 1] < 0.6 < alone.predict_proba(far)[0, 1]
