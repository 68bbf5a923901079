"""Sensitivity of priors: figures worked by hand, intervals, and what cannot be compared."""

import json
import math

import numpy as np
import pytest

from tutelage.errors import DataError, InputError
from tutelage.evaluation.prior_sensitivity import prior_sensitivity
from tutelage.lessons import FeaturePrior, WordPrior

WORDS = ["wake", "me", "at", "six", "today", "please"]


def rated(rows, start=0):
    """Word priors of texts that differ in their number only."""
    return [
        WordPrior.from_words(" ".join([*WORDS, str(n)]), WORDS, scores, label="alarm", scale=None)
        for n, scores in enumerate(rows, start)
    ]


def test_the_same_order_agrees_whatever_the_scale():
    found = prior_sensitivity({"a": rated([[9, 0, 1, 4, 2, 3]]), "b": rated([[90, 1, 2, 9, 4, 5]])})
    pair = found["b", "a"]
    assert (pair.correlation.value, pair.overlap.value, pair.n_common) == (1.0, 1.0, 1)


def test_the_figures_worked_by_hand():
    """Ranks 6 1 2 5 3 4 against 1 6 2 5 3 4: sum of d^2 is 50, so 1 - 6*50/210.

    The highest three are wake, six, please against me, six, please.
    """
    found = prior_sensitivity({"a": rated([[9, 0, 1, 4, 2, 3]]), "b": rated([[0, 9, 1, 4, 2, 3]])})
    assert found.pairs[0].correlation.value == pytest.approx(1 - 6 * 50 / 210)
    assert found.pairs[0].overlap.value == pytest.approx(2 / 3)


def test_rows_are_matched_by_text_and_others_are_counted():
    one, other = rated([[9, 0, 1, 4, 2, 3]] * 4), rated([[9, 0, 1, 4, 2, 3]] * 3, start=2)
    pair = prior_sensitivity({"a": [*one, None], "b": other}).pairs[0]
    assert (pair.n_common, pair.n_only_first, pair.n_only_second) == (2, 2, 1)


def test_the_interval_holds_the_agreement_of_many_more_rows():
    """Twenty draws of 60 rows: the interval misses the value of 3,000 rows at most four times."""
    rng = np.random.default_rng(0)

    def noisy(n):
        truth = rng.normal(size=(n, 6))
        return [rated(truth + 0.7 * rng.normal(size=(n, 6))) for _ in range(2)]

    large = prior_sensitivity(dict(zip("ab", noisy(3000), strict=True)), n_bootstrap=10)
    value = large.pairs[0].correlation.value
    missed = 0
    for _ in range(20):
        found = prior_sensitivity(dict(zip("ab", noisy(60), strict=True)), n_bootstrap=300)
        missed += not found.pairs[0].correlation.low <= value <= found.pairs[0].correlation.high
    assert 0.3 < value < 0.9
    assert missed <= 4


def test_columns_are_compared_class_by_class():
    def prior(fever, cough):
        scores = {"fever": [fever], "cough": [cough], "age": [1], "job": {"clerk": [0]}}
        return FeaturePrior.from_scores({"yes": scores}, scale=10)

    found = prior_sensitivity({"v1": prior(9, 4), "v2": prior(8, 5), "v3": prior(-9, 4)}, top_k=2)
    assert found.rows == "classes"
    assert found["v1", "v2"].correlation.value == 1.0
    assert found.least.correlation.value < 1.0
    assert "v3" in (found.least.first, found.least.second)
    assert len(found.pairs) == 3


def test_short_rows_count_for_order_and_not_for_the_highest():
    short = [WordPrior.from_words("wake me at", ["wake", "me", "at"], [3, 2, 1], label="alarm")]
    pair = prior_sensitivity({"a": short, "b": short}, top_k=3).pairs[0]
    assert pair.correlation.value == 1.0
    assert math.isnan(pair.overlap.value)
    assert "no row" in pair.overlap.note


def test_words_without_a_score_are_left_out():
    holes = rated([[9, 0, None, 4, 2, 3]])
    found = prior_sensitivity({"a": holes, "b": rated([[9, 0, 99, 4, 2, 3]])}, top_k=2)
    assert found.pairs[0].correlation.value == 1.0


def test_the_table_and_json_hold_every_pair():
    made = {name: rated([[9, 0, 1, 4, 2, 3]] * 3) for name in ("25 masks", "100 masks", "other")}
    found = prior_sensitivity(made)
    head, lines = found.lines()
    assert head[3] == "top 3 shared"
    assert [line[0] for line in lines] == ["25 masks - 100 masks", "25 masks - other",
                                           "100 masks - other"]  # fmt: skip
    assert len(json.loads(json.dumps(found.to_dict(), allow_nan=False))["pairs"]) == 3
    with pytest.raises(KeyError, match="there is no pair"):
        found["25 masks", "nobody"]


def test_what_cannot_be_compared_says_why():
    one = rated([[9, 0, 1, 4, 2, 3]])
    columns = FeaturePrior.from_scores({"yes": {"fever": [1]}}, scale=10)
    with pytest.raises(InputError, match="at least two priors, got 1"):
        prior_sensitivity({"a": one})
    with pytest.raises(InputError, match="all of words or all of columns"):
        prior_sensitivity({"a": one, "b": columns})
    with pytest.raises(InputError, match="top_k must be at least 1, got 0"):
        prior_sensitivity({"a": one, "b": one}, top_k=0)
    with pytest.raises(DataError, match="'b' scores nothing"):
        prior_sensitivity({"a": one, "b": [None]})
    with pytest.raises(DataError, match="got two priors of one text"):
        prior_sensitivity({"a": one, "b": one + one})
