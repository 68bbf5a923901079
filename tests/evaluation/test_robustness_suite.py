"""The suite on several models: a fan over strengths, paired differences, texts asked once."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tutelage._words import word_offsets
from tutelage.errors import DataError, InputError
from tutelage.evaluation.attacks import Attack, standard_attacks
from tutelage.evaluation.model_comparison import holm
from tutelage.evaluation.robustness_differences import paired_differences
from tutelage.evaluation.robustness_pairs import PerturbedTexts, perturbed_texts
from tutelage.evaluation.robustness_suite import robustness_suite, suite_of_pairs
from tutelage.evaluation.robustness_suite_result import SuiteResult

TEXTS = [f"{verb} {end}" for verb in ("wake me", "play it") for end in ("at six", "soon", "now")]
LABELS = ["alarm"] * 3 + ["music"] * 3


class Keyword:
    """Says alarm where it reads "wake"; notes what it is asked."""

    classes_ = np.array(["alarm", "music"])

    def __init__(self, word="wake"):
        self.word, self.asked = word, []

    def predict_proba(self, texts):
        self.asked += list(texts)
        yes = np.array([0.9 if self.word in text else 0.2 for text in texts])
        return np.column_stack([yes, 1 - yes])


class Deaf(Keyword):
    """Reads in any case."""

    def predict_proba(self, texts):
        return super().predict_proba([text.lower() for text in texts])


class Explaining(Keyword):
    def word_attributions(self, texts, targets):
        return [(word_offsets(text), np.arange(len(text.split()))) for text in texts]


def shout(text, label, strength, rng):
    """Shout at all of the text when the strength is at least a half."""
    return text.upper() if strength >= 0.5 else text


SHOUT = Attack("shout", "Shouting", "kept", 1.0, shout)


def test_a_line_starts_at_the_clean_accuracy_and_follows_the_strengths():
    found = robustness_suite({"a": Keyword()}, TEXTS, LABELS, [SHOUT], strengths=[0.2, 0.6])
    points = found["a"].fan[0].points
    assert [(p.strength, p.n_changed, p.accuracy) for p in points] == [
        (0.0, 0, 1.0),
        (0.2, 0, 1.0),
        (0.6, 6, 0.5),
        (1.0, 6, 0.5),
    ]
    assert all(p.low <= p.accuracy <= p.high and p.n_rows == 6 for p in points)
    assert found["a"].before_and_after == (1.0, 0.5)


def test_the_table_is_at_the_attacks_own_strength():
    found = robustness_suite({"a": Keyword()}, TEXTS, LABELS, [SHOUT], strengths=[0.2])
    assert found["a"].result["shout"].strength == 1.0
    assert found["a"].result["shout"]["accuracy"].value == 0.5
    assert found["a"].result.model == "a"


def test_no_text_is_asked_twice_whatever_the_attack_or_strength():
    model = Keyword()
    robustness_suite({"a": model}, [*TEXTS, TEXTS[0]], [*LABELS, "alarm"], standard_attacks())
    assert len(model.asked) == len(set(model.asked))


def test_models_are_held_against_the_first_text_by_text():
    models = {"plain": Keyword(), "deaf": Deaf(), "same": Keyword()}
    texts, labels = [f"{text} {n}" for n in range(5) for text in TEXTS], LABELS * 5
    found = robustness_suite(models, texts, labels, [SHOUT], strengths=[])
    by_model = {one.model: one for one in found.differences}
    assert set(by_model) == {"deaf", "same"}
    assert by_model["deaf"].difference == pytest.approx(0.5)
    assert by_model["deaf"].reference == "plain"
    assert by_model["deaf"].verdict == "better"
    assert (by_model["same"].difference, by_model["same"].verdict) == (0, "no clear difference")


def test_differences_are_corrected_together():
    models = {"plain": Keyword(), "deaf": Deaf()}
    attacks = [SHOUT, *standard_attacks(only=["truncation", "word_order"])]
    found = robustness_suite(models, TEXTS, LABELS, attacks, strengths=[], n_bootstrap=400)
    names = [one.attack for one in found.differences]
    assert names == ["", "shout", "word_order", "truncation"]
    alone = [
        robustness_suite(models, TEXTS, LABELS, [one], strengths=[], n_bootstrap=400)
        for one in attacks
    ]
    raw = {suite.differences[0].attack: suite.differences[0].p_holm for suite in alone}
    assert raw["shout"] < found.differences[1].p_holm
    assert found.differences[1].p_holm == pytest.approx(
        holm([found_p(models, attacks), *raw.values()])[1]
    )


def found_p(models, attacks):
    """The p-value of the mean of all attacks, before any correction."""
    from tutelage.evaluation.robustness_pairs import attacked_texts

    pairs = attacked_texts(attacks, TEXTS, LABELS)
    rights = {
        name: np.array(
            [
                model.classes_[model.predict_proba([text])[0].argmax()] == label
                for text, label in zip(pairs.perturbed, pairs.labels, strict=True)
            ],
            float,
        )
        for name, model in models.items()
    }
    one = PerturbedTexts(pairs.clean, pairs.perturbed, pairs.labels, ("all",) * len(pairs))
    return paired_differences(rights, one, {"all": "All"}, 400, 0)[0].p_holm


def test_a_clear_difference_stays_clear_under_many_attacks_with_few_resamples():
    models = {"plain": Keyword(), "deaf": Deaf()}
    shouts = [replace(SHOUT, name=f"shout {n}", title=f"Shout {n}") for n in range(30)]
    texts = [f"{verb} {n}" for verb in ("wake me", "play it") for n in range(30)]
    labels = ["alarm"] * 30 + ["music"] * 30
    found = robustness_suite(models, texts, labels, shouts, strengths=[], n_bootstrap=20)
    assert {one.verdict for one in found.differences} == {"better"}


def test_a_text_is_resampled_with_everything_that_was_made_of_it():
    """Forty copies of one changed text say no more than one: the interval stays a point."""
    pairs = PerturbedTexts(("a b",) * 40, ("b a",) * 40, ("x",) * 40, ("k",) * 40)
    rights = {"plain": np.zeros(40), "taught": np.tile([1.0, 0.0], 20)}
    one = paired_differences(rights, pairs, {"k": "K"}, 200, 0)[0]
    assert (one.difference, one.low, one.high) == (0.5, 0.5, 0.5)


def test_a_model_without_explanations_is_scored_and_says_so():
    models = {"mute": Keyword(), "speaks": Explaining()}
    found = robustness_suite(models, TEXTS, LABELS, standard_attacks(only=["case", "word_order"]))
    assert "mute: Keyword has no word_attributions: scores only" in found["mute"].result.notes[0]
    assert "explanation_drift" not in found["mute"].result["word_order"]
    assert "explanation_drift" in found["speaks"].result["word_order"]
    assert found["speaks"].result.notes == ()
    quiet = robustness_suite(models, TEXTS, LABELS, standard_attacks(only=["case"]), n_explained=0)
    assert quiet["mute"].result.notes == ()


def test_levels_of_ones_own_file_are_one_line():
    frame = pd.DataFrame(
        {
            "clean": ["wake me", "play it", "wake me", "play it", "wake me"],
            "perturbed": ["wake", "play", "me", "it", "wake mi"],
            "label": ["alarm", "music", "alarm", "music", "alarm"],
            "kind": ["missing"] * 4 + ["speech"],
            "level": [0.2, 0.2, 0.5, 0.5, None],
        }
    )
    found = suite_of_pairs({"a": Keyword()}, perturbed_texts(frame, level="level"))
    assert [line.title for line in found["a"].fan] == ["missing"]
    points = found["a"].fan[0].points
    assert [(p.strength, p.accuracy) for p in points] == [(0.0, 1.0), (0.2, 1.0), (0.5, 0.5)]
    assert [one.name for one in found["a"].result.attacks] == [
        "missing 0.2",
        "missing 0.5",
        "speech",
    ]
    assert found["a"].result["missing 0.5"].strength == 0.5


def test_a_result_survives_json():
    attacks = [*standard_attacks(only=["case"]), Attack("no", "No", "kept", 1.0, lambda t, *_: t)]
    found = robustness_suite({"a": Explaining(), "b": Keyword()}, TEXTS, LABELS, attacks)
    text = json.dumps(found.to_dict(), allow_nan=False)
    again = SuiteResult.from_dict(json.loads(text))
    assert again.to_dict() == found.to_dict()
    assert again["a"].result["no"].n_changed == 0


def test_what_cannot_be_measured_says_why():
    case = standard_attacks(only=["case"])
    with pytest.raises(InputError, match=r"strengths must be shares in \(0, 1\], got \[0, 1.5\]"):
        robustness_suite({"a": Keyword()}, TEXTS, LABELS, case, strengths=[0, 0.5, 1.5])
    with pytest.raises(InputError, match="at least one model"):
        robustness_suite({}, TEXTS, LABELS, case)
    with pytest.raises(InputError, match="have classes_ and predict_proba"):
        robustness_suite({"a": object()}, TEXTS, LABELS, case)
    with pytest.raises(DataError, match="No attack changes any of the 1 texts"):
        robustness_suite({"a": Keyword()}, ["12"], ["alarm"], standard_attacks(only=["word_order"]))


def test_only_texts_of_known_labels_can_be_kept():
    pairs = PerturbedTexts(("a", "b"), ("c", "d"), ("x", "y"), ("k", "k"), 3)
    kept = pairs.of_labels(["y"])
    assert (kept.clean, kept.perturbed, kept.n_without_clean) == (("b",), ("d",), 3)
    with pytest.raises(DataError, match=r"the labels are \['x', 'y'\], the classes \['z'\]"):
        pairs.of_labels(["z"])
