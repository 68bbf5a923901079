"""Ask a language model once which columns matter; keep a small, explainable model.

Public names are imported when first used, so that ``import tutelage`` is fast and loads no
torch, no client and no plotting library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tutelage.evaluation.run import evaluate as evaluate
    from tutelage.explanation import Explanation as Explanation
    from tutelage.lessons.card_texts import card_texts as card_texts
    from tutelage.lessons.card_words import card_word_priors as card_word_priors
    from tutelage.lessons.class_card import ClassCard as ClassCard
    from tutelage.lessons.diagnostics import diagnose as diagnose
    from tutelage.lessons.feature_prior import FeaturePrior as FeaturePrior
    from tutelage.lessons.files import load_lessons as load_lessons
    from tutelage.lessons.files import save_lessons as save_lessons
    from tutelage.lessons.guided_texts import crossed_texts as crossed_texts
    from tutelage.lessons.guided_texts import shortened_texts as shortened_texts
    from tutelage.lessons.provenance import Provenance as Provenance
    from tutelage.lessons.rationale import Rationale as Rationale
    from tutelage.lessons.rationale_coverage import rationale_coverage as rationale_coverage
    from tutelage.lessons.rewrite import Rewrite as Rewrite
    from tutelage.lessons.word_prior import WordPrior as WordPrior
    from tutelage.students import load as load
    from tutelage.students.fused_priors import fuse as fuse
    from tutelage.students.regression import TaughtRegressor as TaughtRegressor
    from tutelage.students.seq2seq import RationaleStudent as RationaleStudent
    from tutelage.students.tabular import TaughtClassifier as TaughtClassifier
    from tutelage.students.text import TaughtTextClassifier as TaughtTextClassifier
    from tutelage.students.word_priors import gradient_priors as gradient_priors
    from tutelage.students.word_priors import lime_priors as lime_priors
    from tutelage.students.word_priors import shap_priors as shap_priors
    from tutelage.teacher.scripted_client import ScriptedClient as ScriptedClient
    from tutelage.teacher.task_card import TaskCard as TaskCard
    from tutelage.teacher.teacher import Teacher as Teacher
    from tutelage.teacher.verdict import read_verdict as read_verdict

_HOMES = {
    "ClassCard": "tutelage.lessons.class_card",
    "Explanation": "tutelage.explanation",
    "FeaturePrior": "tutelage.lessons.feature_prior",
    "Provenance": "tutelage.lessons.provenance",
    "Rationale": "tutelage.lessons.rationale",
    "RationaleStudent": "tutelage.students.seq2seq",
    "Rewrite": "tutelage.lessons.rewrite",
    "ScriptedClient": "tutelage.teacher.scripted_client",
    "TaskCard": "tutelage.teacher.task_card",
    "TaughtClassifier": "tutelage.students.tabular",
    "TaughtRegressor": "tutelage.students.regression",
    "TaughtTextClassifier": "tutelage.students.text",
    "Teacher": "tutelage.teacher.teacher",
    "WordPrior": "tutelage.lessons.word_prior",
    "card_texts": "tutelage.lessons.card_texts",
    "card_word_priors": "tutelage.lessons.card_words",
    "crossed_texts": "tutelage.lessons.guided_texts",
    "diagnose": "tutelage.lessons.diagnostics",
    "evaluate": "tutelage.evaluation.run",
    "fuse": "tutelage.students.fused_priors",
    "gradient_priors": "tutelage.students.word_priors",
    "lime_priors": "tutelage.students.word_priors",
    "load": "tutelage.students",
    "load_lessons": "tutelage.lessons.files",
    "rationale_coverage": "tutelage.lessons.rationale_coverage",
    "read_verdict": "tutelage.teacher.verdict",
    "save_lessons": "tutelage.lessons.files",
    "shortened_texts": "tutelage.lessons.guided_texts",
    "shap_priors": "tutelage.students.word_priors",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'tutelage' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
