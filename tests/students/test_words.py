"""Tokens and words, held together by offsets."""

import numpy as np
import pytest
from tests.students.tiny_encoders import byte_pairs, word_pieces

from tutelage._words import word_offsets
from tutelage.errors import InputError
from tutelage.students.words import length_buckets, sorted_batches, tokenise


@pytest.mark.parametrize("tokenizer", [word_pieces(), byte_pairs()], ids=["pieces", "bytes"])
@pytest.mark.parametrize("text", ["set alarms, please", "  a\t b ", "请设 zz", "é👍🏽 x", ""])
def test_every_word_owns_its_tokens(tokenizer, text):
    tokens = tokenise(tokenizer, [text], 60)[0]
    offsets = word_offsets(text)
    owners = tokens.owners(offsets)
    assert set(owners) - {-1} == set(range(len(offsets)))
    for token, owner in enumerate(owners):
        start, end = tokens.spans[token]
        if owner >= 0:
            assert start < offsets[owner][1]
            assert end > offsets[owner][0]
        else:
            assert start == end or text[start:end].isspace()
    assert not tokens.truncated


def test_a_token_over_two_units_goes_to_the_larger_share():
    tokens = tokenise(word_pieces(), ["alarm"], 60)[0]
    assert tokens.owners([(0, 2), (2, 5)]).tolist() == [-1, 1, -1]


def test_a_long_text_is_cut_and_others_are_not():
    texts = ["set alarm", "the " * 100, "", "play song"]
    found = tokenise(word_pieces(), texts, 10)
    assert [len(text.ids) for text in found] == [4, 10, 2, 4]
    assert [text.truncated for text in found] == [False, True, False, False]
    assert found[1].ids[-1] == found[0].ids[-1]  # the separator is kept


def test_a_slow_tokenizer_is_refused():
    with pytest.raises(InputError, match="the tokenizer must be a fast one"):
        tokenise(object(), ["a"], 10)


@pytest.mark.parametrize("n_texts", [1, 31, 32, 33, 700])
def test_buckets_hold_every_row_once(n_texts):
    lengths = np.random.default_rng(0).integers(2, 40, n_texts)
    batches = length_buckets(lengths, 32, np.random.default_rng(1))
    assert sorted(np.concatenate(batches)) == list(range(n_texts))
    assert max(len(batch) for batch in batches) <= 32


def test_buckets_hold_less_padding_than_random_batches():
    lengths = np.random.default_rng(0).integers(2, 40, 640)
    batches = length_buckets(lengths, 32, np.random.default_rng(1))
    padded = sum(lengths[batch].max() * len(batch) for batch in batches)
    assert padded < 1.3 * lengths.sum()


def test_sorted_batches_hold_every_row_once():
    batches = sorted_batches(np.array([3, 1, 2]), 2)
    assert [batch.tolist() for batch in batches] == [[1, 2], [0]]
