"""Labels and reasons of texts: what a teacher said, read from a folder, checked, saved."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tutelage.cli.console import say_table
from tutelage.cli.table_file import listed
from tutelage.cli.text_asking import read_kinds
from tutelage.cli.unlabelled_cards import CARDS_FILE, FoundCards
from tutelage.cli.unlabelled_cards import KIND as CARDS
from tutelage.cli.unlabelled_data import Input, PlainTexts
from tutelage.cli.unlabelled_options import (
    PAIR,
    RATIONALES_FILE,
    UnlabelledChoice,
    checked_classes,
)
from tutelage.errors import DataError, InputError, OutputError
from tutelage.lessons import load_lessons, save_lessons
from tutelage.lessons.rationale import Rationale, fields_of
from tutelage.lessons.rationale_coverage import rationale_coverage
from tutelage.report.text_facts import LessonFacts
from tutelage.report.unlabelled_facts import LabelledClass

KIND = "rationales"


@dataclass(frozen=True)
class Labelling:
    """What a teacher said of texts.

    Attributes
    ----------
    lessons
        One per text, in order; without a label where there was no verdict.
    facts
        What was asked, and what it took.
    warnings
        Sentences a reader must not miss.
    cards
        What the teacher said of the classes.
    """

    lessons: tuple[Rationale, ...]
    facts: LessonFacts
    warnings: tuple[str, ...] = ()
    cards: FoundCards = field(default_factory=FoundCards)

    @property
    def labels(self) -> list[str | None]:
        """The label of each text."""
        return [lesson.label for lesson in self.lessons]

    @property
    def labelled(self) -> list[int]:
        """Positions of the texts that have a label."""
        return [row for row, label in enumerate(self.labels) if label is not None]

    def with_cards(self, cards: FoundCards) -> Labelling:
        """Return what was found with the cards; why there are none becomes a warning."""
        facts = cards.facts
        lost = (f"No class card teaches the student: {facts.note}.",) if not cards.cards else ()
        told = (*self.warnings, *(lost if facts.note else ()))
        return replace(self, cards=cards, warnings=told)

    def save(self, folder: Path) -> None:
        """Write one file per kind of lesson into a new folder."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder} cannot be written: {error.strerror or error}.") from error
        save_lessons(list(self.lessons), folder / RATIONALES_FILE)
        if self.cards.cards:
            save_lessons(list(self.cards.cards), folder / CARDS_FILE)


def read_labelling(path: Path, choice: UnlabelledChoice, data: PlainTexts) -> Labelling:
    """Return the lessons of a file, matched by text; a text without one has no label.

    Raises
    ------
    InputError
        When the file holds another kind of lesson, or labels that are none of the classes.
    """
    read = _rationales_of(path)
    strange = sorted({one.label for one in read if one.label is not None} - set(choice.classes))
    if strange:
        raise InputError(
            f"{path}: every label must be one of the classes, and {len(strange)} are not: "
            f"{listed(strange)}. Name them in --classes, or mend the file."
        )
    known = {lesson.key: lesson for lesson in read}
    bare = [Rationale(fields_of(_named(given))[0], asked=False) for given in data.inputs]
    lessons = tuple(known.get(one.key, one) for one in bare)
    n_missing = sum(one.key not in known for one in bare)
    told = f"{n_missing} of {len(bare)} texts have no lesson in {path}; they are left out."
    said = list(dict.fromkeys(lesson.provenance for lesson in lessons if lesson.key in known))
    n_calls = sum(one.n_calls for one in said)
    facts = LessonFacts(
        KIND,
        "read",
        note="read from a folder, not asked for",
        n_lessons=sum(lesson.label is not None for lesson in lessons),
        n_calls=n_calls,
        n_cached=n_calls,
        tokens_in=sum(one.tokens_in for one in said),
        tokens_out=sum(one.tokens_out for one in said),
        recorded_usd=math.fsum(one.cost_usd for one in said),
        teacher=said[0].teacher if said else "",
        prompt=said[0].prompt if said else "",
    )
    return Labelling(lessons, facts, (told,) if n_missing else ())


def _rationales_of(path: Path) -> tuple[Rationale, ...]:
    read = load_lessons(path)
    if not isinstance(read, tuple) or not isinstance(read[0], Rationale):
        raise InputError(f"{path} must hold labels and reasons, got another kind of lesson.")
    return read


def _named(given: Input) -> object:
    return given if isinstance(given, str) else dict(zip(PAIR, given, strict=True))


def classes_in(folder: Path) -> dict[str, str]:
    """Return the classes that the lessons of a folder name, and what its cards say they mean.

    Raises
    ------
    InputError
        When the folder has no labels, or they are fewer than two.
    """
    path = folder / RATIONALES_FILE
    if not path.exists():
        raise InputError(
            f"--lessons must name a folder that holds {RATIONALES_FILE}, as teach and fit write "
            f"it without --target, got {str(folder)!r}"
        )
    labels = {one.label: "" for one in _rationales_of(path) if one.label is not None}
    cards = read_kinds(folder, (CARDS,)).get(CARDS, ())
    meanings = {card.label: card.definition for card in cards}
    return checked_classes(sorted({**labels, **meanings}.items()), str(path))


def check_learnable(found: Labelling, choice: UnlabelledChoice, data: PlainTexts) -> None:
    """Raise when no student can learn from what was said.

    Raises
    ------
    DataError
        When the labels are none or all the same, or reasons are to be learned and none came.
    """
    seen = sorted({label for label in found.labels if label is not None})
    if len(seen) < 2:
        got = f"all {len(found.labelled)} labels are {seen[0]!r}" if seen else "there is no label"
        raise DataError(
            f"A student needs texts of at least 2 classes, and {got} ({len(data.inputs)} texts). "
            "Give more texts, say what the classes mean (--classes FILE.json, name to meaning), "
            "or ask a stronger teacher; answers that were paid for are stored and free."
        )
    n_reasons = sum(bool(lesson.rationales) for lesson in found.lessons)
    if choice.student == "rationale" and not n_reasons:
        n_asked = sum(lesson.asked for lesson in found.lessons)
        raise DataError(
            f"--student rationale learns reasons, and none came for the {n_asked} texts for which "
            "one was asked. Take --student encoder, which learns the labels alone (the answers "
            "that were paid for are stored and free), or ask a stronger teacher."
        )


def covered_classes(
    lessons: Sequence[Rationale], meanings: Mapping[str, str], truth: Sequence[str] = ()
) -> tuple[LabelledClass, ...]:
    """Return what came back about each class, also about those that no text was put into."""
    covered = {row.label: row for row in rationale_coverage(lessons).classes}
    n_test = Counter(truth)
    found = []
    for name, meaning in meanings.items():
        row = covered.get(name)
        if row is None:
            found.append(LabelledClass(name, meaning, n_test=n_test[name]))
            continue
        found.append(
            LabelledClass(
                name,
                meaning,
                row.n,
                row.n_asked,
                row.n_reasons,
                n_test[name],
                row.tokens,
                row.cost_usd,
            )
        )
    return tuple(found)


def say_coverage(classes: Sequence[LabelledClass], n_texts: int) -> None:
    """Print how many texts of each class there are, and how many of them have a reason."""
    say_table(
        f"The teacher labelled {sum(one.n_texts for one in classes)} of {n_texts} texts",
        ("class", "texts", "asked why", "reasons"),
        [[one.name, str(one.n_texts), str(one.n_asked), str(one.n_reasons)] for one in classes],
    )
