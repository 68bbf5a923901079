"""A number to predict, end to end through the command line."""

import json

import numpy as np
import pandas as pd
import pytest

from tutelage import FeaturePrior, save_lessons
from tutelage.cli.labelled_table import kind_of
from tutelage.cli.number_target import telling_rows
from tutelage.students import load
from tutelage.students.regression import TaughtRegressor
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher

SCORES = {"rooms": 9, "kind": {"flat": 3, "hut": -3}, "year": 1}


def made_homes(n_rows=40, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "rooms": rng.integers(1, 8, n_rows),
            "kind": rng.choice(["flat", "hut"], n_rows),
            "year": rng.integers(1900, 2020, n_rows),
        }
    )
    frame["price"] = 50000.5 * frame["rooms"] + 20000 * (frame["kind"] == "flat")
    frame["price"] += rng.normal(0, 10000, n_rows)
    return frame


@pytest.fixture
def homes(tmp_path):
    path = tmp_path / "homes.csv"
    frame = made_homes()
    frame.loc[36:, "price"] = np.nan
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def fitted(run, homes, tmp_path):
    """A run from a tape; prices look like numbers, so no --kind is needed."""
    assert run("card", homes, "--target", "price", "--out", "c.toml").code == 0
    card = TaskCard.load(tmp_path / "c.toml")
    client = ScriptedClient([json.dumps(SCORES)] * 5)
    with Teacher(client, name="openai:some-model", answers=tmp_path / "made.sqlite") as teacher:
        teacher.feature_prior(card)
        teacher.store.export(tmp_path / "tape.jsonl")
    done = run(
        "fit", homes, "--target", "price", "--teacher", "tape:tape.jsonl", "--shots", "3,8",
        "--splits", 2, "--out", "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    return done


def test_the_teacher_is_asked_about_a_higher_number(run, homes):
    done = run("plan", homes, "--target", "price", "--teacher", "openai:gpt-4o-mini")
    assert done.code == 0, done.err
    assert 'The class you judge: "higher price"' in done.out
    assert run("card", homes, "--target", "price", "--out", "c.toml").code == 0
    assert TaskCard.load(homes.parent / "c.toml").classes == ("lower price", "higher price")


def test_fit_compares_and_reports_a_number(fitted, run, tmp_path):
    assert "R2 by labelled rows (mean of 2 paired splits)" in fitted.out
    for name in ("with prior", "no prior", "shuffled prior", "teacher alone", "ridge regression"):
        assert name in fitted.out
    assert "36 different numbers and is predicted as a number" in fitted.err
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert record["metric"] == "r2"
    assert record["curve"]["per_class"] is False
    assert [e["metric"] for e in record["evaluation"]["estimates"]] == ["r2", "rmse", "mae"]
    assert record["evaluation"]["estimates"][0]["value"] > 0.9
    assert {w["label"] for w in record["model"]["weights"]} == {"higher price"}
    assert record["model"]["kind"] == "TaughtRegressor, linear"


def test_the_page_speaks_of_numbers(fitted, run, tmp_path):
    page = (tmp_path / "out" / "report.html").read_text()
    assert "labelled rows" in page
    assert "labels per class" not in page
    assert "raises it" in page
    assert "An average row gets" in page
    assert "with probability" not in page
    assert run("report", "out").code == 0
    assert (tmp_path / "out" / "report.html").read_text() == page


def test_the_model_predicts_explains_and_is_evaluated(fitted, run, tmp_path):
    made_homes(30, seed=1).to_csv(tmp_path / "new.csv", index=False)
    assert run("predict", "out/model", "new.csv").out.startswith("prediction\n")
    why = json.loads(run("explain", "out/model", "new.csv", "--json").out)
    total = sum(unit["contribution"] for unit in why["units"]) + why["bias"]
    assert total == pytest.approx(why["score"])
    done = json.loads(run("evaluate", "out/model", "new.csv", "--target", "price", "--json").out)
    assert done["estimates"][0]["value"] > 0.9


def test_teach_then_train_is_the_same_model_as_fit(fitted, run, homes):
    taught = run("teach", homes, "--target", "price", "--teacher", "tape:tape.jsonl")
    assert taught.code == 0, taught.err
    trained = run("train", homes, "--target", "price", "--prior", "prior.jsonl", "--out", "m")
    assert trained.code == 0, trained.err
    same = [run("predict", model, homes).out for model in ("out/model", "m")]
    assert same[0] == same[1]


def test_numbers_can_be_taken_as_classes_and_classes_as_numbers(run, tmp_path):
    frame = pd.DataFrame({"x": range(60), "grade": [n % 3 for n in range(60)]})
    frame.to_csv(tmp_path / "grades.csv", index=False)
    as_number = run("train", "grades.csv", "--target", "grade", "--kind", "regression")
    assert as_number.code == 0, as_number.err
    assert run("predict", "model", "grades.csv").out.startswith("prediction\n")
    assert run("train", "grades.csv", "--target", "grade", "--out", "m").code == 0
    assert "probability of 2" in run("predict", "m", "grades.csv").out


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["yes", "no"], "classification"),
        ([True, False], "classification"),
        ([1.0, 2.0, 3.0], "classification"),
        ([0.5, 1.5], "classification"),
        ([0.5, 1.5, 2.5], "regression"),
        (list(range(20)), "classification"),
        (list(range(21)), "regression"),
        ([str(n) + " EUR" for n in range(30)], "classification"),
    ],
)
def test_what_a_target_looks_like(values, kind):
    assert kind_of(pd.Series(values)) == kind


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({"price": "cheap"}, ["--kind", "regression"], "must hold finite numbers; 40 of 40 cells"),
        ({"price": 7.5}, ["--kind", "regression"], "holds one value only, 7.5 (40 rows)"),
        ({"price": np.inf}, ["--kind", "regression"], "the first is inf"),
        ({"price": np.nan}, [], "every cell of the target 'price' is empty"),
        ({}, ["--kind", "number"], "--kind must be one of classification, regression"),
        ({}, ["--student", "trees"], "--student must be linear to predict a number, got trees"),
        ({}, ["--student", "forest"], "--student must be one of linear, mlp, trees, got forest"),
        ({}, ["--sensitive", "rooom"], "no sensitive column 'rooom'. Did you mean 'rooms'?"),
        ({"rooms": np.inf}, [], "'rooms' holds an infinite number"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_message(run, tmp_path, changes, options, message):
    made_homes().assign(**changes).to_csv(tmp_path / "homes.csv", index=False)
    done = run("train", "homes.csv", "--target", "price", *options)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "model").exists()


