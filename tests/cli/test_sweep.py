"""tutelage sweep: tables and texts, folds of training rows alone, and what it refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import made_table
from tests.cli.text_cases import rows_of, write_texts
from tests.students.tiny_encoders import tiny_encoder

from tutelage.cli.labelled_table import read_labelled
from tutelage.cli.sweep_jobs import TableSweep, TextSweep, lessons_about
from tutelage.cli.sweep_options import as_space, default_settings
from tutelage.cli.text_asking import Lessons
from tutelage.cli.text_data import read_labelled_texts
from tutelage.errors import InputError
from tutelage.evaluation.sweep_space import Choice, Range
from tutelage.lessons import FeaturePrior, Rewrite, save_lessons
from tutelage.students.tabular import TaughtClassifier
from tutelage.students.text import TaughtTextClassifier

TRUST = ("--over", "trust=0,1", "--folds", "2")


@pytest.fixture
def wrong(tmp_path):
    """A table, and a prior that has every sign wrong."""
    made_table(60).to_csv(tmp_path / "train.csv", index=False)
    prior = FeaturePrior.from_scores({"yes": {"fever": [-9], "cough": [-4]}}, scale=10)
    save_lessons(prior, tmp_path / "wrong.jsonl")
    return tmp_path


@pytest.fixture
def encoder(tmp_path):
    for part in tiny_encoder():
        part.save_pretrained(tmp_path / "encoder")
    return tmp_path / "encoder"


def test_a_wrong_prior_is_not_trusted_and_what_was_found_is_written(run, wrong):
    result = run("sweep", "train.csv", "--target", "ill", "--prior", "wrong.jsonl", *TRUST)
    assert result.code == 0, result.err
    assert "3 settings, higher is better" in result.out
    for name in ("trials.sqlite", "sweep.json", "sweep.html", "settings.json"):
        assert (wrong / "sweep" / name).is_file()
    found = json.loads((wrong / "sweep" / "sweep.json").read_text())
    scores = {str(t["settings"]["trust"]): np.mean(t["scores"]) for t in found["trials"]}
    assert set(scores) == {"auto", "0.0", "1.0"}
    assert scores["1.0"] < scores["0.0"]
    settings = json.loads((wrong / "sweep" / "settings.json").read_text())
    assert settings["student"] == "TaughtClassifier"
    assert settings["command"].startswith("tutelage fit train.csv --target ill")
    assert "<svg" in (wrong / "sweep" / "sweep.html").read_text()


def test_the_same_command_goes_on_where_it_stopped(run, wrong):
    first = run("sweep", "train.csv", "--target", "ill", *TRUST, "--trials", "1", "--json")
    assert len(json.loads(first.out)["trials"]) == 1
    second = run("sweep", "train.csv", "--target", "ill", *TRUST, "--trials", "9", "--json")
    found = json.loads(second.out)
    assert len(found["trials"]) == 3
    assert found["trials"][0] == json.loads(first.out)["trials"][0]


@pytest.mark.slow
def test_processes_share_the_work_through_the_store(run, wrong):
    result = run("sweep", "train.csv", "--target", "ill", *TRUST, "--processes", "2", "--json")
    assert result.code == 0, result.err
    shared = json.loads(result.out)
    alone = run("sweep", "train.csv", "--target", "ill", *TRUST, "--out", "alone", "--json")
    scores = [
        sorted((str(t["settings"]), t["scores"]) for t in found["trials"])
        for found in (shared, json.loads(alone.out))
    ]
    assert scores[0] == scores[1]


def test_a_broken_store_or_one_of_other_rows_is_refused(run, wrong):
    command = ("sweep", "train.csv", "--target", "ill", *TRUST, "--trials", "1")
    assert run(*command).code == 0
    made_table(60, seed=1).to_csv(wrong / "train.csv", index=False)
    result = run(*command)
    assert result.code == 2
    assert "holds a sweep of other data" in result.err
    (wrong / "sweep" / "trials.sqlite").write_text("broken")
    result = run(*command)
    assert result.code == 2
    assert "must be a store of a sweep, but cannot be used: file is not a database" in result.err


def test_settings_of_texts_are_judged(run, tmp_path, encoder):
    write_texts(tmp_path / "texts.csv")
    (tmp_path / "lessons").mkdir()
    made = [Rewrite(f"{text} now", label, source_text=text) for text, label in rows_of()]
    save_lessons(made, tmp_path / "lessons" / "rewrites.jsonl")
    result = run("sweep", "texts.csv", "--target", "intent", "--text", "said", "--encoder",
                 f"static:{encoder}", "--lessons", "lessons", "--over", "distance=cosine,mse",
                 "--folds", "2", "--json")  # fmt: skip
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert [trial["settings"] for trial in found["trials"]] == [
        {"distance": "cosine"},
        {"distance": "mse"},
    ]
    assert found["settings"]["python"].startswith("TaughtTextClassifier(encoder='static:")
    assert found["settings"]["is_default"]


def test_a_fold_sees_no_rewrite_of_a_text_it_is_judged_on(tmp_path, encoder):
    """Rewrites that say the label of other texts: a leak would show as a perfect score."""
    write_texts(tmp_path / "texts.csv")
    texts = read_labelled_texts(tmp_path / "texts.csv", "intent", "said")
    made = tuple(Rewrite(text, label, source_text=text) for text, label in rows_of())
    lessons = Lessons({"rewrites": made})
    train = texts.take(range(4))
    kept = lessons_about(lessons, train).of("rewrites")
    assert {one.source_text for one in kept} == set(train.texts)
    job = TextSweep(texts, lessons, f"static:{encoder}", "accuracy", 2)
    bare = TextSweep(texts, Lessons(), f"static:{encoder}", "accuracy", 2)
    assert job({}, 0) == pytest.approx(bare({}, 0), abs=0.35)
    assert np.mean(job({}, 0)) < 1
    assert job.key != bare.key


def test_the_settings_change_the_folds_do_not(wrong):
    table = read_labelled(wrong / "train.csv", "ill")
    job = TableSweep(table, None, "roc_auc", 3)
    assert job({"trust": 0.0}, 0) == job({"trust": 0.0}, 0)
    assert job({"trust": 0.0}, 0) != job({"trust": 0.0}, 1)


def test_the_default_is_what_fit_does_and_always_among_the_values():
    space, default = as_space(["alignment=0.5,1", "steps"], (), TaughtTextClassifier, 80)
    assert default == {"alignment": 0.0, "steps": "auto"}
    assert space[0] == Choice("alignment", (0.0, 0.5, 1.0))
    assert space[1] == Choice("steps", ("auto", 40, 160, 320))
    assert "prior" not in default_settings(TaughtClassifier)
    space, _ = as_space(["gamma=1:1000"], (), TaughtClassifier, 0)
    assert space == (Range("gamma", 1.0, 1000.0, log=True),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aligment", "Did you mean 'alignment'?"),
        ("alignment=0:1:2", "must be a range of two numbers like 0:2"),
        ("alignment=a:b", "must be a range of two numbers"),
        ("ramp", "--over ramp needs values"),
    ],
)
def test_what_cannot_be_varied_says_why(text, message):
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        as_space([text], (), TaughtTextClassifier, 80)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--metric", "r2"), "--metric r2 does not fit a target of classification"),
        (("--lessons", "x"), "--lessons are for --text"),
        (("--folds", "40"), "--folds 40 needs as many rows of the smallest class"),
        (("--over", "trust=2"), "trust must be"),
        (("--text", "job", "--encoder", "nowhere"), "nowhere"),
        (("--text", "job", "--prior", "wrong.jsonl"), "--prior is for tables"),
    ],
)
def test_what_cannot_be_swept_says_why(run, wrong, arguments, message):
    result = run("sweep", "train.csv", "--target", "ill", *arguments)
    assert result.code == 2
    assert message in result.err


def test_numbers_to_predict_are_swept_over_trust(run, tmp_path):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"a": rng.normal(size=30), "b": rng.normal(size=30)})
    rows.assign(y=rows["a"] + 0.1 * rng.normal(size=30)).to_csv(tmp_path / "t.csv", index=False)
    result = run("sweep", "t.csv", "--target", "y", "--over", "trust=0,1", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["metric"] == "r2"
