"""What a model is attacked with: test texts and attacks, or texts that somebody perturbed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from tutelage.cli.table_file import check_columns, listed, read_frame
from tutelage.cli.text_data import LabelledTexts, read_labelled_texts
from tutelage.cli.text_models import text_column
from tutelage.errors import DataError, InputError
from tutelage.evaluation.attacks import Attack, standard_attacks
from tutelage.evaluation.attacks_lexicon import AttackLexicon, attack_lexicon
from tutelage.evaluation.robustness_pairs import PerturbedTexts, perturbed_texts
from tutelage.evaluation.robustness_suite import STRENGTHS

CLEAN_NAMES = ("clean", "original_text", "original")
CHANGED_NAMES = ("perturbed", "text")
LABEL_NAMES = ("label", "intent", "class")
KIND_NAMES = ("kind", "perturbation")


@dataclass(frozen=True)
class PerturbedOptions:
    """A file of texts that somebody perturbed; a group of options."""

    perturbed: Annotated[
        Path | None,
        typer.Option(help="A table of texts before and after somebody perturbed them."),
    ] = None
    clean_column: Annotated[
        str | None,
        typer.Option(help=f"Of --perturbed: the text before; default: {', '.join(CLEAN_NAMES)}."),
    ] = None
    changed_column: Annotated[
        str | None,
        typer.Option(help=f"Of --perturbed: the text after; default: {', '.join(CHANGED_NAMES)}."),
    ] = None
    kind_column: Annotated[
        str | None,
        typer.Option(help=f"Of --perturbed: what was done; default: {', '.join(KIND_NAMES)}."),
    ] = None
    level_column: Annotated[
        str | None, typer.Option(help="Of --perturbed: how strongly; default: level.")
    ] = None
    unperturbed: Annotated[
        str | None,
        typer.Option(help="Of --perturbed: the kind of rows that are left as they were."),
    ] = None

    def read(self, target: str | None) -> PerturbedTexts | None:
        """Return the pairs of the file, or ``None`` without one.

        Raises
        ------
        InputError
            When a column was named and there is no file.
        DataError
            When columns are missing or cells are empty.
        """
        named = (self.clean_column, self.changed_column, self.kind_column, self.level_column,
                 self.unperturbed)  # fmt: skip
        if self.perturbed is None:
            if any(named):
                raise InputError("Columns of perturbed texts need their file; give --perturbed.")
            return None
        frame, path = read_frame(self.perturbed), self.perturbed
        label = target or _found(frame, LABEL_NAMES, path, "labels", "--target")
        wanted = [label, *(name for name in named[:4] if name)]
        check_columns(frame, wanted, path, what="column")
        clean = self.clean_column or _found(
            frame, CLEAN_NAMES, path, "texts before", "--clean-column"
        )
        changed = self.changed_column or _found(
            frame, CHANGED_NAMES, path, "texts after", "--changed-column"
        )
        kind = self.kind_column or next((x for x in KIND_NAMES if x in frame), None)
        level = self.level_column or ("level" if "level" in frame else None)
        try:
            return perturbed_texts(
                frame, clean=clean, perturbed=changed, label=label, kind=kind, level=level,
                unperturbed=self.unperturbed,
            )  # fmt: skip
        except DataError as error:
            raise DataError(f"{path} cannot be used. {error}") from error


def read_test_texts(path: Path, target: str, column: str | None, most: int, seed: int) -> Any:
    """Return labelled texts, at most so many, drawn by the seed; their order stays."""
    name = text_column(read_frame(path), path, column, besides=target)
    data = read_labelled_texts(path, target, name)
    if len(data.texts) <= most:
        return data
    drawn = np.random.default_rng(seed).permutation(len(data.texts))[:most]
    return data.take(sorted(drawn.tolist()))


def without_unknown(data: LabelledTexts, known: set[str]) -> LabelledTexts:
    """Return the texts whose label is known.

    Raises
    ------
    DataError
        When none is.
    """
    rows = [row for row, label in enumerate(data.labels) if label in known]
    if not rows:
        raise DataError(
            f"{data.path}: no label of {data.target!r} is a class of the models; the labels are "
            f"{listed(data.classes)}, the classes {listed(sorted(known))}. Name the right column "
            "with --target."
        )
    return data.take(rows)


def lexicon_of(train: Path | None, target: str, column: str | None, plain: Any) -> Any:
    """Return the lexicon of training texts, or ``None`` without them."""
    if train is None:
        return None
    name = text_column(read_frame(train), train, column, besides=target)
    data = read_labelled_texts(train, target, name)
    try:
        return attack_lexicon(data.texts, data.labels, plain=plain)
    except DataError as error:
        raise DataError(f"{train} gives no keywords to attack with. {error}") from error


def chosen_attacks(
    names: str | None, lexicon: AttackLexicon | None, dictionary: Path | None, seed: int
) -> tuple[Attack, ...]:
    """Return the attacks that are asked for; all that are possible by default."""
    words = None if dictionary is None else read_dictionary(dictionary)
    only = None if names is None else [name.strip() for name in names.split(",")]
    try:
        return standard_attacks(lexicon, dictionary=words, only=only, seed=seed)
    except InputError as error:
        raise InputError(
            f"--attacks cannot be run. {error}\nGive --train for a lexicon and --dictionary for "
            "words of another language."
        ) from error


def read_dictionary(path: Path) -> dict[str, str]:
    """Return word -> translation from a table of two columns; the header is skipped.

    Raises
    ------
    DataError
        When it has another number of columns or no row.
    """
    frame = read_frame(path)
    if len(frame.columns) != 2:
        raise DataError(
            f"{path} must have two columns, a word and its translation, got "
            f"{len(frame.columns)} ({listed([str(name) for name in frame.columns])})."
        )
    known = frame.dropna()
    pairs = zip(known.iloc[:, 0].astype(str), known.iloc[:, 1].astype(str), strict=True)
    return {word.strip().lower(): other.strip() for word, other in pairs}


def as_strengths(text: str | None) -> tuple[float, ...]:
    """Return the strengths of the fan; "own" is each attack's own only.

    >>> as_strengths("0.2, 0.5"), as_strengths("own"), as_strengths(None)
    ((0.2, 0.5), (), (0.1, 0.3, 0.6))
    """
    if text is None:
        return STRENGTHS
    if text.strip() == "own":
        return ()
    try:
        found = tuple(sorted({float(part) for part in text.split(",")}))
    except ValueError:
        found = ()
    if not found or not all(0 < strength <= 1 for strength in found):
        raise InputError(
            f'--strengths must be shares above 0 up to 1 like 0.1,0.5 or "own", got {text!r}.'
        )
    return found


def _found(frame: pd.DataFrame, names: tuple[str, ...], path: Path, what: str, option: str) -> str:
    for name in names:
        if name in frame.columns:
            return name
    columns = listed([str(name) for name in frame.columns])
    raise DataError(
        f"{path} must say where its {what} are: no column is called {' or '.join(names)}; it has "
        f"{columns}. Name one with {option}."
    )
