"""New wordings, written by the teacher who is shown how the old ones did (OPRO)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tutelage.errors import TeacherSetupError
from tutelage.lessons.rationale import Fields
from tutelage.teacher.exchange import Question
from tutelage.teacher.privacy import fenced
from tutelage.teacher.prompt_search.scoring import Tried
from tutelage.teacher.prompts import as_paragraphs, in_quotes, on_one_line, render
from tutelage.teacher.rationale_rows import Asked, Row
from tutelage.teacher.wording import Wording

PROMPT = "prompt_search/v1"
SHOWN = 15  # wordings with their scores
LONGEST_EXAMPLE = 600  # characters of a field
MAX_TOKENS = 4096


@dataclass(frozen=True)
class Proposals:
    """What the teacher proposed: wordings that can be used, and what is wrong with the others."""

    wordings: tuple[Wording, ...]
    rejected: tuple[str, ...]


def start_wordings(asked: Asked, row: Row) -> list[Wording]:
    """Return wordings to begin with, made from the names of the fields.

    >>> asked = Asked("label", "Say what it is about.", {"a": "", "b": ""})
    >>> print(start_wordings(asked, Row((("text", ""),)))[0].text)
    Say what it is about. Explain your answer with one sentence.
    <BLANKLINE>
    text: {{ text }}
    Choose from: {{ classes }}
    """
    plain = asked.task.replace("{", "(").replace("}", ")")
    fields = "\n".join(f"{name}: {{{{ {name} }}}}" for name, _ in row.fields)
    options = {"choice": "{{ choices }}", "number": ""}.get(asked.kind, "{{ classes }}")
    listed = f"\nChoose from: {options}" if options else ""
    return [
        Wording(f"{plain} Explain your answer with one sentence.\n\n{fields}{listed}"),
        Wording(f"{fields}{listed}\n\nBased on this alone: {plain} Give the reason in a sentence."),
        Wording(f"{fields}{listed}\n\n{plain} Name the words that decide it, in one sentence."),
    ]


def proposal_question(
    asked: Asked,
    row: Row,
    tried: Sequence[Tried],
    solved: Sequence[tuple[Fields, str]],
    *,
    n_new: int,
    model: str,
    sampling: str,
    number: int,
) -> Question:
    """Return the question that asks for new wordings.

    Parameters
    ----------
    asked, row
        The job, and an input that shows which fields there are.
    tried
        What was tried; the best 15 are shown, the best last.
    solved
        Inputs with their labels; they must not be used to score anything.
    n_new
        How many are wanted.
    model, sampling
        Who is asked, with which settings.
    number
        Of the round; the same words may be asked again.
    """
    shown = sorted(tried, key=lambda one: one.score)[-SHOWN:]
    required, optional = placeholders(asked, row)
    rendered = render(
        PROMPT,
        {
            "task": as_paragraphs(asked.task),
            "classes": [
                {"name": in_quotes(name), "meaning": on_one_line(meaning)}
                for name, meaning in asked.classes.items()
            ],
            "n_texts": max((one.accuracy.n for one in shown), default=0),
            "tried": [
                {"score": max(0, round(100 * one.score)), "text": fenced(one.text)} for one in shown
            ],
            "solved": [
                {
                    "fields": [
                        {"name": on_one_line(name), "text": fenced(text, limit=LONGEST_EXAMPLE)}
                        for name, text in fields
                    ],
                    "label": in_quotes(label),
                }
                for fields, label in solved
            ],
            "n_new": n_new,
            "required": ", ".join(f"{{{{ {name} }}}}" for name in required),
            "optional": ", ".join(f"{{{{ {name} }}}}" for name in optional),
        },
    )
    return Question(
        model=model,
        prompt=rendered.name,
        prompt_hash=rendered.template_hash,
        messages=rendered.messages,
        sampling=sampling,
        sample=number,
        about=f"new wordings, round {number + 1}",
        max_tokens=MAX_TOKENS,
    )


def placeholders(asked: Asked, row: Row) -> tuple[list[str], list[str]]:
    """Return the placeholders that a wording must hold, and those that it may hold."""
    names = [name for name, _ in row.fields]
    own = ["choices"] if asked.kind == "choice" else []
    return [*names, *own], ["classes"] if asked.classes else []


def read_proposals(
    text: str, asked: Asked, row: Row, known: Sequence[str]
) -> tuple[Proposals, list[str]]:
    """Return the wordings of an answer that can be used, and why the others cannot.

    An answer is a problem only when none of its wordings can be used.
    """
    required, optional = placeholders(asked, row)
    found: list[Wording] = []
    rejected = []
    for given in _listed(text):
        try:
            wording = Wording(given)
            problems = wording.problems(required, optional)
        except TeacherSetupError as error:
            problems = [error.problems[0]]
        if problems:
            rejected.append(f"{given!r:.60}: {'; '.join(problems)}")
        elif wording.text in known or wording in found:
            rejected.append(f"{given!r:.60}: it was tried before")
        else:
            found.append(wording)
    bad = rejected[:10] or ['the answer must be a JSON object {"wordings": [...]} of texts']
    return Proposals(tuple(found), tuple(rejected)), [] if found else bad


def _listed(text: str) -> list[Any]:
    start, end = text.find("{"), text.rfind("}")
    try:
        value = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return []
    listed = value.get("wordings") if isinstance(value, dict) else None
    return listed[:50] if isinstance(listed, list) else []
