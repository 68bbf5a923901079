"""Rewrite: another text with the same label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tutelage.errors import InputError
from tutelage.lessons.entry_checks import Entry
from tutelage.lessons.provenance import Provenance


@dataclass(frozen=True)
class Rewrite:
    """A text that a teacher wrote from a labelled one so that the label stays.

    Attributes
    ----------
    text
        The new text, not empty.
    label
        The class of both texts, as text.
    kind
        ``"paraphrase"``: the same request in other words. ``"distractor"``: the same request
        with a passing mention of another class. Any other word is allowed.
    source_text
        The text it was made from, or ``""``.
    provenance
        Who wrote it, to which prompt, at what cost.

    Raises
    ------
    InputError
        When the text or the label is empty.

    Examples
    --------
    >>> Rewrite("wake me at six", "alarm_set", source_text="set an alarm for six").kind
    'paraphrase'
    """

    text: str
    label: str
    kind: str = "paraphrase"
    source_text: str = ""
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be a text that is not empty, got {value!r}"
            for name, value in (("text", self.text), ("label", self.label), ("kind", self.kind))
            if not isinstance(value, str) or not value.strip()
        ]
        if problems:
            raise InputError("This rewrite cannot be used:", problems)

    def to_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON, without the provenance."""
        return {
            "text": self.text,
            "label": self.label,
            "kind": self.kind,
            "source_text": self.source_text,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Rewrite:
        """Read what :meth:`to_dict` wrote, perhaps edited since.

        Raises
        ------
        InputError
            Listing everything that is wrong.
        """
        entry = Entry(values)
        text, label = entry.text("text"), entry.text("label")
        kind, source = entry.text("kind", "paraphrase"), entry.text("source_text", "")
        provenance = entry.provenance()
        entry.check()
        return cls(text, label, kind, source, provenance)
