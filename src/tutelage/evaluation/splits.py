"""Paired few-shot splits: the same rows for every model, nested over the number of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tutelage.errors import DataError, InputError
from tutelage.evaluation.predictions import IntArray
from tutelage.lessons import label_name


@dataclass(frozen=True, eq=False)
class Split:
    """One draw of labelled, unlabelled and test rows; the three never overlap.

    Attributes
    ----------
    shots
        Labels per class asked for.
    index
        Number of the draw, from 0. Draws with the same index share their test rows, and the
        labelled rows with fewer shots are the first of those with more.
    train, unlabelled, test
        Row positions. ``unlabelled`` are the rows left over: their labels must not be used.
    capped
        Names of the classes that had fewer than ``shots`` rows left to label; all of those rows
        are in ``train``.
    """

    shots: int
    index: int
    train: IntArray
    unlabelled: IntArray
    test: IntArray
    capped: tuple[str, ...] = ()


def few_shot_splits(
    y: Any,
    shots: Sequence[int],
    n_splits: int,
    test_share: float,
    seed: int,
    *,
    max_test: int | None = None,
    max_unlabelled: int | None = None,
) -> tuple[Split, ...]:
    """Return ``n_splits`` draws for each number of shots, ordered by draw, then shots.

    Every draw keeps a stratified share of the rows for testing, at least one of each class, and
    labels ``shots`` rows of each class among the rest. More splits or other shots leave the
    draws that exist as they are.

    Parameters
    ----------
    y
        (n_rows,) labels, none missing.
    shots
        Labels per class, each >= 1; sorted, doubles removed.
    n_splits
        Draws, >= 1.
    test_share
        Share of each class kept for testing, in (0, 1).
    seed
        Seeds the draws.
    max_test, max_unlabelled
        At most so many test and unlabelled rows, to save time on long tables. ``None``: all.

    Raises
    ------
    DataError
        When there are fewer than two classes, a label is missing, or a class has a single row.

    Examples
    --------
    >>> draws = few_shot_splits(["a", "b"] * 10, shots=[1, 3], n_splits=2, test_share=0.5, seed=0)
    >>> [(s.index, s.shots, len(s.train), len(s.test)) for s in draws]
    [(0, 1, 2, 10), (0, 3, 6, 10), (1, 1, 2, 10), (1, 3, 6, 10)]
    """
    wanted = check_splits(shots, n_splits, test_share)
    codes, names = class_codes(y)
    lone = [name for name, n in zip(names, np.bincount(codes), strict=True) if n < 2]
    if lone:
        raise DataError(
            "Every class needs at least two rows, one to learn from and one to test on; "
            f"{', '.join(map(repr, lone))} has one. Merge it with another class or drop it."
        )
    draws = []
    for index in range(n_splits):
        rng = np.random.default_rng([seed, index])
        order = rng.permutation(len(codes))
        test, pools = _keep_apart(codes, order, len(names), test_share)
        if max_test is not None and len(test) > max_test:
            test = _thin(test, codes, max_test)
        for k in wanted:
            train = _round_robin([pool[:k] for pool in pools])
            rest = order[np.isin(order, np.concatenate([pool[k:] for pool in pools]))]
            short = tuple(name for name, pool in zip(names, pools, strict=True) if len(pool) < k)
            draws.append(Split(k, index, train, rest[:max_unlabelled], np.sort(test), short))
    return tuple(draws)


def class_codes(y: Any) -> tuple[IntArray, tuple[str, ...]]:
    """Return each row's class as a position, and the class names in order.

    >>> class_codes(["b", "a", "b"])
    (array([1, 0, 1]), ('a', 'b'))
    """
    raw, uniques = pd.factorize(np.asarray(y, dtype=object))
    if (raw < 0).any():
        raise DataError(
            f"Every row needs a label; {int((raw < 0).sum())} of {len(raw)} have none. "
            "Drop those rows, or pass them as unlabelled ones."
        )
    names = [label_name(label) for label in uniques]
    order = sorted(set(names))
    if len(order) < 2:
        raise DataError(f"There must be at least two classes, got {order}.")
    position = np.array([order.index(name) for name in names], dtype=np.int64)
    return position[raw], tuple(order)


def check_splits(shots: Sequence[int], n_splits: int, test_share: float) -> list[int]:
    """Return the shots sorted, without doubles; raise when a number cannot be used."""
    wanted = sorted({int(k) for k in shots})
    if not wanted or wanted[0] < 1 or any(int(k) != k for k in shots):
        raise InputError(f"shots must be whole numbers, each at least 1, got {list(shots)!r}.")
    if n_splits < 1:
        raise InputError(f"n_splits must be at least 1, got {n_splits!r}.")
    if not 0 < test_share < 1:
        raise InputError(f"test_share must lie between 0 and 1, got {test_share!r}.")
    return wanted


def _keep_apart(
    codes: IntArray, order: IntArray, n_classes: int, test_share: float
) -> tuple[IntArray, list[IntArray]]:
    """Return the test rows, and per class the rows that may be labelled, in drawn order."""
    test, pools = [], []
    for k in range(n_classes):
        rows = order[codes[order] == k]
        n_test = min(max(1, round(test_share * len(rows))), len(rows) - 1)
        test.append(rows[:n_test])
        pools.append(rows[n_test:])
    return np.concatenate(test), pools


def _thin(test: IntArray, codes: IntArray, size: int) -> IntArray:
    """Keep about ``size`` test rows, stratified, at least one of each class."""
    kept = []
    for k in np.unique(codes[test]):
        rows = test[codes[test] == k]
        kept.append(rows[: max(1, round(size * len(rows) / len(test)))])
    return np.concatenate(kept)


def _round_robin(parts: list[IntArray]) -> IntArray:
    """Deal the parts out in turn, so that fewer shots are the beginning of more."""
    longest = max(len(part) for part in parts)
    dealt = [int(part[i]) for i in range(longest) for part in parts if i < len(part)]
    return np.array(dealt, dtype=np.int64)
