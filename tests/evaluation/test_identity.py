"""Which group a text speaks of, how right a model is there, and what priors say of the terms."""

import json
import math

import numpy as np
import pytest

from tutelage.evaluation.identity_groups import accuracy_by_mention, groups_mentioned
from tutelage.evaluation.identity_scores import identity_scores
from tutelage.lessons import WordPrior
from tutelage.lessons.identity_terms import IdentityTerms

TERMS = IdentityTerms({"gender": {"women": ["she"], "men": ["he"]}, "age": {"old": ["elderly"]}})
TEXTS = ["she won", "he won", "she and he won", "it rained"]


class Says:
    classes_ = np.array(["no", "yes"])

    def predict_proba(self, texts):
        return np.array([[0.2, 0.8] if "she" in text else [0.8, 0.2] for text in texts])


def test_every_text_has_one_group_per_axis():
    groups = groups_mentioned(TEXTS, TERMS)
    assert list(groups) == ["gender"]
    assert groups["gender"].tolist() == ["women", "men", "(several)", "(no mention)"]


def test_without_a_mention_there_is_no_column():
    assert groups_mentioned(["it rained"], TERMS).shape == (1, 0)


def test_accuracy_is_measured_group_by_group():
    found = accuracy_by_mention(Says(), TEXTS, ["yes", "yes", "yes", "no"], TERMS, n_bootstrap=20)
    assert {score.group: score.accuracy for score in found} == {
        "women": 1, "men": 0, "(several)": 1, "(no mention)": 1,
    }  # fmt: skip
    assert all(score.is_small and score.n_texts == 1 for score in found)


def test_groups_fit_the_group_metrics_of_tables():
    pytest.importorskip("fairlearn", reason="group metrics need the extra bias")
    from tutelage.evaluation import group_metrics

    texts, labels = TEXTS * 6, ["yes", "no", "no", "no"] * 6
    report = group_metrics(Says(), texts, labels, groups_mentioned(texts, TERMS), n_bootstrap=20)
    assert report.group("gender", "women")["accuracy"].value == 1
    assert report.group("gender", "(several)")["accuracy"].value == 0


def prior(text, scores, label="x"):
    return WordPrior.from_words(text, text.split(), scores, label=label)


def test_scores_are_by_class_and_group_with_the_strongest_first():
    found = identity_scores(
        [prior("she won it", [10, 5, 0]), prior("he won it", [2, 10, 0]), None,
         prior("she won it", [0, 10, 0], "y")],
        TERMS, n_bootstrap=50,
    )  # fmt: skip
    assert [(r.label, r.group, r.share, r.n_texts) for r in found.rows] == [
        ("x", "women", 1.0, 1), ("x", "men", 0.2, 1), ("y", "women", 0.0, 1),
    ]  # fmt: skip
    assert found.rows[0].excess == 0.75
    assert found.n_priors == 3
    assert "gender: women" in found.table()
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_text_with_two_terms_of_a_group_counts_once():
    [row] = identity_scores([prior("she said she won", [4, 0, 0, 8])], TERMS).rows
    assert (row.n_texts, row.share) == (1, 0.25)


def test_an_excess_that_is_there_has_an_interval_above_zero():
    texts = [prior(f"she won {n}", [10, 2, 1]) for n in range(20)]
    [row] = identity_scores(texts, TERMS, n_bootstrap=200).rows
    assert 0 < row.low <= row.excess


def test_no_other_scored_word_leaves_the_excess_unknown():
    [row] = identity_scores([prior("she", [4])], TERMS).rows
    assert math.isnan(row.excess)
    assert math.isnan(row.low)
