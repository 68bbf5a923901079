import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage.errors import InputError
from tutelage.lessons.guided_texts import INSERTED, SHORTENED, crossed_texts, shortened_texts
from tutelage.lessons.word_prior import WordPrior

MORE = st.lists(st.one_of(st.floats(-5, 10), st.just(math.nan)), max_size=7)
SCORES = st.tuples(st.floats(-5, 10), MORE).map(lambda drawn: [drawn[0], *drawn[1]])


def prior_of(words, scores, label="a", confusable=()):
    given = [None if math.isnan(score) else score for score in scores]
    return WordPrior.from_words(" ".join(words), words, given, label=label, confusable=confusable)


def numbered(scores, **options):
    return prior_of([f"w{n}" for n in range(len(scores))], scores, **options)


@given(SCORES, st.floats(0, 1), st.integers(0, 5))
def test_a_shortened_text_keeps_order_label_and_its_strongest_word(scores, drop, seed):
    prior = numbered(scores)
    for made in shortened_texts([prior], drop=drop, seed=seed):
        places = [int(word[1:]) for word in made.text.split()]
        assert places == sorted(places)
        assert len(places) < len(scores)
        assert scores.index(max(s for s in scores if not math.isnan(s))) in places
        assert all(n in places for n, s in enumerate(scores) if math.isnan(s))
        assert (made.label, made.kind, made.source_text) == ("a", SHORTENED, prior.text)


def test_weak_words_go_as_often_as_was_said():
    prior = numbered([10, 5, 0, 10])
    made = [shortened_texts([prior], copies=1, drop=0.8, seed=s) for s in range(2000)]
    kept = [texts[0].text if texts else prior.text for texts in made]
    shares = [sum(f"w{n}" in text for text in kept) / len(kept) for n in range(4)]
    assert shares == pytest.approx([1, 0.6, 0.2, 1], abs=0.04)


def test_without_dropping_nothing_is_made():
    assert shortened_texts([numbered([1, 2]), None, numbered([0, 0])], drop=0) == ()


def test_the_draws_depend_on_the_seed_and_on_nothing_else():
    priors = [numbered([3, 1, 0, 2, 0, 0]), numbered([1, 0, 0, 0, 2, 0])]
    assert shortened_texts(priors, seed=1) == shortened_texts(priors, seed=1)
    assert shortened_texts(priors, seed=1) != shortened_texts(priors, seed=2)
    assert (
        shortened_texts([priors[0]]) == shortened_texts(priors)[: len(shortened_texts(priors[:1]))]
    )


def test_strong_words_of_a_confusable_class_are_inserted_and_the_label_stays():
    priors = [
        prior_of(["set", "an", "alarm"], [9, 0, 4], label="alarm_set", confusable=["alarm_query"]),
        prior_of(["which", "alarms", "are", "on"], [9, 3, 1, 0], label="alarm_query"),
    ]
    made = crossed_texts(priors, copies=20)
    assert {(text.text, text.label, text.kind) for text in made} == {
        ("set an alarm which alarms", "alarm_set", INSERTED),
        ("which alarms set an alarm", "alarm_set", INSERTED),
    }


def test_texts_of_scripts_without_spaces_get_none():
    letters = prior_of(["取", "消", "我", "的", "闹", "钟"], [9, 9, 0, 0, 9, 9], label="a")
    assert {made.text for made in shortened_texts([letters], drop=1.0)} == {"取消闹钟"}


def test_a_text_without_a_scored_neighbour_gives_nothing():
    assert crossed_texts([numbered([1, 2], confusable=["b"]), None]) == ()


@pytest.mark.parametrize("wrong", [{"copies": 0}, {"drop": 1.5}, {"drop": -0.1}])
def test_settings_out_of_range_are_named(wrong):
    with pytest.raises(InputError, match=r"copies must be at least 1 and drop in \[0, 1\]"):
        shortened_texts([], **wrong)
    with pytest.raises(InputError, match="copies and words must be at least 1, got 0 and 2"):
        crossed_texts([], copies=0)
