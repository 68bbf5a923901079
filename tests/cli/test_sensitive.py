"""Sensitive columns: no request names them, no prior scores them, unknown ones are errors."""

import json

import pandas as pd
import pytest
from tests.cli.conftest import SCORES, TASK, made_table

from tutelage.cli.sensitive import card_without
from tutelage.lessons import load_lessons
from tutelage.students import load
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher

TEACHER = ("--teacher", "openai:gpt-4o-mini")
BOTH = ("--sensitive", "job", "--sensitive", "shoe size")
SECRETS = ("job", "clerk", "farmer", "shoe size")


@pytest.fixture
def spied(monkeypatch):
    """Let every real client be a recorder that answers the columns it is asked about."""
    asked = []

    def answer(messages):
        asked.append(json.dumps(messages))
        return {name: SCORES[name] for name in SCORES if f'"{name}"' in messages[-1]["content"]}

    def opened(source, **settings):
        kept = {name: settings[name] for name in ("budget_usd", "answers")}
        return Teacher(answer, name="openai:gpt-4o-mini", **kept)

    monkeypatch.setattr("tutelage.cli.teacher_options.Teacher", opened)
    return asked


def hidden_in(text):
    return [word for word in SECRETS if word in text]


def test_plan_shows_that_nothing_sensitive_would_be_sent(run, table, tmp_path):
    asked = (
        "plan",
        table,
        "--target",
        "ill",
        "--task",
        TASK,
        *TEACHER,
        "--show-outgoing",
        "o.jsonl",
    )
    assert run(*asked).code == 0
    assert hidden_in((tmp_path / "o.jsonl").read_text()) == list(SECRETS)  # the test can fail
    done = run(*asked, *BOTH)
    assert done.code == 0, done.err
    sent = (tmp_path / "o.jsonl").read_text()
    assert "fever" in sent
    assert hidden_in(sent) == []
    assert hidden_in(done.out) == []


def test_teach_asks_nothing_about_a_sensitive_column(run, table, tmp_path, spied):
    done = run(
        "teach", table, "--target", "ill", "--task", TASK, *TEACHER, *BOTH, "--out", "p.jsonl"
    )
    assert done.code == 0, done.err
    assert len(spied) == 5
    assert hidden_in("".join(spied)) == []
    assert load_lessons(tmp_path / "p.jsonl").columns == ("fever", "cough")


def test_a_card_that_describes_a_sensitive_column_is_asked_without_it(run, table, tmp_path, spied):
    assert run("card", table, "--target", "ill", "--task", TASK, "--out", "c.toml").code == 0
    done = run("teach", table, "--target", "ill", "--card", "c.toml", *TEACHER, *BOTH)
    assert done.code == 0, done.err
    assert hidden_in("".join(spied)) == []


@pytest.fixture
def fit(run, table, spied):
    def fit(*more):
        return run(
            "fit", table, "--target", "ill", "--task", TASK, *TEACHER, *BOTH,
            "--shots", 1, "--splits", 2, "--out", "out", *more,
        )  # fmt: skip

    return fit


def test_fit_keeps_a_sensitive_column_in_the_model_and_out_of_the_prior(fit, tmp_path, spied):
    done = fit()
    assert done.code == 0, done.err
    assert hidden_in("".join(spied)) == []
    student = load(tmp_path / "out/model")
    assert set(student.layout_.names) == {"fever", "cough", "job", "shoe size"}
    assert student.prior.columns == ("fever", "cough")
    assert hidden_in((tmp_path / "out/card.toml").read_text()) == []


def test_fit_leaves_it_out_of_the_model_when_told_so(fit, run, table, tmp_path):
    done = fit("--drop-sensitive")
    assert done.code == 0, done.err
    assert set(load(tmp_path / "out/model").layout_.names) == {"fever", "cough"}
    assert run("predict", "out/model", table).code == 0


