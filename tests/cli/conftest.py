"""A small table, a tape that answers for it, and a way to run a command."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from tutelage.cli import main
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher

TASK = "Predict who is ill."
SCORES = {"fever": 9, "cough": 4, "job": {"clerk": 0, "farmer": 1}, "shoe size": 0}


def made_table(n_rows=60, seed=0):
    rng = np.random.default_rng(seed)
    fever, cough = rng.normal(size=n_rows), rng.normal(size=n_rows)
    ill = fever + 0.5 * cough + 0.3 * rng.normal(size=n_rows) > 0
    return pd.DataFrame(
        {
            "fever": (37 + fever).round(2),
            "cough": cough.round(2),
            "job": rng.choice(["clerk", "farmer"], size=n_rows),
            "shoe size": rng.integers(36, 47, size=n_rows),
            "ill": np.where(ill, "yes", "no"),
        }
    )


@dataclasses.dataclass
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run a command in an empty folder; give code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run_command


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "patients.csv"
    made_table().to_csv(path, index=False)
    return path


@pytest.fixture
def tape(tmp_path, table, run):
    """A tape that answers the five questions about ``table``."""
    assert run("card", table, "--target", "ill", "--task", TASK, "--out", "c.toml").code == 0
    from tutelage.teacher.task_card import TaskCard

    card = TaskCard.load(tmp_path / "c.toml")
    client = ScriptedClient([json.dumps(SCORES)] * 5)
    with Teacher(client, name="openai:some-model", answers=tmp_path / "made.sqlite") as teacher:
        teacher.feature_prior(card)
        return teacher.store.export(tmp_path / "tape.jsonl")
