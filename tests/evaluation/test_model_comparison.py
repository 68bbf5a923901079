"""Several models on the same rows: worked by hand, calibrated over seeds, refused if unlike."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from tutelage.errors import DataError, InputError
from tutelage.evaluation.model_comparison import compare_scored, holm
from tutelage.evaluation.model_comparison_result import ModelComparison
from tutelage.evaluation.model_comparison_scores import ModelCost, rows_hash, score_model

ROWS = np.arange(40)
TRUTH = np.where(ROWS % 2 == 0, "even", "odd")


class Right:
    """Right on the rows below ``upto``, wrong on the others."""

    def __init__(self, upto, classes=("even", "odd")):
        self.upto, self.classes_ = upto, np.array(classes)

    def predict_proba(self, X):
        truth = np.where(np.asarray(X) % 2 == 0, "even", "odd")
        right = np.asarray(X) < self.upto
        said = np.where(right, truth, np.where(truth == "even", "odd", "even"))
        rows = np.array([[4.0 if c == s else 1.0 for c in self.classes_] for s in said])
        return rows / rows.sum(axis=1, keepdims=True)


class Constant(Right):
    def __init__(self):
        super().__init__(0)

    def predict_proba(self, X):
        return np.tile([0.6, 0.4], (len(X), 1))


class Line:
    """Predicts the row's number, off by ``error``."""

    def __init__(self, error):
        self.error = error

    def predict(self, X):
        return np.asarray(X) + self.error * np.where(np.arange(len(X)) % 2, 1.0, -1.0)


def scored(**models):
    return [score_model(model, ROWS, TRUTH, name=name) for name, model in models.items()]


def test_the_figures_worked_by_hand():
    """30 against 20 of 40 rows right; the 20 are among the 30.

    The difference per row is 1 on 10 rows and 0 on 30: mean .25, standard deviation .433.
    """
    found = compare_scored(scored(a=Right(30), b=Right(20)))
    [pair] = found.pairs
    assert (found.metric, found.n_rows, found.classes) == ("accuracy", 40, ("even", "odd"))
    assert [model["accuracy"].value for model in found.models] == [0.75, 0.5]
    assert pair.difference == pytest.approx(0.25)
    assert (pair.only_first, pair.only_second) == (10, 0)
    assert pair.effect_size == pytest.approx(0.25 / math.sqrt(0.25 * 0.75), rel=0.1)
    assert pair.low == pytest.approx(0.125, abs=0.03)
    assert pair.high == pytest.approx(0.4, abs=0.04)
    assert pair.verdict == "better"
    assert pair.p_holm == pair.p_value < 0.01


def test_the_order_of_the_models_turns_the_verdict():
    [pair] = compare_scored(scored(b=Right(20), a=Right(30))).pairs
    assert pair.difference == pytest.approx(-0.25)
    assert pair.verdict == "worse"
    [loss] = compare_scored(scored(a=Right(30), b=Right(20)), "log_loss").pairs
    assert loss.difference < 0
    assert loss.verdict == "better"


def test_a_model_is_not_different_from_itself():
    [pair] = compare_scored(scored(a=Right(30), again=Right(30))).pairs
    assert (pair.difference, pair.p_value, pair.effect_size) == (0.0, 1.0, 0.0)
    assert pair.verdict == "no clear difference"


def test_a_pair_says_in_a_sentence_who_is_better():
    found = compare_scored(scored(a=Right(30), b=Right(20)))
    sentence = found.sentences()[0]
    assert sentence.startswith("a is better than b: +0.250 Accuracy (95 % interval +0.1")
    assert "only a has 10 rows right, only b 0" in sentence
    same = compare_scored(scored(a=Right(30), b=Right(30))).sentences()[0]
    assert same.startswith("a and b do not differ clearly: +0.000 Accuracy")
    few = [score_model(Right(u), ROWS[:4], TRUTH[:4], name=str(u)) for u in (2, 4)]
    assert compare_scored(few).sentences()[0].startswith("2 and 4 cannot be told apart")


