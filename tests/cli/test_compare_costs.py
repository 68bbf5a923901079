"""What a run's record says of the model that was kept: its own time, and the answers it learned."""

import json
import math

import pytest
from tests.cli.text_cases import TEST_TEXTS, write_texts
from tests.cli.unlabelled_cases import CLASSES, SAID, TASK, describing, write_csv
from tests.students.tiny_encoders import tiny_encoder

from tutelage.cli.compare_costs import recorded_cost
from tutelage.report.unlabelled_record import UNLABELLED_FORMAT
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher


def unlabelled(usd=0.25, lessons=("rationales", "cards")):
    return {
        "format": UNLABELLED_FORMAT,
        "timings": {"training": 20.0},
        "variants": [
            {"name": "student", "lessons": list(lessons), "seconds": 3.5},
            {"name": "labels only", "lessons": ["rationales"], "seconds": 9.0},
        ],
        "asked": {"recorded_usd": usd},
        "cards": {"recorded_usd": usd},
    }


def test_without_labels_the_cost_is_that_of_the_kept_student_and_its_lessons():
    assert recorded_cost(unlabelled()) == (3.5, 0.5)
    assert recorded_cost(unlabelled(lessons=["rationales"])) == (3.5, 0.25)


def test_answers_without_a_price_are_of_unknown_cost_and_not_free():
    seconds, usd = recorded_cost(unlabelled(usd=0.0))
    assert seconds == 3.5
    assert math.isnan(usd)


def test_a_record_without_models_says_nothing():
    for kind in (UNLABELLED_FORMAT, "tutelage-text-record"):
        assert all(map(math.isnan, recorded_cost({"format": kind, "variants": None})))


@pytest.mark.parametrize("student", ["encoder", "rationale"])
def test_teacher_and_training_of_both_students_come_from_their_run(run, tmp_path, student):
    for part in tiny_encoder():
        part.save_pretrained(tmp_path / "encoder")
    write_csv(tmp_path / "texts.csv")
    write_texts(tmp_path / "few.csv", TEST_TEXTS)
    client = ScriptedClient(describing)
    with Teacher(client, name="openai:some-model", prices=(1, 1), answers="a.sqlite") as teacher:
        teacher.rationales(SAID, dict.fromkeys(CLASSES, ""), task=TASK)
        teacher.class_cards(dict.fromkeys(CLASSES, ""), task=TASK)
        teacher.store.export(tmp_path / "tape.jsonl")
    fit = (
        "fit", "texts.csv", "--text", "said", "--classes", ",".join(CLASSES), "--task", TASK,
        "--teacher", "tape:tape.jsonl", "--encoder", "encoder", "--steps", 2,
    )  # fmt: skip
    for out, more in (("own", ("--student", student)), ("other", ("--ask", "labels"))):
        assert run(*fit, "--out", out, *more).code == 0
    result = run("compare", "own/model", "other/model", "--data", "few.csv", "--text", "said",
                 "--json")  # fmt: skip
    assert result.code == 0, result.err
    own, other = (model["cost"] for model in json.loads(result.out)["models"])
    record = json.loads((tmp_path / "own/record.json").read_text())
    assert own["train_seconds"] == record["variants"][0]["seconds"]
    asked = record["asked"]["recorded_usd"] + record["cards"]["recorded_usd"]
    assert own["teacher_usd"] == pytest.approx(asked)
    assert (own["teacher_usd"] > other["teacher_usd"] > 0) is (student == "encoder")
