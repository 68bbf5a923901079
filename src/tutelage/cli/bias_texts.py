"""The bias command for text models: words for groups of people, swapped, scored and counted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from tutelage.cli.console import note, say_table, warn
from tutelage.cli.options import check_output_file, write_text
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
from tutelage.report.identity_audit import CHANCE, SMALL, IdentityAudit, Section, group_sections
from tutelage.report.identity_html import write_identity
from tutelage.students.text import TaughtTextClassifier

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
    out: Annotated[
        Path | None,
        typer.Option(help="Of a text model: also write the audit, a .html or a .json file."),
    ] = None


def text_bias(
    models: Mapping[str, TaughtTextClassifier],
    data: Path,
    target: str | None,
    options: TextBias,
    *,
    positive: str | None,
) -> IdentityAudit:
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
    return IdentityAudit(
        tuple(models), str(data), terms.n_terms, swaps, groups, scores, tuple(findings)
    )


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


def say_audit(audit: IdentityAudit) -> None:
    """Print what was found, the swaps first."""
    _say_sections(audit.tables())
    for sentence in audit.notes():
        note(sentence)
    for finding in audit.findings:
        (warn if finding.severity == "warning" else note)(finding.message)


def write_audit(audit: IdentityAudit, path: Path) -> None:
    """Write the audit as a page or as JSON, by the ending of the file."""
    if path.suffix == ".json":
        write_text(path, json.dumps(audit.to_dict(), indent=1, allow_nan=False) + "\n")
    else:
        write_identity(audit, path)
    note(f"The audit is in {path}.")


def check_audit_file(path: Path | None) -> None:
    """Raise before any work is done when the audit cannot be written there."""
    check_output_file(path)
    if path is not None and path.suffix not in (".html", ".json"):
        raise InputError(f"--out must end in .html or .json, got {path.name!r}.")


def say_group_values(groups: GroupReport | GroupComparison, names: tuple[str, ...]) -> None:
    """Print group metrics of one model or of two."""
    _say_sections(group_sections(groups, names))
    report = groups if isinstance(groups, GroupReport) else groups.first
    if any(scores.is_small for scores in report.scores):
        note(SMALL)
    note(CHANCE)


def _say_sections(sections: Sequence[Section]) -> None:
    for section in sections:
        say_table(section.title, section.head, section.lines)
