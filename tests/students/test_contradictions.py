"""Where the labels contradict the teacher."""

import numpy as np
import pandas as pd
import pytest

from tutelage.lessons import FeaturePrior
from tutelage.students.columns import learn_layout, read_table
from tutelage.students.contradictions import contradicted

CLASSES = ["no", "yes"]


def made(n_rows, seed=0, heavy=False):
    """Return a table of which only ``a``, ``b`` and ``kind`` matter, and its labels."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 3)), columns=["a", "b", "c"])
    frame["kind"] = rng.choice(["x", "y"], n_rows)
    signal = 1.5 * frame["a"] - 1.5 * frame["b"] + 2 * (frame["kind"] == "x") - 1
    if heavy:
        frame[["a", "b"]] = np.exp(frame[["a", "b"]])
    labels = np.where(signal + rng.logistic(size=n_rows) > 0, "yes", "no").astype(object)
    return frame, labels


def asked(frame, labels, scores, **options):
    table = read_table(frame)
    layout = learn_layout(table)
    prior = FeaturePrior.from_scores(scores, scale=10, classes=sorted(set(labels)))
    return contradicted(layout.encode(table), labels, layout, prior, **options)


def names(found):
    return {(one.column, one.category) for one in found}


@pytest.mark.parametrize("heavy", [False, True])
def test_columns_with_the_wrong_sign_are_named_and_right_ones_are_not(heavy):
    scores = {"yes": {"a": -8, "b": -8, "c": 0, "kind": {"x": -5, "y": -5}}}
    found = asked(*made(400, heavy=heavy), scores)
    assert names(found) == {("a", None), ("kind", "x")}
    assert all(one.score < 0 < one.low < one.weight < one.high for one in found)


def test_few_labels_contradict_nobody():
    wrong = {"yes": {"a": -8, "b": 8, "c": 1, "kind": {"x": -5, "y": 5}}}
    assert sum(len(asked(*made(8, seed), wrong)) for seed in range(5)) <= 1


def test_a_column_that_does_not_matter_is_seldom_named():
    named = [asked(*made(200, seed), {"yes": {"c": 8}}) for seed in range(40)]
    assert sum(len(found) > 0 for found in named) <= 6  # one in twenty, by chance


def test_a_teacher_who_was_not_sure_is_not_contradicted():
    assert asked(*made(400), {"yes": {"a": -1}}) == []


def test_a_wider_interval_names_fewer_columns():
    wrong = {"yes": {"a": -8, "b": 8, "kind": {"x": -5, "y": 5}}}
    few, many = (asked(*made(30), wrong, level=level) for level in (0.9999, 0.5))
    assert names(few) < names(many)


def test_a_row_of_weight_two_is_two_rows():
    frame, labels = made(60)
    wrong = {"yes": {"a": -8, "b": 8}}
    table = read_table(frame)
    layout = learn_layout(table)
    prior = FeaturePrior.from_scores(wrong, scale=10, classes=CLASSES)
    rows = layout.encode(table)
    weighed = contradicted(rows, labels, layout, prior, row_weights=np.full(60, 2.0))
    twice = contradicted(np.repeat(rows, 2, axis=0), np.repeat(labels, 2), layout, prior)
    assert [one.column for one in weighed] == [one.column for one in twice]
    assert weighed[0].low == pytest.approx(twice[0].low, abs=1e-3)


def test_each_of_three_classes_is_asked_against_the_others():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=300)})
    labels = np.array(["low", "mid", "top"], dtype=object)[np.digitize(frame["a"], [-0.5, 0.5])]
    found = asked(frame, labels, {"low": {"a": -9}, "mid": {"a": 0}, "top": {"a": -9}})
    assert [one.label for one in found] == ["top"]


def test_a_contradiction_says_what_who_and_how_sure():
    one = asked(*made(400), {"yes": {"kind": {"x": -5}}})[0]
    text = str(one)
    assert text.startswith("The labels contradict the teacher on kind = x: it said -0.50 for yes")
    assert f"{one.low:+.2f} to {one.high:+.2f}" in text
