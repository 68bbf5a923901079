"""Class cards: from labels to questions about them, and from answers to cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from tutelage._canonical import canonical_json
from tutelage.lessons.class_card import ClassCard, Confusable
from tutelage.lessons.provenance import Provenance
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.numbered_answers import listed_entries, shown
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.prompts import check_prompt, in_quotes, render
from tutelage.teacher.text_task import Addressee, TextTask, shown_label

KIND = "class_cards"
KIND_IN_A_LANGUAGE = f"{KIND}_in"
TOKENS_PER_CARD = 400
SCORES_PER_CARD = 30  # as many tokens as so many numbers with their names
_TEXTS = {"type": "array", "items": {"type": "string"}}
_CONFUSABLE = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"label": {"type": "string"}, "tell": {"type": "string"}},
        "required": ["label", "tell"],
        "additionalProperties": False,
    },
}
SCHEMA = canonical_json(
    {
        "type": "object",
        "properties": {
            "cards": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "label": {"type": "string"},
                        "definition": {"type": "string"},
                        "cues": _TEXTS,
                        "shared": _TEXTS,
                        "confusable": _CONFUSABLE,
                    },
                    "required": ["label", "definition", "cues", "shared", "confusable"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["cards"],
        "additionalProperties": False,
    }
)

Cards = dict[str, ClassCard]


@dataclass
class CardJob:
    """Which cards are asked for; with languages, one card per class in each of them."""

    task: TextTask
    classes_per_call: int
    prompt: str | None = None
    scrubber: Scrubber | None = None
    languages: Sequence[str] = ()

    def __post_init__(self) -> None:
        kind = KIND_IN_A_LANGUAGE if self.languages else KIND
        self.prompt = check_prompt(self.prompt or f"{kind}/v1", kind)

    def hide(self, text: str) -> str:
        """Return ``text`` without personal data, if that is wanted."""
        return text if self.scrubber is None else self.scrubber.hide(text)

    def questions(self, to: Addressee) -> list[tuple[Question, tuple[str, ...]]]:
        """Return every question with the labels whose cards it asks for."""
        fixed = self.task.values(self.hide)
        blocks = [
            self.task.classes[first : first + self.classes_per_call]
            for first in range(0, len(self.task.classes), self.classes_per_call)
        ]
        found = []
        for language, labels in product(self.languages or ("",), blocks):
            wanted = [shown_label(label, self.hide) for label in labels]
            spoken = {"language": in_quotes(language)} if language else {}
            rendered = render(str(self.prompt), {**fixed, "wanted": wanted, **spoken})
            question = Question(
                model=to.model,
                prompt=rendered.name,
                prompt_hash=rendered.template_hash,
                messages=rendered.messages,
                sampling=to.sampling,
                schema=SCHEMA,
                about=f"cards of {len(labels)} classes" + f" in {language}" * bool(language),
                max_tokens=to.max_tokens or 1024 + TOKENS_PER_CARD * len(labels),
            )
            found.append((question, labels))
        return found


def card_reader(
    task: TextTask, wanted: Sequence[str], hide: Callable[[str], str]
) -> Callable[[Answer], tuple[Cards, list[str]]]:
    """Return the function that reads an answer about ``wanted``: cards by label, problems."""

    def read(answer: Answer) -> tuple[Cards, list[str]]:
        found: Cards = {}
        problems: list[str] = []
        listed = listed_entries(answer.text, "cards")
        if listed is None:
            problems.append('the answer holds no JSON object with the list "cards"')
        for entry in listed or ():
            if not isinstance(entry, dict):
                problems.append(f"{shown(entry)} is no card")
                continue
            given = entry.get("label")
            label = task.label_of(given, hide)
            if label is None or label not in wanted:
                problems.append(f"{shown(given)} was not asked for{task.nearest(given)}")
            elif label in found:
                problems.append(f"{label!r} has more than one card")
            else:
                found[label] = _read_card(label, entry, task, hide, problems)
        problems += [f"{label!r} has no card" for label in wanted if label not in found]
        if answer.finish == "length" and problems:
            problems.insert(0, "the answer was cut off before its end: it was too long")
        return found, problems

    return read


def _read_card(
    label: str,
    entry: Mapping[str, Any],
    task: TextTask,
    hide: Callable[[str], str],
    problems: list[str],
) -> ClassCard:
    definition = entry.get("definition")
    if not isinstance(definition, str) or not definition.strip():
        problems.append(f"{label!r} has no definition")
        definition = ""
    cues = _texts(label, entry, "cues", problems)
    if not cues and isinstance(entry.get("cues"), list):
        problems.append(f"{label!r} has no cues")
    shared = _texts(label, entry, "shared", problems)
    confusable = _confusable(label, entry, task, hide, problems)
    return ClassCard(label, definition.strip(), cues, shared, confusable)


def _texts(label: str, entry: Mapping[str, Any], name: str, problems: list[str]) -> tuple[str, ...]:
    given = entry.get(name)
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        problems.append(f"{name} of {label!r} must be a list of texts, got {shown(given)}")
        return ()
    return tuple(dict.fromkeys(text.strip() for text in given if text.strip()))


def _confusable(
    label: str,
    entry: Mapping[str, Any],
    task: TextTask,
    hide: Callable[[str], str],
    problems: list[str],
) -> tuple[Confusable, ...]:
    given = entry.get("confusable")
    if not isinstance(given, list):
        problems.append(f"confusable of {label!r} must be a list, got {shown(given)}")
        return ()
    found: dict[str, Confusable] = {}
    for other in given:
        name = other.get("label") if isinstance(other, dict) else other
        tell = other.get("tell") if isinstance(other, dict) else ""
        known = task.label_of(name, hide)
        if known is None:
            problems.append(
                f"{label!r}: confusable {shown(name)} is none of the labels{task.nearest(name)}"
            )
        elif known != label:
            found.setdefault(
                known, Confusable(known, tell.strip() if isinstance(tell, str) else "")
            )
    return tuple(found.values())


def cards_together(
    task: TextTask, said: Sequence[Cards], provenance: Provenance
) -> tuple[ClassCard, ...]:
    """Return one card per class, in the order of the classes, from all answers.

    The first definition counts; cues, shared words and neighbours are put together. A class
    without a card is left out.
    """
    made = []
    for label in task.classes:
        cards = [cards[label] for cards in said if label in cards]
        if not cards:
            continue
        neighbours = {other.label: other for card in reversed(cards) for other in card.confusable}
        order = dict.fromkeys(name for card in cards for name in card.neighbours)
        made.append(
            replace(
                cards[0],
                cues=tuple(dict.fromkeys(cue for card in cards for cue in card.cues)),
                shared=tuple(dict.fromkeys(word for card in cards for word in card.shared)),
                confusable=tuple(neighbours[name] for name in order),
                provenance=provenance,
            )
        )
    return tuple(made)
