"""The table of reasons and students: properties from the lessons, accuracy from the raw lines."""

import rationale_and_student
from tutelage import Rationale
from zero_shot_lessons import CONSTANT

CUES = {"entailment": "same", "neutral": "perhaps", "contradiction": "never"}
LABELS = [*CUES] * 10


def test_a_row_holds_properties_and_accuracy():
    lessons = [
        Rationale.of(f"text {n}", label, f"It is {CUES[label]} so here.")
        for n, label in enumerate(LABELS)
    ]
    base = {0: {"right": "1100", "accuracy": 0.5}}
    runs = {0: {"right": "1110", "accuracy": 0.75}}
    row = rationale_and_student.row_of("reasons", lessons, runs, base)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == len(rationale_and_student.COLUMNS)
    assert cells[:4] == ["reasons", "1", "5", "1.0"]
    assert cells[7] == "100.0%"
    assert cells[-2] == "0.750"
    assert cells[-1].startswith("+0.250 [")


def test_reasons_that_say_nothing_have_a_row_too():
    lessons = [Rationale.of(f"text {n}", label, CONSTANT) for n, label in enumerate(LABELS)]
    row = rationale_and_student.row_of("a constant reason", lessons, {0: {"accuracy": 0.5}}, {})
    assert "| 33.3% |" in row
    silent = [lesson.without_rationale() for lesson in lessons]
    row = rationale_and_student.row_of("labels only", silent, {0: {"accuracy": 0.5}}, {})
    assert row.count("| - ") == 8
