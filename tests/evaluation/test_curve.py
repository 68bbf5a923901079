"""learning_curve: the same splits for all, nothing dropped in silence."""

import json
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

from tutelage.errors import DataError, InputError
from tutelage.evaluation.curve import learning_curve
from tutelage.evaluation.curve_result import CurveResult


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"signal": rng.normal(size=120), "noise": rng.normal(size=120)})
    return X, pd.Series(np.where(X.signal + 0.5 * rng.normal(size=120) > 0, "ill", "well"))


class Spy(GaussianNB):
    """Records what it was given."""

    def __init__(self, log):
        self.log = log

    def fit(self, X, y, unlabelled=None):
        self.log.append((tuple(X.index), None if unlabelled is None else len(unlabelled)))
        return super().fit(X, y)


class Stubborn(GaussianNB):
    def fit(self, X, y):
        if len(X) < 10:
            raise ValueError(f"{len(X)} rows are too few")
        return super().fit(X, y)


class Nervous(GaussianNB):
    def fit(self, X, y):
        warnings.warn("not sure at all", UserWarning, stacklevel=2)
        return super().fit(X, y)


def bayes(seed):
    return GaussianNB()


def run(table, models, shots=(2, 10), n_splits=3, **settings):
    return learning_curve(models, *table, shots, n_splits, **settings)


def test_every_model_sees_the_same_rows_and_seeds(table):
    logs, seeds = {"a": [], "b": []}, {"a": [], "b": []}

    def factory(name):
        def build(seed):
            seeds[name].append(seed)
            return Spy(logs[name])

        return build

    run(table, {name: factory(name) for name in logs}, seed=5)
    assert logs["a"] == logs["b"]
    assert seeds["a"] == seeds["b"] == [5, 5, 6, 6, 7, 7]


def test_unlabelled_rows_go_to_those_that_take_them(table):
    log = []
    run(table, {"spy": lambda seed: Spy(log), "plain": bayes}, shots=[2], n_splits=1)
    assert log[0][1] == 120 - 36 - 4


def test_adding_a_model_leaves_the_others_as_they_were(table):
    alone = run(table, {"bayes": bayes})
    among = run(table, {"first": bayes, "bayes": bayes})
    assert np.array_equal(
        alone.values("bayes", 2, "log_loss"), among.values("bayes", 2, "log_loss")
    )


def test_each_fit_has_the_four_metrics_and_a_time(table):
    curve = run(table, {"bayes": bayes})
    assert len(curve.points) == 6
    for point in curve.points:
        assert set(point.scores) == {"roc_auc", "accuracy", "log_loss", "calibration_error"}
        assert point.seconds > 0


def test_a_fit_that_fails_is_kept_with_its_message(table):
    curve = run(table, {"bayes": bayes, "stubborn": lambda seed: Stubborn()})
    assert [p.error for p in curve.failures] == ["ValueError: 4 rows are too few"] * 3
    cell = curve.cell("stubborn", 2, "roc_auc")
    assert (cell.n_failed, cell.n_splits) == (3, 0)
    assert math.isnan(cell.mean)
    assert curve.cell("stubborn", 10, "roc_auc").n_failed == 0
    assert "failed" in curve.table("roc_auc")


def test_a_factory_that_fails_is_kept_with_its_message(table):
    def broken(seed):
        raise RuntimeError("no such student")

    curve = run(table, {"broken": broken})
    assert {p.error for p in curve.failures} == {"RuntimeError: no such student"}


def test_ctrl_c_stops_the_curve(table):
    def impatient(seed):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(table, {"impatient": impatient})


def test_warnings_of_a_fit_are_kept_and_do_not_reach_the_user(table):
    curve = run(table, {"nervous": lambda seed: Nervous()})
    assert {p.warning for p in curve.points} == {"not sure at all"}


def test_a_model_that_predicts_one_class_has_collapsed(table):
    models = {"constant": lambda seed: DummyClassifier(strategy="prior"), "bayes": bayes}
    curve = run(table, models, shots=[10])
    assert curve.cell("constant", 10, "roc_auc").collapse_rate == 1
    assert curve.cell("bayes", 10, "roc_auc").collapse_rate == 0


def test_the_mean_lies_inside_its_interval(table):
    for cell in run(table, {"bayes": bayes}, n_splits=8).summary("roc_auc"):
        assert cell.low < cell.mean < cell.high


def test_two_splits_give_a_mean_and_no_interval(table):
    cell = run(table, {"bayes": bayes}, n_splits=2).cell("bayes", 2, "accuracy")
    assert not math.isnan(cell.mean)
    assert math.isnan(cell.low)


def test_more_labels_help_a_learner(table):
    curve = run(table, {"bayes": bayes}, shots=[2, 30], n_splits=8)
    assert curve.cell("bayes", 30, "roc_auc").mean > curve.cell("bayes", 2, "roc_auc").mean


def test_shots_that_add_no_row_are_left_out_and_named(table):
    curve = run(table, {"bayes": bayes}, shots=[10, 1000, 2000], n_splits=1)
    assert curve.shots == (10, 1000)
    assert curve.notes == (
        "At 1000 labels per class, 'ill', 'well' had fewer rows to label; all of them were used.",
        "Left out: 2000 labels per class, because every row was labelled already.",
    )


def test_progress_counts_every_fit(table):
    heard = []
    run(table, {"a": bayes, "b": bayes}, n_splits=1, progress=lambda *told: heard.append(told))
    assert [done for done, _, _ in heard] == [0, 1, 2, 3, 4]
    assert {total for _, total, _ in heard} == {4}
    assert heard[0][2] == "a, 2 labels per class"


def test_a_curve_survives_the_trip_through_json(table):
    curve = run(table, {"bayes": bayes, "stubborn": lambda seed: Stubborn()})
    text = json.dumps(curve.to_dict(), allow_nan=False)
    again = CurveResult.from_dict(json.loads(text))
    assert again.to_dict() == curve.to_dict()
    assert again.summary("accuracy")[0] == curve.summary("accuracy")[0]


def test_an_array_does_as_well_as_a_frame(table):
    X, y = table
    frame = run(table, {"bayes": bayes})
    array = learning_curve({"bayes": bayes}, X.to_numpy(), y.tolist(), (2, 10), 3)
    assert np.array_equal(
        frame.values("bayes", 10, "log_loss"), array.values("bayes", 10, "log_loss")
    )


def test_no_models_are_refused(table):
    with pytest.raises(InputError, match="at least one name and factory, got none"):
        run(table, {})


def test_labels_of_another_length_are_refused(table):
    with pytest.raises(DataError, match="must have the same rows, got 120 and 119"):
        learning_curve({"bayes": bayes}, table[0], table[1][:-1])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("nobody", 2, "roc_auc"), "model must be one of those in the curve.*got 'nobody'"),
        (("bayes", 3, "roc_auc"), r"shots must be .*\[2, 10\], got 3"),
        (("bayes", 2, "brier_score"), "metric must be .*got 'brier_score'"),
    ],
)
def test_asking_a_curve_for_what_it_lacks_names_what_it_has(table, asked, message):
    curve = run(table, {"bayes": bayes}, n_splits=1)
    with pytest.raises(InputError, match=message):
        curve.values(*asked)
