"""Robustness: figures worked by hand, each text asked once, explanations before and after."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tutelage._words import word_offsets
from tutelage.errors import DataError, InputError
from tutelage.evaluation.attacks import Attack, standard_attacks
from tutelage.evaluation.robustness import robustness, robustness_of_pairs
from tutelage.evaluation.robustness_pairs import (
    PerturbedTexts,
    attacked_texts,
    perturbed_texts,
    rewritten_texts,
)
from tutelage.evaluation.robustness_result import RobustnessResult
from tutelage.lessons import Rewrite

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "perturbed"
WEIGHTS = {"wake": 0.4, "song": -0.4, "please": 0.1, "six": 0.05}


class Words:
    """P(alarm) is 0.5 plus the weights of the words that are there; it notes what it is asked."""

    classes_ = np.array(["alarm", "music"])

    def __init__(self):
        self.asked = []

    def predict_proba(self, texts):
        self.asked += list(texts)
        yes = np.array([0.5 + sum(WEIGHTS.get(w, 0.0) for w in t.split()) for t in texts])
        yes = np.clip(yes, 0, 1)
        return np.column_stack([yes, 1 - yes])


class Explaining(Words):
    """The same; a word's attribution is its weight, with the sign of the class followed."""

    def word_attributions(self, texts, targets):
        return [
            (
                word_offsets(text),
                np.array([WEIGHTS.get(w, 0.0) for w in text.split()])
                * (1 if target == "alarm" else -1),
            )
            for text, target in zip(texts, targets, strict=True)
        ]


def attack_of(changes, name="by_hand"):
    """An attack that replaces whole texts, and leaves others as they are."""
    return Attack(name, "By hand", "kept", 0.5, lambda text, *rest: changes.get(text, text))


TEXTS = ["wake me", "wake him please", "play a song", "song for six"]
LABELS = ["alarm", "alarm", "music", "music"]


def test_the_figures_worked_by_hand():
    """Of three changed texts, all right before, one turns wrong.

    wake me -> me: .9 to .5, which is still the first class; wake him please -> song him please:
    1.0 to .2; play a song -> play a tune: p(music) .9 to .5, and a tie goes to the first class.
    """
    changes = {"wake me": "me", "wake him please": "song him please", "play a song": "play a tune"}
    result = robustness(Words(), TEXTS, LABELS, [attack_of(changes)], n_explained=0)
    found = result["by_hand"]
    assert result.clean.value == 1.0
    assert (found.n_rows, found.n_changed) == (4, 3)
    assert found["accuracy_before"].value == 1.0
    assert found["accuracy"].value == pytest.approx(1 / 3)
    assert found["accuracy_change"].value == pytest.approx(-2 / 3)
    assert found["flips"].value == pytest.approx(2 / 3)
    assert found["confidence_change"].value == pytest.approx(-(0.4 + 0.8 + 0.4) / 3)
    assert found.note == "1 of 4 texts are left out: too short, or nothing to change"
    assert found["flips"].low <= 2 / 3 <= found["flips"].high


def test_a_flip_from_wrong_to_right_raises_accuracy_and_counts_as_a_flip():
    result = robustness(Words(), ["song"], ["alarm"], [attack_of({"song": "wake"})])
    assert result["by_hand"]["accuracy_change"].value == 1.0
    assert result["by_hand"]["flips"].value == 1.0
    assert result.clean.value == 0.0


def test_every_distinct_text_is_asked_once_over_all_attacks():
    model = Words()
    attacks = standard_attacks(seed=1)
    result = robustness(model, TEXTS * 3, LABELS * 3, attacks, batch_size=5)
    assert len(model.asked) == len(set(model.asked)) == result.n_asked
    assert result.n_texts == 4
    assert [one.name for one in result.attacks] == [attack.name for attack in attacks]


def test_the_interval_is_paired():
    """Half of the texts are right before and wrong after, the others wrong and then right.

    Unpaired, the difference would spread twice as far as it does when one text moves alone.
    """
    texts = [f"wake {i}" for i in range(50)] + [f"other {i}" for i in range(50)]
    labels = ["alarm"] * 100
    changes = {text: f"x {text}" for text in texts}
    found = robustness(Words(), texts, labels, [attack_of(changes)])["by_hand"]
    assert found["accuracy_change"].low == found["accuracy_change"].high == 0.0


def test_explanation_drift_worked_by_hand():
    """The words keep their order of importance; or it is turned round: drift 0 and 2."""

    class Turning(Explaining):
        def word_attributions(self, texts, targets):
            turned = super().word_attributions(texts, targets)
            return [
                (units, -scores if "!" in text else scores)
                for text, (units, scores) in zip(texts, turned, strict=True)
            ]

    text = "wake me at six please"
    kept = robustness(Turning(), [text], ["alarm"], [attack_of({text: text + " now"})])
    turned = robustness(Turning(), [text], ["alarm"], [attack_of({text: text + " !"})])
    assert kept["by_hand"]["explanation_drift"].value == pytest.approx(0.0)
    assert turned["by_hand"]["explanation_drift"].value == pytest.approx(2.0)


