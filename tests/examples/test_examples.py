"""The examples run offline, from the tapes that are shipped with them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tutelage import TaskCard, Teacher
from tutelage.teacher.tape import read_tape

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
TAPED = ["breast_cancer", "wine"]


def run(script, *arguments, cwd):
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, EXAMPLES / script, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **threads}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", TAPED)
def test_the_shipped_tape_answers_every_question_of_its_card(name):
    card = TaskCard.load(EXAMPLES / name / "card.toml")
    teacher = Teacher(f"tape:{EXAMPLES / name / 'answers.jsonl'}")
    prior = teacher.feature_prior(card, repeats=5)
    assert teacher.last_tally.n_asked == len(read_tape(EXAMPLES / name / "answers.jsonl"))
    assert all(len(score.answers) == 5 for score in prior.scores)
    assert {score.column for score in prior.scores} == {column.name for column in card.columns}
    assert prior.provenance.recorded == "2026-11-21"
    assert "upper bound" in prior.provenance.notes


@pytest.mark.parametrize("name", TAPED)
def test_the_shipped_tape_holds_the_recorded_wording_and_scores(name):
    recorded_file = ROOT.parent / "shared/teacher/feature_scores" / f"sk_{name}.json"
    if not recorded_file.exists():
        pytest.skip(f"the recorded scores are not at {recorded_file}")
    recorded = json.loads(recorded_file.read_text())["classes"]
    for question, answer in read_tape(EXAMPLES / name / "answers.jsonl"):
        assert question.messages[-1].content == recorded[question.about]["prompt"]
        assert json.loads(answer.text) == recorded[question.about]["estimates"][question.sample]


def test_the_wine_example_trains_explains_and_saves(tmp_path):
    out = run("wine/run.py", cwd=tmp_path)
    assert "with the teacher, 6 labels:" in out
    assert "Why " in out
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_breast_cancer_example_ends_with_a_report(tmp_path):
    pytest.importorskip("tutelage.cli", reason="the command line is not there")
    out = run("breast_cancer/run.py", "--out", "demo", "--splits", "3", cwd=tmp_path)
    assert "report.html" in out
    page = (tmp_path / "demo/result/report.html").read_text()
    assert "malignant" in page
    assert "diagnosis" in (tmp_path / "demo/breast_cancer.csv").read_text().split("\n")[0]
