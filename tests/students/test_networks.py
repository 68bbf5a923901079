"""Networks in numpy: the same values as torch, and attributions that leave nothing over."""

import numpy as np
import pytest
import torch

from tutelage.errors import ModelFileError
from tutelage.students.bodies import BodyParts, LinearBody
from tutelage.students.mlp import as_tensors, network
from tutelage.students.networks import MlpBody, forward, initial_layers, path_attributions

WIDTHS = [(4, 3), (4, 30, 1), (4, 20, 20, 3), (4, 10, 10, 10, 2)]


def made_layers(widths, seed=0):
    rng = np.random.default_rng(seed)
    return [(3 * weights, 3 * biases) for weights, biases in initial_layers(widths, rng)]


def made_body(widths=(3, 6, 2)):
    start = LinearBody(np.random.default_rng(1).normal(size=(widths[-1], 5)), np.ones(widths[-1]))
    return MlpBody(start, np.array([0, 2, 3]), tuple(made_layers(widths)))


@pytest.mark.parametrize("widths", WIDTHS)
def test_a_network_gives_what_torch_gives(widths):
    layers, rows = made_layers(widths), np.random.default_rng(1).normal(size=(7, 4))
    theirs = network(as_tensors(layers), torch.from_numpy(rows)).detach().numpy()
    assert forward(layers, rows) == pytest.approx(theirs)


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("seed", range(5))
def test_attributions_sum_to_the_change_of_the_output(widths, seed):
    layers, row = made_layers(widths, seed), np.random.default_rng(seed).normal(size=4)
    change = forward(layers, row[None, :])[0] - forward(layers, np.zeros((1, 4)))[0]
    assert path_attributions(layers, row).sum(axis=1) == pytest.approx(change, abs=1e-10)


def test_attributions_are_integrated_gradients():
    layers, row = made_layers((4, 20, 20, 1)), np.array([1.0, -2.0, 0.5, 3.0])
    n_steps = 4000
    points = torch.from_numpy((np.arange(n_steps)[:, None] + 0.5) / n_steps * row)
    points.requires_grad_(True)
    network(as_tensors(layers), points).sum().backward()
    assert path_attributions(layers, row)[0] == pytest.approx(
        row * points.grad.mean(dim=0).numpy(), abs=0.01
    )


def test_a_linear_network_is_explained_by_weight_times_value():
    ((weights, _),) = layers = made_layers((4, 3))
    row = np.array([1.0, -2.0, 0.0, 3.0])
    assert path_attributions(layers, row) == pytest.approx(weights * row)


def test_the_average_row_owes_nothing_to_any_column():
    assert not path_attributions(made_layers((4, 30, 1)), np.zeros(4)).any()


@pytest.mark.parametrize("output", [0, 1])
def test_contributions_of_a_body_sum_to_its_centred_logit(output):
    body, row = made_body(), np.array([0.5, 1.0, -2.0, 0.3, 0.0])
    logits = body.logits(row[None, :])[0]
    numbers, bias = body.contributions(row, output)
    assert numbers.sum() + bias == pytest.approx(logits[output] - logits.mean())
    assert numbers.shape == (5,)


def test_a_body_comes_back_from_its_parts():
    body, rows = made_body(), np.random.default_rng(0).normal(size=(6, 5))
    again = MlpBody.from_parts(body.parts(), 2, 5)
    assert np.array_equal(again.logits(rows), body.logits(rows))


def test_a_body_without_layers_is_its_start():
    body = MlpBody(LinearBody(np.ones((1, 2)), np.zeros(1)), np.array([0, 1]))
    again = MlpBody.from_parts(body.parts(), 1, 2)
    assert again.layers == ()
    assert again.contributions(np.array([2.0, 3.0]), 0)[0].tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("widths", np.array([6.0, 3.0]), "the last 2, got"),
        ("widths", np.array([6.5, 2.0]), "must hold the widths"),
        ("widths", np.array([-6.0, 2.0]), "must hold the widths"),
        ("widths", np.array([np.nan, 2.0]), "must hold the widths"),
        ("widths", np.array([np.inf, 2.0]), "must hold the widths"),
        ("widths", np.full(30, 2.0), "must hold the widths"),
        ("layer.0.weights", np.zeros((3, 6)), r"must have the shape \(6, 3\), got \(3, 6\)"),
        ("layer.1.biases", np.array([0.0, np.inf]), "finite numbers only"),
        ("inputs", np.array([0.0, 2.0, 9.0]), "rising positions below 5"),
        ("inputs", np.array([2.0, 0.0, 3.0]), "rising positions below 5"),
        ("inputs", np.zeros((3, 1)), "must hold a list of positions"),
    ],
)
def test_parts_that_do_not_fit_are_refused(name, value, message):
    arrays = {**made_body().parts().arrays, name: value}
    with pytest.raises(ModelFileError, match=message):
        MlpBody.from_parts(BodyParts(arrays), 2, 5)
