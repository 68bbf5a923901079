"""Words and the pieces a tokenizer cuts them into, held together by character offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage.errors import InputError

Offsets = Sequence[tuple[int, int]]
NO_WORD = -1


@dataclass(frozen=True)
class Tokens:
    """One text as a model sees it.

    Attributes
    ----------
    ids : (n_tokens,)
        With the special tokens that the tokenizer adds.
    spans : (n_tokens, 2)
        Characters of the text that each token stands for; empty for special tokens.
    truncated
        Whether the end of the text did not fit.
    """

    ids: NDArray[np.int64]
    spans: NDArray[np.int64]
    truncated: bool

    def owners(self, units: Offsets) -> NDArray[np.int64]:
        """Return the unit of each token (n_tokens,), ``-1`` for tokens of no unit.

        A token belongs to the unit with which it shares most characters.
        """
        found = np.full(len(self.ids), NO_WORD, dtype=np.int64)
        if not len(units):
            return found
        edges = np.asarray(units, dtype=np.int64)  # (n_units, 2)
        first = np.searchsorted(edges[:, 1], self.spans[:, 0], side="right")
        last = np.searchsorted(edges[:, 0], self.spans[:, 1], side="left")
        for token in np.flatnonzero(last > first):
            start, end = self.spans[token]
            inside = edges[first[token] : last[token]]
            shared = np.minimum(end, inside[:, 1]) - np.maximum(start, inside[:, 0])
            found[token] = first[token] + int(shared.argmax())
        return found


def tokenise(tokenizer: Any, texts: Sequence[str], max_tokens: int) -> list[Tokens]:
    """Cut every text into at most ``max_tokens`` tokens, special tokens included.

    Raises
    ------
    InputError
        When the tokenizer cannot say where its tokens are.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(
            "the tokenizer must be a fast one, which says where in the text its tokens are, got "
            f"{type(tokenizer).__name__}. Load it with AutoTokenizer from a folder that has "
            "tokenizer.json."
        )
    if not len(texts):
        return []
    whole = tokenizer(
        list(texts),
        add_special_tokens=True,
        truncation=True,
        max_length=max_tokens,
        return_offsets_mapping=True,
        return_overflowing_tokens=True,
    )
    # A text that does not fit comes back in several parts; the first is the one that is used.
    origin = np.asarray(whole["overflow_to_sample_mapping"])
    first = np.searchsorted(origin, np.arange(len(texts)))
    n_parts = np.bincount(origin, minlength=len(texts))
    return [
        Tokens(
            np.asarray(whole["input_ids"][part], dtype=np.int64),
            np.asarray(whole["offset_mapping"][part], dtype=np.int64).reshape(-1, 2),
            bool(n_parts[text] > 1),
        )
        for text, part in enumerate(first)
    ]


def length_buckets(
    lengths: NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> list[NDArray[np.intp]]:
    """Return one pass over all rows as batches of rows of like length, in random order.

    Rows are shuffled, cut into pools of eight batches, and sorted by length within a pool: the
    batches stay random and hold little padding.

    >>> lengths = np.array([3, 9, 3, 9])
    >>> [sorted(lengths[rows].tolist()) for rows in
    ...  length_buckets(lengths, 2, np.random.default_rng(1))]
    [[3, 3], [9, 9]]
    """
    order = generator.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), 8 * batch_size):
        pool = order[start : start + 8 * batch_size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[i : i + batch_size] for i in range(0, len(pool), batch_size)]
    return [batches[i] for i in generator.permutation(len(batches))]


def sorted_batches(lengths: NDArray[np.int64], batch_size: int) -> list[NDArray[np.intp]]:
    """Return all rows in batches, shortest first: for passes in which order does not matter."""
    order = np.argsort(lengths, kind="stable")
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
