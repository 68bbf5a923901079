"""What hiding words showed, as a value with a file form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tutelage.evaluation.run import Estimate


@dataclass(frozen=True)
class CurvePoint:
    """One share of the words: how far the probability falls, on average over texts.

    Attributes
    ----------
    threshold
        Share of the words, in (0, 1].
    comprehensiveness, comprehensiveness_low, comprehensiveness_high
        The fall when they are hidden (a point of the deletion curve) and its 95 % interval.
    sufficiency, sufficiency_low, sufficiency_high
        The fall when all others are hidden.
    """

    threshold: float
    comprehensiveness: float
    comprehensiveness_low: float
    comprehensiveness_high: float
    sufficiency: float
    sufficiency_low: float
    sufficiency_high: float


@dataclass(frozen=True)
class FaithfulnessResult:
    """What hiding words showed.

    Attributes
    ----------
    estimates
        One per measure, each the mean over texts with its 95 % interval.
    curve
        The same means at each threshold alone; empty for measures that have none.
    attribution
        Which attribution was evaluated; ``""`` when that was not said.
    trained_on
        Which attribution the model was trained to agree with; ``""`` for none.
    hidden_by
        ``"deletion"``, or the placeholder that stood for a hidden word.
    target
        ``"predicted"`` or ``"given"``: the class whose probability was followed.
    n_texts, n_skipped
        Texts measured; texts that cannot be (without a word, or too long for the measure).
    n_asked
        Texts that the model was asked about.
    n_bootstrap, seed
        How the intervals were made.
    """

    estimates: tuple[Estimate, ...]
    curve: tuple[CurvePoint, ...]
    attribution: str
    trained_on: str
    hidden_by: str
    target: str
    n_texts: int
    n_skipped: int
    n_asked: int
    n_bootstrap: int
    seed: int

    def __getitem__(self, metric: str) -> Estimate:
        for estimate in self.estimates:
            if estimate.metric == metric:
                return estimate
        raise KeyError(f"{metric!r} was not measured; got {[e.metric for e in self.estimates]}")

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The shares of the words that were hidden or kept."""
        return tuple(point.threshold for point in self.curve)

    @property
    def caution(self) -> str:
        """What a reader must know before believing the numbers, or ``""``."""
        if self.trained_on and self.trained_on == self.attribution:
            return (
                f"The model was trained to agree with a prior by {self.attribution}, the "
                "attribution that is evaluated: an explanation can come to look better without "
                "the model having changed. Evaluate with another attribution too."
            )
        return ""

    def table(self) -> str:
        """Return what was measured as lines of text, for a terminal."""
        about = f"attribution: {self.attribution or 'not named'}"
        about += f"; model trained on: {self.trained_on or 'no attribution'}"
        about += f"; words hidden by {self.hidden_by}; {self.target} class; {self.n_texts} texts"
        lines = [about, *(f"{e}, {e.direction} is better" for e in self.estimates)]
        return "\n".join(lines + ([self.caution] if self.caution else []))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        values = asdict(self)
        for name in ("estimates", "curve"):
            values[name] = [
                {key: None if _is_nan(number) else number for key, number in row.items()}
                for row in values[name]
            ]
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FaithfulnessResult:
        """Read what :meth:`to_dict` wrote."""
        given: dict[str, Any] = dict(values)
        given["estimates"] = tuple(Estimate(**_known(row)) for row in given["estimates"])
        given["curve"] = tuple(CurvePoint(**_known(row)) for row in given["curve"])
        return cls(**given)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: math.nan if value is None else value for key, value in row.items()}
