"""The controls for a number to predict learn what is there, on any table."""

import numpy as np
import pandas as pd
import pytest

from tutelage.evaluation.regression_controls import REGRESSION_CONTROLS

each_control = pytest.mark.parametrize("name", REGRESSION_CONTROLS)


def made_table(n_rows=80, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {"rooms": rng.normal(size=n_rows), "kind": rng.choice(["flat", "hut"], n_rows)}
    )
    X["gone"] = np.nan
    X.loc[3, "rooms"] = np.nan
    return X, 3 * X["rooms"].fillna(0) + 2 * (X["kind"] == "flat")


@each_control
def test_a_control_learns_numbers_and_categories(name):
    model = REGRESSION_CONTROLS[name](0).fit(*made_table())
    assert model.score(*made_table(seed=1)) > 0.9


@each_control
@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_the_size_of_the_target_does_not_matter(name, unit):
    X, y = made_table()
    plain = REGRESSION_CONTROLS[name](0).fit(X, y).predict(X)
    scaled = REGRESSION_CONTROLS[name](0).fit(X, y * unit).predict(X)
    assert scaled / unit == pytest.approx(plain, rel=1e-3, abs=0.05)


@each_control
def test_one_row_is_enough_and_a_new_category_is_no_error(name):
    X, y = made_table()
    model = REGRESSION_CONTROLS[name](0).fit(X[:1], y[:1])
    assert model.predict(X.assign(kind="castle")) == pytest.approx(np.full(len(X), y[0]))


def test_unlabelled_rows_help_to_scale():
    X, y = made_table()
    alone = REGRESSION_CONTROLS["ridge regression"](0).fit(X[:3], y[:3])
    helped = REGRESSION_CONTROLS["ridge regression"](0).fit(X[:3], y[:3], unlabelled=X)
    assert not np.allclose(alone.predict(X), helped.predict(X))
