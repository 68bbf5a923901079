"""Rewrites: questions for other texts with the same label, and for a check of the label."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage._canonical import canonical_json
from tutelage.lessons.rewrite import Rewrite
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.numbered_answers import numbered_entries, shown
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.prompts import check_prompt, in_quotes, render
from tutelage.teacher.text_task import Addressee, TextTask, shown_label

KIND, CHECK_KIND = "rewrites", "rewrite_check"
DEFAULT_PROMPT, CHECK_PROMPT = f"{KIND}/v1", f"{CHECK_KIND}/v1"
TEXTS_PER_CHECK = 25
LONGEST_TEXT = 4000  # characters; a longer text is not rewritten
_STRINGS = {"type": "array", "items": {"type": "string"}}


def answer_schema(properties: Mapping[str, object]) -> str:
    """Return the schema of an answer with one entry per numbered text."""
    entry = {
        "type": "object",
        "properties": {"text": {"type": "integer"}, **properties},
        "required": ["text", *properties],
        "additionalProperties": False,
    }
    return canonical_json(
        {
            "type": "object",
            "properties": {"texts": {"type": "array", "items": entry}},
            "required": ["texts"],
            "additionalProperties": False,
        }
    )


SCHEMA = answer_schema({"paraphrases": _STRINGS, "distractors": _STRINGS})
CHECK_SCHEMA = answer_schema({"label": {"type": "string"}})


@dataclass(frozen=True)
class Numbered:
    """A labelled text with its number in a question."""

    number: int
    text: str
    label: str


Written = dict[int, list[tuple[str, str]]]  # number of a text -> (kind, new text)
Labelled = dict[int, str]


@dataclass(frozen=True)
class Form:
    """What the questions of a job have in common: title, words of the prompt, form of the answer.

    ``tokens_per_text`` is room in an answer for each new text, beside its characters.
    """

    title: str
    values: Mapping[str, object]
    schema: str
    tokens_per_text: int


@dataclass
class RewriteJob:
    """What is written from labelled texts, and in which portions."""

    task: TextTask
    pairs: Sequence[tuple[str, str]]
    paraphrases: int
    distractors: int
    texts_per_call: int
    prompt: str | None = None
    scrubber: Scrubber | None = None

    def __post_init__(self) -> None:
        self.prompt = check_prompt(self.prompt or DEFAULT_PROMPT, KIND)

    def hide(self, text: str) -> str:
        """Return ``text`` without personal data, if that is wanted."""
        return text if self.scrubber is None else self.scrubber.hide(text)

    def restore(self, text: str) -> str:
        """Return ``text`` with the personal data back in its places."""
        return text if self.scrubber is None else self.scrubber.restore(text)

    @property
    def sources(self) -> list[tuple[str, str]]:
        """The distinct texts that can be rewritten: not blank, not too long."""
        return [
            pair for pair in dict.fromkeys(self.pairs) if pair[0].strip() and not _is_long(pair[0])
        ]

    @property
    def n_too_long(self) -> int:
        """Texts that are too long to be rewritten."""
        return sum(_is_long(text) for text, _ in dict.fromkeys(self.pairs))

    @property
    def n_per_text(self) -> int:
        """New texts per text."""
        return self.paraphrases + self.distractors

    @property
    def form(self) -> Form:
        """What a question of this job says and wants back."""
        numbers = {"paraphrases": self.paraphrases, "distractors": self.distractors}
        return Form("rewrites", numbers, SCHEMA, tokens_per_text=40)

    def questions(self, to: Addressee) -> list[tuple[Question, tuple[Numbered, ...]]]:
        """Return every question with the texts it is about."""
        form, found = self.form, []
        for block in blocks(self.sources, self.texts_per_call):
            n_characters = sum(len(text.text) for text in block)
            room = 1024 + self.n_per_text * (n_characters + form.tokens_per_text * len(block))
            about = f"{form.title} of {len(block)} texts"
            question = self._question(
                to, str(self.prompt), block, form.values, form.schema, about, room
            )
            found.append((question, block))
        return found

    def reader(self, block: Sequence[Numbered]) -> Callable[[Answer], tuple[Written, list[str]]]:
        """Return the function that reads an answer: new texts by number, problems."""
        return rewrite_reader(block, self)

    def check_questions(
        self, written: Sequence[tuple[str, str]], to: Addressee
    ) -> list[tuple[Question, tuple[Numbered, ...]]]:
        """Return the questions which label fits each of the (text, label) written."""
        found = []
        for block in blocks(written, TEXTS_PER_CHECK):
            about, room = f"labels of {len(block)} rewrites", 1024 + 40 * len(block)
            question = self._question(to, CHECK_PROMPT, block, {}, CHECK_SCHEMA, about, room)
            found.append((question, block))
        return found

    def _question(
        self,
        to: Addressee,
        prompt: str,
        block: Sequence[Numbered],
        values: Mapping[str, object],
        schema: str,
        about: str,
        room: int,
    ) -> Question:
        lines = [
            {
                "number": item.number,
                "label": shown_label(item.label, self.hide),
                "text": in_quotes(self.hide(item.text)),
            }
            for item in block
        ]
        rendered = render(prompt, {**self.task.values(self.hide), **values, "texts": lines})
        return Question(
            model=to.model,
            prompt=rendered.name,
            prompt_hash=rendered.template_hash,
            messages=rendered.messages,
            sampling=to.sampling,
            schema=schema,
            about=about,
            max_tokens=to.max_tokens or room,
        )


def _is_long(text: str) -> bool:
    return len(text) > LONGEST_TEXT


def blocks(pairs: Sequence[tuple[str, str]], size: int) -> Iterator[tuple[Numbered, ...]]:
    """Yield the pairs in portions, numbered from 1 in each."""
    for first in range(0, len(pairs), size):
        part = pairs[first : first + size]
        yield tuple(Numbered(n, text, label) for n, (text, label) in enumerate(part, start=1))


def rewrite_reader(
    block: Sequence[Numbered], job: RewriteJob
) -> Callable[[Answer], tuple[Written, list[str]]]:
    """Return the function that reads an answer: new texts by number, problems."""

    def read(answer: Answer) -> tuple[Written, list[str]]:
        numbers = [item.number for item in block]
        entries, problems = numbered_entries(answer.text, numbers, finish=answer.finish)
        found: Written = {}
        for item in block:
            if item.number in entries:
                seen = {plain(item.text)}
                found[item.number] = [
                    *_versions(entries[item.number], "paraphrase", item, job, seen, problems),
                    *_versions(entries[item.number], "distractor", item, job, seen, problems),
                ]
        return found, problems

    return read


def _versions(
    entry: Mapping[str, Any],
    kind: str,
    item: Numbered,
    job: RewriteJob,
    seen: set[str],
    problems: list[str],
) -> list[tuple[str, str]]:
    where = f"text {item.number}"
    wanted = job.paraphrases if kind == "paraphrase" else job.distractors
    given = entry.get(f"{kind}s", [])
    if not isinstance(given, list):
        problems.append(f'{where}: "{kind}s" must be a list of texts, got {shown(given)}')
        return []
    if len(given) != wanted:
        problems.append(f"{where} has {len(given)} {kind}s, not {wanted}")
    found = []
    for place, text in enumerate(given[:wanted], start=1):
        if not isinstance(text, str) or not text.strip():
            problems.append(f"{where}: {kind} {place} is {shown(text)}, not a text")
            continue
        original = job.restore(text.strip())
        if plain(original) in seen:
            problems.append(f"{where}: {kind} {place} is the same as the text or another version")
            continue
        seen.add(plain(original))
        found.append((kind, original))
    return found


def plain(text: str) -> str:
    """Return the letters and digits of a text, by which versions are told apart."""
    return "".join(c for c in text.casefold() if c.isalnum()) or text


def label_reader(
    block: Sequence[Numbered], task: TextTask, hide: Callable[[str], str]
) -> Callable[[Answer], tuple[Labelled, list[str]]]:
    """Return the function that reads a check: labels by number, problems."""

    def read(answer: Answer) -> tuple[Labelled, list[str]]:
        numbers = [item.number for item in block]
        entries, problems = numbered_entries(answer.text, numbers, finish=answer.finish)
        found: Labelled = {}
        for number, entry in entries.items():
            label = task.label_of(entry.get("label"), hide)
            if label is None:
                given = entry.get("label")
                problems.append(
                    f"text {number}: {shown(given)} is none of the labels{task.nearest(given)}"
                )
            else:
                found[number] = label
        return found, problems

    return read


def kept_rewrites(
    rewrites: Sequence[Rewrite], labels: Sequence[str | None]
) -> tuple[list[Rewrite], list[tuple[Rewrite, str | None]]]:
    """Split rewrites into those whose label was confirmed and those, with the label given."""
    pairs = list(zip(rewrites, labels, strict=True))
    kept = [rewrite for rewrite, label in pairs if label == rewrite.label]
    return kept, [(rewrite, label) for rewrite, label in pairs if label != rewrite.label]
