"""How the tapes of these examples were made from the recorded scores.

    python examples/make_tape.py FOLDER SCORES.json

Needs the recorded scores, which lie outside the repository; the tapes are committed, so nobody
needs to run this again. It refuses when a question of the package differs from the recorded one.
"""

import json
import sys
from pathlib import Path

from tutelage.teacher.recording import record_feature_tape
from tutelage.teacher.tape import read_tape
from tutelage.teacher.task_card import TaskCard

MODEL = "recorded:large-language-model"
NOTE = (
    "Five independent answers per question of a large language model, recorded on {recorded}. It "
    "remarked that it knew most of these public tables, so a gain on this one is an upper bound "
    "for a private table. The user's message is the recorded one byte for byte; the system "
    "message and the answer's schema are what the package sends now and were not part of the "
    "recording. The answers hold the recorded scores; the reasoning before them was not kept. "
    "Token counts are estimated from the length of the texts."
)


def make_tape(folder: Path, recorded_file: Path) -> Path:
    recorded = json.loads(recorded_file.read_text(encoding="utf-8"))
    card = TaskCard.load(folder / "card.toml")
    answers = {label: given["estimates"] for label, given in recorded["classes"].items()}
    note = NOTE.format(recorded=recorded["recorded"])
    tape = record_feature_tape(
        folder / "answers.jsonl",
        card,
        answers,
        model=MODEL,
        recorded=recorded["recorded"],
        note=note,
    )
    for question, _ in read_tape(tape):
        asked = question.messages[-1].content
        wanted = recorded["classes"][question.about]["prompt"]
        if asked != wanted:
            tape.unlink()
            raise SystemExit(f"the question about {question.about!r} is not the recorded one")
    return tape


if __name__ == "__main__":
    print(make_tape(Path(sys.argv[1]), Path(sys.argv[2])))
