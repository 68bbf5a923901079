"""The pull of word scores has the gradient of the distance, and costs no second derivative."""

import pytest
import torch
from tests.students.tiny_encoders import ARCHITECTURES, tiny_encoder

from tutelage.attribution.gradients import gradient_x_input, sum_to_words
from tutelage.learning.alignment import DISTANCES, word_distances
from tutelage.students.encoder import TextNetwork
from tutelage.students.guidance import Wanted, pull_along_path, pull_at
from tutelage.students.words import tokenise

TEXTS = ["set alarm for seven", "play my song please", "what is the weather"]
WEIGHTS = torch.tensor([1.0, 0.5, 0.25])
every_architecture = pytest.mark.parametrize("name", ARCHITECTURES)


def made_problem(name, attention="eager"):
    model, tokenizer = tiny_encoder(name, attention=attention)
    torch.manual_seed(1)
    network = TextNetwork(model, torch.nn.Linear(16, 3), "mean", tokenizer)
    tokens = tokenise(tokenizer, TEXTS, 100)
    ids, mask = network.collate(tokens)
    owners = torch.full(ids.shape, -1)
    for row, text in enumerate(tokens):
        spans = [(0, 3), (4, 9), (10, 13), (14, 19)]
        owners[row, : len(text.ids)] = torch.from_numpy(text.owners(spans))
    scores = torch.tensor([[3.0, 1.0, 0.0, 2.0], [0.0, 5.0, 1.0, 0.0], [1.0, 0.0, 0.0, 9.0]])
    known = torch.tensor([[True, True, True, True], [True, True, False, True], [True] * 4])
    return network, ids, mask, Wanted(scores, known, owners, WEIGHTS)


def gold(logits):
    return logits[torch.arange(3).repeat(len(logits) // 3), torch.arange(3)]


def gradients_of(number, network, *, embeddings=False):
    number.backward()
    table = network.model.get_input_embeddings().weight
    chosen = [p for part in network.parts() for p in part.parameters()]
    chosen = [p for p in chosen if embeddings or p is not table]
    slopes = [torch.zeros_like(p) if p.grad is None else p.grad for p in chosen]
    return torch.cat([slope.flatten() for slope in slopes])


def twice_differentiated(name, distance, path_steps=0):
    network, ids, mask, wanted = made_problem(name)
    inputs = network.embed(ids)
    if path_steps == 0:
        tokens = gradient_x_input(
            lambda e: network.logits(e, mask), inputs, torch.arange(3), create_graph=True
        ).tokens
    else:
        base = torch.zeros_like(inputs)
        tokens = 0
        for i in range(path_steps):
            point = base + (i + 0.5) / path_steps * (inputs - base)
            score = gold(network.logits(point, mask)).sum()
            (slope,) = torch.autograd.grad(score, point, create_graph=True)
            tokens = tokens + (slope * (inputs - base)).sum(-1) / path_steps
    words = sum_to_words(tokens, wanted.owners, 4)
    distances = word_distances(words, wanted.scores, wanted.known, distance=distance)
    return gradients_of((WEIGHTS * distances).sum(), network, embeddings=True), distances.detach()


@every_architecture
@pytest.mark.parametrize("distance", DISTANCES)
def test_the_pull_has_the_gradient_of_the_distance(name, distance):
    wanted_gradient, distances = twice_differentiated(name, distance)
    network, ids, mask, wanted = made_problem(name)
    inputs = network.embed(ids)
    pull = pull_at(
        network.logits(inputs, mask),
        inputs,
        gold,
        lambda e: network.logits(e, mask),
        wanted,
        distance=distance,
    )
    found = gradients_of(pull.surrogate, network, embeddings=True)
    assert torch.cosine_similarity(found, wanted_gradient, dim=0) > 0.999
    assert found.norm() / wanted_gradient.norm() == pytest.approx(1, abs=0.03)
    assert pull.distances == pytest.approx(distances, abs=1e-5)


@every_architecture
def test_the_pull_along_a_path_has_the_gradient_of_the_distance(name):
    wanted_gradient, distances = twice_differentiated(name, "cosine", path_steps=3)
    network, ids, mask, wanted = made_problem(name)
    inputs = network.embed(ids)
    pull = pull_along_path(
        inputs,
        torch.zeros_like(inputs),
        gold,
        lambda e, n: network.logits(e, mask.repeat(n, 1)),
        wanted,
        n_steps=3,
    )
    found = gradients_of(pull.surrogate, network, embeddings=True)
    assert torch.cosine_similarity(found, wanted_gradient, dim=0) > 0.999
    assert found.norm() / wanted_gradient.norm() == pytest.approx(1, abs=0.03)
    assert pull.distances == pytest.approx(distances, abs=1e-5)


@pytest.mark.parametrize("name", ["bert", "roberta", "modernbert"])
def test_fused_attention_serves_too(name):
    found = []
    for attention in ("eager", "sdpa"):
        network, ids, mask, wanted = made_problem(name, attention)
        inputs = network.embed(ids)
        logits = network.logits(inputs, mask)
        pull = pull_at(logits, inputs, gold, lambda e: network.logits(e, mask), wanted)  # noqa: B023
        found.append(gradients_of(pull.surrogate, network))
    assert torch.cosine_similarity(*found, dim=0) > 0.9999


def test_middle_layers_are_moved():
    network, ids, mask, wanted = made_problem("bert")
    inputs = network.embed(ids)
    logits = network.logits(inputs, mask)
    pull_at(logits, inputs, gold, lambda e: network.logits(e, mask), wanted).surrogate.backward()
    layer = network.model.encoder.layer[0].attention.self
    assert layer.query.weight.grad.abs().max() > 1e-4


def test_a_text_without_a_known_word_has_no_pull():
    network, ids, mask, wanted = made_problem("bert")
    nothing = Wanted(wanted.scores, torch.zeros_like(wanted.known), wanted.owners, WEIGHTS)
    inputs = network.embed(ids)
    logits = network.logits(inputs, mask)
    pull = pull_at(logits, inputs, gold, lambda e: network.logits(e, mask), nothing)
    assert pull.distances.tolist() == [0, 0, 0]
    assert gradients_of(pull.surrogate, network).abs().max() == 0
