"""Is this prior junk? Uniform, missing, saturated, contradictory, too uncertain.

A prior can fail silently: a student falls back on its labels and nobody notices that the teacher
said nothing. So every suspicion is a value with a severity, and doors print them aloud.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tutelage.lessons.entry_checks import some
from tutelage.lessons.feature_prior import FeaturePrior, FeatureScore, label_name
from tutelage.lessons.finding import Finding, Severity
from tutelage.lessons.word_diagnostics import diagnose_words
from tutelage.lessons.word_prior import WordPrior

SATURATED_SHARE = 0.5
CONTRADICTORY_CORRELATION = 0.3


def diagnose(
    prior: FeaturePrior | Sequence[WordPrior | None],
    *,
    columns: Sequence[str] | None = None,
    classes: Sequence[object] | None = None,
) -> list[Finding]:
    """Return every suspicion about ``prior``, warnings first.

    Parameters
    ----------
    prior
        The prior to look at: of a table, or one :class:`WordPrior` per text (``None`` where
        there is none).
    columns
        The columns of the table; those without a score are reported as missing.
    classes
        The classes of the data; with three or more, those without a score are reported, and
        word priors for any other class.

    Examples
    --------
    >>> flat = FeaturePrior.from_scores({"yes": {"age": 5, "weight": 5, "height": 5}})
    >>> [finding.kind for finding in diagnose(flat)]
    ['uniform']
    """
    if not isinstance(prior, FeaturePrior):
        return diagnose_words(prior, classes)
    if not any(entry.answers for entry in prior.scores):
        return [
            Finding(
                "empty",
                "warning",
                "The prior holds no score at all: the student will "
                "be the plain one. Ask the teacher again.",
            )
        ]
    findings = _missing_columns(prior, columns or ()) + _missing_classes(prior, classes or ())
    for label in prior.scored_classes:
        findings += _look_at_class(label, list(prior.entries(label)))
    findings += _contradictions(prior)
    return sorted(findings, key=lambda finding: finding.severity != "warning")


def _look_at_class(label: str, entries: list[FeatureScore]) -> list[Finding]:
    missing = tuple(entry.name for entry in entries if not entry.answers)
    means = np.array([entry.mean for entry in entries if entry.answers])
    findings = []
    if missing:
        message = (
            f"{len(missing)} of {len(entries)} scores for class {label!r} are missing "
            f"({some(missing)}); they are treated as unknown, not as zero."
        )
        findings.append(Finding("missing", "note", message, label, missing))
    if means.size == 0:
        return findings
    if np.all(means == 0):
        message = (
            f"Every score for class {label!r} is 0: the teacher says that no column "
            "matters. Describe the columns better or ask a stronger teacher."
        )
        findings.append(Finding("all_zero", "warning", message, label))
    elif means.size > 2 and np.ptp(means) < 1e-12:
        message = (
            f"Every score for class {label!r} is {means[0]:+.2f}: the teacher does not "
            "tell columns apart. Describe the columns better or ask a stronger teacher."
        )
        findings.append(Finding("uniform", "warning", message, label))
    return findings + _saturated(label, means) + _spread(label, entries)


def _saturated(label: str, means: np.ndarray) -> list[Finding]:
    share = float(np.mean(np.abs(means) >= 1 - 1e-12))
    if means.size < 4 or share < SATURATED_SHARE:
        return []
    message = (
        f"{share:.0%} of the scores for class {label!r} sit at the end of the scale: "
        "strong and weak columns cannot be told apart."
    )
    return [Finding("saturated", "warning", message, label)]


def _spread(label: str, entries: list[FeatureScore]) -> list[Finding]:
    repeated = [entry for entry in entries if len(entry.answers) > 1]
    if len(repeated) < 2:
        return []
    spread = math.sqrt(float(np.mean([entry.spread**2 for entry in repeated])))
    signal = float(np.std([entry.mean for entry in repeated]))
    if spread <= signal:
        return []
    names = tuple(e.name for e in sorted(repeated, key=lambda e: -e.spread)[:5])
    message = (
        f"For class {label!r} the answers differ more between repeats (sd {spread:.2f}) "
        f"than between columns (sd {signal:.2f}): the teacher is guessing, most of all "
        f"on {some(names)}."
    )
    return [Finding("spread", "warning", message, label, names)]


def _missing_columns(prior: FeaturePrior, columns: Sequence[str]) -> list[Finding]:
    scored = {entry.column for entry in prior.scores if entry.answers}
    missing = tuple(column for column in columns if column not in scored)
    if not missing:
        return []
    message = (
        f"{len(missing)} of {len(columns)} columns have no score ({some(missing)}); "
        "their weights come from the labels alone."
    )
    severity: Severity = "warning" if len(missing) * 2 > len(columns) else "note"
    return [Finding("missing", severity, message, "", missing)]


def _missing_classes(prior: FeaturePrior, classes: Sequence[object]) -> list[Finding]:
    names = [label_name(label) for label in classes]
    missing = tuple(name for name in names if name not in prior.scored_classes)
    if len(names) < 3 or not missing:
        return []
    message = f"{len(missing)} of {len(names)} classes have no score: {some(missing)}."
    return [Finding("missing", "warning", message, "", missing)]


def _contradictions(prior: FeaturePrior) -> list[Finding]:
    """Look for two classes that exclude each other and yet are scored alike."""
    labels = prior.scored_classes
    vectors = {
        label: {(e.column, e.category): e.mean for e in prior.entries(label) if e.answers}
        for label in labels
    }
    findings = []
    for position, first in enumerate(labels):
        for second in labels[position + 1 :]:
            shared = sorted(vectors[first].keys() & vectors[second].keys(), key=str)
            a = np.array([vectors[first][key] for key in shared])
            b = np.array([vectors[second][key] for key in shared])
            alike = _cosine(a, b)
            limit = CONTRADICTORY_CORRELATION if len(prior.classes) == 2 else 0.95
            if len(shared) >= 2 and alike > limit:
                message = (
                    f"Classes {first!r} and {second!r} exclude each other but are scored "
                    f"alike (cosine {alike:+.2f}): a column cannot speak for both."
                )
                findings.append(Finding("contradictory", "warning", message, first))
    return findings


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else 0.0
