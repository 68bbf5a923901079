"""A record with everything in it, one with hostile names, and a real browser."""

import base64
import json
import os
import shutil
import subprocess
import tempfile

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from tutelage.evaluation import evaluate, learning_curve
from tutelage.explanation import Explanation
from tutelage.lessons import FeaturePrior, Provenance, diagnose
from tutelage.report import build_record

HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" 'twice' & <b>bold</b>",
    "emoji 😀 {{ 7*7 }} $x_1$ {% raw %}",
    "two\nlines\tand a \u202eturned end",
    "x" * 300,
    '\',--></style><img src=x onerror=alert(2)> id="1" url(#a) #010101',
    "lone \ud83d surrogate \x00 and nul",
)


class Failing(GaussianNB):
    def fit(self, X, y):
        raise ValueError(f"no <b>luck</b> with {len(X)} rows")


def make_record(names=("age", "weight", "height"), classes=("ill", "well"), **changed):
    """Build a complete record whose columns and classes have the given names."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(120, len(names))), columns=list(names))
    y = np.where(X.iloc[:, 0] + 0.5 * rng.normal(size=120) > 0, *classes)
    models = {
        "with prior": lambda seed: LogisticRegression(),
        "no prior": lambda seed: GaussianNB(),
        "teacher alone": lambda seed: DummyClassifier(strategy="prior"),
        names[0]: lambda seed: Failing(),
    }
    curve = learning_curve(models, X.to_numpy(), y, (2, 10), n_splits=7)
    model = LogisticRegression().fit(X.to_numpy()[:80], y[:80])
    scores = {classes[0]: {name: [8 - i, 6 - i] for i, name in enumerate(names)}}
    scores[classes[0]]["job"] = {names[0]: [-3, -5, -4], "clerk": []}
    prior = FeaturePrior.from_scores(
        scores,
        classes=classes,
        provenance=Provenance(teacher=names[0], notes=names[1], cost_usd=0.002),
    )
    shares = tuple(np.linspace(1, -0.5, len(names)))
    why = Explanation(classes[0], tuple(names), tuple(names), shares, -0.2, sum(shares) - 0.2, 0.7)
    values = {
        "title": f"Who is ill? {names[0]}",
        "data": {
            "target": names[1],
            "n_rows": 200,
            "n_labelled": 120,
            "path": f"data/{names[0]}.csv",
            "sha256": "0f" * 32,
            "columns": [{"name": n, "missing": 0.1, "meaning": n} for n in names],
            "classes": [{"name": c, "n_rows": 60} for c in classes],
        },
        "prior": prior,
        "findings": diagnose(prior, columns=[*names, "job", "other"], classes=classes),
        "asked": {
            "teacher": names[0],
            "prompts": ["feature_scores/v1"],
            "question": f"How strongly does {names[0]} speak?\n\nAnswer.",
            "answer": names[0],
        },
        "cost": {"n_calls": 5, "n_cached": 4, "tokens_in": 900, "tokens_out": 80, "usd": 0.0004},
        "trust": {
            "value": 0.6,
            "low": 0.3,
            "high": 0.9,
            "sentence": f"Trust is 0.60. {names[0]}",
            "contradictions": [{"column": names[0], "sentence": f"{names[0]} differs"}],
        },
        "model": {
            "kind": "linear",
            "folder": names[0],
            "settings": {names[0]: names[1]},
            "weights": [
                {"label": classes[0], "column": n, "category": None, "weight": 0.5 - i}
                for i, n in enumerate(names)
            ],
        },
        "curve": curve,
        "evaluation": evaluate(model, X.to_numpy()[80:], y[80:], n_bootstrap=200),
        "evaluated_on": f"rows of {names[0]}",
        "explanations": [why],
        "rows": [names[0]],
        "truths": [classes[1]],
        "warnings": [f"Column {names[0]!r} leaks."],
        "timings": {names[0]: 3.2},
        "command": f"tutelage fit {names[0]!r}",
        "created": "2026-01-02T03:04:05+00:00",
    }
    return build_record(**(values | changed))


@pytest.fixture(scope="session")
def record():
    return make_record()


@pytest.fixture(scope="session")
def hostile_record():
    return make_record(HOSTILE, (HOSTILE[0], HOSTILE[4]))


@pytest.fixture(scope="session")
def empty_record():
    return build_record(
        title="Who is ill?",
        data={"target": "ill", "n_rows": 40, "n_labelled": 12},
        created="2026-01-02T03:04:05+00:00",
    )


class Browser:
    """A headless Chromium spoken to over a pipe; one page."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        their_in, self.to = os.pipe()
        come_from, their_out = os.pipe()
        # A shell moves the pipes to 3 and 4, where Chromium expects them.
        command = (
            f'exec "{program}" --headless --no-sandbox --disable-gpu --disable-quic '
            "--no-first-run --disable-background-networking --disable-component-update "
            f'--disable-sync --remote-debugging-pipe --user-data-dir="{self.folder.name}" '
            f"3<&{their_in} 4>&{their_out}"
        )
        self.process = subprocess.Popen(
            ["bash", "-c", command],
            pass_fds=(their_in, their_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_in)
        os.close(their_out)
        self.said = os.fdopen(come_from, "rb")
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        self.call("Page.enable")
        self.call("Network.enable")

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._hear()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _hear(self):
        while b"\0" not in self.rest:
            heard = self.said.read1(1 << 16)
            assert heard, "the browser went away"
            self.rest += heard
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, path, width, dark=False):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=width < 500,
        )  # fmt: skip
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=f"file://{path}")
        while not self.heard("Page.loadEventFired"):
            self.events.append(self._hear())

    def heard(self, method):
        return [event["params"] for event in self.events if event.get("method") == method]

    def ask(self, expression):
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key, code):
        for kind in ("rawKeyDown", "char", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind, key=key, code=key, windowsVirtualKeyCode=code, text="\r",
            )  # fmt: skip

    def picture(self):
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def close(self):
        os.close(self.to)
        self.process.terminate()
        self.process.wait(timeout=20)
        self.said.close()
        self.folder.cleanup()


@pytest.fixture(scope="session")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no Chromium on this machine: the page is not looked at in a browser")
    opened = Browser(program)
    yield opened
    opened.close()
