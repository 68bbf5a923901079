"""Wording: a question in a person's or a teacher's own words, with placeholders and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from tutelage._canonical import content_hash
from tutelage.errors import TeacherSetupError

LONGEST_WORDING = 4000  # characters
_SANDBOX = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


@dataclass(frozen=True)
class Wording:
    """The words of a question about one input.

    Attributes
    ----------
    text
        With a placeholder such as ``{{ premise }}`` for every field of the input, ``{{ choices
        }}`` where each input has its own answers, and ``{{ classes }}`` if wanted. Nothing but
        placeholders is allowed between braces. What the answer must look like is added by the
        package, so it need not be said here.

    Raises
    ------
    TeacherSetupError
        When it is empty, too long, or holds more than words and placeholders.

    Examples
    --------
    >>> asked = Wording("Is {{ hypothesis }} true, false or open, given {{ premise }}?")
    >>> asked.placeholders
    ('hypothesis', 'premise')
    >>> asked.fill({"premise": "[p]", "hypothesis": "[h]"})
    'Is [h] true, false or open, given [p]?'
    """

    text: str

    def __post_init__(self) -> None:
        problem = _form_problem(self.text)
        if problem:
            raise TeacherSetupError(f"A wording {problem}.")

    @property
    def name(self) -> str:
        """What provenance calls it: ``"own-"`` and the beginning of its hash."""
        return f"own-{content_hash(self.text)[3:11]}"

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names between braces, each once, in order."""
        return tuple(dict.fromkeys(_names(self.text)))

    def problems(self, required: Sequence[str], allowed: Sequence[str] = ()) -> list[str]:
        """Return what keeps the wording from asking about inputs with these fields.

        >>> Wording("Judge {{ text }} and {{ mood }}.").problems(["text", "title"])
        ['it must hold {{ title }}', 'it holds {{ mood }}, which no input has']
        """
        have = self.placeholders
        return [
            *(f"it must hold {{{{ {name} }}}}" for name in required if name not in have),
            *(
                f"it holds {{{{ {name} }}}}, which no input has"
                for name in have
                if name not in (*required, *allowed)
            ),
        ]

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the question with every placeholder replaced; values are never rendered."""
        return _SANDBOX.from_string(self.text).render(values)


def single_braces(text: str, names: Sequence[str]) -> str:
    r"""Return ``text`` with ``{name}`` turned into ``{{ name }}``, and a written ``\n`` into one.

    For templates that were kept in other programs.

    >>> single_braces("Is {claim} so?", ["claim"])
    'Is {{ claim }} so?'
    """
    for name in names:
        pattern = rf"(?<!\{{)\{{\s*{re.escape(name)}\s*\}}(?!\}})"
        text = re.sub(pattern, f"{{{{ {name} }}}}", text)
    return text.replace("\\n", "\n")


def _form_problem(text: object) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return f"must be a text with words in it, got {text!r}"
    if len(text) > LONGEST_WORDING:
        return f"must have at most {LONGEST_WORDING} characters, got {len(text)}"
    try:
        body = _SANDBOX.parse(text).body
    except TemplateSyntaxError as error:
        return f"must hold placeholders like {{{{ text }}}} only: {error.message}"
    parts = [part for node in body for part in getattr(node, "nodes", [node])]
    strange = [part for part in parts if not isinstance(part, nodes.TemplateData | nodes.Name)]
    if strange:
        kind = type(strange[0]).__name__
        return (
            f"must hold placeholders like {{{{ text }}}} only, got {kind} in line {_line(strange)}"
        )
    return None


def _line(found: Sequence[nodes.Node]) -> int:
    return int(found[0].lineno)


def _names(text: str) -> list[str]:
    return [node.name for node in _SANDBOX.parse(text).find_all(nodes.Name)]
