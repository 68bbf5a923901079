"""How the tape of this example was made from what lies under recorded/.

    python examples/intents/record.py [TAPE]

Puts the questions of `tutelage fit train.csv --target intent --text text --task "..."` to a teacher
that answers from the recorded files, writes questions and answers as a tape, and checks that a
replay gives the same lessons. The tape is committed: run this again only when a prompt of the
package, a recorded file or train.csv has changed.
"""

import csv
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.lessons import ClassCard, Rewrite, WordPrior
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.scripted_client import ScriptedClient, as_answer
from tutelage.teacher.tape import write_tape
from tutelage.teacher.teacher import Teacher

HERE = Path(__file__).parent
TASK = "Tell what a message to the help desk of a public library asks for."
MODEL = "recorded:large-language-model"
RECORDED = "2026-11-22"
NOTE = (
    "One answer to each question, written for this project by its authors with a language model, "
    "from the names of the intents and train.csv only. The same authors had written the test "
    "texts, so a gain on them is an upper bound for other texts. The answers were recorded before "
    "the package's wording of the questions; words were rated from 0 to 10. Token counts are "
    "estimated from the length of the texts."
)

NUMBERED = re.compile(r'^text (\d+), label ("(?:[^"\\]|\\.)*")(?:: |\n)(.*)$', re.MULTILINE)
UNLABELLED = re.compile(r'^text (\d+): (".*")$', re.MULTILINE)
WANTED = re.compile(r'^- (".*")$', re.MULTILINE)
TO_WRITE = "Write a card for each of these labels:"

Entry = dict[str, Any]
Lessons = tuple[
    tuple[ClassCard, ...],
    tuple[WordPrior | None, ...],
    tuple[Rewrite, ...],
]


@dataclass(frozen=True)
class Recorded:
    """What was recorded, by what a question quotes: label, (text, label), or text."""

    cards: Mapping[str, Entry]
    ratings: Mapping[tuple[str, str], Entry]
    rewrites: Mapping[tuple[str, str], Entry]
    labels: Mapping[str, str]

    def answer(self, question: Question) -> Answer:
        """Answer one question of the package."""
        asked = question.messages[-1].content
        given = {
            "class_cards": self._cards,
            "word_ratings": self._ratings,
            "rewrites": self._rewrites,
            "rewrite_check": self._labels,
        }[question.prompt.split("/")[0]](asked)
        estimated = as_answer(given, question)
        return Answer(estimated.text, estimated.usage, MODEL, "stop", recorded=RECORDED, note=NOTE)

    def _cards(self, asked: str) -> Entry:
        names = [json.loads(name) for name in WANTED.findall(asked.split(TO_WRITE)[1])]
        return {"cards": [{"label": name, **self.cards[name]} for name in names]}

    def _ratings(self, asked: str) -> Entry:
        entries = []
        for number, label, words in NUMBERED.findall(asked):
            said = self.ratings[" ".join(json.loads(words)), json.loads(label)]
            rated = {name: said[name] for name in ("words", "scores", "confusable")}
            entries.append({"text": int(number), **rated})
        return {"texts": entries}

    def _rewrites(self, asked: str) -> Entry:
        entries = []
        for number, label, text in NUMBERED.findall(asked):
            said = self.rewrites[json.loads(text), json.loads(label)]
            written = {name: said[name] for name in ("paraphrases", "distractors")}
            entries.append({"text": int(number), **written})
        return {"texts": entries}

    def _labels(self, asked: str) -> Entry:
        return {
            "texts": [
                {"text": int(number), "label": self.labels[json.loads(text)]}
                for number, text in UNLABELLED.findall(asked)
            ]
        }


def read_recorded(folder: Path) -> Recorded:
    ratings, rewrites, checks = (
        read_lines(folder / f"{name}.jsonl")
        for name in ("word_ratings", "rewrites", "rewrite_checks")
    )
    return Recorded(
        json.loads((folder / "class_cards.json").read_text(encoding="utf-8")),
        {(entry["text"], entry["label"]): entry for entry in ratings},
        {(entry["text"], entry["label"]): entry for entry in rewrites},
        {entry["text"]: entry["label"] for entry in checks},
    )


def read_lines(path: Path) -> list[Entry]:
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def read_training_rows() -> tuple[list[str], list[str]]:
    with (HERE / "train.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row["text"] for row in rows], [row["intent"] for row in rows]


def ask_everything(teacher: Teacher) -> Lessons:
    """Ask exactly as `tutelage fit` does: the same texts in the same order, the same portions."""
    texts, labels = read_training_rows()
    classes = sorted(set(labels))
    return (
        teacher.class_cards(classes, task=TASK),
        teacher.word_priors(texts, labels, classes, task=TASK),
        teacher.rewrites(texts, labels, classes, task=TASK),
    )


def without_origin(lessons: Lessons) -> list[list[Entry]]:
    """Return the lessons as plain values; who said it and when is left out."""
    return [[lesson.to_dict() for lesson in kind if lesson is not None] for kind in lessons]


def make_tape(path: Path) -> Path:
    recorded = read_recorded(HERE / "recorded")
    client = ScriptedClient(recorded.answer, name=MODEL)
    with Teacher(client, workers=1, attempts=1) as teacher:
        taught = ask_everything(teacher)
        write_tape(path, teacher.store.exchanges(), note=NOTE)
    with Teacher(f"tape:{path}") as teacher:
        replayed = ask_everything(teacher)
    if without_origin(replayed) != without_origin(taught):
        raise SystemExit(f"a replay of {path} gives other lessons than those recorded")
    return path


if __name__ == "__main__":
    print(make_tape(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "tape.jsonl"))
