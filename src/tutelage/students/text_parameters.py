"""Checks of a text student's parameters: all problems at once, before any text is read."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any

from tutelage.errors import InputError
from tutelage.learning.alignment import DISTANCES
from tutelage.students.encoder import POOLINGS

ATTRIBUTIONS = ("gradient_x_input", "integrated_gradients")
HEAD_STARTS = ("centroids", "random")
PRECISIONS = ("float32", "bfloat16")
CHOICES = {
    "attribution": ATTRIBUTIONS,
    "distance": DISTANCES,
    "pooling": POOLINGS,
    "head_start": HEAD_STARTS,
    "precision": PRECISIONS,
}
SHARES = ("ramp", "dropout", "warm_up", "label_smoothing")
POSITIVE = ("learning_rate", "head_learning_rate")
COUNTS = ("path_steps", "batch_size", "rows_per_pass", "max_tokens", "patience")
FLAGS = ("contrast", "train_embeddings", "checkpointing")


def check_text_parameters(params: Mapping[str, Any]) -> None:
    """Raise when a parameter cannot be used.

    Raises
    ------
    InputError
        Listing every parameter that is wrong, with its value.

    Examples
    --------
    >>> from tutelage import TaughtTextClassifier
    >>> check_text_parameters(TaughtTextClassifier(ramp=2).get_params())
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: These parameters cannot be used:
      - ramp must be a number in [0, 1), got 2
    """
    problems = [
        f"{name} must be one of {list(allowed)}, got {params[name]!r}"
        for name, allowed in CHOICES.items()
        if params[name] not in allowed
    ]
    problems += [
        f"{name} must be a number in [0, 1), got {params[name]!r}"
        for name in SHARES
        if not (is_number(params[name]) and 0 <= params[name] < 1)
    ]
    problems += [
        f"{name} must be a number above 0, got {params[name]!r}"
        for name in POSITIVE
        if not (is_number(params[name]) and params[name] > 0)
    ]
    problems += [
        f"{name} must be a whole number from 1, got {params[name]!r}"
        for name in COUNTS
        if not is_count(params[name])
    ]
    problems += [
        f"{name} must be True or False, got {params[name]!r}"
        for name in FLAGS
        if not isinstance(params[name], bool)
    ]
    problems += _other_problems(params)
    if problems:
        raise InputError("These parameters cannot be used:", problems)


def _other_problems(params: Mapping[str, Any]) -> list[str]:
    problems = []
    alignment, steps = params["alignment"], params["steps"]
    if alignment != "auto" and not (is_number(alignment) and alignment >= 0):
        problems.append(f'alignment must be "auto" or a number of at least 0, got {alignment!r}')
    if steps != "auto" and not is_count(steps):
        problems.append(f'steps must be "auto" or a whole number from 1, got {steps!r}')
    share = params["guided_share"]
    if not (is_number(share) and 0 < share <= 1):
        problems.append(f"guided_share must be a number in (0, 1], got {share!r}")
    decay = params["weight_decay"]
    if not (is_number(decay) and decay >= 0):
        problems.append(f"weight_decay must be a number of at least 0, got {decay!r}")
    held = params["validation"]
    if held is not None and not (is_number(held) and 0 < held < 1):
        problems.append(f"validation must be None or a number in (0, 1), got {held!r}")
    if params["progress"] is not None and not callable(params["progress"]):
        problems.append(f"progress must be None or a function, got {params['progress']!r}")
    return problems


def is_number(value: Any) -> bool:
    """Return whether ``value`` is a finite number and no boolean."""
    is_real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_real and math.isfinite(value)


def is_count(value: Any) -> bool:
    """Return whether ``value`` is a whole number from 1."""
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return is_whole and int(value) >= 1
