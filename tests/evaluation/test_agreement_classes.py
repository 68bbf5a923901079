"""Class confusion: a shared keyword is seen, and the deciding word is not one."""

import pytest

from tutelage._words import word_offsets
from tutelage.errors import DataError
from tutelage.evaluation.confused_classes import class_confusion, most_confused

TEXTS = ["Set the alarm!", "set alarm now", "check the alarm", "check my alarm", "play it"]
LABELS = ["set", "set", "check", "check", "play"]
PAIRS = [("set", "check"), ("set", "play")]


def marking(*important):
    found = []
    for text in TEXTS:
        units = word_offsets(text)
        words = [text[a:b].strip("!").lower() for a, b in units]
        found.append((units, [float(word in important) for word in words]))
    return found


def test_a_shared_keyword_confuses_and_deciding_words_do_not():
    shared = class_confusion(TEXTS, LABELS, marking("alarm", "play"), PAIRS)
    assert shared.keywords == {"set": ("alarm",), "check": ("alarm",), "play": ("play",)}
    assert shared.overlaps == {("set", "check"): 1.0, ("set", "play"): 0.0}
    assert shared.mean == 0.5
    deciding = class_confusion(TEXTS, LABELS, marking("set", "check", "play"), PAIRS)
    assert deciding.mean == 0.0


def test_words_are_counted_by_their_share_of_the_text_and_without_case_or_punctuation():
    both = marking("set", "alarm")
    louder = [(units, [100 * s for s in scores]) for units, scores in both]
    pair = [("set", "check")]
    one = class_confusion(TEXTS, LABELS, both, pair, n_keywords=2)
    assert one.keywords["set"] == ("alarm", "set")
    assert class_confusion(TEXTS, LABELS, louder, pair, n_keywords=2) == one


def test_evidence_against_a_class_is_no_keyword():
    against = [(units, [-1.0] * len(units)) for units, _ in marking("x")]
    found = class_confusion(TEXTS, LABELS, against, PAIRS)
    assert set(found.keywords.values()) == {()}
    assert found.mean == 0.0


def test_lists_have_so_many_words():
    every = [(units, [1.0] * len(units)) for units, _ in marking("x")]
    found = class_confusion(TEXTS, LABELS, every, PAIRS, n_keywords=2)
    assert {len(words) for words in found.keywords.values()} == {2}


def test_the_most_confused_classes_come_first():
    labels = ["a", "a", "b", "c", "c", "d"]
    predicted = ["b", "b", "a", "d", "c", "d"]
    assert most_confused(labels, predicted) == (("a", "b"), ("c", "d"))
    assert most_confused(labels, labels) == ()
    with pytest.raises(DataError, match="one prediction per label, 6, got 1"):
        most_confused(labels, ["a"])


def test_all_that_cannot_be_measured_is_told_at_once():
    with pytest.raises(DataError) as told:
        class_confusion(TEXTS, LABELS[:-1], marking("x"), [("set", "snooze")], n_keywords=0)
    assert len(told.value.problems) == 3
    assert "'snooze'" in str(told.value)
    with pytest.raises(DataError, match="at least one pair of classes, got none"):
        class_confusion(TEXTS, LABELS, marking("x"), [])


def test_keywords_keep_their_last_vowel_sign():
    texts = ["की बात", "का बात"]
    given = [(word_offsets(text), [1, 0]) for text in texts]
    found = class_confusion(texts, ["a", "b"], given, [("a", "b")], n_keywords=1)
    assert found.keywords == {"a": ("की",), "b": ("का",)}
