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
