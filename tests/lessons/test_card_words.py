"""Class cards become word priors: cues raise, shared words are lowered, others are zero."""

from math import log

import pytest

from tutelage.errors import InputError
from tutelage.lessons import ClassCard, Confusable, card_word_priors
from tutelage.lessons.card_words import stems

CARDS = [
    ClassCard(
        "alarm_set",
        cues=("set an alarm", "wake me up"),
        shared=("alarm",),
        confusable=(Confusable("alarm_query"),),
    ),
    ClassCard("alarm_query", cues=("which alarms", "check my alarm"), shared=("alarm",)),
    ClassCard("music", cues=("play a song",)),
]


def scores(text, label="alarm_set", **more):
    [prior] = card_word_priors(CARDS, [text], [label], **more)
    return dict(zip(prior.words, prior.scores, strict=True))


def test_the_deciding_word_scores_above_the_shared_one():
    found = scores("set the alarm")
    assert found["set"] > 2 * found["alarm"] > 0 == found["the"]


def test_the_formula_is_what_it_says():
    rarity_set, rarity_alarm = 1.0, 1 - log(2) / log(4)
    cue = rarity_set + 1.0 + rarity_alarm  # set, an, alarm
    overlap = (rarity_set + rarity_alarm) / cue
    found = scores("set the alarm")
    assert found["set"] == pytest.approx(rarity_set * (1 + overlap) / 2)
    assert found["alarm"] == pytest.approx(0.6 * rarity_alarm * (1 + overlap) / 2)


def test_a_word_of_a_whole_cue_scores_above_one_that_stands_alone():
    assert scores("wake me up")["wake"] > scores("i wake early")["wake"] > 0


def test_endings_and_capitals_do_not_matter():
    assert scores("Setting an alarm")["Setting"] == scores("set an alarm")["set"]


def test_cue_words_of_a_confusable_class_are_zero_or_negative():
    assert scores("check it")["check"] == 0
    assert scores("check it", against=0.5)["check"] < 0


def test_classes_that_are_not_confusable_do_not_speak_against():
    assert scores("play it", against=1.0)["play"] == 0


def test_a_text_without_any_cue_word_has_no_weight():
    [prior] = card_word_priors(CARDS, ["good morning"], ["music"])
    assert (prior.scores, prior.weight) == ((0.0, 0.0), 0.0)


def test_every_score_lies_in_the_unit_interval():
    texts = ["set an alarm", "wake me up which alarms", "check my alarm play a song"]
    for against in (0.0, 1.0):
        priors = card_word_priors(CARDS, texts, ["alarm_set"] * 3, against=against)
        assert all(-1 <= score <= 1 for prior in priors for score in prior.scores)


def test_units_may_be_given_per_text_or_by_a_function():
    units = ((0, 2), (2, 5))
    cards = [ClassCard("cancel", cues=("取消",)), ClassCard("other", cues=("卡",))]
    [given] = card_word_priors(cards, ["取消我的卡"], ["cancel"], [units])
    [made] = card_word_priors(cards, ["取消我的卡"], ["cancel"], lambda text: units)
    assert given == made
    assert given.scores[0] > 0 == given.scores[1]


def test_source_confusable_and_empty_text():
    [prior] = card_word_priors(CARDS, [""], ["alarm_set"])
    assert (prior.source, prior.confusable, prior.scores) == ("cards", ("alarm_query",), ())


def test_every_label_without_a_card_is_named():
    with pytest.raises(InputError, match="every label needs a class card; none for 'lists', 'z'"):
        card_word_priors(CARDS, ["a", "b", "c"], ["music", "z", "lists"])


def test_lengths_must_agree():
    with pytest.raises(InputError, match="equally many, got 2, 1 and 2"):
        card_word_priors(CARDS, ["a", "b"], ["music"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("activate", "activation"),
        ("activating", "activated"),
        ("cards", "card's"),
        ("setting", "set"),
        ("payments", "pay"),
        ("cancelled", "cancelling"),
    ],
)
def test_common_endings_are_dropped(one, other):
    assert stems(one) == stems(other)


@pytest.mark.parametrize(("one", "other"), [("set", "sell"), ("alarm", "album"), ("up", "us")])
def test_different_words_stay_different(one, other):
    assert stems(one) != stems(other)


def test_words_written_with_vowel_signs_are_compared_whole():
    cards = [ClassCard("alarm", cues=("अलार्म सेट",)), ClassCard("other", cues=("मौसम",))]
    [prior] = card_word_priors(cards, ["मैं अलार्म"], ["alarm"])
    assert prior.scores[0] == 0 < prior.scores[1]


@pytest.mark.parametrize(("one", "other"), [("café", "cafe\u0301"), ("İptal", "iptal")])
def test_one_word_in_two_encodings_or_with_a_turkish_capital_is_one(one, other):
    assert stems(one) == stems(other)