def test_drift_follows_the_class_that_was_predicted_before():
    """The attack turns the prediction; explained for another class each sign would turn too."""
    text = "wake him at six please"
    changed = "song song him at six please"
    found = robustness(Explaining(), [text], ["alarm"], [attack_of({text: changed})])["by_hand"]
    assert found["flips"].value == 1.0
    assert found["explanation_drift"].value == pytest.approx(0.0)


def test_a_word_that_moved_or_has_other_case_is_still_the_same_word():
    text = "wake me at six please"
    for changed in ("please six at me wake", "WAKE ME AT SIX PLEASE!"):

        class CaseBlind(Explaining):
            def word_attributions(self, texts, targets):
                return [
                    (units, scores)
                    for units, scores in super().word_attributions(
                        [t.lower().replace("!", " ") for t in texts], targets
                    )
                ]

        found = robustness(CaseBlind(), [text], ["alarm"], [attack_of({text: changed})])
        assert found["by_hand"]["explanation_drift"].value == pytest.approx(0.0)


def test_texts_that_share_too_few_words_have_no_drift_and_say_so():
    found = robustness(Explaining(), ["wake me"], ["alarm"], [attack_of({"wake me": "wake us"})])
    drift = found["by_hand"]["explanation_drift"]
    assert np.isnan(drift.value)
    assert drift.note == "no text shares 3 words with its other form"


def test_the_same_texts_are_explained_under_every_attack_and_no_more_than_asked():
    seen = []

    class Noting(Explaining):
        def word_attributions(self, texts, targets):
            seen.extend(texts)
            return super().word_attributions(texts, targets)

    texts = [f"wake {i} me at six please" for i in range(20)]
    attacks = standard_attacks(only=["case", "word_order", "truncation"])
    result = robustness(Noting(), texts, ["alarm"] * 20, attacks, n_explained=4)
    assert len([text for text in seen if text in texts]) == 4
    assert len(seen) == len(set(seen)) == 16
    assert all(one["explanation_drift"].n_rows <= 4 for one in result.attacks)


def test_a_model_without_explanations_is_scored_and_the_result_says_so():
    result = robustness(Words(), TEXTS, LABELS, standard_attacks(only=["case"]))
    assert "explanation_drift" not in result["case"]
    assert any("Words has no word_attributions: scores only" in note for note in result.notes)
    assert "scores only" in result.table()
    given = robustness(
        Words(),
        TEXTS,
        LABELS,
        standard_attacks(only=["word_order"]),
        attributions=Explaining().word_attributions,
    )
    assert "explanation_drift" in given["word_order"]
    assert not given.notes


def test_one_class_in_the_file_is_measured_with_a_warning():
    result = robustness(Words(), ["wake me"], ["alarm"], standard_attacks(only=["case"]))
    assert any("Every text is of the class 'alarm'" in note for note in result.notes)


def test_labels_the_model_does_not_know_are_refused_before_it_is_asked():
    model = Words()
    with pytest.raises(DataError, match=r"among the model's classes .*got also \['weather'\]"):
        robustness(model, TEXTS, [*LABELS[:3], "weather"], standard_attacks())
    assert model.asked == []


def test_an_attack_that_changes_nothing_is_reported_and_the_others_measured():
    attacks = [attack_of({}, "nothing"), attack_of({"wake me": "me"}, "something")]
    result = robustness(Words(), TEXTS, LABELS, attacks)
    assert result["nothing"].estimates == ()
    assert "changed none of the 4 texts" in result["nothing"].note
    assert "nothing was measured" in result.table()
    assert result["something"].n_changed == 1
    with pytest.raises(KeyError, match="'flips' was not measured"):
        result["nothing"]["flips"]
    with pytest.raises(KeyError, match="no attack 'typo'"):
        result["typo"]


def test_texts_that_are_all_too_short_are_refused():
    attacks = standard_attacks(only=["word_deletion", "truncation", "typo_drop"])
    with pytest.raises(DataError, match=r"changes any of the 2 texts \(word_deletion, typo_drop"):
        robustness(Words(), ["a", "b"], ["alarm", "music"], attacks)


