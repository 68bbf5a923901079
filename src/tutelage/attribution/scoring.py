"""Ask a scorer about many perturbed texts: each text once, texts of like length together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tutelage.errors import DataError

FloatArray = NDArray[np.float64]
Scorer = Callable[[list[str]], ArrayLike]

BATCH_SIZE = 256


def scored_once(scorer: Scorer, texts: Sequence[str], batch_size: int = BATCH_SIZE) -> FloatArray:
    """Return the scorer's row for each text (n_texts, n_scores); equal texts are asked once.

    Texts are asked in order of length, ``batch_size`` at a time, so that a scorer which pads a
    batch to its longest text wastes little.

    Parameters
    ----------
    scorer
        Takes a list of texts, returns one row of numbers per text. What it says of a text must
        not depend on the other texts.

    Raises
    ------
    DataError
        When the scorer returns something else than one row of numbers per text.

    Examples
    --------
    >>> asked = []
    >>> def scorer(texts):
    ...     asked.extend(texts)
    ...     return [[len(text)] for text in texts]
    >>> scored_once(scorer, ["wake me", "hi", "wake me"]).tolist(), asked
    ([[7.0], [2.0], [7.0]], ['hi', 'wake me'])
    """
    distinct = sorted(dict.fromkeys(texts), key=len)
    batches = [distinct[i : i + batch_size] for i in range(0, len(distinct), batch_size)]
    rows = np.concatenate([_rows(scorer, batch) for batch in batches] or [np.zeros((0, 0))])
    order = {text: i for i, text in enumerate(distinct)}
    found: FloatArray = rows[[order[text] for text in texts]]
    return found


def _rows(scorer: Scorer, texts: list[str]) -> FloatArray:
    rows = np.asarray(scorer(texts), dtype=np.float64)
    if rows.ndim != 2 or len(rows) != len(texts):
        raise DataError(
            f"A scorer must return one row of numbers per text, {len(texts)} rows, got an array "
            f"of shape {rows.shape}."
        )
    return rows