def test_holm_worked_by_hand():
    assert holm([0.01, 0.02, 0.03, 0.005]) == pytest.approx([0.03, 0.04, 0.04, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
    assert holm([0.02, math.nan])[0] == 0.02
    assert math.isnan(holm([0.02, math.nan])[1])


def test_many_models_are_corrected_together():
    models = {f"m{upto}": Right(upto) for upto in (20, 22, 24, 26)}
    found = compare_scored(scored(**models))
    raw, corrected = ([getattr(p, name) for p in found.pairs] for name in ("p_value", "p_holm"))
    assert len(raw) == 6
    assert corrected == holm(raw)
    assert sum(p <= 0.05 for p in raw) > sum(p <= 0.05 for p in corrected)
    for pair in found.pairs:
        assert (pair.verdict == "no clear difference") == (pair.p_holm > 0.05)


def test_equal_models_are_called_different_about_as_often_as_the_level_says():
    """Seeds 0 to 79 of two models that are right at random on 70 % of 60 rows: 4 expected."""

    class Said:
        classes_ = np.array(["a", "b"])

        def __init__(self, seed):
            self.rng = np.random.default_rng(seed)

        def predict_proba(self, X):
            sure = np.where(self.rng.random(len(X)) < 0.7, 0.8, 0.2)
            return np.column_stack([sure, 1 - sure])

    n_false = 0
    y = np.array(["a"] * 59 + ["b"])
    for seed in range(80):
        pair = [score_model(Said([seed, i]), np.arange(60), y, name=str(i)) for i in (0, 1)]
        n_false += compare_scored(pair, n_bootstrap=200).pairs[0].verdict != ("no clear difference")
    assert 1 <= n_false <= 11


def test_predicted_numbers_are_compared_too():
    models = [
        score_model(Line(error), ROWS.astype(float), ROWS.astype(float), name=name)
        for name, error in (("near", 1.0), ("far", 3.0))
    ]
    found = compare_scored(models, "mae")
    [pair] = found.pairs
    assert pair.difference == pytest.approx(-2.0)
    assert pair.verdict == "better"
    assert (pair.only_first, pair.only_second) == (-1, -1)
    assert found.classes == ()
    assert compare_scored(models).metric == "r2"


def test_classes_in_another_order_are_the_same_classes():
    found = compare_scored(scored(a=Right(30), b=Right(30, classes=("odd", "even"))))
    assert found.pairs[0].difference == 0.0
    assert found.models[1]["log_loss"].value == pytest.approx(found.models[0]["log_loss"].value)


def test_a_collapsed_model_is_named():
    found = compare_scored(scored(a=Right(30), stuck=Constant()))
    assert found.collapse_rate == 0.5
    assert found.notes == ("stuck gives every row the same class: a gain over it is no gain.",)


def test_costs_are_kept_and_the_time_of_predictions_is_measured():
    cost = ModelCost(train_seconds=2.0, megabytes=1.5, teacher_usd=0.25)
    models = scored(a=Right(30))
    models.append(score_model(Right(20), ROWS, TRUTH, name="b", cost=cost))
    found = compare_scored(models)
    assert found.models[1].cost.megabytes == 1.5
    assert found.models[1].cost.predict_ms_per_row > 0
    assert math.isnan(found.models[0].cost.teacher_usd)
    head, lines = found.model_lines()
    assert lines[0][head.index("teacher $")] == "-"
    assert lines[1][head.index("teacher $")] == "0.2500"
    assert lines[1][head.index("training s")] == "2.00"


def test_a_comparison_survives_json():
    found = compare_scored(scored(a=Right(30), b=Right(20), c=Constant()))
    again = ModelComparison.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again.to_dict() == found.to_dict()
    assert again.models[0]["accuracy"].value == 0.75
    with pytest.raises(KeyError, match="'auc' was not measured"):
        again.models[0]["auc"]


def test_other_rows_are_refused():
    one = score_model(Right(30), ROWS, TRUTH, name="a")
    fewer = score_model(Right(30), ROWS[:30], TRUTH[:30], name="b")
    moved = score_model(Right(30), ROWS[::-1], TRUTH[::-1], name="c")
    with pytest.raises(
        DataError, match=r"same rows(.|\n)*b was scored on other rows \(30\) than a(.|\n)*c was"
    ):
        compare_scored([one, fewer, moved])


def test_other_classes_are_refused():
    three = score_model(Right(30, classes=("even", "odd", "zero")), ROWS, TRUTH, name="three")
    with pytest.raises(DataError, match=r"three has also \['zero'\], compared with a"):
        compare_scored([*scored(a=Right(30)), three])
    number = score_model(Line(0.0), ROWS, ROWS, name="n", rows_key="k")
    classes = score_model(Right(30), ROWS, TRUTH, name="c", rows_key="k")
    with pytest.raises(DataError, match="one of n and c predicts classes, the other a number"):
        compare_scored([number, classes])


def test_one_class_in_the_test_rows_is_refused():
    models = [score_model(Right(upto), ROWS[::2], TRUTH[::2], name=str(upto)) for upto in (20, 30)]
    with pytest.raises(DataError, match="The 20 test rows are all of the class 'even'"):
        compare_scored(models)


def test_labels_that_a_model_does_not_know_are_refused():
    with pytest.raises(DataError, match=r"got also \['prime'\]"):
        score_model(Right(30), ROWS, np.where(ROWS == 7, "prime", TRUTH), name="a")


def test_too_few_rows_are_undecided():
    models = [score_model(Right(u), ROWS[:4], TRUTH[:4], name=str(u)) for u in (2, 4)]
    found = compare_scored(models)
    assert found.pairs[0].verdict == "undecided"
    assert found.notes == ("4 rows are too few to compare (at least 6).",)


def test_what_cannot_be_compared_says_why():
    with pytest.raises(InputError, match="at least two models, got 1"):
        compare_scored(scored(a=Right(30)))
    with pytest.raises(InputError, match=r"distinct names, got \['a'\]"):
        compare_scored([*scored(a=Right(30)), *scored(a=Right(20))])
    with pytest.raises(InputError, match=r"must be one of roc_auc, accuracy(.|\n)*got 'mae'"):
        compare_scored(scored(a=Right(30), b=Right(20)), "mae")
    with pytest.raises(InputError, match="predict_proba, or predict for numbers, got object"):
        score_model(object(), ROWS, TRUTH, name="x")


def test_rows_are_the_same_when_cells_and_labels_are():
    table = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert rows_hash(table, ["y", "n"]) == rows_hash(table.copy(), np.array(["y", "n"]))
    assert rows_hash(table, ["y", "n"]) != rows_hash(table, ["n", "y"])
    assert rows_hash(table, ["y", "n"]) != rows_hash(table.assign(a=[1, 3]), ["y", "n"])
    assert rows_hash(["t", "u"], ["y", "n"]) != rows_hash(["u", "t"], ["y", "n"])


def test_a_clear_difference_stays_clear_among_many_pairs_with_few_resamples():
    models = [score_model(Right(40 - n), ROWS, TRUTH, name=f"m{n}") for n in range(0, 40, 5)]
    found = compare_scored(models, n_bootstrap=50)
    assert len(found.pairs) == 28
    assert found.n_bootstrap == 2800
    [widest] = [pair for pair in found.pairs if (pair.first, pair.second) == ("m0", "m35")]
    assert (widest.verdict, widest.p_holm <= 0.05) == ("better", True)
