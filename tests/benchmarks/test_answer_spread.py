"""The benchmark of the spread of answers: what a variant changes, and what changes nothing."""

import numpy as np
import pytest

pytest.importorskip("threadpoolctl")

from answer_spread import SHIPPED, VARIANTS, Task, Variant, _widths, each_answer, roc_auc_of
from tutelage import FeaturePrior
from tutelage.learning import map_estimate
from tutelage.learning.map_estimate import Kinship, column_variances, fit_linear

SCORES = np.array([[0.8, -0.4, 0.1]])
ALL = np.ones(3, dtype=bool)


@pytest.fixture
def task():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(80, 3))
    codes = (rows[:, 0] > rng.logistic(size=80)).astype(np.intp)
    kinship = Kinship(np.arange(3), np.ones(3))
    places = {5: np.concatenate([np.flatnonzero(codes == k)[:5] for k in (0, 1)])}
    deviation = np.array([0.0, 0.3, 0.0])
    return Task(rows, rows, codes, codes, places, SCORES, deviation, ALL, kinship)


def test_a_column_on_which_the_answers_differ_gets_a_wider_prior():
    shipped = column_variances(SCORES, ALL)
    assert np.array_equal(_widths(SCORES, ALL, extra=np.zeros(3)), shipped)
    wider = _widths(SCORES, ALL, extra=np.array([0.0, 0.5, 0.0]))
    assert wider[1] > shipped[1]
    assert wider.sum() == pytest.approx(1.0)


def test_the_first_variant_is_the_student_as_shipped_and_the_others_are_not(task, monkeypatch):
    seen = []

    def recording(*given, **named):
        seen.append(fit_linear(*given, **named).weights)
        return fit_linear(*given, **named)

    monkeypatch.setattr("answer_spread.fit_linear", recording)
    for variant in (VARIANTS[SHIPPED], Variant(wider=3.0), Variant(weaker=3.0)):
        assert 0 <= roc_auc_of(task, 5, variant) <= 1
    rows = task.places[5]
    plain = fit_linear(
        task.pool[rows],
        task.pool_codes[rows],
        2,
        np.ones(len(rows)),
        scores=SCORES,
        known=ALL,
        spread=(task.pool, np.ones(80)),
        kinship=task.kinship,
    )
    assert np.array_equal(seen[0], plain.weights)
    assert not np.array_equal(seen[1], plain.weights)
    assert not np.array_equal(seen[2], plain.weights)
    assert map_estimate.column_variances is column_variances


def test_every_answer_is_a_prior_of_its_own():
    scores = {"yes": {"age": [3, 5], "job": {"clerk": [-2, 0]}}}
    priors = each_answer(FeaturePrior.from_scores(scores, scale=10, classes=["no", "yes"]))
    assert [[entry.answers for entry in prior.scores] for prior in priors] == [
        [(0.3,), (-0.2,)],
        [(0.5,), (0.0,)],
    ]
