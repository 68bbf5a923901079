"""A race of wordings: all on a few texts, the better half on twice as many, and so on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tutelage.errors import InputError
from tutelage.teacher.prompt_search.scoring import Outcome

Pair = tuple[int, int]
Look = Callable[[Sequence[Pair]], Mapping[Pair, Outcome]]


@dataclass(frozen=True)
class Race:
    """Who won, and what it took.

    Attributes
    ----------
    order
        Positions of the wordings, the best first: the last round by score, then those that left,
        the latest first.
    n_finalists
        How many of them were in the last round.
    outcomes
        (wording, text) -> what was seen.
    rounds
        (wordings, texts each had seen by its end) per round.
    """

    order: tuple[int, ...]
    n_finalists: int
    outcomes: Mapping[Pair, Outcome]
    rounds: tuple[tuple[int, int], ...]

    @property
    def n_looks(self) -> int:
        """How many answers it took."""
        return len(self.outcomes)

    def of(self, wording: int) -> list[Outcome]:
        """Return everything that was seen of one wording."""
        return [outcome for (one, _), outcome in self.outcomes.items() if one == wording]


def race(
    n_wordings: int,
    texts: Sequence[int],
    look: Look,
    score: Callable[[Sequence[Outcome]], float],
    *,
    first: int = 3,
    keep: float = 0.5,
    finalists: int = 5,
) -> Race:
    """Find the best wordings without trying every one on every text: successive halving.

    Parameters
    ----------
    n_wordings
        How many take part, >= 1.
    texts
        Positions of labelled texts, in the order in which they are used.
    look
        Gives the outcome of every (wording, text) asked for.
    score
        Of the outcomes of one wording; higher is better.
    first
        Texts in the first round, >= 1.
    keep
        Share that goes on to the next round, in (0, 1); the number of texts grows by its inverse.
    finalists
        As many at least go on to the last round, in which all texts are used.

    References
    ----------
    Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
    optimization", AISTATS 2016.

    Examples
    --------
    >>> def look(pairs):
    ...     return {pair: Outcome("a", pair[0] == 7, True, 50) for pair in pairs}
    >>> found = race(16, range(20), look, lambda seen: sum(one.is_right for one in seen))
    >>> found.order[0], found.rounds, found.n_looks
    (7, ((16, 3), (8, 6), (5, 20)), 142)
    """
    if n_wordings < 1 or not texts or first < 1 or not 0 < keep < 1 or finalists < 1:
        raise InputError(
            "a race needs n_wordings, first and finalists >= 1, at least one text, and keep in "
            f"(0, 1); got {n_wordings}, {first}, {finalists}, {len(texts)} texts, keep {keep!r}."
        )
    seen: dict[Pair, Outcome] = {}
    left: list[int] = []
    running, n_texts, rounds = list(range(n_wordings)), min(first, len(texts)), []
    while True:
        if len(running) <= finalists:
            n_texts = len(texts)
        missing = [(w, t) for w in running for t in texts[:n_texts] if (w, t) not in seen]
        seen |= look(missing) if missing else {}
        rounds.append((len(running), n_texts))
        scores = {w: score([seen[w, t] for t in texts[:n_texts]]) for w in running}
        running.sort(key=lambda w: -scores[w])
        if n_texts == len(texts):
            return Race((*running, *left), len(running), seen, tuple(rounds))
        n_kept = max(min(finalists, len(running)), math.ceil(len(running) * keep))
        left = running[n_kept:] + left
        running = running[:n_kept]
        n_texts = min(len(texts), math.ceil(n_texts / keep))
