"""What labels, reasons and class cards will take: planned, told, held against the budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutelage.cli.console import note, say_table
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.text_asking import PLAN_COLUMNS, TITLES, needed_usd, plan_rows
from tutelage.cli.unlabelled_cards import plan_cards
from tutelage.cli.unlabelled_data import PlainTexts
from tutelage.cli.unlabelled_options import UnlabelledChoice
from tutelage.errors import InputError
from tutelage.teacher.plan import Plan
from tutelage.teacher.teacher import Teacher

LABELS = "labels"  # as --ask calls them
ON_TOP = "Where no reason comes, the teacher is told its label and asked why: that is on top."


def how_asked(choice: UnlabelledChoice, seed: int) -> dict[str, Any]:
    """Return how labels and reasons are asked for, as the teacher's methods take it."""
    return {
        "share": choice.share,
        "task": choice.task,
        "samples": choice.samples,
        "paraphrases": choice.paraphrases,
        "seed": seed,
    }


def plan_lessons(
    teacher: Teacher,
    choice: UnlabelledChoice,
    data: PlainTexts,
    seed: int,
    *,
    labels: bool = True,
    cards: bool = True,
) -> dict[str, Plan]:
    """Return the plan of each kind of lesson that is wanted and missing; nothing is sent."""
    plans: dict[str, Plan] = {}
    if labels:
        how = how_asked(choice, seed)
        plans[LABELS] = teacher.plan_rationales(data.inputs, choice.classes, **how)
    return {**plans, **(plan_cards(teacher, choice, data) if cards else {})}


def titles_of(choice: UnlabelledChoice) -> Mapping[str, str]:
    """Return what each kind of lesson is called in a plan.

    >>> titles_of(UnlabelledChoice({"a": "", "b": ""}, ("text",), share=0.3))["labels"]
    'labels, 30% reasons'
    """
    told = {0.0: "labels", 1.0: "labels, reasons"}
    return {**TITLES, LABELS: told.get(choice.share, f"labels, {choice.share:.0%} reasons")}


def tell_plans(
    teacher: Teacher,
    plans: Mapping[str, Plan],
    choice: UnlabelledChoice,
    data: PlainTexts,
    *,
    quiet: bool,
) -> None:
    """Say what is about to be asked, and aloud when texts leave the machine."""
    if LABELS in plans and not teacher.title.startswith("tape:"):
        note(f"The {len(data.inputs)} texts themselves are sent to {teacher.title}.")
    if quiet or not plans:
        return
    rows = plan_rows(plans, titles_of(choice))
    say_table(f"What {teacher.title} will be asked", PLAN_COLUMNS, rows)
    if LABELS in plans and choice.share > 0:
        note(ON_TOP)


def check_budget(plan: Plan, options: TeacherOptions, spent: float) -> None:
    """Raise when the rest of the budget may not hold labels and reasons.

    Raises
    ------
    InputError
        Saying what they may need, and what is left.
    """
    needed = needed_usd(plan, options.workers)
    if options.budget is not None and needed > options.budget - spent:
        raise InputError(
            f"Labels and reasons may need {needed:.4f} US dollars, and {options.budget - spent:.4f}"
            f" of the budget of {options.budget:.4f} are left. Nothing was asked. Raise --budget, "
            "lower --share or --samples, or give fewer texts."
        )
