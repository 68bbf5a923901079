"""Words are found, and counted, in any script."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage._words import count_words, word_offsets


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
