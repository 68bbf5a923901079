"""Matrices of a text record: which classes are confused, and how alike the sources are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.report.shown import number
from tutelage.report.text_facts import AgreementFacts, ConfusedPair

MOST_CLASSES = 8
LEVELS = 5


@dataclass(frozen=True)
class Cell:
    """One cell: a text, a line below it, and how dark it is, 0 to 5; all empty on the diagonal."""

    text: str = ""
    below: str = ""
    level: int = 0


@dataclass(frozen=True)
class Matrix:
    """A square table: its names, and a row of cells per name."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def confusion_matrix(pairs: Sequence[ConfusedPair]) -> Matrix | None:
    """Return errors among the classes that are confused most, plain and taught in one cell.

    ``None`` with fewer than three classes, where the list of pairs says it all.

    >>> told = [("a", "b", 9, 3, 1), ("b", "c", 9, 0, 2)]
    >>> matrix = confusion_matrix([ConfusedPair(*one) for one in told])
    >>> matrix.names, matrix.rows[0][1].text
    (('a', 'b', 'c'), '3 → 1')
    """
    counts: Counter[str] = Counter()
    for pair in pairs:
        for name in (pair.truth, pair.said):
            counts[name] += pair.n_plain + pair.n_taught
    if len(counts) < 3:
        return None
    names = tuple(sorted(sorted(counts, key=lambda one: (-counts[one], one))[:MOST_CLASSES]))
    found = {(pair.truth, pair.said): pair for pair in pairs}
    largest = max(max(pair.n_plain, pair.n_taught) for pair in pairs)

    def cell(truth: str, said: str) -> Cell:
        pair = found.get((truth, said))
        if pair is None:
            return Cell("" if truth == said else "·")
        # shaded by what remains, so that a mended pair is pale
        return Cell(f"{pair.n_plain} → {pair.n_taught}", "", _level(pair.n_taught / largest))

    return Matrix(names, tuple(tuple(cell(one, other) for other in names) for one in names))


def agreement_matrix(pairs: Sequence[AgreementFacts]) -> Matrix | None:
    """Return the correlation of every two sources; ``None`` with fewer than three sources."""
    names = tuple(dict.fromkeys(name for pair in pairs for name in (pair.first, pair.second)))
    if len(names) < 3:
        return None
    found = {frozenset((pair.first, pair.second)): pair for pair in pairs}

    def cell(one: str, other: str) -> Cell:
        pair = found.get(frozenset((one, other)))
        if pair is None or one == other:
            return Cell()
        below = "" if math.isnan(pair.low) else f"{number(pair.low, 2)} to {number(pair.high, 2)}"
        return Cell(number(pair.correlation, 2, signed=True), below, _level(pair.correlation))

    return Matrix(names, tuple(tuple(cell(one, other) for other in names) for one in names))


def _level(share: float) -> int:
    return 0 if math.isnan(share) or share <= 0 else min(LEVELS, math.ceil(LEVELS * share))
