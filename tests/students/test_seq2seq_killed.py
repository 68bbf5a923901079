"""A training that is killed, in a process of its own, and taken up again."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from tests.students.tiny_writers import lessons_about_parcels, student

from tutelage.students.seq2seq_checkpoint import FILE

pytestmark = pytest.mark.filterwarnings("ignore:the student collapsed")
REPOSITORY = Path(__file__).parents[2]
STEPS, LAST = 12, 7
MORE = {"steps": STEPS, "dropout": 0.2, "checkpoint_every": 2}
CHILD = f"""
import sys
from tests.students.tiny_writers import lessons_about_parcels, student

def wait_to_be_killed(step, n_steps, parts):
    if step == {LAST}:
        print("killed here", flush=True)
        sys.stdin.read()

texts, lessons = lessons_about_parcels(k=2)
student("bert", checkpoints=sys.argv[1], progress=wait_to_be_killed, **{MORE!r}).fit(
    texts, lessons, validation=0.25
)
"""


def killed_in_the_middle(folder):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child:
        assert child.stdout.readline() == "killed here\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL


def test_after_a_kill_the_training_ends_with_the_weights_of_one_that_was_left_alone(tmp_path):
    texts, lessons = lessons_about_parcels(k=2)
    whole = student("bert", **MORE).fit(texts, lessons, validation=0.25)
    killed_in_the_middle(tmp_path)
    with safe_open(str(tmp_path / FILE), framework="pt") as file:
        assert "optimiser.0.exp_avg" in file.keys()  # noqa: SIM118
    seen = []
    again = student("bert", checkpoints=tmp_path, progress=lambda *x: seen.append(x[0]), **MORE)
    again.fit(texts, lessons, validation=0.25)
    assert seen == list(range(LAST, STEPS + 1))  # step 7 was done, but kept only up to step 6
    one, other = (x.body_.scribe.network.model.state_dict() for x in (whole, again))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert repr(whole.history_) == repr(again.history_)
    assert (whole.predict_proba(texts) == again.predict_proba(texts)).all()


def test_what_a_kill_left_half_written_is_replaced(tmp_path):
    killed_in_the_middle(tmp_path)
    (tmp_path / f".{FILE}.partial").write_bytes(b"half a file")
    texts, lessons = lessons_about_parcels(k=2)
    student("bert", checkpoints=tmp_path, **MORE).fit(texts, lessons, validation=0.25)
    assert list(tmp_path.iterdir()) == []
