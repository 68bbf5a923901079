"""The benchmark of regressions: paired splits, every control, the teacher's own table."""

import pandas as pd
import pytest

import regression


def test_a_page_shows_every_method_and_both_wrong_teachers(monkeypatch):
    monkeypatch.setattr(regression, "ROWS", (8,))
    family = regression.Family("tiny", 4, 2, True, "")
    frames = [
        regression.run(regression.diabetes_tasks(2)),
        regression.run(regression.synthetic_tasks(family, 2)),
    ]
    text = regression.page(pd.concat(frames), 2, 2)
    for name in ("teacher alone", "shuffled prior", "flipped prior", "ridge", "stated units"):
        assert f"| {name}" in text or f"| ours, {name}" in text
    assert "## Regret" in text
    # one line per method and table, none for the wrong teachers
    assert text.split("## Regret")[1].count("prior |") == 1


def test_splits_are_the_same_rows_every_time_and_never_overlap():
    one, again = (next(regression.diabetes_tasks(1)) for _ in range(2))
    assert one.pool.equals(again.pool)
    assert not set(one.pool.index) & set(one.test.index)


def test_the_prior_scores_the_columns_of_the_table():
    task = next(regression.diabetes_tasks(1))
    assert set(task.prior.columns) == set(task.pool)


def test_a_synthetic_truth_has_the_r2_it_states():
    task = next(regression.synthetic_tasks(regression.FAMILIES[0], 1))
    predicted = regression.ridge(task, 200)
    assert 1 - ((task.test_y - predicted) ** 2).mean() / task.test_y.var() == pytest.approx(
        0.6, abs=0.06
    )
