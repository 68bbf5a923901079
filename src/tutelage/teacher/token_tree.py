"""Token sequences with common beginnings as one tree, so that each token is computed once.

A causal model's state at a token depends on the tokens before it and on nothing else. So the
continuations of one beginning (labels after a text) can go through the model together, in one
row, when every token attends to its ancestors only and is told its depth as its position.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ROOT = -1


class TokenTree:
    """A growing tree of tokens below a common beginning that is not part of it.

    Examples
    --------
    >>> tree = TokenTree()
    >>> end = tree.add([5, 6])
    >>> tree.add([7], end), tree.add([7], end), tree.add([5, 9])
    (2, 2, 3)
    >>> tree.tokens, tree.parents, tree.depths
    ([5, 6, 7, 9], [-1, 0, 1, 0], [0, 1, 2, 1])
    """

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.parents: list[int] = []
        self.depths: list[int] = []
        self._children: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    def add(self, tokens: Sequence[int], below: int = ROOT) -> int:
        """Add a path below a node, sharing what is there; return its last node."""
        node = below
        for token in tokens:
            found = self._children.get((node, token))
            if found is None:
                found = len(self.tokens)
                self._children[node, token] = found
                self.tokens.append(token)
                self.parents.append(node)
                self.depths.append(0 if node == ROOT else self.depths[node] + 1)
            node = found
        return node

    def ancestors(self) -> NDArray[np.bool_]:
        """Return who attends to whom (n_nodes, n_nodes): each node to its ancestors and itself."""
        seen = np.zeros((len(self), len(self)), dtype=np.bool_)
        for node, parent in enumerate(self.parents):
            if parent != ROOT:
                seen[node] = seen[parent]
            seen[node, node] = True
        return seen
