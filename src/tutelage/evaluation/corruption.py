"""How wrong may a teacher be: score and trust of a model while its prior is spoiled by degrees."""

from __future__ import annotations

import inspect
import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tutelage.errors import InputError
from tutelage.evaluation.bootstrap import interval_of_mean, resampled_scores
from tutelage.evaluation.metric import Metric, find_metric
from tutelage.evaluation.predictions import predictions_of
from tutelage.evaluation.splits import Split, few_shot_splits
from tutelage.lessons import FeaturePrior
from tutelage.lessons.feature_prior import FeatureScore

Kind = Literal["shuffle", "flip", "noise"]
KINDS: tuple[Kind, ...] = ("shuffle", "flip", "noise")
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
NO_TRUST = 0.05

Factory = Callable[[FeaturePrior | None, int], Any]


def corrupted(prior: FeaturePrior, kind: Kind, strength: float, seed: int = 0) -> FeaturePrior:
    """Return the prior with a share of its knowledge spoiled.

    Each class is treated by itself. With one seed, a larger strength spoils the entries of a
    smaller one and more. Entries without an answer stay so.

    Parameters
    ----------
    kind
        ``"shuffle"``: a share of the entries trade answers, each gets another's. ``"flip"``: a
        share of the entries turn their sign. ``"noise"``: every answer ``a`` becomes
        ``(1 - strength) * a + strength * e``, kept in [-1, 1], where ``e`` is one normal number per
        entry, as large on average as the class's scores.
    strength
        In [0, 1]; 0 is the prior as it is.
    seed
        Seeds which entries, and the noise.

    Examples
    --------
    >>> prior = FeaturePrior.from_scores({"yes": {"age": 3, "fever": 9}}, classes=["no", "yes"])
    >>> [entry.answers for entry in corrupted(prior, "shuffle", 1.0).scores]
    [(0.9,), (0.3,)]
    >>> [entry.answers for entry in corrupted(prior, "flip", 1.0).scores]
    [(-0.3,), (-0.9,)]
    """
    if kind not in KINDS:
        raise InputError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}.")
    if not 0 <= strength <= 1:
        raise InputError(f"strength must lie in [0, 1], got {strength!r}.")
    if strength == 0:
        return prior
    spoil = {"shuffle": _trade, "flip": _turn, "noise": _blur}[kind]
    entries = list(prior.scores)
    for position, label in enumerate(prior.scored_classes):
        places = [i for i, e in enumerate(entries) if e.label == label and e.answers]
        draw = random.Random(f"{seed}/{position}")
        draw.shuffle(places)
        spoil(entries, places, strength, draw)
    note = f"control: {kind}, strength {strength:g}, seed {seed}"
    return replace(prior, scores=tuple(entries), provenance=replace(prior.provenance, notes=note))


def _trade(
    entries: list[FeatureScore], places: list[int], strength: float, draw: random.Random
) -> None:
    del draw
    chosen = places[: round(strength * len(places))]
    answers = [entries[i].answers for i in chosen]
    # Along a random order, so each entry gets another's answers and none keeps its own.
    for place, given in zip(chosen, answers[1:] + answers[:1], strict=True):
        entries[place] = replace(entries[place], answers=given)


def _turn(
    entries: list[FeatureScore], places: list[int], strength: float, draw: random.Random
) -> None:
    del draw
    for place in places[: round(strength * len(places))]:
        turned = tuple(-answer for answer in entries[place].answers)
        entries[place] = replace(entries[place], answers=turned)


def _blur(
    entries: list[FeatureScore], places: list[int], strength: float, draw: random.Random
) -> None:
    size = math.sqrt(statistics.fmean(entries[i].mean ** 2 for i in places)) if places else 0.0
    for place in places:
        error = draw.gauss(0, 1) * size
        mixed = ((1 - strength) * a + strength * error for a in entries[place].answers)
        kept = tuple(min(1.0, max(-1.0, a)) for a in mixed)
        entries[place] = replace(entries[place], answers=kept)


@dataclass(frozen=True)
class CorruptionPoint:
    """One fit.

    Attributes
    ----------
    kind, strength
        How the prior was spoiled.
    shots, split
        Labels per class, and the number of the draw.
    score, plain
        The metric of the model with this prior, and of the model without a prior, on the same
        rows.
    trust
        ``model.trust_.value``; NaN when the model has none.
    """

    kind: str
    strength: float
    shots: int
    split: int
    score: float
    plain: float
    trust: float


@dataclass(frozen=True)
class CorruptionCell:
    """The mean over the splits of one kind, strength and number of shots.

    Attributes
    ----------
    score, gain, low, high
        Mean score; mean score minus that of the plain model, with its 95 % bootstrap interval over
        splits. A positive gain is better, whatever the metric's direction.
    trust
        Mean trust, NaN when the model has none.
    n_splits
        Splits behind the means.
    """

    kind: str
    strength: float
    shots: int
    score: float
    gain: float
    low: float
    high: float
    trust: float
    n_splits: int


