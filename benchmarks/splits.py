"""Paired splits: the same rows for every method, in every process, on every day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

MOST_ROWS = 5000


@dataclass(frozen=True)
class Split:
    """Row numbers of one repetition on one table.

    Attributes
    ----------
    test
        A stratified random half of the rows, at most 5000; no method sees it while it trains.
    pool
        Per class (sorted), rows outside the test half in random order; at most 5000 together.
    """

    test: np.ndarray
    pool: tuple[np.ndarray, ...]

    def labelled(self, shots: int) -> np.ndarray:
        """First ``shots`` rows of each class, or all where the pool has fewer.

        The rows for fewer shots are among the rows for more.
        """
        return np.concatenate([rows[:shots] for rows in self.pool])

    def unlabelled(self, shots: int) -> np.ndarray:
        """Return the other rows of the pool, in table order so that the order tells no class."""
        return np.sort(np.concatenate([rows[shots:] for rows in self.pool]))


def split_rows(table: str, labels: np.ndarray, index: int) -> Split:
    """Return split ``index`` of ``table``; it depends on these and on nothing else."""
    rng = np.random.default_rng(split_seed(table, index))
    share = min(0.5, MOST_ROWS / len(labels))
    test, pool = [], []
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        count = int(share * len(rows))
        kept = len(rows) - count if share == 0.5 else count
        test.append(rows[:count])
        pool.append(rows[count : count + kept])
    return Split(np.sort(np.concatenate(test)), tuple(pool))


def split_seed(table: str, index: int) -> int:
    """Seed of split ``index`` of ``table``, in [0, 2**31)."""
    digest = hashlib.sha256(f"{table}/{index}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 2**31
