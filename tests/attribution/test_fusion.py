"""Several scorings of a text become one, and what is not known stays unknown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from tutelage._words import word_offsets
from tutelage.attribution.fusion import (
    agreement,
    agreement_weight,
    carried,
    fuse_scores,
    normalised,
    spearman,
)
from tutelage.attribution.words import phrase_offsets
from tutelage.errors import InputError

NAN = float("nan")
scores = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))


def test_the_loudest_source_does_not_drown_the_others():
    quiet, loud = [0.0, 0.1, 0.0], [1000.0, 0.0, 0.0]
    assert fuse_scores([quiet, loud]).scores.tolist() == [0.5, 0.5, 0.0]
    assert fuse_scores([quiet, loud], how="max").scores.tolist() == [1.0, 1.0, 0.0]


def test_evidence_against_the_target_counts_nothing():
    assert fuse_scores([[2.0, -5.0]]).scores.tolist() == [1.0, 0.0]


def test_a_word_that_one_source_left_out_is_decided_by_the_others():
    found = fuse_scores([[NAN, 1.0, NAN], [3.0, 1.0, NAN]]).scores
    # 0.75 from the second alone; (1 + 0.25) / 2 from both; then divided by the sum
    np.testing.assert_allclose(found, [0.75 / 1.375, 0.625 / 1.375, NAN])


def test_weights_say_how_far_a_source_is_relied_on():
    one, two = [1.0, 0.0], [0.0, 1.0]
    assert fuse_scores([one, two], weights=[3, 1]).scores.tolist() == [0.75, 0.25]
    assert fuse_scores([one, two], how="max", weights=[3, 1]).scores.tolist() == [1.0, 1 / 3]
    left_out = fuse_scores([one, [NAN, 1.0]], weights=[0, 1]).scores
    np.testing.assert_array_equal(left_out, [NAN, 1.0])


def test_no_evidence_at_all_is_flagged_and_every_scored_word_counts_alike():
    found = fuse_scores([[0.0, -1.0, NAN], [0.0, 0.0, NAN]])
    assert found.flat
    np.testing.assert_array_equal(found.scores, [0.5, 0.5, NAN])
    assert fuse_scores([[0.0, 0.0]], how="max").scores.tolist() == [1.0, 1.0]


def test_a_silent_source_takes_nothing_from_the_others():
    assert not fuse_scores([[0.0, 0.0], [1.0, 3.0]]).flat
    assert fuse_scores([[0.0, 0.0], [1.0, 3.0]]).scores.tolist() == [0.25, 0.75]


def test_nothing_scored_stays_nothing_and_is_not_called_flat():
    found = fuse_scores([[NAN, NAN]])
    assert np.isnan(found.scores).all()
    assert not found.flat
    assert fuse_scores([[], []]).scores.shape == (0,)


@given(st.integers(1, 4), st.integers(1, 8), st.sampled_from(["mean", "max"]), st.data())
def test_the_result_is_normalised_and_blind_to_scale_and_to_the_order_of_sources(
    n_sources, n_words, how, data
):
    table = [
        data.draw(st.lists(scores, min_size=n_words, max_size=n_words)) for _ in range(n_sources)
    ]
    found = fuse_scores(table, how=how).scores
    assert (found >= 0).all()
    assert (found.sum() if how == "mean" else found.max()) == pytest.approx(1)
    other = fuse_scores([np.multiply(row, 7.0) for row in reversed(table)], how=how).scores
    np.testing.assert_allclose(found, other, atol=1e-9)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=3, max_size=12))
def test_spearman_is_that_of_scipy(pairs):
    a, b = np.array(pairs, dtype=float).T
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(spearman(a, b))
    else:
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


def test_agreement_uses_words_that_both_scored_and_pairs_that_can_be_compared():
    one, two = [1.0, 2.0, 3.0, NAN], [3.0, 2.0, 1.0, 9.0]
    assert agreement([one, two]) == -1.0
    assert agreement([one, two, [5.0, 5.0, 5.0, 5.0]]) == -1.0
    assert np.isnan(agreement([one]))
    assert np.isnan(agreement([[1.0, 2.0], [1.0, 2.0]]))


def test_agreement_becomes_a_weight_between_nothing_and_all():
    assert [agreement_weight(a) for a in (-1.0, 0.0, 1.0, NAN)] == [0.0, 0.5, 1.0, 1.0]


def test_scores_of_phrases_are_shared_out_over_their_words():
    text = "please set an alarm for seven"
    phrases, words = phrase_offsets(text), word_offsets(text)
    found = carried([3.0, 5.0, NAN], phrases, words)
    assert np.nansum(found) == pytest.approx(8)
    assert np.isnan(found[4:]).all()
    assert carried(np.arange(6.0), words, words).tolist() == list(range(6))


def test_scores_of_parts_of_a_word_are_added():
    assert carried([1.0, 2.0], [(0, 3), (3, 5)], [(0, 5)]).tolist() == [3.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), r"one or more lists.*got shapes \[\]"),
        (([[1.0], [1.0, 2.0]],), r"same length, got shapes \[\(1,\), \(2,\)\]"),
        (([[float("inf")]],), "infinite"),
    ],
)
def test_sources_that_cannot_be_combined_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        fuse_scores(*arguments)


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [-1.0, 2.0], [NAN, 1.0]])
def test_weights_that_cannot_be_used_are_told(weights):
    with pytest.raises(InputError, match="one number >= 0 per source, 2, not all 0"):
        fuse_scores([[1.0], [1.0]], weights=weights)


def test_unknown_ways_are_told():
    with pytest.raises(InputError, match="'mean' or 'max', got 'median'"):
        fuse_scores([[1.0]], how="median")
    with pytest.raises(InputError, match="'l1' or 'max', got 'l2'"):
        normalised([1.0], "l2")
