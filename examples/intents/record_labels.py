"""How the tape of labels and reasons was made from recorded/labels_and_reasons.jsonl.

    python examples/intents/record_labels.py [TAPE]

Puts the questions of `tutelage fit train.csv --text text --classes classes.json --task "..."` to a
teacher that answers from the recorded file, and writes questions and answers as a tape. It is
committed: run this again only when a prompt of the package, classes.json or train.csv has changed.
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


def make_tape(path: Path) -> Path:
    recorded = HERE / "recorded" / "labels_and_reasons.jsonl"
    lines = [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]
    said = {line["text"]: {k: line[k] for k in ("label", "rationale")} for line in lines}
    classes = json.loads((HERE / "classes.json").read_text(encoding="utf-8"))
    with (HERE / "train.csv").open(encoding="utf-8", newline="") as stream:
        texts = [row["text"] for row in csv.DictReader(stream)]

    def answer(question: Question) -> Answer:
        asked = question.messages[-1].content
        [text] = [text for text in texts if f"\n{text}\n" in asked]
        given = as_answer(said[text], question)
        return Answer(given.text, given.usage, MODEL, "stop", recorded=RECORDED, note=NOTE)

    with Teacher(ScriptedClient(answer, name=MODEL), workers=1, attempts=1) as teacher:
        lessons = teacher.rationales(texts, classes, task=TASK)
        write_tape(path, teacher.store.exchanges(), note=NOTE)
    with Teacher(f"tape:{path}") as teacher:
        replayed = teacher.rationales(texts, classes, task=TASK)
    pairs = [(lesson.label, lesson.rationale) for lesson in replayed]
    if pairs != [(lesson.label, lesson.rationale) for lesson in lessons]:
        raise SystemExit(f"a replay of {path} gives other lessons than those recorded")
    return path


if __name__ == "__main__":
    print(make_tape(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "labels_tape.jsonl"))
