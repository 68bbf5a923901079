"""Options of a job without labels; from their values to what is wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tutelage.cli.question_options import QuestionOptions
from tutelage.cli.table_file import listed
from tutelage.cli.text_card import TextCard
from tutelage.cli.text_options import TextLearning, TextQuestions
from tutelage.cli.unlabelled_told import noting
from tutelage.errors import InputError

STUDENTS = ("encoder", "rationale")
ASKED = (("labels",), ("labels", "cards"))  # what --ask may name
RATIONALES_FILE = "rationales.jsonl"
MOST_CLASSES = 1000
PAIR = ("premise", "hypothesis")  # how the parts of two columns are called in questions


Classes = Annotated[
    str | None,
    typer.Option(
        help="Without --target: the classes, as a,b,c, a .json file (names, or name to "
        "meaning) or a card; the teacher labels the texts."
    ),
]
SecondColumn = Annotated[
    str | None,
    typer.Option(help="Without --target: column of hypotheses; --text holds the premises."),
]


@dataclass(frozen=True)
class UnlabelledTexts:
    """What a teacher decides where nobody has labels; a group of options."""

    classes: Classes = None
    text2: SecondColumn = None
    share: Annotated[
        float | None,
        typer.Option(help="With --classes: share of the texts that get a reason; default: 1."),
    ] = None
    samples: Annotated[
        int | None,
        typer.Option(
            help="With --classes: answers per text, their agreement is the confidence; default: 1."
        ),
    ] = None

    @property
    def given(self) -> dict[str, object]:
        """Option -> its value; ``None`` where it was not given."""
        names = ("classes", "text2", "share", "samples")
        return {f"--{name}": getattr(self, name) for name in names}


@dataclass(frozen=True)
class UnlabelledChoice:
    """What the teacher is asked, and which student learns; checked.

    Attributes
    ----------
    classes
        Name -> meaning, ``""`` where the name speaks for itself.
    task
        One sentence, or ``""``.
    columns
        The column of texts, or those of premises and of hypotheses.
    share, samples, paraphrases
        As :meth:`tutelage.Teacher.rationales` takes them.
    student
        ``"encoder"`` or ``"rationale"``.
    encoder, steps
        As the student takes them.
    lessons
        Folder with lessons to read before asking, or ``None``.
    cards, must_have_cards
        Whether class cards are wanted too, and whether somebody said so.
    languages
        Those that the phrases of class cards are asked for in.
    remarks
        Sentences about what was typed and has no effect.
    """

    classes: Mapping[str, str]
    columns: tuple[str, ...]
    task: str = ""
    share: float = 1.0
    samples: int = 1
    paraphrases: bool = False
    student: str = "encoder"
    encoder: str = "minilm"
    steps: int | Literal["auto"] = "auto"
    lessons: Path | None = None
    cards: bool = False
    must_have_cards: bool = False
    languages: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The classes, sorted."""
        return sorted(self.classes)


