"""Word priors from a student point at the words that student uses; fuse makes one of several."""

import numpy as np
import pytest

from tutelage.errors import DataError, InputError
from tutelage.lessons.word_prior import WordPrior
from tutelage.students.fused_priors import fuse
from tutelage.students.word_priors import gradient_priors, lime_priors, shap_priors

NAN = float("nan")
WEIGHTS = {"alarm": (2.0, 1.0, 0.0), "set": (1.0, 0.0, 0.0), "play": (-1.0, 0.0, 2.0)}


class WordModel:
    """Three classes; the logits are the sums of the words' weights. It counts its calls."""

    classes_ = np.array(["alarm_set", "alarm_query", "music"])

    def __init__(self):
        self.n_texts = 0

    def predict_proba(self, texts):
        self.n_texts += len(texts)
        logits = np.array(
            [
                np.sum([WEIGHTS.get(w, (0, 0, 0)) for w in t.split()] or [(0, 0, 0)], axis=0)
                for t in texts
            ],
            dtype=float,
        )
        exps = np.exp(logits)
        return exps / exps.sum(axis=1, keepdims=True)

    def word_attributions(self, texts, targets, *, method, n_steps):
        assert method == "gradient_x_input"
        assert n_steps == 20
        code = {name: i for i, name in enumerate(self.classes_)}
        return [
            (
                WordPrior.from_words(t, t.split(), [None] * len(t.split()), label="x").offsets,
                np.array([WEIGHTS.get(w, (0, 0, 0))[code[y]] for w in t.split()]),
            )
            for t, y in zip(texts, targets, strict=True)
        ]


TEXTS = ["set an alarm now", "play the alarm song", "alarm", "", "now"]
LABELS = ["alarm_set", "music", "alarm_query", "music", "music"]


@pytest.mark.parametrize("ask", [lime_priors, shap_priors])
def test_the_words_that_the_model_uses_come_out_on_top(ask):
    priors = ask(WordModel(), TEXTS, LABELS)
    set_alarm = dict(zip(priors[0].words, priors[0].scores, strict=True))
    assert set_alarm["alarm"] > set_alarm["set"] > abs(set_alarm["now"]) + 0.01
    music = dict(zip(priors[1].words, priors[1].scores, strict=True))
    assert music["play"] > 0.1 > 0 > music["alarm"]
    assert [len(prior.scores) for prior in priors] == [4, 4, 1, 0, 1]


def test_shapley_values_sum_to_what_the_words_bring_without_printing_anything(capfd):
    model = WordModel()
    for n_samples in (500, 12):  # every subset, or permutations
        prior = shap_priors(model, TEXTS[:1], LABELS[:1], n_samples=n_samples)[0]
        both = model.predict_proba([TEXTS[0], "___ ___ ___ ___"])[:, 0]
        assert sum(prior.scores) == pytest.approx(both[0] - both[1])
    assert capfd.readouterr() == ("", "")


def test_one_word_alone_gets_a_lime_score_of_one():
    assert lime_priors(WordModel(), ["alarm"], ["music"])[0].scores == (1.0,)


def test_a_repeated_word_keeps_its_places():
    prior = lime_priors(WordModel(), ["alarm or alarm"], ["alarm_set"])[0]
    assert prior.offsets == ((0, 5), (6, 8), (9, 14))
    assert prior.scores[0] == pytest.approx(prior.scores[2], abs=1e-9)


def test_equal_masked_texts_are_asked_once():
    model = WordModel()
    lime_priors(model, ["set an alarm"] * 5, ["alarm_set"] * 5)
    assert model.n_texts == 8


def test_a_seed_repeats_the_scores_and_another_does_not():
    text = ["set an alarm and play the song then set it now please"]
    scores = [
        lime_priors(WordModel(), text, ["alarm_set"], n_samples=60, seed=seed)[0].scores
        for seed in (0, 0, 1)
    ]
    assert scores[0] == scores[1] != scores[2]


def test_gradients_are_those_of_the_model_at_the_label():
    priors = gradient_priors(WordModel(), TEXTS[:2], LABELS[:2], method="gradient_x_input")
    assert priors[1].scores == (2.0, 0.0, 0.0, 0.0)
    assert priors[1].label == "music"
    assert priors[1].source == "gradients"


