"""How each encoded column pushes on average, for every kind of student.

A column of numbers acts through its straight line and its curves; a network or trees have no
weight at all. But every student says exactly what a column adds to one row. The least-squares
slope, through the average row, of what a column adds on its standardised value is its weight
where it acts in a straight line, and the nearest thing to one where it does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tutelage.students.bodies import Body, LinearBody

Array = NDArray[np.float64]

MOST_ROWS = 200  # explaining one row of a network takes about a millisecond


def slopes_over(body: Body, encoded: Array, parents: NDArray[np.intp]) -> Array:
    """Return the slopes (n_outputs, n_encoded) over encoded rows (n_rows, n_encoded).

    Parameters
    ----------
    encoded
        At most 200 rows, evenly spaced, are looked at. A column that is 0 in all has slope 0.
    parents : (n_encoded,)
        For a curve the position of its straight column, else a column's own. What a curve adds
        counts for its parent; its own slope is 0.

    Examples
    --------
    >>> body = LinearBody(np.array([[2.0, -1.0, 0.5]]), np.array([0.5]))
    >>> rows = np.array([[1.0, 0.5, 1.0], [-1.0, 1.0, -1.0]])
    >>> slopes_over(body, rows, np.array([0, 1, 0])).tolist()
    [[2.5, -1.0, 0.0]]
    """
    step = -(-len(encoded) // MOST_ROWS)
    rows = encoded[::step]
    added = np.moveaxis(_added(body, rows), 2, 0)  # (n_encoded, n_outputs, n_rows)
    whole = np.zeros_like(added)
    np.add.at(whole, parents, added)
    products = np.einsum("jki,ij->kj", whole, rows)
    squares = (rows**2).sum(axis=0)
    found: Array = np.divide(products, squares, out=np.zeros_like(products), where=squares > 0)
    return found


def _added(body: Body, rows: Array) -> Array:
    """Return what each column adds to each row (n_outputs, n_rows, n_encoded)."""
    if isinstance(body, LinearBody):
        return body.weights[:, None, :] * rows
    n_outputs = body.logits(rows[:1]).shape[1]
    return np.array([[body.contributions(row, k)[0] for row in rows] for k in range(n_outputs)])
