"""What the teacher said: frozen values with a file form."""

from tutelage.lessons.class_card import ClassCard, Confusable
from tutelage.lessons.diagnostics import Finding, diagnose
from tutelage.lessons.feature_prior import FeaturePrior, FeatureScore, label_name
from tutelage.lessons.files import load_lessons, save_lessons
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior

__all__ = [
    "ClassCard",
    "Confusable",
    "FeaturePrior",
    "FeatureScore",
    "Finding",
    "Provenance",
    "Rewrite",
    "WordPrior",
    "diagnose",
    "label_name",
    "load_lessons",
    "save_lessons",
]
