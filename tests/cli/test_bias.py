"""The bias command: groups, gaps, two models, and bad input."""

import json

import pytest

pytest.importorskip("fairlearn", reason="group metrics need the extra bias")

from tests.cli.conftest import made_table


@pytest.fixture
def trained(run, table, tmp_path):
    """A model, one without the job, and a file of other rows; (model, other, test)."""
    made_table(200, seed=5).to_csv(tmp_path / "test.csv", index=False)
    asked = ("train", table, "--target", "ill")
    assert run(*asked, "--out", "m").code == 0
    blind = run(*asked, "--sensitive", "job", "--drop-sensitive", "--out", "blind")
    assert blind.code == 0
    return "m", "blind", "test.csv"


def flat(text):
    return " ".join(text.split())


def test_it_prints_groups_and_gaps(run, trained):
    model, _, test = trained
    done = run("bias", model, test, "--target", "ill", "--sensitive", "job")
    assert done.code == 0, done.err
    assert "job = clerk" in done.out
    assert "job = farmer" in done.out
    assert "equalised odds" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert "by chance alone" in flat(done.err)


def test_it_gives_json(run, trained):
    model, _, test = trained
    both = ("--sensitive", "job", "--sensitive", "shoe size")
    done = run("bias", model, test, "--target", "ill", *both, "--crossed", "--json")
    values = json.loads(done.out)
    assert values["positive"] == "yes"
    assert {s["column"] for s in values["scores"]} == {"job", "shoe size", "job x shoe size"}
    assert sum(s["n_rows"] for s in values["scores"] if s["column"] == "job") == 200


def test_a_model_that_does_not_see_the_column_is_measured_by_it(run, trained):
    _, blind, test = trained
    done = run("bias", blind, test, "--target", "ill", "--sensitive", "job")
    assert done.code == 0, done.err
    assert "job = clerk" in done.out


def test_two_models_are_compared(run, trained):
    model, blind, test = trained
    asked = ("bias", model, test, "--target", "ill", "--sensitive", "job", "--against", blind)
    done = run(*asked)
    assert done.code == 0, done.err
    assert "what the first model changes" in done.out
    values = json.loads(run(*asked, "--json").out)
    assert values["names"] == ["m", "blind"]
    assert len(values["changes"]) == 8


def test_small_groups_are_explained(run, trained, tmp_path):
    made_table(25, seed=6).to_csv(tmp_path / "few.csv", index=False)
    done = run("bias", "m", "few.csv", "--target", "ill", "--sensitive", "job")
    assert " *" in done.out
    assert "few rows" in done.err


def test_the_positive_class_can_be_named(run, trained):
    model, _, test = trained
    asked = ("bias", model, test, "--target", "ill", "--sensitive", "job", "--json")
    assert json.loads(run(*asked, "--positive", "no").out)["positive"] == "no"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--sensitive", "jobb"), "has no sensitive column 'jobb'. Did you mean 'job'?"),
        (("--sensitive", "ill"), "has no sensitive column 'ill'"),
        (("--sensitive", "job", "--positive", "yess"), "Did you mean 'yes'?"),
        (("--sensitive", "job", "--against", "nowhere"), "nowhere"),
        ((), "A model of tables needs --sensitive COL"),
        (("--sensitive", "job", "--against", "m"), "must name another model, got m twice"),
        (("--sensitive", "job", "--text", "job"), "leave out what is for texts: ['--text']"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(run, trained, more, words):
    model, _, test = trained
    done = run("bias", model, test, "--target", "ill", *more)
    assert done.code == 2
    assert done.out == ""
    assert words in flat(done.err)
    assert "Traceback" not in done.err


def test_one_group_only_is_an_error(run, trained, tmp_path):
    made_table(50).assign(job="clerk").to_csv(tmp_path / "one.csv", index=False)
    done = run("bias", "m", "one.csv", "--target", "ill", "--sensitive", "job")
    assert done.code == 2
    assert "from 2 to 50 groups" in flat(done.err)


def test_a_class_that_the_model_does_not_know_is_an_error(run, trained, tmp_path):
    made_table(50).replace({"ill": {"yes": "maybe"}}).to_csv(tmp_path / "odd.csv", index=False)
    done = run("bias", "m", "odd.csv", "--target", "ill", "--sensitive", "job")
    assert done.code == 2
    assert "maybe" in done.err


def test_help_has_an_example(run):
    done = run("bias", "--help")
    assert done.code == 0
    assert "tutelage bias" in done.out
