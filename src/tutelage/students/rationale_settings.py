"""Every number that shapes the training of a student of labels and reasons, and its checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tutelage.errors import InputError
from tutelage.learning.label_and_rationale import SCHEDULES, explain_weight_at
from tutelage.students.text_parameters import is_count, is_number
from tutelage.students.text_settings import default_steps

MODES = ("multi_task", "single_sequence")
TOKEN_WEIGHTS = ("uniform", "rarity")
PRECISIONS = ("float32", "bfloat16")
CHOICES = {
    "mode": MODES,
    "schedule": SCHEDULES,
    "token_weights": TOKEN_WEIGHTS,
    "precision": PRECISIONS,
}
AT_LEAST_ZERO = ("explain_weight", "task_alignment", "weight_decay")
ABOVE_ZERO = ("learning_rate", "fresh_learning_rate")
SHARES = ("warm_up", "dropout")
COUNTS = (
    "batch_size",
    "rows_per_pass",
    "max_tokens",
    "max_rationale_tokens",
    "patience",
    "decoder_layers",
    "checkpoint_every",
)
FLAGS = ("length_normalised", "train_embeddings", "restart")
TEXTS_PER_STEP = 32  # what default_steps counts with


@dataclass(frozen=True)
class RationaleSettings:
    """How a student is trained; see :class:`tutelage.RationaleStudent`."""

    explain_weight: float = 0.5
    mode: str = "multi_task"
    schedule: str = "constant"
    task_alignment: float = 0.0
    token_weights: str = "uniform"
    learning_rate: float = 1e-4
    fresh_learning_rate: float = 1e-3
    batch_size: int = 32
    rows_per_pass: int = 32
    weight_decay: float = 0.01
    warm_up: float = 0.1
    dropout: float = 0.1
    train_embeddings: bool = False
    precision: str = "float32"
    patience: int = 3
    n_steps: int = 160
    seed: int = 0

    def rate(self, step: int) -> float:
        """Return the share of the learning rate at ``step``: linear warm-up, then linear decay.

        >>> [RationaleSettings(n_steps=10, warm_up=0.2).rate(step) for step in (0, 1, 2, 9)]
        [0.5, 1.0, 1.0, 0.125]
        """
        rising = max(1, round(self.warm_up * self.n_steps))
        if step < rising:
            return (step + 1) / rising
        return (self.n_steps - step) / max(1, self.n_steps - rising)

    def pull(self, step: int) -> float:
        """Return the weight of the reasons at ``step``."""
        return explain_weight_at(step, self.n_steps, self.explain_weight, self.schedule)


TAKEN_AS_GIVEN = tuple(
    field.name for field in fields(RationaleSettings) if field.name not in ("n_steps", "seed")
)


def settings_of(params: Mapping[str, Any], n_texts: int, seed: int) -> RationaleSettings:
    """Return the settings that a student's parameters ask for."""
    steps = params["steps"]
    if steps == "auto":
        steps = round(default_steps(n_texts) * TEXTS_PER_STEP / params["batch_size"])
    given = {name: params[name] for name in TAKEN_AS_GIVEN}
    return RationaleSettings(**given, n_steps=max(1, int(steps)), seed=seed)


def check_rationale_parameters(params: Mapping[str, Any]) -> None:
    """Raise when a parameter cannot be used.

    Raises
    ------
    InputError
        Listing every parameter that is wrong, with its value.

    Examples
    --------
    >>> from tutelage import RationaleStudent
    >>> check_rationale_parameters(RationaleStudent(mode="both", steps=0).get_params())
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: These parameters cannot be used:
      - mode must be one of ['multi_task', 'single_sequence'], got 'both'
      - steps must be "auto" or a whole number from 1, got 0
    """
    problems = [
        f"{name} must be one of {list(allowed)}, got {params[name]!r}"
        for name, allowed in CHOICES.items()
        if params[name] not in allowed
    ]
    for names, fits, words in RULES:
        problems += [
            f"{name} must be {words}, got {params[name]!r}"
            for name in names
            if not fits(params[name])
        ]
    problems += _odd_ones(params)
    if problems:
        raise InputError("These parameters cannot be used:", problems)


def _is_share(value: Any) -> bool:
    return is_number(value) and 0 <= value < 1


RULES = (
    (AT_LEAST_ZERO, lambda x: is_number(x) and x >= 0, "a number of at least 0"),
    (ABOVE_ZERO, lambda x: is_number(x) and x > 0, "a number above 0"),
    (SHARES, _is_share, "a number in [0, 1)"),
    (COUNTS, is_count, "a whole number from 1"),
    (FLAGS, lambda x: isinstance(x, bool), "True or False"),
)


def _odd_ones(params: Mapping[str, Any]) -> list[str]:
    problems = []
    steps, classes = params["steps"], params["classes"]
    if steps != "auto" and not is_count(steps):
        problems.append(f'steps must be "auto" or a whole number from 1, got {steps!r}')
    if params["progress"] is not None and not callable(params["progress"]):
        problems.append(f"progress must be None or a function, got {params['progress']!r}")
    if params["task_alignment"] and params["mode"] == "single_sequence":
        problems.append(
            "task_alignment ties two tasks and must be 0 when mode is 'single_sequence', got "
            f"{params['task_alignment']!r}"
        )
    if classes is not None:
        problems += _problems_of_classes(classes)
    return problems


def _problems_of_classes(classes: Any) -> list[str]:
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        return [f"classes must be None or a list of labels, got {classes!r}"]
    listed = [str(name) for name in classes]
    if len(set(listed)) < 2:
        return [f"classes must hold at least 2 different labels, got {listed}"]
    empty = [name for name in listed if not name.strip()]
    return [f"classes must be labels with words in them, got {empty[0]!r}"] if empty else []
