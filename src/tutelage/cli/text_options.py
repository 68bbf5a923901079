"""Options of a text job; from their values to what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import typer

from tutelage.errors import InputError
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.identity_terms_files import load_identity_terms

# In the order in which they paid in our measurements (benchmarks/results/cap.md): cards are a few
# calls for any number of texts; rewrites bring more than word ratings.
LESSON_KINDS = ("cards", "rewrites", "ratings")
LESSON_FILES: Mapping[str, str] = {
    "cards": "class_cards.jsonl",
    "rewrites": "rewrites.jsonl",
    "ratings": "word_ratings.jsonl",
}

TextColumn = Annotated[
    str | None,
    typer.Option("--text", help="Name of the column of texts: learn from texts, not columns."),
]
IdentityTermsFile = Annotated[
    Path | None,
    typer.Option(
        "--identity-terms",
        help="Of texts: a list of words for groups of people (text or JSON); default: a short "
        "English one.",
    ),
]


@dataclass(frozen=True)
class TextQuestions:
    """What is asked about texts; a group of options."""

    text: TextColumn = None
    ask: Annotated[
        str | None,
        typer.Option(
            help="With --text: kinds of lessons; default: cards,rewrites,ratings. With "
            "--classes: labels,cards, or labels to leave class cards out."
        ),
    ] = None
    languages: Annotated[
        str | None,
        typer.Option(
            help="Of texts: languages to write the phrases of class cards in, such as "
            "German,Japanese; default: none is named."
        ),
    ] = None

    @property
    def named_languages(self) -> tuple[str, ...]:
        """The languages, in the order in which they were typed."""
        return as_languages(self.languages)


@dataclass(frozen=True)
class TextLearning:
    """How a text student learns; a group of options."""

    lessons: Annotated[
        Path | None,
        typer.Option(help="With --text: folder of lessons; only what it lacks is asked for."),
    ] = None
    encoder: Annotated[
        str, typer.Option(help="With --text: minilm, static, or a folder with an encoder.")
    ] = "minilm"
    steps: Annotated[
        int | None,
        typer.Option(help="With --text: training steps of every model; default: by size.", min=1),
    ] = None
    alignment: Annotated[
        float,
        typer.Option(
            help="With --text: weight of agreement with the words' scores; 0: only as texts.", min=0
        ),
    ] = 0.0
    identity_terms: IdentityTermsFile = None
    drop_identity_terms: Annotated[
        bool,
        typer.Option(
            "--drop-identity-terms",
            help="With --text: leave what lessons say of identity terms out of the training.",
        ),
    ] = False
    quick: Annotated[
        bool, typer.Option("--quick", help="With --text: compare with the plain student only.")
    ] = False

    def checked(self, questions: TextQuestions) -> TextChoice:
        """Return what is wanted.

        Raises
        ------
        InputError
            When a kind of lesson is unknown, the folder of lessons is not there, or the list of
            identity terms cannot be used.
        """
        wanted = as_kinds(questions.ask)
        if self.lessons is not None and not self.lessons.is_dir():
            raise InputError(f"--lessons must be a folder of lessons, got {str(self.lessons)!r}.")
        steps: int | Literal["auto"] = "auto" if self.steps is None else self.steps
        return TextChoice(
            wanted,
            self.lessons,
            self.encoder,
            steps,
            self.quick,
            self.alignment,
            identity_terms_in(self.identity_terms),
            self.drop_identity_terms,
            questions.named_languages,
        )


@dataclass(frozen=True)
class TextChoice:
    """Which lessons, and which student; checked.

    Attributes
    ----------
    kinds
        Of :data:`LESSON_KINDS`, in that order.
    lessons
        Folder to read from before asking, or ``None``.
    encoder, steps
        As :class:`tutelage.TaughtTextClassifier` takes them.
    quick
        Whether only the plain student is compared with the taught one.
    alignment
        As :class:`tutelage.TaughtTextClassifier` takes it; 0 makes texts of the lessons only.
    identity, drop_identity
        Words for groups of people that lessons are searched for, and whether what lessons say of
        them is left out.
    languages
        Those that the phrases of class cards are asked for in.
    """

    kinds: tuple[str, ...] = LESSON_KINDS
    lessons: Path | None = None
    encoder: str = "minilm"
    steps: int | Literal["auto"] = "auto"
    quick: bool = False
    alignment: float = 0.0
    identity: IdentityTerms = field(default_factory=IdentityTerms.default)
    drop_identity: bool = False
    languages: tuple[str, ...] = ()

    @property
    def dropped(self) -> IdentityTerms | None:
        """The terms that are left out of the training, ``None`` for none."""
        return self.identity if self.drop_identity else None


def identity_terms_in(path: Path | None) -> IdentityTerms:
    """Return the list in a file, or the one that is shipped."""
    return IdentityTerms.default() if path is None else load_identity_terms(path)


def as_languages(text: str | None) -> tuple[str, ...]:
    """Return names of languages; ``None`` is none.

    >>> as_languages("German, Japanese"), as_languages(None)
    (('German', 'Japanese'), ())
    >>> as_languages("German,,German")
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: --languages must be distinct names with commas between them, such
    as German,Japanese, got 'German,,German'.
    """
    if text is None:
        return ()
    named = [name.strip() for name in text.split(",")]
    if not all(named) or len(set(named)) < len(named):
        raise InputError(
            "--languages must be distinct names with commas between them, such as German,Japanese, "
            f"got {text!r}."
        )
    return tuple(named)


def as_kinds(text: str | None) -> tuple[str, ...]:
    """Return kinds of lessons in the order of asking; ``None`` is all of them.

    >>> as_kinds("ratings, cards")
    ('cards', 'ratings')
    >>> as_kinds("card")
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: --ask must be some of cards,rewrites,ratings, got 'card'.
    """
    if text is None:
        return LESSON_KINDS
    named = [name.strip() for name in text.split(",")]
    if not set(named) <= set(LESSON_KINDS):
        raise InputError(f"--ask must be some of {','.join(LESSON_KINDS)}, got {text!r}.")
    return tuple(kind for kind in LESSON_KINDS if kind in named)


def refuse_table_options(given: Mapping[str, object]) -> None:
    """Raise when options of the table job came with ``--text``; each is named.

    >>> refuse_table_options({"--prior": None, "--kind": "regression"})
    Traceback (most recent call last):
        ...
    tutelage.errors.InputError: With --text, leave out what is for tables only: --kind.
    """
    named = [option for option, value in given.items() if value]
    if named:
        raise InputError(f"With --text, leave out what is for tables only: {', '.join(named)}.")
