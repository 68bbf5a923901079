"""Planning and keeping lessons about texts without labels: no student is trained."""

from __future__ import annotations

from pathlib import Path

from tutelage.cli.console import note, say, warn
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.text_asking import TITLES, check_lessons_folder, show_plans
from tutelage.cli.unlabelled_asking import label_texts
from tutelage.cli.unlabelled_data import PlainTexts, read_job
from tutelage.cli.unlabelled_lessons import covered_classes, say_coverage
from tutelage.cli.unlabelled_options import OptionsGiven, UnlabelledChoice
from tutelage.cli.unlabelled_planning import ON_TOP, plan_lessons, titles_of
from tutelage.cli.unlabelled_told import refused

SEED = 0  # that of fit: the same texts get a reason


def plan_unlabelled(
    path: Path,
    given: OptionsGiven,
    options: TeacherOptions,
    show_outgoing: Path | None,
    as_json: bool,
) -> None:
    """Print what labels, reasons and class cards would take, and a request of each.

    Nothing is sent.

    Raises
    ------
    InputError
        Listing everything that is wrong with options and file.
    """
    choice, data = _read(path, given)
    with options.opened() as teacher:
        plans = plan_lessons(teacher, choice, data, SEED)
        title = teacher.title
    show_plans(title, plans, show_outgoing, as_json, titles_of(choice))
    if choice.share > 0:
        note(ON_TOP)


def teach_unlabelled(
    path: Path, given: OptionsGiven, options: TeacherOptions, folder: Path
) -> None:
    """Ask for labels, reasons and class cards, and write them to a folder, one file per kind.

    Raises
    ------
    InputError
        As :func:`plan_unlabelled`; also when the budget is too small, or nothing can be learned
        from what the teacher said. Answers are stored all the same.
    OutputError
        When the folder holds something.
    """
    choice, data = _read(path, given)
    check_lessons_folder(folder)
    found = label_texts(options, choice, data, SEED)
    found.save(folder)
    say_coverage(covered_classes(found.lessons, choice.classes), len(data.inputs))
    cards = found.cards.facts
    if choice.cards:
        say(f"{TITLES[cards.kind]}: {cards.n_lessons}{cards.note and f'; {cards.note}'}")
    usd = found.facts.usd + cards.usd
    note(f"The lessons are in {folder}; they cost {usd:.4f} US dollars now.")


def _read(path: Path, given: OptionsGiven) -> tuple[UnlabelledChoice, PlainTexts]:
    """Return what is wanted and the texts, and say aloud what there is to say of them."""
    problems: list[str] = []
    choice, data = read_job(path, given, problems)
    if choice is None or data is None:
        raise refused(problems)
    for sentence in (*choice.remarks, *data.warnings):
        warn(sentence)
    return choice, data
