"""Distances between contributions and word scores: bounds, scale, missing words."""

import pytest
import torch

from tutelage.learning.alignment import DISTANCES, word_distances

every_distance = pytest.mark.parametrize("distance", DISTANCES)
BOUNDED = [name for name in DISTANCES if name != "kl"]


def drawn(n_texts=50, n_words=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    said, wanted = torch.randn(2, n_texts, n_words, generator=generator)
    known = torch.rand(n_texts, n_words, generator=generator) > 0.3
    return said, wanted, known


@every_distance
def test_neither_side_has_a_scale(distance):
    said, wanted, known = drawn()
    first = word_distances(said, wanted, known, distance=distance)
    second = word_distances(1e3 * said, 1e-2 * wanted, known, distance=distance)
    assert first == pytest.approx(second, abs=1e-4)


@every_distance
def test_words_without_a_score_do_not_count(distance):
    said, wanted, known = drawn()
    first = word_distances(said, wanted, known, distance=distance)
    other = torch.where(known, said, 99.0)
    assert first == pytest.approx(word_distances(other, wanted, known, distance=distance), abs=1e-6)


@pytest.mark.parametrize("distance", BOUNDED)
def test_a_distance_is_from_0_to_2(distance):
    said, wanted, known = drawn()
    found = word_distances(said, wanted, known, distance=distance)
    assert found.min() >= 0
    assert found.max() <= 2
    same = word_distances(wanted, wanted, known, distance=distance)
    assert same == pytest.approx(torch.zeros(50), abs=1e-6)


def test_opposite_directions_are_as_far_as_can_be():
    one = torch.tensor([[1.0, 0.0]])
    both = torch.ones(1, 2, dtype=torch.bool)
    assert word_distances(-one, one, both).item() == pytest.approx(2)


@every_distance
def test_a_text_without_a_score_is_neither_near_nor_far(distance):
    said = torch.ones(1, 3, requires_grad=True)
    nothing = torch.zeros(1, 3)
    found = word_distances(said, nothing, torch.ones(1, 3, dtype=torch.bool), distance=distance)
    found.sum().backward()
    assert found.item() == 0
    assert said.grad.abs().max() == 0


@every_distance
def test_following_the_slope_brings_contributions_nearer(distance):
    said, wanted, known = drawn()
    wanted = wanted.abs()
    said.requires_grad_(True)
    before = word_distances(said, wanted, known, distance=distance)
    (slope,) = torch.autograd.grad(before.sum(), said)
    after = word_distances(said.detach() - 0.01 * slope, wanted, known, distance=distance)
    assert after.sum() < before.sum()