def test_a_card_about_classes_does_not_fit_a_number(run, homes, tmp_path):
    TaskCard("Price?", ["low", "middle", "high"], ["rooms"]).save(tmp_path / "c.toml")
    done = run("plan", homes, "--target", "price", "--card", "c.toml", "--teacher", "tape:no")
    assert done.code == 2
    assert "must have two classes, a lower and a higher price, got ['low', 'middle'" in done.err


def test_a_prior_of_three_classes_does_not_fit_a_number(run, homes, tmp_path):
    prior = FeaturePrior.from_scores({"a": {"rooms": 1}, "b": {"rooms": 2}, "c": {"rooms": 3}})
    save_lessons(prior, tmp_path / "p.jsonl")
    done = run("train", homes, "--target", "price", "--prior", "p.jsonl")
    assert done.code == 2
    assert "must have one class, a larger target, or two" in done.err


def test_a_column_that_orders_rows_as_the_target_does_is_suspected(run, tmp_path):
    frame = made_homes()
    frame.assign(tax=3 * frame["price"]).to_csv(tmp_path / "homes.csv", index=False)
    done = run("train", "homes.csv", "--target", "price")
    assert done.code == 0
    assert "'tax' tells the target exactly in every row" in done.err


def test_free_text_and_identifiers_are_left_out_with_a_warning(run, tmp_path):
    frame = made_homes()
    frame["comment"] = [f"A place like no other, number {n}." for n in range(40)]
    frame.to_csv(tmp_path / "homes.csv", index=False)
    done = run("train", "homes.csv", "--target", "price")
    assert done.code == 0, done.err
    assert "'comment' holds free text or identifiers and is left out of the model" in done.err
    assert load(tmp_path / "model").layout_.names == ("rooms", "kind", "year")
    frame[["comment", "price"]].to_csv(tmp_path / "text.csv", index=False)
    refused = run("train", "text.csv", "--target", "price")
    assert refused.code == 2
    assert "every column holds free text or identifiers: ['comment']" in refused.err


def test_the_rows_shown_are_the_extremes_the_middle_and_the_worst():
    frame = made_homes()
    frame.loc[7, "price"] = 1e7
    rows = frame.drop(columns="price")
    student = TaughtRegressor(loss="absolute").fit(rows, frame["price"])
    said = student.predict(rows)
    picked = telling_rows(student, rows, frame["price"])
    assert picked[:2] == [int(said.argmax()), int(said.argmin())]
    assert picked[-1] == 7
