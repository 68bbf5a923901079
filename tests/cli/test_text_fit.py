"""The text job, end to end, through the command line."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import Result
from tests.cli.text_cases import TASK, TEST_TEXTS, TEXTS, rows_of, write_tape, write_texts
from tests.students.tiny_encoders import tiny_encoder

from tutelage.cli import main
from tutelage.lessons import Provenance, load_lessons, save_lessons
from tutelage.students import load


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    for part in tiny_encoder():
        part.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    write_texts(folder / "train.csv")
    write_texts(folder / "test.csv", TEST_TEXTS)
    write_tape(folder / "tape.jsonl")
    return folder


@pytest.fixture(scope="module")
def fitted(files, encoder):
    """A whole run, made once; its folder is not changed."""
    out = files / "out"
    words = [
        "fit", files / "train.csv", "--target", "intent", "--text", "said", "--task", TASK,
        "--teacher", f"tape:{files / 'tape.jsonl'}", "--test", files / "test.csv",
        "--encoder", encoder, "--steps", 4, "--alignment", 1, "--out", out,
    ]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    return out


@pytest.fixture(scope="module")
def record(fitted):
    return json.loads((fitted / "record.json").read_text())


@pytest.fixture
def fit(run, files, encoder):
    """Run fit on the texts with more options."""

    def run_fit(*more, data=files / "train.csv", out="out") -> Result:
        return run(
            "fit", data, "--target", "intent", "--text", "said", "--encoder", encoder,
            "--steps", 2, "--quick", "--out", out, *more,
        )  # fmt: skip

    return run_fit


def test_a_text_job_leaves_a_model_lessons_a_record_and_a_report(fitted):
    assert {path.name for path in fitted.iterdir()} == {
        "model", "lessons", "record.json", "report.html",
    }  # fmt: skip
    assert {path.name for path in (fitted / "lessons").iterdir()} == {
        "class_cards.jsonl", "rewrites.jsonl", "word_ratings.jsonl",
    }  # fmt: skip


def test_every_lesson_alone_all_of_them_and_the_controls_are_compared(record):
    names = [variant["name"] for variant in record["variants"]]
    assert names == [
        "plain", "class cards", "rewrites", "word ratings", "everything", "shuffled words",
        "TF-IDF + logistic",
    ]  # fmt: skip
    assert {variant["n_steps"] for variant in record["variants"][:-1]} == {4}
    added = {variant["name"]: variant["n_texts"] - 12 for variant in record["variants"]}
    assert added["rewrites"] == 54
    assert added["class cards"] > 0
    assert added["word ratings"] > 0
    alone = added["class cards"] + added["rewrites"] + added["word ratings"]
    assert added["everything"] == alone
    assert added["shuffled words"] > added["rewrites"]
    assert record["taught"] == "everything"


def test_gains_are_paired_on_the_test_texts(record):
    values = {v["name"]: v["estimates"][0]["value"] for v in record["variants"]}
    for gain in record["gains"]:
        assert gain["difference"] == pytest.approx(values[gain["first"]] - values[gain["second"]])
        assert gain["n_pairs"] == 6
    assert (record["gains"][0]["first"], record["gains"][0]["second"]) == ("everything", "plain")


def test_the_record_says_what_each_lesson_took(record):
    lessons = {lesson["kind"]: lesson for lesson in record["lessons"]}
    assert list(lessons) == ["cards", "rewrites", "ratings"]
    assert lessons["cards"]["n_lessons"] == 3
    assert lessons["rewrites"]["n_lessons"] == 54
    assert lessons["rewrites"]["note"] == "6 more were read as another class and dropped"
    assert lessons["ratings"]["n_lessons"] == 12
    for lesson in lessons.values():
        assert lesson["status"] == "asked"
        assert lesson["tokens_in"] > 0
        assert lesson["usd"] == 0
        assert TASK in lesson["question"]
        assert lesson["answer"].startswith("{")


def test_both_attributions_are_named_beside_faithfulness(record):
    found = {(f["model"], f["result"]["trained_on"]) for f in record["faithfulness"]}
    assert found == {("plain", ""), ("everything", "integrated_gradients")}
    assert {f["result"]["attribution"] for f in record["faithfulness"]} == {"integrated_gradients"}


def test_texts_are_shown_with_the_words_of_every_source(record):
    shown = record["shown"][0]
    sources = [source["source"] for source in shown["sources"]]
    assert sources == ["word ratings", "class cards", "plain student", "taught student"]
    for source in shown["sources"]:
        words = [shown["text"][w["start"] : w["end"]] for w in source["words"]]
        assert words == shown["text"].split()


def test_sources_are_compared_with_one_another(record):
    pairs = {(a["first"], a["second"]): a["correlation"] for a in record["agreement"]}
    assert len(pairs) == 6
    assert pairs["word ratings", "class cards"] > pairs["word ratings", "plain student"]


def test_keywords_of_confused_classes_are_compared_by_source(record):
    found = {o["source"]: o["overlap"] for o in record["overlaps"]}
    assert set(found) == {"word ratings", "class cards", "plain student", "taught student"}
    assert found["word ratings"] < found["plain student"]


def test_the_saved_model_predicts_what_the_record_says(record, fitted):
    texts, labels = zip(*rows_of(TEST_TEXTS), strict=True)
    accuracy = np.mean(load(fitted / "model").predict(texts) == np.array(labels))
    everything = record["variants"][4]["estimates"][0]
    assert everything["value"] == pytest.approx(accuracy)


def test_a_second_run_reads_the_lessons_and_makes_the_same_model(fit, fitted, files, encoder, run):
    done = run(
        "fit", files / "train.csv", "--target", "intent", "--text", "said", "--lessons",
        fitted / "lessons", "--test", files / "test.csv", "--encoder", encoder, "--steps", 4,
        "--alignment", 1, "--quick", "--out", "again", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert {lesson["status"] for lesson in json.loads(done.out)["lessons"]} == {"read"}
    said = [run("predict", model, files / "test.csv", "--text", "said").out
            for model in (fitted / "model", "again/model")]  # fmt: skip
    assert said[0] == said[1]


def test_only_what_a_folder_of_lessons_lacks_is_asked_for(fit, fitted, files, tmp_path):
    shutil.copytree(fitted / "lessons", tmp_path / "some")
    (tmp_path / "some" / "class_cards.jsonl").unlink()
    done = fit("--lessons", tmp_path / "some", "--teacher", f"tape:{files / 'tape.jsonl'}",
               "--task", TASK, "--test", files / "test.csv", "--json")  # fmt: skip
    assert done.code == 0, done.err
    found = {lesson["kind"]: lesson["status"] for lesson in json.loads(done.out)["lessons"]}
    assert found == {"cards": "asked", "rewrites": "read", "ratings": "read"}


def test_ratings_of_two_teachers_in_one_file_are_compared(fit, fitted, files, tmp_path):
    shutil.copytree(fitted / "lessons", tmp_path / "both")
    path = tmp_path / "both" / "word_ratings.jsonl"
    first = load_lessons(path)
    other = [
        replace(one, scores=tuple(-s for s in one.scores), provenance=Provenance("Ann", "by hand"))
        for one in first
    ]
    save_lessons([*first, *other], path)
    done = fit("--lessons", "both", "--test", files / "test.csv")
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "out" / "record.json").read_text())["variation"]
    [row] = found["rows"]
    assert row["varied"] == "teacher and wording of the prompt"
    assert row["correlation"] == pytest.approx(-1)
    assert found["taught"] == "Ann, by hand"
    page = (tmp_path / "out" / "report.html").read_text()
    assert "order of the labels, repeats" in page


def test_one_teacher_asked_once_varied_nothing_and_the_report_is_silent(record, fitted):
    assert record["variation"] is None
    assert "sensitivity" not in (fitted / "report.html").read_text()


def test_quick_compares_the_plain_and_the_taught_student_only(fit, fitted, files):
    done = fit("--lessons", fitted / "lessons", "--ask", "cards", "--json")
    assert done.code == 0, done.err
    names = [variant["name"] for variant in json.loads(done.out)["variants"]]
    assert names == ["plain", "class cards", "TF-IDF + logistic"]
    assert [one["kind"] for one in json.loads(done.out)["lessons"]] == ["cards"]


def test_without_a_test_file_a_part_of_each_class_is_set_apart_and_never_sent(fit, run, tmp_path):
    done = fit("--teacher", "openai:gpt-4o-mini", "--budget", "0.0000001")
    assert "3 of the 12 texts of train.csv, a fifth of each class, set apart" in done.err


def test_what_the_budget_does_not_buy_is_named(fit):
    done = fit("--teacher", "openai:gpt-4o-mini", "--budget", "0.0000001")
    assert done.code == 2
    for kind in ("class cards", "rewrites", "word ratings"):
        assert f"{kind} may need 0.00" in done.err
    assert "No lesson was had" in done.err


def test_lessons_that_fit_the_budget_are_asked_for_in_the_order_in_which_they_pay(fit, files):
    done = fit("--teacher", f"tape:{files / 'tape.jsonl'}", "--task", TASK, "--test",
               files / "test.csv", "--budget", "0.01")  # fmt: skip
    assert done.code == 0, done.err
    table = done.out.split("What tape:")[1].split("On ")[0]
    order = [table.index(kind) for kind in ("class cards", "rewrites", "word ratings")]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "A text job needs lessons: give --teacher"),
        (("--teacher", "openai:x", "--ask", "card"), "--ask must be some of cards,rewrites,rat"),
        (("--lessons", "nowhere"), "--lessons must be a folder of lessons, got 'nowhere'"),
        (("--teacher", "openai:x", "--shots", "5"), "leave out what is for tables only: --shots"),
        (("--teacher", "openai:x", "--encoder", "nowhere"), "'nowhere' is none"),
    ],
)
def test_options_that_cannot_be_used_are_named_before_anything_is_asked(fit, options, message):
    done = fit(*options)
    assert done.code == 2
    assert message in done.err


def test_lessons_of_another_kind_in_a_file_are_refused(fit, fitted, tmp_path):
    (tmp_path / "some").mkdir()
    shutil.copy(fitted / "lessons/rewrites.jsonl", tmp_path / "some/class_cards.jsonl")
    done = fit("--lessons", tmp_path / "some")
    assert done.code == 2
    assert "class_cards.jsonl must hold class cards, got another kind" in done.err


def test_predict_writes_a_label_and_probabilities_that_sum_to_one(fitted, run, files, tmp_path):
    done = run("predict", fitted / "model", files / "test.csv", "--text", "said", "--out", "s.csv")
    assert done.code == 0, done.err
    said = pd.read_csv(tmp_path / "s.csv")
    np.testing.assert_allclose(said.filter(like="probability").sum(axis=1), 1, atol=3e-6)
    assert set(said["prediction"]) <= set(TEXTS)


def test_explain_prints_words_whose_contributions_sum_to_the_score(fitted, run, files):
    done = run("explain", fitted / "model", files / "test.csv", "--text", "said", "--row", 5,
               "--json")  # fmt: skip
    why = json.loads(done.out)
    assert [unit["unit"] for unit in why["units"]] == ["please", "stop", "it"]
    total = sum(unit["contribution"] for unit in why["units"]) + why["bias"]
    assert total == pytest.approx(why["score"], abs=1e-4)
    shown = run("explain", fitted / "model", files / "test.csv", "--text", "said", "--row", 5)
    assert "please" in shown.out
    assert "(no word)" in shown.out


def test_evaluate_scores_a_text_model(fitted, run, files, record):
    done = run("evaluate", fitted / "model", files / "test.csv", "--target", "intent", "--json")
    assert done.code == 0, done.err
    found = {e["metric"]: e["value"] for e in json.loads(done.out)["estimates"]}
    assert found["accuracy"] == record["variants"][4]["estimates"][0]["value"]


def test_the_column_of_texts_must_be_clear(fitted, run, files):
    done = run("predict", fitted / "model", files / "test.csv")
    assert done.code == 2
    assert "it has 2 columns ('said', 'intent') and none is called 'text'" in done.err


def test_a_row_that_is_not_there_is_named(fitted, run, files):
    done = run("explain", fitted / "model", files / "test.csv", "--text", "said", "--row", 99)
    assert done.code == 2
    assert "has 6 rows; there is no row 99" in done.err


def test_report_prints_a_text_record_again(fitted, run, tmp_path):
    done = run("report", fitted, "--out", "page.html")
    assert done.code == 0, done.err
    assert (tmp_path / "page.html").read_text() == (fitted / "report.html").read_text()


def test_cards_of_a_language_are_asked_for_and_a_tape_without_them_is_missed(fit, files):
    done = fit("--teacher", f"tape:{files / 'tape.jsonl'}", "--ask", "cards", "--languages", "Thai")
    assert done.code == 2
    assert "class_cards_in/v1" in done.err
