"""The robustness suite on several models: the same texts and attacks, several strengths.

A model is asked about each distinct text once, whatever attack or strength it comes from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tutelage.attribution.scoring import BATCH_SIZE, scored_once
from tutelage.errors import InputError
from tutelage.evaluation.attacks import Attack
from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.predictions import Classifier, FloatArray
from tutelage.evaluation.robustness import check_classifier, robustness, robustness_of_pairs
from tutelage.evaluation.robustness_differences import paired_differences
from tutelage.evaluation.robustness_pairs import PerturbedTexts, attacked_texts
from tutelage.evaluation.robustness_result import RobustnessResult
from tutelage.evaluation.robustness_suite_result import (
    FanLine,
    FanPoint,
    ModelUnderAttack,
    SuiteResult,
)
from tutelage.lessons import label_name

STRENGTHS = (0.1, 0.3, 0.6)
Progress = Callable[[int, int], None]


def robustness_suite(
    models: Mapping[str, Classifier],
    texts: Sequence[str],
    labels: Sequence[Any],
    attacks: Sequence[Attack],
    *,
    strengths: Sequence[float] = STRENGTHS,
    n_explained: int = 200,
    batch_size: int = BATCH_SIZE,
    n_bootstrap: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> SuiteResult:
    """Attack several models with the same texts; the first is the one they are held against.

    Parameters
    ----------
    models
        Name -> anything with ``classes_`` and ``predict_proba`` for a list of texts; explanations
        are compared where it has ``word_attributions`` too.
    texts, labels
        Texts that no model was trained on, and their classes.
    attacks
        Such as :func:`tutelage.evaluation.attacks.standard_attacks` returns. Tables and
        differences are at each attack's own strength.
    strengths
        Further strengths of the fan, in (0, 1]; an attack that does not scale has its own only.
    n_explained, batch_size, n_bootstrap, seed
        As :func:`tutelage.evaluation.robustness.robustness`.
    progress
        Called with the number of steps done, and of all.

    Raises
    ------
    InputError
        When there is no model, or a strength is outside (0, 1].
    DataError
        As :func:`tutelage.evaluation.robustness.robustness`.

    Examples
    --------
    >>> from tutelage.evaluation.attacks import standard_attacks
    >>> class Model:
    ...     classes_ = ["alarm", "other"]
    ...     def predict_proba(self, texts):
    ...         return np.array([[0.9, 0.1] if "wake" in text else [0.2, 0.8] for text in texts])
    >>> texts, labels = ["wake me up", "wake us", "what is this"], ["alarm", "alarm", "other"]
    >>> found = robustness_suite({"a": Model()}, texts, labels, standard_attacks(only=["case"]))
    >>> [(point.strength, round(point.accuracy, 2)) for point in found["a"].fan[0].points]
    [(0.0, 1.0), (0.1, 0.67), (0.3, 0.67), (0.6, 0.67), (1.0, 0.33)]
    """
    wrong = [strength for strength in strengths if not 0 < strength <= 1]
    if wrong:
        raise InputError(f"strengths must be shares in (0, 1], got {wrong}.")
    pairs = attacked_texts(attacks, texts, labels)
    names = [label_name(label) for label in labels]
    fan = [_strengthened(attack, texts, names, strengths) for attack in attacks]
    draws = {"n_explained": n_explained, "batch_size": batch_size, "n_bootstrap": n_bootstrap,
             "seed": seed}  # fmt: skip

    def measure(model: Any, attributions: Any, explained: int) -> RobustnessResult:
        how = {**draws, "n_explained": explained, "attributions": attributions}
        return robustness(model, texts, labels, attacks, **how)

    return _suite(models, pairs, fan, measure, draws, progress)


def suite_of_pairs(
    models: Mapping[str, Classifier],
    pairs: PerturbedTexts,
    *,
    n_explained: int = 200,
    batch_size: int = BATCH_SIZE,
    n_bootstrap: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> SuiteResult:
    """Hold several models against texts that somebody perturbed; as :func:`robustness_suite`.

    Kinds that differ by strength only are one line of the fan.

    Examples
    --------
    >>> class Model:
    ...     classes_ = ["alarm", "other"]
    ...     def predict_proba(self, texts):
    ...         return np.array([[0.9, 0.1] if "wake" in text else [0.2, 0.8] for text in texts])
    >>> pairs = PerturbedTexts(("wake me",), ("wke me",), ("alarm",), ("typo",))
    >>> suite_of_pairs({"a": Model()}, pairs)["a"].result["typo"]["accuracy"].value
    0.0
    """
    draws = {"n_explained": n_explained, "batch_size": batch_size, "n_bootstrap": n_bootstrap,
             "seed": seed}  # fmt: skip

    def measure(model: Any, attributions: Any, explained: int) -> RobustnessResult:
        how = {**draws, "n_explained": explained, "attributions": attributions}
        return robustness_of_pairs(model, pairs, **how)

    return _suite(models, pairs, _fan_of(pairs), measure, draws, progress)


@dataclass(frozen=True)
class _Fan:
    """The texts of one line of the fan: per strength, pairs of a text before and after."""

    attack: str
    title: str
    clean: tuple[tuple[str, str], ...]  # text, label
    sides: Mapping[float, tuple[tuple[str, str, str], ...]]  # strength -> before, after, label


def _strengthened(
    attack: Attack, texts: Sequence[str], labels: Sequence[str], strengths: Sequence[float]
) -> _Fan:
    sides = {}
    further = strengths if attack.scales else ()
    for strength in sorted({*further, attack.strength}):
        made = replace(attack, strength=strength)
        sides[strength] = tuple(
            (text, made(text, label), label) for text, label in zip(texts, labels, strict=True)
        )
    return _Fan(attack.name, attack.title, tuple(zip(texts, labels, strict=True)), sides)


def _fan_of(pairs: PerturbedTexts) -> list[_Fan]:
    rows: dict[str, dict[float, list[tuple[str, str, str]]]] = defaultdict(dict)
    columns = (pairs.clean, pairs.perturbed, pairs.labels, pairs.kinds)
    for before, after, label, kind in zip(*columns, strict=True):
        if kind in pairs.families:
            family, strength = pairs.families[kind]
            rows[family].setdefault(strength, []).append((before, after, label))
    return [
        _Fan(
            family,
            family,
            tuple(
                dict.fromkeys((text, label) for side in sides.values() for text, _, label in side)
            ),
            {strength: tuple(sides[strength]) for strength in sorted(sides)},
        )
        for family, sides in rows.items()
    ]


class _Remembering:
    """A model that is asked about each text once."""

    def __init__(self, model: Any):
        self.model, self.classes_ = model, model.classes_
        self.names = [label_name(label) for label in model.classes_]
        self.known: dict[str, FloatArray] = {}

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            table = np.asarray(self.model.predict_proba(new), dtype=np.float64)
            if len(table) != len(new):
                return table  # whoever asked says what is wrong with it
            self.known.update(zip(new, table, strict=True))
        return np.stack([self.known[text] for text in texts])

    def is_right(self, texts: Sequence[str], labels: Sequence[str], batch_size: int) -> FloatArray:
        table = scored_once(self.predict_proba, texts, batch_size)
        said = table.argmax(axis=1).tolist()
        return np.array(
            [self.names[code] == label for code, label in zip(said, labels, strict=True)], float
        )


def _suite(
    models: Mapping[str, Classifier],
    pairs: PerturbedTexts,
    fan: Sequence[_Fan],
    measure: Callable[[Any, Any, int], RobustnessResult],
    draws: Mapping[str, int],
    progress: Progress | None,
) -> SuiteResult:
    if not models:
        raise InputError("There must be at least one model to attack, got none.")
    found, rights, n_done = [], {}, 0

    def step() -> None:
        nonlocal n_done
        n_done += 1
        if progress is not None:
            progress(n_done, len(models) * (1 + len(fan)))

    for name, model in models.items():
        check_classifier(model)
        asked = _Remembering(model)
        result = _measured(name, model, asked, measure, draws["n_explained"])
        step()
        lines = []
        for one in fan:
            lines.append(_fan_line(one, asked, draws))
            step()
        found.append(ModelUnderAttack(name, result, tuple(lines)))
        rights[name] = asked.is_right(pairs.perturbed, pairs.labels, draws["batch_size"])
    titles = {one.name: one.title for one in found[0].result.attacks}
    return SuiteResult(
        tuple(found),
        tuple(paired_differences(rights, pairs, titles, draws["n_bootstrap"], draws["seed"])),
        "",
        draws["n_bootstrap"],
        draws["seed"],
    )


def _measured(
    name: str, model: Any, asked: _Remembering, measure: Callable[..., RobustnessResult], n: int
) -> RobustnessResult:
    """Return the result under the model's own name; without explanations where it has none."""
    explain = getattr(model, "word_attributions", None)
    result = measure(asked, explain, n if explain is not None else 0)
    notes = result.notes
    if explain is None and n:
        kind = type(model).__name__
        lacks = f"{name}: {kind} has no word_attributions: scores only, explanations were not "
        notes = (f"{lacks}compared.", *notes)
    return replace(result, model=name, notes=notes)


def _fan_line(one: _Fan, asked: _Remembering, draws: Mapping[str, int]) -> FanLine:
    sides = {0.0: tuple((text, text, label) for text, label in one.clean), **one.sides}
    points = []
    for strength, rows in sides.items():
        before, after, labels = zip(*rows, strict=True)
        right = asked.is_right(after, labels, draws["batch_size"])
        low, high = interval_of_mean(right, n_bootstrap=draws["n_bootstrap"], seed=draws["seed"])
        n_changed = sum(old != new for old, new in zip(before, after, strict=True))
        points.append(FanPoint(strength, n_changed, len(rows), float(right.mean()), low, high))
    return FanLine(one.attack, one.title, tuple(points))
