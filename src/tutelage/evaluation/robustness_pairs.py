"""Pairs of a text and its perturbed form: made by attacks, or read from somebody's table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from tutelage.errors import DataError
from tutelage.evaluation.attacks import Attack
from tutelage.lessons import Rewrite, label_name

COLUMNS = ("clean", "perturbed", "label", "kind")


@dataclass(frozen=True)
class PerturbedTexts:
    """Texts before and after, row by row.

    Attributes
    ----------
    clean, perturbed
        The text before and after.
    labels
        The class of both, as text.
    kinds
        What was done.
    n_without_clean
        Rows that were left out because the text before is not known.
    families
        Kind -> what was done and how strongly, for kinds that differ by strength only.
    """

    clean: tuple[str, ...]
    perturbed: tuple[str, ...]
    labels: tuple[str, ...]
    kinds: tuple[str, ...]
    n_without_clean: int = 0
    families: Mapping[str, tuple[str, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.clean)

    def strength_of(self, kind: str) -> float:
        """Return how strongly a kind perturbs; NaN when its author did not say."""
        return self.families[kind][1] if kind in self.families else math.nan

    def of_labels(self, known: Iterable[str]) -> PerturbedTexts:
        """Return the rows of these labels.

        Raises
        ------
        DataError
            When none is left.
        """
        wanted = set(known)
        rows = [row for row, label in enumerate(self.labels) if label in wanted]
        if not rows:
            raise DataError(
                f"No perturbed text is of a class that is known: the labels are "
                f"{sorted(set(self.labels))[:5]}, the classes {sorted(wanted)[:5]}."
            )

        def kept(column: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(column[row] for row in rows)

        return replace(
            self,
            clean=kept(self.clean),
            perturbed=kept(self.perturbed),
            labels=kept(self.labels),
            kinds=kept(self.kinds),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the four columns, to be kept with the results: an attack set is evidence."""
        columns = (self.clean, self.perturbed, self.labels, self.kinds)
        frame: pd.DataFrame = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
        return frame


def attacked_texts(
    attacks: Sequence[Attack], texts: Sequence[str], labels: Sequence[Any]
) -> PerturbedTexts:
    """Return every text under every attack, those included that an attack leaves as they are.

    Raises
    ------
    DataError
        When there is no text or no attack, texts and labels differ in number, something is no
        text, two attacks have the same name, or no attack changes any text.

    Examples
    --------
    >>> from tutelage.evaluation.attacks import standard_attacks
    >>> attacked_texts(standard_attacks(only=["case"]), ["wake me"], ["alarm"]).perturbed
    ('WAKE ME',)
    """
    _check(attacks, texts, labels)
    names = [label_name(label) for label in labels]
    rows = [
        (text, attack(text, label), label, attack.name)
        for attack in attacks
        for text, label in zip(texts, names, strict=True)
    ]
    if all(before == after for before, after, *_ in rows):
        raise DataError(
            f"No attack changes any of the {len(texts)} texts ({_named(attacks)}): the texts are "
            "too short, or hold nothing to change. Give longer texts or other attacks."
        )
    clean, perturbed, owners, kinds = zip(*rows, strict=True)
    return PerturbedTexts(clean, perturbed, owners, kinds)


