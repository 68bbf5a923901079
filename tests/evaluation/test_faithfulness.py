"""Comprehensiveness and sufficiency: worked by hand, and the same as the loop one would write."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage._words import word_offsets
from tutelage.attribution.words import hide
from tutelage.errors import DataError, InputError
from tutelage.evaluation.faithfulness import DECILES, faithfulness, top_counts, top_masks
from tutelage.evaluation.faithfulness_result import FaithfulnessResult
from tutelage.lessons.word_prior import WordPrior

WEIGHTS = {"a": 0.4, "b": 0.2, "c": 0.1, "d": -0.1}


class AdditiveModel:
    """P(yes) is 0.3 plus the weights of the words that are there; it notes what it is asked."""

    classes_ = np.array(["yes", "no"])

    def __init__(self):
        self.asked = []

    def predict_proba(self, texts):
        self.asked.append(list(texts))
        yes = np.array([0.3 + sum(WEIGHTS.get(w, 0.0) for w in t.split()) for t in texts])
        return np.column_stack([yes, 1 - yes])


def attributed(texts):
    return [
        (word_offsets(t), np.array([WEIGHTS.get(w, 0.0) for w in t.split()], dtype=float))
        for t in texts
    ]


def test_the_golden_example():
    """Five words, weights .4 .2 .1 -.1 0, p(yes) = .9; 20, 40 and 60 % are 1, 2 and 3 words.

    Hidden a / a b / a b c: p falls by .4, .6, .7, mean 17/30.
    Kept   a / a b / a b c: p is .7, .9, 1.0, a fall of .2, 0, -.1, mean 1/30.
    """
    result = faithfulness(AdditiveModel(), ["d c e b a"], attributed(["d c e b a"]))
    assert result["comprehensiveness"].value == pytest.approx(17 / 30)
    assert result["sufficiency"].value == pytest.approx(1 / 30)
    assert [p.comprehensiveness for p in result.curve] == pytest.approx([0.4, 0.6, 0.7])
    assert [p.sufficiency for p in result.curve] == pytest.approx([0.2, 0.0, -0.1])
    assert result.thresholds == (0.2, 0.4, 0.6)


def test_the_predicted_class_is_followed_unless_another_is_given():
    """P(yes) of "d e" is .2, so "no" is predicted with .8, and d speaks for it."""
    units = word_offsets("d e")
    backed = [(units, [1.0, 0.0])]
    predicted = faithfulness(AdditiveModel(), ["d e"], backed, thresholds=[0.5])
    assert predicted["comprehensiveness"].value == pytest.approx(0.1)
    assert predicted.target == "predicted"
    asked = faithfulness(AdditiveModel(), ["d e"], backed, thresholds=[0.5], targets=["yes"])
    assert asked["comprehensiveness"].value == pytest.approx(-0.1)
    assert asked.target == "given"


def test_deletion_and_a_placeholder_ask_different_texts():
    model = AdditiveModel()
    result = faithfulness(model, ["a e"], [(word_offsets("a e"), [1, 0])], thresholds=[0.5])
    assert {t for batch in model.asked for t in batch} == {"a e", "e", "a"}
    assert result.hidden_by == "deletion"
    model = AdditiveModel()
    result = faithfulness(
        model, ["a e"], [(word_offsets("a e"), [1, 0])], thresholds=[0.5], placeholder="[MASK]"
    )
    assert {t for batch in model.asked for t in batch} == {"a e", "[MASK] e", "a [MASK]"}
    assert result.hidden_by == "[MASK]"


@pytest.mark.parametrize(
    ("n_units", "thresholds", "counts"),
    [
        (1, (0.2, 0.4, 0.6), [1, 1, 1]),
        (5, (0.2, 0.4, 0.6), [1, 2, 3]),
        (7, (0.2, 0.4, 0.6), [1, 3, 4]),
        (10, (0.15, 0.25), [2, 3]),
        (10, DECILES, list(range(1, 11))),
    ],
)
def test_a_share_of_the_words_is_rounded_and_at_least_one(n_units, thresholds, counts):
    assert top_counts(n_units, thresholds) == counts


def test_ties_keep_the_order_of_the_text_and_unscored_words_come_last():
    model = AdditiveModel()
    scores = [float("nan"), 1.0, 1.0]
    faithfulness(model, ["x y z"], [(word_offsets("x y z"), scores)], thresholds=[0.34, 0.67])
    asked = {t for batch in model.asked for t in batch}
    assert asked == {"x y z", "x z", "y", "x", "y z"}


def loop(model, texts, attributions, thresholds, placeholder):
    """The measure as one would write it: one perturbed text per call."""
    without, alone = [], []
    for text, (units, scores) in zip(texts, attributions, strict=True):
        table = model.predict_proba([text])[0]
        code = int(np.argmax(table))
        for share in thresholds:
            order = sorted(range(len(units)), key=lambda j: (-scores[j], j))
            top = order[: max(1, int(share * len(units) + 0.5))]
            flags = [j in top for j in range(len(units))]
            gone = hide(text, units, flags, placeholder)
            kept = hide(text, units, [not flag for flag in flags], placeholder)
            without.append(table[code] - model.predict_proba([gone])[0][code])
            alone.append(table[code] - model.predict_proba([kept])[0][code])
    return np.mean(without), np.mean(alone)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from("abcdexy"), min_size=1, max_size=9).map(" ".join),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([None, "___"]),
)
def test_batched_values_are_those_of_the_loop(texts, placeholder):
    thresholds = (0.2, 0.4, 0.6, 0.8, 1.0)
    result = faithfulness(
        AdditiveModel(),
        texts,
        attributed(texts),
        thresholds=thresholds,
        placeholder=placeholder,
        batch_size=7,
        n_bootstrap=10,
    )
    expected = loop(AdditiveModel(), texts, attributed(texts), thresholds, placeholder)
    assert result["comprehensiveness"].value == pytest.approx(expected[0], abs=1e-12)
    assert result["sufficiency"].value == pytest.approx(expected[1], abs=1e-12)


def test_no_text_is_asked_twice_in_one_round_and_batches_hold_like_lengths():
    model = AdditiveModel()
    texts = ["a b", "a b", "a b c d e x y", "b a"]
    faithfulness(model, texts, attributed(texts), batch_size=4, thresholds=DECILES)
    whole, *perturbed = model.asked
    assert sorted(whole) == sorted(set(texts))
    flat = [t for batch in perturbed for t in batch]
    assert len(flat) == len(set(flat))
    assert [len(t) for t in flat] == sorted(len(t) for t in flat)
    assert max(map(len, model.asked)) == 4


def test_a_random_attribution_is_less_faithful_than_the_truth():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.permutation(list("abcdexyz"))) for _ in range(60)]
    true = faithfulness(AdditiveModel(), texts, attributed(texts), n_soft=20)
    drawn = [(units, rng.random(len(units))) for units, _ in attributed(texts)]
    random = faithfulness(AdditiveModel(), texts, drawn, n_soft=20)
    for name in ("comprehensiveness", "soft_comprehensiveness"):
        assert true[name].low > random[name].high - (0.1 if "soft" in name else 0)
    assert true["sufficiency"].high < random["sufficiency"].low
    assert true["soft_sufficiency"].value < random["soft_sufficiency"].value


def test_soft_measures_drop_words_as_often_as_they_are_important():
    """a counts 1 and b a quarter: a is always hidden, b every fourth time."""
    scored = [(word_offsets("a b d"), [4.0, 1.0, -1.0])]
    result = faithfulness(AdditiveModel(), ["a b d"], scored, n_soft=4000)
    assert result["soft_comprehensiveness"].value == pytest.approx(0.4 + 0.2 / 4, abs=0.01)
    # Kept: a always, b sometimes, d never: the fall is .75 * .2 - .1
    assert result["soft_sufficiency"].value == pytest.approx(0.05, abs=0.01)


def test_a_seed_repeats_the_soft_measures():
    texts = ["a b c d", "b a x"]
    values = [
        faithfulness(AdditiveModel(), texts, attributed(texts), n_soft=3, seed=seed).estimates
        for seed in (1, 1, 2)
    ]
    assert values[0] == values[1] != values[2]


def test_texts_without_words_are_skipped_and_counted():
    texts = ["", "a", "  "]
    result = faithfulness(AdditiveModel(), texts, attributed(texts), n_soft=2)
    assert (result.n_texts, result.n_skipped) == (1, 2)
    assert result["comprehensiveness"].value == pytest.approx(0.4)
    nothing = faithfulness(AdditiveModel(), [""], attributed([""]))
    assert np.isnan(nothing["comprehensiveness"].value)
    assert nothing.n_texts == 0


def test_word_priors_are_attributions_too():
    prior = WordPrior.from_words("a e", ["a", "e"], [9, 0], label="yes")
    result = faithfulness(AdditiveModel(), ["a e"], [prior], thresholds=[0.5])
    assert result["comprehensiveness"].value == pytest.approx(0.4)


def test_the_interval_is_over_texts():
    texts = ["a x"] * 50 + ["x a"] * 50
    given = [(units, [1.0, 0.0]) for units, _ in attributed(texts)]
    found = faithfulness(AdditiveModel(), texts, given, thresholds=[0.5])["comprehensiveness"]
    assert found.value == pytest.approx(0.2)  # 0.4 for half of them, 0 for the others
    assert 0.1 < found.low < 0.17
    assert 0.23 < found.high < 0.3
    assert found.n_rows == 100


def test_the_result_names_what_was_evaluated_and_what_was_trained_on():
    units = attributed(["a b"])
    same = faithfulness(AdditiveModel(), ["a b"], units, attribution="ig", trained_on="ig")
    other = faithfulness(AdditiveModel(), ["a b"], units, attribution="lime", trained_on="ig")
    assert "Evaluate with another attribution too" in same.caution
    assert other.caution == ""
    assert "attribution: lime; model trained on: ig" in other.table()


def test_a_result_survives_json():
    for texts in (["a b c"], [""]):
        result = faithfulness(AdditiveModel(), texts, attributed(texts), n_soft=2)
        written = json.dumps(result.to_dict(), allow_nan=False)
        again = FaithfulnessResult.from_dict(json.loads(written))
        assert json.dumps(again.to_dict()) == written
        assert isinstance(again.curve, tuple)


def test_an_unknown_measure_names_the_known():
    result = faithfulness(AdditiveModel(), ["a"], attributed(["a"]))
    with pytest.raises(KeyError, match="'aopc' was not measured; got"):
        result["aopc"]


def test_attributions_that_do_not_fit_are_all_told():
    with pytest.raises(DataError) as told:
        faithfulness(
            AdditiveModel(),
            ["a b", "a", "a b"],
            [([(0, 1)], [1, 2]), ([(0, 5)], [1]), ([(0, 1), (2, 3)], [float("inf"), 0])],
        )
    assert [p.split(":")[0] for p in told.value.problems] == ["text 0", "text 1", "text 2"]


@pytest.mark.parametrize("thresholds", [[], [0.0, 0.5], [1.2], [0.5, 0.2], [0.5, 0.5]])
def test_thresholds_that_are_no_shares_are_told(thresholds):
    with pytest.raises(InputError, match=r"in \(0, 1\], ascending, got"):
        faithfulness(AdditiveModel(), ["a"], attributed(["a"]), thresholds=thresholds)


def test_other_bad_input_is_told():
    with pytest.raises(DataError, match="one attribution per text, at least one, got 0 for 1"):
        faithfulness(AdditiveModel(), ["a"], [])
    with pytest.raises(DataError, match="predict_proba for a list of texts, got object"):
        faithfulness(object(), ["a"], attributed(["a"]))
    with pytest.raises(DataError, match=r"per text, 1, got 1, among them \['maybe'\]"):
        faithfulness(AdditiveModel(), ["a"], attributed(["a"]), targets=["maybe"])


def test_top_masks_hide_the_first_of_the_order():
    assert top_masks([1, 2, 0], [1, 3]).tolist() == [[False, True, False], [True, True, True]]
