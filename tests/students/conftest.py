"""Tables that only a curved student can learn, and students that always take steps."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tutelage import FeaturePrior
from tutelage.students import boosted, mlp, residual


@pytest.fixture
def short_training(monkeypatch):
    """Let students take steps on small tables too, and few of them."""
    monkeypatch.setattr(residual, "FEWEST_PER_CLASS", 2)
    monkeypatch.setattr(residual, "DOUBT", -1e9)
    monkeypatch.setattr(mlp, "SETTINGS", replace(mlp.SETTINGS, stages=(0, 4, 8)))
    monkeypatch.setattr(boosted, "SETTINGS", replace(boosted.SETTINGS, stages=(0, 2, 4)))


@pytest.fixture
def curved():
    """Return a function: labels -> frame, labels that depend on the product of two columns."""

    def make(labels=("no", "yes"), n_rows=200, seed=0):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(n_rows, 3)), columns=["age", "dose", "noise"])
        frame["job"] = rng.choice(["clerk", "farmer", None], n_rows)
        score = 3 * np.sign(frame["age"] * frame["dose"]) + frame["age"]
        score += 0.3 * rng.normal(size=n_rows)
        frame.loc[rng.random(n_rows) < 0.1, "noise"] = np.nan
        codes = np.argsort(np.argsort(score)) * len(labels) // n_rows
        return frame, np.array(labels)[codes]

    return make


@pytest.fixture
def prior():
    scores = {"age": [6, 7], "noise": 0, "job": {"clerk": 1, "farmer": -2}}
    return FeaturePrior.from_scores({"yes": scores}, classes=["no", "yes"])
