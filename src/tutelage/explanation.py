"""Explanation: one signed number per unit of one prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """Why one row got its score for one class.

    ``sum(contributions) + bias == score`` up to rounding: nothing is left over.

    Attributes
    ----------
    target
        The class the numbers speak for; ``"prediction"`` when a number is predicted.
    units
        What is explained, in order: the table's own columns, or words.
    values
        What the row holds for each unit, as text.
    contributions
        One signed number per unit, in units of the score. Positive speaks for ``target``.
    bias
        What the score would be with every unit at its average.
    score
        The model's score (log-odds for two classes, class logit for more) for ``target``, or the
        number predicted.
    probability
        The model's probability of ``target``, in [0, 1]; NaN when a number is predicted.
    """

    target: object
    units: tuple[str, ...]
    values: tuple[str, ...]
    contributions: tuple[float, ...]
    bias: float
    score: float
    probability: float

    def top(self, n: int = 5) -> list[tuple[str, str, float]]:
        """Return the ``n`` units with the largest absolute contribution: (unit, value, number).

        >>> e = Explanation("ill", ("age", "job"), ("40", "clerk"), (0.1, -0.4), 0.0, -0.3, 0.43)
        >>> e.top(1)
        [('job', 'clerk', -0.4)]
        """
        rows = zip(self.units, self.values, self.contributions, strict=True)
        return sorted(rows, key=lambda row: -abs(row[2]))[:n]

    def to_dict(self) -> dict[str, object]:
        """Return the explanation as plain values, ready for JSON."""
        return {
            "target": str(self.target),
            "score": self.score,
            "probability": None if math.isnan(self.probability) else self.probability,
            "bias": self.bias,
            "units": [
                {"unit": unit, "value": value, "contribution": number}
                for unit, value, number in zip(
                    self.units, self.values, self.contributions, strict=True
                )
            ],
        }
