"""Several teachers asked the same: their answers together, and how far they agree."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.lessons.feature_prior import FeaturePrior, FeatureScore
from tutelage.lessons.provenance import Provenance
from tutelage.teacher.origin import origins_together
from tutelage.teacher.plan import Interval, Plan


@dataclass(frozen=True)
class Agreement:
    """How far two teachers agree about one class.

    Attributes
    ----------
    first, second, label
        Whom and what it compares.
    n_entries
        Columns and categories that both scored.
    correlation
        Pearson correlation of their mean scores, in [-1, 1]; NaN with fewer than three entries
        or when one teacher scores everything alike.
    same_sign
        Share of entries that neither scored 0 where both point the same way, in [0, 1]; NaN
        without such an entry.
    """

    first: str
    second: str
    label: str
    n_entries: int
    correlation: float
    same_sign: float

    def __str__(self) -> str:
        return (
            f"{self.first} and {self.second} about {self.label!r}: correlation "
            f"{self.correlation:.2f}, same sign on {self.same_sign:.0%} of {self.n_entries}"
        )


def agreements(priors: Sequence[FeaturePrior]) -> list[Agreement]:
    """Return how far each two teachers agree about each class that both scored."""
    found = []
    for one, other in itertools.combinations(priors, 2):
        for label in one.scored_classes:
            mine = {(e.column, e.category): e.mean for e in one.entries(label) if e.answers}
            yours = {(e.column, e.category): e.mean for e in other.entries(label) if e.answers}
            both = [key for key in mine if key in yours]
            a = np.array([mine[key] for key in both])
            b = np.array([yours[key] for key in both])
            signed = (a != 0) & (b != 0)
            found.append(
                Agreement(
                    one.provenance.teacher,
                    other.provenance.teacher,
                    label,
                    len(both),
                    _correlation(a, b),
                    float(np.mean(np.sign(a[signed]) == np.sign(b[signed])))
                    if signed.any()
                    else math.nan,
                )
            )
    return found


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def together(priors: Sequence[FeaturePrior]) -> FeaturePrior:
    """Return one prior that holds every teacher's answers, and says how far they agree.

    The mean of an entry is the mean over all answers; its spread holds the teachers'
    disagreement beside each teacher's own. All were asked equally often, so all count alike.
    """
    answers: dict[tuple[str, str, str | None], tuple[float, ...]] = {}
    for prior in priors:
        for entry in prior.scores:
            key = (entry.label, entry.column, entry.category)
            answers[key] = answers.get(key, ()) + entry.answers
    scores = tuple(FeatureScore(*key, given) for key, given in answers.items())
    return FeaturePrior(priors[0].classes, scores, _provenance(priors))


def _provenance(priors: Sequence[FeaturePrior]) -> Provenance:
    return origins_together(
        [prior.provenance for prior in priors], [str(a) for a in agreements(priors)]
    )


def plans_together(plans: Sequence[Plan]) -> Plan:
    """Return the plan of asking every teacher."""
    if len(plans) == 1:
        return plans[0]
    return Plan(
        teacher=" + ".join(plan.teacher for plan in plans),
        n_questions=sum(plan.n_questions for plan in plans),
        n_cached=sum(plan.n_cached for plan in plans),
        n_calls=sum(plan.n_calls for plan in plans),
        tokens_in=_sum([plan.tokens_in for plan in plans]),
        tokens_out=_sum([plan.tokens_out for plan in plans]),
        cost_usd=_sum([plan.cost_usd for plan in plans]),
        worst_usd=sum(plan.worst_usd for plan in plans),
        basis="; ".join(dict.fromkeys(plan.basis for plan in plans)),
        sample_request=plans[0].sample_request,
        outgoing=tuple(request for plan in plans for request in plan.outgoing),
    )


def _sum(intervals: Sequence[Interval]) -> Interval:
    return Interval(
        sum(interval.low for interval in intervals),
        sum(interval.expected for interval in intervals),
        sum(interval.high for interval in intervals),
    )
