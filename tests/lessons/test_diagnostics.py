"""Each suspicion fires on a prior made for it, and a good prior raises none."""

import numpy as np
import pytest

from tutelage.lessons.diagnostics import diagnose
from tutelage.lessons.feature_prior import FeaturePrior

GOOD = {
    "yes": {
        "age": [6, 7, 6],
        "weight": [2, 2, 3],
        "shoe size": [0, 0, 0],
        "income": [-4, -5, -4],
        "job": {"clerk": [1, 1, 1], "farmer": [-2, -2, -3]},
    }
}


def kinds(scores, **given):
    classes = given.pop("prior_classes", None)
    return [f.kind for f in diagnose(FeaturePrior.from_scores(scores, classes=classes), **given)]


def good_for_classes(n_classes, seed=0):
    rng = np.random.default_rng(seed)
    return {
        f"k{k}": {f"c{i}": [int(s), int(s)] for i, s in enumerate(rng.integers(-8, 9, 10))}
        for k in range(n_classes)
    }


def test_a_good_prior_raises_no_suspicion():
    columns = ["age", "weight", "shoe size", "income", "job"]
    assert kinds(GOOD, columns=columns, classes=["no", "yes"]) == []


def test_good_scores_for_two_opposite_classes_raise_no_suspicion():
    opposite = {"no": {c: [-a for a in v] for c, v in GOOD["yes"].items() if c != "job"}}
    assert kinds({"yes": {c: v for c, v in GOOD["yes"].items() if c != "job"}} | opposite) == []


def test_good_scores_for_three_classes_raise_no_suspicion():
    assert kinds(good_for_classes(3), classes=["k0", "k1", "k2"]) == []


@pytest.mark.parametrize("scores", [{"yes": {}}, {"yes": {"a": None, "b": []}}])
def test_a_prior_without_a_score_is_empty(scores):
    assert kinds(scores) == ["empty"]


def test_nothing_but_zeros_is_noticed():
    assert kinds({"yes": {"a": [0, 0], "b": 0}}) == ["all_zero"]


def test_the_same_score_everywhere_is_noticed():
    assert kinds({"yes": {"a": 5, "b": 5, "c": 5}}) == ["uniform"]


def test_two_equal_scores_are_not_called_uniform():
    assert kinds({"yes": {"a": 5, "b": 5}}) == []


def test_scores_at_the_end_of_the_scale_are_noticed():
    assert kinds({"yes": {"a": 10, "b": -10, "c": 3, "d": 1}}) == ["saturated"]


def test_a_single_score_at_the_end_of_the_scale_is_fine():
    assert kinds({"yes": {"a": 10, "b": -4, "c": 3, "d": 1}}) == []


def test_answers_that_differ_more_than_columns_are_noticed():
    findings = diagnose(
        FeaturePrior.from_scores({"yes": {"a": [-5, 5], "b": [5, -5], "c": [1, 2]}})
    )
    assert [f.kind for f in findings] == ["spread"]
    assert "the teacher is guessing, most of all on 'a', 'b'" in findings[0].message


def test_two_classes_that_are_scored_alike_contradict():
    alike = {"a": 5, "b": -3, "c": 1}
    assert kinds({"no": alike, "yes": alike}) == ["contradictory"]


def test_three_classes_may_share_some_direction():
    scores = {"x": {"a": 5, "b": 2}, "y": {"a": 5, "b": -2}, "z": {"a": -5, "b": 0}}
    assert kinds(scores) == []


def test_a_column_without_a_score_is_noted():
    findings = diagnose(FeaturePrior.from_scores(GOOD), columns=["age", "weight", "height"])
    assert [(f.kind, f.severity, f.names) for f in findings] == [("missing", "note", ("height",))]


def test_most_columns_without_a_score_is_a_warning():
    findings = diagnose(FeaturePrior.from_scores(GOOD), columns=["age", "b", "c", "d"])
    assert [(f.kind, f.severity) for f in findings] == [("missing", "warning")]


def test_an_entry_without_an_answer_is_noted():
    findings = diagnose(FeaturePrior.from_scores({"yes": {"a": 5, "b": 1, "c": None}}))
    assert [(f.kind, f.severity, f.names) for f in findings] == [("missing", "note", ("c",))]


def test_a_class_without_a_score_is_a_warning_from_three_classes_on():
    scores = good_for_classes(2)
    assert kinds(scores, classes=["k0", "k1", "k2"]) == ["missing"]
    assert kinds({"k0": scores["k0"]}, classes=["k0", "k1"]) == []


def test_warnings_come_before_notes():
    findings = diagnose(FeaturePrior.from_scores({"yes": {"a": 0, "b": 0, "c": None}}))
    assert [f.severity for f in findings] == ["warning", "note"]


def test_a_message_names_a_few_and_counts_the_rest():
    columns = ["age", *(f"column {i}" for i in range(6))]
    [finding] = diagnose(FeaturePrior.from_scores(GOOD), columns=columns)
    assert "'column 3' and 2 more" in finding.message
    assert len(finding.names) == 6
