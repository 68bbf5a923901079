import pytest

from tutelage.errors import InputError
from tutelage.teacher.rationale_choice import (
    balanced_rows,
    disagreement_rows,
    loss_rows,
    n_chosen,
    random_rows,
)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), "half", True])
def test_a_share_is_a_number_from_0_to_1(share):
    with pytest.raises(InputError, match="share must be a number"):
        n_chosen(10, share)


def test_the_same_seed_draws_the_same_rows_and_another_others():
    assert random_rows(50, 0.2, 1) == random_rows(50, 0.2, 1) != random_rows(50, 0.2, 2)
    assert random_rows(5, 0.0) == ()
    assert random_rows(5, 1.0) == (0, 1, 2, 3, 4)


def test_a_larger_share_keeps_the_rows_of_a_smaller_one():
    labels = ["a", "b", None, "a"] * 20
    answers = [["a", "b"], ["a", "a"]] * 40
    for choose in (balanced_rows, disagreement_rows):
        given = labels if choose is balanced_rows else answers
        assert set(choose(given, 0.2)) <= set(choose(given, 0.5))


def test_rows_without_a_label_come_last_where_classes_are_balanced():
    labels = [None] * 5 + ["a"] * 5
    assert balanced_rows(labels, 0.5) == (5, 6, 7, 8, 9)


def test_rows_that_nobody_could_read_are_no_disagreement():
    assert disagreement_rows([[None, None], ["a", "a"]], 0.5) == (1,)
    assert disagreement_rows([["a", None], ["a", "a"]], 0.5) == (0,)


def test_a_loss_that_is_no_number_is_named():
    with pytest.raises(InputError, match="got nan in row 1"):
        loss_rows([0.1, float("nan")], 0.5)
