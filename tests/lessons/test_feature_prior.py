"""FeaturePrior: built with all problems at once, and its controls."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage.errors import InputError
from tutelage.lessons.feature_prior import FeaturePrior, is_score, label_name


def made_prior(n_columns=12, repeats=3, labels=("a", "b")):
    rng = np.random.default_rng(0)
    scores = {
        label: {f"c{i}": rng.integers(-10, 11, repeats).tolist() for i in range(n_columns)}
        for label in labels
    }
    return FeaturePrior.from_scores(scores)


def answers_of(prior, label):
    return Counter(entry.answers for entry in prior.entries(label))


def test_scores_are_divided_by_the_scale():
    prior = FeaturePrior.from_scores({"yes": {"age": [3, 4], "job": {"clerk": 0.5}}}, scale=5)
    assert prior.score("yes", "age").answers == (0.6, 0.8)
    assert prior.score("yes", "job", "clerk").answers == (0.1,)


def test_all_problems_are_listed_at_once():
    bad = {"x": {"a": 11, "b": [1, float("nan")], "c": True, "d": {"k": "5"}, "e": -math.inf}}
    with pytest.raises(InputError, match="These scores cannot be used:") as caught:
        FeaturePrior.from_scores(bad)
    assert caught.value.problems == [
        "'x', 'a': 11 is not a number in [-10, 10]",
        "'x', 'b': nan is not a number in [-10, 10]",
        "'x', 'c': True is not a number in [-10, 10]",
        "'x', 'd' = 'k': '5' is not a number in [-10, 10]",
        "'x', 'e': -inf is not a number in [-10, 10]",
    ]


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_a_scale_must_be_above_zero(scale):
    with pytest.raises(InputError, match="scale must be a number above 0, got"):
        FeaturePrior.from_scores({"x": {"a": 0}}, scale=scale)


def test_classes_must_hold_every_scored_class():
    with pytest.raises(InputError, match=r"missing: \['maybe'\]"):
        FeaturePrior.from_scores({"maybe": {"a": 1}}, classes=["yes", "no"])


def test_a_missing_answer_is_missing_and_not_zero():
    prior = FeaturePrior.from_scores({"x": {"a": None, "b": [None, 4], "c": []}})
    assert [prior.score("x", c).answers for c in "abc"] == [(), (0.4,), ()]
    assert math.isnan(prior.score("x", "a").mean)


def test_a_spread_needs_two_answers():
    prior = FeaturePrior.from_scores({"x": {"a": [1], "b": [1, 3]}})
    assert math.isnan(prior.score("x", "a").spread)
    assert prior.score("x", "b").spread == pytest.approx(math.sqrt(2) / 10)


def test_a_stranger_has_no_score():
    assert made_prior().score("a", "no such column") is None
    assert made_prior().score("a", "c0", "no such category") is None


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_shuffling_keeps_every_answer_and_moves_some_in_each_class(seed):
    prior = made_prior()
    shuffled = prior.shuffled(seed)
    for label in "ab":
        assert answers_of(shuffled, label) == answers_of(prior, label)
        assert list(shuffled.entries(label)) != list(prior.entries(label))
    assert f"shuffled with seed {seed}" in shuffled.provenance.notes


def test_shuffling_is_the_same_for_the_same_seed_only():
    assert made_prior().shuffled(1) == made_prior().shuffled(1)
    assert made_prior().shuffled(1).scores != made_prior().shuffled(2).scores


def test_shuffling_keeps_columns_and_categories_in_place():
    prior = FeaturePrior.from_scores({"x": {"a": 1, "b": {"k": 2, "l": 3}, "c": 4}})
    names = [(e.label, e.column, e.category) for e in prior.scores]
    assert [(e.label, e.column, e.category) for e in prior.shuffled(0).scores] == names


def test_flipping_turns_every_sign():
    prior = made_prior()
    for entry, turned in zip(prior.scores, prior.flipped().scores, strict=True):
        assert turned.answers == tuple(-answer for answer in entry.answers)


def test_flipping_twice_gives_the_original_scores():
    assert made_prior().flipped().flipped().scores == made_prior().scores


def test_select_and_without_are_complements():
    prior = made_prior(4)
    assert prior.select(["c2", "c0"]).columns == ("c0", "c2")
    assert prior.without(["c2", "c0"]).columns == ("c1", "c3")


def test_scored_classes_keep_the_order_of_classes():
    prior = FeaturePrior.from_scores({"b": {"x": 1}, "a": {"x": 1}}, classes=["a", "c", "b"])
    assert prior.scored_classes == ("a", "b")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("yes", "yes"),
        (1, "1"),
        (1.0, "1"),
        (1.5, "1.5"),
        (True, "True"),
        (np.int64(3), "3"),
        (np.float64(3.0), "3"),
        (np.str_("no"), "no"),
        (np.bool_(False), "False"),
        (-0.0, "0"),
    ],
)
def test_a_label_has_one_name_however_it_is_stored(label, name):
    assert label_name(label) == name


@given(st.floats(allow_nan=True) | st.integers() | st.booleans() | st.text() | st.none())
def test_a_score_is_a_finite_number_within_the_scale(value):
    expected = (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and -10 <= value <= 10  # False for NaN
    )
    assert is_score(value) == expected


def test_an_integer_of_any_length_is_refused_like_any_number_out_of_range():
    with pytest.raises(InputError, match=r"is not a number in \[-10, 10\]"):
        FeaturePrior.from_scores({"yes": {"age": 10**400}})
