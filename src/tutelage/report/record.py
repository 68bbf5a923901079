"""AuditRecord: everything the report shows, as JSON, before any HTML exists."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tutelage.errors import InputError
from tutelage.evaluation.comparison import Comparison
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.run import EvaluationResult
from tutelage.explanation import Explanation
from tutelage.lessons import FeaturePrior, Finding
from tutelage.report.facts import (
    AskedFacts,
    CostFacts,
    DataFacts,
    ExplanationFacts,
    ModelFacts,
    PriorEntry,
    TrustFacts,
    UnitFacts,
)
from tutelage.report.plain_form import from_plain, to_plain
from tutelage.report.record_file import RecordFormat, read_record_values, write_record_values
from tutelage.report.verdicts import by_labels, headline_of, verdicts_of

FILE = RecordFormat("tutelage-audit-record", 1, "An audit record", "audit records")
PACKAGES = ("tutelage", "numpy", "scipy", "scikit-learn", "pandas")


@dataclass(frozen=True)
class AuditRecord:
    """The evidence of one run. The page is a view of it; a new design prints old records again.

    Attributes
    ----------
    title
        The task in a sentence.
    created
        When, ISO 8601 in UTC.
    headline, by_labels
        What is claimed about the prior, overall and per number of labels.
    data, asked, cost, trust, model
        See :mod:`tutelage.report.facts`.
    prior, provenance
        The teacher's scores, and who said them to which prompt.
    findings, warnings
        Suspicions about the prior, and sentences on the data.
    taught, plain, metric
        Names of the two models that decide the headline, and its metric.
    curve, verdicts
        The learning curve and the paired comparisons read from it.
    evaluation, evaluated_on
        The final model's scores, and on what; completes "Scored on ...".
    explanations
        A few rows.
    versions, seed, timings, command
        How to do it again; timings in seconds.
    """

    title: str
    created: str
    headline: str
    by_labels: str
    data: DataFacts
    asked: AskedFacts = field(default_factory=AskedFacts)
    cost: CostFacts = field(default_factory=CostFacts)
    prior: tuple[PriorEntry, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    trust: TrustFacts | None = None
    model: ModelFacts = field(default_factory=ModelFacts)
    taught: str = ""
    plain: str = ""
    metric: str = "roc_auc"
    curve: CurveResult | None = None
    verdicts: tuple[Comparison, ...] = ()
    evaluation: EvaluationResult | None = None
    evaluated_on: str = ""
    explanations: tuple[ExplanationFacts, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    timings: Mapping[str, float] = field(default_factory=dict)
    command: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a number that is not defined becomes ``None``."""
        return {**FILE.head, **to_plain(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> AuditRecord:
        """Read what :meth:`to_dict` wrote.

        Raises
        ------
        InputError
            When it is not a record, is of another version, or has fields that are unknown,
            missing or of another type (each is named).
        """
        given = FILE.fields_of(values)
        return from_plain(cls, given, "The record")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the record as JSON, whole or not at all.

        Raises
        ------
        OutputError
            When the folder cannot be written or the disk is full.
        """
        return write_record_values(self.to_dict(), path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> AuditRecord:
        """Read what :meth:`save` wrote.

        Raises
        ------
        InputError
            When there is no such file, or it is not a record this package can read.
        """
        return cls.from_dict(read_record_values(path))


def build_record(
    *,
    title: str,
    data: DataFacts | Mapping[str, Any],
    prior: FeaturePrior | None = None,
    findings: Sequence[Finding] = (),
    asked: AskedFacts | Mapping[str, Any] | None = None,
    cost: CostFacts | Mapping[str, Any] | None = None,
    trust: TrustFacts | Mapping[str, Any] | None = None,
    model: ModelFacts | Mapping[str, Any] | None = None,
    curve: CurveResult | None = None,
    taught: str = "with prior",
    plain: str = "no prior",
    metric: str = "roc_auc",
    evaluation: EvaluationResult | None = None,
    evaluated_on: str = "",
    explanations: Sequence[Explanation] = (),
    rows: Sequence[str] = (),
    truths: Sequence[object] = (),
    warnings: Sequence[str] = (),
    seed: int = 0,
    timings: Mapping[str, float] | None = None,
    command: str = "",
    created: str | None = None,
) -> AuditRecord:
    """Put the values of a run together; comparisons and headline are worked out here.

    Parameters
    ----------
    title
        The task in a sentence.
    data, asked, cost, trust, model
        Values of :mod:`tutelage.report.facts` or mappings with the same fields; an unknown field
        is an error that names the near one.
    prior, findings
        The teacher's scores and what ``diagnose`` said of them.
    curve, taught, plain, metric
        The learning curve, the names of the student with and without the prior in it, and the
        metric that decides.
    evaluation, evaluated_on
        The final model's scores, and on which rows; completes "Scored on ...".
    explanations, rows, truths
        A few explained rows, their names and their known classes (may be left out).
    warnings
        Sentences on the data.
    seed, timings, command, created
        How to do it again; ``created`` defaults to now.

    Raises
    ------
    InputError
        When a mapping has unknown, missing or mistyped fields.

    Examples
    --------
    >>> record = build_record(
    ...     title="Who is ill?",
    ...     data={"target": "ill", "n_rows": 40, "n_labelled": 12},
    ...     prior=FeaturePrior.from_scores({"yes": {"age": [3, 4]}}),
    ... )
    >>> record.prior[0].mean
    0.35
    >>> record.headline[:29]
    'No comparison with and withou'
    """
    verdicts = verdicts_of(curve, taught, plain, metric) if curve is not None else ()
    return AuditRecord(
        title=title,
        created=created or datetime.now(timezone.utc).isoformat(timespec="seconds"),
        headline=headline_of(verdicts),
        by_labels=by_labels(verdicts),
        data=from_plain(DataFacts, data, "data"),
        asked=from_plain(AskedFacts, asked or {}, "asked"),
        cost=from_plain(CostFacts, cost or {}, "cost"),
        prior=_prior_entries(prior),
        provenance=dict(prior.provenance.to_dict()) if prior is not None else {},
        findings=tuple(findings),
        warnings=tuple(warnings),
        trust=None if trust is None else from_plain(TrustFacts, trust, "trust"),
        model=from_plain(ModelFacts, model or {}, "model"),
        taught=taught,
        plain=plain,
        metric=metric,
        curve=curve,
        verdicts=verdicts,
        evaluation=evaluation,
        evaluated_on=evaluated_on,
        explanations=_explanation_facts(explanations, rows, truths),
        versions=installed_versions(),
        seed=seed,
        timings=dict(timings or {}),
        command=command,
    )


def installed_versions() -> dict[str, str]:
    """Return the versions that shape a result: Python and the packages used."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # run from a source tree
            found[name] = "not installed"
    return found


def _prior_entries(prior: FeaturePrior | None) -> tuple[PriorEntry, ...]:
    entries = prior.scores if prior is not None else ()
    return tuple(
        PriorEntry(e.label, e.column, e.category, e.mean, e.spread, e.answers) for e in entries
    )


def _explanation_facts(
    explanations: Sequence[Explanation], rows: Sequence[str], truths: Sequence[object]
) -> tuple[ExplanationFacts, ...]:
    for name, given in (("rows", rows), ("truths", truths)):
        if given and len(given) != len(explanations):
            raise InputError(
                f"{name} must have one entry per explanation ({len(explanations)}), got "
                f"{len(given)}."
            )
    return tuple(
        ExplanationFacts(
            target=str(e.target),
            score=float(e.score),
            probability=float(e.probability),
            bias=float(e.bias),
            units=tuple(
                UnitFacts(str(u), str(v), float(c))
                for u, v, c in zip(e.units, e.values, e.contributions, strict=True)
            ),
            row=str(rows[i]) if rows else f"Row {i + 1}",
            truth=str(truths[i]) if truths else "",
        )
        for i, e in enumerate(explanations)
    )
