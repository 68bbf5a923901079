"""Texts made from word priors: what is kept, what is inserted, what a shuffled prior changes."""

import pytest

from tutelage import WordPrior
from tutelage.errors import InputError
from tutelage.students.text_augmentation import augmented, cue_words

SET = WordPrior.from_words(
    "please set an alarm now",
    ["please", "set", "an", "alarm", "now"],
    [0, 9, 0, 4, 1],
    label="alarm_set",
    confusable=["alarm_query"],
)
QUERY = WordPrior.from_words("which alarm is on", ["which", "alarm"], [9, 3], label="alarm_query")


def test_the_strongest_word_is_never_dropped():
    found = augmented([SET], copies=200, drop=1.0, insert=0.0)
    assert all("set" in rewrite.text.split() for rewrite in found)
    assert not any("please" in rewrite.text or " an " in rewrite.text for rewrite in found)
    assert {"alarm" in rewrite.text for rewrite in found} == {True, False}


def test_words_without_a_score_stay():
    found = augmented([QUERY], copies=50, drop=1.0, insert=0.0)
    assert found
    assert all(rewrite.text.endswith("is on") for rewrite in found)


def test_cue_words_of_confusable_classes_are_inserted():
    assert cue_words([SET, QUERY]) == {"alarm_set": ("set",), "alarm_query": ("which",)}
    found = augmented([SET, QUERY], copies=20, drop=0.0, insert=1.0)
    of_set = [rewrite.text for rewrite in found if rewrite.label == "alarm_set"]
    assert len(of_set) == 20
    assert all("which" in text.split() for text in of_set)
    assert not [rewrite for rewrite in found if rewrite.label == "alarm_query"]  # none confusable


def test_a_seed_gives_the_same_texts():
    assert augmented([SET], seed=1) == augmented([SET], seed=1)
    assert augmented([SET], copies=9, seed=1) != augmented([SET], copies=9, seed=2)


def test_a_shuffled_prior_keeps_other_words():
    found = augmented([SET.shuffled(s) for s in range(8)], copies=5, drop=1.0, insert=0.0)
    assert any("set" not in rewrite.text.split() for rewrite in found)


def test_every_wrong_number_is_named():
    with pytest.raises(InputError, match="drop must be in") as caught:
        augmented([SET], drop=2, insert=-1, copies=-1)
    assert len(caught.value.problems) == 3
