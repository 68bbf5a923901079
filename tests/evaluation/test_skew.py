"""Biased training rows: what is removed, what is reported, and the control."""

import json

import numpy as np
import pandas as pd
import pytest

from tutelage.errors import DataError, InputError
from tutelage.evaluation.skew import PAPER_CONDITIONS, Condition, biased_sample

YOUNG_AND_ILL = Condition("age", "<", 50, "yes")


def people(n=400, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.integers(20, 80, n), "sex": rng.choice(["female", "male"], n)})
    return frame, np.where(rng.random(n) < 0.4, "yes", "no")


def test_every_matching_row_is_removed_and_no_other():
    frame, y = people()
    sample = biased_sample(frame, y, YOUNG_AND_ILL)
    meets = (frame["age"] < 50) & (y == "yes")
    assert sample.removed.tolist() == np.flatnonzero(meets).tolist()
    assert sample.kept.tolist() == np.flatnonzero(~meets).tolist()
    assert sample.n_matching == meets.sum()


@pytest.mark.parametrize("seed", range(5))
def test_the_control_keeps_as_many_rows_of_each_class_and_no_bias(seed):
    frame, y = people(2000, seed)
    sample = biased_sample(frame, y, YOUNG_AND_ILL, seed=seed)
    assert len(sample.control) == len(sample.kept)
    assert np.sum(y[sample.control] == "yes") == np.sum(y[sample.kept] == "yes")
    _, biased, control = sample.shares[0]
    assert biased.class_share == control.class_share
    assert biased.gap < -0.3
    assert abs(control.gap) < 0.1


def test_a_larger_share_removes_the_rows_of_a_smaller_one_and_more():
    frame, y = people()
    sizes, before = [], set()
    for share in (0.0, 0.3, 0.6, 1.0):
        removed = set(biased_sample(frame, y, YOUNG_AND_ILL, share, seed=4).removed.tolist())
        assert before <= removed
        before = removed
        sizes.append(len(removed))
    assert sizes[0] == 0
    assert sizes[1] == round(0.3 * sizes[3])


def test_the_seed_decides_which_rows_go():
    frame, y = people()
    first, again, other = (
        biased_sample(frame, y, YOUNG_AND_ILL, 0.5, seed).removed.tolist() for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_several_conditions_are_joined_by_or():
    frame, y = people()
    conditions = (Condition("sex", "==", "female", "yes"), Condition("sex", "!=", "female", "no"))
    sample = biased_sample(frame, y, conditions)
    female = (frame["sex"] == "female").to_numpy()
    assert (female[sample.removed] == (y[sample.removed] == "yes")).all()
    assert len(sample.shares) == 2
    assert sample.shares[0][1].share_in_group == 0


def test_a_missing_cell_is_in_no_group():
    frame = pd.DataFrame({"sex": ["a", None, "b", "b"], "age": [1.0, np.nan, 3.0, 4.0]})
    assert Condition("sex", "!=", "a", "x").group(frame).tolist() == [False, False, True, True]
    assert Condition("sex", "==", "a", "x").group(frame).tolist() == [True, False, False, False]
    assert Condition("age", "<=", 3, "x").group(frame).tolist() == [True, False, True, False]
    assert Condition("age", ">", 1, "x").group(frame).tolist() == [False, False, True, True]
    assert Condition("age", ">=", 3, "x").group(frame).tolist() == [False, False, True, True]


def test_whole_numbers_match_as_text_too():
    frame = pd.DataFrame({"Sex": [0, 1, 0]})
    assert Condition("Sex", "==", 0, "no").group(frame).tolist() == [True, False, True]
    assert Condition("Sex", "==", "1", "no").group(frame).tolist() == [False, True, False]


def test_the_report_is_plain_values_and_lines():
    frame, y = people()
    sample = biased_sample(frame, y, YOUNG_AND_ILL)
    values = json.loads(json.dumps(sample.to_dict(), allow_nan=False))
    assert values["n_removed"] == len(sample.removed)
    assert values["class_counts"]["yes"][1] < values["class_counts"]["yes"][0]
    assert [s["rows"] for s in values["conditions"][0]["shares"]] == ["all", "biased", "control"]
    assert "control" in sample.table()


def test_the_published_conditions_remove_what_the_paper_counts():
    frame = pd.DataFrame({"Age": [20, 30, 60, 70], "other": 0})
    y = ["yes", "no", "yes", "no"]
    assert biased_sample(frame, y, PAPER_CONDITIONS["diabetes"]).removed.tolist() == [0]
    assert set(PAPER_CONDITIONS) == {
        "diabetes", "breast-ljubljana", "myocardial", "cdc-diabetes", "adult",
    }  # fmt: skip


def test_an_unknown_column_suggests_the_near_name():
    frame, y = people()
    with pytest.raises(DataError, match=r"must have the column 'agee'.*Did you mean 'age'"):
        biased_sample(frame, y, Condition("agee", "<", 50, "yes"))


def test_an_unknown_class_is_refused():
    frame, y = people()
    with pytest.raises(DataError, match=r"among the labels \['no', 'yes'\], got 'ill'"):
        biased_sample(frame, y, Condition("age", "<", 50, "ill"))


def test_text_has_no_order():
    frame, y = people()
    with pytest.raises(DataError, match="compares numbers; column 'sex'"):
        biased_sample(frame, y, Condition("sex", "<", 50, "yes"))


def test_an_unknown_relation_lists_the_known():
    with pytest.raises(InputError, match="one of < <= > >= == !=, got '~'"):
        Condition("age", "~", 50, "yes")


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_outside_0_and_1_is_refused(share):
    frame, y = people()
    with pytest.raises(InputError, match=r"share must lie in \[0, 1\]"):
        biased_sample(frame, y, YOUNG_AND_ILL, share)


def test_no_condition_is_refused():
    frame, y = people()
    with pytest.raises(InputError, match="at least one condition"):
        biased_sample(frame, y, [])


def test_a_class_that_would_vanish_is_refused():
    frame, y = people()
    with pytest.raises(DataError, match="No row of class 'yes' would be left"):
        biased_sample(frame, y, Condition("age", "<", 500, "yes"))


def test_rows_and_labels_must_be_as_many():
    frame, y = people()
    with pytest.raises(DataError, match="same rows, got 400 and 399"):
        biased_sample(frame, y[:-1], YOUNG_AND_ILL)
