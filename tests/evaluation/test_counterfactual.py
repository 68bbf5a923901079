"""Swaps change what they should, intervals hold texts together, and models are compared."""

import json
import math

import numpy as np
import pytest

from tutelage.errors import DataError
from tutelage.evaluation.counterfactual import compare_swaps, counterfactual_swaps
from tutelage.lessons.identity_terms import IdentityTerms

TERMS = IdentityTerms(
    {
        "gender": {"women": ["she"], "men": ["he"]},
        "religion": {"a": ["muslim"], "b": ["christian"], "c": ["hindu"]},
        "ability": {"deaf": ["deaf"]},
    }
)
TEXTS = ["she sang", "he sang", "it rained", "the muslim sang", "the deaf sang"]


class Reader:
    """Says "bad" by how much a word weighs; everything else is even."""

    classes_ = np.array(["bad", "good"])

    def __init__(self, **weights):
        self.weights, self.asked = weights, []

    def predict_proba(self, texts):
        self.asked += texts
        bad = [0.4 + sum(self.weights.get(word, 0) for word in text.split()) for text in texts]
        return np.column_stack([bad, 1 - np.array(bad)])


def swaps(model, texts=TEXTS, **more):
    return counterfactual_swaps(model, texts, TERMS, n_bootstrap=200, **more)


def test_a_model_that_does_not_read_the_terms_never_moves():
    report = swaps(Reader())
    assert {(row.flips.value, row.moved.value) for row in report.rows} == {(0.0, 0.0)}


def test_a_model_that_reads_a_term_moves_by_its_weight_and_flips():
    report = swaps(Reader(muslim=0.3))
    there = report.row("religion", "a", "b")
    assert there.n_texts == 1
    assert there.flips.value == 1
    assert there.moved.value == pytest.approx(0.3)
    assert (there.label, there.toward.value) == ("bad", pytest.approx(-0.3))
    assert report.row("gender").flips.value == 0


def test_a_text_is_told_about_every_other_group_and_counts_once():
    report = swaps(Reader(muslim=0.3, christian=0.3))
    assert report.row("religion").n_texts == 1
    assert report.row("religion").flips.value == 0.5  # the hindu version only


def test_an_axis_without_counterparts_or_mentions_has_no_row():
    assert {row.axis for row in swaps(Reader()).rows} == {"gender", "religion"}
    with pytest.raises(KeyError, match="no text was swapped"):
        swaps(Reader()).row("ability")


def test_texts_are_counted_and_each_version_is_asked_once():
    model = Reader()
    report = swaps(model, [*TEXTS, "he sang"])
    assert (report.n_texts, report.n_mentioning) == (6, 5)
    assert report.n_asked == len(model.asked) == len(set(model.asked)) == 5


def test_no_mention_at_all_is_an_empty_report():
    model = Reader()
    report = swaps(model, ["it rained"])
    assert (report.rows, report.n_mentioning, model.asked) == ((), 0, [])


def test_an_interval_resamples_texts():
    texts = [f"he sang {n}" for n in range(30)] + [f"he drank {n}" for n in range(30)]
    model = Reader()
    model.weights = {"he": 0.0, "drank": 0.0}
    model.predict_proba = lambda listed: np.array(
        [[0.9, 0.1] if "she drank" in text else [0.1, 0.9] for text in listed]
    )
    flips = swaps(model, texts).row("gender").flips
    assert flips.value == 0.5
    assert 0.3 < flips.low < 0.5 < flips.high < 0.7


def test_two_models_are_compared_by_text():
    texts = [f"the muslim sang {n}" for n in range(20)]
    found = compare_swaps(
        Reader(), Reader(muslim=0.3), texts, TERMS, names=("without", "with"), n_bootstrap=200
    )
    flips = found.changes[0]
    assert (flips.measure, flips.change, flips.verdict) == ("flips", -1.0, "less")
    assert "without" in found.table()
    same = compare_swaps(Reader(), Reader(), texts, TERMS, n_bootstrap=50)
    assert {change.verdict for change in same.changes} == {"no clear change"}


def test_what_was_found_is_json_and_a_table():
    report = swaps(Reader(muslim=0.3))
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert values["rows"][0]["axis"] == "gender"
    assert "a -> b" in report.table()
    assert math.isnan(report.row("gender").toward.value)


def test_bad_input_says_what_must_hold():
    with pytest.raises(DataError, match="at least one text"):
        swaps(Reader(), [])
    with pytest.raises(DataError, match="got 'she'"):
        swaps(Reader(), "she")
    with pytest.raises(DataError, match="must be fitted"):
        swaps(object())


def test_a_text_with_more_swaps_weighs_no_more():
    texts = ["the muslim sang", "a christian and a hindu"]  # two swaps, and four
    model = Reader(muslim=0.3)
    model.predict_proba = lambda listed: np.array(
        [
            [0.9, 0.1] if t in ("the christian sang", "the hindu sang") else [0.1, 0.9]
            for t in listed
        ]
    )
    assert swaps(model, texts).row("religion").flips.value == 0.5


def test_odd_capitals_are_no_swap():
    pairs = {(row.group, row.other) for row in swaps(Reader(), ["sHe sang"]).rows}
    assert pairs == {("(any)", "(any)"), ("women", "men")}
