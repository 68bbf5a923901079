"""Asking a teacher to label texts, to explain, and for class cards: within a budget."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

from tutelage.cli.console import progress, warn
from tutelage.cli.teacher_options import TeacherOptions, warn_of_orders
from tutelage.cli.text_asking import first_exchange
from tutelage.cli.unlabelled_cards import (
    CARDS_FILE,
    ask_cards,
    read_cards,
    without_cards,
)
from tutelage.cli.unlabelled_cards import KIND as CARDS
from tutelage.cli.unlabelled_data import PlainTexts
from tutelage.cli.unlabelled_lessons import KIND, Labelling, check_learnable, read_labelling
from tutelage.cli.unlabelled_options import RATIONALES_FILE, UnlabelledChoice
from tutelage.cli.unlabelled_planning import (
    LABELS,
    check_budget,
    how_asked,
    plan_lessons,
    tell_plans,
)
from tutelage.cli.unlabelled_told import collecting
from tutelage.errors import BadTextAnswer, InputError
from tutelage.lessons.rationale import Rationale
from tutelage.report.text_facts import LessonFacts
from tutelage.teacher.plan import Plan
from tutelage.teacher.teacher import Teacher


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
        path = choice.lessons / RATIONALES_FILE
        found = _learnable(read_labelling(path, choice, data), choice, data)
    asks_cards = choice.cards and cards is None and options.source is not None
    if found is not None and not asks_cards:
        return found.with_cards(cards or without_cards(choice))
    with options.opened() as teacher:
        plans = plan_lessons(teacher, choice, data, seed, labels=found is None, cards=asks_cards)
        tell_plans(teacher, plans, choice, data, quiet=quiet)
        if found is None:
            found = _asked(teacher, options, choice, data, seed, plans[LABELS])
            found = _learnable(found, choice, data)
        if CARDS in plans:
            cards = ask_cards(teacher, options, choice, data, plans[CARDS])
    return found.with_cards(cards or without_cards(choice))


def _learnable(found: Labelling, choice: UnlabelledChoice, data: PlainTexts) -> Labelling:
    """Say aloud what there is to say of labels and reasons, and raise if they teach nothing."""
    for sentence in found.warnings:
        warn(sentence)
    check_learnable(found, choice, data)
    return found


def _is_there(folder: Path | None) -> bool:
    return folder is not None and (folder / RATIONALES_FILE).exists()


def _asked(
    teacher: Teacher,
    options: TeacherOptions,
    choice: UnlabelledChoice,
    data: PlainTexts,
    seed: int,
    plan: Plan,
) -> Labelling:
    before = teacher.ledger.spent_usd()
    check_budget(plan, options, before)
    how = how_asked(choice, seed)
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


def _facts(
    lessons: Sequence[Rationale], teacher: Teacher, plan: Plan, seconds: float, usd: float
) -> LessonFacts:
    said = [lesson.provenance for lesson in lessons]
    n_now = 0 if teacher.title.startswith("tape:") else teacher.last_tally.n_asked
    n_calls = sum(one.n_calls for one in said)
    question, answer = first_exchange(teacher, said[0])
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
