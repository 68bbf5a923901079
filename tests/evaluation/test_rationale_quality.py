import math
import random

import pytest

from tutelage.errors import DataError, InputError
from tutelage.evaluation.rationale_consistency import label_consistency, name_pattern
from tutelage.evaluation.rationale_quality import (
    ReasonFilter,
    copy_rate,
    filter_rationales,
    flesch,
    n_sentences,
    rationale_quality,
    reason_properties,
    words_of,
)
from tutelage.lessons import Rationale


def lesson(text="The parcel never came.", label="delivery", *reasons, **more):
    return Rationale((("text", text),), label, reasons, **more)


def test_longer_words_and_sentences_are_harder_to_read():
    easy = flesch("The cat sat. The dog ran. It was hot.")
    hard = flesch("Considerable organisational complexities necessitate comprehensive evaluation.")
    assert easy > 90 > 0 > hard


def test_a_known_passage_has_the_known_ease():
    # 13 words, 1 sentence, 24 syllables by the usual count
    text = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert flesch(text) == pytest.approx(37.5, abs=8)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("!!!", 0), ("one", 1), ("One. Two? Three!", 3), ("3.5 kg", 1), ("一。二。", 2)],
)
def test_sentences_are_counted(text, count):
    assert n_sentences(text) == count


def test_copying_needs_three_words_in_a_row():
    source = words_of("the parcel never came to the house")
    assert copy_rate(words_of("never came to the house"), source) == 1.0
    assert copy_rate(words_of("house the to came never"), source) == 0.0
    assert copy_rate(words_of("parcel never is here"), source) == 0.0
    assert copy_rate([], source) == 0.0


@pytest.mark.parametrize(
    ("reason", "leaks", "other"),
    [
        ("This is a delivery matter.", True, False),
        ("DELIVERY!", True, False),
        ("They deliver nothing.", False, False),
        ("This asks for a refund.", False, True),
        ("It is delivery, not refund.", True, False),
        ("It was shipped late.", True, False),  # a synonym
    ],
)
def test_a_label_leaks_as_a_whole_word_or_by_a_synonym(reason, leaks, other):
    found = reason_properties(
        lesson(), reason, ["delivery", "refund"], {"delivery": ["shipped", "shipping"]}
    )
    assert (found.leaks_label, found.names_other) == (leaks, other)


def test_labels_with_underscores_and_choices_of_an_input_are_found():
    assert reason_properties(lesson(label="card_lost"), "The card lost its chip.").leaks_label
    own = Rationale((("question", "q"),), "sea", (), ("sea", "sky"))
    assert reason_properties(own, "Birds own the sky.").names_other


def test_a_source_is_summed_up():
    lessons = [
        lesson("a b c d", "x", "Because a b c is said here."),
        lesson("e f g h", "x", "Because a b c is said here."),
        lesson("i j k l", "y", "because of the x"),
        lesson("m", None),
    ]
    found = rationale_quality(lessons, ["x", "y"])
    assert (found.n_lessons, found.n_reasons) == (4, 3)
    assert found.duplicate_rate == pytest.approx(1 / 3)
    assert (found.opening, found.opening_rate) == ("because a", pytest.approx(2 / 3))
    assert found.other_rate == pytest.approx(1 / 3)
    assert found.copy_rate == pytest.approx((3 / 7) / 3)


def test_no_reason_at_all_is_not_a_number_and_no_error():
    found = rationale_quality([lesson("a", None)])
    assert found.n_reasons == 0
    assert math.isnan(found.words)
    assert math.isnan(found.duplicate_rate)


def test_a_filter_masks_reasons_keeps_labels_and_says_why():
    lessons = [
        lesson("a", "x", "short one"),
        lesson("b", "x", "word " * 80),
        lesson("c d e f g", "x", "c d e f g"),
        lesson("h", "x", "this is about x and no more", "a good reason with enough words"),
        lesson("i", "x", "a good reason with enough words"),
        lesson("j", "x", "this one speaks for y all along"),
    ]
    left, refused = filter_rationales(
        lessons,
        ReasonFilter(max_copy_rate=0.9, leaks=False, others=False, duplicates=False),
        ["x", "y"],
    )
    assert [len(one.rationales) for one in left] == [0, 0, 0, 1, 0, 0]
    assert all(one.label == "x" and one.asked for one in left)
    assert dict(refused) == {
        "too short": 1,
        "too long": 1,
        "copied": 1,
        "holds its label": 1,
        "repeated": 1,
        "names another class": 1,
    }


@pytest.mark.parametrize("bad", [{"min_words": -1}, {"max_words": 2}, {"max_copy_rate": 1.5}])
def test_a_filter_with_impossible_bounds_is_refused(bad):
    with pytest.raises(InputError, match="a filter needs"):
        ReasonFilter(**bad)


def test_a_filter_may_be_without_an_upper_bound():
    left, _ = filter_rationales([lesson("a", "x", "w " * 500)], ReasonFilter(max_words=None))
    assert left[0].rationales


def test_reasons_that_argue_tell_the_label_and_empty_talk_does_not():
    deal = random.Random(0)
    cues = {"delivery": ["courier", "doorstep"], "refund": ["bank", "charged"]}
    labels = ["delivery", "refund"] * 40
    arguing = [
        lesson(str(n), one, f"It tells of a {deal.choice(cues[one])} in plain words.")
        for n, one in enumerate(labels)
    ]
    empty = [
        lesson(str(n), one, f"It is about {one} as the text {deal.choice(['says', 'shows'])} so.")
        for n, one in enumerate(labels)
    ]
    assert label_consistency(arguing).accuracy > 0.95
    found = label_consistency(empty)
    assert found.accuracy < 0.7
    assert found.accuracy_with_label > 0.95
    assert (found.chance, found.n) == (0.5, 80)


def test_consistency_needs_classes_and_reasons():
    with pytest.raises(DataError, match=r"two classes must have 5 reasons each, got \{'x': 1\}"):
        label_consistency([lesson("a", "x", "a reason with some words")])
    with pytest.raises(DataError, match="choices of their own"):
        label_consistency([Rationale((("q", "q"),), "a", (), ("a", "b"))])


def test_words_with_vowel_signs_and_accents_are_counted_whole():
    assert words_of("मुझे अलार्म, cafe\u0301") == ["मुझे", "अलार्म", "cafe\u0301"]


def test_label_names_are_hidden_in_scripts_without_spaces_too():
    names = name_pattern(["取消", "औरत", "set_alarm"], {})
    assert names.sub("_", "他想取消闹钟, औरतें, औरत, set alarm") == "他想_闹钟, औरतें, _, _"
