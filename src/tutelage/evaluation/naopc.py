"""Normalised AOPC: how faithful an attribution is, between the worst and the best order of words.

How far a probability can fall when words are hidden depends on the model: on a confident model
every order of the words scores high. So the area over the perturbation curve (AOPC) must not be
compared between models, and training changes the model. Normalised, 0 is the order of words that
does worst on this model and this text, 1 the one that does best (Edin et al., arXiv 2408.08137).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage.attribution.scoring import BATCH_SIZE
from tutelage.errors import InputError
from tutelage.evaluation.attributed import AttributedTexts, Masks, Prober, read_attributions
from tutelage.evaluation.faithfulness_result import FaithfulnessResult
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.text_measures import estimate

EXHAUSTIVE_UNITS = 8
BEAM_WIDTH = 5
MOST_UNITS = 64


def normalised_aopc(
    model: Any,
    texts: Sequence[str],
    attributions: Sequence[Any],
    *,
    attribution: str = "",
    trained_on: str = "",
    targets: Sequence[Any] | None = None,
    placeholder: str | None = None,
    exhaustive_units: int = EXHAUSTIVE_UNITS,
    beam_width: int = BEAM_WIDTH,
    most_units: int = MOST_UNITS,
    batch_size: int = BATCH_SIZE,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> FaithfulnessResult:
    """Measure AOPC and its place between the worst and the best order of words.

    For a text of d words hidden one after another in the order of their scores,
    ``AOPC = (1/d) sum_k p(x) - p(x without the first k)``, k = 1..d. ``normalised_aopc`` is
    ``(AOPC - lower) / (upper - lower)``, in [0, 1], higher is better. ``normalised_sufficiency``
    is the same with the least important words hidden first, so that the important ones are kept
    longest: lower is better.

    ``lower`` and ``upper`` are the AOPC of the worst and of the best of all orders: exact up to
    ``exhaustive_units`` words, from all 2^d texts; beyond, by a beam search of ``beam_width``,
    which asks about ``2 beam_width d^2 / 2`` texts and may stop short of the true bounds. The
    two orders that are measured count as candidates, so the result stays in [0, 1]. Where the
    bounds are equal (one word, or no word matters) the text is left out.

    Parameters
    ----------
    model, texts, attributions, attribution, trained_on, targets, placeholder
        As in :func:`tutelage.evaluation.faithfulness.faithfulness`.
    most_units
        Texts with more units are left out and counted as skipped: score phrases for long texts.

    Raises
    ------
    DataError, InputError
        When attributions do not fit their texts, or a number is out of range.

    Examples
    --------
    >>> class Model:
    ...     classes_ = ["alarm", "other"]
    ...     def predict_proba(self, texts):
    ...         return np.array([[0.9, 0.1] if "wake" in text else [0.2, 0.8] for text in texts])
    >>> units = ((0, 4), (5, 7), (8, 10))
    >>> best = normalised_aopc(Model(), ["wake me up"], [(units, [1, 0, 0])])
    >>> second = normalised_aopc(Model(), ["wake me up"], [(units, [1, 2, 0])])
    >>> best["normalised_aopc"].value, round(second["normalised_aopc"].value, 3)
    (1.0, 0.5)
    """
    _check(exhaustive_units, beam_width)
    given = read_attributions(texts, attributions)
    prober = Prober(model, given, targets, placeholder, batch_size)
    lengths = given.lengths
    members = np.flatnonzero((lengths > 0) & (lengths <= most_units)).tolist()
    short = [i for i in members if lengths[i] <= exhaustive_units]
    long = [i for i in members if lengths[i] > exhaustive_units]
    found = dict(zip(short, _exhaustive(prober, given, short), strict=True))
    found |= dict(zip(long, _by_beam(prober, given, long, beam_width), strict=True))
    table = np.array([found[i] for i in members]).reshape(-1, 4)  # aopc, reversed, lower, upper
    width = table[:, 3] - table[:, 2]
    width = np.where(width > 1e-12, width, np.nan)
    rows = {
        "normalised_aopc": (table[:, 0] - table[:, 2]) / width,
        "normalised_sufficiency": (table[:, 1] - table[:, 2]) / width,
        "aopc": table[:, 0],
    }
    return FaithfulnessResult(
        estimates=tuple(estimate(name, row, n_bootstrap, seed) for name, row in rows.items()),
        curve=(),
        attribution=attribution,
        trained_on=trained_on,
        hidden_by="deletion" if placeholder is None else placeholder,
        target="predicted" if targets is None else "given",
        n_texts=len(members),
        n_skipped=len(given.texts) - len(members),
        n_asked=prober.n_asked,
        n_bootstrap=n_bootstrap,
        seed=seed,
    )


def subset_codes(n_units: int) -> Masks:
    """Return all subsets (2^n_units, n_units); bit j of the row number says whether j is in."""
    codes = np.arange(2**n_units)[:, None]
    found: Masks = (codes >> np.arange(n_units)[None, :] & 1).astype(np.bool_)
    return found


def exact_bounds(drops: FloatArray, n_units: int) -> tuple[float, float]:
    """Return the smallest and the largest AOPC over all orders of the units.

    Parameters
    ----------
    drops : (2^n_units,)
        The fall of the probability with each subset hidden, in the order of
        :func:`subset_codes`.

    Examples
    --------
    Hiding unit 0 costs 0.5, hiding unit 1 nothing, hiding both 0.5:

    >>> exact_bounds(np.array([0.0, 0.5, 0.0, 0.5]), 2)
    (0.25, 0.5)
    """
    # The best sum over the chain of subsets that leads to each subset: one unit joined last.
    least, most = np.zeros(2**n_units), np.zeros(2**n_units)
    for code in range(1, 2**n_units):
        before = [code ^ (1 << j) for j in range(n_units) if code >> j & 1]
        least[code] = drops[code] + least[before].min()
        most[code] = drops[code] + most[before].max()
    return float(least[-1] / n_units), float(most[-1] / n_units)


def chain_codes(order: Sequence[int]) -> list[int]:
    """Return the subsets hidden one after another, as row numbers of :func:`subset_codes`.

    >>> chain_codes([2, 0, 1])
    [4, 5, 7]
    """
    return list(accumulate(1 << int(unit) for unit in order))


def _exhaustive(
    prober: Prober, given: AttributedTexts, members: Sequence[int]
) -> list[tuple[float, float, float, float]]:
    lengths = given.lengths
    said = prober.hidden([subset_codes(int(lengths[i])) for i in members], members)
    found = []
    for i, values in zip(members, said, strict=True):
        drops, order = prober.whole[i] - values, given.orders[i]
        forward, backward = (
            float(drops[chain_codes(way.tolist())].mean()) for way in (order, order[::-1])
        )
        found.append((forward, backward, *exact_bounds(drops, len(order))))
    return found


def _by_beam(
    prober: Prober, given: AttributedTexts, members: Sequence[int], width: int
) -> list[tuple[float, float, float, float]]:
    """Bound by beam search; all texts take a step together, so that they share batches."""
    orders = [given.orders[i] for i in members]
    chains = [np.vstack([_chain(order), _chain(order[::-1])]) for order in orders]
    measured = [
        (prober.whole[i] - said).reshape(2, -1).mean(axis=1)
        for i, said in zip(members, prober.hidden(chains, members), strict=True)
    ]
    beams = [[_Beam(len(order), width, sign) for sign in (-1.0, 1.0)] for order in orders]
    for step in range(max((len(order) for order in orders), default=0)):
        active = [n for n, order in enumerate(orders) if step < len(order)]
        asked = [np.vstack([beam.candidates() for beam in beams[n]]) for n in active]
        said_all = prober.hidden(asked, [members[n] for n in active])
        for n, said in zip(active, said_all, strict=True):
            drops = prober.whole[members[n]] - said
            split = len(beams[n][0].asked)
            beams[n][0].advance(drops[:split])
            beams[n][1].advance(drops[split:])
    found = []
    for (lowest, highest), own in zip(beams, measured, strict=True):
        lower, upper = min(lowest.mean, *own), max(highest.mean, *own)
        found.append((float(own[0]), float(own[1]), float(lower), float(upper)))
    return found


def _chain(order: NDArray[np.int64]) -> Masks:
    """Return what is hidden after each step (n_units, n_units)."""
    rows: Masks = np.zeros((len(order), len(order)), dtype=np.bool_)
    rows[:, order] = np.tri(len(order), dtype=np.bool_)
    return rows


class _Beam:
    """The best partial orders of one text, as hidden sets with the sum of their drops."""

    def __init__(self, n_units: int, width: int, sign: float):
        self.width, self.sign = width, sign
        self.sets: Masks = np.zeros((1, n_units), dtype=np.bool_)
        self.sums = np.zeros(1)
        self.asked: Masks = self.sets
        self._from: FloatArray = self.sums

    def candidates(self) -> Masks:
        """Return each set with one more unit hidden; of equal sets the best way to it."""
        best: dict[bytes, tuple[float, Masks]] = {}
        for row, total in zip(self.sets, self.sums, strict=True):
            for unit in np.flatnonzero(~row):
                larger = row.copy()
                larger[unit] = True
                key = larger.tobytes()
                if key not in best or self.sign * total > self.sign * best[key][0]:
                    best[key] = (float(total), larger)
        self._from = np.array([total for total, _ in best.values()])
        self.asked = np.stack([row for _, row in best.values()])
        return self.asked

    def advance(self, drops: FloatArray) -> None:
        """Keep the best of the candidates, their drops given."""
        sums = self._from + drops
        kept = np.argsort(-self.sign * sums, kind="stable")[: self.width]
        self.sets, self.sums = self.asked[kept], sums[kept]

    @property
    def mean(self) -> float:
        """The AOPC of the best order, once every unit is hidden."""
        return float(self.sums[0] / self.sets.shape[1])


def _check(exhaustive_units: int, beam_width: int) -> None:
    problems = []
    if not 0 <= exhaustive_units <= 16:
        problems.append(f"exhaustive_units must be between 0 and 16, got {exhaustive_units!r}.")
    if beam_width < 1:
        problems.append(f"beam_width must be at least 1, got {beam_width!r}.")
    if problems:
        raise InputError("The bounds cannot be searched for:", problems)
