"""Every student on the command line: fit, report, predict, explain, load."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tutelage import FeaturePrior, save_lessons
from tutelage.students import boosted, load, mlp


@pytest.fixture(autouse=True)
def short_training(monkeypatch):
    """Let students take few steps."""
    monkeypatch.setattr(mlp, "SETTINGS", replace(mlp.SETTINGS, stages=(0, 60), learning_rate=0.02))
    monkeypatch.setattr(boosted, "SETTINGS", replace(boosted.SETTINGS, stages=(0, 32)))


@pytest.fixture
def prior(tmp_path):
    scored = {"yes": {"fever": 1, "cough": 1}}
    path = tmp_path / "p.jsonl"
    save_lessons(FeaturePrior.from_scores(scored, classes=["no", "yes"]), path)
    return path


@pytest.fixture
def product(tmp_path):
    """A table whose classes depend on a product, so that a correction pays."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"fever": rng.normal(size=200), "cough": rng.normal(size=200)})
    frame["ill"] = np.where(frame["fever"] * frame["cough"] > 0, "yes", "no")
    frame.round(3).to_csv(tmp_path / "product.csv", index=False)
    return tmp_path / "product.csv"


@pytest.mark.parametrize("student", ["mlp", "trees"])
def test_fit_trains_reports_and_keeps_a_student_that_is_not_linear(run, product, prior, student):
    done = run(
        "fit", product, "--target", "ill", "--prior", prior, "--student", student, "--shots", 2,
        "--splits", 2, "--out", "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert f"With fewer than 40 labelled rows in a class, {student} is the linear" in done.err
    record = json.loads((product.parent / "out" / "record.json").read_text())
    assert record["model"]["kind"] == f"TaughtClassifier, {student}"
    assert [w["column"] for w in record["model"]["weights"]] == ["fever", "cough"]
    assert record["evaluation"]["estimates"][0]["value"] > 0.55  # a straight line has 0.5
    why = json.loads(run("explain", "out/model", product, "--json").out)
    total = sum(unit["contribution"] for unit in why["units"]) + why["bias"]
    assert total == pytest.approx(why["score"])
    assert load(product.parent / "out" / "model").student == student


def test_train_takes_a_student_and_a_trust(run, table, prior):
    done = run("train", table, "--target", "ill", "--prior", prior, "--trust", "0.5")
    assert done.code == 0, done.err
    assert "was set to 0.50" in done.out
    refused = run("train", table, "--target", "ill", "--student", "forest")
    assert refused.code == 2
    assert "--student must be one of linear, mlp, trees, got forest" in refused.err


def test_the_report_names_the_column_on_which_labels_contradict_the_teacher(run, table, tmp_path):
    scores = {"yes": {"fever": -8, "cough": 4}}
    save_lessons(FeaturePrior.from_scores(scores, classes=["no", "yes"]), tmp_path / "w.jsonl")
    done = run(
        "fit", table, "--target", "ill", "--prior", "w.jsonl", "--shots", 2, "--splits", 2,
        "--out", "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    (found,) = record["trust"]["contradictions"]
    assert found["column"] == "fever"
    assert "without the teacher they say +" in found["sentence"]
    assert "99 % interval" in found["sentence"]
