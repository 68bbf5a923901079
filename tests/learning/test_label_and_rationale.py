"""The two-task loss: what is missing has no weight, and the parts are what they say."""

import math

import pytest
import torch

from tutelage.errors import InputError
from tutelage.learning.label_and_rationale import (
    example_losses,
    explain_weight_at,
    label_and_rationale_loss,
    rarity_weights,
    state_distances,
    token_losses,
    weighted_mean,
)


def network_and_batch():
    torch.manual_seed(0)
    network = torch.nn.Linear(3, 5)
    inputs = torch.randn(4, 2, 3)  # (n_texts, n_tokens, width)
    targets = torch.randint(0, 5, (4, 2))
    return network, inputs, targets


def loss_of(network, inputs, targets, has_label, has_reason, explain_weight=0.5):
    losses = example_losses(token_losses(network(inputs), targets), torch.ones(targets.shape))
    return label_and_rationale_loss(
        losses,
        losses.flip(0),
        label_weights=torch.tensor(has_label),
        rationale_weights=torch.tensor(has_reason),
        explain_weight=explain_weight,
    )


def gradient_of(part, network):
    (gradient,) = torch.autograd.grad(part, network.weight, allow_unused=True)
    return gradient


def test_missing_reasons_change_neither_the_label_loss_nor_its_gradient():
    network, inputs, targets = network_and_batch()
    some = loss_of(network, inputs, targets, [1.0] * 4, [1.0, 0.0, 1.0, 0.0])
    none = loss_of(network, inputs, targets, [1.0] * 4, [0.0] * 4)
    assert torch.equal(some.labels, none.labels)
    assert torch.equal(gradient_of(some.labels, network), gradient_of(none.labels, network))


def test_without_a_reason_the_gradient_of_the_whole_is_that_of_the_labels():
    network, inputs, targets = network_and_batch()
    parts = loss_of(network, inputs, targets, [1.0] * 4, [0.0] * 4)
    alone = gradient_of(parts.total, network)
    again = loss_of(network, inputs, targets, [1.0] * 4, [0.0] * 4)
    assert torch.equal(alone, gradient_of(again.labels, network))


def test_a_batch_in_which_all_is_missing_has_loss_zero_and_gradient_zero():
    network, inputs, targets = network_and_batch()
    parts = loss_of(network, inputs, targets, [0.0] * 4, [0.0] * 4)
    assert parts.total.item() == 0.0
    assert gradient_of(parts.total, network).abs().sum() == 0


def test_each_mean_is_over_the_texts_that_have_something_to_learn():
    parts = label_and_rationale_loss(
        torch.tensor([2.0, 100.0]),
        torch.tensor([100.0, 6.0]),
        label_weights=torch.tensor([1.0, 0.0]),
        rationale_weights=torch.tensor([0.0, 1.0]),
        explain_weight=0.25,
    )
    assert (parts.labels.item(), parts.rationales.item()) == (2.0, 6.0)
    assert parts.total.item() == 3.5


def test_parts_of_a_batch_add_up_to_the_batch():
    losses, weights = torch.tensor([1.0, 2.0, 6.0]), torch.tensor([1.0, 0.0, 1.0])
    whole = weighted_mean(losses, weights)
    parts = weighted_mean(losses[:2], weights[:2], 2.0) + weighted_mean(losses[2:], weights[2:], 2)
    assert whole.item() == parts.item() == 3.5


def test_a_loss_without_weight_may_be_infinite():
    losses = torch.tensor([[math.inf, 1.0]])
    assert example_losses(losses, torch.tensor([[0.0, 1.0]])).item() == 1.0
    assert weighted_mean(torch.tensor([math.inf, 1.0]), torch.tensor([0.0, 1.0])).item() == 1.0


def test_distances_count_where_label_and_reason_are_both_there():
    parts = label_and_rationale_loss(
        torch.zeros(3),
        torch.zeros(3),
        label_weights=torch.tensor([1.0, 1.0, 0.0]),
        rationale_weights=torch.tensor([1.0, 0.0, 1.0]),
        explain_weight=1.0,
        distances=torch.tensor([0.5, 9.0, 9.0]),
        alignment=2.0,
    )
    assert parts.distances.item() == 0.5
    assert parts.total.item() == 1.0


def test_states_that_point_the_same_way_are_not_apart():
    first = torch.tensor([[1.0, 2.0], [1.0, 0.0]])
    second = torch.tensor([[2.0, 4.0], [-1.0, 0.0]])
    assert state_distances(first, second).tolist() == pytest.approx([0.0, 2.0], abs=1e-6)


def test_a_decaying_weight_keeps_its_mean():
    weights = [explain_weight_at(step, 9, 0.3, "decay") for step in range(9)]
    assert sum(weights) / 9 == pytest.approx(0.3)
    assert weights[-1] == 0.0
    assert explain_weight_at(0, 1, 0.3, "decay") == 0.3


def test_an_unknown_schedule_is_refused():
    with pytest.raises(InputError, match=r"schedule must be one of .* got 'cosine'"):
        explain_weight_at(0, 2, 0.5, "cosine")


def test_rarity_gives_every_reason_the_mean_one():
    for weights in rarity_weights([[1, 2, 3], [1, 1, 4], [1]]):
        assert sum(weights) / len(weights) == pytest.approx(1.0)
    assert rarity_weights([[]]) == [[]]
