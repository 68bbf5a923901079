"""Settings with several runs: means, spread between seeds, collapse, and when luck is no gain."""

import math

import numpy as np
import pytest

from tutelage.errors import DataError, InputError
from tutelage.evaluation.model_comparison_scores import ModelCost, ScoredModel
from tutelage.evaluation.model_comparison_seeds import compare_settings
from tutelage.evaluation.predictions import Predictions

N_ROWS = 200
CODES = np.arange(N_ROWS) % 2


def run_of(name, n_right, seed=0, cost=None, key="rows"):
    """A model that has so many rows right, drawn by the seed."""
    said = CODES.copy()
    wrong = np.random.default_rng(seed).permutation(N_ROWS)[n_right:]
    said[wrong] = 1 - said[wrong]
    table = np.column_stack([said == 0, said == 1]).astype(float) * 0.8 + 0.1
    return ScoredModel(name, key, Predictions(CODES, table, ("a", "b")), cost or ModelCost())


def collapsed(name):
    table = np.tile([0.9, 0.1], (N_ROWS, 1))
    return ScoredModel(name, "rows", Predictions(CODES, table, ("a", "b")))


def test_the_figures_worked_by_hand():
    one = [run_of(f"a{n}", right, n, ModelCost(n + 1.0)) for n, right in enumerate((160, 170, 180))]
    other = [run_of(f"b{n}", right, n) for n, right in enumerate((100, 110, 120))]
    found = compare_settings({"a": one, "b": other})
    a, b = found.settings
    assert (a.mean, b.mean) == (pytest.approx(0.85), pytest.approx(0.55))
    assert a.sd == b.sd == pytest.approx(0.05)
    assert a.values == pytest.approx((0.8, 0.85, 0.9))
    assert a.cost.train_seconds == 2.0
    assert math.isnan(b.cost.train_seconds)
    pair = found.pairs[0]
    assert pair.difference == pytest.approx(0.3)
    assert pair.effect_size == pytest.approx(0.3 / 0.05)
    assert (pair.verdict, pair.p_holm) == ("better", pair.p_value)


def test_one_lucky_seed_is_no_gain():
    """The same rows right but for one run: rows alone would call that a gain."""
    even = [run_of(f"a{n}", 140, n) for n in range(5)]
    lucky = [run_of(f"b{n}", right, n) for n, right in enumerate((140, 140, 140, 140, 190))]
    pair = compare_settings({"lucky": lucky, "even": even}).pairs[0]
    assert pair.difference == pytest.approx(0.05)
    assert pair.verdict == "no clear difference"
    assert pair.low <= 0.01


def test_collapsed_runs_are_counted():
    runs = [collapsed("a0"), collapsed("a1"), run_of("a2", 180)]
    found = compare_settings({"a": runs, "b": [run_of(f"b{n}", 150, n) for n in range(3)]})
    assert found.settings[0].collapse_rate == pytest.approx(2 / 3)
    assert "67% of the runs of a give every row the same class" in found.notes[0]
    assert found.setting_lines()[1][0][5] == "67%"


def test_one_run_says_nothing_of_seeds():
    found = compare_settings({"a": [run_of("a0", 190)], "b": [run_of("b0", 100)]})
    assert found.pairs[0].verdict == "undecided"
    assert math.isnan(found.settings[0].sd)
    assert "Fewer than 5 runs of a (1), b (1)" in found.notes[0]


def test_three_settings_are_corrected_together():
    groups = {name: [run_of(f"{name}{n}", right, n) for n in range(5)]
              for name, right in (("a", 150), ("b", 152), ("c", 190))}  # fmt: skip
    found = compare_settings(groups)
    assert len(found.pairs) == 3
    assert all(pair.p_holm >= pair.p_value for pair in found.pairs)
    assert found.pairs[0].verdict == "no clear difference"


def test_what_cannot_be_compared_says_why():
    a = [run_of("a0", 150), run_of("a1", 150)]
    with pytest.raises(InputError, match="at least two, each with a run"):
        compare_settings({"a": a})
    with pytest.raises(InputError, match="at least two, each with a run"):
        compare_settings({"a": a, "b": []})
    with pytest.raises(InputError, match="distinct names"):
        compare_settings({"a": a, "b": a})
    with pytest.raises(DataError, match="only be compared on the same rows"):
        compare_settings({"a": a, "b": [run_of("b0", 150, key="others")]})
