"""Words are found, and counted, in any script."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage._words import WORD_PATTERN, count_words, join_words, word_offsets, word_parts


def words_of(text):
    return [text[a:b] for a, b in word_offsets(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t\n\u3000", []),
        ("cancel", ["cancel"]),
        ("Don't stop, (please)!", ["Don't", "stop,", "(please)!"]),
        ("no no no", ["no", "no", "no"]),
        ("a\u00a0b\u2003c\u3000d\u200be\ufefff", ["a", "b", "c", "d", "e", "f"]),
        ("so 😀 ok😀", ["so", "😀", "ok😀"]),
        ("👩‍👩‍👧 hi", ["👩‍👩‍👧", "hi"]),
        ("مرحبا بالعالم؟", ["مرحبا", "بالعالم؟"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("取消我的卡。", ["取", "消", "我", "的", "卡。"]),
        ("「こんにちは」ok", ["「こ", "ん", "に", "ち", "は」", "ok"]),
        ("スーパー", ["ス", "ー", "パ", "ー"]),
        ("ครับ", ["ค", "รั", "บ"]),
        ("用iPhone打", ["用", "iPhone", "打"]),
    ],
)
def test_words_are_what_white_space_or_the_script_separates(text, words):
    assert words_of(text) == words


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_words_cover_everything_but_white_space_in_order(text):
    offsets = word_offsets(text)
    assert "".join(words_of(text)) == re.sub(r"[\s\u200b\ufeff]+", "", text)
    assert all(a < b for a, b in offsets)
    assert all(one[1] <= two[0] for one, two in pairwise(offsets))


@pytest.mark.parametrize(("text", "count"), [("", 0), ("wake me", 2), ("取消闹钟", 4), ("ครับ", 3)])
def test_letters_of_scripts_without_spaces_count_as_words(text, count):
    assert count_words(text) == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("मुझे अलार्म सेट करना है।", ["मुझे", "अलार्म", "सेट", "करना", "है"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("مُحَمَّد هنا", ["مُحَمَّد", "هنا"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("me\u0301nage a\u0300 trois", ["me\u0301nage", "a\u0300", "trois"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("กำลัง", ["ก", "ำ", "ลั", "ง"]),
        ("❤️ ok, 3!", ["ok", "3"]),
    ],
)
def test_vowel_signs_points_and_accents_belong_to_their_word(text, words):
    assert re.findall(WORD_PATTERN, text) == words
    assert [bare for word in words_of(text) if (bare := word_parts(word)[1])] == words


def test_the_parts_of_a_word_are_the_word():
    for word in ("(don't!)", "❤️", "की,", "...", "", "¿qué?", "१२।"):
        assert "".join(word_parts(word)) == word


@given(st.text(alphabet="ab 取消。吧", max_size=20))
def test_words_that_are_joined_are_the_same_words(text):
    assert split_all(join_words(split_all(text))) == split_all(text)


def split_all(text):
    return [text[start:end] for start, end in word_offsets(text)]
