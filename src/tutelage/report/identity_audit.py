"""IdentityAudit: what a text model does with words for groups of people, before any page exists."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from tutelage.evaluation.counterfactual_values import SwapComparison, SwapReport
from tutelage.evaluation.group_values import GroupComparison, GroupReport
from tutelage.evaluation.identity_groups import MentionScore
from tutelage.evaluation.identity_scores import IdentityScores
from tutelage.lessons import Finding

FEW_TEXTS = 30
CHANCE = "A gap is above 0 by chance alone; small groups make it larger."
SMALL = "* few rows, or few of a class: read the interval, not the value."


class Section(NamedTuple):
    """A table: its title, a name without spaces, its head, and its rows.

    The first ``n_names`` cells of a row are names; numbers follow.
    """

    title: str
    id: str
    head: list[str]
    lines: list[list[str]]
    n_names: int = 1


@dataclass(frozen=True, eq=False)
class IdentityAudit:
    """What was found of one text model, or of two on the same texts.

    Attributes
    ----------
    names
        Of the model, and of the one it is held against, if any.
    data
        Name of the file of texts.
    n_terms
        How many terms the list has.
    swaps
        Of counterfactual swaps.
    groups
        Scores by the group that a text mentions: group metrics, or accuracies where no class is
        positive; ``None`` without labels, or where no group can be compared.
    scores, findings
        Of word priors and class cards; ``None`` and nothing where none were given.
    """

    names: tuple[str, ...]
    data: str
    n_terms: int
    swaps: SwapReport | SwapComparison
    groups: GroupReport | GroupComparison | tuple[MentionScore, ...] | None = None
    scores: IdentityScores | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def swap_reports(self) -> tuple[SwapReport, ...]:
        """The swaps of each model."""
        if isinstance(self.swaps, SwapReport):
            return (self.swaps,)
        return (self.swaps.first, self.swaps.second)

    def tables(self) -> list[Section]:
        """Return the tables, those of swaps first."""
        return [*self._of_swaps(), *self._of_groups(), *self._of_lessons()]

    def notes(self) -> list[str]:
        """Return sentences about how to read the tables, and what they lack."""
        first = self.swap_reports[0]
        found = []
        if not first.rows:
            found.append(
                f"No text can be told about another group: {first.n_mentioning} of "
                f"{first.n_texts} texts mention one of the {self.n_terms} terms. Give texts that "
                "do, or another list with --identity-terms."
            )
        elif any(row.n_texts < FEW_TEXTS for row in first.rows):
            found.append("Some lines rest on few texts: read the interval, not the value.")
        if isinstance(self.groups, tuple):
            found.append("Name a class with --positive for rates and gaps between groups.")
        elif self.groups is not None:
            report = self.groups if isinstance(self.groups, GroupReport) else self.groups.first
            found += [SMALL] if any(scores.is_small for scores in report.scores) else []
            found.append(CHANCE)
        if self.scores is not None and not self.scores.rows:
            found.append(f"None of {self.scores.n_priors} word priors scores an identity term.")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; a number that is not defined becomes ``None``."""
        groups: Any = None
        if isinstance(self.groups, tuple):
            groups = [score.to_dict() for score in self.groups]
        elif self.groups is not None:
            groups = self.groups.to_dict()
        return {
            "models": list(self.names),
            "data": self.data,
            "n_terms": self.n_terms,
            "swaps": self.swaps.to_dict(),
            "groups": groups,
            "priors": None if self.scores is None else self.scores.to_dict(),
            "findings": [asdict(finding) for finding in self.findings],
        }

    def _of_swaps(self) -> list[Section]:
        if not self.swap_reports[0].rows:
            return []
        found = []
        for place, (name, report) in enumerate(zip(self.names, self.swap_reports, strict=True)):
            head, lines = report.lines()
            mentioned = f"{report.n_mentioning} of {report.n_texts} texts mention a group"
            title = f"{name}: texts told about another group; {mentioned}"
            found.append(Section(title, f"swaps-{place}", ["swap", *head], lines))
        if isinstance(self.swaps, SwapComparison):
            head, lines = self.swaps.change_lines()
            title = "What the first model changes"
            found.append(Section(title, "swap-changes", ["swaps", *head], lines))
        return found

    def _of_groups(self) -> list[Section]:
        if self.groups is None:
            return []
        if not isinstance(self.groups, tuple):
            return group_sections(self.groups, self.names)
        lines = [
            [
                f"{score.axis} = {score.group}{' *' * score.is_small}",
                str(score.n_texts),
                f"{score.accuracy:.3f}",
                f"{score.low:.3f} to {score.high:.3f}",
            ]
            for score in self.groups
        ]
        title = f"{self.names[0]}: how often it is right, by the group that a text mentions"
        return [Section(title, "accuracy", ["group", "texts", "accuracy", "95 % interval"], lines)]

    def _of_lessons(self) -> list[Section]:
        if self.scores is None or not self.scores.rows:
            return []
        head, lines = self.scores.lines()
        title = "What word priors say of identity terms"
        return [Section(title, "priors", ["group", *head], lines, 3)]


def group_sections(groups: GroupReport | GroupComparison, names: tuple[str, ...]) -> list[Section]:
    """Return the tables of group metrics of one model or of two, the gaps last."""
    reports = [groups] if isinstance(groups, GroupReport) else [groups.first, groups.second]
    found = []
    for place, (name, report) in enumerate(zip(names, reports, strict=True)):
        head, lines = report.group_lines()
        title = f"{name} on {report.n_rows} rows; positive: {report.positive}"
        found.append(Section(title, f"groups-{place}", ["group", *head], lines))
    if isinstance(groups, GroupReport):
        head, lines = groups.gap_lines()
        title = "Gaps between groups, largest minus smallest"
    else:
        head, lines = groups.change_lines()
        title = "Gaps between groups, and what the first model changes"
    return [*found, Section(title, "gaps", ["gap", *head], lines)]
