"""Masks are distinct, seeded, in the stated range, and start with the text as it is."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.attribution.masks import masked_counts, masks, masks_for
from tutelage.errors import InputError

DESIGNS = ("subsets", "paper", "lime")


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 300), st.sampled_from(DESIGNS), st.integers(0, 5))
def test_masks_are_distinct_and_as_many_as_there_can_be(n_units, n_masks, design, seed):
    rows = masks(n_units, n_masks, design=design, seed=seed)
    assert not rows[0].any()
    assert len(np.unique(rows, axis=0)) == len(rows)
    assert rows[1:].any(axis=1).all()
    least, most = masked_counts(n_units, design)
    every_subset = design == "subsets" and 2**n_units - 1 <= n_masks
    if every_subset:
        least, most = 1, n_units
    hidden = rows[1:].sum(axis=1)
    assert ((least <= hidden) & (hidden <= most)).all()
    possible = sum(math.comb(n_units, k) for k in range(least, most + 1)) if n_units else 0
    assert len(rows) == 1 + min(n_masks, possible)


@pytest.mark.parametrize(("n_units", "n_masks"), [(1, 1), (2, 3), (6, 63), (6, 100)])
def test_short_texts_get_every_subset(n_units, n_masks):
    assert len(masks(n_units, n_masks)) == 2**n_units


def test_one_mask_too_few_and_masks_are_drawn_in_the_range_of_the_paper():
    hidden = masks(6, 62)[1:].sum(axis=1)
    assert set(hidden) == {2, 3, 4}


@pytest.mark.parametrize("n_units", [1, 2, 3])
def test_the_shortest_texts_can_be_solved_for_in_the_design_of_the_paper(n_units):
    rows = masks(n_units, design="paper")[1:].astype(float)
    assert np.linalg.matrix_rank(rows) == n_units


@pytest.mark.parametrize("n_units", [12, 30])
@pytest.mark.parametrize("design", ["paper", "lime"])
def test_the_number_of_hidden_words_is_uniform(n_units, design):
    least, most = masked_counts(n_units, design)
    hidden = np.concatenate(
        [masks(n_units, 10, design=design, seed=s)[1:].sum(axis=1) for s in range(300)]
    )
    counts = np.bincount(hidden, minlength=n_units + 1)[least : most + 1]
    expected = counts.sum() / len(counts)
    # There is one way to hide all, and 12 to hide all but one, so those run out at 12 words.
    some = counts[:-2] if design == "lime" else counts
    assert np.abs(some / expected - 1).max() < 0.35


@pytest.mark.parametrize("n_units", [9, 25])
@pytest.mark.parametrize("design", DESIGNS)
def test_fewer_masks_are_the_first_of_more(n_units, design):
    many = masks(n_units, 100, design=design)
    assert (masks(n_units, 40, design=design) == many[:41]).all()


def test_a_seed_repeats_its_masks_and_another_gives_others():
    assert (masks(20, seed=3) == masks(20, seed=3)).all()
    assert (masks(20, seed=3) != masks(20, seed=4)).any()


def test_texts_of_one_length_share_a_design():
    found = masks_for([7, 3, 7, 0])
    assert found[0] is found[2]
    assert [rows.shape[1] for rows in found] == [7, 3, 7, 0]


def test_a_shared_design_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        masks(4)[0, 0] = True


def test_a_long_text_is_no_trouble():
    assert masks(10_000, 100).shape == (101, 10_000)


def test_all_that_cannot_be_used_is_told_at_once():
    with pytest.raises(InputError) as told:
        masks(-1, 0, design="random")
    assert len(told.value.problems) == 3
    assert "got 'random'" in str(told.value)