@dataclass(frozen=True)
class OptionsGiven:
    """What was typed for a job without labels.

    Attributes
    ----------
    unlabelled, texts, question, learning, student
        Groups of options, and ``--student``.
    for_others
        Options of other jobs and their values; one that has a value is refused.
    known
        The classes where none are typed, name -> meaning; ``None``: they must be typed.
    """

    unlabelled: UnlabelledTexts
    texts: TextQuestions
    question: QuestionOptions = field(default_factory=QuestionOptions)
    learning: TextLearning = field(default_factory=TextLearning)
    student: str | None = None
    for_others: Mapping[str, object] = field(default_factory=dict)
    known: Mapping[str, str] | None = None

    def checked(self) -> UnlabelledChoice:
        """Return what is wanted.

        Raises
        ------
        InputError
            Listing everything that is wrong with the options.
        """
        problems = list(self._problems())
        classes: Mapping[str, str] = {}
        languages: tuple[str, ...] = ()
        task = self.question.task or ""
        with noting(problems):
            languages = self.texts.named_languages
        with noting(problems):
            classes, told = self._classes()
            task = task or told
        if problems:
            raise InputError("These options cannot be used:", problems)
        own, useless = self.unlabelled, self._why_no_cards()
        named = self._asked() if self.texts.ask is not None else ()
        cards = not useless and named != ("labels",)
        return UnlabelledChoice(
            classes,
            tuple(name for name in (self.texts.text, own.text2) if name is not None),
            task,
            1.0 if own.share is None else own.share,
            own.samples or 1,
            self.question.paraphrases,
            self.student or "encoder",
            self.learning.encoder,
            "auto" if self.learning.steps is None else self.learning.steps,
            self.learning.lessons,
            cards,
            cards and "cards" in named,
            languages,
            (useless,) if useless and "cards" in named else (),
        )

    def _asked(self) -> tuple[str, ...]:
        """Return what ``--ask`` names, in the order of asking."""
        named = {name.strip() for name in (self.texts.ask or "").split(",")}
        return tuple(sorted(named, key="labels,cards".find))

    def _why_no_cards(self) -> str:
        """Return why class cards would teach this student nothing, "" where they teach it."""
        if self.student == "rationale":
            return (
                "--student rationale learns from labels and reasons alone; no class card is asked "
                "for."
            )
        if self.unlabelled.text2 is not None:
            return (
                "The phrases of class cards are single texts, not pairs; with --text2 no class "
                "card is asked for."
            )
        return ""

    def _problems(self) -> Iterator[str]:
        own, lessons, student = self.unlabelled, self.learning.lessons, self.student or "encoder"
        if self.texts.text is None:
            yield "--text must name the column of texts; a table needs --target"
        elif own.text2 == self.texts.text:
            yield f"--text and --text2 must name two columns, got {own.text2!r} for both"
        if own.share is not None and not 0 <= own.share <= 1:
            yield f"--share must be a number from 0 to 1, got {own.share:g}"
        if own.samples is not None and own.samples < 1:
            yield f"--samples must be a whole number from 1, got {own.samples}"
        if self.texts.ask is not None and self._asked() not in ASKED:
            yield (
                f"without --target, --ask must be labels or labels,cards, got {self.texts.ask!r}"
            )
        if student not in STUDENTS:
            yield f"--student must be one of {', '.join(STUDENTS)}, got {student!r}"
        if student == "rationale" and own.share == 0:
            yield "--student rationale learns reasons and needs --share above 0, got 0"
        if student == "rationale" and self.learning.encoder.partition(":")[0] == "static":
            yield "--student rationale needs --encoder minilm or a folder, got static"
        if lessons is not None and not lessons.is_dir():
            yield f"--lessons must be a folder of lessons, got {str(lessons)!r}"
        own_only = {"--sensitive": self.question.sensitive, "--prompt": self.question.prompt}
        others = {**self.for_others, **own_only}
        named = [option for option, value in others.items() if value]
        if named:
            yield f"without --target, leave out what needs labels: {', '.join(named)}"

    def _classes(self) -> tuple[Mapping[str, str], str]:
        """Return the classes with their meanings, and the task of a card."""
        given, card = self.unlabelled.classes, self.question.card_file
        if given is not None and card is not None:
            raise InputError("--classes and --card both name the classes; give one of them")
        if card is None and given is not None and given.strip().endswith(".toml"):
            card = Path(given.strip())
        if card is None and given is None and self.known is not None:
            return self.known, ""
        if card is None:
            return classes_of(given), ""
        found = TextCard.load(card)
        if self.question.task is not None and found.task:
            raise InputError("--task and the card both say what the task is; give one of them")
        return checked_classes(list(found.classes.items()), str(card)), found.task


def needing_labels(learning: TextLearning) -> dict[str, object]:
    """Return options of text students that mean something only where texts have labels."""
    return {
        "--alignment": learning.alignment,
        "--quick": learning.quick,
        "--identity-terms": learning.identity_terms,
        "--drop-identity-terms": learning.drop_identity_terms,
    }


def classes_of(given: str | None) -> dict[str, str]:
    """Return class -> meaning of what ``--classes`` said: names, or a JSON file.

    Raises
    ------
    InputError
        When nothing was given, there are fewer than two classes, or a name is empty or repeated;
        all problems are listed.

    Examples
    --------
    >>> classes_of("delivery, refund")
    {'delivery': '', 'refund': ''}
    """
    if given is None or not given.strip():
        raise InputError(
            "--classes must name the classes, as a,b,c or as a .json file, where there is no "
            "--target with labels; got none"
        )
    text = given.strip()
    if text.endswith(".json"):
        return checked_classes(_classes_in(Path(text)), text)
    return checked_classes([(name, "") for name in text.split(",")], "--classes")


def checked_classes(pairs: list[tuple[Any, Any]], source: str) -> dict[str, str]:
    """Return class -> meaning of pairs; raise with all that is wrong with them."""
    names = [str(name).strip() for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    problems = []
    odd = [name for name, meaning in pairs if not isinstance(meaning, str)]
    if odd:
        problems.append(f"{source}: the meaning of {odd[0]!r} must be a text")
    if "" in names:
        problems.append(f"{source} must name no empty class, got {names}")
    if repeated:
        problems.append(f"{source} must name each class once, got {listed(repeated)} twice")
    if not problems and len(names) < 2:
        problems.append(f"{source} must name at least 2 classes, got {names}")
    if len(names) > MOST_CLASSES:
        problems.append(f"{source} may name {MOST_CLASSES} classes at most, got {len(names)}")
    if problems:
        raise InputError(problems[0] if len(problems) == 1 else "", problems)
    return {name: meaning for name, (_, meaning) in zip(names, pairs, strict=True)}


def _classes_in(path: Path) -> list[tuple[Any, Any]]:
    """Return the pairs that a JSON file holds; a name that stands twice is kept twice."""
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_Pairs)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} must be JSON, but is not: {error}") from error
    if isinstance(values, _Pairs):
        return list(values)
    if isinstance(values, list) and all(isinstance(name, str) for name in values):
        return [(name, "") for name in values]
    raise InputError(
        f"{path} must hold a list of names, or an object from name to meaning, got "
        f"{type(values).__name__}"
    )


class _Pairs(list[tuple[str, Any]]):
    """An object of a JSON file, its names perhaps repeated."""
