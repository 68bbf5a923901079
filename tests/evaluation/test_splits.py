"""Few-shot splits: disjoint, stratified, nested, and stable when more are asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import DataError, InputError
from tutelage.evaluation.splits import class_codes, few_shot_splits

LABELS = np.array(["a"] * 40 + ["b"] * 25 + ["c"] * 6)

tables = st.builds(
    lambda sizes, seed: np.random.default_rng(seed).permutation(
        np.repeat(np.arange(len(sizes)), sizes)
    ),
    st.lists(st.integers(2, 30), min_size=2, max_size=5),
    st.integers(0, 1000),
)


def draws(y=LABELS, shots=(1, 3, 10), n_splits=3, test_share=0.3, seed=0, **caps):
    return few_shot_splits(y, shots, n_splits, test_share, seed, **caps)


def same(first, second):
    parts = ("train", "unlabelled", "test")
    return all(np.array_equal(getattr(first, p), getattr(second, p)) for p in parts)


@settings(max_examples=40, deadline=None)
@given(y=tables, test_share=st.floats(0.05, 0.95), seed=st.integers(0, 99))
def test_every_row_has_exactly_one_role(y, test_share, seed):
    for split in few_shot_splits(y, [1, 4], 2, test_share, seed):
        roles = np.concatenate([split.train, split.unlabelled, split.test])
        assert sorted(roles.tolist()) == list(range(len(y)))


@settings(max_examples=40, deadline=None)
@given(y=tables, test_share=st.floats(0.05, 0.95))
def test_every_class_is_labelled_and_tested(y, test_share):
    for split in few_shot_splits(y, [1, 4], 2, test_share, 0):
        assert set(y[split.train]) == set(y[split.test]) == set(y)
        counts = np.bincount(y[split.train])
        assert counts.max() <= split.shots
        assert len(split.capped) == int((counts < split.shots).sum())


def test_the_test_part_is_stratified():
    for split in draws():
        assert [(LABELS[split.test] == c).sum() for c in "abc"] == [12, 8, 2]


def test_fewer_shots_are_the_beginning_of_more():
    for few, more in zip(draws(), draws()[1:], strict=False):
        if few.index == more.index:
            assert np.array_equal(more.train[: len(few.train)], few.train) or few.capped
            assert set(few.train) < set(more.train)
            assert np.array_equal(few.test, more.test)


def test_labelled_rows_alternate_between_the_classes():
    split = draws()[1]
    assert LABELS[split.train].tolist() == ["a", "b", "c"] * 3


def test_more_splits_leave_the_first_as_they_were():
    assert all(same(a, b) for a, b in zip(draws(n_splits=2), draws(n_splits=5), strict=False))


def test_other_shots_leave_the_draw_as_it_was():
    alone = draws(shots=[3])
    among = [s for s in draws(shots=[1, 3, 5]) if s.shots == 3]
    assert all(same(a, b) for a, b in zip(alone, among, strict=True))


def test_renaming_the_classes_in_order_changes_nothing():
    renamed = np.char.add("class ", LABELS)
    assert all(same(a, b) for a, b in zip(draws(), draws(renamed), strict=True))


def test_another_seed_draws_other_rows():
    assert not any(same(a, b) for a, b in zip(draws(), draws(seed=1), strict=True))


def test_draws_differ_from_one_another():
    tests = {tuple(split.test) for split in draws(n_splits=10)}
    assert len(tests) == 10


def test_shots_come_sorted_and_once():
    assert [s.shots for s in draws(shots=[5, 1, 5], n_splits=1)] == [1, 5]


def test_a_class_with_too_few_rows_is_named():
    capped = {split.shots: split.capped for split in draws()}
    assert capped == {1: (), 3: (), 10: ("c",)}


def test_caps_keep_every_class_and_leave_the_labelled_rows_alone():
    whole, capped = draws(), draws(max_test=6, max_unlabelled=5)
    for a, b in zip(whole, capped, strict=True):
        assert np.array_equal(a.train, b.train)
        assert set(b.test) < set(a.test)
        assert set(LABELS[b.test]) == {"a", "b", "c"}
        assert len(b.unlabelled) == 5


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"shots": []}, r"shots must be whole numbers, each at least 1, got \[\]"),
        ({"shots": [0, 5]}, r"got \[0, 5\]"),
        ({"shots": [2.5]}, r"got \[2.5\]"),
        ({"n_splits": 0}, "n_splits must be at least 1, got 0"),
        ({"test_share": 1.0}, "test_share must lie between 0 and 1, got 1.0"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(changed, message):
    with pytest.raises(InputError, match=message):
        draws(**changed)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a"] * 5, r"at least two classes, got \['a'\]"),
        (["a", "a", "b"], "needs at least two rows.*'b' has one"),
        (["a", "b", None, float("nan")], "2 of 4 have none|2 have none"),
    ],
)
def test_labels_that_cannot_be_split_are_refused(y, message):
    with pytest.raises(DataError, match=message):
        draws(y=np.array(y, dtype=object))


def test_classes_that_differ_only_in_type_are_one_class():
    codes, names = class_codes(np.array([1, 1.0, "1", 2], dtype=object))
    assert names == ("1", "2")
    assert codes.tolist() == [0, 0, 0, 1]
