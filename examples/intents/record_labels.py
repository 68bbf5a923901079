"""How the tape of labels, reasons and class cards was made from what lies under recorded/.

    python examples/intents/record_labels.py [TAPE]

Puts the questions of `tutelage fit train.csv --text text --classes classes.json --task "..."` to a
teacher that answers from labels_and_reasons.jsonl and class_cards.json, and writes questions and
answers as a tape. It is committed: run this again only when a prompt of the package, classes.json
or train.csv has changed.
"""

import csv
import json
import sys
from pathlib import Path

from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.scripted_client import ScriptedClient, as_answer
from tutelage.teacher.tape import write_tape
from tutelage.teacher.teacher import Teacher

HERE = Path(__file__).parent
TASK = "Tell what a message to the help desk of a public library asks for."
MODEL = "recorded:large-language-model"
RECORDED = "2026-11-22"
NOTE = (
    "One answer per text, written for this project by one of its authors, a language model, from "
    "the texts in mixed order and the meanings of the intents, without the column of intents, of "
    "which six rows had been seen before. All 72 labels turned out to be those of that column, "
    "which says little: the texts were written by the same authors. Token counts are estimated "
    "from the length of the texts."
)
NOTE_ON_CARDS = (
    "Written for this project by its authors with a language model, from the names of the intents "
    "and train.csv with its intents, before the package's wording of the question. The same "
    "authors wrote the test texts, so a gain on them is an upper bound for other texts. Token "
    "counts are estimated from the length of the texts."
)


def recorded_answer(given: object, question: Question, note: str) -> Answer:
    estimated = as_answer(given, question)
    return Answer(estimated.text, estimated.usage, MODEL, "stop", recorded=RECORDED, note=note)


def make_tape(path: Path) -> Path:
    recorded = HERE / "recorded" / "labels_and_reasons.jsonl"
    lines = [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]
    said = {line["text"]: {k: line[k] for k in ("label", "rationale")} for line in lines}
    written = json.loads((HERE / "recorded" / "class_cards.json").read_text(encoding="utf-8"))
    classes = json.loads((HERE / "classes.json").read_text(encoding="utf-8"))
    with (HERE / "train.csv").open(encoding="utf-8", newline="") as stream:
        texts = [row["text"] for row in csv.DictReader(stream)]

    cards = {"cards": [{"label": name, **written[name]} for name in classes]}

    def answer(question: Question) -> Answer:
        if question.prompt.startswith("class_cards/"):
            return recorded_answer(cards, question, NOTE_ON_CARDS)
        asked = question.messages[-1].content
        [text] = [text for text in texts if f"\n{text}\n" in asked]
        return recorded_answer(said[text], question, NOTE)

    with Teacher(ScriptedClient(answer, name=MODEL), workers=1, attempts=1) as teacher:
        lessons = teacher.rationales(texts, classes, task=TASK)
        described = teacher.class_cards(classes, task=TASK)
        write_tape(path, teacher.store.exchanges(), note=NOTE)
    with Teacher(f"tape:{path}") as teacher:
        replayed = teacher.rationales(texts, classes, task=TASK)
        again = teacher.class_cards(classes, task=TASK)
    pairs = [(lesson.label, lesson.rationale) for lesson in replayed]
    same_cards = [card.to_dict() for card in again] == [card.to_dict() for card in described]
    if pairs != [(lesson.label, lesson.rationale) for lesson in lessons] or not same_cards:
        raise SystemExit(f"a replay of {path} gives other lessons than those recorded")
    return path


if __name__ == "__main__":
    print(make_tape(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "labels_tape.jsonl"))
