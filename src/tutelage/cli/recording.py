"""From the values of a run to its audit record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from tutelage.cli.contradicting import contradiction_facts
from tutelage.cli.labelled_table import LabelledTable
from tutelage.cli.target_kinds import KINDS, Student
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.run import EvaluationResult
from tutelage.lessons import FeaturePrior, diagnose, label_name
from tutelage.report.record import AuditRecord, build_record
from tutelage.students.column_weights import ColumnWeight, column_weights
from tutelage.teacher.task_card import TaskCard


@dataclass(frozen=True)
class RunNotes:
    """The prior of a run and how it was had."""

    prior: FeaturePrior
    n_cached: int = 0
    n_asked: int = 0
    spent_usd: float = 0.0
    question: str = ""
    answer: str = ""
    is_replay: bool = False


@dataclass(frozen=True)
class ModelNotes:
    """The student that is kept and how it was judged."""

    student: Student
    folder: str
    evaluation: EvaluationResult | None
    evaluated_on: str


def record_of(
    table: LabelledTable,
    card: TaskCard | None,
    run: RunNotes,
    model: ModelNotes,
    *,
    curve: CurveResult | None,
    test_rows: LabelledTable | None,
    warnings: Sequence[str],
    seed: int,
    timings: Mapping[str, float],
    command: str,
) -> AuditRecord:
    """Put everything a report shows into one record."""
    student, prior = model.student, run.prior
    kind, names = KINDS[table.kind], list(student.layout_.names)
    slopes, spoken_for = student.slopes(table.rows[names]), kind.outputs(student, table.target)
    weights = column_weights(slopes, student.layout_, spoken_for, prior)
    shown = test_rows or table
    rows = shown.rows[names]
    picked = kind.telling_rows(student, rows, shown.labels)
    findings = diagnose(prior, columns=list(table.rows.columns), classes=table.classes)
    return build_record(
        title=card.task if card is not None else prior.provenance.task or f"Predict {table.target}",
        data=_data_facts(table, card),
        prior=prior,
        findings=findings,
        asked=_asked_facts(run),
        cost=_cost_facts(run),
        trust=_trust_facts(student, contradiction_facts(student, table, prior, weights)),
        model=_model_facts(model, weights),
        curve=curve,
        metric=kind.metric,
        evaluation=model.evaluation,
        evaluated_on=model.evaluated_on,
        explanations=[student.explain(rows.iloc[[i]]) for i in picked],
        rows=[f"Row {i + 1} of {shown.path.name}" for i in picked],
        truths=[label_name(shown.labels.iloc[i]) for i in picked],
        warnings=tuple(dict.fromkeys(warnings)),
        seed=seed,
        timings=timings,
        command=command,
    )


def _data_facts(table: LabelledTable, card: TaskCard | None) -> dict[str, object]:
    meanings = {column.name: column.description for column in card.columns} if card else {}
    everything = pd.concat([table.rows, table.unlabelled])
    missing = everything.isna().mean()
    return {
        "target": table.target,
        "n_rows": len(everything),
        "n_labelled": len(table.rows),
        "path": str(table.path),
        "sha256": table.sha256,
        "columns": [
            {
                "name": str(name),
                "kind": "number" if pd.api.types.is_numeric_dtype(table.rows[name]) else "category",
                "missing": float(missing[name]),
                "meaning": meanings.get(str(name), ""),
            }
            for name in table.rows.columns
        ],
        "classes": [
            {"name": label, "n_rows": int((table.labels == label).sum())} for label in table.classes
        ],
    }


def _asked_facts(run: RunNotes) -> dict[str, object]:
    source = run.prior.provenance
    prompts = [name.strip() for name in source.prompt.split(",") if name.strip()]
    return {
        "teacher": source.teacher,
        "prompts": prompts,
        "question": run.question,
        "answer": run.answer,
        "n_questions": len(source.question_keys),
        "note": source.notes,
    }


def _cost_facts(run: RunNotes) -> dict[str, object]:
    source = run.prior.provenance
    now = 0 if run.is_replay else run.n_asked
    return {
        "n_calls": source.n_calls,
        "n_cached": max(source.n_calls - now, 0),
        "tokens_in": source.tokens_in,
        "tokens_out": source.tokens_out,
        "usd": 0.0 if run.is_replay else run.spent_usd,
        "recorded_usd": source.cost_usd,
    }


def _trust_facts(student: Student, contradicting: Sequence[dict[str, object]]) -> dict[str, object]:
    trust = student.trust_
    return {
        "value": trust.value,
        "low": trust.low,
        "high": trust.high,
        "sentence": str(trust),
        "chosen_by": trust.chosen_by,
        "contradictions": contradicting,
    }


def _model_facts(model: ModelNotes, weights: Sequence[ColumnWeight]) -> dict[str, object]:
    student = model.student
    facts = [asdict(entry) for entry in weights]
    for entry in facts:
        del entry["score"]
    return {
        "kind": f"{type(student).__name__}, {student.student}",
        "folder": model.folder,
        "settings": {"student": student.student, "trust": str(student.trust)},
        "weights": facts,
    }
