"""Several models on the same rows: what came out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tutelage.evaluation.model_comparison_scores import ModelCost
from tutelage.evaluation.run import Estimate

PairVerdict = Literal["better", "worse", "no clear difference", "undecided"]


@dataclass(frozen=True)
class ModelRow:
    """One model.

    Attributes
    ----------
    name
        What it is called.
    estimates
        Every metric, with its 95 % interval over rows.
    cost
        What it costs.
    has_collapsed
        Whether it gives every row the same class although the rows are of several.
    """

    name: str
    estimates: tuple[Estimate, ...]
    cost: ModelCost
    has_collapsed: bool = False

    def __getitem__(self, metric: str) -> Estimate:
        for estimate in self.estimates:
            if estimate.metric == metric:
                return estimate
        raise KeyError(f"{metric!r} was not measured; got {[e.metric for e in self.estimates]}")


@dataclass(frozen=True)
class PairRow:
    """Two of the models, paired row by row.

    Attributes
    ----------
    first, second
        Their names.
    difference, low, high
        First minus second in units of the metric, with its 95 % interval; not corrected for the
        number of comparisons.
    p_value
        Two-sided bootstrap p-value of "no difference".
    p_holm
        The same, corrected by Holm for all the pairs of the comparison; the verdict rests on it.
    effect_size
        The difference divided by its standard deviation per row, which is its bootstrap standard
        error times the root of the number of rows: for a metric that is a mean over rows, Cohen's
        d of the paired differences. Positive: the first is larger. 0 when nothing differs, NaN
        when it does not vary.
    only_first, only_second
        Rows that only one of the two has right; -1 for predicted numbers.
    verdict
        ``"better"``: the first is, ``"worse"``, ``"no clear difference"``, or ``"undecided"``:
        too few rows, or the metric is not defined.
    """

    first: str
    second: str
    difference: float
    low: float
    high: float
    p_value: float
    p_holm: float
    effect_size: float
    only_first: int
    only_second: int
    verdict: PairVerdict


@dataclass(frozen=True)
class ModelComparison:
    """What :func:`tutelage.evaluation.model_comparison.compare_scored` found.

    Attributes
    ----------
    metric, title, direction
        What the pairs are compared by, and whether ``"higher"`` or ``"lower"`` is better.
    models
        One per model, in the order given.
    pairs
        Every pair of them.
    classes
        The classes; none when numbers are predicted.
    n_rows, n_bootstrap, seed
        How it was measured.
    notes
        What a reader should know.
    """

    metric: str
    title: str
    direction: Literal["higher", "lower"]
    models: tuple[ModelRow, ...]
    pairs: tuple[PairRow, ...]
    classes: tuple[str, ...]
    n_rows: int
    n_bootstrap: int
    seed: int
    notes: tuple[str, ...] = ()

    @property
    def collapse_rate(self) -> float:
        """Share of the models that give every row the same class."""
        return sum(model.has_collapsed for model in self.models) / len(self.models)

    def model_lines(self) -> tuple[list[str], list[list[str]]]:
        """Return the head and the lines of the table of models."""
        head = ["model", self.title, "95 % interval", "training s", "ms per row", "MB", "teacher $"]
        lines = []
        for model in self.models:
            score = model[self.metric]
            cost = model.cost
            lines.append(
                [
                    model.name,
                    _shown(score.value, ".3f"),
                    f"{_shown(score.low, '.3f')} to {_shown(score.high, '.3f')}",
                    _shown(cost.train_seconds, ".2f"),
                    _shown(cost.predict_ms_per_row, ".3f"),
                    _shown(cost.megabytes, ".3g"),
                    _shown(cost.teacher_usd, ".4f"),
                ]
            )
        return head, lines

    def pair_lines(self) -> tuple[list[str], list[list[str]]]:
        """Return the head and the lines of the table of pairs."""
        head = ["pair", "the first is", "difference", "95 % interval", "effect", "p (Holm)",
                "only first", "only second"]  # fmt: skip
        lines = [
            [
                f"{pair.first} - {pair.second}",
                pair.verdict,
                _shown(pair.difference, "+.3f"),
                f"{_shown(pair.low, '+.3f')} to {_shown(pair.high, '+.3f')}",
                _shown(pair.effect_size, "+.2f"),
                _shown(pair.p_holm, ".4f"),
                str(pair.only_first) if pair.only_first >= 0 else "-",
                str(pair.only_second) if pair.only_second >= 0 else "-",
            ]
            for pair in self.pairs
        ]
        return head, lines

    def sentences(self) -> list[str]:
        """Return one line per pair, for people."""
        return [_sentence(pair, self.title) for pair in self.pairs]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = _plain(asdict(self))
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelComparison:
        """Read what :meth:`to_dict` wrote."""
        given = dict(values)
        given["models"] = tuple(_read_model(model) for model in given["models"])
        given["pairs"] = tuple(PairRow(**_known(pair)) for pair in given["pairs"])
        given["classes"], given["notes"] = tuple(given["classes"]), tuple(given["notes"])
        return cls(**given)


def _sentence(pair: PairRow, title: str) -> str:
    one, other = pair.first, pair.second
    head = {
        "better": f"{one} is better than {other}",
        "worse": f"{one} is worse than {other}",
        "no clear difference": f"{one} and {other} do not differ clearly",
        "undecided": f"{one} and {other} cannot be told apart on these rows",
    }[pair.verdict]
    if math.isnan(pair.low):
        return f"{head}: {_shown(pair.difference, '+.3f')} {title}."
    interval = f"95 % interval {pair.low:+.3f} to {pair.high:+.3f}"
    parts = [f"{head}: {pair.difference:+.3f} {title} ({interval})"]
    parts.append(f"effect size {_shown(pair.effect_size, '+.2f')}")
    if pair.only_first >= 0:
        parts.append(
            f"only {one} has {pair.only_first} rows right, only {other} {pair.only_second}"
        )
    parts.append(f"p {pair.p_holm:.4f}")
    return "; ".join(parts) + "."


def _shown(value: float, form: str) -> str:
    return "-" if math.isnan(value) else f"{value:{form}}"


def _read_model(values: Mapping[str, Any]) -> ModelRow:
    estimates: Sequence[Mapping[str, Any]] = values["estimates"]
    return ModelRow(
        values["name"],
        tuple(Estimate(**_known(one)) for one in estimates),
        ModelCost(**_known(values["cost"])),
        values["has_collapsed"],
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: math.nan if value is None else value for key, value in row.items()}
