"""Losses of networks: the values by hand, the gradients by finite differences."""

import numpy as np
import pytest
import torch

from tutelage.learning.loop import descend
from tutelage.learning.objectives import (
    input_slopes,
    label_loss,
    mean_slopes,
    misalignment,
    published_distance,
)


def made_network(n_columns=3, n_outputs=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = [(5, n_columns), (5,), (n_outputs, 5), (n_outputs,)]
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_(True)
        for shape in shapes
    ]


def logits_of(parameters):
    first, shift, second, bias = parameters
    return lambda x: torch.tanh(x @ first.T + shift) @ second.T + bias


def made_rows(n_rows=4, n_columns=3):
    return torch.from_numpy(np.random.default_rng(0).normal(size=(n_rows, n_columns)))


TARGET = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
ONES = torch.ones(4, dtype=torch.float64)
PENALTIES = {
    "mean": lambda slopes: misalignment(mean_slopes(slopes, ONES), TARGET).sum(),
    "rows": lambda slopes: misalignment(slopes, TARGET).mean(),
    "published": lambda slopes: published_distance(mean_slopes(slopes, ONES), TARGET).sum(),
    "published by row": lambda slopes: published_distance(slopes, TARGET).mean(),
}
every_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)


@every_penalty
def test_the_gradient_of_a_penalty_matches_finite_differences(penalty):
    parameters, rows = made_network(), made_rows()

    def value():
        return penalty(input_slopes(logits_of(parameters), rows)[1])

    found = torch.autograd.grad(value(), parameters[:3])
    for parameter, gradient in zip(parameters[:3], found, strict=True):
        assert gradient.abs().max() > 1e-6
        flat = parameter.data.view(-1)
        for i in range(len(flat)):
            kept, step = flat[i].item(), 1e-6
            flat[i] = kept + step
            above = value().item()
            flat[i] = kept - step
            below = value().item()
            flat[i] = kept
            slope = (above - below) / (2 * step)
            assert gradient.view(-1)[i].item() == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_a_penalty_reaches_the_weights_in_train_and_in_eval(mode):
    module = torch.nn.Sequential(
        torch.nn.Linear(3, 8), torch.nn.GELU(), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1)
    ).double()
    getattr(module, mode)()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        slopes = input_slopes(module, made_rows())[1]
    misalignment(slopes, TARGET).mean().backward()
    assert module[0].weight.grad.abs().sum() > 0
    assert module[3].weight.grad.abs().sum() > 0


def test_slopes_of_several_outputs_stand_apart():
    weights = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    _, slopes = input_slopes(lambda x: x @ weights.T, torch.zeros(4, 2))
    assert slopes.shape == (3, 4, 2)
    assert torch.equal(slopes[:, 0], weights)


def test_a_mean_slope_hides_what_rows_would_show():
    slopes = torch.tensor([[[1.0, 1.0], [1.0, -1.0]]])
    target = torch.tensor([[1.0, 0.0]])
    assert misalignment(mean_slopes(slopes, torch.ones(2)), target).item() == pytest.approx(0)
    assert misalignment(slopes, target).mean().item() == pytest.approx(1 - 0.5**0.5)


def test_a_row_of_weight_two_is_two_rows_in_the_mean_slope():
    slopes = torch.tensor([[[1.0, 0.0], [0.0, 3.0]]])
    mean = mean_slopes(slopes, torch.tensor([2.0, 1.0]))
    assert mean.tolist() == [[[pytest.approx(2 / 3), 1.0]]]


def test_misalignment_is_free_of_the_number_of_columns():
    narrow = misalignment(torch.ones(1, 1, 8), torch.ones(1, 8) * torch.tensor([1.0, -1.0] * 4))
    wide = misalignment(torch.ones(1, 1, 144), torch.ones(1, 144) * torch.tensor([1.0, -1.0] * 72))
    assert narrow.item() == pytest.approx(wide.item())
    assert narrow.item() == pytest.approx(1.0)


@pytest.mark.parametrize("n_columns", [2, 8, 144])
def test_the_published_distance_is_two_nths_of_the_misalignment(n_columns):
    generator = torch.Generator().manual_seed(0)
    slopes = torch.randn(1, 4, n_columns, generator=generator)
    target = torch.randn(1, n_columns, generator=generator)
    unit = torch.nn.functional.normalize
    by_hand = (unit(slopes, dim=-1) - unit(target, dim=-1)).square().mean(dim=-1)
    assert torch.allclose(published_distance(slopes, target), by_hand, atol=1e-6)
    assert torch.allclose(by_hand, 2 / n_columns * misalignment(slopes, target), atol=1e-6)


def test_an_output_without_a_target_is_not_pulled():
    distance = published_distance(torch.ones(2, 1, 3), torch.tensor([[0.0] * 3, [1.0] * 3]))
    assert distance[0].item() == 0.0


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_the_label_loss_weighs_rows(n_outputs):
    logits, codes = torch.randn(4, n_outputs), torch.tensor([0, 1, 1, 0])
    weighted = label_loss(logits, codes, torch.tensor([1.0, 2.0, 0.0, 1.0]))
    rows = torch.tensor([0, 1, 1, 3])
    assert weighted.item() == pytest.approx(
        label_loss(logits[rows], codes[rows], torch.ones(4)).item()
    )


def test_the_loop_stops_when_the_loss_is_no_number():
    x = torch.tensor([1.0], requires_grad=True)
    with pytest.raises(ArithmeticError, match="must stay finite, got nan in epoch 1 of 3"):
        descend([x], lambda: (x * float("nan")).sum(), 3, learning_rate=0.1)


def test_the_loop_tells_after_every_pass_and_leaves_seed_and_threads_alone():
    x, seen = torch.tensor([1.0], requires_grad=True), []
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    losses = descend([x], lambda: x.square().sum(), 3, learning_rate=0.1, after=seen.append)
    assert seen == [1, 2, 3]
    assert losses == sorted(losses, reverse=True)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads
