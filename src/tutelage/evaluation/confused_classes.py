"""Class confusion: do attributions mark the same words for classes that are easily confused?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tutelage._words import word_parts
from tutelage.attribution.fusion import normalised, rectified
from tutelage.errors import DataError
from tutelage.evaluation.attributed import read_attributions
from tutelage.lessons import label_name


@dataclass(frozen=True)
class ClassConfusion:
    """How much the keyword lists of confused classes overlap.

    Attributes
    ----------
    keywords
        Class -> its most important words, the first the most important.
    overlaps
        For each pair of classes, the words both lists hold divided by the words that either
        holds (Jaccard), in [0, 1].
    """

    keywords: Mapping[str, tuple[str, ...]]
    overlaps: Mapping[tuple[str, str], float]

    @property
    def mean(self) -> float:
        """The mean overlap over the pairs: lower means the classes are told apart."""
        return float(np.mean(list(self.overlaps.values())))


def class_confusion(
    texts: Sequence[str],
    labels: Sequence[Any],
    attributions: Sequence[Any],
    pairs: Sequence[tuple[Any, Any]],
    *,
    n_keywords: int = 10,
) -> ClassConfusion:
    """Return how much the keywords of each pair of classes overlap.

    A class's keywords are the words with the largest total evidence over its texts. The evidence
    of a text is rectified and sums to 1, so that long or loud texts do not decide alone; words
    are compared in lower case, without punctuation around them.

    Parameters
    ----------
    texts, labels, attributions
        The texts, their classes, and attributions for those classes.
    pairs
        The classes to compare, such as :func:`most_confused` finds.
    n_keywords
        Length of each list, >= 1.

    Raises
    ------
    DataError
        When there is no pair, or a pair names a class without a text.

    Examples
    --------
    >>> texts, labels = ["set alarm", "check alarm"], ["alarm_set", "alarm_query"]
    >>> units = [((0, 3), (4, 9)), ((0, 5), (6, 11))]
    >>> pair = [("alarm_set", "alarm_query")]
    >>> shared = [(units[0], [0, 1]), (units[1], [0, 1])]
    >>> deciding = [(units[0], [1, 0]), (units[1], [1, 0])]
    >>> [class_confusion(texts, labels, a, pair, n_keywords=1).mean for a in (shared, deciding)]
    [1.0, 0.0]
    """
    given = read_attributions(texts, attributions)
    names = [label_name(label) for label in labels]
    wanted = [(label_name(one), label_name(other)) for one, other in pairs]
    _check(names, wanted, len(given.texts), n_keywords)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for text, name, units, scores in zip(
        given.texts, names, given.offsets, given.scores, strict=True
    ):
        evidence = np.nan_to_num(normalised(rectified(scores), "l1"))
        for (start, end), value in zip(units, evidence.tolist(), strict=True):
            word = word_parts(text[start:end])[1].lower()
            if word and value > 0:
                totals[name][word] += value
    keywords = {name: _top(totals[name], n_keywords) for name in sorted(set(names))}
    return ClassConfusion(
        keywords, {pair: jaccard(keywords[pair[0]], keywords[pair[1]]) for pair in wanted}
    )


def most_confused(
    labels: Sequence[Any], predicted: Sequence[Any], n_pairs: int = 10
) -> tuple[tuple[str, str], ...]:
    """Return the pairs of classes that were most often taken for one another, both ways together.

    >>> most_confused(["a", "b", "c", "a"], ["b", "a", "c", "c"], n_pairs=1)
    (('a', 'b'),)
    """
    if len(labels) != len(predicted):
        raise DataError(
            f"There must be one prediction per label, {len(labels)}, got {len(predicted)}."
        )
    names = [(label_name(y), label_name(said)) for y, said in zip(labels, predicted, strict=True)]
    counts = Counter((min(pair), max(pair)) for pair in names if pair[0] != pair[1])
    ordered = sorted(counts, key=lambda pair: (-counts[pair], pair))
    return tuple(ordered[:n_pairs])


def jaccard(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of the words of two lists that both hold; 0 when both are empty.

    >>> jaccard(["a", "b"], ["b", "c"])
    0.3333333333333333
    """
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 0.0


def _top(totals: Counter[str], n_keywords: int) -> tuple[str, ...]:
    """Return the words of the largest totals; equal totals in the order of the alphabet."""
    return tuple(sorted(totals, key=lambda word: (-totals[word], word))[:n_keywords])


def _check(
    names: Sequence[str], pairs: Sequence[tuple[str, str]], n_texts: int, n_keywords: int
) -> None:
    problems = []
    if len(names) != n_texts:
        problems.append(f"there must be one label per text, {n_texts}, got {len(names)}")
    if n_keywords < 1:
        problems.append(f"n_keywords must be at least 1, got {n_keywords!r}")
    if not pairs:
        problems.append("there must be at least one pair of classes, got none")
    strangers = sorted({name for pair in pairs for name in pair} - set(names))
    if strangers:
        problems.append(f"pairs must name classes that have a text, got also {strangers[:5]}")
    if problems:
        raise DataError("Class confusion cannot be measured:", problems)
