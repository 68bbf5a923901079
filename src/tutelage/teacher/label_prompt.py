"""The prompt after which labels are scored: a beginning all texts share, the text, the labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage.errors import TeacherSetupError
from tutelage.teacher.exchange import Message
from tutelage.teacher.prompts import (
    Rendered,
    as_paragraphs,
    capped,
    check_prompt,
    in_quotes,
    on_one_line,
    render,
)
from tutelage.teacher.text_task import TextTask

KIND = "label_scores"
DEFAULT_PROMPT = f"{KIND}/v1"
MARK = "\ue0f0\ue0f1"  # stands for the text while the prompt is cut in two; private use
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

LabelsAs = Literal["names", "codes"]


@dataclass(frozen=True)
class LabelPrompt:
    """The words around a text, and what stands for each label.

    Attributes
    ----------
    rendered
        The prompt with a mark in the place of the text.
    answers
        What the teacher would say for each class, in the order of the classes: the label in
        words, or its code.
    """

    rendered: Rendered
    answers: tuple[str, ...]

    def messages(self, text: str) -> tuple[Message, ...]:
        """Return the conversation about one text."""
        return tuple(
            Message(m.role, m.content.replace(MARK, in_quotes(text)))
            for m in self.rendered.messages
        )


def label_prompt(
    task: TextTask,
    *,
    labels_as: LabelsAs = "names",
    prompt: str | None = None,
    hide: Callable[[str], str] = str,
) -> LabelPrompt:
    """Return the prompt for a task.

    With ``labels_as="codes"`` every label has a code of equal length before it (a letter, or a
    number of three digits), which most models have as one token: all labels are then read from
    one step, and what is scored does not depend on how labels are spelled.

    >>> label_prompt(TextTask(("set_alarm", "stop"), ("", ""))).answers
    ('set alarm', 'stop')
    >>> label_prompt(TextTask(("set_alarm", "stop"), ("", "")), labels_as="codes").answers
    ('A', 'B')
    """
    if labels_as not in ("names", "codes"):
        raise TeacherSetupError(f"labels_as must be 'names' or 'codes', got {labels_as!r}.")
    names = _names(task.classes, hide)
    answers = _codes(len(names)) if labels_as == "codes" else names
    lines = [
        (f"{answer}: {name}" if labels_as == "codes" else name)
        + (f" ({on_one_line(hide(meaning))})" if meaning else "")
        for answer, name, meaning in zip(answers, names, task.meanings, strict=True)
    ]
    values = {"task": as_paragraphs(hide(task.task)), "labels": lines, "text": MARK}
    return LabelPrompt(render(check_prompt(prompt or DEFAULT_PROMPT, KIND), values), answers)


def _names(classes: Sequence[str], hide: Callable[[str], str]) -> tuple[str, ...]:
    shown = tuple(on_one_line(capped(hide(name))) for name in classes)
    spaced = tuple(name.replace("_", " ").strip() for name in shown)
    return spaced if len(set(spaced)) == len(spaced) and all(spaced) else shown


def _codes(count: int) -> tuple[str, ...]:
    if count <= len(LETTERS):
        return tuple(LETTERS[:count])
    if count > 900:
        raise TeacherSetupError(
            f"labels_as='codes' serves at most 900 labels, got {count}. Use labels_as='names'."
        )
    return tuple(str(100 + number) for number in range(count))
