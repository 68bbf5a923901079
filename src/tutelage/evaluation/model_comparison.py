"""Several models on the same rows: who is better, by how much, and at what cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from tutelage.errors import DataError, InputError
from tutelage.evaluation.bootstrap import (
    enough_resamples,
    percentile_interval,
    resample_counts,
)
from tutelage.evaluation.comparison import FEWEST_PAIRS
from tutelage.evaluation.model_comparison_result import (
    ModelComparison,
    ModelRow,
    PairRow,
    PairVerdict,
)
from tutelage.evaluation.model_comparison_scores import (
    AnyMetric,
    Numbers,
    ScoredModel,
    all_scores,
    metric_of,
    scores_under,
)
from tutelage.evaluation.predictions import FloatArray, Predictions

LARGEST_P = 0.05


def compare_scored(
    models: Sequence[ScoredModel], metric: str = "", *, n_bootstrap: int = 2000, seed: int = 0
) -> ModelComparison:
    """Compare models on the same rows, every pair of them.

    All models see the same resamples of the rows. The p-value of a pair is the share of resampled
    differences that lie as far from the observed one as that lies from 0, two-sided; at least
    1 / (n_bootstrap + 1). Pairs are called different when their p-value after Holm's correction
    is at most 0.05. All this speaks of these models on other rows; not of models trained again
    with other labels or seeds.

    Parameters
    ----------
    models
        At least two, from :func:`tutelage.evaluation.model_comparison_scores.score_model`.
    metric
        What the pairs are compared by; default accuracy, or R2 for predicted numbers.
    n_bootstrap, seed
        Resamples of rows, or 100 per pair where that is more, so that a pair can stand out after
        the correction; and their seed.

    Raises
    ------
    DataError
        When models were scored on different rows or know different classes, or the rows are of
        one class only.
    InputError
        When there are fewer than two models, two have the same name, or the metric is unknown.

    References
    ----------
    Holm 1979; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 16.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from tutelage.evaluation.model_comparison_scores import score_model
    >>> X, y = np.arange(60.0)[:, None], np.repeat(["no", "yes"], 30)
    >>> models = {"bayes": GaussianNB().fit(X, y), "dummy": DummyClassifier().fit(X, y)}
    >>> found = compare_scored([score_model(m, X, y, name=n) for n, m in models.items()])
    >>> found.pairs[0].verdict, found.pairs[0].only_first, found.models[1].has_collapsed
    ('better', 30, True)
    """
    check_comparable(models)
    same = in_one_order(models)
    chosen = metric_of(metric, same[0].said)
    n_rows = same[0].said.n_rows
    n_bootstrap = enough_resamples(n_bootstrap, math.comb(len(same), 2))
    ones = np.ones((1, n_rows))
    values = np.array([scores_under(chosen, one.said, ones)[0] for one in same])
    draws = np.concatenate(
        [
            np.stack([scores_under(chosen, one.said, counts) for one in same], axis=1)
            for counts in resample_counts(n_rows, n_bootstrap, seed)
        ]
    )  # (n_draws, n_models)
    raw = [
        _pair(same[i], same[j], values[i] - values[j], draws[:, i] - draws[:, j])
        for i, j in combinations(range(len(same)), 2)
    ]
    corrected = holm([pair.p_value for pair in raw])
    rows = tuple(
        ModelRow(
            one.name,
            all_scores(one.said, n_bootstrap, seed).estimates,
            one.cost,
            has_collapsed(one),
        )
        for one in same
    )
    return ModelComparison(
        metric=chosen.name,
        title=chosen.title,
        direction=chosen.direction,
        models=rows,
        pairs=tuple(
            replace(pair, p_holm=p, verdict=_verdict(chosen, pair.difference, p, n_rows))
            for pair, p in zip(raw, corrected, strict=True)
        ),
        classes=same[0].said.classes if isinstance(same[0].said, Predictions) else (),
        n_rows=n_rows,
        n_bootstrap=n_bootstrap,
        seed=seed,
        notes=tuple(_notes(rows, same[0], chosen)),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's method, in their order; NaN stays.

    The smallest of n is multiplied by n, the next by n - 1, and so on, each at least as large as
    the one before and at most 1: the chance of any false finding stays at its level.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [math.nan] * len(p_values)
    known = [place for place, p in enumerate(p_values) if not math.isnan(p)]
    largest = 0.0
    for rank, place in enumerate(sorted(known, key=lambda place: p_values[place])):
        largest = max(largest, min(1.0, (len(known) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected


def _pair(
    first: ScoredModel,
    second: ScoredModel,
    difference: float,
    draws: FloatArray,
) -> PairRow:
    n_rows = first.said.n_rows
    known = draws[~np.isnan(draws)]
    low = high = p_value = effect = math.nan
    if n_rows >= FEWEST_PAIRS and not math.isnan(difference) and len(known):
        low, high = percentile_interval(known)
        away = np.abs(known - difference) >= abs(difference) * (1 - 1e-12)
        p_value = float((1 + away.sum()) / (1 + len(known)))
        spread = float(known.std()) * math.sqrt(n_rows)
        effect = difference / spread if spread > 0 else (math.nan if difference else 0.0)
    return PairRow(
        first.name,
        second.name,
        float(difference),
        low,
        high,
        p_value,
        p_holm=math.nan,
        effect_size=float(effect),
        only_first=_n_only(first, second),
        only_second=_n_only(second, first),
        verdict="undecided",
    )


def _verdict(metric: AnyMetric, difference: float, p: float, n_rows: int) -> PairVerdict:
    if n_rows < FEWEST_PAIRS or math.isnan(p):
        return "undecided"
    if p > LARGEST_P:
        return "no clear difference"
    return "better" if metric.gain(difference) > 0 else "worse"


def _n_only(first: ScoredModel, second: ScoredModel) -> int:
    """Return how many rows only the first has right; -1 for numbers."""
    if not isinstance(first.said, Predictions) or not isinstance(second.said, Predictions):
        return -1
    one, other = (s.probabilities.argmax(axis=1) == s.codes for s in (first.said, second.said))
    return int((one & ~other).sum())


def has_collapsed(one: ScoredModel) -> bool:
    """Tell whether a model gives every row the same class."""
    if not isinstance(one.said, Predictions):
        return False
    return len(np.unique(one.said.probabilities.argmax(axis=1))) == 1


def _notes(rows: Sequence[ModelRow], first: ScoredModel, metric: AnyMetric) -> list[str]:
    notes = [
        f"{row.name} gives every row the same class: a gain over it is no gain."
        for row in rows
        if row.has_collapsed
    ]
    if first.said.n_rows < FEWEST_PAIRS:
        notes.append(f"{first.said.n_rows} rows are too few to compare (at least {FEWEST_PAIRS}).")
    undefined = rows[0][metric.name]
    if math.isnan(undefined.value):
        notes.append(f"{undefined.title} is not defined: {undefined.note}.")
    return notes


def in_one_order(models: Sequence[ScoredModel]) -> list[ScoredModel]:
    """Return the models with their classes in the order of the first."""
    wanted = models[0].said
    if isinstance(wanted, Numbers):
        return list(models)
    ordered = []
    for model in models:
        said = model.said
        assert isinstance(said, Predictions), "kinds were checked"
        places = [said.classes.index(name) for name in wanted.classes]
        codes = np.array([places.index(code) for code in said.codes.tolist()], dtype=np.int64)
        moved = Predictions(codes, said.probabilities[:, places], wanted.classes)
        ordered.append(replace(model, said=moved))
    return ordered


def check_comparable(models: Sequence[ScoredModel]) -> None:
    """Raise when models cannot be compared; see :func:`compare_scored`."""
    if len(models) < 2:
        raise InputError(f"A comparison needs at least two models, got {len(models)}.")
    names = [model.name for model in models]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InputError(f"Models must have distinct names, got {doubled} more than once.")
    first, problems = models[0], []
    for model in models[1:]:
        if model.rows_key != first.rows_key or model.said.n_rows != first.said.n_rows:
            problems.append(
                f"{model.name} was scored on other rows ({model.said.n_rows}) than {first.name} "
                f"({first.said.n_rows})"
            )
        problems += _differing_classes(first, model)
    if problems:
        raise DataError(
            "Models can only be compared on the same rows, with the same classes. Score all of "
            "them on one file:",
            problems,
        )
    if isinstance(first.said, Predictions) and len(np.unique(first.said.codes)) == 1:
        only = first.said.classes[int(first.said.codes[0])]
        raise DataError(
            f"The {first.said.n_rows} test rows are all of the class {only!r}; on one class a "
            "model that always answers with it looks perfect. Add rows of other classes."
        )


def _differing_classes(first: ScoredModel, model: ScoredModel) -> list[str]:
    one, other = first.said, model.said
    if isinstance(one, Numbers) or isinstance(other, Numbers):
        if type(one) is type(other):
            return []
        return [f"one of {first.name} and {model.name} predicts classes, the other a number"]
    missing = sorted(set(one.classes) - set(other.classes))
    added = sorted(set(other.classes) - set(one.classes))
    if not missing and not added:
        return []
    lacks = f"lacks {missing[:5]}" if missing else ""
    has = f"has also {added[:5]}" if added else ""
    return [f"{model.name} {' and '.join(filter(None, (lacks, has)))}, compared with {first.name}"]
