"""WordPrior: words are found where they stand, and what does not fit is named."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage.errors import InputError
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.word_prior import WordPrior, locate_words


def prior_of(text, scores, label="a", **more):
    return WordPrior.from_words(text, text.split(), scores, label=label, **more)


def test_scores_are_kept_as_they_were_given():
    prior = prior_of("cancel my card", [9, 0, -4])
    assert prior.scores == (9.0, 0.0, -4.0)
    assert prior.source == "person"


def test_repeated_words_keep_their_positions():
    prior = prior_of("no no not no", [1, 2, 3, 4])
    assert prior.offsets == ((0, 2), (3, 5), (6, 9), (10, 12))


def test_a_whole_word_is_preferred_to_a_part_of_one():
    assert locate_words("scan another can", ["can"]) == (((13, 16),), [])
    assert locate_words("scan another", ["can"]) == (((1, 4),), [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("取消我的卡", ["取", "消", "我", "的", "卡"]),
        ("ألغِ بطاقتي الآن", ["ألغِ", "بطاقتي", "الآن"]),
        ("cancel 💳 now 💳!", ["cancel", "💳", "now", "💳!"]),
        ("a\u2028b\tc", ["a", "b", "c"]),
        ("\ud800 x", ["\ud800", "x"]),
    ],
)
def test_words_of_any_script_are_found(text, words):
    assert WordPrior.from_words(text, words, [1] * len(words), label="a").words == tuple(words)


def test_an_empty_text_has_an_empty_prior():
    prior = WordPrior.from_words("", [], [], label="a")
    assert (prior.words, prior.scores, prior.uniform().scores) == ((), (), ())


def test_a_long_text_is_located_in_order():
    words = [f"w{number}" for number in range(10_000)]
    prior = WordPrior.from_words(" ".join(words), words, [0.5] * 10_000, label="a")
    assert prior.words[-1] == "w9999"


def test_every_word_that_is_not_there_is_named():
    with pytest.raises(InputError, match="cannot be used:") as caught:
        WordPrior.from_words("cancel my card", ["card", "cancel", "now"], [1, 2, 3], label="a")
    assert caught.value.problems == [
        "'cancel' is not in the text from character 14 on",
        "'now' is not in the text",
    ]


@pytest.mark.parametrize("score", [11, math.nan, math.inf, True, "7", 10**400])
def test_a_score_that_is_no_number_in_range_is_named(score):
    with pytest.raises(InputError, match=r"'my' must be scored by a number in \[-10, 10\], got"):
        WordPrior.from_words("cancel my card", ["my"], [score], label="a")


def test_any_finite_score_is_taken_without_a_scale():
    prior = WordPrior.from_words("my card", ["my"], [-250.5], label="a", scale=None)
    assert prior.scores == (-250.5,)


def test_numbers_of_numpy_are_taken():
    prior = prior_of("my card", np.array([1, 2], dtype=np.float32))
    assert prior.scores == (1.0, 2.0)
    assert type(prior.scores[0]) is float


def test_a_missing_score_is_nan_and_never_zero():
    assert math.isnan(prior_of("my card", [None, 3]).scores[0])


def test_as_many_scores_as_words():
    with pytest.raises(InputError, match="one score per word, got 1 for 2"):
        WordPrior.from_words("my card", ["my", "card"], [1], label="a")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": ((0, 2), (1, 4))}, r"offset \(1, 4\) must start at 2 or later"),
        ({"offsets": ((0, 2), (3, 9))}, "end at 7 or before"),
        ({"offsets": ((2, 2), (3, 7))}, r"offset \(2, 2\) must .* hold a character"),
        ({"offsets": ((0, 2),)}, "1 offsets need as many scores, got 2"),
        ({"scores": (1.0, math.inf)}, "scores must be finite, .* got inf"),
        ({"weight": 1.5}, r"weight must be a number in \[0, 1\], got 1.5"),
        ({"weight": math.nan}, r"weight must be a number in \[0, 1\], got nan"),
        ({"label": 3}, "label must be a text, got 3"),
        ({"text": None}, "text must be a text, got None"),
    ],
)
def test_what_does_not_fit_the_text_is_refused(change, message):
    given = {"text": "my card", "label": "a", "offsets": ((0, 2), (3, 7)), "scores": (1.0, 2.0)}
    with pytest.raises(InputError, match=message):
        WordPrior(**given | change)


def test_a_shuffled_prior_has_the_same_scores_elsewhere():
    prior = prior_of("a b c d e f g h", range(8))
    assert sorted(prior.shuffled(0).scores) == sorted(prior.scores)
    assert prior.shuffled(0).scores != prior.scores
    assert prior.shuffled(0) == prior.shuffled(0)
    assert prior.shuffled(0).scores != prior.shuffled(1).scores
    assert "seed 0" in prior.shuffled(0).provenance.notes


def test_texts_of_one_length_are_shuffled_differently():
    dealt = {prior_of(f"a b c d e f {n}", range(7)).shuffled(0).scores for n in range(20)}
    assert len(dealt) > 10


def test_the_other_controls_know_nothing():
    prior = prior_of("a b c", [9, 0, 1])
    assert prior.uniform().scores == (1.0, 1.0, 1.0)
    assert prior.randomised(3) == prior.randomised(3)
    assert all(0 <= score < 1 for score in prior.randomised(3).scores)


def test_the_key_is_that_of_the_text_alone():
    assert prior_of("a b", [1, 2]).text_key == prior_of("a b", [3, 4], label="z").text_key
    assert prior_of("a b", [1, 2]).text_key != prior_of("a  b", [1, 2]).text_key


@given(
    st.text(st.sampled_from("ab  \u2028卡'-"), max_size=12).flatmap(
        lambda text: st.tuples(
            st.just(text), st.lists(st.integers(0, len(text)), unique=True).map(sorted)
        )
    )
)
def test_any_units_survive_the_plain_form(pair):
    text, cuts = pair
    offsets = tuple(zip(cuts[::2], cuts[1::2], strict=False))
    prior = WordPrior(text, "x", offsets, tuple(float(n) for n in range(len(offsets))))
    assert WordPrior.from_dict(prior.to_dict()) == prior


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": {"my": 1}}, r"scores must be a list of \[word, score\]"),
        ({"scores": [["my", "9"]]}, r"scores must hold \[word, score\]"),
        ({"scores": [["my", 1, "0"]]}, r"scores must hold \[word, score\]"),
        ({"scores": [["my", 1, 5]]}, "'my' does not start at character 5"),
        ({"scores": [["our", 1]]}, "'our' is not in the text"),
        ({"label": 7}, "label must be a text, got 7"),
        ({"text": 7}, "text must be a text, got 7"),
        ({"confusable": "b"}, "confusable must be a list of texts"),
        ({"weight": "full"}, r"weight must be a number in \[0, 1\], got 'full'"),
        ({"provenance": 3}, "provenance must be an object"),
    ],
)
def test_an_edited_entry_says_what_is_wrong(change, message):
    plain = prior_of("my card", [1, 2]).to_dict()
    with pytest.raises(InputError, match=message):
        WordPrior.from_dict(plain | change)


def test_provenance_is_part_of_the_value():
    said = Provenance(teacher="person")
    assert prior_of("a", [1], provenance=said) != prior_of("a", [1])


def test_the_spread_survives_the_plain_form_and_leaves_the_controls():
    prior = WordPrior("a b", "x", ((0, 1), (2, 3)), (1.0, 2.0), spread=(0.5, 0.25))
    assert WordPrior.from_dict(prior.to_dict()) == prior
    assert prior.shuffled(0).spread == prior.uniform().spread == ()


def test_as_many_spreads_as_scores():
    with pytest.raises(InputError, match="2 scores need as many spreads or none, got 1"):
        WordPrior("a b", "x", ((0, 1), (2, 3)), (1.0, 2.0), spread=(0.5,))
    with pytest.raises(InputError, match="spread must be a list of numbers, got 'wide'"):
        WordPrior.from_dict(prior_of("a", [1]).to_dict() | {"spread": "wide"})
