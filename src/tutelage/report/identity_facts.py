"""IdentityFacts: what the record of a text job holds of words for groups of people."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.evaluation.counterfactual_values import SwapChange, SwapReport
from tutelage.evaluation.identity_found import FoundTerm
from tutelage.evaluation.identity_scores import GroupStrength


@dataclass(frozen=True)
class SourceStrengths:
    """How strongly one source of word scores rates the terms, per class and group."""

    source: str
    rows: tuple[GroupStrength, ...]


@dataclass(frozen=True)
class StudentSwaps:
    """What one student says when test texts are told about another group."""

    model: str
    report: SwapReport


@dataclass(frozen=True)
class IdentityFacts:
    """Identity terms in the texts and lessons of a text job.

    Attributes
    ----------
    n_terms
        How many terms were looked for.
    left_out
        Whether they were kept from the students; the scores are the teacher's all the same.
    found
        The terms that occur.
    strengths
        Scores by source; empty when no source scores a term.
    swaps, changes
        Counterfactual swaps of the plain and of the taught student, and what the taught one
        changes, paired by text.
    note
        Why swaps are missing, or how many texts they rest on; "" when there is nothing to say.
    """

    n_terms: int
    left_out: bool = False
    found: tuple[FoundTerm, ...] = ()
    strengths: tuple[SourceStrengths, ...] = ()
    swaps: tuple[StudentSwaps, ...] = ()
    changes: tuple[SwapChange, ...] = ()
    note: str = ""

    @property
    def is_alarming(self) -> bool:
        """Whether a lesson holds a term, or the taught student moves more than the plain one."""
        in_lessons = any(term.n_lessons for term in self.found)
        return in_lessons or any(change.verdict == "more" for change in self.changes)
