"""With trust 0 a prior changes nothing at all."""

import numpy as np
import pandas as pd

from tutelage.lessons import FeaturePrior
from tutelage.students.tabular import TaughtClassifier


def test_a_prior_per_category_of_a_coded_column_leaves_the_plain_student_as_it_is():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"ward": rng.integers(1, 4, 40), "age": rng.normal(50, 9, 40)})
    y = np.where(X["age"] + 5 * (X["ward"] == 2) > 52, "yes", "no")
    scores = {"yes": {"ward": {"1": -2, "2": 5, "3": 0}, "age": 6}}
    prior = FeaturePrior.from_scores(scores, classes=["no", "yes"])
    plain = TaughtClassifier().fit(X, y)
    distrusting = TaughtClassifier(prior, trust=0).fit(X, y)
    believing = TaughtClassifier(prior, trust=0.9).fit(X, y)
    assert np.array_equal(plain.decision_function(X), distrusting.decision_function(X))
    assert plain.layout_.categories[0] is None
    assert believing.layout_.categories[0] == ("1", "2", "3")


def test_a_teacher_whom_many_labels_overrule_is_still_a_teacher():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(900, 3)), columns=["a", "b", "c"])
    y = np.where(X["a"] + 0.1 * rng.normal(size=900) > 0, "yes", "no")
    prior = FeaturePrior.from_scores({"yes": {"a": -9, "b": 3, "c": 1}}, classes=["no", "yes"])
    trust = TaughtClassifier(prior).fit(X, y).trust_
    assert trust.chosen_by == "evidence"
    assert str(trust).startswith("Trust in the teacher is 0.")
    assert str(TaughtClassifier().fit(X, y).trust_) == (
        "There is no teacher: the labels decide alone."
    )
