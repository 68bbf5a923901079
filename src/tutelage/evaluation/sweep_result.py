"""What a sweep found: its trials, what each parameter does, and what is worth keeping."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from tutelage.evaluation.robustness_result import known_values, plain_values


@dataclass(frozen=True)
class SweepTrial:
    """One setting with its scores.

    Attributes
    ----------
    number
        In the order of starting, from 0.
    settings
        Parameter -> value.
    scores
        One per fold; all trials share their folds.
    seconds
        What judging it took.
    """

    number: int
    settings: Mapping[str, Any]
    scores: tuple[float, ...]
    seconds: float

    @property
    def score(self) -> float:
        """Mean over the folds."""
        return float(np.mean(self.scores))


@dataclass(frozen=True)
class Confirmation:
    """The best setting against the default on folds that the search did not use.

    Attributes
    ----------
    best, default
        Mean scores of the two.
    gain, standard_error
        Mean gain of the best, positive is better, and the standard error of the paired
        differences over folds. Folds share rows, so the error is somewhat too small.
    n_folds
        Paired folds.
    """

    best: float
    default: float
    gain: float
    standard_error: float
    n_folds: int


@dataclass(frozen=True)
class SweepResult:
    """What :func:`tutelage.evaluation.sweep.sweep` found.

    Attributes
    ----------
    metric, title, direction
        What settings were judged by, and whether ``"higher"`` or ``"lower"`` is better.
    trials
        Distinct settings, in the order of starting.
    default, best, chosen
        Settings. The best of the search is chosen when it also gains more than one standard error
        on other folds; else the default stays.
    confirmation
        Of the best against the default; ``None`` when they are the same.
    importance
        Parameter -> share of the variance of the scores that it explains (fANOVA); empty with
        too few trials.
    seed
        Of folds and search.
    """

    metric: str
    title: str
    direction: Literal["higher", "lower"]
    trials: tuple[SweepTrial, ...]
    default: Mapping[str, Any]
    best: Mapping[str, Any]
    chosen: Mapping[str, Any]
    confirmation: Confirmation | None
    importance: Mapping[str, float]
    seed: int

    def trial_of(self, settings: Mapping[str, Any]) -> SweepTrial:
        """Return the trial of these settings."""
        for trial in self.trials:
            if trial.settings == settings:
                return trial
        raise KeyError(f"no trial has the settings {dict(settings)}")

    @property
    def ranked(self) -> list[SweepTrial]:
        """The trials, best first; of equals the earlier."""
        sign = -1 if self.direction == "higher" else 1
        return sorted(self.trials, key=lambda trial: (sign * trial.score, trial.number))

    def lines(self) -> tuple[list[str], list[list[str]]]:
        """Return the head and the lines of the table of trials, best first."""
        names = list(self.default)
        head = [*names, self.title, "sd over folds", "seconds", ""]
        found = []
        for trial in self.ranked:
            marks = [name for name, one in (("default", self.default), ("chosen", self.chosen))
                     if trial.settings == one]  # fmt: skip
            spread = float(np.std(trial.scores, ddof=1)) if len(trial.scores) > 1 else math.nan
            values = [value_text(trial.settings[name]) for name in names]
            numbers = [f"{trial.score:.4f}", f"{spread:.4f}", f"{trial.seconds:.1f}"]
            found.append([*values, *numbers, ", ".join(marks)])
        return head, found

    def verdict(self) -> str:
        """Return what came out, in a sentence or two."""
        found = self.confirmation
        if found is None:
            return f"None of {len(self.trials)} settings scored better than the default."
        gained = (
            f"on other folds of the same rows the best setting gains {found.gain:+.4f} "
            f"{self.title} over the default (standard error {found.standard_error:.4f}, "
            f"{found.n_folds} folds)"
        )
        if self.chosen == self.best:
            return f"Chosen: the best of {len(self.trials)} settings; {gained}."
        return (
            f"The default stays: {gained}, no more than its error. Differences of the search were "
            "chance, or too small to tell."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values: dict[str, Any] = plain_values(asdict(self))
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SweepResult:
        """Read what :meth:`to_dict` wrote."""
        given = dict(values)
        given["trials"] = tuple(
            SweepTrial(one["number"], one["settings"], tuple(one["scores"]), one["seconds"])
            for one in given["trials"]
        )
        if given["confirmation"] is not None:
            given["confirmation"] = Confirmation(**known_values(given["confirmation"]))
        return cls(**given)


def value_text(value: object) -> str:
    """Return a parameter's value for people.

    >>> value_text(0.123456), value_text("auto"), value_text(True)
    ('0.1235', 'auto', 'True')
    """
    return f"{value:.4g}" if isinstance(value, float) else str(value)
