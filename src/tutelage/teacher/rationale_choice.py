"""Which texts get a reason, when only a share of them can: pure functions of what is known."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

from tutelage.errors import InputError


def n_chosen(n_rows: int, share: float) -> int:
    """Return how many rows a share is: the nearest whole number, at least 1 above 0.

    >>> n_chosen(10, 0.33), n_chosen(10, 0.01), n_chosen(10, 0)
    (3, 1, 0)
    """
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    if not is_number or not 0 <= share <= 1:
        raise InputError(f"share must be a number in [0, 1], got {share!r}.")
    return max(1, round(n_rows * share)) if share > 0 and n_rows else 0


def random_rows(n_rows: int, share: float, seed: int = 0) -> tuple[int, ...]:
    """Return random positions, ascending.

    A larger share holds every row of a smaller one, so that raising it pays for the new rows
    only.

    >>> set(random_rows(100, 0.1)) < set(random_rows(100, 0.3))
    True
    """
    return tuple(sorted(_dealt(n_rows, seed)[: n_chosen(n_rows, share)]))


def balanced_rows(labels: Sequence[str | None], share: float, seed: int = 0) -> tuple[int, ...]:
    """Return positions with as equal numbers per class as there are rows, ascending.

    Rows without a label come last: no reason can be given for them.

    >>> labels = ["a"] * 8 + ["b"] * 2
    >>> [labels[row] for row in balanced_rows(labels, 0.4)]
    ['a', 'a', 'b', 'b']
    """
    turn: Counter[str | None] = Counter()
    order: list[tuple[bool, int, int, int]] = []
    for row in _dealt(len(labels), seed):
        turn[labels[row]] += 1
        order.append((labels[row] is None, turn[labels[row]], len(order), row))
    return _first([row for *_, row in sorted(order)], share)


def disagreement_rows(
    answers: Sequence[Sequence[str | None]], share: float, seed: int = 0
) -> tuple[int, ...]:
    """Return the positions whose samples disagree most, ascending; ties are dealt at random.

    Disagreement is the entropy of a row's answers, in nats; a missing verdict counts as an
    answer of its own, and a row with nothing but missing verdicts comes last.

    >>> disagreement_rows([["a", "a"], ["a", "b"], [None, None], ["b", "b"]], 0.25)
    (1,)
    """
    dealt = _dealt(len(answers), seed)
    return _first(sorted(dealt, key=lambda row: -_entropy(answers[row])), share)


def loss_rows(losses: Sequence[float], share: float, seed: int = 0) -> tuple[int, ...]:
    """Return the positions with the largest losses of a student, ascending.

    Parameters
    ----------
    losses
        One number per row, such as minus the log-probability that a student trained on the
        labels alone gives to the row's label. Scores of any other kind do as well: the largest
        are chosen.
    share
        In [0, 1].
    seed
        Deals ties.

    >>> loss_rows([0.1, 2.0, 0.3, 0.2], 0.5)
    (1, 2)
    """
    bad = [row for row, loss in enumerate(losses) if not math.isfinite(loss)]
    if bad:
        raise InputError(
            f"losses must be finite numbers, got {losses[bad[0]]!r} in row {bad[0]} and "
            f"{len(bad) - 1} more like it."
        )
    dealt = _dealt(len(losses), seed)
    return _first(sorted(dealt, key=lambda row: -losses[row]), share)


def _first(order: Sequence[int], share: float) -> tuple[int, ...]:
    return tuple(sorted(order[: n_chosen(len(order), share)]))


def _dealt(n_rows: int, seed: int) -> list[int]:
    rows = list(range(n_rows))
    random.Random(seed).shuffle(rows)
    return rows


def _entropy(answers: Sequence[str | None]) -> float:
    counts = Counter(answers)
    if set(counts) <= {None}:
        return -1.0
    shares = [count / len(answers) for count in counts.values()]
    return -sum(share * math.log(share) for share in shares)
