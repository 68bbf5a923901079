"""Identity terms: words that say who somebody is, by group, and where texts mention them.

A list names *axes* (religion), *groups* of an axis (christian, muslim) and the *terms* of each
group. Terms at the same place of two groups of an axis are counterparts, so that a text can be
told again about another group.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from tutelage._words import cuts_word, whole_word
from tutelage.errors import InputError
from tutelage.lessons.entry_checks import some
from tutelage.lessons.identity_terms_list import DEFAULT_TERMS

NO_TERM = "-"  # keeps the places of a group's terms where it has no counterpart

Axes = Mapping[str, Mapping[str, Sequence[str]]]


class Mention(NamedTuple):
    """A term in a text: ``text[start:end]``; ``term`` is spelled as in the list."""

    axis: str
    group: str
    term: str
    start: int
    end: int


@dataclass(frozen=True)
class IdentityTerms:
    """Terms that name people's groups.

    A term is found whole, whatever its capitals, and the longest first: *man* is not in *woman*,
    and *old man* is one term. Axes are searched independently of one another.

    Attributes
    ----------
    axes
        Axis -> group -> its terms. ``"-"`` stands where a group lacks a counterpart: such terms
        are found, and never swapped. An axis may have one group only.

    Raises
    ------
    InputError
        Listing every axis without a group, group without a term, term that is no text, and term
        that stands twice in an axis.

    Examples
    --------
    >>> terms = IdentityTerms({"gender": {"women": ["woman", "she"], "men": ["man", "he"]}})
    >>> [(found.group, found.term) for found in terms.mentions("The woman said he knew.")]
    [('women', 'woman'), ('men', 'he')]
    >>> terms.swapped("Woman, will she come?", "gender", "women", "men")
    'Man, will he come?'
    """

    axes: Axes

    def __post_init__(self) -> None:
        problems = _problems(self.axes)
        if problems:
            raise InputError("This list of identity terms cannot be used:", problems)
        frozen = {
            axis: MappingProxyType({name: tuple(terms) for name, terms in groups.items()})
            for axis, groups in self.axes.items()
        }
        object.__setattr__(self, "axes", MappingProxyType(frozen))

    @classmethod
    def default(cls) -> IdentityTerms:
        """Return the short English list that is shipped: a start, not the truth about your data.

        >>> sorted(IdentityTerms.default().axes)
        ['ability', 'age', 'colour', 'gender', 'orientation', 'origin', 'religion']
        """
        return cls(DEFAULT_TERMS)

    @property
    def n_terms(self) -> int:
        """How many terms are listed."""
        return sum(len(places) for places in self._places.values())

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Return every term in the text, by its place; of one axis they do not overlap."""
        found = [
            Mention(axis, *self._term_of(axis, hit)[:2], *hit.span())
            for axis, pattern in self._patterns.items()
            for hit in pattern.finditer(text)
            if not cuts_word(text, *hit.span())
        ]
        return tuple(sorted(found, key=lambda mention: (mention.start, mention.end)))

    def swapped(self, text: str, axis: str, group: str, other: str) -> str:
        """Return the text with each term of a group replaced by its counterpart of another.

        Capitals are carried over. A term without a counterpart stays, as does the text around
        ("an" before a consonant too), so the text that comes back may be the one that was given.
        """

        def replaced(hit: re.Match[str]) -> str:
            owner, _, place = self._term_of(axis, hit)
            counterparts = self.axes[axis][other]
            if owner != group or place >= len(counterparts) or counterparts[place] == NO_TERM:
                return hit.group()
            if cuts_word(text, *hit.span()):
                return hit.group()
            return _cased_like(hit.group(), counterparts[place])

        return self._patterns[axis].sub(replaced, text)

    def _term_of(self, axis: str, hit: re.Match[str]) -> tuple[str, str, int]:
        """Return group, spelling and place in the group of a term that was found."""
        assert hit.lastindex is not None, "every term is a group of its pattern"
        return self._places[axis][hit.lastindex - 1]

    @cached_property
    def _places(self) -> dict[str, list[tuple[str, str, int]]]:
        """Axis -> group, spelling and place in the group of each term, the longest first."""
        return {
            axis: sorted(
                (
                    (group, term, place)
                    for group, terms in groups.items()
                    for place, term in enumerate(terms)
                    if term != NO_TERM
                ),
                key=lambda found: -len(found[1]),
            )
            for axis, groups in self.axes.items()
        }

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        # A group per term says which one was found: capitals cannot be undone by case folding
        # in every script (the Turkish capital of i).
        return {
            axis: re.compile(
                "|".join(f"({whole_word(term)})" for _, term, _ in places), re.IGNORECASE
            )
            for axis, places in self._places.items()
        }


def _cased_like(old: str, new: str) -> str:
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[0].upper() + new[1:] if old[0].isupper() else new


def _problems(axes: object) -> list[str]:
    if not isinstance(axes, Mapping) or not axes:
        return [f"it must name at least one axis with its groups, got {axes!r}"]
    problems = []
    for axis, groups in axes.items():
        if not isinstance(groups, Mapping) or not groups:
            problems.append(f"axis {axis!r} must have at least one group, got {groups!r}")
            continue
        seen: set[str] = set()
        for group, terms in groups.items():
            where = f"group {group!r} of axis {axis!r}"
            if not isinstance(terms, (list, tuple)):
                problems.append(f"{where} must be a list of terms, got {terms!r}")
                continue
            bad = [term for term in terms if not isinstance(term, str) or term != term.strip()]
            bad += [term for term in terms if term == ""]
            if bad:
                problems.append(
                    f"{where}: a term must be a text without space around, got {some(bad)}"
                )
                continue
            real = [term.casefold() for term in terms if term != NO_TERM]
            if not real:
                problems.append(f"{where} must have at least one term, got {list(terms)!r}")
            twice = sorted({t for t in real if real.count(t) > 1 or t in seen})
            if twice:
                problems.append(f"{where}: {some(twice)} must stand once in the axis")
            seen.update(real)
    return problems
