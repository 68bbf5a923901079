"""Are these word priors junk? Missing, all zero, uniform, of an unknown class, contradictory.

Texts are named by their position, never quoted: findings end up in logs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tutelage.lessons.entry_checks import some
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.finding import Finding, Severity
from tutelage.lessons.word_prior import WordPrior

Numbered = list[tuple[int, WordPrior]]

MANY = 0.2  # share of the texts from which a defect is no longer a curiosity
LEAST_COVERED = 0.5


def diagnose_words(
    priors: Sequence[WordPrior | None], classes: Sequence[object] | None = None
) -> list[Finding]:
    """Return every suspicion about word priors, warnings first.

    Parameters
    ----------
    priors
        One per text, ``None`` where there is none.
    classes
        The classes of the data; a prior that speaks for another is reported.

    Examples
    --------
    >>> flat = WordPrior.from_words("a b c", ["a", "b", "c"], [5, 5, 5], label="x")
    >>> [finding.kind for finding in diagnose_words([flat, None], ["x"])]
    ['uniform', 'missing']
    """
    given = [(row, prior) for row, prior in enumerate(priors) if prior is not None]
    if not given:
        return [
            Finding(
                "empty",
                "warning",
                "There is no word prior at all: the student will be the plain one. Ask the "
                "teacher again.",
            )
        ]
    findings = [
        *_flat(given),
        *_unscored(given),
        *_strangers(given, classes),
        *_contradictions(given),
        *_uncovered(priors, given, classes),
    ]
    return sorted(findings, key=lambda finding: finding.severity != "warning")


def _scored(prior: WordPrior) -> list[float]:
    return [score for score in prior.scores if not math.isnan(score)]


def _flat(given: Numbered) -> list[Finding]:
    zero, uniform = [], []
    for row, prior in given:
        scores = _scored(prior)
        if scores and not any(scores):
            zero.append(row)
        elif len(scores) > 2 and len(set(scores)) == 1:
            uniform.append(row)
    return [
        *_finding("all_zero", zero, given, "every score is 0, so no word counts"),
        *_finding("uniform", uniform, given, "every word has the same score, which says nothing"),
    ]


def _unscored(given: Numbered) -> list[Finding]:
    rows = [row for row, prior in given if len(_scored(prior)) < len(prior.scores)]
    return _finding("missing", rows, given, "some words have no score; they stay out of the loss")


def _strangers(given: Numbered, classes: Sequence[object] | None) -> list[Finding]:
    if classes is None:
        return []
    names = {label_name(label) for label in classes}
    rows = [row for row, prior in given if prior.label not in names]
    labels = sorted({prior.label for _, prior in given} - names)
    what = f"the prior speaks for {some(labels)}, which is none of the {len(names)} classes"
    return _finding("stranger", rows, given, what, "warning")


def _contradictions(given: Numbered) -> list[Finding]:
    labels: dict[str, set[str]] = {}
    for _, prior in given:
        labels.setdefault(prior.text, set()).add(prior.label)
    rows = [row for row, prior in given if len(labels[prior.text]) > 1]
    what = "the same text has priors for different labels; at most one label can be right"
    return _finding("contradictory", rows, given, what, "warning")


def _uncovered(
    priors: Sequence[WordPrior | None], given: Numbered, classes: Sequence[object] | None
) -> list[Finding]:
    n_missing = len(priors) - len(given)
    covered = {prior.label for _, prior in given}
    bare = [name for name in map(label_name, classes or ()) if name not in covered]
    findings = []
    if n_missing:
        severity: Severity = "warning" if n_missing > LEAST_COVERED * len(priors) else "note"
        message = (
            f"{n_missing} of {len(priors)} texts have no word prior; their labels still teach."
        )
        findings.append(Finding("missing", severity, message))
    if bare:
        n_classes = len(classes or ())
        message = f"No text of {len(bare)} of {n_classes} classes has a word prior: {some(bare)}."
        findings.append(Finding("missing", "warning", message, names=tuple(bare)))
    return findings


def _finding(
    kind: str, rows: list[int], given: Numbered, what: str, severity: Severity | None = None
) -> list[Finding]:
    if not rows:
        return []
    places = tuple(str(row) for row in rows)
    texts = "text" if len(rows) == 1 else "texts"
    numbers = ", ".join(places[:5]) + (", ..." if len(places) > 5 else "")
    message = f"For {len(rows)} of {len(given)} {texts} (position {numbers}) {what}."
    grave: Severity = "warning" if len(rows) > MANY * len(given) else "note"
    return [Finding(kind, severity or grave, message, names=places)]
