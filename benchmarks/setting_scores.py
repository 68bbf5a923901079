"""Fit every way of believing a teacher once, so that any hyper-prior can be judged afterwards."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.datasets import load_breast_cancer

from splits import split_rows
from table_data import SHARED, load_table, prior_scores

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from tutelage import FeaturePrior
from tutelage.learning.coherence import Coherence, coherence, some_rows
from tutelage.learning.map_estimate import (
    MILD,
    Kinship,
    _of_one_sign,
    _Problem,
    directions,
    sharpen,
)
from tutelage.learning.settings import (
    SCALE_GRID,
    SHARPNESS_GRID,
    TURNED_SCALE_GRID,
    TURNED_SHARPNESS,
    Setting,
)
from tutelage.students.columns import ColumnLayout, learn_layout, read_table
from tutelage.students.prior_columns import scores_of
from tutelage.students.units import BEND_SHARES, bend

EXTRA = "sk_breast_cancer"
SHOTS = (1, 5, 10, 25, 50, 100)
LABELS = ["no", "yes"]
TEACHERS = ("as recorded", "shuffled", "flipped")
TRUSTS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.97)
TURNED_TRUSTS = (0.6, 0.9)
COLUMNS = ("plain", "plain, bends", "asinh", "asinh, bends", "asinh, bends, waves")
SCALES = tuple(scale for scale, _ in SCALE_GRID)
SHARPNESSES = tuple(sharpness for sharpness, _ in SHARPNESS_GRID)


def _every_setting() -> tuple[Setting, ...]:
    straight = [
        Setting(trust, scale, sharpness, 1.0)
        for trust in TRUSTS
        for scale in SCALES
        for sharpness in (SHARPNESSES if trust else (TURNED_SHARPNESS,))
    ]
    turned = [
        Setting(trust, scale, TURNED_SHARPNESS, 1.0, -1)
        for trust in TURNED_TRUSTS
        for scale, _ in TURNED_SCALE_GRID
    ]
    return (*straight, *turned)


SETTINGS = _every_setting()


@dataclass(frozen=True, eq=False)
class Fits:
    """Every setting on the labelled rows of one split.

    Attributes
    ----------
    logits : (n_test, n_settings)
    evidence : (n_settings,)
    found
        How well the scores fit the rows.
    truth : (n_test,)
    """

    logits: np.ndarray
    evidence: np.ndarray
    found: Coherence
    truth: np.ndarray

    def roc_auc(self, mass: np.ndarray) -> float:
        """ROC AUC of the average over settings of prior mass ``mass`` (n_settings,)."""
        with np.errstate(divide="ignore"):
            log_mass = self.evidence + np.log(mass)
        posterior = _of_one_sign(SETTINGS, np.exp(log_mass - log_mass.max()))
        mixed = self.logits @ (posterior / posterior.sum()).astype(self.logits.dtype)
        n_positive = int(self.truth.sum())
        ranks = float(rankdata(mixed)[self.truth].sum()) - n_positive * (n_positive + 1) / 2
        return ranks / (n_positive * (len(self.truth) - n_positive))


@dataclass(frozen=True, eq=False)
class Part:
    """One way to encode the columns of a split: pool, test, and which column is made from which."""

    pool: np.ndarray
    test: np.ndarray
    kept: np.ndarray  # which of the encoded columns of the layout, in order
    kinship: Kinship


@functools.cache
def read_task(name: str) -> tuple[pd.DataFrame, np.ndarray, Any]:
    """Return the features, the labels and the prior of a table of the benchmark, or of EXTRA."""
    if name != EXTRA:
        table = load_table(name)
        prior = FeaturePrior.from_scores(prior_scores(name), scale=10, classes=LABELS)
        return table.features, np.asarray(table.labels).astype(str), prior
    features, malignant = load_breast_cancer(return_X_y=True, as_frame=True)
    path = SHARED / "teacher" / "feature_scores" / f"{EXTRA}.json"
    answers = json.loads(path.read_text())["classes"]["malignant"]["estimates"]
    scores = {"yes": {name: [answer[name] for answer in answers] for name in answers[0]}}
    prior = FeaturePrior.from_scores(scores, scale=10, classes=LABELS)
    return features, np.where(malignant == 0, "yes", "no"), prior


def fits_of(
    name: str,
    index: int,
    columns: Sequence[str] = COLUMNS,
    teachers: Sequence[str] = TEACHERS,
    most_test_rows: int | None = None,
) -> Iterator[tuple[tuple[str, str, int], Fits]]:
    """Yield ((columns, teacher, shots), fits) on split ``index`` of table ``name``."""
    features, labels, recorded = read_task(name)
    split = split_rows(name, labels, index)
    pool_rows = np.sort(np.concatenate(split.pool))
    test_rows = split.test
    if most_test_rows is not None:
        drawn = np.random.default_rng(index).permutation(test_rows)[:most_test_rows]
        test_rows = np.sort(drawn)
    pool, test = (read_table(features.iloc[rows]) for rows in (pool_rows, test_rows))
    layout = learn_layout(pool)
    truth = labels[test_rows] == "yes"
    priors = {"shuffled": recorded.shuffled(index), "flipped": recorded.flipped()}
    for kind in columns:
        part = _part(layout, pool, test, kind)
        for teacher in teachers:
            scores, known = scores_of(priors.get(teacher, recorded), layout, LABELS)
            scores, known = scores[:, part.kept], known[part.kept]
            spread = (part.pool, np.ones(len(part.pool)))
            few, weights = some_rows(*spread)
            found = coherence(sharpen(scores[:, known], MILD), few[:, known], weights)
            taught = {t: directions(scores, spread, t) for t in SHARPNESSES}
            for shots in SHOTS:
                at = np.searchsorted(pool_rows, split.labelled(shots))
                codes = (labels[pool_rows[at]] == "yes").astype(np.intp)
                problem = _Problem(
                    part.pool[at], codes, 2, np.ones(len(at)), scores, known, taught, part.kinship
                )
                weights_of, intercepts, _, evidence = problem.fit(SETTINGS)
                logits = part.test @ weights_of[:, 0].T + intercepts[:, 0]
                fits = Fits(logits.astype(np.float32), evidence, found, truth)
                yield (kind, teacher, shots), fits


def _part(layout: ColumnLayout, pool: Any, test: Any, kind: str) -> Part:
    """Encode both tables by ``kind``: columns of the layout left out, or scaled without asinh."""
    n_numbers, n_bends = len(layout.numeric), len(BEND_SHARES) * len(layout.bent)
    n_curves = {"waves": layout.n_curves, "bends": n_bends}.get(kind.split(", ")[-1], 0)
    indicators = np.arange(n_numbers + layout.n_curves, layout.n_encoded)
    kept = np.concatenate([np.arange(n_numbers + n_curves), indicators])
    parents, shares = layout.parents[kept], layout.shares[kept]
    parents[n_numbers + n_curves :] = np.arange(n_numbers + n_curves, len(kept))
    encoded = [layout.encode(table)[:, kept] for table in (pool, test)]
    if kind.startswith("plain"):
        for table, matrix in zip((pool, test), encoded, strict=True):
            z = _standardised(table.numbers[:, layout.numeric], pool.numbers[:, layout.numeric])
            changed = layout.bends[layout.numeric]
            matrix[:, :n_numbers][:, changed] = z[:, changed]
            if n_curves:
                matrix[:, n_numbers : n_numbers + n_curves] = bend(z[:, layout.bent])
    return Part(*encoded, kept, Kinship(parents, shares))


def _standardised(numbers: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """Return z-scores by the pool, cut at 4, 0 where missing."""
    if not numbers.shape[1]:
        return numbers
    mean, sd = np.nanmean(pool, axis=0), np.nanstd(pool, axis=0)
    z = (numbers - mean) / np.where(sd > 0, sd, np.inf)
    return np.nan_to_num(np.clip(z, -4, 4))


def prior_mass(
    trust: Mapping[float, float],
    turned: float,
    scale: Mapping[float, float],
    sharpness: Mapping[float, float],
) -> np.ndarray:
    """Return the mass of every setting (n_settings,) where trust, scale and sharpness have these.

    A share ``turned`` of what lies above trust .3 goes to the turned settings.
    """
    lean = sum(mass for believed, mass in trust.items() if believed > 0.3)
    masses = []
    for setting in SETTINGS:
        if setting.sign < 0:
            share = dict(TURNED_SCALE_GRID)[setting.scale]
            masses.append(turned * lean / len(TURNED_TRUSTS) * share)
            continue
        mass = trust.get(setting.trust, 0.0) * scale.get(setting.scale, 0.0)
        if setting.trust > 0:
            mass *= sharpness.get(setting.sharpness, 0.0)
        masses.append(mass * (1.0 - turned) if setting.trust > 0.3 else mass)
    return np.array(masses)
