"""Every number that shapes the training of a text student, and where the defaults come from."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

REFERENCE_TEXTS = 320
REFERENCE_STEPS = 80
GROWTH = 0.7
FEWEST_STEPS = 60


@dataclass(frozen=True)
class TextSettings:
    """How a text student is trained; see :class:`tutelage.TaughtTextClassifier`."""

    alignment: float = 0.0
    attribution: str = "integrated_gradients"
    path_steps: int = 1
    distance: str = "cosine"
    contrast: bool = False
    ramp: float = 0.2
    guided_share: float = 0.35
    n_steps: int = 80
    batch_size: int = 32
    rows_per_pass: int = 32
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    warm_up: float = 0.1
    dropout: float = 0.0
    train_embeddings: bool = False
    checkpointing: bool = False
    precision: str = "float32"
    patience: int = 3
    seed: int = 0

    def rate(self, step: int) -> float:
        """Return the share of the learning rate at ``step``: linear warm-up, then linear decay.

        >>> [TextSettings(n_steps=10, warm_up=0.2).rate(step) for step in (0, 1, 2, 9)]
        [0.5, 1.0, 1.0, 0.125]
        """
        rising = max(1, round(self.warm_up * self.n_steps))
        if step < rising:
            return (step + 1) / rising
        return (self.n_steps - step) / max(1, self.n_steps - rising)

    def pull(self, step: int) -> float:
        """Return the weight of the alignment at ``step``: 0 at first, then a linear rise.

        The slopes of a head that has not learned anything mean nothing, so a share ``ramp`` of
        the steps goes without; over as many steps more the weight rises to ``alignment``.

        >>> [TextSettings(alignment=1.0, n_steps=10).pull(step) for step in (0, 1, 2, 3, 9)]
        [0.0, 0.0, 0.5, 1.0, 1.0]
        """
        quiet = self.ramp * self.n_steps
        if step < quiet:
            return 0.0
        return self.alignment * min(1.0, (step + 1 - quiet) / max(quiet, 1.0))


def default_steps(n_texts: int) -> int:
    """Return how many steps of 32 texts: 80 for 320 texts, growing with the power 0.7.

    >>> [default_steps(n) for n in (40, 320, 1920, 9000)]
    [60, 80, 280, 827]
    """
    growth = math.pow(n_texts / REFERENCE_TEXTS, GROWTH)
    return max(FEWEST_STEPS, round(REFERENCE_STEPS * growth))


TAKEN_AS_GIVEN = tuple(
    field.name
    for field in fields(TextSettings)
    if field.name not in ("alignment", "n_steps", "seed")
)
