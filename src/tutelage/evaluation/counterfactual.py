"""Counterfactual swaps: the same text about another group, and what the model says then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tutelage.attribution.scoring import BATCH_SIZE, scored_once
from tutelage.errors import DataError
from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.counterfactual_values import (
    Interval,
    SwapChange,
    SwapComparison,
    SwapReport,
    SwapRow,
)
from tutelage.evaluation.predictions import Classifier, FloatArray, IntArray
from tutelage.lessons import label_name
from tutelage.lessons.identity_terms import IdentityTerms

Pair = tuple[str, str, str]

ANY = "(any)"
MEASURES = ("flips", "moved")


@dataclass(frozen=True, eq=False)
class _Swaps:
    """Every swap that changes a text, and what a model says before and after.

    ``rows`` (n_swaps,) are positions of the texts; ``pairs`` their (axis, group, other);
    ``before`` and ``after`` (n_swaps, n_classes). ``n_texts``, ``n_mentioning`` and ``n_asked``
    as in a report.
    """

    rows: IntArray
    pairs: tuple[Pair, ...]
    before: FloatArray
    after: FloatArray
    classes: tuple[str, ...]
    n_texts: int
    n_mentioning: int
    n_asked: int

    @property
    def axes(self) -> list[str]:
        """The axes on which a text was swapped, in the order of the first such text."""
        return list(dict.fromkeys(axis for axis, _, _ in self.pairs))

    @property
    def measures(self) -> dict[str, FloatArray]:
        """Measure -> its value of each swap."""
        changed = self.before.argmax(axis=1) != self.after.argmax(axis=1)
        moved = np.abs(self.after - self.before).sum(axis=1) / 2
        return {"flips": changed.astype(np.float64), "moved": moved}


def counterfactual_swaps(
    model: Classifier,
    texts: Sequence[str],
    terms: IdentityTerms,
    *,
    n_bootstrap: int = 2000,
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
) -> SwapReport:
    """Tell texts about another group, and measure how far a model's answer moves.

    In each text all terms of one group are replaced by their counterparts of another group of
    the axis. Needs no labels. A model that flips has read who a text is about; whether it should
    not have is a question of the task.

    Parameters
    ----------
    model
        Anything fitted with ``classes_`` and ``predict_proba`` for a list of texts.
    texts
        Any texts; those without a term with a counterpart are left alone.
    n_bootstrap, seed
        Resamples of texts (one text's swaps of an axis stay together) and their seed.

    Raises
    ------
    DataError
        When there is no text, or the model cannot be asked.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(CountVectorizer(), LogisticRegression(C=100))
    >>> model = model.fit(["she is here", "he is here"], ["yes", "no"])
    >>> terms = IdentityTerms({"gender": {"women": ["she"], "men": ["he"]}})
    >>> row = counterfactual_swaps(model, ["she is gone", "it is"], terms).row("gender")
    >>> row.n_texts, row.flips.value
    (1, 1.0)
    """
    return _report(_asked(model, texts, terms, batch_size), n_bootstrap, seed)


def compare_swaps(
    first: Classifier,
    second: Classifier,
    texts: Sequence[str],
    terms: IdentityTerms,
    *,
    names: tuple[str, str] = ("first", "second"),
    n_bootstrap: int = 2000,
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
) -> SwapComparison:
    """Measure the same swaps with two models, and what the first changes, paired by text.

    For "before and after", give the student trained without identity terms first. Parameters
    and errors as :func:`counterfactual_swaps`.
    """
    one, other = (_asked(model, texts, terms, batch_size) for model in (first, second))
    changes = []
    for axis in one.axes:
        chosen = [place for place, pair in enumerate(one.pairs) if pair[0] == axis]
        for measure in MEASURES:
            values = [_by_text(s, s.measures[measure], chosen) for s in (one, other)]
            low, high = interval_of_mean(values[0] - values[1], n_bootstrap=n_bootstrap, seed=seed)
            mine, others = float(values[0].mean()), float(values[1].mean())
            changes.append(SwapChange(axis, measure, mine, others, mine - others, low, high))
    before, after = _report(one, n_bootstrap, seed), _report(other, n_bootstrap, seed)
    return SwapComparison(names, before, after, tuple(changes))


def _asked(model: Any, texts: Sequence[str], terms: IdentityTerms, batch_size: int) -> _Swaps:
    if not hasattr(model, "classes_") or not hasattr(model, "predict_proba"):
        raise DataError(
            "A model to evaluate must be fitted and have classes_ and predict_proba for a list of "
            f"texts, got {type(model).__name__}. Fit it first."
        )
    if isinstance(texts, str) or len(texts) == 0:
        raise DataError(f"There must be a list of at least one text, got {texts!r}.")
    found = [
        (row, pair, swapped)
        for row, text in enumerate(texts)
        for pair, swapped in _swapped(text, terms)
    ]
    shown = [texts[row] for row, _, _ in found] + [swapped for _, _, swapped in found]
    classes = tuple(label_name(label) for label in model.classes_)
    said = np.zeros((0, len(classes)))
    if shown:
        said = scored_once(model.predict_proba, shown, batch_size)
    return _Swaps(
        np.array([row for row, _, _ in found], dtype=np.int64),
        tuple(pair for _, pair, _ in found),
        said[: len(found)],
        said[len(found) :],
        classes,
        len(texts),
        sum(bool(terms.mentions(text)) for text in texts),
        len(set(shown)),
    )


def _swapped(text: str, terms: IdentityTerms) -> list[tuple[Pair, str]]:
    """Return (axis, group, other) and the text told about the other, where that changes it."""
    mentioned = dict.fromkeys((mention.axis, mention.group) for mention in terms.mentions(text))
    return [
        ((axis, group, other), swapped)
        for axis, group in mentioned
        for other in terms.axes[axis]
        if other != group and (swapped := terms.swapped(text, axis, group, other)) != text
    ]


def _report(swaps: _Swaps, n_bootstrap: int, seed: int) -> SwapReport:
    rows = [row for axis in swaps.axes for row in _rows_of(swaps, axis, n_bootstrap, seed)]
    counts = (swaps.n_texts, swaps.n_mentioning, swaps.n_asked)
    return SwapReport(tuple(rows), *counts, n_bootstrap, seed)


def _rows_of(swaps: _Swaps, axis: str, n_bootstrap: int, seed: int) -> list[SwapRow]:
    pairs = sorted({pair for pair in swaps.pairs if pair[0] == axis})
    found = [_row(swaps, (axis, ANY, ANY), n_bootstrap, seed)]
    return found + [_row(swaps, pair, n_bootstrap, seed) for pair in pairs]


def _row(swaps: _Swaps, pair: Pair, n_bootstrap: int, seed: int) -> SwapRow:
    is_any = pair[1] == ANY
    chosen = [
        place
        for place, own in enumerate(swaps.pairs)
        if own == pair or (is_any and own[0] == pair[0])
    ]
    flips, moved = (
        _interval(_by_text(swaps, swaps.measures[measure], chosen), n_bootstrap, seed)
        for measure in MEASURES
    )
    change = (swaps.after - swaps.before)[chosen]
    top = int(np.abs(change.mean(axis=0)).argmax())
    toward = _interval(change[:, top], n_bootstrap, seed)
    label = "" if is_any else swaps.classes[top]
    n_texts = len(set(swaps.rows[chosen].tolist()))
    nothing = Interval(float("nan"), float("nan"), float("nan"))
    return SwapRow(*pair, n_texts, flips, moved, label, nothing if is_any else toward)


def _by_text(swaps: _Swaps, values: FloatArray, chosen: Sequence[int]) -> FloatArray:
    """Return the mean of the chosen swaps of each text, so that texts can be resampled."""
    _, place = np.unique(swaps.rows[list(chosen)], return_inverse=True)
    means: FloatArray = np.bincount(place, values[list(chosen)]) / np.bincount(place)
    return means


def _interval(values: FloatArray, n_bootstrap: int, seed: int) -> Interval:
    low, high = interval_of_mean(values, n_bootstrap=n_bootstrap, seed=seed)
    return Interval(float(values.mean()), low, high)
