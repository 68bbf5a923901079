"""The job without labels, end to end, through the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.cli.text_cases import TEST_TEXTS, write_texts
from tests.cli.unlabelled_cases import (
    CLASSES,
    REASONS,
    SAID,
    TASK,
    TRUTH,
    helpful,
    text_of,
    write_csv,
    write_tape,
)
from tests.students.tiny_encoders import tiny_encoder

from tutelage import RationaleStudent, TaughtTextClassifier
from tutelage.cli import main
from tutelage.lessons import load_lessons, save_lessons
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
    write_csv(folder / "texts.csv")
    write_texts(folder / "few.csv", TEST_TEXTS)
    write_tape(folder / "tape.jsonl")
    return folder


def run_fit(files, encoder, out, *more):
    words = [
        "fit", files / "texts.csv", "--text", "said", "--classes", ",".join(CLASSES), "--task",
        TASK, "--teacher", f"tape:{files / 'tape.jsonl'}", "--encoder", encoder, "--steps", 3,
        "--out", out, *more,
    ]  # fmt: skip
    return main([str(word) for word in words])


@pytest.fixture(scope="module")
def fitted(files, encoder):
    """A whole run with a labelled file, made once; its folder is not changed."""
    assert run_fit(files, encoder, files / "out", "--test", files / "few.csv") == 0
    return files / "out"


@pytest.fixture(scope="module")
def reasoned(files, encoder):
    """A run with the student of labels and reasons, and without a labelled file."""
    assert run_fit(files, encoder, files / "reasoned", "--student", "rationale") == 0
    return files / "reasoned"


@pytest.fixture(scope="module")
def record(fitted):
    return json.loads((fitted / "record.json").read_text())


@pytest.fixture
def fit(run, files, encoder):
    """Run fit on the texts with more options, in an empty folder."""

    def fit_again(*more, data=files / "texts.csv", classes="set,query,cancel", out="out"):
        return run(
            "fit", data, "--text", "said", "--classes", classes, "--task", TASK, "--encoder",
            encoder, "--steps", 2, "--out", out, *more,
        )  # fmt: skip

    return fit_again


def test_the_job_leaves_a_model_lessons_a_record_and_a_report(fitted):
    assert {path.name for path in fitted.iterdir()} == {
        "model", "lessons", "record.json", "report.html",
    }  # fmt: skip
    lessons = load_lessons(fitted / "lessons" / "rationales.jsonl")
    assert [lesson.text for lesson in lessons] == SAID
    assert [lesson.label for lesson in lessons] == [TRUTH[text] for text in SAID]
    assert {lesson.rationale for lesson in lessons} == set(REASONS.values())


def test_the_record_counts_per_class_what_came_back(record):
    counted = {
        one["name"]: (one["n_texts"], one["n_asked"], one["n_reasons"], one["n_test"])
        for one in record["classes"]
    }
    assert counted == dict.fromkeys(CLASSES, (4, 4, 4, 2))
    assert record["data"]["n_labelled"] == 12
    assert record["asked"]["n_calls"] == 12
    assert sum(one["tokens"] for one in record["classes"]) == (
        record["asked"]["tokens_in"] + record["asked"]["tokens_out"]
    )
    assert TASK in record["asked"]["question"]


def test_the_student_is_compared_with_controls_that_learned_from_the_teacher(record, fitted):
    names = [variant["name"] for variant in record["variants"]]
    assert names == ["student", "majority class", "TF-IDF + logistic"]
    assert {variant["n_texts"] for variant in record["variants"]} == {12}
    assert [(gain["first"], gain["second"]) for gain in record["gains"]] == [
        ("student", "majority class"), ("student", "TF-IDF + logistic"),
    ]  # fmt: skip
    texts, truth = zip(*((t, x) for x, listed in TEST_TEXTS.items() for t in listed), strict=True)
    right = np.mean(load(fitted / "model").predict(texts) == np.array(truth))
    assert record["variants"][0]["estimates"][0]["value"] == pytest.approx(right)
    assert record["variants"][1]["estimates"][0]["value"] == pytest.approx(1 / 3)


def test_the_cost_per_point_is_the_cost_of_all_answers_over_the_points_gained(record):
    gain = record["gains"][0]["difference"]
    tokens = record["asked"]["tokens_in"] + record["asked"]["tokens_out"]
    if gain > 0:
        assert record["price"]["tokens"] == pytest.approx(tokens / (100 * gain))
    else:
        assert record["price"]["tokens"] is None


def test_with_no_gain_over_the_majority_class_there_is_no_cost_per_point(fit, files, tmp_path):
    def mostly_set(question):
        said = helpful(question)
        return {**said, "label": "set" if said["label"] == "query" else said["label"]}

    write_tape(tmp_path / "tape.jsonl", mostly_set)
    write_texts(tmp_path / "few.csv", {"set": ["wake me tomorrow", "set my alarm", "which is on"]})
    done = fit("--teacher", "tape:tape.jsonl", "--test", "few.csv")
    assert done.code == 0, done.err
    assert "no point of accuracy was gained over the majority class" in done.out
    price = json.loads((tmp_path / "out/record.json").read_text())["price"]
    assert price["points"] <= 0
    assert (price["usd"], price["tokens"]) == (None, None)


def test_nothing_is_assumed_about_the_teacher_on_texts_it_was_not_asked_about(record):
    assert record["teacher"] is None


def test_the_teacher_is_judged_on_labelled_texts_that_it_was_asked_about(fit, files, tmp_path):
    text = SAID[0]
    (tmp_path / "both.csv").write_text(f"said,intent\n{text},cancel\n{SAID[1]},set\nwake it,set\n")
    done = fit("--teacher", f"tape:{files / 'tape.jsonl'}", "--test", "both.csv", "--json")
    assert done.code == 0, done.err
    assert "2 of 3 texts of both.csv are training texts too" in done.err
    found = json.loads(done.out)["teacher"]
    assert (found["value"], found["n_rows"]) == (0.5, 2)


def test_without_labelled_texts_it_says_that_nothing_was_measured(fit, files, tmp_path):
    done = fit("--teacher", f"tape:{files / 'tape.jsonl'}")
    assert done.code == 0, done.err
    assert "Nothing was measured: nobody knows how good the student is." in done.err
    assert "Nothing was measured" in done.out
    assert "accuracy" not in done.out
    assert "Label a few dozen texts by hand" in (tmp_path / "out/report.html").read_text()


def test_the_plan_is_shown_before_anything_is_asked(fit, files):
    done = fit("--teacher", f"tape:{files / 'tape.jsonl'}")
    head, _, row = done.out.partition("at most\n")
    assert "What tape:tape.jsonl will be asked" in head
    assert row.split()[:3] == ["labels,", "reasons", "12"]


def test_a_budget_that_is_too_small_is_refused_before_anything_is_asked(fit):
    done = fit("--teacher", "openai:gpt-4o-mini", "--budget", "0.0000001")
    assert done.code == 2
    assert "The 12 texts themselves are sent to openai:gpt-4o-mini" in done.err
    assert "Labels and reasons may need 0.00" in done.err
    assert "Nothing was asked." in done.err


def test_a_share_of_the_texts_gets_a_reason(fit, tmp_path):
    write_tape(tmp_path / "half.jsonl", share=0.5)
    done = fit("--teacher", "tape:half.jsonl", "--share", "0.5", "--json")
    assert done.code == 0, done.err
    classes = json.loads(done.out)["classes"]
    assert sum(one["n_asked"] for one in classes) == 6
    assert sum(one["n_reasons"] for one in classes) == 6
    assert sum(one["n_texts"] for one in classes) == 12


def test_answers_that_differ_make_soft_targets_and_are_counted(fit, tmp_path):
    def wavering(question):
        label = TRUTH[text_of(question)]
        if text_of(question) == SAID[0] and question.sample == 1:
            label = "cancel"
        return {"label": label, "rationale": REASONS[label]}

    write_tape(tmp_path / "two.jsonl", wavering, samples=2)
    done = fit("--teacher", "tape:two.jsonl", "--samples", "2", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["data"]["n_unsure"] == 1
    first = load_lessons(tmp_path / "out/lessons/rationales.jsonl")[0]
    assert (first.label, first.confidence) == ("set", 0.5)


def test_lessons_that_are_there_are_read_and_make_the_same_model(fit, fitted, files, run):
    done = fit("--lessons", fitted / "lessons", "--steps", "3", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["asked"]["status"] == "read"
    said = [run("predict", model, files / "few.csv", "--text", "said").out
            for model in (fitted / "model", "out/model")]  # fmt: skip
    assert said[0] == said[1]


def test_texts_without_a_lesson_in_the_folder_are_left_out_and_counted(fit, fitted, tmp_path):
    lessons = load_lessons(fitted / "lessons" / "rationales.jsonl")
    (tmp_path / "some").mkdir()
    save_lessons(lessons[2:], tmp_path / "some" / "rationales.jsonl")
    done = fit("--lessons", "some", "--json")
    assert done.code == 0, done.err
    assert "2 of 12 texts have no lesson in some/rationales.jsonl" in done.err
    assert json.loads(done.out)["data"]["n_labelled"] == 10


def test_meanings_of_the_classes_come_from_a_file_and_reach_the_teacher(fit, tmp_path):
    meanings = {"set": "wants an alarm", "query": "asks", "cancel": "wants none"}
    (tmp_path / "c.json").write_text(json.dumps(meanings))
    (tmp_path / "c.toml").write_text(
        "[classes]\n" + "".join(f'{name} = "{text}"\n' for name, text in meanings.items())
    )
    for name in ("c.json", "c.toml"):
        done = fit("--teacher", "openai:gpt-4o-mini", "--budget", "0", classes=name)
        assert "Nothing was asked" in done.err
    from tutelage.cli.unlabelled_options import classes_of

    assert classes_of("c.json") == meanings


def test_a_class_that_no_text_was_put_into_is_named_and_still_known(fit, tmp_path, run):
    def never_query(question):
        said = helpful(question)
        return {**said, "label": "set" if said["label"] == "query" else said["label"]}

    write_tape(tmp_path / "tape.jsonl", never_query)
    write_texts(tmp_path / "few.csv", TEST_TEXTS)
    done = fit("--teacher", "tape:tape.jsonl", "--test", "few.csv", "--json")
    assert done.code == 0, done.err
    [told] = [text for text in json.loads(done.out)["warnings"] if "put no text into" in text]
    assert told == "The teacher put no text into query: the student can hardly say it."
    said = run("predict", "out/model", "few.csv", "--text", "said").out
    assert "probability of query" in said.split("\n")[0]


def test_a_table_with_labels_is_the_job_with_labels_and_refuses_classes(run, files):
    done = run("fit", files / "few.csv", "--target", "intent", "--text", "said", "--classes", "a,b")
    assert done.code == 2
    assert "has labels in 'intent', and --classes let the teacher label" in done.err


def test_a_target_that_only_the_labelled_file_has_names_its_column(fit, files, tmp_path):
    frame = pd.read_csv(files / "few.csv").assign(remark="x")
    frame.to_csv(tmp_path / "more.csv", index=False)
    tape = ("--teacher", f"tape:{files / 'tape.jsonl'}", "--test", "more.csv")
    done = fit(*tape)
    assert done.code == 2
    assert "beside 'said' it has 2 columns ('intent', 'remark')" in done.err
    done = fit(*tape, "--target", "intent")
    assert done.code == 0, done.err
    assert "On 6 labelled texts" in done.out


def test_both_students_predict_and_are_scored_from_their_folders(
    fitted, reasoned, run, files, tmp_path
):
    for out, kind in ((fitted, TaughtTextClassifier), (reasoned, RationaleStudent)):
        assert isinstance(load(out / "model"), kind)
        done = run("predict", out / "model", files / "few.csv", "--text", "said", "--out", "s.csv")
        assert done.code == 0, done.err
        said = pd.read_csv(tmp_path / "s.csv")
        np.testing.assert_allclose(said.filter(like="probability").sum(axis=1), 1, atol=3e-6)
        assert set(said["prediction"]) <= set(CLASSES)
        done = run("evaluate", out / "model", files / "few.csv", "--target", "intent", "--json")
        assert done.code == 0, done.err
        found = {e["metric"]: e["value"] for e in json.loads(done.out)["estimates"]}
        truth = pd.read_csv(files / "few.csv")["intent"]
        assert found["accuracy"] == pytest.approx((said["prediction"] == truth).mean())


def test_explain_gives_words_of_an_encoder_and_a_written_reason_of_the_other(
    fitted, reasoned, run, files
):
    asked = (files / "few.csv", "--text", "said", "--row", 2)
    assert "(no word)" in run("explain", fitted / "model", *asked).out
    done = run("explain", reasoned / "model", *asked)
    assert done.code == 0, done.err
    assert "reason: " in done.out
    assert "generated text, not an attribution" in done.err
    why = json.loads(run("explain", reasoned / "model", *asked, "--json").out)
    assert why["kind"] == "generated text, not an attribution"
    assert why["target"] in CLASSES
    assert 1 / 3 <= why["probability"] <= 1


def test_a_reason_is_written_only_for_the_class_that_is_predicted(reasoned, run, files):
    asked = ("--text", "said", "--row", 2, "--class", "set")
    done = run("explain", reasoned / "model", files / "few.csv", *asked)
    assert done.code == 2
    assert "leave out --class; got 'set'" in done.err


def test_pairs_of_texts_are_asked_about_learned_and_predicted(run, encoder, tmp_path):
    classes = ("entailment", "contradiction")
    pairs = [(f"it will rain {w}", f"rain is on {w}") for w in ("today", "tomorrow", "at six")]
    pairs += [(f"it will rain {w}", f"stop the music {w}") for w in ("today", "tomorrow", "at six")]
    labels = {pair: classes[n // 3] for n, pair in enumerate(pairs)}

    def answer(question):
        asked = question.messages[-1].content
        [pair] = [p for p in pairs if f"\n{p[1]}\n" in asked and f"\n{p[0]}\n" in asked]
        return {"label": labels[pair], "rationale": "one of them speaks of rain as well"}

    frame = pd.DataFrame(pairs, columns=["first", "second"])
    frame.to_csv(tmp_path / "pairs.csv", index=False)
    frame.assign(truth=list(labels.values())).to_csv(tmp_path / "few.csv", index=False)
    write_tape(tmp_path / "tape.jsonl", answer, pairs, classes)
    columns = ("--text", "first", "--text2", "second")
    done = run(
        "fit", "pairs.csv", *columns, "--classes", ",".join(classes), "--task", TASK, "--teacher",
        "tape:tape.jsonl", "--test", "few.csv", "--encoder", encoder, "--steps", 2,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "On 6 labelled texts" in done.out
    model = "tutelage-out/model"
    [one, *_] = pd.read_csv("few.csv").itertuples()
    done = run("predict", model, "few.csv", *columns, "--json")
    joined = f"premise: {one.first}\nhypothesis: {one.second}"
    chance = load(model).predict_proba([joined])[0]
    assert json.loads(done.out)[0]["probability of entailment"] == pytest.approx(chance[1])
    assert run("evaluate", model, "few.csv", *columns, "--target", "truth").code == 0
    done = run("explain", model, "few.csv", *columns, "--row", 1, "--json")
    assert "hypothesis:" in [unit["unit"] for unit in json.loads(done.out)["units"]]


def test_report_prints_the_record_again(fitted, run, tmp_path):
    done = run("report", fitted, "--out", "page.html")
    assert done.code == 0, done.err
    assert (tmp_path / "page.html").read_text() == (fitted / "report.html").read_text()
