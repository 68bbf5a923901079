"""Normalised AOPC: bounds by brute force over orders, and beams that come near them."""

from itertools import permutations

import numpy as np
import pytest

from tutelage._words import word_offsets
from tutelage.attribution.words import hide
from tutelage.errors import InputError
from tutelage.evaluation.naopc import exact_bounds, normalised_aopc, subset_codes


class PairModel:
    """P(yes) depends on words and on pairs of words, at random but always the same."""

    classes_ = ("yes", "no")

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.single, self.pair = rng.normal(size=26), rng.normal(size=(26, 26))

    def predict_proba(self, texts):
        logits = []
        for text in texts:
            codes = [ord(w) - 97 for w in text.split()]
            pairs = self.pair[np.ix_(codes, codes)].sum() if codes else 0.0
            logits.append(self.single[codes].sum() + 0.5 * pairs)
        yes = 1 / (1 + np.exp(-np.array(logits)))
        return np.column_stack([yes, 1 - yes])


def aopc(model, text, order):
    units = word_offsets(text)
    table = model.predict_proba([text])[0]
    code = int(np.argmax(table))
    hidden, drops = [False] * len(units), []
    for unit in order:
        hidden[unit] = True
        shown = hide(text, units, hidden, None)
        drops.append(table[code] - model.predict_proba([shown])[0][code])
    return np.mean(drops)


def test_bounds_are_those_of_all_orders():
    model, text = PairModel(), "c a d b e"
    every = {order: aopc(model, text, order) for order in permutations(range(5))}
    lower, upper = min(every.values()), max(every.values())
    scores = [0.3, 0.9, -1.0, 0.5, 0.1]
    result = normalised_aopc(model, [text], [(word_offsets(text), scores)])
    own = every[1, 3, 0, 4, 2]
    assert result["aopc"].value == pytest.approx(own)
    assert result["normalised_aopc"].value == pytest.approx((own - lower) / (upper - lower))
    backwards = every[2, 4, 0, 3, 1]
    assert result["normalised_sufficiency"].value == pytest.approx(
        (backwards - lower) / (upper - lower)
    )


def test_the_best_order_is_one_and_the_worst_is_nothing():
    model, text = PairModel(1), "c a d b"
    every = sorted(permutations(range(4)), key=lambda order: aopc(model, text, order))
    for order, value in ((every[0], 0.0), (every[-1], 1.0)):
        scores = np.empty(4)
        scores[list(order)] = [4.0, 3.0, 2.0, 1.0]
        result = normalised_aopc(model, [text], [(word_offsets(text), scores)])
        assert result["normalised_aopc"].value == pytest.approx(value)


def test_a_beam_wide_enough_is_exact_and_a_narrow_one_is_near():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdefghij"), 7, replace=False)) for _ in range(8)]
    given = [(word_offsets(t), rng.normal(size=7)) for t in texts]
    exact = normalised_aopc(PairModel(), texts, given)
    wide = normalised_aopc(PairModel(), texts, given, exhaustive_units=0, beam_width=200)
    beam = normalised_aopc(PairModel(), texts, given, exhaustive_units=0)
    assert wide["normalised_aopc"].value == pytest.approx(exact["normalised_aopc"].value)
    assert beam["normalised_aopc"].value == pytest.approx(exact["normalised_aopc"].value, abs=0.02)
    assert beam.n_asked < exact.n_asked * 2


def test_long_and_short_texts_together_are_as_each_alone():
    rng = np.random.default_rng(1)
    texts = ["a b c", "a b c d e f g h i j", "k l"]
    given = [(word_offsets(t), rng.normal(size=len(t.split()))) for t in texts]
    together = normalised_aopc(PairModel(), texts, given)["normalised_aopc"].value
    alone = [
        normalised_aopc(PairModel(), [t], [g])["normalised_aopc"].value
        for t, g in zip(texts, given, strict=True)
    ]
    assert together == pytest.approx(np.mean(alone))


def test_a_surer_model_is_not_more_faithful():
    """Scaling the logits of an additive model moves AOPC and leaves its place as it is."""

    class Additive(PairModel):
        def __init__(self, scale):
            super().__init__()
            self.single, self.pair = np.abs(self.single) * scale, 0 * self.pair

    text = "a b c d"
    scores = Additive(1.0).single[:4]
    calm, sure = (
        normalised_aopc(Additive(scale), [text], [(word_offsets(text), scores)])
        for scale in (0.3, 3.0)
    )
    assert abs(sure["aopc"].value - calm["aopc"].value) > 0.05
    assert calm["normalised_aopc"].value == pytest.approx(1.0)
    assert sure["normalised_aopc"].value == pytest.approx(1.0)


def test_a_text_where_no_order_differs_is_left_out():
    texts = ["a", "a b"]
    given = [(word_offsets(t), np.ones(len(t.split()))) for t in texts]
    found = normalised_aopc(PairModel(), texts, given)["normalised_aopc"]
    assert (found.n_rows, found.note) == (1, "not defined for 1 of 2 texts")


def test_texts_too_long_or_empty_are_skipped_and_counted():
    texts = ["", "a b c", "a b c d e"]
    given = [(word_offsets(t), np.arange(len(t.split()), dtype=float)) for t in texts]
    result = normalised_aopc(PairModel(), texts, given, most_units=4)
    assert (result.n_texts, result.n_skipped) == (1, 2)
    nothing = normalised_aopc(PairModel(), texts[:1], given[:1])
    assert np.isnan(nothing["normalised_aopc"].value)


def test_bounds_of_two_words_by_hand():
    """Hiding the first costs .1, the second .3, both .2: orders give (.1+.2)/2 and (.3+.2)/2."""
    assert exact_bounds(np.array([0.0, 0.1, 0.3, 0.2]), 2) == pytest.approx((0.15, 0.25))
    assert subset_codes(2).astype(int).tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]


def test_numbers_out_of_range_are_told_at_once():
    with pytest.raises(InputError) as told:
        normalised_aopc(PairModel(), ["a"], [(((0, 1),), [1])], exhaustive_units=20, beam_width=0)
    assert len(told.value.problems) == 2
