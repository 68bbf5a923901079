"""ClassCard: what a class means, its cues, and what tells it from its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tutelage.errors import InputError
from tutelage.lessons.entry_checks import Entry
from tutelage.lessons.provenance import Provenance


@dataclass(frozen=True)
class Confusable:
    """A neighbouring class, and the sentence that tells the card's class from it."""

    label: str
    tell: str = ""


@dataclass(frozen=True)
class ClassCard:
    """What a teacher knows about one class of a text task.

    Attributes
    ----------
    label
        The class, as text.
    definition
        One sentence.
    cues
        Words and phrases that speak for the class.
    shared
        Words that texts of the class have in common with texts of its neighbours: they name
        the subject and do not decide.
    confusable
        The neighbours, nearest first.
    provenance
        Who said it, to which prompt, at what cost.

    Raises
    ------
    InputError
        When the label is empty, or the card names its own class as confusable.

    Examples
    --------
    >>> card = ClassCard("alarm_set", "The user wants a new alarm.", ("set an alarm",), ("alarm",),
    ...                  (Confusable("alarm_query", "asks for a new one, not which there are"),))
    >>> card.neighbours
    ('alarm_query',)
    """

    label: str
    definition: str = ""
    cues: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    confusable: tuple[Confusable, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        if not isinstance(self.label, str) or not self.label.strip():
            raise InputError(f"The label of a class card must be a text, got {self.label!r}.")
        if self.label in self.neighbours:
            raise InputError(f"The card of {self.label!r} names its own class as confusable.")

    @property
    def neighbours(self) -> tuple[str, ...]:
        """Labels of the confusable classes."""
        return tuple(other.label for other in self.confusable)

    def to_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON, without the provenance."""
        return {
            "label": self.label,
            "definition": self.definition,
            "cues": list(self.cues),
            "shared": list(self.shared),
            "confusable": [{"label": c.label, "tell": c.tell} for c in self.confusable],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> ClassCard:
        """Read what :meth:`to_dict` wrote, perhaps edited since.

        Raises
        ------
        InputError
            Listing everything that is wrong.
        """
        entry = Entry(values)
        label, definition = entry.text("label"), entry.text("definition", "")
        cues, shared = entry.texts("cues"), entry.texts("shared")
        confusable, provenance = _confusable(entry), entry.provenance()
        entry.check()
        return cls(label, definition, cues, shared, confusable, provenance)


def _confusable(entry: Entry) -> tuple[Confusable, ...]:
    listed = entry.values.get("confusable", [])
    if not isinstance(listed, list):
        entry.problems.append(
            f"confusable must be a list of objects with a label and a tell, got {listed!r}"
        )
        return ()
    found = []
    for value in listed:
        inner = Entry(value if isinstance(value, Mapping) else {"label": value})
        found.append(Confusable(inner.text("label"), inner.text("tell", "")))
        entry.problems += [f"confusable: {problem}" for problem in inner.problems]
    return tuple(found)
