"""tutelage compare: tables and texts, costs, files, and what it refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import made_table
from tests.students.tiny_encoders import tiny_encoder

from tutelage.lessons import FeaturePrior, Provenance, Rationale
from tutelage.report.text_record import TEXT_FORMAT
from tutelage.students import load
from tutelage.students.regression import TaughtRegressor
from tutelage.students.seq2seq import RationaleStudent
from tutelage.students.tabular import TaughtClassifier
from tutelage.students.text import TaughtTextClassifier

TEXTS = [f"{start} {end}" for start in ("set the alarm for", "play the music at")
         for end in ("six", "seven", "me", "tomorrow")]  # fmt: skip
LABELS = ["alarm"] * 4 + ["music"] * 4


@pytest.fixture
def patients(tmp_path):
    """A plain and a taught model of patients, and a file of other patients."""
    train = made_table(60, seed=0)
    X, y = train.drop(columns="ill"), train["ill"]
    prior = FeaturePrior.from_scores(
        {"yes": {"fever": [9], "cough": [4]}},
        scale=10,
        provenance=Provenance(teacher="person", cost_usd=0.25),
    )
    TaughtClassifier().fit(X, y).save(tmp_path / "plain")
    TaughtClassifier(prior).fit(X[["fever", "cough"]], y).save(tmp_path / "taught")
    made_table(200, seed=1).to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


@pytest.fixture
def texts(tmp_path):
    """Two tiny text models, one hardly trained, and a file of other texts."""
    place = tmp_path / "encoder"
    for part in tiny_encoder():
        part.save_pretrained(place)
    for name, steps in (("short", 1), ("long", 30)):
        model = TaughtTextClassifier(f"static:{place}", steps=steps, random_state=0)
        model.fit(TEXTS, LABELS).save(tmp_path / name)
    rows = pd.DataFrame({"text": [f"{text} today" for text in TEXTS], "intent": LABELS})
    rows.to_csv(tmp_path / "texts.csv", index=False)
    return tmp_path


def test_models_of_tables_are_compared_with_their_costs(run, patients):
    result = run("compare", "plain", "taught", "--data", "test.csv", "--target", "ill", "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert [model["name"] for model in found["models"]] == ["plain", "taught"]
    assert found["n_rows"] == 200
    costs = [model["cost"] for model in found["models"]]
    assert costs[0]["teacher_usd"] is None
    assert costs[1]["teacher_usd"] == 0.25
    for folder, cost in zip(("plain", "taught"), costs, strict=True):
        size = sum(entry.stat().st_size for entry in (patients / folder).iterdir())
        assert cost["megabytes"] == pytest.approx(size / 1e6)
        assert cost["predict_ms_per_row"] > 0
        assert cost["train_seconds"] is None


def test_models_of_texts_are_compared(run, texts):
    result = run("compare", "short", "long", "--data", "texts.csv", "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert found["classes"] == ["alarm", "music"]
    assert found["models"][1]["estimates"][1]["value"] == 1.0
    assert found["models"][0]["cost"]["teacher_usd"] is None
    result = run("compare", "short", "long", "--data", "texts.csv", "--target", "text")
    assert result.code == 2
    result = run("compare", "short", "long", "--data", "texts.csv", "--text", "intent",
                 "--target", "intent")  # fmt: skip
    assert "--text and --target must name two columns" in result.err


@pytest.fixture
def reasons(texts):
    """A tiny student of labels and reasons beside the text models."""
    lessons = [
        Rationale.of(text, label, f"the text is about the {label}")
        for text, label in zip(TEXTS, LABELS, strict=True)
    ]
    model = RationaleStudent(str(texts / "encoder"), steps=2, decoder_layers=1)
    model.fit(TEXTS, lessons).save(texts / "reasons")
    return texts


def test_a_student_that_writes_reasons_is_compared_by_its_labels(run, reasons):
    result = run("compare", "long", "reasons", "--data", "texts.csv", "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    [other] = [model for model in found["models"] if model["name"] == "reasons"]
    rows = pd.read_csv("texts.csv")
    said = load(reasons / "reasons").predict(list(rows["text"]))
    accuracy = [one["value"] for one in other["estimates"] if one["metric"] == "accuracy"]
    assert accuracy == [pytest.approx((said == rows["intent"]).mean())]
    size = sum(entry.stat().st_size for entry in (reasons / "reasons").iterdir())
    assert other["cost"]["megabytes"] == pytest.approx(size / 1e6)
    assert other["cost"]["predict_ms_per_row"] > 0
    assert other["cost"]["teacher_usd"] is None


def test_students_that_choose_among_answers_of_each_input_are_refused(run, reasons):
    asked = [(text, ["alarm", "music"]) for text in TEXTS]
    lessons = [Rationale.of(one, label) for one, label in zip(asked, LABELS, strict=True)]
    model = RationaleStudent(str(reasons / "encoder"), steps=1, decoder_layers=1, explain_weight=0)
    model.fit(asked, lessons).save(reasons / "choices")
    for command in ("compare", "attack"):
        more = ("--target", "intent") if command == "attack" else ()
        result = run(command, "long", "choices", "--data", "texts.csv", *more)
        assert result.code == 2
        assert "choices must hold a model with the same classes for all texts" in result.err


def test_pairs_of_texts_are_joined_as_they_were_learned(run, reasons):
    rows = pd.read_csv(reasons / "texts.csv")
    pairs = rows.assign(second="it is on")
    pairs.to_csv(reasons / "pairs.csv", index=False)
    joined = [f"premise: {text}\nhypothesis: it is on" for text in rows["text"]]
    rows.assign(text=joined).to_csv(reasons / "joined.csv", index=False)
    one = run("compare", "long", "reasons", "--data", "pairs.csv", "--text2", "second", "--json")
    other = run("compare", "long", "reasons", "--data", "joined.csv", "--json")
    assert one.code == other.code == 0, one.err + other.err
    estimates = [
        [model["estimates"] for model in json.loads(found.out)["models"]] for found in (one, other)
    ]
    assert estimates[0] == estimates[1]
    for second, message in (
        ("intent", "--text2 and --target must name two columns, got 'intent' for both"),
        ("secnd", "has no column 'secnd'. Did you mean 'second'?"),
    ):
        result = run("compare", "long", "reasons", "--data", "pairs.csv", "--text2", second,
                     "--target", "intent")  # fmt: skip
        assert result.code == 2
        assert message in result.err


def test_the_cost_of_a_text_model_is_that_of_the_lessons_it_used(run, texts):
    (texts / "run").mkdir()
    (texts / "long").rename(texts / "run" / "model")
    record = {
        "format": TEXT_FORMAT,
        "taught": "cards and rewrites",
        "variants": [
            {"name": "plain", "lessons": [], "seconds": 9.0},
            {"name": "cards and rewrites", "lessons": ["cards", "rewrites"], "seconds": 3.5},
        ],
        "lessons": [
            {"kind": "cards", "recorded_usd": 0.25},
            {"kind": "rewrites", "recorded_usd": 0.5},
            {"kind": "ratings", "recorded_usd": 4.0},
        ],
    }
    (texts / "run" / "record.json").write_text(json.dumps(record))
    result = run("compare", "run/model", "short", "--data", "texts.csv", "--json")
    assert result.code == 0, result.err
    cost = json.loads(result.out)["models"][0]["cost"]
    assert (cost["train_seconds"], cost["teacher_usd"]) == (3.5, 0.75)


def test_the_table_says_who_is_better_and_how_sure_that_is(run, patients):
    result = run("compare", "plain", "taught", "--data", "test.csv", "--metric", "log_loss",
                 "--target", "ill", "--bootstrap", 200)  # fmt: skip
    assert result.code == 0, result.err
    assert "2 models on 200 rows of test.csv" in result.out
    assert "taught" in result.out
    assert "Log loss, lower is better" in result.out
    assert "corrected for 1 pair" in result.out
    assert "95 % interval" in result.out


def test_the_target_is_the_column_that_no_model_reads(run, patients):
    assert run("compare", "plain", "taught", "--data", "test.csv").code == 0
    (patients / "more.csv").write_text(made_table(20, seed=2).assign(note="x").to_csv(index=False))
    result = run("compare", "plain", "taught", "--data", "more.csv")
    assert result.code == 2
    assert "one column that no model reads, got 2 ('ill', 'note')" in result.err
    assert "--target" in result.err


def test_seconds_and_money_come_from_the_record_of_the_run(run, patients):
    (patients / "run").mkdir()
    (patients / "plain").rename(patients / "run" / "model")
    record = {"timings": {"training": 2.5}, "cost": {"recorded_usd": 0.125}}
    (patients / "run" / "record.json").write_text(json.dumps(record))
    result = run("compare", "run/model", "taught", "--data", "test.csv", "--json")
    cost = json.loads(result.out)["models"][0]["cost"]
    assert (cost["train_seconds"], cost["teacher_usd"]) == (2.5, 0.125)


def test_the_comparison_is_written_as_a_page_or_as_json(run, patients):
    for out in ("found.html", "found.json"):
        result = run("compare", "plain", "taught", "--data", "test.csv", "--out", out)
        assert result.code == 0, result.err
    page = (patients / "found.html").read_text()
    assert "2 models on 200 rows of test.csv" in page
    assert "<script" not in page
    assert json.loads((patients / "found.json").read_text())["metric"] == "accuracy"
    result = run("compare", "plain", "taught", "--data", "test.csv", "--out", "found.pdf")
    assert result.code == 2
    assert "--out must end in .html or .json, got 'found.pdf'" in result.err


def test_rows_without_a_label_are_left_out(run, patients):
    rows = made_table(30, seed=3)
    rows.loc[:4, "ill"] = None
    rows.to_csv(patients / "some.csv", index=False)
    result = run("compare", "plain", "taught", "--data", "some.csv", "--target", "ill", "--json")
    assert json.loads(result.out)["n_rows"] == 25
    assert "5 of 30 rows have no label" in result.err


def test_models_of_numbers_are_compared(run, tmp_path):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60)})
    rows["y"] = rows["a"] + 0.1 * rng.normal(size=60)
    TaughtRegressor().fit(rows[["a"]], rows["y"]).save(tmp_path / "good")
    TaughtRegressor().fit(rows[["b"]], rows["y"]).save(tmp_path / "bad")
    rows.to_csv(tmp_path / "test.csv", index=False)
    result = run("compare", "good", "bad", "--data", "test.csv", "--metric", "rmse", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["pairs"][0]["verdict"] == "better"


def test_models_of_other_classes_are_refused(run, patients):
    train = made_table(60, seed=0)
    y = np.where(train["fever"] > 38, "perhaps", train["ill"])
    TaughtClassifier().fit(train.drop(columns="ill"), y).save(patients / "three")
    result = run("compare", "plain", "three", "--data", "test.csv")
    assert result.code == 2
    assert "three has also ['perhaps'], compared with plain" in result.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.assign(ill="yes"), "The 200 test rows are all of the class 'yes'"),
        (lambda rows: rows.assign(ill="maybe"), "plain cannot be scored on test.csv: Labels must"),
        (lambda rows: rows.assign(ill=None), "every cell of the target 'ill' is empty"),
        (lambda rows: rows.drop(columns="job"), "has no column 'job'"),
    ],
)
def test_test_rows_that_cannot_be_used_say_why(run, patients, change, message):
    path = patients / "test.csv"
    change(pd.read_csv(path)).to_csv(path, index=False)
    result = run("compare", "plain", "taught", "--data", "test.csv", "--target", "ill")
    assert result.code == 2
    assert message in result.err


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (["plain"], "at least two models, got 1"),
        (["plain", "./plain"], "named once"),
        (["plain", "nowhere"], "nowhere is not a model folder"),
    ],
)
def test_folders_that_cannot_be_compared_say_why(run, patients, folders, message):
    result = run("compare", *folders, "--data", "test.csv")
    assert result.code == 2
    assert message in result.err


@pytest.fixture
def runs(texts):
    """Three runs of a setting that learned, and two of one that hardly did."""
    for name, steps, seeds in (("long", 30, range(3)), ("short", 1, range(2))):
        for seed in seeds:
            model = TaughtTextClassifier(
                f"static:{texts / 'encoder'}", steps=steps, random_state=seed
            )
            model.fit(TEXTS, LABELS).save(texts / "runs" / f"{name}-{seed}")
    return texts


GROUPS = ("--group", "long=runs/long-*", "--group", "short=runs/short-*")


def test_settings_are_compared_by_all_of_their_runs(run, runs):
    result = run("compare", *GROUPS, "--data", "texts.csv", "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert [len(row["runs"]) for row in found["settings"]] == [3, 2]
    assert [(pair["first"], pair["second"]) for pair in found["pairs"]] == [("long", "short")]
    assert found["settings"][0]["cost"]["megabytes"] > 0
    assert "Fewer than 5 runs of long (3), short (2)" in found["notes"][-1]
    result = run("compare", *GROUPS, "--data", "texts.csv", "--out", "found.html")
    assert "2 settings on 8 rows of texts.csv" in result.out
    page = (runs / "found.html").read_text()
    assert "2 settings on 8 rows of texts.csv" in page
    assert "resample rows and runs" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (GROUPS[:2], "at least two groups, got 1"),
        ((*GROUPS, "long"), "one by one or in groups, not both"),
        (("--group", "a=nowhere-*", *GROUPS), "--group a matches no folder"),
        (("--group", "runs/long-*", *GROUPS), "--group must be NAME=FOLDERS"),
        (("--group", "long=runs/*", *GROUPS), "each name once"),
        (("--group", "all=runs/*", *GROUPS), "named once"),
    ],
)
def test_groups_that_cannot_be_compared_say_why(run, runs, arguments, message):
    result = run("compare", *arguments, "--data", "texts.csv")
    assert result.code == 2
    assert message in result.err
