"""What a student of labels and reasons writes when it is asked why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GeneratedRationale:
    """A reason that a student wrote: generated text, no attribution.

    It need not be what the prediction rests on; :meth:`TaughtTextClassifier.explain` gives
    contributions that do.

    Attributes
    ----------
    label
        The predicted label.
    text
        What was written; perhaps empty.
    kind
        Always the words that say what this is.
    """

    label: object
    text: str
    kind: str = "generated text, not an attribution"

    def __str__(self) -> str:
        return self.text
