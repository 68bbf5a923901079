"""The shipped tape of labels, reasons and cards answers the command of the how-to, offline."""

import json
from pathlib import Path

import pytest
from tests.students.tiny_encoders import tiny_encoder

from tutelage.lessons import load_lessons

EXAMPLE = Path(__file__).parents[2] / "examples" / "intents"
TASK = "Tell what a message to the help desk of a public library asks for."


@pytest.fixture
def encoder(tmp_path):
    for part in tiny_encoder():
        part.save_pretrained(tmp_path / "encoder")
    return tmp_path / "encoder"


def test_the_shipped_tape_labels_and_explains_every_training_text(run, encoder, tmp_path):
    done = run(
        "fit", EXAMPLE / "train.csv", "--text", "text", "--classes", EXAMPLE / "classes.json",
        "--task", TASK, "--teacher", f"tape:{EXAMPLE / 'labels_tape.jsonl'}", "--test",
        EXAMPLE / "test.csv", "--encoder", encoder, "--steps", 2, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["data"]["n_labelled"], found["data"]["n_test"]) == (72, 312)
    assert {one["n_reasons"] for one in found["classes"]} == {6}
    assert found["quality"]["n_reasons"] == 72
    names = [one["name"] for one in found["variants"]]
    assert names == ["student", "labels only", "majority class", "TF-IDF + logistic"]
    assert (found["cards"]["n_lessons"], found["cards"]["n_calls"]) == (12, 1)
    cards = load_lessons(tmp_path / "tutelage-out/lessons/class_cards.jsonl")
    written = json.loads((EXAMPLE / "recorded" / "class_cards.json").read_text())
    assert {card.label: list(card.cues) for card in cards} == {
        name: card["cues"] for name, card in written.items()
    }
    assert "an upper bound for other texts" in cards[0].provenance.notes
    lessons = load_lessons(tmp_path / "tutelage-out/lessons/rationales.jsonl")
    assert "a language model" in lessons[0].provenance.notes
    recorded = (EXAMPLE / "recorded" / "labels_and_reasons.jsonl").read_text().splitlines()
    said = [json.loads(line) for line in recorded]
    assert [(one.text, one.label, one.rationale) for one in lessons] == [
        (line["text"], line["label"], line["rationale"]) for line in said
    ]
