"""From the values of a job without labels to its record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.cli.text_recording import SETTINGS
from tutelage.cli.unlabelled_data import PlainTexts
from tutelage.cli.unlabelled_lessons import Labelling, covered_classes
from tutelage.cli.unlabelled_options import UnlabelledChoice
from tutelage.cli.unlabelled_students import (
    Trained,
    gains_of,
    teacher_score,
    written_reasons,
)
from tutelage.evaluation.rationale_quality import rationale_quality, words_of
from tutelage.lessons.rationale import Rationale
from tutelage.report.text_facts import TextModelFacts, VariantFacts
from tutelage.report.unlabelled_facts import LabelledClass, ShownLesson, UnlabelledDataFacts
from tutelage.report.unlabelled_record import UnlabelledRecord
from tutelage.students.seq2seq import RationaleStudent

MOST_SHOWN = 6
MOST_JUDGED_SHOWN = 4
REASONING_SETTINGS = ("model", "explain_weight", "mode", "steps", "batch_size")
FRESH = 1 / 3  # share of different words below which a written reason is no sentence
LEAKS = 0.5  # share of reasons that name their label from which on it is worth a warning


@dataclass(frozen=True)
class UnlabelledRun:
    """What a job made, before it is a record.

    Attributes
    ----------
    choice, data, found
        What was wanted, the texts, and what the teacher said of them.
    test
        The labelled texts; ``None`` without any.
    models
        The student, the one of labels only if there are cards, then the controls; judged when
        there are labelled texts.
    warnings
        Sentences from reading, asking and training.
    folder, seed, command
        Where the student will be, and how to do it again.
    """

    choice: UnlabelledChoice
    data: PlainTexts
    found: Labelling
    test: PlainTexts | None
    models: Sequence[Trained]
    warnings: Sequence[str]
    folder: str
    seed: int
    command: str


def unlabelled_record_of(run: UnlabelledRun, timings: Mapping[str, float]) -> UnlabelledRecord:
    """Put everything the report shows into one record; measures what is not measured yet."""
    choice, test, lessons = run.choice, run.test, run.found.lessons
    names = choice.names
    gains = () if test is None else gains_of(run.models, test, run.seed)
    classes = covered_classes(lessons, choice.classes, () if test is None else test.labels)
    shown = (*shown_lessons(run), *shown_judged(run))
    told = [*suspicions(run, classes), *babble([one.written for one in shown])]
    return UnlabelledRecord(
        title=choice.task or f"Sort {run.data.path.name} into {len(names)} classes",
        data=_data_facts(run),
        classes=classes,
        asked=run.found.facts,
        cards=run.found.cards.facts,
        quality=rationale_quality(lessons, names) if _has_reason(lessons) else None,
        shown=shown,
        model=_model_facts(run),
        variants=tuple(_variant(one) for one in run.models),
        gains=gains,
        teacher=None if test is None else teacher_score(run.found, test, names, run.seed),
        warnings=tuple(dict.fromkeys([*run.warnings, *told])),
        seed=run.seed,
        timings=dict(timings),
        command=run.command,
    )


def suspicions(run: UnlabelledRun, classes: Sequence[LabelledClass]) -> list[str]:
    """Return what a reader should look at, in sentences."""
    told = []
    described = {text.label for text in run.found.cards.texts}
    silent = [one.name for one in classes if not one.n_texts]
    for known, what in ((True, "knows {} from class cards alone"), (False, "can hardly say {}")):
        named = [name for name in silent if (name in described) is known]
        if named:
            told.append(
                f"The teacher put no text into {', '.join(named[:8])}: the student "
                f"{what.format('it' if len(named) == 1 else 'them')}."
            )
    found = run.found.lessons
    if _has_reason(found):
        quality = rationale_quality(found, run.choice.names)
        if quality.leak_rate >= LEAKS:
            told.append(
                f"{quality.leak_rate:.0%} of the reasons name the class they are for: they repeat "
                "the label rather than say why."
            )
    elif any(lesson.asked for lesson in found):
        told.append("No reason came although reasons were asked for; the labels are used alone.")
    for one in run.models[:1] if run.test is not None else ():
        accuracy = None if one.result is None else one.result["accuracy"]
        if accuracy is not None and accuracy.note:
            told.append(f"Accuracy of the {one.name}: {accuracy.note}.")
    return told


def babble(written: Sequence[str]) -> list[str]:
    """Return a warning when reasons that a student wrote say the same few words over and over.

    >>> babble(["the reader " * 10, "Somebody asks how long a loan may last."])
    ['1 of 2 shown reasons that the student wrote only repeat a few words: it has seen too few.']
    """
    words = [words_of(text) for text in written if text]
    n_bad = sum(len(set(own)) < FRESH * len(own) for own in words)
    if not n_bad:
        return []
    return [
        f"{n_bad} of {len(words)} shown reasons that the student wrote only repeat a few words: "
        "it has seen too few."
    ]


def shown_lessons(run: UnlabelledRun) -> list[ShownLesson]:
    """Return a training text of each of several classes, with a reason where there is one.

    The last is a text without a verdict, if there is one.
    """
    lessons = run.found.lessons
    rows = []
    for name in run.choice.classes:
        own = [row for row, lesson in enumerate(lessons) if lesson.label == name]
        own.sort(key=lambda row: (not lessons[row].rationales, row))
        rows += own[:1]
    rows = rows[:MOST_SHOWN] + [row for row in range(len(lessons)) if not lessons[row].label][:1]
    said = written_reasons(run.models[0].model, [lessons[row].text for row in rows])
    return [_shown(lessons[row], *own) for row, own in zip(rows, said, strict=True)]


def _shown(lesson: Rationale, said: str, written: str) -> ShownLesson:
    return ShownLesson(
        lesson.text,
        "a training text",
        lesson.label or "",
        lesson.rationale or "",
        math.nan if lesson.confidence is None else lesson.confidence,
        lesson.told,
        said=said,
        written=written,
    )


def shown_judged(run: UnlabelledRun) -> list[ShownLesson]:
    """Return a few labelled texts with what the student says: half of them wrong, if any are."""
    test, result = run.test, run.models[0].said
    if test is None or result is None:
        return []
    said = [str(result.classes_[code]) for code in result.probabilities.argmax(axis=1)]
    order = np.random.default_rng(run.seed).permutation(len(said))
    right = [int(row) for row in order if said[row] == test.labels[row]]
    wrong = [int(row) for row in order if said[row] != test.labels[row]]
    rows = [*right[: MOST_JUDGED_SHOWN // 2], *wrong[: MOST_JUDGED_SHOWN // 2]]
    own = written_reasons(run.models[0].model, [test.texts[row] for row in rows])
    return [
        ShownLesson(
            test.texts[row],
            f"a labelled text, {'right' if label == test.labels[row] else 'wrong'}",
            truth=test.labels[row],
            said=label,
            written=written,
        )
        for row, (label, written) in zip(rows, own, strict=True)
    ]


def _has_reason(lessons: Sequence[Rationale]) -> bool:
    return any(lesson.rationales for lesson in lessons)


def _data_facts(run: UnlabelledRun) -> UnlabelledDataFacts:
    data, test = run.data, run.test
    told = "" if test is None else f"{len(test.inputs)} labelled texts of {test.path.name}"
    unsure = [len({answer for answer in one.answers if answer}) > 1 for one in run.found.lessons]
    return UnlabelledDataFacts(
        data.columns,
        data.n_rows,
        data.n_empty,
        len(run.found.labelled),
        run.choice.share,
        run.choice.samples,
        sum(unsure),
        told,
        0 if test is None else len(test.inputs),
        str(data.path),
        data.sha256,
    )


def _model_facts(run: UnlabelledRun) -> TextModelFacts:
    model = run.models[0].model
    names = REASONING_SETTINGS if isinstance(model, RationaleStudent) else SETTINGS
    settings = {name: str(getattr(model, name)) for name in names}
    name = type(model).__name__
    return TextModelFacts(name, run.choice.encoder, run.folder, settings=settings)


def _variant(one: Trained) -> VariantFacts:
    scores = () if one.result is None else one.result.estimates
    return VariantFacts(
        one.name, one.meaning, one.lessons, one.n_texts, one.n_steps, one.seconds, scores
    )
