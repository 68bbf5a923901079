"""Asking a teacher about texts, kind by kind in the order in which they pay, within a budget."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tutelage.cli.console import ProgressCallback, note, progress, say, say_json, say_table, warn
from tutelage.cli.options import write_text
from tutelage.cli.teacher_options import TeacherOptions, warn_of_orders
from tutelage.cli.text_card import TextCard
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_options import LESSON_FILES, TextChoice
from tutelage.errors import BudgetExceeded, InputError, OutputError
from tutelage.lessons import load_lessons, save_lessons
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior
from tutelage.report.text_facts import LessonFacts, LessonStatus
from tutelage.teacher.plan import Plan, as_text
from tutelage.teacher.teacher import Teacher

Progress = Callable[[int, int], None]
LESSON_TYPES: Mapping[str, type] = {"cards": ClassCard, "rewrites": Rewrite, "ratings": WordPrior}
TITLES: Mapping[str, str] = {
    "cards": "class cards",
    "rewrites": "rewrites",
    "ratings": "word ratings",
}


@dataclass(frozen=True)
class Subject:
    """What a teacher is asked about: labelled texts, what the labels mean, and the task.

    ``languages`` are those of the phrases of class cards; none is named where there are none.
    """

    texts: LabelledTexts
    classes: Mapping[str, str]
    task: str = ""
    languages: tuple[str, ...] = ()


def subject_of(
    texts: LabelledTexts,
    task: str | None,
    card_file: Path | None,
    languages: tuple[str, ...] = (),
) -> Subject:
    """Return labelled texts with the task and the meanings that a card gives, if there is one.

    Raises
    ------
    InputError
        When both say what the task is.
    CardError
        When the card cannot be read or has other labels.
    """
    if card_file is None:
        return Subject(texts, dict.fromkeys(texts.classes, ""), task or "", languages)
    if task is not None:
        raise InputError("--task and --card both say what the task is; give one of them.")
    card = TextCard.load(card_file)
    card.check_labels(texts.labels, texts.path)
    return Subject(texts, card.classes, card.task, languages)


@dataclass(frozen=True)
class Lessons:
    """What a teacher said about texts, and how it was had.

    Attributes
    ----------
    by_kind
        Kind -> lessons; a kind that brought nothing is absent.
    facts
        One entry per kind that was wanted.
    """

    by_kind: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    facts: tuple[LessonFacts, ...] = ()

    def of(self, kind: str) -> tuple[Any, ...]:
        """Return the lessons of a kind, perhaps none."""
        return self.by_kind.get(kind, ())

    def save(self, folder: Path) -> None:
        """Write one file per kind."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder} cannot be written: {error.strerror or error}.") from error
        for kind, lessons in self.by_kind.items():
            save_lessons(list(lessons), folder / LESSON_FILES[kind])


def plans_of(teacher: Teacher, subject: Subject, kinds: Sequence[str]) -> dict[str, Plan]:
    """Return the plan of each kind of lesson; nothing is sent."""
    texts, labels, classes = subject.texts.texts, subject.texts.labels, subject.classes
    plans: dict[str, Callable[[], Plan]] = {
        "cards": lambda: teacher.plan_class_cards(
            classes, task=subject.task, languages=subject.languages
        ),
        "rewrites": lambda: teacher.plan_rewrites(texts, labels, classes, task=subject.task),
        "ratings": lambda: teacher.plan_word_priors(texts, labels, classes, task=subject.task),
    }
    return {kind: plans[kind]() for kind in kinds}


def plan_rows(plans: Mapping[str, Plan], titles: Mapping[str, str] = TITLES) -> list[list[str]]:
    """Return one line per kind: calls, answered already, tokens, dollars, dollars at most."""
    return [
        [
            titles[kind],
            str(plan.n_calls),
            str(plan.n_cached),
            f"{plan.tokens_in.expected:,.0f}",
            f"{plan.tokens_out.expected:,.0f}",
            f"{plan.cost_usd.expected:.4f}",
            f"{plan.worst_usd:.4f}",
        ]
        for kind, plan in plans.items()
    ]


PLAN_COLUMNS = ("lesson", "calls", "stored", "tokens in", "tokens out", "US dollars", "at most")


def plan_texts(
    options: TeacherOptions,
    subject: Subject,
    kinds: Sequence[str],
    show_outgoing: Path | None,
    as_json: bool,
) -> None:
    """Print what the lessons would take, and one complete request of each; nothing is sent."""
    with options.opened() as teacher:
        plans = plans_of(teacher, subject, kinds)
        title = teacher.title
    show_plans(title, plans, show_outgoing, as_json)


