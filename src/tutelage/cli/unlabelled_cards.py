"""Class cards of a job without labels: asked after the labels, within what the budget leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tutelage.cli.console import note, warn
from tutelage.cli.table_file import listed
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.text_asking import Subject, ask_kind, plans_of, read_facts, read_kinds
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_options import LESSON_FILES
from tutelage.cli.unlabelled_data import PlainTexts
from tutelage.cli.unlabelled_options import UnlabelledChoice
from tutelage.errors import InputError, TapeMiss
from tutelage.lessons.card_texts import card_texts
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.rewrite import Rewrite
from tutelage.report.text_facts import LessonFacts
from tutelage.teacher.plan import Plan
from tutelage.teacher.teacher import Teacher

KIND = "cards"
CARDS_FILE = LESSON_FILES[KIND]


@dataclass(frozen=True)
class FoundCards:
    """What a teacher said about classes, and how it was had.

    Attributes
    ----------
    cards
        Perhaps none, and then ``facts`` say why.
    facts
        What was asked, and what it took.
    """

    cards: tuple[ClassCard, ...] = ()
    facts: LessonFacts = field(default_factory=lambda: LessonFacts(KIND, "skipped"))

    @property
    def texts(self) -> tuple[Rewrite, ...]:
        """The cue phrases, as texts to train on."""
        return card_texts(self.cards)


def read_cards(choice: UnlabelledChoice) -> FoundCards | None:
    """Return the cards of the folder of lessons; ``None`` where it has none or none are wanted.

    Raises
    ------
    InputError
        When the file holds another kind of lesson, or cards of other classes.
    """
    if choice.lessons is None or not choice.cards:
        return None
    cards = read_kinds(choice.lessons, (KIND,)).get(KIND)
    if cards is None:
        return None
    strange = sorted({card.label for card in cards} - set(choice.classes))
    if strange:
        raise InputError(
            f"{choice.lessons / CARDS_FILE}: every card must be of one of the classes, and "
            f"{len(strange)} are not: {listed(strange)}. Name them in --classes, or mend the file."
        )
    return FoundCards(cards, read_facts(KIND, cards))


def without_cards(choice: UnlabelledChoice) -> FoundCards:
    """Return no card; where some were wanted and nobody can be asked, say so."""
    if not choice.cards:
        return FoundCards()
    told = f"{choice.lessons} holds no {CARDS_FILE}, and there is no --teacher to ask"
    note(f"{told}; the student learns the labels alone.")
    return FoundCards(facts=LessonFacts(KIND, "skipped", told))


def plan_cards(teacher: Teacher, choice: UnlabelledChoice, data: PlainTexts) -> Mapping[str, Plan]:
    """Return the plan of the cards under their kind, empty where none are wanted."""
    return plans_of(teacher, _subject(choice, data), (KIND,) if choice.cards else ())


def ask_cards(
    teacher: Teacher,
    options: TeacherOptions,
    choice: UnlabelledChoice,
    data: PlainTexts,
    plan: Plan,
) -> FoundCards:
    """Ask for a card of every class as far as the budget goes; nothing but classes is sent.

    Raises
    ------
    TapeMiss
        When ``--ask`` names cards and the tape has none; otherwise the job goes on without.
    """
    try:
        cards, facts = ask_kind(teacher, options, KIND, plan, _subject(choice, data))
    except TapeMiss:
        if choice.must_have_cards:
            raise
        told = f"{teacher.title} holds no class cards for these classes and this task"
        warn(f"{told}; the student learns the labels alone.")
        return FoundCards(facts=LessonFacts(KIND, "skipped", told))
    return FoundCards(cards, facts)


def _subject(choice: UnlabelledChoice, data: PlainTexts) -> Subject:
    """Return what cards are asked about: the classes; there is no labelled text."""
    nothing = LabelledTexts(data.path, data.sha256, data.columns[0], "", (), (), ())
    return Subject(nothing, choice.classes, choice.task, choice.languages)
