"""RationaleJob: what is asked about which inputs, call by call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tutelage.lessons.rationale import Rationale
from tutelage.teacher.rationale_question import Mode, Prompt
from tutelage.teacher.rationale_rows import Asked, Row

Choose = Literal["random", "balanced", "disagreement"]


@dataclass(frozen=True)
class RationaleJob:
    """What is asked about which inputs, and how often.

    Attributes
    ----------
    asked, rows
        See :mod:`~tutelage.teacher.rationale_rows`.
    chosen
        Positions of the rows that get a reason; ``None`` when the first answers decide.
    choose, share, seed
        How those are chosen then.
    samples, n_reasons
        Answers per teacher and text, and how many of them hold a reason.
    prompts, json, examples
        How is asked.
    fallback
        Whether a teacher that gave no reason for the label is told it and asked why.
    missing
        Whether a text without a verdict is an error or stays without a label.
    """

    asked: Asked
    rows: tuple[Row, ...]
    chosen: frozenset[int] | None
    choose: Choose
    share: float
    seed: int
    samples: int
    n_reasons: int
    prompts: tuple[Prompt, ...]
    json: bool
    examples: tuple[Rationale, ...]
    fallback: bool
    missing: Literal["allow", "refuse"]


@dataclass(frozen=True)
class Call:
    """One question: about which row, in which mode; ``told`` is the label given away."""

    row: int
    mode: Mode
    sample: int = 0
    told: str | None = None


def first_calls(job: RationaleJob) -> list[Call]:
    """Return the calls that are certain: every sample of every row, with a reason where chosen."""
    chosen = job.chosen or frozenset()
    return [
        Call(
            row,
            "rationale" if row in chosen and sample < job.n_reasons else "rationale_label",
            sample,
        )
        for row in range(len(job.rows))
        for sample in range(job.samples)
    ]


def hidden(job: RationaleJob, hide: Callable[[str], str]) -> RationaleJob:
    """Return the job with everything personal hidden, in texts, choices, classes and examples."""
    asked = replace(
        job.asked,
        task=hide(job.asked.task),
        classes={hide(name): hide(meaning) for name, meaning in job.asked.classes.items()},
        synonyms={hide(name): words for name, words in job.asked.synonyms.items()},
    )
    rows = tuple(
        Row(
            tuple((name, hide(text)) for name, text in row.fields),
            tuple(hide(choice) for choice in row.choices),
        )
        for row in job.rows
    )
    examples = tuple(
        replace(
            one,
            fields=tuple((name, hide(text)) for name, text in one.fields),
            choices=tuple(hide(choice) for choice in one.choices),
            label=None if one.label is None else hide(one.label),
            rationales=tuple(hide(reason) for reason in one.rationales),
        )
        for one in job.examples
    )
    return replace(job, asked=asked, rows=rows, examples=examples)