@dataclass(frozen=True)
class CorruptionResult:
    """What :func:`corruption_curve` found.

    Attributes
    ----------
    metric, title
        The score's name, and its name for people.
    points
        Every fit.
    cells
        Their means, ordered by kind, shots and strength.
    seed
        Seeds the splits and the spoiling.
    """

    metric: str
    title: str
    points: tuple[CorruptionPoint, ...]
    cells: tuple[CorruptionCell, ...]
    seed: int

    def cell(self, kind: str, strength: float, shots: int) -> CorruptionCell:
        """Return the means of one kind, strength and number of shots."""
        for cell in self.cells:
            if (cell.kind, cell.strength, cell.shots) == (kind, strength, shots):
                return cell
        raise KeyError(f"{(kind, strength, shots)} was not measured")

    def trust_gone_at(self, kind: str, shots: int) -> float | None:
        """Return the smallest strength whose mean trust is below 0.05, or ``None``."""
        gone = [
            c.strength
            for c in self.cells
            if c.kind == kind and c.shots == shots and c.trust < NO_TRUST
        ]
        return min(gone, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; a number that is not defined becomes ``None``."""
        values = asdict(self)
        for listed in ("points", "cells"):
            values[listed] = [
                {k: None if v != v else v for k, v in item.items()} for item in values[listed]
            ]
        return values

    def table(self) -> str:
        """Return the means as lines of text for a terminal."""
        head = ("kind", "labels", "strength", self.title, "minus plain", "95 % interval", "trust")
        rows = [head] + [
            (
                c.kind,
                str(c.shots),
                f"{c.strength:.2f}",
                f"{c.score:.3f}",
                f"{c.gain:+.3f}",
                f"{c.low:+.3f} to {c.high:+.3f}",
                "-" if math.isnan(c.trust) else f"{c.trust:.2f}",
            )
            for c in self.cells
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )


def corruption_curve(
    factory: Factory,
    prior: FeaturePrior,
    X: Any,
    y: Any,
    *,
    kinds: Sequence[Kind] = KINDS,
    strengths: Sequence[float] = STRENGTHS,
    shots: Sequence[int] = (5, 25, 100),
    n_splits: int = 5,
    seed: int = 0,
    metric: str | Metric = "roc_auc",
    test_share: float = 0.5,
) -> CorruptionResult:
    """Spoil a prior step by step; see what the model still gains, and whether it notices.

    A good student gains while the prior is right, loses nothing when it is wrong, and its trust
    falls in between. All fits of a split see the same rows.

    Parameters
    ----------
    factory
        ``factory(prior, seed)`` returns an unfitted model; with ``None`` the plain one. When its
        ``fit`` takes ``unlabelled``, it gets the rows of the split that are neither labelled nor
        for testing (at most 5000).
    prior
        The prior to spoil.
    X, y
        A data frame or array, and its labels.
    kinds, strengths
        See :func:`corrupted`.
    shots
        Labels per class.
    n_splits, seed, test_share
        Draws, their seed, and the share of each class kept for testing.
    metric
        What is measured.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> prior = FeaturePrior.from_scores({"b": {"x": 9}}, classes=["a", "b"])
    >>> X, y = pd.DataFrame({"x": range(40)}), ["a"] * 20 + ["b"] * 20
    >>> found = corruption_curve(
    ...     lambda prior, seed: GaussianNB(), prior, X, y, kinds=["flip"], shots=[5], n_splits=2)
    >>> [cell.gain for cell in found.cells]  # a model that knows no prior does not care
    [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    wanted = find_metric(metric)
    for kind in kinds:
        for strength in strengths:
            corrupted(prior, kind, strength, seed)  # what cannot be done is said before any fit
    labels = y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(y, dtype=object)
    splits = few_shot_splits(
        labels, shots, n_splits, test_share, seed, max_test=5000, max_unlabelled=5000
    )
    points = []
    with threadpool_limits(1):
        for split in splits:
            draw = seed + split.index

            def fitted(given: FeaturePrior | None, split: Split = split, draw: int = draw) -> Any:
                return _score(factory(given, draw), X, labels, split, wanted)

            plain, (asis, trust) = fitted(None)[0], fitted(prior)
            for kind in kinds:
                for strength in strengths:
                    found = (asis, trust)
                    if strength:
                        found = fitted(corrupted(prior, kind, strength, draw))
                    points.append(
                        CorruptionPoint(
                            kind,
                            float(strength),
                            split.shots,
                            split.index,
                            found[0],
                            plain,
                            found[1],
                        )
                    )
    return CorruptionResult(
        wanted.name, wanted.title, tuple(points), _cells(points, wanted, seed), seed
    )


def _score(model: Any, X: Any, y: Any, split: Split, metric: Metric) -> tuple[float, float]:
    """Fit on the split; return the score on its test rows and the trust."""
    more = {}
    if len(split.unlabelled) and "unlabelled" in inspect.signature(model.fit).parameters:
        more["unlabelled"] = _rows(X, split.unlabelled)
    model.fit(_rows(X, split.train), y[split.train], **more)
    said = predictions_of(model, _rows(X, split.test), y[split.test])
    score = float(resampled_scores(metric, said, np.ones((1, said.n_rows)))[0])
    return score, float(getattr(getattr(model, "trust_", None), "value", math.nan))


def _rows(X: Any, positions: Any) -> Any:
    return X.iloc[positions] if isinstance(X, pd.DataFrame) else np.asarray(X)[positions]


def _cells(
    points: Sequence[CorruptionPoint], metric: Metric, seed: int
) -> tuple[CorruptionCell, ...]:
    groups: dict[tuple[str, int, float], list[CorruptionPoint]] = {}
    for point in points:
        groups.setdefault((point.kind, point.shots, point.strength), []).append(point)
    order = {kind: place for place, kind in enumerate(dict.fromkeys(p.kind for p in points))}
    cells = []
    for (kind, shots, strength), listed in sorted(
        groups.items(), key=lambda item: (order[item[0][0]], *item[0][1:])
    ):
        gains = np.array([metric.gain(p.score - p.plain) for p in listed])
        low, high = interval_of_mean(gains, seed=seed)
        cells.append(
            CorruptionCell(
                kind,
                strength,
                shots,
                score=statistics.fmean(p.score for p in listed),
                gain=float(gains.mean()),
                low=low,
                high=high,
                trust=statistics.fmean(p.trust for p in listed),
                n_splits=len(listed),
            )
        )
    return tuple(cells)
