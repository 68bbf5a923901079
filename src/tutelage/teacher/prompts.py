"""Versioned prompts: templates as files, rendered in a sandbox, named by their content.

A released template never changes: a better wording is a new version. ``vN.j2`` is what the user
says, ``vN.system.j2`` how to answer; a letter after the number (``v2a``) is a paraphrase that
shares the answer format. Every value is data: it is escaped before it reaches a template.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import FunctionLoader, StrictUndefined, meta
from jinja2.sandbox import SandboxedEnvironment

from tutelage._canonical import content_hash
from tutelage.errors import TeacherSetupError
from tutelage.teacher.exchange import Message

FOLDER = Path(__file__).parent / "prompts"
SHOWN_LENGTH = 80


@dataclass(frozen=True)
class Rendered:
    """A prompt ready to send: its name, the hash of its template, its messages."""

    name: str
    template_hash: str
    messages: tuple[Message, ...]


def known_prompts(kind: str = "feature_scores") -> tuple[str, ...]:
    """Return the names of the prompts of a kind.

    >>> known_prompts()[:3]
    ('feature_scores/v1', 'feature_scores/v2', 'feature_scores/v2a')
    """
    files = [entry.name for entry in (FOLDER / kind).iterdir()]
    versions = [name[:-3] for name in files if name.endswith(".j2") and name.startswith("v")]
    return tuple(f"{kind}/{name}" for name in sorted(versions) if not name.endswith(".system"))


def paraphrases(name: str) -> tuple[str, ...]:
    """Return a prompt and its other wordings.

    >>> paraphrases("feature_scores/v2")
    ('feature_scores/v2', 'feature_scores/v2a', 'feature_scores/v2b', 'feature_scores/v2c',
     'feature_scores/v2d')
    """
    known = known_prompts(name.rpartition("/")[0])
    return tuple(n for n in known if n == name or (n[:-1] == name and n[-1].isalpha()))


def check_prompt(name: str, kind: str = "feature_scores") -> str:
    """Return ``name`` when it is a prompt of ``kind``.

    Raises
    ------
    TeacherSetupError
        Naming the nearest prompt.
    """
    known = known_prompts(kind)
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise TeacherSetupError(f"prompt must be one of {', '.join(known)}; got {name!r}.{hint}")


def render(name: str, values: Mapping[str, object]) -> Rendered:
    """Fill in the template ``name``; a value that the template needs and lacks is an error."""
    texts = [_system_name(name), name]
    contents = [_environment().get_template(f"{text}.j2").render(values) for text in texts]
    messages = (Message("system", contents[0].strip()), Message("user", contents[1]))
    return Rendered(name, template_hash(name), messages)


@cache
def template_hash(name: str) -> str:
    """Return the hash of everything that a template's text depends on."""
    pending, texts = [f"{name}.j2", f"{_system_name(name)}.j2"], {}
    while pending:
        current = pending.pop()
        texts[current] = _read(current)
        parsed = _environment().parse(texts[current])
        pending += [r for r in meta.find_referenced_templates(parsed) if r and r not in texts]
    return content_hash(texts)


def _system_name(name: str) -> str:
    return f"{name.rstrip('abcdefghijklmnopqrstuvwxyz')}.system"


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(
        loader=FunctionLoader(_read),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def capped(text: str, limit: int = SHOWN_LENGTH) -> str:
    """Return ``text``, or its beginning and a tail that is unique to the full text.

    >>> capped("a" * 500, limit=20)
    'aaaaaaaaaa…#114d7d07'
    """
    if len(text) <= limit:
        return text
    return f"{text[: limit - 10]}…#{content_hash(text)[3:11]}"


def on_one_line(text: str) -> str:
    r"""Return ``text`` with every invisible character escaped, so that it stays on its line.

    >>> on_one_line("two\nlines")
    'two\\nlines'
    """
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def in_quotes(text: str) -> str:
    r"""Return ``text`` as a JSON string on one line: it can be taken for nothing but a name.

    >>> print(in_quotes('say "hi"\n- {x}'))
    "say \"hi\"\n- {x}"
    """
    return on_one_line(json.dumps(text, ensure_ascii=False))


def as_paragraphs(text: str) -> str:
    r"""Return ``text`` with invisible characters escaped, its line breaks kept.

    >>> as_paragraphs("one\ntwo\x00")
    'one\ntwo\\u0000'
    """
    return "\n".join(on_one_line(line) for line in text.split("\n"))