def show_plans(
    title: str,
    plans: Mapping[str, Plan],
    show_outgoing: Path | None,
    as_json: bool,
    titles: Mapping[str, str] = TITLES,
) -> None:
    """Print plans by kind with one complete request of each; all requests go to a file if asked."""
    if show_outgoing is not None:
        requests = [request for plan in plans.values() for request in plan.outgoing]
        lines = (json.dumps(request, ensure_ascii=False) + "\n" for request in requests)
        write_text(show_outgoing, "".join(lines))
        note(f"The {len(requests)} requests that would be sent are in {show_outgoing}.")
    if as_json:
        say_json({kind: plan_values(plan) for kind, plan in plans.items()})
        return
    say_table(f"What {title} will be asked", PLAN_COLUMNS, plan_rows(plans, titles))
    for kind, plan in plans.items():
        say(f"\nOne complete request for {titles[kind]}:\n")
        say(plan.sample_request)


def plan_values(plan: Plan) -> dict[str, object]:
    """Return a plan as plain values, without the requests."""
    spans = {name: asdict(getattr(plan, name)) for name in ("tokens_in", "tokens_out", "cost_usd")}
    plain = ("teacher", "n_questions", "n_cached", "n_calls", "worst_usd", "basis")
    return {**{name: getattr(plan, name) for name in plain}, **spans}


def teach_texts(
    options: TeacherOptions, subject: Subject, kinds: Sequence[str], folder: Path
) -> None:
    """Ask for lessons about texts and write them to a folder, one file per kind."""
    check_lessons_folder(folder)
    lessons = get_lessons(options, TextChoice(tuple(kinds)), subject)
    lessons.save(folder)
    for facts in lessons.facts:
        say(f"{TITLES[facts.kind]}: {facts.n_lessons}{facts.note and f'; {facts.note}'}")
    note(
        f"The lessons are in {folder}; they cost {sum(f.usd for f in lessons.facts):.4f} US "
        "dollars now."
    )


