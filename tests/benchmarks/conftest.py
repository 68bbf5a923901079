"""Let the tests import the modules of the benchmark, which stand side by side in one folder."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))


def toy_table(n_rows=120):
    from table_data import RecordedScores, Table

    rng = np.random.default_rng(0)
    features = pd.DataFrame(
        {"size": rng.normal(size=n_rows), "kind": rng.choice(["a", "b_c"], n_rows)}
    )
    scores = RecordedScores(
        ("size", "kind_a", "kind_b_c"),
        (("size", None), ("kind", "a"), ("kind", "b_c")),
        np.array([[8.0, 1.0, -1.0], [10.0, 0.0, -3.0]]),
    )
    noise = rng.normal(size=n_rows)
    return Table("toy", features, np.where(features["size"] > noise, "yes", "no"), scores)


@pytest.fixture
def toy(monkeypatch):
    """Make every table name the same small table."""
    import cells
    import tables

    table = toy_table()
    monkeypatch.setattr(cells, "load_table", lambda name: table)
    monkeypatch.setattr(tables, "load_table", lambda name: table)
    cells._split.cache_clear()
    yield table
    cells._split.cache_clear()
