"""regression_curve: paired rows, targets of any size, nothing dropped in silence."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from tutelage.errors import DataError, InputError
from tutelage.evaluation.comparison import compare_models
from tutelage.evaluation.curve_result import CurveResult
from tutelage.evaluation.regression_curve import regression_curve, row_splits
from tutelage.report.verdicts import by_labels, verdicts_of

MODELS = {"line": lambda seed: LinearRegression(), "mean": lambda seed: DummyRegressor()}


def made_table(n_rows=60, unit=1.0):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"rooms": rng.integers(1, 9, n_rows), "noise": rng.normal(size=n_rows)})
    return X, unit * (X["rooms"] + 0.1 * rng.normal(size=n_rows))


@pytest.fixture(scope="module")
def curve():
    return regression_curve(MODELS, *made_table(), (5, 20), n_splits=7)


def test_the_rows_of_few_labels_are_among_those_of_more():
    for few, more in zip(*(row_splits(50, [k], 5, 0.3, 0) for k in (5, 20)), strict=True):
        assert set(few.train) < set(more.train)
        assert np.array_equal(few.test, more.test)


def test_train_test_and_unlabelled_never_overlap():
    for split in row_splits(50, (5, 20), 5, 0.3, 0):
        parts = [set(split.train), set(split.unlabelled), set(split.test)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 50


def test_a_line_fits_a_line_and_the_mean_does_not(curve):
    assert curve.cell("line", 20, "r2").mean > 0.98
    assert curve.cell("mean", 20, "r2").mean < 0.01
    assert curve.cell("line", 20, "mae").mean < 0.2


@pytest.mark.parametrize("unit", [1e-300, 1e-6, 1e300])
def test_errors_are_in_units_of_the_target_whatever_its_size(curve, unit):
    found = regression_curve(MODELS, *made_table(unit=unit), (5, 20), n_splits=7)
    for name, power in (("r2", 1.0), ("mae", unit), ("rmse", unit)):
        one, other = (c.cell("mean", 20, name).mean for c in (curve, found))
        assert other == pytest.approx(one * power, rel=1e-6)


def test_one_number_for_every_row_counts_as_collapsed(curve):
    assert curve.cell("mean", 5, "r2").collapse_rate == 1
    assert curve.cell("line", 5, "r2").collapse_rate == 0


def test_rows_are_counted_as_rows_in_every_sentence(curve):
    found = compare_models(curve, "line", "mean", "r2", 5)
    assert found.verdict == "helped"
    assert "R2 at 5 labelled rows (95 %" in found.sentence()
    assert by_labels(verdicts_of(curve, "line", "mean", "r2")) == (
        "By labelled rows, it helped at 5 and 20."
    )
    assert curve.table("r2").startswith("labelled rows")


def test_a_lower_error_helps(curve):
    assert compare_models(curve, "line", "mean", "mae").verdict == "helped"


def test_numbers_of_rows_that_are_not_there_are_left_out_with_a_note():
    found = regression_curve(MODELS, *made_table(20), (5, 14, 15), n_splits=2)
    assert found.shots == (5, 14)
    assert found.notes == ("Left out: 15 labelled rows, because the test part leaves fewer.",)


def test_too_few_rows_are_refused():
    with pytest.raises(DataError, match=r"at least 4 rows, two to learn from .* got 3"):
        regression_curve(MODELS, *made_table(3), (1,))
    with pytest.raises(InputError, match=r"a number of rows up to 7, .* got \[8\]"):
        regression_curve(MODELS, *made_table(10), (8,))


def test_a_curve_survives_json(curve):
    again = CurveResult.from_dict(json.loads(json.dumps(curve.to_dict())))
    assert again == curve
    assert not again.per_class