def test_fit_removes_a_sensitive_column_from_a_prior_of_a_file(run, table, tape, tmp_path):
    asked = ("--target", "ill", "--task", TASK, "--teacher", f"tape:{tape}", "--out", "p.jsonl")
    assert run("teach", table, *asked).code == 0
    assert "job" in load_lessons(tmp_path / "p.jsonl").columns
    done = run(
        "fit", table, "--target", "ill", "--prior", "p.jsonl", *BOTH, "--drop-sensitive",
        "--shots", 1, "--splits", 2, "--out", "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert load(tmp_path / "out/model").prior.columns == ("fever", "cough")


@pytest.mark.parametrize(
    ("more", "columns"),
    [((), {"fever", "cough", "job", "shoe size"}), (("--drop-sensitive",), {"fever", "cough"})],
)
def test_train_takes_sensitive_columns_out_of_prior_and_model(
    run, table, tape, tmp_path, more, columns
):
    asked = ("--target", "ill", "--task", TASK, "--teacher", f"tape:{tape}", "--out", "p.jsonl")
    assert run("teach", table, *asked).code == 0
    done = run("train", table, "--target", "ill", "--prior", "p.jsonl", *BOTH, *more, "--out", "m")
    assert done.code == 0, done.err
    student = load(tmp_path / "m")
    assert set(student.layout_.names) == columns
    assert student.prior.columns == ("fever", "cough")


def test_train_refuses_an_unknown_sensitive_column(run, table):
    done = run("train", table, "--target", "ill", "--sensitive", "Job")
    assert done.code == 2
    assert "has no sensitive column 'Job'. Did you mean 'job'?" in done.err


@pytest.mark.parametrize("command", ["plan", "teach", "fit"])
def test_an_unknown_sensitive_column_suggests_the_near_name(run, table, command, spied):
    done = run(command, table, "--target", "ill", *TEACHER, "--sensitive", "jobb")
    assert done.code == 2
    assert "has no sensitive column 'jobb'. Did you mean 'job'?" in done.err
    assert spied == []


def test_the_target_is_no_sensitive_column(run, table):
    done = run("plan", table, "--target", "ill", *TEACHER, "--sensitive", "ill")
    assert done.code == 2
    assert "has no sensitive column 'ill'" in done.err


def test_nothing_to_drop_is_an_error(run, table):
    done = run("fit", table, "--target", "ill", *TEACHER, "--drop-sensitive")
    assert done.code == 2
    assert "--drop-sensitive needs to know which columns" in done.err


def test_dropping_every_column_is_an_error(run, tmp_path):
    made_table()[["job", "ill"]].to_csv(tmp_path / "small.csv", index=False)
    done = run(
        "fit", "small.csv", "--target", "ill", *TEACHER, "--sensitive", "job", "--drop-sensitive"
    )
    assert done.code == 2
    assert "nothing is left to predict from" in done.err


def test_words_of_the_card_that_name_a_sensitive_column_are_warned_of(capsys):
    columns = {"sex": "", "height": "height, by sex", "Essex": "", "age": ""}
    card = TaskCard("Predict who is ill.", ["no", "yes"], columns)
    assert card_without(card, ["sex"]) == card.without(["sex"])
    said = capsys.readouterr().err
    assert "still names the sensitive column 'sex' in column 'height'" in " ".join(said.split())
    assert "Essex" not in said
    card_without(card, ["age"])
    assert capsys.readouterr().err == ""


def test_a_sensitive_column_named_in_a_sentence_without_spaces_is_warned_of(capsys):
    card_without(TaskCard("根据年龄预测谁生病。", ["no", "yes"], {"年龄": "", "h": ""}), ["年龄"])
    assert "still names the sensitive column '年龄' in the task" in capsys.readouterr().err


def test_rows_without_a_label_lose_the_column_too(run, table, tmp_path, spied):
    frame = pd.read_csv(table)
    frame.loc[40:, "ill"] = None
    frame.to_csv(tmp_path / "few.csv", index=False)
    done = run(
        "fit", "few.csv", "--target", "ill", "--task", TASK, *TEACHER, *BOTH, "--drop-sensitive",
        "--shots", 1, "--splits", 2, "--out", "out",
    )  # fmt: skip
    assert done.code == 0, done.err
