"""`tutelage train --text`: a student from lessons that are there already."""

import numpy as np
import pytest
from tests.cli.text_cases import TASK, TEST_TEXTS, rows_of, write_tape, write_texts
from tests.students.tiny_encoders import tiny_encoder

from tutelage.students import load


@pytest.fixture
def files(tmp_path, run):
    """Texts, an encoder, and lessons written by teach."""
    write_texts(tmp_path / "train.csv")
    write_tape(tmp_path / "tape.jsonl")
    for part in tiny_encoder():
        part.save_pretrained(tmp_path / "encoder")
    taught = run(
        "teach", tmp_path / "train.csv", "--target", "intent", "--text", "said", "--task", TASK,
        "--teacher", f"tape:{tmp_path / 'tape.jsonl'}", "--out", tmp_path / "lessons",
    )  # fmt: skip
    assert taught.code == 0, taught.err
    return tmp_path


@pytest.fixture
def train(run, files):
    def run_train(*more, out="model"):
        return run(
            "train", files / "train.csv", "--target", "intent", "--text", "said",
            "--encoder", files / "encoder", "--steps", 3, "--out", files / out, *more,
        )  # fmt: skip

    return run_train


def test_what_was_taught_is_trained_on_without_a_teacher(train, files):
    done = train("--lessons", files / "lessons")
    assert done.code == 0, done.err
    assert "Trained on labels and all lessons." in done.err
    texts = [text for text, _ in rows_of(TEST_TEXTS)]
    assert load(files / "model").predict_proba(texts).shape[0] == len(texts)


def test_without_lessons_it_is_the_plain_student(train, files):
    plain, taught = train(out="plain"), train("--lessons", files / "lessons", out="taught")
    assert plain.code == taught.code == 0
    assert "Trained on labels only." in plain.err
    texts = [text for text, _ in rows_of()]
    one, other = (load(files / name).predict_proba(texts) for name in ("plain", "taught"))
    assert not np.allclose(one, other)


def test_options_of_tables_are_refused(train, files):
    refused = train("--prior", files / "prior.jsonl", "--kind", "regression")
    assert refused.code == 2
    assert "leave out what is for tables only: --prior, --kind" in refused.err
    assert not (files / "model").exists()


def test_a_folder_without_lessons_is_refused(train, files):
    (files / "nothing").mkdir()
    refused = train("--lessons", files / "nothing")
    assert refused.code == 2
    assert "class_cards.jsonl" in refused.err
