"""Asking a teacher to label texts, to explain, and for class cards: within a budget."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tutelage.cli.console import note, progress, say_table, warn
from tutelage.cli.table_file import listed
from tutelage.cli.teacher_options import TeacherOptions, warn_of_orders
from tutelage.cli.text_asking import PLAN_COLUMNS, needed_usd, plan_rows
from tutelage.cli.unlabelled_cards import (
    CARDS_FILE,
    FoundCards,
    ask_cards,
    plan_cards,
    read_cards,
    without_cards,
)
from tutelage.cli.unlabelled_data import Input, PlainTexts
from tutelage.cli.unlabelled_options import PAIR, RATIONALES_FILE, UnlabelledChoice
from tutelage.errors import BadTextAnswer, DataError, InputError, TutelageWarning
from tutelage.lessons import load_lessons
from tutelage.lessons.rationale import Rationale, fields_of
from tutelage.report.text_facts import LessonFacts
from tutelage.teacher.plan import Plan, as_text
from tutelage.teacher.teacher import Teacher

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


def check_source(options: TeacherOptions, choice: UnlabelledChoice) -> None:
    """Raise when there is nobody to ask and nothing to read.

    Raises
    ------
    InputError
        Saying what to give.
    """
    if options.source is None and not _is_there(choice.lessons):
        raise InputError(
            "somebody must label the texts: give --teacher (openai:MODEL, "
            "http://HOST:PORT/v1#MODEL, tape:FILE), or --lessons with a folder that holds "
            f"{RATIONALES_FILE}"
        )
    if not choice.must_have_cards or options.source is not None or choice.lessons is None:
        return
    if not (choice.lessons / CARDS_FILE).exists():
        raise InputError(
            f"--ask names cards, {choice.lessons} holds no {CARDS_FILE}, and there is no --teacher "
            "to ask; give one of them, or --ask labels"
        )


def label_texts(
    options: TeacherOptions,
    choice: UnlabelledChoice,
    data: PlainTexts,
    seed: int,
    *,
    quiet: bool = False,
) -> Labelling:
    """Ask for a label for every text, for reasons, then for class cards, within the budget.

    What the folder of lessons holds is read instead.

    Raises
    ------
    InputError
        When the budget is too small, the teacher decided for no class at all, for one only, or
        gave no reason where these are to be learned.
    BudgetExceeded
        When the budget ran out after all; the answers are stored.
    """
    found, cards = None, read_cards(choice)
    if choice.lessons is not None and _is_there(choice.lessons):
        found = _learnable(_read(choice.lessons / RATIONALES_FILE, choice, data), choice, data)
    asks_cards = choice.cards and cards is None and options.source is not None
    if found is not None and not asks_cards:
        return _with_cards(found, cards or without_cards(choice))
    with options.opened() as teacher:
        plans = plan_cards(teacher, choice, data) if asks_cards else {}
        if found is None:
            found = _asked(teacher, options, choice, data, seed, plans, quiet)
            found = _learnable(found, choice, data)
        elif not quiet:
            _say_plan(teacher, plan_rows(plans))
        for plan in plans.values():
            cards = ask_cards(teacher, options, choice, data, plan)
    return _with_cards(found, cards or without_cards(choice))


def _learnable(found: Labelling, choice: UnlabelledChoice, data: PlainTexts) -> Labelling:
    """Say aloud what there is to say of labels and reasons, and raise if they teach nothing."""
    for sentence in found.warnings:
        warn(sentence)
    _check_learnable(found, choice, data)
    return found


def _with_cards(found: Labelling, cards: FoundCards) -> Labelling:
    """Return what was found with the cards; why there are none is a warning, told already."""
    facts = cards.facts
    lost = (f"No class card teaches the student: {facts.note}.",) if not cards.cards else ()
    return replace(found, cards=cards, warnings=(*found.warnings, *(lost if facts.note else ())))


def _is_there(folder: Path | None) -> bool:
    return folder is not None and (folder / RATIONALES_FILE).exists()


def _asked(
    teacher: Teacher,
    options: TeacherOptions,
    choice: UnlabelledChoice,
    data: PlainTexts,
    seed: int,
    cards: Mapping[str, Plan],
    quiet: bool,
) -> Labelling:
    how: dict[str, Any] = {
        "share": choice.share,
        "task": choice.task,
        "samples": choice.samples,
        "paraphrases": choice.paraphrases,
        "seed": seed,
    }
    plan = teacher.plan_rationales(data.inputs, choice.classes, **how)
    _tell_plan(teacher, plan, choice, data, plan_rows(cards), quiet)
    before = teacher.ledger.spent_usd()
    _check_budget(plan, options, before)
    since = time.perf_counter()
    try:
        with collecting() as told, progress("asking for labels and reasons") as step:
            lessons = teacher.rationales(data.inputs, choice.classes, **how, progress=step)
    except BadTextAnswer as error:
        raise InputError(_nothing_said(teacher, error, data)) from error
    seconds = time.perf_counter() - since
    warn_of_orders(teacher)
    if teacher.last_flags:
        told.append(
            f"{len(teacher.last_flags)} texts look like instructions to the teacher; they were "
            "sent as data."
        )
    facts = _facts(lessons, teacher, plan, seconds, teacher.ledger.spent_usd() - before)
    return Labelling(lessons, facts, tuple(dict.fromkeys(told)))


def _tell_plan(
    teacher: Teacher,
    plan: Plan,
    choice: UnlabelledChoice,
    data: PlainTexts,
    more: Sequence[Sequence[str]],
    quiet: bool,
) -> None:
    if not teacher.title.startswith("tape:"):
        note(f"The {len(data.inputs)} texts themselves are sent to {teacher.title}.")
    if quiet:
        return
    row = [
        {0.0: "labels", 1.0: "labels, reasons"}.get(
            choice.share, f"labels, {choice.share:.0%} reasons"
        ),
        str(plan.n_calls),
        str(plan.n_cached),
        f"{plan.tokens_in.expected:,.0f}",
        f"{plan.tokens_out.expected:,.0f}",
        f"{plan.cost_usd.expected:.4f}",
        f"{plan.worst_usd:.4f}",
    ]
    _say_plan(teacher, [row, *more])
    if choice.share > 0:
        note("Where no reason comes, the teacher is told its label and asked why: that is on top.")


def _say_plan(teacher: Teacher, rows: Sequence[Sequence[str]]) -> None:
    say_table(f"What {teacher.title} will be asked", PLAN_COLUMNS, rows)


def _check_budget(plan: Plan, options: TeacherOptions, spent: float) -> None:
    needed = needed_usd(plan, options.workers)
    if options.budget is not None and needed > options.budget - spent:
        raise InputError(
            f"Labels and reasons may need {needed:.4f} US dollars, and {options.budget - spent:.4f}"
            f" of the budget of {options.budget:.4f} are left. Nothing was asked. Raise --budget, "
            "lower --share or --samples, or give fewer texts."
        )


def _nothing_said(teacher: Teacher, error: BadTextAnswer, data: PlainTexts) -> str:
    if teacher.title.startswith("tape:"):
        place = f"The answers are those of {teacher.title}"
    elif teacher.store.path is None:
        place = "The answers were not kept (--no-cache)"
    else:
        where = teacher.store.path
        place = (
            f"The answers are stored in {where}; read one with: tutelage answers show "
            f"{error.question.key[:15]} --answers {where}"
        )
    return (
        f"The teacher must name one of the classes, and in its answers about {len(data.inputs)} "
        f"texts it names none, so there is nothing to learn. {place}. Then say what the classes "
        "mean (--classes FILE.json, name to meaning), say what is to be decided (--task), or ask "
        "a stronger teacher."
    )


def _check_learnable(found: Labelling, choice: UnlabelledChoice, data: PlainTexts) -> None:
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


def _facts(
    lessons: Sequence[Rationale], teacher: Teacher, plan: Plan, seconds: float, usd: float
) -> LessonFacts:
    said = [lesson.provenance for lesson in lessons]
    n_now = 0 if teacher.title.startswith("tape:") else teacher.last_tally.n_asked
    n_calls = sum(one.n_calls for one in said)
    question, answer = _first_exchange(teacher, said[0].question_keys)
    return LessonFacts(
        KIND,
        "asked",
        n_lessons=sum(lesson.label is not None for lesson in lessons),
        n_calls=n_calls,
        n_cached=max(n_calls - n_now, 0),
        tokens_in=sum(one.tokens_in for one in said),
        tokens_out=sum(one.tokens_out for one in said),
        usd=usd,
        recorded_usd=math.fsum(one.cost_usd for one in said),
        planned_usd=plan.cost_usd.expected,
        seconds=seconds,
        teacher=said[0].teacher,
        prompt=", ".join(sorted({part for one in said for part in one.prompt.split(", ")})),
        question=question,
        answer=answer,
        note=said[0].notes,
    )


def _first_exchange(teacher: Teacher, keys: Sequence[str]) -> tuple[str, str]:
    for question, answer in teacher.store.exchanges():
        if question.key in keys:
            return as_text(question), answer.text
    return "", ""


def _read(path: Path, choice: UnlabelledChoice, data: PlainTexts) -> Labelling:
    """Return the lessons of a file, matched by text; a text without one has no label."""
    read = load_lessons(path)
    if not isinstance(read, tuple) or not isinstance(read[0], Rationale):
        raise InputError(f"{path} must hold labels and reasons, got another kind of lesson.")
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


def _named(given: Input) -> object:
    return given if isinstance(given, str) else dict(zip(PAIR, given, strict=True))


@contextmanager
def collecting() -> Iterator[list[str]]:
    """Give the warnings of the package that a block raises, as sentences, at its end.

    Other warnings go where they always go.

    >>> with collecting() as told:
    ...     warnings.warn("One text was cut.", TutelageWarning)
    >>> told
    ['One text was cut.']
    """
    told: list[str] = []
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", TutelageWarning)
        yield told
    for one in heard:
        if issubclass(one.category, TutelageWarning):
            told.append(str(one.message))
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
