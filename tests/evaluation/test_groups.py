"""Scores per group: fairlearn's numbers, intervals of ours, gaps, and two models compared."""

import json
import math
import sys

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("fairlearn", reason="group metrics need the extra bias")
from fairlearn import metrics as fairlearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from tutelage.errors import DataError, ExtraMissing, InputError
from tutelage.evaluation import evaluate
from tutelage.evaluation.group_values import GapChange
from tutelage.evaluation.groups import METRICS, compare_groups, group_metrics
from tutelage.evaluation.sensitive_columns import groups_of


class Says:
    """A model that says the column ``said`` of the rows."""

    def __init__(self, classes=("no", "yes"), column="said"):
        self.classes_, self.column = np.array(classes), column

    def predict_proba(self, X):
        chance = X[self.column].to_numpy()
        return np.column_stack([1 - chance, chance])


def people(n=600, seed=0, unfair=0.0):
    """Rows with a chance that a model says; group b is said ``unfair`` less."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["a", "b"], n)
    truth = rng.random(n)
    y = np.where(rng.random(n) < truth, "yes", "no")
    said = np.clip(truth - unfair * (sex == "b") + 0.1 * rng.normal(size=n), 0.001, 0.999)
    return pd.DataFrame(
        {"said": said, "fair": truth, "sex": sex, "age": rng.integers(20, 80, n)}
    ), y


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_are_those_of_fairlearn_and_scikit_learn(seed):
    X, y = people(seed=seed, unfair=0.2)
    report = group_metrics(Says(), X, y, "sex", n_bootstrap=20)
    binary, selected = (y == "yes").astype(int), (X["said"] > 0.5).astype(int)
    given = {"sensitive_features": X["sex"]}
    parity = report.gap("sex", "demographic_parity")
    assert parity.difference == pytest.approx(
        fairlearn.demographic_parity_difference(binary, selected, **given)
    )
    assert parity.ratio == pytest.approx(
        fairlearn.demographic_parity_ratio(binary, selected, **given)
    )
    odds = report.gap("sex", "equalised_odds")
    assert odds.difference == pytest.approx(
        fairlearn.equalized_odds_difference(binary, selected, **given)
    )
    assert odds.ratio == pytest.approx(fairlearn.equalized_odds_ratio(binary, selected, **given))
    for group in "ab":
        rows = (X["sex"] == group).to_numpy()
        found = report.group("sex", group)
        assert (found.n_rows, found.n_positive) == (rows.sum(), binary[rows].sum())
        assert found["roc_auc"].value == pytest.approx(roc_auc_score(binary[rows], X["said"][rows]))
        same = evaluate(Says(), X[rows], y[rows], n_bootstrap=20)
        for metric in ("accuracy", "roc_auc", "calibration_error"):
            assert found[metric].value == pytest.approx(same[metric].value)


def test_the_interval_holds_the_value_and_the_resamples_agree_with_the_values():
    X, y = people(unfair=0.2)
    report = group_metrics(Says(), X, y, "sex", n_bootstrap=500)
    for scores in report.scores:
        for value in scores.values:
            assert value.low <= value.high
            if value.metric != "calibration_error":  # biased upwards by resampling
                assert value.low < value.value < value.high
    gap = report.gap("sex", "selection_rate")
    assert gap.low < gap.difference < gap.high


def test_an_unfair_model_has_a_gap_and_a_fair_one_has_none():
    X, y = people(2000, unfair=0.3)
    gaps = [
        group_metrics(Says(column=c), X, y, "sex", n_bootstrap=50).gap("sex", "demographic_parity")
        for c in ("said", "fair")
    ]
    assert gaps[0].low > 0.15
    assert gaps[1].difference < 0.08


def test_two_models_are_compared_on_the_same_resamples():
    X, y = people(2000, unfair=0.3)
    found = compare_groups(
        Says(column="fair"), Says(), X, y, "sex", names=("fair", "unfair"), n_bootstrap=200
    )
    change = next(c for c in found.changes if c.metric == "demographic_parity")
    assert change.verdict == "narrower"
    assert change.change == pytest.approx(change.first - change.second)
    again = compare_groups(Says(), Says(), X, y, "sex", n_bootstrap=50)
    assert all((c.low, c.high, c.verdict) == (0, 0, "no clear change") for c in again.changes)


def test_the_verdict_follows_the_interval():
    base = ("sex", "accuracy", 0.1, 0.2, -0.1)
    assert GapChange(*base, -0.2, -0.05).verdict == "narrower"
    assert GapChange(*base, 0.05, 0.2).verdict == "wider"
    assert GapChange(*base, -0.2, 0.05).verdict == "no clear change"
    assert GapChange(*base, math.nan, math.nan).verdict == "no clear change"


def test_a_model_may_be_measured_on_a_column_that_it_does_not_see():
    X, y = people()
    model = LogisticRegression().fit(X[["said"]], y)
    by_name = {"sex": X["sex"].to_numpy()}
    one = group_metrics(model, X[["said"]], y, by_name, n_bootstrap=20)
    two = group_metrics(model, X[["said"]], y, X[["sex"]], n_bootstrap=20)
    three = group_metrics(model, X[["said"]], y, X["sex"], n_bootstrap=20)
    assert one == two == three


def test_several_columns_and_their_crossing():
    X, y = people()
    report = group_metrics(Says(), X, y, ["sex", "age"], crossed=True, n_bootstrap=20)
    columns = list(dict.fromkeys(s.column for s in report.scores))
    assert columns == ["sex", "age", "sex x age"]
    assert sum(s.n_rows for s in report.scores if s.column == "sex x age") == len(X)


def test_numbers_are_cut_at_their_quartiles_and_each_row_is_in_one_group():
    X, _ = people(401)
    X.loc[0, "age"] = np.nan
    names = groups_of("age", X, 401, crossed=False)["age"]
    sizes = pd.Series(names).value_counts()
    assert sizes.pop("(missing)") == 1
    assert len(sizes) == 4
    assert sizes.min() > 80
    assert names[int(X["age"].argmin())].startswith("[20,")


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        ([0, 1, 1], ["0", "1"]),
        ([0.0, 1.0, np.nan], ["(missing)", "0", "1"]),
        ([True, False, True], ["False", "True"]),
        (["x", None, "y"], ["(missing)", "x", "y"]),
        (pd.Categorical(["x", "y", "y"]), ["x", "y"]),
    ],
)
def test_values_become_names(values, groups):
    names = groups_of({"g": values}, None, 3, crossed=False)["g"]
    assert sorted(set(names)) == groups


def test_small_groups_are_flagged_and_named_in_the_gaps():
    X, y = people(200)
    X.loc[:4, "sex"] = "c"
    X.loc[:4, "said"] = 0.99
    report = group_metrics(Says(), X, y, "sex", n_bootstrap=20)
    assert [s.is_small for s in report.scores] == [False, False, True]
    assert "c" in report.gap("sex", "selection_rate").note
    assert "sex = c *" in report.table()


def test_a_group_without_a_class_has_no_rate_there_and_no_area():
    X, y = people(200)
    y[(X["sex"] == "b").to_numpy()] = "no"
    report = group_metrics(Says(), X, y, "sex", n_bootstrap=20)
    lacking = report.group("sex", "b")
    assert math.isnan(lacking["true_positive_rate"].value)
    assert math.isnan(lacking["roc_auc"].value)
    assert lacking["false_positive_rate"].value > 0
    assert report.to_dict()["scores"][1]["values"][1]["value"] is None


def test_with_three_classes_one_is_measured_against_the_rest():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.dirichlet([1, 1, 1], 300), columns=list("pqr"))
    y = np.array(list("pqr"))[X.to_numpy().argmax(axis=1)]
    model = LogisticRegression().fit(X, y)
    group = {"g": rng.choice(["s", "t"], 300)}
    report = group_metrics(model, X, y, group, positive="q", n_bootstrap=20)
    assert report.positive == "q"
    assert sum(s.n_positive for s in report.scores) == (y == "q").sum()
    with pytest.raises(InputError, match=r"positive must name one of \['p', 'q', 'r'\]"):
        group_metrics(model, X, y, group)


def test_the_positive_class_can_be_the_first():
    X, y = people()
    no = group_metrics(Says(), X, y, "sex", positive="no", n_bootstrap=20).group("sex", "a")
    yes = group_metrics(Says(), X, y, "sex", n_bootstrap=20).group("sex", "a")
    assert no["selection_rate"].value == pytest.approx(1 - yes["selection_rate"].value)
    assert no["roc_auc"].value == pytest.approx(yes["roc_auc"].value)


def test_results_are_plain_values_and_lines():
    X, y = people()
    report = group_metrics(Says(), X, y, "sex", n_bootstrap=20)
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert [v["metric"] for v in values["scores"][0]["values"]] == list(METRICS)
    assert "demographic parity" in report.table()
    both = compare_groups(Says(), Says(column="fair"), X, y, "sex", n_bootstrap=20)
    values = json.loads(json.dumps(both.to_dict(), allow_nan=False))
    assert values["changes"][0]["verdict"] in ("narrower", "wider", "no clear change")
    assert "verdict" in both.table()


def test_the_seed_decides():
    X, y = people()
    one, same, other = (
        group_metrics(Says(), X, y, "sex", n_bootstrap=20, seed=seed) for seed in (1, 1, 2)
    )
    assert one == same
    assert one.gaps != other.gaps


def test_an_unknown_column_suggests_the_near_name():
    X, y = people()
    with pytest.raises(DataError, match=r"no column 'sexx' \(did you mean 'sex'\?\)"):
        group_metrics(Says(), X, y, "sexx")


def test_a_column_with_one_group_or_too_many_is_refused():
    X, y = people()
    with pytest.raises(DataError, match="from 2 to 50 groups among the rows; 'sex' has 1"):
        group_metrics(Says(), X.assign(sex="a"), y, "sex")
    with pytest.raises(DataError, match=r"'sex' has 600\. Join some values first"):
        group_metrics(Says(), X.assign(sex=[f"p{i}" for i in range(600)]), y, "sex")


def test_values_of_other_rows_are_refused():
    X, y = people()
    with pytest.raises(DataError, match="one value per row, 600, got 3"):
        group_metrics(Says(), X, y, {"sex": ["a", "b", "a"]})


def test_no_column_is_refused():
    X, y = people()
    with pytest.raises(InputError, match="at least one column, got none"):
        group_metrics(Says(), X, y, [])


def test_an_unknown_positive_class_suggests_the_near_name():
    X, y = people()
    with pytest.raises(InputError, match=r"one of \['no', 'yes'\], got 'yess'. Did you mean 'yes'"):
        group_metrics(Says(), X, y, "sex", positive="yess")


def test_models_with_other_classes_cannot_be_compared():
    X, y = people()
    turned = Says(classes=("yes", "no"))
    with pytest.raises(InputError, match="the same positive class, got 'yes' and 'no'"):
        compare_groups(Says(), turned, X, y, "sex", n_bootstrap=5)


def test_without_fairlearn_the_message_holds_the_pip_line(monkeypatch):
    X, y = people()
    for name in [m for m in sys.modules if m.split(".")[0] == "fairlearn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fairlearn", None)
    with pytest.raises(ExtraMissing, match=r'pip install "tutelage\[bias\]"'):
        group_metrics(Says(), X, y, "sex", n_bootstrap=5)


def test_what_was_not_measured_is_a_key_error():
    X, y = people()
    report = group_metrics(Says(), X, y, "sex", n_bootstrap=5)
    with pytest.raises(KeyError, match=r"no group 'q'; its groups: \['a', 'b'\]"):
        report.group("sex", "q")
    with pytest.raises(KeyError, match="no gap of 'accuracy' over 'age'"):
        report.gap("age", "accuracy")
    with pytest.raises(KeyError, match="'recall' was not measured"):
        _ = report.scores[0]["recall"]


def test_a_group_with_few_rows_of_a_class_is_small_however_many_it_has():
    X, y = people()
    y[np.flatnonzero((X["sex"] == "b") & (y == "yes"))[9:]] = "no"
    report = group_metrics(Says(), X, y, "sex", n_bootstrap=5)
    assert report.group("sex", "b").n_rows > 200
    assert [s.is_small for s in report.scores] == [False, True]
