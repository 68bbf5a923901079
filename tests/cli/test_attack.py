"""tutelage attack: the suite on saved models, files of one's own, pages, and what it refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import made_table
from tests.students.tiny_encoders import tiny_encoder

from tutelage.lessons import Rationale
from tutelage.students import load
from tutelage.students.seq2seq import RationaleStudent
from tutelage.students.tabular import TaughtClassifier
from tutelage.students.text import TaughtTextClassifier

TEXTS = [f"{start} {end}" for start in ("set the alarm for", "play the music at")
         for end in ("six", "seven", "me", "tomorrow")]  # fmt: skip
LABELS = ["alarm"] * 4 + ["music"] * 4
DATA = ("--data", "test.csv", "--target", "intent")
SMALL = ("--attacks", "case,typo_swap", "--strengths", "0.5", "--bootstrap", "50")


@pytest.fixture
def texts(tmp_path):
    """Two tiny text models, training texts, and a file of other texts."""
    place = tmp_path / "encoder"
    for part in tiny_encoder():
        part.save_pretrained(place)
    for name, steps in (("short", 1), ("long", 30)):
        model = TaughtTextClassifier(f"static:{place}", steps=steps, random_state=0)
        model.fit(TEXTS, LABELS).save(tmp_path / name)
    rows = pd.DataFrame({"text": TEXTS, "intent": LABELS})
    rows.to_csv(tmp_path / "train.csv", index=False)
    rows.assign(text=rows["text"] + " today").to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


def test_several_models_are_attacked_with_the_same_texts(run, texts):
    result = run("attack", "short", "long", *DATA, "--train", "train.csv", "--plain", "short",
                 "--strengths", "0.5", "--bootstrap", "50", "--json")  # fmt: skip
    assert result.code == 0, result.err
    [found] = json.loads(result.out)
    assert found["texts"] == "test.csv"
    assert [model["name"] for model in found["models"]] == ["short", "long"]
    names = [one["name"] for one in found["models"][0]["result"]["attacks"]]
    assert {"keyword_addition", "keyword_replacement", "label_words", "case"} <= set(names)
    assert found["lexicon"] == "log-odds in 8 training texts; confusions of TaughtTextClassifier"
    assert {one["reference"] for one in found["differences"]} == {"short"}
    points = found["models"][1]["fan"][0]["points"]
    assert [point["strength"] for point in points] == [0.0, 0.3, 0.5]


def test_a_student_that_writes_reasons_is_attacked_by_its_labels(run, texts):
    lessons = [Rationale.of(text, label, f"it is about the {label}")
               for text, label in zip(TEXTS, LABELS, strict=True)]  # fmt: skip
    model = RationaleStudent(str(texts / "encoder"), steps=2, decoder_layers=1)
    model.fit(TEXTS, lessons).save(texts / "reasons")
    result = run("attack", "long", "reasons", *DATA, *SMALL, "--json")
    assert result.code == 0, result.err
    [found] = json.loads(result.out)
    [other] = [one["result"] for one in found["models"] if one["name"] == "reasons"]
    rows = pd.read_csv("test.csv")
    said = load(texts / "reasons").predict(list(rows["text"]))
    assert other["clean"]["value"] == pytest.approx((said == rows["intent"]).mean())
    assert any("has no word_attributions: scores only" in text for text in other["notes"])


def test_the_tables_name_every_attack_and_how_far_labels_stay(run, texts):
    result = run("attack", "short", "long", *DATA, *SMALL)
    assert result.code == 0, result.err
    for text in ("short on 8 texts of test.csv", "Letters swapped", "8 of 8", "long is",
                 "Case: kept: a reader sees the same words.",
                 "corrected for all of these differences"):  # fmt: skip
        assert text in result.out.replace("long and short do not", "long is")
    assert "No training texts were given (--train)" in result.err


def test_the_page_and_the_json_are_written(run, texts):
    for out in ("found.html", "found.json"):
        result = run("attack", "long", *DATA, *SMALL, "--out", out)
        assert result.code == 0, result.err
        assert f"What was found is in {out}" in result.err
    page = (texts / "found.html").read_text()
    assert "1 model under attack" in page
    assert "<svg" in page
    assert json.loads((texts / "found.json").read_text())[0]["texts"] == "test.csv"


def test_texts_that_somebody_perturbed_are_read_with_their_usual_names(run, texts):
    rows = pd.DataFrame(
        {
            "perturbation": ["clean", "missing", "missing", "speech"],
            "level": [0.0, 0.2, 0.4, None],
            "text": ["set the alarm", "set alarm", "alarm", "sat the alarm"],
            "original_text": ["set the alarm"] * 4,
            "label": ["alarm"] * 4,
        }
    )
    rows.to_csv(texts / "theirs.csv", index=False)
    result = run("attack", "long", "--perturbed", "theirs.csv", "--unperturbed", "clean", "--json")
    assert result.code == 0, result.err
    [found] = json.loads(result.out)
    assert found["texts"] == "theirs.csv"
    attacks = found["models"][0]["result"]["attacks"]
    assert [one["name"] for one in attacks] == ["missing 0.2", "missing 0.4", "speech"]
    assert "Every text is of the class 'alarm'" in found["models"][0]["result"]["notes"][0]
    both = run("attack", "long", "--perturbed", "theirs.csv", "--target", "label", "--json")
    assert both.code == 0, both.err


def test_both_kinds_of_texts_stand_on_one_page(run, texts):
    rows = pd.DataFrame({"clean": TEXTS, "perturbed": [t[1:] for t in TEXTS], "intent": LABELS})
    rows.to_csv(texts / "theirs.csv", index=False)
    result = run("attack", "long", *DATA, *SMALL, "--perturbed", "theirs.csv", "--out", "p.html")
    assert result.code == 0, result.err
    page = (texts / "p.html").read_text()
    assert "8 texts of test.csv" in page
    assert "8 texts of theirs.csv" in page


def test_at_most_so_many_texts_are_drawn_by_the_seed(run, texts):
    def asked(seed):
        result = run("attack", "long", *DATA, *SMALL, "--most-texts", "4", "--seed", seed, "--json")
        found = json.loads(result.out)[0]["models"][0]["result"]
        return found["n_texts"], found["clean"]["value"]

    assert asked(0)[0] == 4
    assert asked(0) == asked(0)


def test_words_of_another_language_come_from_a_table(run, texts):
    (texts / "words.csv").write_text("word,German\ntoday,heute\nalarm,Wecker\n")
    result = run("attack", "long", *DATA, "--dictionary", "words.csv", "--attacks",
                 "code_switching", "--strengths", "own", "--json")  # fmt: skip
    assert result.code == 0, result.err
    [attack] = json.loads(result.out)[0]["models"][0]["result"]["attacks"]
    assert (attack["name"], attack["n_changed"]) == ("code_switching", 8)
    (texts / "words.csv").write_text("word\ntoday\n")
    result = run("attack", "long", *DATA, "--dictionary", "words.csv")
    assert result.code == 2
    assert "must have two columns, a word and its translation, got 1" in result.err


def test_one_class_is_measured_with_a_warning(run, texts):
    pd.DataFrame({"text": TEXTS[:4], "intent": LABELS[:4]}).to_csv(texts / "one.csv", index=False)
    result = run("attack", "long", "--data", "one.csv", "--target", "intent", *SMALL)
    assert result.code == 0
    assert "warning: Every text is of the class 'alarm'" in result.err


def test_one_class_is_said_on_the_page_and_in_the_json_too(run, texts):
    pd.DataFrame({"text": TEXTS[:4], "intent": LABELS[:4]}).to_csv(texts / "one.csv", index=False)
    for name in ("p.html", "p.json"):
        result = run("attack", "long", "--data", "one.csv", "--target", "intent", *SMALL,
                     "--out", name)  # fmt: skip
        assert result.code == 0, result.err
        told = (texts / name).read_text().replace("&#39;", "'")
        assert "Every text is of the class 'alarm'" in told


def test_training_texts_of_one_class_give_no_keywords_and_their_file_is_named(run, texts):
    pd.DataFrame({"text": TEXTS[:4], "intent": LABELS[:4]}).to_csv(texts / "one.csv", index=False)
    result = run("attack", "long", *DATA, *SMALL, "--train", "one.csv")
    assert result.code == 2
    assert "one.csv gives no keywords to attack with" in result.err
    assert "got ['alarm']" in result.err


def test_a_file_in_which_nothing_was_perturbed_measures_nothing_and_says_so(run, texts):
    rows = pd.DataFrame({"clean": TEXTS, "perturbed": TEXTS, "intent": LABELS})
    rows.to_csv(texts / "same.csv", index=False)
    result = run("attack", "long", "--perturbed", "same.csv", "--target", "intent")
    assert result.code == 0, result.err
    assert "it changed none of the 8 texts" in result.err
    assert "nothing was measured" in result.err


def test_labels_that_a_model_lacks_are_refused_or_left_out(run, texts):
    rows = pd.DataFrame({"text": [*TEXTS, "stop"], "intent": [*LABELS, "stop"]})
    rows.to_csv(texts / "more.csv", index=False)
    result = run("attack", "long", "--data", "more.csv", "--target", "intent", *SMALL)
    assert result.code == 2
    assert "long does not know 'stop' (1 rows)" in result.err
    result = run("attack", "long", "--data", "more.csv", "--target", "intent", *SMALL,
                 "--skip-unknown")  # fmt: skip
    assert result.code == 0, result.err
    assert "1 of 9 texts of more.csv are of classes that a model lacks: left out." in result.err
    rows.assign(intent="stop").to_csv(texts / "none.csv", index=False)
    result = run("attack", "long", "--data", "none.csv", "--target", "intent", "--skip-unknown")
    assert result.code == 2
    assert "no label of 'intent' is a class of the models" in result.err


def test_texts_too_short_to_attack_say_so(run, texts):
    pd.DataFrame({"text": ["six", "me"], "intent": ["alarm", "music"]}).to_csv(
        texts / "short.csv", index=False
    )
    result = run("attack", "long", "--data", "short.csv", "--target", "intent", "--attacks",
                 "word_order,truncation")  # fmt: skip
    assert result.code == 2
    assert "No attack changes any of the 2 texts" in result.err
    result = run("attack", "long", "--data", "short.csv", "--target", "intent", "--attacks",
                 "word_order,case")  # fmt: skip
    assert result.code == 0
    assert "Word order: it changed none of the 2 texts" in result.err


def test_a_model_of_tables_is_refused(run, texts):
    train = made_table(40)
    y = np.where(train["ill"] == "yes", "alarm", "music")
    TaughtClassifier().fit(train[["fever"]], y).save(texts / "table")
    result = run("attack", "table", *DATA)
    assert result.code == 2
    assert "table must hold a model of texts, got TaughtClassifier" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "labelled test texts (--data and --target), a file of perturbed texts"),
        (("--data", "test.csv"), "name it with --target"),
        (("--perturbed", "x.csv", "--train", "train.csv"), "are for attacks on --data"),
        ((*DATA, "--plain", "short"), "--plain says which classes"),
        ((*DATA, "--out", "x.pdf"), "--out must end in .html or .json"),
        ((*DATA, "--attacks", "tipo_swap"), "did you mean 'typo_swap'?"),
        ((*DATA, "--attacks", "keyword_addition"), "Give --train for a lexicon"),
        ((*DATA, "--strengths", "0.1,2"), "--strengths must be shares above 0 up to 1"),
        ((*DATA, "--clean-column", "x"), "Columns of perturbed texts need their file"),
        (("--perturbed", "test.csv"), "where its texts before are"),
        (("--perturbed", "test.csv", "--clean-column", "txt"), "Did you mean 'text'?"),
        (("./long", *DATA), "named once"),
    ],
)
def test_what_cannot_be_run_says_why(run, texts, arguments, message):
    result = run("attack", "long", *arguments)
    assert result.code == 2
    assert message in result.err