def perturbed_texts(
    frame: pd.DataFrame,
    *,
    clean: str = "clean",
    perturbed: str = "perturbed",
    label: str = "label",
    kind: str | None = "kind",
    level: str | None = None,
    unperturbed: str | None = None,
) -> PerturbedTexts:
    """Read pairs from a table that somebody made.

    Parameters
    ----------
    clean, perturbed, label
        Names of the columns with the text before, the text after, and their class.
    kind
        The column that says what was done; ``None``: one kind, called "perturbed".
    level
        A column whose value is added to the kind, such as the share of words that are missing;
        empty cells add nothing. Numbers above 0 are the strength of the kind.
    unperturbed
        The kind whose rows are the clean texts themselves; they are left out.

    Rows without the text before are left out and counted: nothing can be paired with them.

    Raises
    ------
    DataError
        Naming every column that is not there, and how many cells are empty; or when no row is
        left.

    Examples
    --------
    >>> frame = pd.DataFrame({"clean": ["wake me"], "perturbed": ["wke me"], "label": ["alarm"]})
    >>> perturbed_texts(frame, kind=None).kinds
    ('perturbed',)
    """
    wanted = [clean, perturbed, label, *(name for name in (kind, level) if name is not None)]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise DataError(
            f"The table of perturbed texts has no column {', '.join(map(repr, missing))}; it has "
            f"{[str(name) for name in frame.columns[:10]]}. Name its columns with clean=, "
            "perturbed=, label= and kind=."
        )
    rows = frame if kind is None else frame[frame[kind] != unperturbed]
    has_clean = _filled(rows[clean])
    rows = rows[has_clean]
    _check_cells(rows, [name for name in wanted if name not in (clean, level)])
    kinds = ["perturbed"] * len(rows) if kind is None else [str(name) for name in rows[kind]]
    families: dict[str, tuple[str, float]] = {}
    if level is not None:
        levels = zip(rows[level], _filled(rows[level]), strict=True)
        amounts = [str(amount) if known else "" for amount, known in levels]
        families = _families(kinds, amounts)
        kinds = [f"{name} {x}" if x else name for name, x in zip(kinds, amounts, strict=True)]
    return PerturbedTexts(
        tuple(map(str, rows[clean])),
        tuple(map(str, rows[perturbed])),
        tuple(label_name(name) for name in rows[label]),
        tuple(kinds),
        int((~has_clean).sum()),
        families,
    )


def rewritten_texts(rewrites: Sequence[Rewrite]) -> PerturbedTexts:
    """Return the pairs that a teacher wrote, such as ``Teacher.adversarial`` gives.

    Rewrites without the text that they were made from are left out and counted.

    Raises
    ------
    DataError
        When none is left.

    Examples
    --------
    >>> rewritten_texts([Rewrite("halt now", "stop", "adversarial_addition", "halt")]).kinds
    ('adversarial_addition',)
    """
    known = [one for one in rewrites if one.source_text.strip()]
    if not known:
        raise DataError(
            f"Rewrites must name the texts they were made from; none of {len(rewrites)} does."
        )
    return PerturbedTexts(
        tuple(one.source_text for one in known),
        tuple(one.text for one in known),
        tuple(one.label for one in known),
        tuple(one.kind for one in known),
        len(rewrites) - len(known),
    )


def _families(kinds: Sequence[str], amounts: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Return kind with amount -> (kind, strength), where the amount is a number above 0.

    >>> _families(["missing", "missing", "speech"], ["0.2", "much", ""])
    {'missing 0.2': ('missing', 0.2)}
    """
    found = {}
    for name, amount in dict.fromkeys(zip(kinds, amounts, strict=True)):
        try:
            strength = float(amount)
        except ValueError:
            continue
        if 0 < strength < math.inf:
            found[f"{name} {amount}"] = (name, strength)
    return found


def _filled(cells: pd.Series) -> pd.Series:
    found: pd.Series = cells.notna() & (cells.astype(str).str.strip() != "")
    return found


def _check_cells(rows: pd.DataFrame, names: Sequence[str]) -> None:
    if not len(rows):
        raise DataError("The table of perturbed texts has no row with the text before.")
    problems = []
    for name in names:
        n_empty = int((~_filled(rows[name])).sum())
        if n_empty:
            problems.append(f"{n_empty} of {len(rows)} cells of {name!r} are empty")
    if problems:
        raise DataError("The table of perturbed texts cannot be used:", problems)


def _check(attacks: Sequence[Attack], texts: Sequence[str], labels: Sequence[Any]) -> None:
    problems = []
    if isinstance(texts, str) or len(texts) == 0 or len(texts) != len(labels):
        n_texts = 1 if isinstance(texts, str) else len(texts)
        problems.append(
            f"there must be one label per text, at least one text, got {len(labels)} labels for "
            f"{n_texts} texts"
        )
    strangers = sum(not isinstance(text, str) for text in texts)
    if strangers:
        problems.append(f"{strangers} of {len(texts)} texts are no texts")
    names = [attack.name for attack in attacks]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if not names:
        problems.append("there must be at least one attack, got none")
    if doubled:
        problems.append(f"attacks must have distinct names, got {doubled} more than once")
    if problems:
        raise DataError("These texts cannot be attacked:", problems)


def _named(attacks: Sequence[Attack]) -> str:
    return ", ".join(attack.name for attack in attacks)
