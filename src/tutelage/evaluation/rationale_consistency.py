"""Does the reason carry the label? A small model reads the reasons alone, their labels hidden."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutelage._words import MARKS, WORD_PATTERN, whole_word
from tutelage.errors import DataError
from tutelage.lessons.rationale import Rationale

FEWEST_PER_CLASS = 5


@dataclass(frozen=True)
class LabelConsistency:
    """How well labels can be told from reasons alone.

    Attributes
    ----------
    accuracy
        Balanced accuracy in [0, 1] of a bag-of-words model on reasons it was not trained on.
    accuracy_with_label
        The same where the label's own words stay in the reasons: what leaking adds.
    chance
        Of a model that reads nothing: 1 / number of classes.
    n
        Reasons.
    """

    accuracy: float
    accuracy_with_label: float
    chance: float
    n: int


def label_consistency(
    lessons: Sequence[Rationale],
    synonyms: Mapping[str, Sequence[str]] | None = None,
    *,
    n_folds: int = 5,
    seed: int = 0,
) -> LabelConsistency:
    """Return how well a TF-IDF logistic regression tells the labels from the reasons.

    Reasons that carry no trace of their label can teach a student nothing about it; reasons that
    merely repeat it teach no more than the label. The names of all classes and their synonyms are
    taken out of the reasons before the first figure.

    Parameters
    ----------
    lessons
        With fixed classes; the first reason of each counts.
    synonyms
        Class -> other words that give it away.
    n_folds
        Of the cross-validation, >= 2.
    seed
        Deals the folds.

    Raises
    ------
    DataError
        When fewer than two classes have five reasons each, or inputs have their own choices.

    References
    ----------
    Hase et al., "Leakage-adjusted simulatability", Findings of EMNLP 2020, measured here with a
    linear model and without the input.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    pairs = [(one.label or "", one.rationale or "") for one in judged_lessons(lessons)]
    labels = list(dict.fromkeys(label for label, _ in pairs))
    golds = [label for label, _ in pairs]
    names = name_pattern(labels, synonyms or {})
    folds = StratifiedKFold(max(2, min(n_folds, min(Counter(golds).values()))), shuffle=True,
                            random_state=seed)  # fmt: skip
    scores = []
    for texts in ([names.sub(" ", reason) for _, reason in pairs], [reason for _, reason in pairs]):
        # words of one letter count too: Chinese and "a)" are made of them
        vectors = TfidfVectorizer(ngram_range=(1, 2), token_pattern=WORD_PATTERN)
        model = make_pipeline(vectors, LogisticRegression(class_weight="balanced", max_iter=2000))
        predicted = cross_val_predict(model, texts, golds, cv=folds)
        scores.append(float(balanced_accuracy_score(golds, predicted)))
    return LabelConsistency(scores[0], scores[1], 1 / len(labels), len(pairs))


def judged_lessons(lessons: Sequence[Rationale]) -> list[Rationale]:
    """Return the lessons with a label and a reason, of classes that have five such lessons.

    Raises
    ------
    DataError
        When fewer than two classes have five reasons each, or inputs have their own choices.
    """
    if any(lesson.choices for lesson in lessons):
        raise DataError(
            "labels can be told from reasons only where all inputs share their classes; these "
            "have choices of their own."
        )
    found = [one for one in lessons if one.label and one.rationale]
    counts = Counter(one.label for one in found)
    kept = [one for one in found if counts[one.label] >= FEWEST_PER_CLASS]
    if len({one.label for one in kept}) < 2:
        raise DataError(
            f"at least two classes must have {FEWEST_PER_CLASS} reasons each, got {dict(counts)!r}."
        )
    return kept


def name_pattern(labels: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Return what finds the labels and their synonyms as whole words, the longest first."""
    words = {word for label in labels for word in (label, *synonyms.get(label, ()))}
    ordered = sorted(words, key=len, reverse=True)
    body = "|".join(whole_word(word).replace("_", "[_ ]") for word in ordered)
    return re.compile(rf"(?:{body})(?![{MARKS}])", re.IGNORECASE)