@pytest.mark.parametrize(
    ("texts", "labels", "attacks", "message"),
    [
        (["a"], ["alarm", "music"], 1, "got 2 labels for 1 texts"),
        ([], [], 1, "at least one text"),
        ("wake me", ["alarm"] * 7, 1, "got 7 labels for 1 texts"),
        (["a b", None], ["alarm", "music"], 1, "1 of 2 texts are no texts"),
        (["a b"], ["alarm"], 0, "at least one attack, got none"),
        (["a b"], ["alarm"], 2, r"distinct names, got \['case'\] more than once"),
    ],
)
def test_texts_that_cannot_be_attacked_say_why(texts, labels, attacks, message):
    with pytest.raises(DataError, match=message):
        robustness(Words(), texts, labels, standard_attacks(only=["case"]) * attacks)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_explained": -1}, "n_explained must be at least 0, got -1"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"n_bootstrap": 0}, "n_bootstrap must be at least 1, got 0"),
    ],
)
def test_settings_that_cannot_be_used_say_why(settings, message):
    with pytest.raises(InputError, match=message):
        robustness(Words(), TEXTS, LABELS, standard_attacks(only=["case"]), **settings)


def test_a_model_that_is_not_fitted_is_refused():
    with pytest.raises(InputError, match="have classes_ and predict_proba for a list of texts"):
        robustness(object(), TEXTS, LABELS, standard_attacks(only=["case"]))


def test_a_result_survives_json():
    attacks = [*standard_attacks(only=["case", "truncation"]), attack_of({}, "nothing")]
    result = robustness(Explaining(), TEXTS, LABELS, attacks)
    text = json.dumps(result.to_dict(), allow_nan=False)
    again = RobustnessResult.from_dict(json.loads(text))
    assert again.to_dict() == result.to_dict()
    assert again.table() == result.table()


def test_the_table_names_every_attack_with_its_strength():
    lines = robustness(Words(), TEXTS, LABELS, standard_attacks()).table().splitlines()
    assert lines[0].startswith("Clean texts, Accuracy: 1.000")
    assert "strength" in lines[1]
    assert any(line.startswith("Letters swapped") and "0.3" in line for line in lines)


def test_pairs_of_ones_own_are_read_from_a_table():
    frame = pd.DataFrame(
        {
            "before": ["wake me", "wake me", "song", None],
            "after": ["wake me", "wke me", "sng", "x"],
            "y": ["alarm", "alarm", "music", "music"],
            "what": ["clean", "typo", "typo", "typo"],
            "share": [0, 1, 2, 2],
        }
    )
    names = {"clean": "before", "perturbed": "after", "label": "y", "kind": "what"}
    pairs = perturbed_texts(frame, **names, level="share", unperturbed="clean")
    assert pairs.kinds == ("typo 1", "typo 2")
    assert pairs.n_without_clean == 1
    result = robustness_of_pairs(Words(), pairs)
    assert result["typo 1"]["accuracy"].value == 1.0
    assert result["typo 2"]["accuracy"].value == 0.0
    assert [result[f"typo {share}"].strength for share in (1, 2)] == [1.0, 2.0]
    plain = robustness_of_pairs(Words(), perturbed_texts(frame, **names, unperturbed="clean"))
    assert np.isnan(plain["typo"].strength)
    assert "1 rows without the text before were left out." in result.notes


def test_a_table_of_pairs_that_cannot_be_used_says_why():
    frame = pd.DataFrame({"clean": ["a"], "perturbed": [""], "label": [None]})
    with pytest.raises(DataError, match="has no column 'kind'; it has"):
        perturbed_texts(frame)
    with pytest.raises(DataError, match=r"1 of 1 cells of 'perturbed'(.|\n)*of 'label' are empty"):
        perturbed_texts(frame, kind=None)
    with pytest.raises(DataError, match="no row with the text before"):
        perturbed_texts(frame.assign(clean=" "), kind=None)


def test_rewrites_without_their_text_are_left_out_and_counted():
    known = Rewrite("halt now", "stop", "a", "halt")
    pairs = rewritten_texts([known, Rewrite("stand", "stop")])
    assert (pairs.clean, pairs.n_without_clean) == (("halt",), 1)
    with pytest.raises(DataError, match="none of 1 does"):
        rewritten_texts([Rewrite("stand", "stop")])


def test_an_attack_set_can_be_kept_and_read_again():
    pairs = attacked_texts(standard_attacks(only=["case", "truncation"]), TEXTS, LABELS)
    assert perturbed_texts(pairs.to_frame()) == pairs
    assert len(pairs) == 8
    assert isinstance(pairs, PerturbedTexts)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the perturbed data sets are not on this machine")
@pytest.mark.parametrize(
    ("folder", "names", "n_kinds"),
    [
        ("noisy_atis", {"unperturbed": None}, 7),
        ("missing_words_and_speech_errors", {"level": "level", "unperturbed": "clean"}, 12),
    ],
)
def test_recorded_perturbations_are_read(folder, names, n_kinds):
    frame = pd.read_csv(SHARED / folder / "test_perturbed.csv.gz")
    columns = {"clean": "original_text", "perturbed": "text", "kind": "perturbation"}
    pairs = perturbed_texts(frame, **columns, **names)
    assert len(set(pairs.kinds)) == n_kinds
    assert len(pairs) + pairs.n_without_clean == (frame["perturbation"] != "clean").sum()
