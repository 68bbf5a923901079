"""The main job, end to end, through the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import TASK, made_table

from tutelage.cli.class_target import telling_rows
from tutelage.students.tabular import TaughtClassifier


@pytest.fixture
def fitted(run, table, tape, tmp_path):
    result = run(
        "fit", table, "--target", "ill", "--task", TASK, "--teacher", f"tape:{tape}",
        "--shots", "1,5", "--splits", 3, "--out", tmp_path / "out",
    )  # fmt: skip
    assert result.code == 0, result.err
    return result


def test_fit_leaves_a_model_a_prior_a_card_a_record_and_a_report(fitted, tmp_path):
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"model", "prior.jsonl", "card.toml", "record.json", "report.html"}


def test_fit_prints_the_verdict_and_where_the_report_is(fitted):
    assert "ROC AUC by labels per class" in fitted.out
    assert "teacher alone" in fitted.out
    assert "report:" in fitted.out
    assert "Trust in the teacher is" in fitted.out


def test_the_report_needs_no_network(fitted, tmp_path):
    page = (tmp_path / "out" / "report.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page


def test_the_record_holds_what_was_asked_and_answered(fitted, tmp_path):
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert record["title"] == TASK
    assert TASK in record["asked"]["question"]
    assert '"fever": 9' in record["asked"]["answer"]
    assert record["cost"]["usd"] == 0


def test_fit_again_replaces_the_folder_of_an_earlier_run(fitted, run, table, tape, tmp_path):
    again = run(
        "fit", table, "--target", "ill", "--task", TASK, "--teacher", f"tape:{tape}",
        "--shots", "1", "--splits", 2, "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    assert again.code == 0
    summary = json.loads(again.out)
    assert summary["report"].endswith("report.html")
    assert summary["headline"]


def test_predict_writes_a_label_and_probabilities_that_sum_to_one(fitted, run, tmp_path):
    new = tmp_path / "new.csv"
    made_table(9, seed=1).drop(columns="ill").to_csv(new, index=False)
    done = run("predict", tmp_path / "out/model", new, "--out", tmp_path / "said.csv")
    assert done.code == 0
    said = pd.read_csv(tmp_path / "said.csv")
    np.testing.assert_allclose(said.filter(like="probability").sum(axis=1), 1, atol=2e-6)
    assert set(said["prediction"]) <= {"yes", "no"}


def test_predict_prints_csv_when_no_file_is_named(fitted, run, table, tmp_path):
    done = run("predict", tmp_path / "out/model", table)
    assert done.out.splitlines()[0] == "prediction,probability of no,probability of yes"
    assert len(done.out.splitlines()) == 61


def test_explain_gives_contributions_that_sum_to_the_score(fitted, run, table, tmp_path):
    done = run("explain", tmp_path / "out/model", table, "--row", 3, "--json")
    why = json.loads(done.out)
    total = sum(unit["contribution"] for unit in why["units"]) + why["bias"]
    assert total == pytest.approx(why["score"])
    assert {unit["unit"] for unit in why["units"]} == {"fever", "cough", "job", "shoe size"}


def test_evaluate_scores_a_model_on_another_file(fitted, run, tmp_path):
    other = tmp_path / "other.csv"
    made_table(200, seed=2).to_csv(other, index=False)
    done = run("evaluate", tmp_path / "out/model", other, "--target", "ill", "--json")
    estimates = {e["metric"]: e for e in json.loads(done.out)["estimates"]}
    assert estimates["roc_auc"]["value"] > 0.9
    assert estimates["roc_auc"]["low"] < estimates["roc_auc"]["value"]


def test_report_prints_an_old_record_again(fitted, run, tmp_path):
    first = (tmp_path / "out/report.html").read_text()
    (tmp_path / "out/report.html").unlink()
    assert run("report", tmp_path / "out").code == 0
    assert (tmp_path / "out/report.html").read_text() == first


def test_fit_judges_the_model_on_a_test_file(run, table, tape, tmp_path):
    other = tmp_path / "other.csv"
    made_table(100, seed=3).to_csv(other, index=False)
    done = run(
        "fit", table, "--target", "ill", "--task", TASK, "--teacher", f"tape:{tape}", "--test",
        other, "--shots", "1", "--splits", 2, "--out", tmp_path / "o", "--json",
    )  # fmt: skip
    assert json.loads(done.out)["evaluated_on"] == (
        "100 rows of other.csv, none of them used in training"
    )


def test_teach_then_train_is_the_same_model_as_fit(fitted, run, table, tape, tmp_path):
    taught = run(
        "teach", table, "--target", "ill", "--task", TASK, "--teacher", f"tape:{tape}",
        "--out", tmp_path / "p.jsonl",
    )  # fmt: skip
    assert taught.code == 0, taught.err
    trained = run(
        "train", table, "--target", "ill", "--prior", tmp_path / "p.jsonl", "--out", tmp_path / "m"
    )
    assert trained.code == 0, trained.err
    same = [run("predict", tmp_path / m, table).out for m in ("out/model", "m")]
    assert same[0] == same[1]


def test_plan_shows_the_request_and_sends_nothing(run, table, tmp_path):
    done = run(
        "plan", table, "--target", "ill", "--task", TASK, "--teacher", "openai:gpt-4o-mini",
        "--show-outgoing", tmp_path / "outgoing.jsonl",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert TASK in done.out
    assert "cost in USD" in done.out
    assert len((tmp_path / "outgoing.jsonl").read_text().splitlines()) == 5


def test_nothing_but_names_leaves_the_machine(run, tmp_path):
    secret = made_table()
    secret["fever"] = np.linspace(12345.6, 12399.9, len(secret)).round(3)
    secret["name"] = [f"Person Number{i}" for i in range(len(secret))]
    secret.to_csv(tmp_path / "secret.csv", index=False)
    done = run(
        "plan", tmp_path / "secret.csv", "--target", "ill", "--teacher", "openai:gpt-4o-mini",
        "--show-outgoing", tmp_path / "outgoing.jsonl",
    )  # fmt: skip
    assert done.code == 0, done.err
    sent = (tmp_path / "outgoing.jsonl").read_text()
    assert "fever" in sent
    assert "clerk" in sent
    assert "1234" not in sent
    assert "Person" not in sent


def test_rows_without_a_label_scale_the_columns(run, table, tmp_path):
    frame = pd.read_csv(table, dtype=str)
    frame.loc[10:, "ill"] = ""
    frame.to_csv(tmp_path / "few.csv", index=False)
    (tmp_path / "few10.csv").write_text(frame.iloc[:10].to_csv(index=False))
    assert run("train", tmp_path / "few.csv", "--target", "ill", "--out", tmp_path / "a").code == 0
    assert (
        run("train", tmp_path / "few10.csv", "--target", "ill", "--out", tmp_path / "b").code == 0
    )
    assert run("predict", tmp_path / "a", table).out != run("predict", tmp_path / "b", table).out


@pytest.mark.parametrize(
    "command",
    ["fit", "card", "plan", "teach", "train", "evaluate", "report", "predict", "explain"],
)
def test_every_command_has_help_with_an_example(run, command, capsys):
    done = run(command, "--help")
    assert done.code == 0
    assert "Example:" in done.out
    assert f"tutelage {command}" in done.out


def test_the_explained_rows_hold_every_class_and_the_least_sure_row():
    frame = made_table(80)
    rows, labels = frame.drop(columns="ill"), frame["ill"].astype(object)
    student = TaughtClassifier().fit(rows, labels.to_numpy())
    picked = telling_rows(student, rows, labels)
    assert set(labels.iloc[picked]) == {"yes", "no"}
    sure = student.predict_proba(rows).max(axis=1)
    assert int(sure.argmin()) in picked
