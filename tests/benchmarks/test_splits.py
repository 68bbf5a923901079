"""Splits of the table benchmark are the same for everyone, nested and disjoint."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import splits
from splits import split_rows

LABELS = np.array(["no"] * 300 + ["yes"] * 60)


def test_rows_for_fewer_shots_are_among_those_for_more():
    split = split_rows("toy", LABELS, 3)
    for fewer, more in [(1, 5), (5, 10), (10, 100)]:
        assert set(split.labelled(fewer)) < set(split.labelled(more))


@pytest.mark.parametrize("shots", [1, 10, 100])
def test_test_labelled_and_unlabelled_rows_are_disjoint_and_complete(shots):
    split = split_rows("toy", LABELS, 0)
    parts = [split.test, split.labelled(shots), split.unlabelled(shots)]
    assert sorted(np.concatenate(parts)) == list(range(len(LABELS)))


def test_halves_keep_the_shares_of_the_classes():
    split = split_rows("toy", LABELS, 0)
    assert (LABELS[split.test] == "yes").sum() == 30
    assert [len(rows) for rows in split.pool] == [150, 30]


def test_a_small_class_caps_its_labelled_rows():
    rows = split_rows("toy", LABELS, 0).labelled(100)
    assert (LABELS[rows] == "yes").sum() == 30
    assert (LABELS[rows] == "no").sum() == 100


def test_large_tables_are_cut_to_5000_test_rows_and_5000_in_the_pool():
    split = split_rows("large", np.array(["no", "yes", "no"] * 10_000), 0)
    assert 4998 <= len(split.test) <= 5000
    assert 4998 <= sum(len(rows) for rows in split.pool) <= 5000
    assert not set(split.test) & set(np.concatenate(split.pool))


def test_splits_differ_between_indices_and_tables():
    rows = {tuple(split_rows(*key).test) for key in [("a", LABELS, 0), ("a", LABELS, 1)]}
    assert len(rows | {tuple(split_rows("b", LABELS, 0).test)}) == 3


def test_a_split_is_the_same_in_another_process():
    code = (
        "import numpy as np; from splits import split_rows;"
        "labels = np.array(['no'] * 300 + ['yes'] * 60);"
        "print(split_rows('toy', labels, 3).labelled(5).tolist())"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(Path(splits.__file__).parent),
    }
    output = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True
    ).stdout
    assert json.loads(output) == split_rows("toy", LABELS, 3).labelled(5).tolist()
