"""Finding: one suspicion about a lesson."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "warning"]


@dataclass(frozen=True)
class Finding:
    """One suspicion about a prior.

    Attributes
    ----------
    kind
        ``"empty"``, ``"all_zero"``, ``"uniform"``, ``"missing"``, ``"saturated"``,
        ``"contradictory"`` or ``"spread"``; of word priors also ``"stranger"`` (a label that is
        none of the classes).
    severity
        ``"warning"``: the prior may be useless or harmful. ``"note"``: worth knowing.
    message
        One sentence with the numbers and what to do.
    label
        The class concerned, or ``""`` for all.
    names
        The columns or categories concerned; of word priors their positions, such as ``"7"``.
    """

    kind: str
    severity: Severity
    message: str
    label: str = ""
    names: tuple[str, ...] = ()
