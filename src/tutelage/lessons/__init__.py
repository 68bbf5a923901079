"""What the teacher said: frozen values with a file form."""

from tutelage.lessons.diagnostics import Finding, diagnose
from tutelage.lessons.feature_prior import FeaturePrior, FeatureScore, label_name
from tutelage.lessons.files import load_lessons, save_lessons
from tutelage.lessons.provenance import Provenance

__all__ = [
    "FeaturePrior",
    "FeatureScore",
    "Finding",
    "Provenance",
    "diagnose",
    "label_name",
    "load_lessons",
    "save_lessons",
]
