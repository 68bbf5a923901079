"""Provenance: who said it, to which prompt, when, at what cost, reviewed by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


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

        >>> Provenance.from_dict({"teacher": "person", "later_field": 1}).teacher
        'person'
        """
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        if isinstance(kept.get("question_keys"), list):
            kept["question_keys"] = tuple(kept["question_keys"])  # type: ignore[arg-type]
        return cls(**kept)  # type: ignore[arg-type]
