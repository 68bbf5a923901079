"""Commands that use a model of numbers: predict, explain, evaluate; and the one that cannot."""

import json

import numpy as np
import pandas as pd
import pytest

from tutelage import FeaturePrior, TaughtRegressor


@pytest.fixture
def model(tmp_path):
    """A saved regression, and a table it has not seen."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"rooms": rng.integers(1, 8, 60), "kind": rng.choice(["flat", "hut"], 60)})
    frame["price"] = (50 * frame["rooms"] + 20 * (frame["kind"] == "flat")) / 1e6
    frame.loc[59, "price"] = np.nan
    prior = FeaturePrior.from_scores({"higher price": {"rooms": 8, "kind": {"flat": 3}}})
    TaughtRegressor(prior).fit(frame[["rooms", "kind"]][:30], frame["price"][:30]).save(
        tmp_path / "m"
    )
    frame[30:].to_csv(tmp_path / "new.csv", index=False)
    return frame[30:]


def test_predict_writes_a_number_per_row_in_full(run, model, tmp_path):
    done = run("predict", "m", "new.csv", "--out", "said.csv")
    assert done.code == 0
    said = pd.read_csv(tmp_path / "said.csv")
    assert list(said) == ["prediction"]
    assert said["prediction"][:29].to_numpy() == pytest.approx(model["price"][:29], rel=0.1)
    assert run("predict", "m", "new.csv").out == (tmp_path / "said.csv").read_text()
    assert len(json.loads(run("predict", "m", "new.csv", "--json").out)) == 30


def test_explain_gives_contributions_that_sum_to_the_prediction(run, model):
    why = json.loads(run("explain", "m", "new.csv", "--row", 2, "--json").out)
    total = sum(unit["contribution"] for unit in why["units"]) + why["bias"]
    assert total == pytest.approx(why["score"])
    assert why["probability"] is None
    shown = run("explain", "m", "new.csv", "--row", 2)
    assert shown.code == 0
    assert "Row 2: prediction 9." in shown.out
    assert " -0.000\n" not in shown.out


def test_a_number_has_no_class_to_explain(run, model):
    done = run("explain", "m", "new.csv", "--class", "yes")
    assert done.code == 2
    assert "predicts a number; --class has no meaning, got 'yes'" in done.err


def test_evaluate_measures_numbers_on_the_rows_that_have_one(run, model):
    result = json.loads(run("evaluate", "m", "new.csv", "--target", "price", "--json").out)
    assert [e["metric"] for e in result["estimates"]] == ["r2", "rmse", "mae"]
    assert result["n_rows"] == 29
    assert result["estimates"][0]["value"] > 0.9
    assert "R2" in run("evaluate", "m", "new.csv", "--target", "price").out


def test_evaluate_against_a_column_of_texts_is_refused(run, model):
    done = run("evaluate", "m", "new.csv", "--target", "kind")
    assert done.code == 2
    assert "'kind' must hold finite numbers; 30 of 30 cells do not, the first is 'flat'" in done.err
