"""What the suite found of several models: one result each, a fan over strengths, differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tutelage.evaluation.robustness_result import (
    MEASURES,
    AttackResult,
    RobustnessResult,
    known_values,
    plain_values,
)

Verdict = Literal["better", "worse", "no clear difference"]


@dataclass(frozen=True)
class FanPoint:
    """Accuracy at one strength.

    Attributes
    ----------
    strength
        Of the attack; 0 is the texts as they were.
    n_changed, n_rows
        How many texts it changed, of how many. All count for the accuracy, changed or not, so
        that strengths can be compared.
    accuracy, low, high
        Share of right predictions, with its 95 % bootstrap interval over texts.
    """

    strength: float
    n_changed: int
    n_rows: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class FanLine:
    """One attack from strength 0 upwards: its name, its title, its points by strength."""

    attack: str
    title: str
    points: tuple[FanPoint, ...]


@dataclass(frozen=True)
class ModelUnderAttack:
    """One model: its name, what every attack did to it, and its fan."""

    name: str
    result: RobustnessResult
    fan: tuple[FanLine, ...]

    @property
    def before_and_after(self) -> tuple[float, float]:
        """Accuracy before and under attack, over all changed texts of all attacks; or NaN."""
        known = [one for one in self.result.attacks if one.n_changed]
        n_changed = sum(one.n_changed for one in known)
        if not n_changed:
            return math.nan, math.nan
        before, after = (
            sum(one[name].value * one.n_changed for one in known) / n_changed
            for name in ("accuracy_before", "accuracy")
        )
        return before, after


@dataclass(frozen=True)
class AttackDifference:
    """Two models under one attack, paired text by text.

    Attributes
    ----------
    attack, title
        Of the attack; ``""`` and "Mean of all attacks" for the mean over attacks, each text
        counting as often as attacks changed it.
    model, reference
        Names of the two models.
    n_changed
        Texts that the attack changed.
    difference, low, high
        Accuracy under attack of the model minus that of the reference, with its 95 % interval
        over texts, not corrected.
    p_holm
        Two-sided bootstrap p-value, corrected by Holm for all differences of the suite.
    verdict
        Of the model against the reference, by the corrected p-value.
    """

    attack: str
    title: str
    model: str
    reference: str
    n_changed: int
    difference: float
    low: float
    high: float
    p_holm: float
    verdict: Verdict

    def sentence(self) -> str:
        """Return one line for people.

        >>> args = ("case", "Case", "taught", "plain", 90, 0.1, 0.05, 0.15, 0.001, "better")
        >>> AttackDifference(*args).sentence()
        'Case: taught is better than plain, +0.100 accuracy (+0.050 to +0.150; p 0.0010).'
        """
        head = {
            "better": f"{self.model} is better than {self.reference}",
            "worse": f"{self.model} is worse than {self.reference}",
            "no clear difference": f"{self.model} and {self.reference} do not differ clearly",
        }[self.verdict]
        interval = f"{self.low:+.3f} to {self.high:+.3f}; p {self.p_holm:.4f}"
        return f"{self.title}: {head}, {self.difference:+.3f} accuracy ({interval})."


@dataclass(frozen=True)
class SuiteResult:
    """What :func:`tutelage.evaluation.robustness_suite.robustness_suite` found.

    Attributes
    ----------
    models
        In the order given.
    differences
        Of each model to the first, attack by attack.
    lexicon
        Where the keywords of the attacks come from, or ``""`` without keyword attacks.
    n_bootstrap, seed
        How it was measured.
    notes
        What holds for all models.
    """

    models: tuple[ModelUnderAttack, ...]
    differences: tuple[AttackDifference, ...]
    lexicon: str
    n_bootstrap: int
    seed: int
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> ModelUnderAttack:
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(f"there was no model {name!r}; got {[m.name for m in self.models]}")

    def model_lines(self, name: str) -> tuple[list[str], list[list[str]]]:
        """Return the head and the lines of the table of one model."""
        head = ["attack", "strength", "changed", "before", "under attack", "change", "flips",
                "confidence", "drift"]  # fmt: skip
        return head, [_line(one) for one in self[name].result.attacks]

    def label_notes(self) -> list[tuple[str, str]]:
        """Return how far texts keep their label, with the attacks of which it is said."""
        said: dict[str, list[str]] = {}
        for one in self.models[0].result.attacks if self.models else ():
            said.setdefault(one.keeps_label, []).append(one.title)
        return [(note, ", ".join(titles)) for note, titles in said.items()]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = plain_values(asdict(self))
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SuiteResult:
        """Read what :meth:`to_dict` wrote."""
        given = dict(values)
        given["models"] = tuple(_read_model(one) for one in given["models"])
        given["differences"] = tuple(AttackDifference(**one) for one in given["differences"])
        given["notes"] = tuple(given["notes"])
        return cls(**given)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines of text, columns below one another.

    >>> aligned([["attack", "flips"], ["Case", "0.1"]])
    ['attack  flips', 'Case    0.1']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _line(one: AttackResult) -> list[str]:
    found = {estimate.metric: estimate for estimate in one.estimates}
    strength = "-" if math.isnan(one.strength) else f"{one.strength:g}"
    line = [one.title, strength, f"{one.n_changed} of {one.n_rows}"]
    for metric in MEASURES:
        if metric not in found or math.isnan(found[metric].value):
            line.append("-")
            continue
        sign = "+" if metric.endswith("_change") else ""
        cell = f"{found[metric].value:{sign}.3f}"
        if metric == "accuracy_change":
            cell += f" ({found[metric].low:+.3f} to {found[metric].high:+.3f})"
        line.append(cell)
    return line


def _read_model(values: Mapping[str, Any]) -> ModelUnderAttack:
    fan = tuple(
        FanLine(
            line["attack"],
            line["title"],
            tuple(FanPoint(**known_values(point)) for point in line["points"]),
        )
        for line in values["fan"]
    )
    return ModelUnderAttack(values["name"], RobustnessResult.from_dict(values["result"]), fan)
