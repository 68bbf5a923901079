"""Class cards for the sets of `breadth.py`, recorded beside it, and students that are taught them.

The cards lie in ``recorded/``: written for this project by a language model, one of its authors,
from the names of the classes and what the sets are about, before any student was trained on them.
"""

from __future__ import annotations

import json
from pathlib import Path

from breadth_data import Rows
from tutelage import TaughtTextClassifier, card_texts
from tutelage.lessons import ClassCard, Provenance, Rewrite
from tutelage.students.text_settings import default_steps

RECORDED = Path(__file__).resolve().parent / "recorded"
LANGUAGES = ("en", "de", "it", "nl", "tr", "zh", "ar", "ja")
FILES = {
    "sst2": ("sentiment",),
    "mr": ("sentiment",),
    "eraser_movies": ("sentiment",),
    "ag_news": ("ag_news",),
    "xsid": ("xsid.en",),
}
IN_EIGHT = "cards in eight languages"
CARDS, STEPS, WRONG, ALONE = "cards", "more steps", "cards of other classes", "cards alone"
WAYS = (CARDS, STEPS, WRONG, ALONE, IN_EIGHT)
ORIGIN = Provenance(
    teacher="a language model, one of the authors",
    prompt="class names, and what the set is about",
    notes="it knows these public sets",
)


def phrases_of(name: str, way: str) -> list[Rewrite]:
    """Return the cue phrases of the classes as texts; those of another class for the control."""
    files = FILES[name] if way != IN_EIGHT else tuple(f"xsid.{lang}" for lang in LANGUAGES)
    found = [phrase for file in files for phrase in card_texts(cards(file))]
    if way != WRONG:
        return found
    labels = sorted({phrase.label for phrase in found})
    other = dict(zip(labels, [*labels[1:], labels[0]], strict=True))
    return [Rewrite(one.text, other[one.label], one.kind, "", ORIGIN) for one in found]


def cards(file: str) -> list[ClassCard]:
    """Return the recorded cards of a file."""
    said = json.loads((RECORDED / f"class_cards.{file}.json").read_text(encoding="utf-8"))
    origin = {"provenance": ORIGIN.to_dict()}
    return [ClassCard.from_dict({"label": name, **card, **origin}) for name, card in said.items()]


def taught(body: str, way: str, name: str, train: Rows, seed: int) -> TaughtTextClassifier:
    """Return a student taught by cards, or a control with as many texts or steps."""
    phrases = phrases_of(name, CARDS if way == STEPS else way)
    steps = default_steps(len(train.texts) + len(phrases)) if way == STEPS else "auto"
    student = TaughtTextClassifier(body, steps=steps, random_state=seed, precision="bfloat16")
    if way == ALONE:
        return student.fit([one.text for one in phrases], [one.label for one in phrases])
    return student.fit(train.texts, train.labels, rewrites=None if way == STEPS else phrases)