def check_lessons_folder(folder: Path) -> None:
    """Raise before anything is asked when lessons in that folder would be overwritten."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(
            f"{folder} exists and is not empty; name another folder with --out, so that no lesson "
            "is lost."
        )


def needed_usd(plan: Plan, workers: int) -> float:
    """Return what the budget must hold for a job to get through.

    The high end of its cost, and the worst case of the calls in flight at a time, for each call
    reserves that before it is sent; never more than the worst case of all.
    """
    if plan.n_calls == 0:
        return 0.0
    in_flight = plan.worst_usd * min(workers, plan.n_calls) / plan.n_calls
    return min(plan.worst_usd, plan.cost_usd.high + in_flight)


def get_lessons(
    options: TeacherOptions, choice: TextChoice, subject: Subject, *, quiet: bool = False
) -> Lessons:
    """Read the lessons that are there, and ask for the others as far as the budget goes.

    Raises
    ------
    InputError
        When there is neither a teacher nor a folder of lessons, the folder holds none of the
        wanted kinds and there is no teacher, or the budget buys none of them.
    """
    read = {} if choice.lessons is None else read_kinds(choice.lessons, choice.kinds)
    wanted = [kind for kind in choice.kinds if kind not in read]
    if options.source is None:
        if not read:
            raise InputError(
                "A text job needs lessons: give --teacher (openai:MODEL, "
                "http://HOST:PORT/v1#MODEL, tape:FILE) or --lessons with a folder that holds one "
                f"of {', '.join(LESSON_FILES[kind] for kind in choice.kinds)}."
            )
        return Lessons(read, tuple(read_facts(kind, read[kind]) for kind in read))
    found: dict[str, tuple[Any, ...]] = dict(read)
    facts = {kind: read_facts(kind, lessons) for kind, lessons in read.items()}
    with options.opened() as teacher:
        plans = plans_of(teacher, subject, wanted)
        if {"rewrites", "ratings"} & set(plans) and not teacher.title.startswith("tape:"):
            n_texts = len(subject.texts.texts)
            note(f"The {n_texts} training texts themselves are sent to {teacher.title}.")
        if not quiet and plans:
            say_table(f"What {teacher.title} will be asked", PLAN_COLUMNS, plan_rows(plans))
        for kind, plan in plans.items():
            lessons, facts[kind] = ask_kind(teacher, options, kind, plan, subject)
            if lessons:
                found[kind] = lessons
    if not found:
        raise InputError(
            "No lesson was had, so there is nothing to teach:",
            [one.note for one in facts.values()],
        )
    return Lessons(found, tuple(facts[kind] for kind in choice.kinds if kind in facts))


def ask_kind(
    teacher: Teacher, options: TeacherOptions, kind: str, plan: Plan, subject: Subject
) -> tuple[tuple[Any, ...], LessonFacts]:
    """Ask for one kind of lesson as far as the budget goes; the facts say why none came."""
    before = teacher.ledger.spent_usd()
    facts = LessonFacts(kind, "skipped", planned_usd=plan.cost_usd.expected)
    needed = needed_usd(plan, options.workers)
    if options.budget is not None and needed > options.budget - before:
        why = (
            f"{TITLES[kind]} may need {needed:.4f} US dollars; {options.budget - before:.4f} of "
            "the budget are left, so they are not asked for"
        )
        note(f"{why}.")
        return (), replace(facts, note=why)
    since = time.perf_counter()
    try:
        with progress(f"asking for {TITLES[kind]}") as step:
            lessons = _ask(teacher, kind, subject, step)
    except BudgetExceeded:
        why = f"the budget ran out while asking for {TITLES[kind]}; the answers are stored"
        warn(f"{why}. Raise --budget and run the same command again.")
        spent = teacher.ledger.spent_usd() - before
        return (), replace(facts, note=why, usd=spent, seconds=time.perf_counter() - since)
    warn_of_orders(teacher)
    kept = tuple(lesson for lesson in lessons if lesson is not None)
    if not kept:
        why = f"no usable {TITLES[kind]} came"
        warn(f"{why}.")
        return (), replace(facts, note=why, seconds=time.perf_counter() - since)
    facts = _facts(kind, "asked", kept)
    question, answer = first_exchange(teacher, kept[0].provenance)
    n_now = 0 if teacher.title.startswith("tape:") else teacher.last_tally.n_asked
    return kept, replace(
        facts,
        planned_usd=plan.cost_usd.expected,
        n_cached=max(facts.n_calls - n_now, 0),
        usd=teacher.ledger.spent_usd() - before,
        seconds=time.perf_counter() - since,
        question=question,
        answer=answer,
        note=_losses(kind, lessons, subject, teacher.last_tally.n_rejected),
    )


def _ask(
    teacher: Teacher, kind: str, subject: Subject, step: ProgressCallback
) -> Sequence[WordPrior | ClassCard | Rewrite | None]:
    texts, labels, classes = subject.texts.texts, subject.texts.labels, subject.classes
    given: dict[str, Any] = {"task": subject.task, "missing": "allow", "progress": step}
    if kind == "cards":
        return teacher.class_cards(classes, languages=subject.languages, **given)
    if kind == "rewrites":
        return teacher.rewrites(texts, labels, classes, **given)
    return teacher.word_priors(texts, labels, classes, **given)


def _losses(kind: str, lessons: Sequence[Any], subject: Subject, n_rejected: int) -> str:
    if kind == "rewrites":
        return f"{n_rejected} more were read as another class and dropped" if n_rejected else ""
    n_asked = len(subject.classes) if kind == "cards" else len(subject.texts.texts)
    n_missing = n_asked - sum(lesson is not None for lesson in lessons)
    return f"{n_missing} of {n_asked} stayed without a usable answer" if n_missing else ""


def first_exchange(teacher: Teacher, said: Provenance) -> tuple[str, str]:
    """Return the first question of some lessons with its answer, "" where neither is stored."""
    keys = set(said.question_keys)
    for question, answer in teacher.store.exchanges():
        if question.key in keys:
            return as_text(question), answer.text
    return "", ""


def read_kinds(folder: Path, kinds: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return the lessons of a folder; a kind without a file is absent."""
    found: dict[str, tuple[Any, ...]] = {}
    for kind in kinds:
        path = folder / LESSON_FILES[kind]
        if not path.exists():
            continue
        lessons = load_lessons(path)
        if not isinstance(lessons, tuple) or not isinstance(lessons[0], LESSON_TYPES[kind]):
            raise InputError(
                f"{path} must hold {TITLES[kind]}, got another kind of lesson. Give each kind its "
                f"own file: {', '.join(LESSON_FILES.values())}."
            )
        found[kind] = lessons
    return found


def read_facts(kind: str, lessons: Sequence[Any]) -> LessonFacts:
    """Return where lessons that were read came from, and what they once took."""
    facts = _facts(kind, "read", lessons)
    return replace(facts, n_cached=facts.n_calls, note="read from a folder, not asked for")


def _facts(kind: str, status: LessonStatus, lessons: Sequence[Any]) -> LessonFacts:
    distinct = list(dict.fromkeys(lesson.provenance for lesson in lessons))
    return LessonFacts(
        kind,
        status,
        n_lessons=len(lessons),
        n_calls=sum(origin.n_calls for origin in distinct),
        tokens_in=sum(origin.tokens_in for origin in distinct),
        tokens_out=sum(origin.tokens_out for origin in distinct),
        recorded_usd=sum(origin.cost_usd for origin in distinct),
        teacher=distinct[0].teacher,
        prompt=distinct[0].prompt,
    )