@pytest.mark.parametrize("ask", [lime_priors, shap_priors, gradient_priors])
def test_labels_that_the_model_does_not_know_are_all_told(ask):
    with pytest.raises(DataError) as told:
        ask(WordModel(), ["a", "b", "c"], ["music", "weather", "news"])
    assert [p.split()[0] for p in told.value.problems] == ["'news'", "'weather'"]


def test_labels_in_the_wrong_number_are_told():
    with pytest.raises(DataError, match="one label per text, got 1 for 2"):
        lime_priors(WordModel(), ["a", "b"], ["music"])


def test_a_model_without_gradients_is_told_what_to_use():
    with pytest.raises(DataError, match=r"got object\. Use lime_priors"):
        gradient_priors(object(), ["a"], ["b"])


def prior(scores, text="set an alarm", label="alarm_set", **more):
    return WordPrior.from_words(text, text.split(), scores, label=label, scale=None, **more)


def test_a_text_is_fused_from_the_sources_that_have_it():
    told = [prior([3.0, 0.0, 1.0], source="ratings"), None, None]
    seen = [prior([0.0, 0.0, 5.0], source="lime"), prior([1.0, 0.0, 0.0], source="lime"), None]
    fused = fuse([told, seen])
    assert fused[0].scores == (0.375, 0.0, 0.625)
    assert fused[1].scores == (1.0, 0.0, 0.0)
    assert fused[2] is None
    assert fused[0].source == "fused"
    assert fused[0].provenance.notes == "mean of ratings, lime; agreement 0.00"


def test_max_keeps_what_any_source_found():
    fused = fuse([[prior([9.0, 0.0, 0.0])], [prior([0.0, 0.0, 0.1])]], how="max")
    assert fused[0].scores == (1.0, 0.0, 1.0)


def test_phrases_meet_words():
    phrases = WordPrior.from_words("set an alarm", ["set", "an alarm"], [1, 7], label="alarm_set")
    fused = fuse([[phrases], [prior([0.0, 0.0, 1.0])]])
    assert fused[0].words == ("set", "an", "alarm")
    np.testing.assert_allclose(sum(fused[0].scores), 1)
    # "an" gets 2 of the 7 characters of its phrase
    np.testing.assert_allclose(fused[0].scores[:2], [0.5 / 8, 0.5 * 2 / 8])


def test_weights_confusables_and_the_weight_of_each_text_are_combined():
    one = prior([1.0, 0.0, 0.0], weight=1.0, confusable=["alarm_query"])
    two = prior([0.0, 0.0, 1.0], weight=0.5, confusable=["music", "alarm_query"])
    fused = fuse([[one], [two]], weights=[3, 1])[0]
    assert fused.scores == (0.75, 0.0, 0.25)
    assert fused.weight == pytest.approx(0.875)
    assert fused.confusable == ("alarm_query", "music")
    assert fuse([[one], [two]], weights=[0, 1])[0].scores == (0.0, 0.0, 1.0)


def test_sources_that_contradict_one_another_can_weigh_less():
    up, down = prior([1.0, 2.0, 3.0]), prior([3.0, 2.0, 1.0])
    assert fuse([[up], [down]], weigh_by_agreement=True)[0].weight == 0.0
    assert fuse([[up], [up]], weigh_by_agreement=True)[0].weight == 1.0
    assert fuse([[up]], weigh_by_agreement=True)[0].weight == 1.0


def test_no_evidence_is_flagged():
    fused = fuse([[prior([0.0, -1.0, 0.0])]])[0]
    assert fused.scores == pytest.approx((1 / 3,) * 3)
    assert "no source found evidence" in fused.provenance.notes


def test_sources_about_different_texts_are_told():
    with pytest.raises(InputError, match="place 1"):
        fuse([[None, prior([1, 1, 1])], [None, prior([1, 1], text="play it")]])
    with pytest.raises(InputError, match="place 0"):
        fuse([[prior([1, 1, 1])], [prior([1, 1, 1], label="music")]])


@pytest.mark.parametrize(
    ("sources", "weights", "message"),
    [
        ([], None, r"lengths \[\]"),
        ([[None], []], None, r"lengths \[1, 0\]"),
        ([[None]], [0.0], "not all 0"),
        ([[None]], [1.0, 1.0], r"per source, 1, .* got \[1.0, 1.0\]"),
    ],
)
def test_sources_that_cannot_be_fused_are_told(sources, weights, message):
    with pytest.raises(InputError, match=message):
        fuse(sources, weights=weights)
