"""What robustness found: one row per attack, every number with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tutelage.evaluation.run import Estimate

MEASURES: dict[str, tuple[str, Literal["higher", "lower"]]] = {
    "accuracy_before": ("Accuracy before", "higher"),
    "accuracy": ("Accuracy", "higher"),
    "accuracy_change": ("Change of accuracy", "higher"),
    "flips": ("Predictions that changed", "lower"),
    "confidence_change": ("Change of confidence", "higher"),
    "explanation_drift": ("Explanation drift", "lower"),
}


@dataclass(frozen=True)
class AttackResult:
    """What one attack did to a model.

    Attributes
    ----------
    name, title, keeps_label
        Of the attack.
    strength, seed
        Of the attack; NaN and -1 for texts that somebody else perturbed.
    n_rows
        Texts that were given to the attack.
    n_changed
        Texts that it changed: every measure is about these, before and after.
    estimates
        ``accuracy_before`` and ``accuracy``: share of right predictions. ``accuracy_change``:
        the second minus the first, paired by text, negative is worse. ``flips``: share of texts
        whose predicted class changed, right or wrong. ``confidence_change``: mean change of the
        probability of the class that was predicted before, in [-1, 1]. ``explanation_drift``:
        mean of 1 - Spearman correlation of the words' attributions before and after, over the
        words that both texts have, for the class predicted before, in [0, 2]; 0 is no drift.
        Each with a 95 % bootstrap interval over texts; none when nothing was changed.
    note
        What a reader should know, or ``""``.
    """

    name: str
    title: str
    keeps_label: str
    strength: float
    seed: int
    n_rows: int
    n_changed: int
    estimates: tuple[Estimate, ...]
    note: str = ""

    def __getitem__(self, measure: str) -> Estimate:
        for estimate in self.estimates:
            if estimate.metric == measure:
                return estimate
        raise KeyError(f"{measure!r} was not measured; got {[e.metric for e in self.estimates]}")

    def __contains__(self, measure: str) -> bool:
        return any(estimate.metric == measure for estimate in self.estimates)


@dataclass(frozen=True)
class RobustnessResult:
    """What :func:`tutelage.evaluation.robustness.robustness` found.

    Attributes
    ----------
    model
        Name of the model's class.
    clean
        Accuracy on the distinct texts as they were.
    attacks
        One per attack, in the order given.
    classes
        The model's classes.
    n_texts
        Distinct texts before any attack.
    n_asked
        Distinct texts that the model was asked about.
    n_bootstrap, seed
        How it was measured.
    notes
        What holds for all attacks: no explanations, one class only.
    """

    model: str
    clean: Estimate
    attacks: tuple[AttackResult, ...]
    classes: tuple[str, ...]
    n_texts: int
    n_asked: int
    n_bootstrap: int
    seed: int
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> AttackResult:
        for attack in self.attacks:
            if attack.name == name:
                return attack
        raise KeyError(f"there was no attack {name!r}; got {[a.name for a in self.attacks]}")

    def table(self) -> str:
        """Return what was found as lines of text, for a terminal."""
        measures = list(MEASURES)[1:]
        rows = [
            ["attack", "strength", "changed", *(MEASURES[name][0].lower() for name in measures)]
        ]
        for one in self.attacks:
            strength = "-" if math.isnan(one.strength) else f"{one.strength:g}"
            cells = [_cell(one[name]) if name in one else "-" for name in measures]
            rows.append([one.title, strength, f"{one.n_changed} of {one.n_rows}", *cells])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        notes = [f"{one.title}: {one.note}" for one in self.attacks if one.note]
        return "\n".join([f"Clean texts, {self.clean}", *lines, *notes, *self.notes])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = plain_values(asdict(self))
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RobustnessResult:
        """Read what :meth:`to_dict` wrote."""
        given = dict(values)
        given["clean"] = Estimate(**known_values(given["clean"]))
        given["attacks"] = tuple(_read_attack(one) for one in given["attacks"])
        given["classes"], given["notes"] = tuple(given["classes"]), tuple(given["notes"])
        return cls(**given)


def _cell(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "-"
    sign = "+" if estimate.metric.endswith("_change") else ""
    return f"{estimate.value:{sign}.3f} ({estimate.low:{sign}.3f} to {estimate.high:{sign}.3f})"


def plain_values(value: Any) -> Any:
    """Return lists and dicts all the way down, ready for JSON; NaN becomes ``None``.

    >>> plain_values({"a": (1.0, float("nan"))})
    {'a': [1.0, None]}
    """
    if isinstance(value, dict):
        return {key: plain_values(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _read_attack(values: Mapping[str, Any]) -> AttackResult:
    given = known_values(values)
    given["estimates"] = tuple(Estimate(**known_values(row)) for row in given["estimates"])
    return AttackResult(**given)


def known_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of JSON with NaN in place of ``None``.

    >>> known_values({"low": None})
    {'low': nan}
    """
    return {key: math.nan if value is None else value for key, value in row.items()}
