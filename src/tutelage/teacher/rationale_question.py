"""From an input to the questions about it: label and reason, label only, why a label is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage._canonical import canonical_json, content_hash
from tutelage.errors import TeacherSetupError
from tutelage.lessons.rationale import Rationale, letter
from tutelage.teacher.exchange import Question
from tutelage.teacher.privacy import fenced
from tutelage.teacher.prompts import (
    as_paragraphs,
    check_prompt,
    in_quotes,
    on_one_line,
    paraphrases,
    render,
)
from tutelage.teacher.rationale_rows import LONGEST_INPUT, Asked, Row, number_name, options_of
from tutelage.teacher.wording import Wording

Mode = Literal["rationale", "rationale_label", "rationale_told"]
Prompt = str | Wording
DEFAULT_PROMPT = "rationale/v1"
TOKENS = {"rationale": 1024, "rationale_label": 512, "rationale_told": 512}  # room for thinking
TOLD = "rationale_told/v1"
MOST_LISTED = 6  # more classes than this are not listed a second time


@dataclass(frozen=True)
class Manner:
    """How every input of a job is asked about.

    Attributes
    ----------
    prompts
        One per wording; the samples of a text are spread over them.
    json
        Whether a JSON object is asked for, or free text.
    examples
        Solved ones, shown before the question: few-shot.
    model, sampling, max_tokens
        Who is asked, with which settings.
    """

    prompts: tuple[Prompt, ...]
    json: bool
    examples: tuple[Rationale, ...]
    model: str
    sampling: str
    max_tokens: int | None


def checked_prompts(
    prompt: Prompt | Sequence[Prompt] | None, reworded: bool, asked: Asked, row: Row
) -> tuple[Prompt, ...]:
    """Return the prompts of a job.

    Raises
    ------
    TeacherSetupError
        When one is unknown, or a wording lacks a field of the inputs.
    """
    if prompt is None or isinstance(prompt, str | Wording):
        prompt = (prompt or DEFAULT_PROMPT,)
    found: list[Prompt] = []
    for one in prompt:
        if isinstance(one, Wording):
            needed = [name for name, _ in row.fields]
            own = ["choices"] if asked.kind == "choice" else []
            problems = one.problems([*needed, *own], ["classes"])
            if problems:
                raise TeacherSetupError(f"The wording {one.text!r} cannot be used:", problems)
            found.append(one)
        else:
            name = check_prompt(one, "rationale")
            found += paraphrases(name) if reworded else [name]
    if not found:
        raise TeacherSetupError("prompt must name at least one prompt, got an empty list.")
    return tuple(dict.fromkeys(found))


def rationale_question(
    asked: Asked, row: Row, manner: Manner, *, mode: Mode, sample: int = 0, told: str | None = None
) -> Question:
    """Return one question about one input.

    Parameters
    ----------
    asked, row, manner
        The job, the input, and how it is asked about.
    mode
        ``"rationale"``: label and reason; ``"rationale_label"``: the label only, cheaper;
        ``"rationale_told"``: the reason for the label ``told``.
    sample
        Number of the repeat; it also picks the prompt.
    told
        The label that is given away, with ``"rationale_told"``.
    """
    prompt: Prompt = manner.prompts[sample % len(manner.prompts)]
    values = _values(asked, row, manner, wants_reason=mode != "rationale_label", told=told)
    name = TOLD
    if mode != "rationale_told":
        version = "v1" if isinstance(prompt, Wording) else prompt.partition("/")[2]
        name = f"{mode}/{version}"
        if isinstance(prompt, Wording):
            values["question"] = prompt.fill(_placeholders(asked, row))
            if not {"classes", "choices"} & set(prompt.placeholders):
                values["listed"] = _listed(options_of(asked, row), longest=None)
    rendered = render(name, values)
    own = isinstance(prompt, Wording) and mode != "rationale_told"
    return Question(
        model=manner.model,
        prompt=f"{mode}/{prompt.name}" if own else name,  # type: ignore[union-attr]
        prompt_hash=content_hash([rendered.template_hash, prompt.text])  # type: ignore[union-attr]
        if own
        else rendered.template_hash,
        messages=rendered.messages,
        sampling=manner.sampling,
        schema=_schema(asked, row, mode) if manner.json else "",
        sample=sample // len(manner.prompts),
        about=row.fields[0][1][:60],
        max_tokens=manner.max_tokens or TOKENS[mode],
    )


def _values(
    asked: Asked, row: Row, manner: Manner, *, wants_reason: bool, told: str | None
) -> dict[str, object]:
    options = options_of(asked, row)
    return {
        "task": as_paragraphs(asked.task),
        "classes": [
            {"name": in_quotes(name), "meaning": on_one_line(meaning)}
            for name, meaning in asked.classes.items()
        ],
        "fields": _parts(row.fields),
        "choices": _lettered(row.choices),
        "examples": [_example(one, asked, manner.json, wants_reason) for one in manner.examples],
        "question": None,
        "number": asked.kind == "number",
        "json": manner.json,
        "wants_reason": wants_reason,
        "listed": _listed(options),
        "told": None if told is None else in_quotes(told),
    }


def _listed(options: Sequence[str], longest: int | None = MOST_LISTED) -> str:
    """Return the options in words, or where they stand when there are many."""
    if longest is not None and len(options) > longest:
        return "one of the names above, in quotes"
    return " or ".join(in_quotes(option) for option in options)


def _parts(fields: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [
        {"name": on_one_line(name), "text": fenced(text, limit=LONGEST_INPUT)}
        for name, text in fields
    ]


def _lettered(choices: Sequence[str]) -> list[dict[str, str]]:
    return [{"letter": letter(n), "name": in_quotes(text)} for n, text in enumerate(choices)]


def _placeholders(asked: Asked, row: Row) -> dict[str, str]:
    """Return what stands in for the placeholders of a wording, marked as data."""
    choices = " ".join(f"({one['letter']}) {one['name']}" for one in _lettered(row.choices))
    classes = ", ".join(in_quotes(name) for name in asked.classes)
    texts = {name: f"\n{fenced(text, limit=LONGEST_INPUT)}\n" for name, text in row.fields}
    return {"classes": classes, "choices": choices, **texts}


def _example(lesson: Rationale, asked: Asked, json: bool, wants_reason: bool) -> dict[str, object]:
    label: object = lesson.label
    if asked.kind == "number":
        label = float(number_name(lesson.label))
    name = "result" if asked.kind == "number" else "label"
    if json:
        reason = {"rationale": lesson.rationale} if wants_reason else {}
        answer = canonical_json({name: label, **reason})
    elif asked.kind == "number":
        answer = f"{lesson.rationale} {lesson.label}" if wants_reason else str(lesson.label)
    else:
        answer = f"{lesson.label}. {lesson.rationale}" if wants_reason else str(lesson.label)
    return {
        "fields": _parts(lesson.fields),
        "choices": _lettered(lesson.choices),
        "answer": f"Answer: {answer}",
    }


def _schema(asked: Asked, row: Row, mode: Mode) -> str:
    properties: dict[str, object] = {}
    if mode != "rationale_told":
        options = list(options_of(asked, row))
        number = {"type": "number"}
        is_number = asked.kind == "number"
        properties["result" if is_number else "label"] = (
            number if is_number else {"type": "string", "enum": options}
        )
    if mode != "rationale_label":
        properties["rationale"] = {"type": "string"}
    text = canonical_json(
        {
            "type": "object",
            "properties": properties,
            "required": sorted(properties),
            "additionalProperties": False,
        }
    )
    if text.isascii() or not any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        return text
    return ""  # a name that is no valid text cannot travel in a form; the prompt shows it escaped
