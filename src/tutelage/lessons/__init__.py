"""What the teacher said: frozen values with a file form."""

from tutelage.lessons.card_texts import card_texts
from tutelage.lessons.card_words import card_word_priors
from tutelage.lessons.class_card import ClassCard, Confusable
from tutelage.lessons.diagnostics import diagnose
from tutelage.lessons.feature_prior import FeaturePrior, FeatureScore, label_name
from tutelage.lessons.feature_shape import FeatureShape, with_shapes
from tutelage.lessons.files import load_lessons, save_lessons
from tutelage.lessons.finding import Finding
from tutelage.lessons.guided_texts import crossed_texts, shortened_texts
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.rationale import Rationale
from tutelage.lessons.rationale_coverage import Coverage, rationale_coverage
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior

__all__ = [
    "ClassCard",
    "Confusable",
    "Coverage",
    "FeaturePrior",
    "FeatureScore",
    "FeatureShape",
    "Finding",
    "Provenance",
    "Rationale",
    "Rewrite",
    "WordPrior",
    "card_texts",
    "card_word_priors",
    "crossed_texts",
    "diagnose",
    "label_name",
    "load_lessons",
    "rationale_coverage",
    "save_lessons",
    "shortened_texts",
    "with_shapes",
]
