"""Robustness: what named perturbations of texts do to a model's answers and explanations.

Every measure is paired: the same texts before and after. Predictions of all attacks are asked for
together, each distinct text once, texts of like length in one batch.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tutelage.attribution.scoring import BATCH_SIZE, scored_once
from tutelage.errors import InputError
from tutelage.evaluation.attacks import Attack
from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.predictions import (
    Classifier,
    FloatArray,
    IntArray,
    Predictions,
    check_predictions,
)
from tutelage.evaluation.robustness_drift import (
    FEWEST_SHARED,
    Attributor,
    drifts_of,
    explained_places,
    explainer_of,
)
from tutelage.evaluation.robustness_pairs import PerturbedTexts, attacked_texts
from tutelage.evaluation.robustness_result import MEASURES, AttackResult, RobustnessResult
from tutelage.evaluation.run import Estimate


def robustness(
    model: Classifier,
    texts: Sequence[str],
    labels: Sequence[Any],
    attacks: Sequence[Attack],
    *,
    attributions: Attributor | None = None,
    n_explained: int = 200,
    batch_size: int = BATCH_SIZE,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> RobustnessResult:
    """Measure a model on texts before and after every attack.

    Parameters
    ----------
    model
        Anything with ``classes_`` and ``predict_proba`` for a list of texts.
    texts, labels
        Texts that the model was not trained on, and their classes.
    attacks
        Such as :func:`tutelage.evaluation.attacks.standard_attacks` returns.
    attributions
        ``attributions(texts, targets)`` gives (offsets, scores) per text; default the model's
        ``word_attributions``. A model without it is scored without explanations, and the result
        says so.
    n_explained
        Texts per attack whose explanations are compared, drawn once for all attacks; 0 for none.
    batch_size
        Texts per call of the model.
    n_bootstrap, seed
        Resamples of texts for the 95 % intervals. The intervals say nothing of other training
        rows or seeds.

    Raises
    ------
    DataError
        When a label is not one of the model's classes, texts and labels do not match, or no
        attack changes any text.

    Examples
    --------
    >>> from tutelage.evaluation.attacks import standard_attacks
    >>> class Model:
    ...     classes_ = ["alarm", "other"]
    ...     def predict_proba(self, texts):
    ...         return np.array([[0.9, 0.1] if "wake" in text else [0.2, 0.8] for text in texts])
    >>> texts = ["wake me up", "wake us at six", "what is this"]
    >>> labels = ["alarm", "alarm", "other"]
    >>> result = robustness(Model(), texts, labels, standard_attacks(only=["case"]))
    >>> round(result["case"]["accuracy_change"].value, 3), round(result["case"]["flips"].value, 3)
    (-0.667, 0.667)
    >>> result.notes
    ('Model has no word_attributions: scores only, explanations were not compared.',)
    """
    pairs = attacked_texts(attacks, texts, labels)
    facts = {attack.name: _Facts(attack.title, attack.keeps_label, attack.strength, attack.seed)
             for attack in attacks}  # fmt: skip
    how = _How(n_explained, batch_size, n_bootstrap, seed)
    return _measured(model, pairs, facts, attributions, how)


def robustness_of_pairs(
    model: Classifier,
    pairs: PerturbedTexts,
    *,
    attributions: Attributor | None = None,
    n_explained: int = 200,
    batch_size: int = BATCH_SIZE,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> RobustnessResult:
    """Measure a model on texts that somebody perturbed; otherwise as :func:`robustness`.

    Rows of one kind are one attack. Whether they keep their label is for their author to say.

    Examples
    --------
    >>> class Model:
    ...     classes_ = ["alarm", "other"]
    ...     def predict_proba(self, texts):
    ...         return np.array([[0.9, 0.1] if "wake" in text else [0.2, 0.8] for text in texts])
    >>> pairs = PerturbedTexts(("wake me",), ("wke me",), ("alarm",), ("typo",))
    >>> robustness_of_pairs(Model(), pairs)["typo"]["accuracy"].value
    0.0
    """
    how = _How(n_explained, batch_size, n_bootstrap, seed)
    return _measured(model, pairs, {}, attributions, how)


@dataclass(frozen=True)
class _Facts:
    title: str
    keeps_label: str = "as the author of these texts says"
    strength: float = math.nan
    seed: int = -1


@dataclass(frozen=True)
class _How:
    n_explained: int
    batch_size: int
    n_bootstrap: int
    seed: int

    def __post_init__(self) -> None:
        for name in ("batch_size", "n_bootstrap"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)!r}.")
        if self.n_explained < 0:
            raise InputError(f"n_explained must be at least 0, got {self.n_explained!r}.")


def _measured(
    model: Classifier,
    pairs: PerturbedTexts,
    facts: Mapping[str, _Facts],
    attributions: Attributor | None,
    how: _How,
) -> RobustnessResult:
    explain, notes = explainer_of(model, attributions, how.n_explained)
    distinct = list(dict.fromkeys([*pairs.clean, *pairs.perturbed]))
    before, after = _both_sides(model, pairs, distinct, how.batch_size)
    notes += _other_notes(pairs)
    members: dict[str, list[int]] = defaultdict(list)
    for place, kind in enumerate(pairs.kinds):
        members[kind].append(place)
    changed = {
        kind: [place for place in places if pairs.clean[place] != pairs.perturbed[place]]
        for kind, places in members.items()
    }
    drifts = np.full(len(pairs), np.nan)
    if explain is not None:
        explained = explained_places(pairs, changed, how.n_explained, how.seed)
        drifts[explained] = drifts_of(model, pairs, explained, before, explain, how.batch_size)
    found = [
        _attack_result(
            kind,
            facts.get(kind, _Facts(kind, strength=pairs.strength_of(kind))),
            len(members[kind]),
            _rows(before, after, drifts, np.array(changed[kind], dtype=np.int64), explain),
            how,
        )
        for kind in members
    ]
    firsts = _distinct_rows(pairs)
    right = _is_right(before)[firsts]
    return RobustnessResult(
        model=type(model).__name__,
        clean=_estimate("accuracy", right, how),
        attacks=tuple(found),
        classes=before.classes,
        n_texts=len(firsts),
        n_asked=len(distinct),
        n_bootstrap=how.n_bootstrap,
        seed=how.seed,
        notes=tuple(notes),
    )


def _other_notes(pairs: PerturbedTexts) -> list[str]:
    notes = []
    if len(set(pairs.labels)) == 1:
        notes.append(
            f"Every text is of the class {pairs.labels[0]!r}: nothing is said of other classes, "
            "and a model that always answers with this class looks perfect."
        )
    if pairs.n_without_clean:
        notes.append(f"{pairs.n_without_clean} rows without the text before were left out.")
    return notes


def _both_sides(
    model: Classifier, pairs: PerturbedTexts, distinct: list[str], batch_size: int
) -> tuple[Predictions, Predictions]:
    """Return the checked predictions of every pair before and after; each text is asked once."""
    check_classifier(model)
    classes = list(model.classes_)
    place = {text: row for row, text in enumerate(distinct)}
    # labels are checked before the model is asked: asking is what takes long
    check_predictions(pairs.labels, np.full((len(pairs), len(classes)), 1 / len(classes)), classes)
    table = scored_once(model.predict_proba, distinct, batch_size)
    sides = [table[[place[text] for text in side]] for side in (pairs.clean, pairs.perturbed)]
    before, after = (check_predictions(pairs.labels, side, classes) for side in sides)
    return before, after


def check_classifier(model: object) -> None:
    """Raise when a model cannot be asked about texts.

    Raises
    ------
    InputError
        When it has no ``classes_`` or no ``predict_proba``.

    Examples
    --------
    >>> check_classifier("a model")
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: A model to evaluate must be fitted and have classes_ and
    predict_proba for a list of texts, got str. Fit it first, or wrap it in a class that has both.
    """
    if not hasattr(model, "classes_") or not hasattr(model, "predict_proba"):
        raise InputError(
            "A model to evaluate must be fitted and have classes_ and predict_proba for a list of "
            f"texts, got {type(model).__name__}. Fit it first, or wrap it in a class that has both."
        )


def _is_right(said: Predictions) -> FloatArray:
    right: FloatArray = (said.probabilities.argmax(axis=1) == said.codes).astype(np.float64)
    return right


def _distinct_rows(pairs: PerturbedTexts) -> list[int]:
    """Return the first row of each distinct clean text and label."""
    first: dict[tuple[str, str], int] = {}
    for row, key in enumerate(zip(pairs.clean, pairs.labels, strict=True)):
        first.setdefault(key, row)
    return list(first.values())


def _rows(
    before: Predictions,
    after: Predictions,
    drifts: FloatArray,
    places: IntArray,
    explain: Attributor | None,
) -> dict[str, FloatArray]:
    """Return every measure of one attack, text by text."""
    followed = before.probabilities.argmax(axis=1)
    every = np.arange(before.n_rows)
    change = after.probabilities[every, followed] - before.probabilities[every, followed]
    one, other = _is_right(before), _is_right(after)
    rows = {
        "accuracy_before": one,
        "accuracy": other,
        "accuracy_change": other - one,
        "flips": (after.probabilities.argmax(axis=1) != followed).astype(np.float64),
        "confidence_change": change,
    }
    if explain is not None:
        rows["explanation_drift"] = drifts
    return {name: values[places] for name, values in rows.items()}


def _attack_result(
    kind: str, facts: _Facts, n_rows: int, rows: Mapping[str, FloatArray], how: _How
) -> AttackResult:
    n_changed = len(rows["accuracy"])
    note = ""
    if n_changed == 0:
        note = (
            f"it changed none of the {n_rows} texts, which are too short or hold nothing it can "
            "change; nothing was measured"
        )
    elif n_changed < n_rows:
        note = (
            f"{n_rows - n_changed} of {n_rows} texts are left out: too short, or nothing to change"
        )
    estimates = [_estimate(name, values, how) for name, values in rows.items()] if n_changed else []
    return AttackResult(
        kind,
        facts.title,
        facts.keeps_label,
        facts.strength,
        facts.seed,
        n_rows,
        n_changed,
        tuple(estimates),
        note,
    )


def _estimate(name: str, values: FloatArray, how: _How) -> Estimate:
    title, direction = MEASURES[name]
    known = values[~np.isnan(values)]
    value = float(known.mean()) if len(known) else math.nan
    low, high = interval_of_mean(known, n_bootstrap=how.n_bootstrap, seed=how.seed)
    note = "" if len(known) else f"no text shares {FEWEST_SHARED} words with its other form"
    return Estimate(name, title, direction, value, low, high, len(known), note)
