"""The skew command: two files, a report, and bad input."""

import json

import pandas as pd
import pytest
from tests.cli.conftest import made_table


def flat(text):
    return " ".join(text.split())


@pytest.fixture
def skew(run, table):
    return lambda *more: run("skew", table, "--target", "ill", *more)


def test_it_writes_biased_rows_and_a_control_with_as_many_of_each_class(skew, table, tmp_path):
    done = skew("--remove", "shoe size < 42", "--class", "yes")
    assert done.code == 0, done.err
    frame = pd.read_csv(table)
    gone = (frame["shoe size"] < 42) & (frame["ill"] == "yes")
    biased, control = (pd.read_csv(tmp_path / f"{n}.csv") for n in ("biased", "control"))
    pd.testing.assert_frame_equal(biased, frame[~gone].reset_index(drop=True))
    counts = [sorted(rows["ill"]) for rows in (biased, control)]
    assert counts[0] == counts[1]
    assert not biased.equals(control)
    assert "control" in done.out


def test_the_files_can_be_trained_on(skew, run):
    assert skew("--remove", "job == clerk", "--class", "yes", "--share", 0.5).code == 0
    assert run("train", "biased.csv", "--target", "ill", "--out", "m").code == 0
    assert run("train", "control.csv", "--target", "ill", "--out", "c").code == 0


def test_conditions_with_a_class_each(skew, tmp_path):
    done = skew(
        "--remove", "job == clerk", "--class", "yes", "--remove", "job != clerk", "--class", "no",
        "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["conditions"]) == 2
    biased = pd.read_csv(tmp_path / "biased.csv")
    assert set(zip(biased["job"], biased["ill"], strict=True)) == {
        ("clerk", "no"),
        ("farmer", "yes"),
    }


def test_a_column_may_have_any_name(run, tmp_path):
    made_table().rename(columns={"fever": "a < b", "cough": "a"}).to_csv("odd.csv", index=False)
    done = run("skew", "odd.csv", "--target", "ill", "--remove", "a < b >= 37.5", "--class", "yes")
    assert done.code == 0, done.err
    assert "'a < b' >= 37.5" in done.out
    assert pd.read_csv("biased.csv").query("ill == 'yes'")["a < b"].max() < 37.5


def test_rows_without_a_label_are_kept(run, table, tmp_path):
    frame = pd.read_csv(table)
    frame.loc[50:, "ill"] = None
    frame.to_csv("few.csv", index=False)
    assert run("skew", "few.csv", "--target", "ill", "--remove", "fever > 37", "--class", "yes",
               "--share", 0.5).code == 0  # fmt: skip
    assert pd.read_csv("biased.csv")["ill"].isna().sum() == 10


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--remove", "fevr < 37", "--class", "yes"), "no column 'fevr'. Did you mean 'fever'?"),
        (("--remove", "fever", "--class", "yes"), "--remove must be a column, one of"),
        (("--remove", "fever < 37", "--class", "ill"), "among the labels ['no', 'yes']"),
        (("--remove", "job < 37", "--class", "yes"), "compares numbers; column 'job'"),
        (("--remove", "fever < 99", "--class", "yes"), "No row of class 'yes' would be left"),
        (("--remove", "fever < 37", "--class", "yes", "--share", "2"), "share must lie in [0, 1]"),
        (("--remove", "a < 1", "--class", "a", "--class", "b"), "got 2 for 1"),
        (("--class", "yes"), "Missing option '--remove'"),
        (("--remove", "fever < 37", "--class", "yes", "--out", "patients.csv"), "itself"),
        (("--remove", "fever < 37", "--class", "yes", "--out", "no/where.csv"), "no/where.csv"),
    ],
)
def test_bad_input_is_one_message_and_nothing_is_written(skew, table, tmp_path, more, words):
    before = table.read_bytes()
    done = skew(*more)
    assert done.code == 2
    assert words in flat(done.err)
    assert "Traceback" not in done.err
    assert table.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"patients.csv"}


def test_help_has_an_example(run):
    assert "tutelage skew" in run("skew", "--help").out
