"""The bias command for text models: words for groups of people, swapped, scored and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from tutelage.cli.console import note, say, say_table, warn
from tutelage.cli.table_file import read_frame
from tutelage.cli.text_data import LabelledTexts, as_texts, read_labelled_texts
from tutelage.cli.text_models import TextColumnOfModel, text_column
from tutelage.cli.text_options import LESSON_FILES, IdentityTermsFile, identity_terms_in
from tutelage.errors import InputError
from tutelage.evaluation.counterfactual import compare_swaps, counterfactual_swaps
from tutelage.evaluation.counterfactual_values import SwapComparison, SwapReport
from tutelage.evaluation.group_values import GroupComparison, GroupReport
from tutelage.evaluation.groups import compare_groups, group_metrics
from tutelage.evaluation.identity_groups import (
    MentionScore,
    accuracy_by_mention,
    groups_mentioned,
)
from tutelage.evaluation.identity_scores import IdentityScores, identity_scores
from tutelage.lessons import ClassCard, Finding, WordPrior, load_lessons
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.identity_terms_priors import identity_findings
from tutelage.students.text import TaughtTextClassifier

FEW_TEXTS = 30

Groups = GroupReport | GroupComparison | tuple[MentionScore, ...] | None


@dataclass(frozen=True)
class TextBias:
    """What a text model is asked about; a group of options."""

    text: TextColumnOfModel = None
    identity_terms: IdentityTermsFile = None
    lessons: Annotated[
        Path | None,
        typer.Option(help="Of a text model: folder or file of lessons to search for those words."),
    ] = None


@dataclass(frozen=True, eq=False)
class TextAudit:
    """What was found of one text model, or of two.

    Attributes
    ----------
    terms
        The list.
    swaps
        Of counterfactual swaps.
    groups
        Scores by the group that a text mentions; ``None`` without labels, or where no group can
        be compared.
    scores, findings
        Of word priors and class cards; ``None`` and nothing where none were given.
    """

    terms: IdentityTerms
    swaps: SwapReport | SwapComparison
    groups: Groups
    scores: IdentityScores | None
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        groups: Any = None
        if isinstance(self.groups, tuple):
            groups = [score.to_dict() for score in self.groups]
        elif self.groups is not None:
            groups = self.groups.to_dict()
        return {
            "n_terms": self.terms.n_terms,
            "swaps": self.swaps.to_dict(),
            "groups": groups,
            "priors": None if self.scores is None else self.scores.to_dict(),
            "findings": [asdict(finding) for finding in self.findings],
        }


def text_bias(
    models: Mapping[str, TaughtTextClassifier],
    data: Path,
    target: str | None,
    options: TextBias,
    *,
    positive: str | None,
) -> TextAudit:
    """Audit one text model, or two on the same texts (by name, the audited one first).

    Raises
    ------
    DataError
        When the file or its columns cannot be used.
    InputError
        When the list or the lessons cannot be used.
    ExtraMissing
        When groups are to be compared and fairlearn is not installed.
    """
    terms = identity_terms_in(options.identity_terms)
    scores, findings = _of_lessons(options.lessons, terms)
    frame = read_frame(data)
    column = text_column(frame, data, options.text, besides=target or "")
    texts = as_texts(frame[column], data)
    labelled = None if target is None else read_labelled_texts(data, target, column)
    groups = None if labelled is None else _groups(models, labelled, terms, positive)
    swaps: SwapReport | SwapComparison
    if len(models) == 1:
        swaps = counterfactual_swaps(next(iter(models.values())), texts, terms)
    else:
        (name, first), (other, second) = models.items()
        swaps = compare_swaps(first, second, texts, terms, names=(name, other))
    return TextAudit(terms, swaps, groups, scores, tuple(findings))


def _groups(
    models: Mapping[str, TaughtTextClassifier],
    labelled: LabelledTexts,
    terms: IdentityTerms,
    positive: str | None,
) -> Groups:
    """Return group metrics where one class is positive, else how often the model is right."""
    student, labels = next(iter(models.values())), labelled.labels
    mentioned = groups_mentioned(labelled.texts, terms)
    comparable = mentioned[[axis for axis in mentioned if mentioned[axis].nunique() > 1]]
    if comparable.empty:
        return None
    texts = list(labelled.texts)
    if positive is None and len(student.classes_) > 2:
        return accuracy_by_mention(student, texts, labels, terms)
    if len(models) == 1:
        return group_metrics(student, texts, labels, comparable, positive=positive)
    first, second = models
    names = (first, second)
    return compare_groups(
        student, models[second], texts, labels, comparable, names=names, positive=positive
    )


def _of_lessons(
    place: Path | None, terms: IdentityTerms
) -> tuple[IdentityScores | None, list[Finding]]:
    if place is None:
        return None, []
    priors: list[WordPrior] = []
    cards: list[ClassCard] = []
    for path in _files(place):
        found = load_lessons(path)
        lessons: Sequence[Any] = found if isinstance(found, tuple) else ()
        priors += [lesson for lesson in lessons if isinstance(lesson, WordPrior)]
        cards += [lesson for lesson in lessons if isinstance(lesson, ClassCard)]
    if not priors and not cards:
        raise InputError(
            f"--lessons must hold word priors or class cards, got none in {place}. A run of fit "
            "--text leaves them in its folder lessons/."
        )
    return identity_scores(priors, terms), identity_findings(priors, terms, cards)


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    return [place / name for name in LESSON_FILES.values() if (place / name).exists()]


def say_text_bias(audit: TextAudit, names: Sequence[str]) -> None:
    """Print what was found, the swaps first."""
    _say_swaps(audit.swaps, audit.terms, names)
    _say_groups(audit.groups, names)
    if audit.scores is not None:
        if audit.scores.rows:
            head, lines = audit.scores.lines()
            say_table("What word priors say of identity terms", ["group", *head], lines)
        else:
            say(f"None of {audit.scores.n_priors} word priors scores an identity term.")
    for finding in audit.findings:
        (warn if finding.severity == "warning" else note)(finding.message)


def _say_swaps(
    swaps: SwapReport | SwapComparison, terms: IdentityTerms, names: Sequence[str]
) -> None:
    reports = [swaps] if isinstance(swaps, SwapReport) else [swaps.first, swaps.second]
    first = reports[0]
    if not first.rows:
        say(
            f"No text can be told about another group: {first.n_mentioning} of {first.n_texts} "
            f"texts mention one of the {terms.n_terms} terms. Give texts that do, or another list "
            "with --identity-terms."
        )
        return
    for name, report in zip(names, reports, strict=True):
        head, lines = report.lines()
        mentioned = f"{report.n_mentioning} of {report.n_texts} texts mention a group"
        say_table(f"{name}: texts told about another group; {mentioned}", ["swap", *head], lines)
    if isinstance(swaps, SwapComparison):
        head, lines = swaps.change_lines()
        say_table("What the first model changes", ["swaps", *head], lines)
    if any(row.n_texts < FEW_TEXTS for row in first.rows):
        note("Few texts could be swapped in some lines: read the interval, not the value.")


def _say_groups(groups: Groups, names: Sequence[str]) -> None:
    if groups is None:
        return
    if isinstance(groups, tuple):
        say_table(
            f"{names[0]}: how often it is right, by the group that a text mentions",
            ["group", "texts", "accuracy", "95 % interval"],
            [
                [
                    f"{score.axis} = {score.group}{' *' * score.is_small}",
                    str(score.n_texts),
                    f"{score.accuracy:.3f}",
                    f"{score.low:.3f} to {score.high:.3f}",
                ]
                for score in groups
            ],
        )
        note("Name a class with --positive for rates and gaps between groups.")
        return
    say_group_values(groups, names)


def say_group_values(groups: GroupReport | GroupComparison, names: Sequence[str]) -> None:
    """Print group metrics of one model or of two."""
    reports = [groups] if isinstance(groups, GroupReport) else [groups.first, groups.second]
    for name, report in zip(names, reports, strict=True):
        head, lines = report.group_lines()
        title = f"{name} on {report.n_rows} rows; positive: {report.positive}"
        say_table(title, ["group", *head], lines)
    if isinstance(groups, GroupReport):
        head, lines = groups.gap_lines()
        say_table("Gaps between groups, largest minus smallest", ["gap", *head], lines)
    else:
        head, lines = groups.change_lines()
        say_table("Gaps between groups, and what the first model changes", ["gap", *head], lines)
    if any(scores.is_small for scores in reports[0].scores):
        note("* few rows, or few of a class: read the interval, not the value.")
    note("A gap is above 0 by chance alone; small groups make it larger.")
