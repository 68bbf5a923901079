"""Texts, labels, priors and rewrites -> the rows a text student learns from."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import train_test_split

from tutelage.errors import DataError, PriorMismatch, TutelageWarning
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TextExamples:
    """What a text student learns from.

    Attributes
    ----------
    texts
        Training texts; rewrites come last.
    targets : (n_texts, n_classes)
        Probability of each class; one-hot for labels.
    weights : (n_texts,)
        How much each text counts.
    priors
        One prior or ``None`` per text.
    """

    texts: tuple[str, ...]
    targets: Array
    weights: Array
    priors: tuple[WordPrior | None, ...]

    def take(self, rows: NDArray[np.intp]) -> TextExamples:
        """Return some of the rows."""
        return TextExamples(
            tuple(self.texts[row] for row in rows),
            self.targets[rows],
            self.weights[rows],
            tuple(self.priors[row] for row in rows),
        )


def read_texts(texts: Any) -> tuple[str, ...]:
    """Return texts as a tuple of ``str``.

    Raises
    ------
    DataError
        When it is a single string, or holds something else than texts; all places are named.
    """
    if isinstance(texts, str):
        raise DataError(
            f"texts must be a list of texts, got one text: {texts[:40]!r}. Write [text]."
        )
    if isinstance(texts, pd.DataFrame) or (isinstance(texts, np.ndarray) and texts.ndim != 1):
        raise DataError(f"texts must be one column, got the shape {texts.shape}.")
    listed = list(texts)
    wrong = [i for i, text in enumerate(listed) if not isinstance(text, str)]
    if wrong:
        raise DataError(
            f"texts must all be str; {len(wrong)} of {len(listed)} are not:",
            [f"text {i} is {listed[i]!r}, a {type(listed[i]).__name__}" for i in wrong],
        )
    return tuple(str(text) for text in listed)


def match_priors(
    word_priors: Iterable[WordPrior | None] | None,
    texts: Sequence[str],
    labels: Sequence[object],
) -> tuple[WordPrior | None, ...]:
    """Return the prior of each text, or ``None``.

    A collection as long as ``texts``, whose members all belong to the text in their place, is
    taken place by place; any other is matched by text and label. Priors that match nothing are
    reported, and it is an error when none matches.

    Raises
    ------
    PriorMismatch
        When no prior belongs to any of the texts, or a member is no prior.
    """
    if word_priors is None:
        return (None,) * len(texts)
    given = list(word_priors)
    strangers = [i for i, p in enumerate(given) if p is not None and not isinstance(p, WordPrior)]
    if strangers:
        raise PriorMismatch(
            "word_priors must hold WordPrior or None:",
            [f"member {i} is a {type(given[i]).__name__}" for i in strangers],
        )
    keys = [(text, label_name(label)) for text, label in zip(texts, labels, strict=True)]
    if len(given) == len(texts) and all(
        prior is None or (prior.text, prior.label) == key
        for prior, key in zip(given, keys, strict=True)
    ):
        return tuple(given)
    known = {(prior.text, prior.label): prior for prior in given if prior is not None}
    found = tuple(known.get(key) for key in keys)
    _report_unmatched(set(known) - set(keys), len(known))
    return found


def _report_unmatched(unmatched: set[tuple[str, str]], n_priors: int) -> None:
    if not unmatched:
        return
    example = sorted(unmatched)[0]
    # Texts may be private: only their lengths and labels are shown.
    told = (
        f"{len(unmatched)} of {n_priors} word priors belong to no text and label that were given "
        f"to fit (one is for the label {example[1]!r}, its text has {len(example[0])} characters)"
    )
    if len(unmatched) == n_priors:
        raise PriorMismatch(f"{told}. Texts must be the same to the character.")
    warnings.warn(f"{told}; they are left out.", TutelageWarning, stacklevel=4)


def read_rewrites(rewrites: Iterable[Any] | None) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the texts and the labels of ``Rewrite`` lessons or (text, label) pairs.

    Raises
    ------
    DataError
        When a member is neither.
    """
    texts, labels, wrong = [], [], []
    for place, member in enumerate(rewrites or ()):
        if isinstance(member, Rewrite):
            texts.append(member.text)
            labels.append(member.label)
        elif isinstance(member, (tuple, list)) and len(member) == 2 and isinstance(member[0], str):
            texts.append(member[0])
            labels.append(member[1])
        else:
            wrong.append(f"member {place} is {type(member).__name__}")
    if wrong:
        raise DataError("rewrites must hold Rewrite lessons or (text, label) pairs:", wrong)
    return tuple(texts), tuple(labels)


def codes_of_names(labels: Sequence[object], classes: NDArray[Any], what: str) -> NDArray[np.intp]:
    """Return the class of each label, by name.

    Raises
    ------
    DataError
        Naming the labels that ``classes`` lack.
    """
    places = {label_name(label): place for place, label in enumerate(classes)}
    strange = sorted({label_name(label) for label in labels} - set(places))
    if strange:
        raise DataError(
            f"{what} must have labels seen in y, {len(strange)} are not: {strange[:8]}. "
            "Add a labelled text of each, or leave them out."
        )
    return np.array([places[label_name(label)] for label in labels], dtype=np.intp)


def one_hot(codes: NDArray[np.intp], n_classes: int) -> Array:
    """Return the targets (n_texts, n_classes) of class codes."""
    found = np.zeros((len(codes), n_classes))
    found[np.arange(len(codes)), codes] = 1.0
    return found


def soft_targets(labels: ArrayLike, n_texts: int) -> Array | None:
    """Return labels that are probabilities (n_texts, n_classes), or ``None`` for plain labels.

    Raises
    ------
    DataError
        When rows are not probabilities.
    """
    if not (isinstance(labels, np.ndarray) and labels.ndim == 2 and labels.dtype.kind == "f"):
        return None
    if len(labels) != n_texts:
        raise DataError(f"labels must have one row per text, {n_texts}, got {len(labels)}.")
    if labels.shape[1] < 2 or (labels < 0).any() or not np.allclose(labels.sum(1), 1, atol=1e-3):
        raise DataError(
            "labels given as an array (n_texts, n_classes) must be probabilities of at least 2 "
            "classes: at least 0, each row with the sum 1."
        )
    return labels.astype(np.float64)


def hold_out(
    examples: TextExamples, share: float | None, seed: int
) -> tuple[TextExamples, TextExamples | None]:
    """Return training and held-out examples, stratified where every class has enough texts."""
    if share is None:
        return examples, None
    codes = examples.targets.argmax(axis=1)
    n_held = round(share * len(codes))
    used = np.bincount(codes)[np.unique(codes)]
    can_stratify = used.min() >= 2 and min(n_held, len(codes) - n_held) >= len(used)
    train, held = train_test_split(
        np.arange(len(codes)),
        test_size=max(n_held, 1),
        random_state=seed,
        stratify=codes if can_stratify else None,
    )
    return examples.take(train), examples.take(held)
