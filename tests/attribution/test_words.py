"""Hiding words changes nothing else; units of several words tile them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage._words import word_offsets
from tutelage.attribution.words import hide, hide_each, ngram_offsets, phrase_offsets
from tutelage.errors import DataError


def words_of(text, offsets=None):
    return [text[a:b] for a, b in (word_offsets(text) if offsets is None else offsets)]


@given(st.text(max_size=40), st.data())
def test_a_placeholder_keeps_the_number_of_hidden_words_and_all_else(text, data):
    offsets = word_offsets(text)
    flags = [data.draw(st.booleans()) for _ in offsets]
    shown = hide(text, offsets, flags, placeholder="\ue000")
    assert shown.count("\ue000") - text.count("\ue000") == sum(flags) - sum(
        text[a:b].count("\ue000") for (a, b), flag in zip(offsets, flags, strict=True) if flag
    )
    if not any(flags):
        assert shown == text


@given(st.text(max_size=40), st.data())
def test_deleting_words_leaves_the_others(text, data):
    offsets = word_offsets(text)
    flags = [data.draw(st.booleans()) for _ in offsets]
    left = [w for w, flag in zip(words_of(text), flags, strict=True) if not flag]
    shown = hide(text, offsets, flags, placeholder=None)
    assert re.sub(r"[\s\u200b\ufeff]+", "", shown) == "".join(left)


def test_a_repeated_word_is_hidden_at_its_own_place():
    assert hide("no no no", word_offsets("no no no"), [0, 1, 0]) == "no ___ no"


def test_deletion_leaves_one_space_between_the_rest():
    text = "wake  me up\tnow "
    assert hide(text, word_offsets(text), [0, 1, 0, 1], placeholder=None) == "wake  up"


def test_everything_deleted_is_an_empty_text():
    assert hide(" a b ", word_offsets(" a b "), [1, 1], placeholder=None) == ""


def test_many_masks_are_the_same_as_one_at_a_time():
    text = "set an alarm"
    masks = [[i >> j & 1 for j in range(3)] for i in range(8)]
    offsets = word_offsets(text)
    assert hide_each(text, offsets, masks) == [hide(text, offsets, mask) for mask in masks]


def test_units_outside_the_text_are_told():
    with pytest.raises(DataError, match=r"unit 1 is \(2, 9\).*the text has 5 characters"):
        hide("a bcd", [(0, 1), (2, 9)], [1, 0])
    with pytest.raises(DataError, match="the one before ends at 3"):
        hide("a bcd", [(0, 3), (2, 4)], [1, 0])


def test_flags_that_belong_to_other_units_are_told():
    with pytest.raises(DataError, match="one flag per unit, 2, got 3"):
        hide("a b", word_offsets("a b"), [1, 0, 0])


def test_phrases_keep_function_words_with_what_they_introduce():
    text = "Can you set the alarm clock, for six tomorrow"
    assert words_of(text, phrase_offsets(text)) == [
        "Can you set",
        "the alarm clock,",
        "for six tomorrow",
    ]


def test_a_vowel_sign_at_the_end_of_a_word_ends_no_phrase():
    text = "मुझे करना है, जी"
    assert [text[a:b] for a, b in phrase_offsets(text)] == ["मुझे करना है,", "जी"]


def test_a_phrase_has_at_most_so_many_words():
    text = "red green blue white black"
    assert words_of(text, phrase_offsets(text, max_words=2)) == ["red green", "blue white", "black"]


@given(st.text(alphabet="ab, 你the", max_size=40), st.integers(1, 5))
def test_units_of_several_words_tile_the_words(text, n):
    for offsets in (phrase_offsets(text, max_words=n), ngram_offsets(text, n)):
        inside = [
            sum(a <= start and end <= b for start, end in word_offsets(text)) for a, b in offsets
        ]
        assert sum(inside) == len(word_offsets(text))
        assert all(1 <= count <= n for count in inside)


@pytest.mark.parametrize("make", [lambda: ngram_offsets("a", 0)])
def test_units_of_no_word_are_refused(make):
    with pytest.raises(DataError, match="at least 1, got 0"):
        make()


def test_ten_thousand_words_take_a_moment():
    text = "word " * 10_000
    offsets = word_offsets(text)
    assert len(offsets) == 10_000
    assert hide(text, offsets, [True] * 10_000, placeholder=None) == ""
