"""Several settings, each trained with several seeds, judged on the same rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np

from tutelage.errors import InputError
from tutelage.evaluation.bootstrap import enough_resamples, percentile_interval, resample_counts
from tutelage.evaluation.comparison import FEWEST_PAIRS
from tutelage.evaluation.model_comparison import (
    LARGEST_P,
    check_comparable,
    has_collapsed,
    holm,
    in_one_order,
)
from tutelage.evaluation.model_comparison_result import PairVerdict
from tutelage.evaluation.model_comparison_scores import (
    ModelCost,
    ScoredModel,
    metric_of,
    scores_under,
)
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.robustness_result import plain_values

FEW_SEEDS = 5


@dataclass(frozen=True)
class SettingRow:
    """One setting, trained several times.

    Attributes
    ----------
    name
        What it is called.
    runs
        Names of its models.
    values
        The metric of each.
    mean, sd
        Over the runs; ``sd`` (ddof 1) is NaN for one run.
    low, high
        95 % interval of the mean, over rows and runs.
    collapse_rate
        Share of the runs that give every row the same class.
    cost
        Means over the runs of what is known.
    """

    name: str
    runs: tuple[str, ...]
    values: tuple[float, ...]
    mean: float
    sd: float
    low: float
    high: float
    collapse_rate: float
    cost: ModelCost


@dataclass(frozen=True)
class SettingPair:
    """Two of the settings.

    Attributes
    ----------
    first, second
        Their names.
    difference, low, high
        Mean of the first minus that of the second, with its 95 % interval over rows and runs.
    p_value, p_holm
        Two-sided bootstrap p-value, and the same corrected by Holm for all pairs.
    effect_size
        The difference over the standard deviation between runs (root mean square of the two);
        NaN with one run of either.
    verdict
        Of the first, by the corrected p-value; ``"undecided"`` with fewer than two runs of
        either, or with too few rows.
    """

    first: str
    second: str
    difference: float
    low: float
    high: float
    p_value: float
    p_holm: float
    effect_size: float
    verdict: PairVerdict


@dataclass(frozen=True)
class SettingsComparison:
    """What :func:`compare_settings` found."""

    metric: str
    title: str
    direction: Literal["higher", "lower"]
    settings: tuple[SettingRow, ...]
    pairs: tuple[SettingPair, ...]
    n_rows: int
    n_bootstrap: int
    seed: int
    notes: tuple[str, ...] = ()

    def setting_lines(self) -> tuple[list[str], list[list[str]]]:
        """Return the head and the lines of the table of settings."""
        head = ["setting", "runs", self.title, "sd", "95 % interval", "collapsed", "training s",
                "ms per row", "MB", "teacher $"]  # fmt: skip
        return head, [
            [
                row.name,
                str(len(row.runs)),
                _shown(row.mean, ".3f"),
                _shown(row.sd, ".3f"),
                f"{_shown(row.low, '.3f')} to {_shown(row.high, '.3f')}",
                f"{row.collapse_rate:.0%}",
                _shown(row.cost.train_seconds, ".2f"),
                _shown(row.cost.predict_ms_per_row, ".3f"),
                _shown(row.cost.megabytes, ".3g"),
                _shown(row.cost.teacher_usd, ".4f"),
            ]
            for row in self.settings
        ]

    def pair_lines(self) -> tuple[list[str], list[list[str]]]:
        """Return the head and the lines of the table of pairs."""
        head = ["pair", "the first is", "difference", "95 % interval", "effect", "p (Holm)"]
        return head, [
            [
                f"{pair.first} - {pair.second}",
                pair.verdict,
                _shown(pair.difference, "+.3f"),
                f"{_shown(pair.low, '+.3f')} to {_shown(pair.high, '+.3f')}",
                _shown(pair.effect_size, "+.2f"),
                _shown(pair.p_holm, ".4f"),
            ]
            for pair in self.pairs
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = plain_values(asdict(self))
        return values


def compare_settings(
    groups: Mapping[str, Sequence[ScoredModel]],
    metric: str = "",
    *,
    n_bootstrap: int = 2000,
    seed: int = 0,
) -> SettingsComparison:
    """Compare settings by all of their runs.

    Rows and runs are resampled together: the same rows for all models, and the runs of each
    setting among themselves. So the intervals speak of other rows and of other seeds. With few
    runs they are too narrow, and a note says so.

    Parameters
    ----------
    groups
        Name of a setting -> its runs, from
        :func:`tutelage.evaluation.model_comparison_scores.score_model`.
    metric, n_bootstrap, seed
        As :func:`tutelage.evaluation.model_comparison.compare_scored`.

    Raises
    ------
    InputError
        When there are fewer than two settings, one has no run, or a run is in two.
    DataError
        As :func:`tutelage.evaluation.model_comparison.compare_scored`.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from tutelage.evaluation.model_comparison_scores import score_model
    >>> X, y = np.arange(60.0)[:, None], np.repeat(["no", "yes"], 30)
    >>> def run(model, seed):
    ...     model = model(random_state=seed).fit(X, y)
    ...     return score_model(model, X, y, name=f"{type(model).__name__} {seed}")
    >>> groups = {"tree": [run(DecisionTreeClassifier, seed) for seed in range(3)],
    ...           "dummy": [run(DummyClassifier, seed) for seed in range(3)]}
    >>> found = compare_settings(groups)
    >>> found.pairs[0].verdict, found.settings[1].collapse_rate
    ('better', 1.0)
    """
    empty = [name for name, runs in groups.items() if not runs]
    if len(groups) < 2 or empty:
        raise InputError(
            "A comparison of settings needs at least two, each with a run, got "
            f"{ {name: len(runs) for name, runs in groups.items()} }."
        )
    listed = [run for runs in groups.values() for run in runs]
    check_comparable(listed)
    same = in_one_order(listed)
    chosen = metric_of(metric, same[0].said)
    n_rows = same[0].said.n_rows
    n_bootstrap = enough_resamples(n_bootstrap, math.comb(len(groups), 2))
    values = np.array([scores_under(chosen, one.said, np.ones((1, n_rows)))[0] for one in same])
    draws = np.concatenate(
        [
            np.stack([scores_under(chosen, one.said, counts) for one in same], axis=1)
            for counts in resample_counts(n_rows, n_bootstrap, seed)
        ]
    )  # (n_draws, n_models)
    places = _places(groups)
    means = _means_of_drawn_runs(draws, places, seed)
    rows = tuple(
        _row(name, [same[p] for p in own], values[own], means[:, k])
        for k, (name, own) in enumerate(places.items())
    )
    raw = [
        _pair(rows[i], rows[j], means[:, i] - means[:, j])
        for i, j in combinations(range(len(rows)), 2)
    ]
    corrected = holm([pair.p_value for pair in raw])
    return SettingsComparison(
        chosen.name,
        chosen.title,
        chosen.direction,
        rows,
        tuple(
            replace(pair, p_holm=p, verdict=_verdict(pair, p, chosen.gain(pair.difference), n_rows))
            for pair, p in zip(raw, corrected, strict=True)
        ),
        n_rows,
        n_bootstrap,
        seed,
        tuple(_notes(rows, n_rows)),
    )


def _places(groups: Mapping[str, Sequence[ScoredModel]]) -> dict[str, list[int]]:
    found, start = {}, 0
    for name, runs in groups.items():
        found[name] = list(range(start, start + len(runs)))
        start += len(runs)
    return found


def _means_of_drawn_runs(
    draws: FloatArray, places: Mapping[str, Sequence[int]], seed: int
) -> FloatArray:
    """Return (n_draws, n_settings): the mean over runs drawn anew, for rows drawn anew."""
    rng = np.random.default_rng(seed)
    columns = []
    for own in places.values():
        drawn = rng.integers(len(own), size=(len(draws), len(own)))
        columns.append(np.take_along_axis(draws[:, list(own)], drawn, axis=1).mean(axis=1))
    return np.stack(columns, axis=1)


def _row(
    name: str, runs: Sequence[ScoredModel], values: FloatArray, means: FloatArray
) -> SettingRow:
    low, high = percentile_interval(means)
    return SettingRow(
        name,
        tuple(run.name for run in runs),
        tuple(float(value) for value in values),
        float(values.mean()),
        float(values.std(ddof=1)) if len(values) > 1 else math.nan,
        low,
        high,
        sum(map(has_collapsed, runs)) / len(runs),
        _mean_cost([run.cost for run in runs]),
    )


def _mean_cost(costs: Sequence[ModelCost]) -> ModelCost:
    means = {}
    for one in fields(ModelCost):
        known = [x for cost in costs if not math.isnan(x := getattr(cost, one.name))]
        means[one.name] = float(np.mean(known)) if known else math.nan
    return ModelCost(**means)


def _pair(one: SettingRow, other: SettingRow, draws: FloatArray) -> SettingPair:
    difference = one.mean - other.mean
    known = draws[~np.isnan(draws)]
    low, high = percentile_interval(known)
    p_value = math.nan
    if len(known) and not math.isnan(difference):
        away = np.abs(known - difference) >= abs(difference) * (1 - 1e-12)
        p_value = float((1 + away.sum()) / (1 + len(known)))
    spread = math.sqrt((one.sd**2 + other.sd**2) / 2)
    effect = difference / spread if spread > 0 else math.nan
    return SettingPair(one.name, other.name, difference, low, high, p_value, math.nan, effect,
                       "undecided" if math.isnan(spread) else "no clear difference")  # fmt: skip


def _verdict(pair: SettingPair, p: float, gain: float, n_rows: int) -> PairVerdict:
    if pair.verdict == "undecided" or math.isnan(p) or n_rows < FEWEST_PAIRS:
        return "undecided"
    if p > LARGEST_P:
        return "no clear difference"
    return "better" if gain > 0 else "worse"


def _notes(rows: Sequence[SettingRow], n_rows: int) -> list[str]:
    notes = [
        f"{row.collapse_rate:.0%} of the runs of {row.name} give every row the same class: a gain "
        "over them is no gain."
        for row in rows
        if row.collapse_rate
    ]
    few = [f"{row.name} ({len(row.runs)})" for row in rows if len(row.runs) < FEW_SEEDS]
    if few:
        notes.append(
            f"Fewer than {FEW_SEEDS} runs of {', '.join(few)}: how much seeds matter is hardly "
            "known, and the intervals are too narrow."
        )
    if n_rows < FEWEST_PAIRS:
        notes.append(f"{n_rows} rows are too few to compare (at least {FEWEST_PAIRS}).")
    return notes


def _shown(value: float, form: str) -> str:
    return "-" if math.isnan(value) else f"{value:{form}}"
