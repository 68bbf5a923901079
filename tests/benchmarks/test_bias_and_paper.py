"""The experiments on bias, corruption and the paper: fair rows, right counts, resumable runs."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="the published student needs torch")

import bias
import corruption
import laat_paper
import laat_paper_summary
import raw_results
import resumable
import table_data
from raw_results import Cell

NO_DATA = not (table_data.SHARED / "data" / "tabular").is_dir()
needs_data = pytest.mark.skipif(NO_DATA, reason=f"the tables are not at {table_data.SHARED}")


@needs_data
def test_the_paper_tests_on_all_rows_that_it_does_not_label():
    one, ten = (laat_paper.paper_draw("diabetes", k, 3) for k in (1, 10))
    for draw, shots in ((one, 1), (ten, 10)):
        labels = draw.table.labels[draw.train]
        assert sorted(labels) == ["no"] * shots + ["yes"] * shots
        assert not set(draw.train) & set(draw.test)
        assert len(draw.train) + len(draw.test) == 768
    assert set(one.train) <= set(ten.train)
    assert set(one.train) != set(laat_paper.paper_draw("diabetes", 1, 4).train)


@needs_data
def test_every_method_of_the_paper_run_gives_a_number_per_test_row():
    draw = laat_paper.paper_draw("breast-ljubljana", 1, 0)
    for name, method in laat_paper.METHODS.items():
        if method.repetitions == laat_paper.REPETITIONS:
            said = method.fit(draw)
            assert said.shape == draw.test.shape, name
            assert np.isfinite(said).all(), name


@needs_data
def test_without_gamma_the_published_student_does_not_hear_its_teacher():
    draw = laat_paper.paper_draw("diabetes", 5, 0)
    alone, taught = (laat_paper.laat("lr", draw, gamma=g) for g in (0.0, 100.0))
    teacher = laat_paper.teacher_as_published(draw)
    assert np.corrcoef(taught, teacher)[0, 1] > 0.98
    assert np.corrcoef(alone, teacher)[0, 1] < 0.9


def test_slow_methods_are_planned_for_fewer_repetitions_and_grids_on_demand():
    cells = laat_paper.planned(["diabetes"], 20)
    assert len([c for c in cells if c.method == "ours"]) == 3 * 20
    assert len([c for c in cells if c.method == "catboost"]) == 3 * laat_paper.FEW_REPETITIONS
    assert not [c for c in cells if c.method == "xgboost_grid"]
    assert [c for c in laat_paper.planned(["diabetes"], 1, full=True) if c.method == "xgboost_grid"]


def test_single_answers_are_compared_with_draws_of_rows():
    lines = [
        {"table": "t", "shots": 1, "split": split, "method": f"ours_answer_{i}", "roc_auc": auc}
        for split, change in ((0, 0.0), (1, 0.2))
        for i, auc in ((1, 0.5 + change), (2, 0.6 + change))
    ]
    lines += [
        {"table": "t", "shots": 1, "split": s, "method": "ours", "roc_auc": 0.7} for s in (0, 1)
    ]
    page = laat_paper_summary._answers(pd.DataFrame(lines))
    assert "| ours | .071 | .100 | .141 | .050 |" in page


@needs_data
@pytest.mark.parametrize("name", bias.TABLES)
def test_only_the_training_rows_are_biased(name):
    tasks = {variant: bias.task_of(name, 2, variant) for variant in bias.VARIANTS}
    first = tasks["all"]
    for task in tasks.values():
        assert (task.test == first.test).all()
        assert set(task.train) <= set(first.train)
        assert not set(task.train) & set(task.test)
    biased, control = tasks["biased"], tasks["control"]
    assert sorted(biased.y) == sorted(control.y)
    assert len(biased.y) < len(first.y)


def test_group_scores_count_in_the_group_and_outside_it():
    positive = np.array([True, True, False, False, True, False, True, False])
    predicted = np.array([0.9, 0.2, 0.6, 0.1, 0.8, 0.7, 0.95, 0.3])
    inside = np.arange(8) < 4
    found = bias.group_scores(positive, predicted, inside, True)
    # the four highest are selected: .95 .9 .8 (positive) and .7 (negative)
    assert found["matched_recall_in"] == 0.5
    assert found["matched_recall_out"] == 1.0
    assert found["matched_selected_in"] == 0.25
    assert found["matched_false_alarm_out"] == 0.5
    assert found["half_selected_in"] == 0.5
    assert found["auc_in"] == 0.75
    ranked = bias.group_scores(positive, predicted, inside, False)
    assert ranked["half_recall_in"] is None
    assert ranked["matched_recall_in"] == 0.5
    none = bias.group_scores(positive, predicted, np.ones(8, dtype=bool), True)
    assert none["auc_out"] is None


@needs_data
def test_a_spoiled_prior_is_the_same_for_every_number_of_shots():
    five, many = (corruption._prior(Cell("adult", k, 1, "ours/flip/0.5")) for k in (5, 100))
    assert five == many
    assert five != corruption._prior(Cell("adult", 5, 1, corruption.AS_IS))


def test_what_is_there_is_not_run_again_and_a_failure_does_not_stop_the_rest(tmp_path, capsys):
    path, ran = tmp_path / "raw.jsonl", []

    def run(cell):
        ran.append(cell)
        if cell.method == "bad":
            raise ValueError("no such luck")
        return {"roc_auc": 0.123456789}

    cells = [Cell("t", 1, 0, name) for name in ("good", "bad", "ours")]
    assert resumable.run_missing(path, cells, run) == 1
    assert "no such luck" in capsys.readouterr().err
    assert resumable.run_missing(path, cells, run) == 1
    assert ran == [*cells, cells[1]]
    lines = raw_results.read(path)
    assert lines[cells[0]]["roc_auc"] == 0.123457
    assert "code" not in lines[cells[0]]
    assert lines[cells[2]]["code"] == raw_results.our_code()


@pytest.mark.parametrize("module", [bias, corruption, laat_paper], ids=lambda m: m.__name__)
def test_without_results_there_is_nothing_to_summarise(module, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    assert module.main(["--summary-only"]) == 2
    assert "there are no results yet" in capsys.readouterr().err
