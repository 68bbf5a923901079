"""Attributions: planted weights come back, and a loss on attributions moves the model.

    python benchmarks/attribution.py

Writes benchmarks/results/attribution.md; about a minute. The encoders are tiny random ones of five
architectures, built as in the tests (the test folder of this repository is imported). Seeds: the
number of words for the planted weights, 1 and 7 for the encoders.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import captum.attr  # noqa: E402
import torch  # noqa: E402
from tests.students.test_guidance import (  # noqa: E402
    gold,
    gradients_of,
    made_problem,
    twice_differentiated,
)
from tests.students.tiny_encoders import ARCHITECTURES  # noqa: E402

from tutelage.attribution.masks import masks  # noqa: E402
from tutelage.attribution.surrogate import cosines, surrogate  # noqa: E402
from tutelage.learning.alignment import word_distances  # noqa: E402
from tutelage.students.guidance import pull_at  # noqa: E402

RESULT = REPOSITORY / "benchmarks" / "results" / "attribution.md"
N_TEXTS = 200
MODES, NOISES = ("anchored", "paper", "lime"), (0.0, 0.5)


def planted(n_units: int, mode: str, noise: float) -> np.ndarray:
    """Return the cosine of found and planted weights for texts of ``n_units`` words (n_texts,)."""
    rng = np.random.default_rng(n_units)
    hidden, weights = masks(n_units), 2 * rng.normal(size=(N_TEXTS, n_units))
    drops = weights @ hidden.T
    errors = noise * rng.normal(size=drops.shape)
    errors[:, 0] = 0
    found: np.ndarray = cosines(
        surrogate(hidden, -6.0 - drops + errors, mode=mode).weights, weights
    )
    return found


def planted_lines() -> Iterator[str]:
    yield "## Planted weights"
    yield ""
    yield (
        f"{N_TEXTS} texts a cell, at most 100 masks, ridge 0.1, a scorer that loses a normal "
        "weight (sd 2) per hidden word from a level of -6, with normal noise of the given sd. Mean "
        "cosine of found and planted weights, smallest in brackets."
    )
    yield ""
    names = [f"{mode}, noise {noise:g}" for mode in MODES for noise in NOISES]
    yield "| words | " + " | ".join(names) + " |"
    yield "|" + "---|" * (1 + len(names))
    for n_units in range(3, 13):
        cells = []
        for mode in MODES:
            for noise in NOISES:
                alike = planted(n_units, mode, noise)
                cells.append(f"{alike.mean():.4f} ({alike.min():.3f})")
        yield f"| {n_units} | " + " | ".join(cells) + " |"
    yield ""


def pull_lines() -> Iterator[str]:
    yield "## The gradient of the alignment loss"
    yield ""
    yield (
        "A guided step does not differentiate twice; its gradient over all weights against that of "
        "two differentiations, on tiny random encoders (cosine distance, gradient x input). Last "
        "column: what the same loss on Captum's InputXGradient gives to the weights."
    )
    yield ""
    yield "| architecture | cosine | length, ours / exact | Captum |"
    yield "|---|---|---|---|"
    for name in ARCHITECTURES:
        exact, _ = twice_differentiated(name, "cosine")
        network, ids, mask, wanted = made_problem(name)
        inputs = network.embed(ids)

        def logits_of(moved, network=network, mask=mask):  # type: ignore[no-untyped-def]
            return network.logits(moved, mask)

        pull = pull_at(logits_of(inputs), inputs, gold, logits_of, wanted)
        found = gradients_of(pull.surrogate, network, embeddings=True)
        alike = torch.cosine_similarity(found, exact, dim=0).item()
        length = (found.norm() / exact.norm()).item()
        yield f"| {name} | {alike:.5f} | {length:.4f} | {captum_gradient(name)} |"
    yield ""


def captum_gradient(name: str) -> str:
    """Say what a loss on Captum's attributions gives to a weight in the middle of the model."""
    network, ids, mask, wanted = made_problem(name)
    inputs = network.embed(ids).detach()
    words = captum.attr.InputXGradient(lambda e: network.logits(e, mask)).attribute(
        inputs, target=torch.arange(3)
    )
    tokens = words.sum(-1)[:, : wanted.scores.shape[1]]
    loss = word_distances(tokens, wanted.scores, wanted.known).sum()
    weights = [p for part in network.parts() for p in part.parameters()]
    if not loss.requires_grad:
        return "no graph"
    slopes = torch.autograd.grad(loss, weights, allow_unused=True)
    moved = [slope for slope in slopes if slope is not None and slope.abs().max() > 0]
    return "nothing" if not moved else f"{len(moved)} of {len(weights)} weights move"


def main() -> None:
    lines = ["# Attributions", "", "Made by `python benchmarks/attribution.py`; do not edit.", ""]
    lines += [*planted_lines(), *pull_lines()]
    RESULT.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
