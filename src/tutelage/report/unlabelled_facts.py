"""The parts of a record of a job without labels: frozen values, one per subject, no behaviour."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class LabelledClass:
    """What came back about one class.

    Attributes
    ----------
    name, meaning
        As the teacher was told; the meaning may be "".
    n_texts
        Texts that the teacher put into it.
    n_asked, n_reasons
        Those for which a reason was asked, and those that have one.
    n_test
        Texts of this class among those that the student is judged on.
    tokens, usd
        What its lessons took when they were first paid for.
    """

    name: str
    meaning: str = ""
    n_texts: int = 0
    n_asked: int = 0
    n_reasons: int = 0
    n_test: int = 0
    tokens: int = 0
    usd: float = 0.0


@dataclass(frozen=True)
class UnlabelledDataFacts:
    """The texts, and how many of them came to be trained on.

    Attributes
    ----------
    columns
        The column of texts, or those of premises and of hypotheses.
    n_rows, n_empty
        Rows of the file, and those without a text, which were left out.
    n_labelled
        Texts for which the teacher decided; the others are masked.
    share, samples
        Share of the texts for which a reason was asked, and answers per text.
    n_unsure
        Texts on which the teacher's answers differ; 0 with one answer per text.
    judged_on, n_test
        Completes "Judged on ..."; "" and 0 without labelled texts.
    path, sha256
        The file and the hash of its bytes.
    """

    columns: tuple[str, ...]
    n_rows: int
    n_empty: int = 0
    n_labelled: int = 0
    share: float = 1.0
    samples: int = 1
    n_unsure: int = 0
    judged_on: str = ""
    n_test: int = 0
    path: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class ShownLesson:
    """One text with what the teacher and the student say of it.

    Attributes
    ----------
    text
        The input, as one text.
    why
        Why it is shown, such as "a training text".
    label, reason
        The teacher's, "" where there is none.
    confidence
        Share of the teacher's answers that are the label; NaN with one answer.
    told
        Whether the reason was written by a teacher who had been told the label.
    truth
        The label that is known, "" where there is none: of a text that the student is judged on.
    said, written
        The student's label and the reason that it wrote, "" where it writes none.
    """

    text: str
    why: str
    label: str = ""
    reason: str = ""
    confidence: float = math.nan
    told: bool = False
    truth: str = ""
    said: str = ""
    written: str = ""
