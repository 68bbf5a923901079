"""Provenance: who said it, to which prompt, when, at what cost, reviewed by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from tutelage.errors import InputError


@dataclass(frozen=True)
class Provenance:
    """Where a lesson comes from.

    Attributes
    ----------
    teacher
        ``"provider:model"``, ``"tape:..."``, ``"person"`` or ``""`` when unknown.
    prompt
        Name and version of the template, such as ``"feature_scores/v2"``; with paraphrases, all
        of them joined by ``", "``.
    recorded
        Date of the first answer, ISO 8601, or ``""``.
    question_keys
        Content hashes of the questions; each finds its answer in the store.
    n_calls, tokens_in, tokens_out, cost_usd
        What the answers cost when they were first paid for; a replay costs nothing more.
    task
        The sentence that described the task.
    notes
        Free text: what a person should know (contamination, edits).
    reviewed_by
        Name of the person who accepted the lesson, or ``""``.
    """

    teacher: str = ""
    prompt: str = ""
    recorded: str = ""
    question_keys: tuple[str, ...] = ()
    n_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    task: str = ""
    notes: str = ""
    reviewed_by: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        return {**asdict(self), "question_keys": list(self.question_keys)}

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Provenance:
        """Read what ``to_dict`` wrote; unknown names are ignored, missing ones take defaults.

        Raises
        ------
        InputError
            Listing every value of the wrong kind.

        >>> Provenance.from_dict({"teacher": "person", "later_field": 1}).teacher
        'person'
        """
        if not isinstance(values, Mapping):
            raise InputError(f"provenance must be an object, got {values!r}")
        known = {field.name: getattr(cls(), field.name) for field in fields(cls)}
        kept = {name: values[name] for name in known if name in values}
        problems = [
            f"provenance: {name} must be {_KINDS[type(known[name])]}, got {value!r}"
            for name, value in kept.items()
            if not _fits(value, known[name])
        ]
        if problems:
            raise InputError("This provenance cannot be used:", problems)
        kept["question_keys"] = tuple(kept.get("question_keys", ()))  # type: ignore[arg-type]
        return cls(**kept)  # type: ignore[arg-type]


_KINDS = {str: "a text", int: "a whole number", float: "a number", tuple: "a list of texts"}


def _fits(value: object, default: object) -> bool:
    """Tell whether ``value``, as JSON gives it, is of the kind of ``default``."""
    if isinstance(default, tuple):
        return isinstance(value, list | tuple) and all(isinstance(part, str) for part in value)
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float if isinstance(default, float) else type(default))
