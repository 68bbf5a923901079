"""Students of a teacher's labels and reasons: trained, and judged on a few labelled texts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tutelage.cli.class_target import Said
from tutelage.cli.console import progress
from tutelage.cli.text_evidence import (
    CONTROL,
    METRICS,
    check_encoder,
    common_steps,
    folder_of_model,
    words_model,
)
from tutelage.cli.text_options import TextChoice
from tutelage.cli.unlabelled_data import PlainTexts
from tutelage.cli.unlabelled_lessons import Labelling
from tutelage.cli.unlabelled_options import UnlabelledChoice
from tutelage.cli.unlabelled_told import collecting
from tutelage.evaluation import EvaluationResult, compare_on_rows, evaluate
from tutelage.evaluation.comparison import Comparison
from tutelage.evaluation.run import Estimate
from tutelage.lessons.rationale import Rationale
from tutelage.lessons.rewrite import Rewrite
from tutelage.report.unlabelled_record import LABELS_ONLY
from tutelage.students.seq2seq import RationaleStudent
from tutelage.students.seq2seq_build import build_text_to_text
from tutelage.students.text import TaughtTextClassifier

STUDENT, MAJORITY = "student", "majority class"
MEANINGS = {
    "encoder": "an encoder, on the teacher's labels",
    "rationale": "a text-to-text model, on the teacher's labels and reasons",
    "cards": "an encoder, on the teacher's labels and the phrases of its class cards",
    LABELS_ONLY: "the same encoder, on the teacher's labels alone, for as many steps",
    MAJORITY: "always the class that the teacher gave most often",
    CONTROL: "logistic regression on words and pairs of words, on the teacher's labels",
}
Student = TaughtTextClassifier | RationaleStudent


@dataclass(frozen=True, eq=False)
class Trained:
    """One model: what it learned from, and what it says of the labelled texts, if there are any.

    Attributes
    ----------
    name, meaning
        As the report calls it, and what it learned from.
    model
        The fitted model.
    n_texts, n_steps, seconds
        Texts it learned from, those of lessons among them, optimiser steps (0: none), and time.
    lessons
        Kinds of lessons it learned from.
    said, result
        Its probabilities for the labelled texts and its scores there; ``None`` without them.
    """

    name: str
    meaning: str
    model: Any
    n_texts: int
    n_steps: int = 0
    seconds: float = 0.0
    lessons: tuple[str, ...] = ("rationales",)
    said: Said | None = None
    result: EvaluationResult | None = None


def check_student(choice: UnlabelledChoice) -> None:
    """Raise before anything is paid for when no such student can be made of its model.

    Raises
    ------
    ExtraMissing
        When torch or transformers is not installed.
    InputError
        When there is no such model on this machine, the encoder writes, or the student of reasons
        cannot write.
    """
    if choice.student != "rationale":
        check_encoder(TextChoice(encoder=choice.encoder))
        return
    folder_of_model(choice.encoder)
    build_text_to_text(choice.encoder)


def train_students(
    found: Labelling, choice: UnlabelledChoice, seed: int, *, judged: bool
) -> tuple[list[Trained], list[str]]:
    """Train the student on all that the teacher said; return what is worth a warning too.

    Where class cards teach it and it will be ``judged``, a second one learns the labels alone, from
    the same seed and for as many steps: so that neither is better for having been trained longer.
    """
    cues = found.cards.texts
    if not cues:
        one, told = _trained(STUDENT, found, choice, seed)
        return [one], told
    steps = common_steps(TextChoice(steps=choice.steps), len(found.labelled) + len(cues))
    choice = replace(choice, steps=steps)
    one, told = _trained(STUDENT, found, choice, seed, cues)
    if not judged:
        return [one], told
    other, more = _trained(LABELS_ONLY, found, choice, seed)
    return [one, other], list(dict.fromkeys([*told, *more]))


def _trained(
    name: str, found: Labelling, choice: UnlabelledChoice, seed: int, cues: Sequence[Rewrite] = ()
) -> tuple[Trained, list[str]]:
    lessons = [found.lessons[row] for row in found.labelled]
    since = time.perf_counter()
    with collecting() as told, progress(f"training: {name}") as bar:

        def step(done: int, total: int, losses: object) -> None:
            del losses
            bar(done, total)

        if choice.student == "rationale":
            model = _reasoning(lessons, choice, seed, step)
        else:
            model = _encoding(lessons, cues, choice, seed, step)
    model.progress = None  # a bar has no place in a saved model
    seconds = time.perf_counter() - since
    meaning = MEANINGS["cards" if cues else choice.student if name == STUDENT else name]
    kinds = ("rationales", "cards") if cues else ("rationales",)
    n_texts = len(lessons) + len(cues)
    return Trained(name, meaning, model, n_texts, n_steps_of(model), seconds, kinds), told


def _encoding(
    lessons: Sequence[Rationale],
    cues: Sequence[Rewrite],
    choice: UnlabelledChoice,
    seed: int,
    step: Callable[..., None],
) -> Student:
    model = TaughtTextClassifier(
        choice.encoder, alignment=0.0, steps=choice.steps, random_state=seed, progress=step
    )
    targets = soft_labels(lessons, choice.names)
    texts = [lesson.text for lesson in lessons]
    return model.fit(texts, label_probabilities=targets, rewrites=cues or None)


def _reasoning(
    lessons: Sequence[Rationale], choice: UnlabelledChoice, seed: int, step: Callable[..., None]
) -> Student:
    model = RationaleStudent(
        choice.encoder,
        classes=choice.names,
        steps=choice.steps,
        random_state=seed,
        progress=step,
    )
    return model.fit([dict(lesson.fields) for lesson in lessons], list(lessons))


def n_steps_of(model: Student) -> int:
    """Return how many optimiser steps a fit took; 0 where a head is solved for."""
    if isinstance(model, RationaleStudent):
        return sum(len(attempt.steps) for attempt in model.history_)
    return len(model.history_)


def soft_labels(lessons: Sequence[Rationale], classes: Sequence[str]) -> pd.DataFrame:
    """Return, per lesson, the share of the teacher's answers that decided for each class.

    Answers without a verdict count for none. A lesson whose answers were not kept is certain, and
    so is one whose label somebody has set against them.

    >>> both = Rationale((("text", "x"),), "a", answers=("a", None, "b", "a"))
    >>> mended = Rationale((("text", "z"),), "b", answers=("a", "a"))
    >>> soft_labels([both, Rationale.of("y", "b"), mended], ["a", "b"]).round(2).values.tolist()
    [[0.67, 0.33], [0.0, 1.0], [0.0, 1.0]]
    """
    rows = []
    for lesson in lessons:
        counts = Counter(answer for answer in lesson.answers if answer in classes)
        if lesson.label != lesson.verdict:
            counts = Counter([lesson.label])
        total = sum(counts.values())
        rows.append([counts[name] / total for name in classes])
    table: pd.DataFrame = pd.DataFrame(rows, columns=list(classes))
    return table


def train_controls(found: Labelling, classes: Sequence[str]) -> list[Trained]:
    """Return what the student must beat: the most frequent class, and words without an encoder.

    Both learn from the teacher's labels, like the student.
    """
    lessons = [found.lessons[row] for row in found.labelled]
    texts, labels = [lesson.text for lesson in lessons], [str(lesson.label) for lesson in lessons]
    since = time.perf_counter()
    words = words_model().fit(texts, np.array(labels))
    seconds = time.perf_counter() - since
    counts = Counter(labels)
    smoothed = np.array([counts[name] + 1.0 for name in classes])
    frequent = Said(np.array(classes), (smoothed / smoothed.sum())[None, :])
    return [
        Trained(MAJORITY, MEANINGS[MAJORITY], frequent, len(texts)),
        Trained(CONTROL, MEANINGS[CONTROL], words, len(texts), seconds=seconds),
    ]


def judged(one: Trained, test: PlainTexts, classes: Sequence[str], seed: int) -> Trained:
    """Return a model with its scores on the labelled texts."""
    chance = one.model.predict_proba(list(test.texts))
    whole = _over_all(chance, [str(name) for name in one.model.classes_], classes)
    said = Said(np.array(classes), np.broadcast_to(whole, (len(test.inputs), len(classes))))
    result = evaluate(said, test.texts, np.array(test.labels), METRICS, seed=seed)
    return replace(one, said=said, result=result)


def _over_all(
    chance: NDArray[np.float64], own: Sequence[str], classes: Sequence[str]
) -> NDArray[np.float64]:
    """Return probabilities of all classes; one that a model never saw has none."""
    whole = np.zeros((len(chance), len(classes)))
    whole[:, [list(classes).index(name) for name in own]] = chance
    return whole


def gains_of(found: Sequence[Trained], test: PlainTexts, seed: int) -> tuple[Comparison, ...]:
    """Return accuracy of the first model minus that of each other; texts are resampled.

    The majority class comes first: it is what every model is measured by.
    """
    labels, own = np.array(test.labels), found[0]
    others = sorted(found[1:], key=lambda one: one.name != MAJORITY)
    return tuple(
        compare_on_rows(
            own.said,
            other.said,
            test.texts,
            labels,
            "accuracy",
            names=(own.name, other.name),
            n_bootstrap=2000,
            seed=seed,
        )
        for other in others
        if own.said is not None and other.said is not None
    )


def teacher_score(
    found: Labelling, test: PlainTexts, classes: Sequence[str], seed: int
) -> Estimate | None:
    """Return the teacher's own accuracy on the labelled texts that it was asked about, if any.

    A text without a verdict counts as wrong. Of texts that it was not asked about nothing is
    assumed.
    """
    said = {lesson.text: lesson.label for lesson in found.lessons}
    pairs = [
        (said[text], label)
        for text, label in zip(test.texts, test.labels, strict=True)
        if text in said
    ]
    if not pairs:
        return None
    names = list(classes)
    chance = np.zeros((len(pairs), len(names)))
    for row, (own, label) in enumerate(pairs):
        wrong = next(name for name in names if name != label)
        chance[row, names.index(own or wrong)] = 1.0
    labels = np.array([label for _, label in pairs])
    result = evaluate(Said(np.array(names), chance), labels, labels, "accuracy", seed=seed)
    return result["accuracy"]


def written_reasons(model: Student, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return what a student says of texts: the label, and the reason that it writes, or "".

    That a text is cut was said when the student learned it or was judged on it.
    """
    with collecting():
        if isinstance(model, RationaleStudent):
            found: Any = model.explain(list(texts))
            return [(str(one.label), one.text) for one in found]
        return [(str(label), "") for label in model.predict(list(texts))]
