"""The table benchmark: fair splits, the published loss, results that are never run twice."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("threadpoolctl")

import cells
import comparison
import raw_results
import summary
import table_data
import tables
from competitors import METHOD_NAMED, Method
from raw_results import Cell
from scoring import calibration_error, scores_of
from table_data import load_table, prior_scores

BENCHMARKS = Path(tables.__file__).parent
NO_DATA = not (table_data.SHARED / "data" / "tabular").is_dir()
needs_data = pytest.mark.skipif(NO_DATA, reason=f"the tables are not at {table_data.SHARED}")


def options(methods, **changes):
    wanted = {"tables": ["toy"], "shots": [1, 5], "splits": 2, "jobs": 1, "methods": methods}
    return argparse.Namespace(**{**wanted, **changes})


# --- cells


def test_every_method_gets_the_same_rows_and_no_test_row_while_training(toy, monkeypatch):
    seen = {}

    def recording(name):
        def fit(labelled, y, unlabelled, scores, seed):
            np.random.seed(len(name))  # a method may spoil the global state
            trained = [list(labelled.index), list(y), list(unlabelled.index), seed]

            def predict(test):
                if len(test) > 6:
                    seen[name] = [*trained, list(test.index)]
                return np.full(len(test), 0.5)

            return predict

        return Method(name, fit)

    for name in ("first", "second-one"):
        monkeypatch.setitem(METHOD_NAMED, name, recording(name))
        cells.run_cell(Cell("toy", 5, 1, name))
    assert seen["first"] == seen["second-one"]
    labelled, _, unlabelled, _, test = seen["first"]
    assert not set(test) & (set(labelled) | set(unlabelled))


# --- tables and recorded scores


def test_scores_nest_under_columns_and_categories_whatever_their_names(toy):
    assert toy.scores.nested() == {
        "yes": {"size": [8.0, 10.0], "kind": {"a": [1.0, 0.0], "b_c": [-1.0, -3.0]}}
    }


def test_encoding_keeps_the_recorded_order_and_ignores_unknown_categories(toy):
    frame = pd.DataFrame({"kind": ["b_c", "new"], "size": [2.5, 1.0]})
    assert toy.scores.encode(frame).tolist() == [[2.5, 0, 1], [1.0, 0, 0]]


def test_absent_data_is_a_clear_message_and_exit_code_2(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(table_data, "SHARED", tmp_path / "nowhere")
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    load_table.cache_clear()
    assert tables.main(["--methods", "teacher_alone", "--tables", "diabetes"]) == 2
    assert "is absent. The benchmark reads the tables" in capsys.readouterr().err


@needs_data
@pytest.mark.parametrize("name", table_data.TABLES)
def test_every_column_of_a_real_table_is_scored_five_times(name):
    table, scores = load_table(name), prior_scores(name)["yes"]
    assert set(scores) == set(table.features)
    for column, answers in scores.items():
        if table_data.is_categorical(table.features[column]):
            assert set(answers) == set(table.features[column])
        else:
            assert len(answers) == 5


@needs_data
def test_the_teacher_alone_ranks_diabetes_as_measured_before():
    table = load_table("diabetes")
    predict = METHOD_NAMED["teacher_alone"].fit(
        table.features, table.labels, table.features.iloc[:0], table.scores, 0
    )
    scores = scores_of(table.labels == "yes", predict(table.features), False)
    assert scores["roc_auc"] == pytest.approx(0.814, abs=0.001)
    assert scores["log_loss"] is None


# --- competitors


@pytest.mark.parametrize("name", [n for n, m in METHOD_NAMED.items() if not m.is_ours])
@pytest.mark.parametrize("shots", [1, 5])
def test_every_competitor_scores_every_test_row(name, shots, toy):
    if name.startswith("laat"):
        pytest.importorskip("torch", reason="the published student needs torch")
    if name in ("catboost", "xgboost_tuned"):
        package = name.partition("_")[0]
        pytest.importorskip(package, reason="this competitor is a library of its own")
    line = cells.run_cell(Cell("toy", shots, 0, name))
    assert 0 <= line["roc_auc"] <= 1
    assert line["n_labelled"] == 2 * shots
    assert line["n_columns"] == 3
    assert (line["log_loss"] is None) == (name == "teacher_alone")


def test_our_student_scores_every_test_row_with_and_without_what_it_may_lack(toy):
    pytest.importorskip("tutelage.students.tabular", reason="the table student is not there")
    for name in ("ours", "ours_k_rows", "ours_no_prior", "ours_shuffled"):
        line = cells.run_cell(Cell("toy", 5, 0, name))
        assert 0 <= line["roc_auc"] <= 1
        assert line["code"] == raw_results.our_code()


# --- scores


def test_calibration_error_is_the_gap_between_what_was_said_and_what_came():
    positive = np.array([True, False, True, True])
    assert calibration_error(positive, np.array([0.5, 0.5, 1.0, 1.0])) == pytest.approx(0.0)
    assert calibration_error(positive, np.full(4, 0.5)) == pytest.approx(0.25)


def test_balanced_scores_do_not_depend_on_the_share_of_the_classes():
    even = scores_of(np.array([True, False]), np.array([0.8, 0.3]), True)
    uneven = scores_of(np.array([True, *[False] * 9]), np.array([0.8, *[0.3] * 9]), True)
    assert uneven["balanced_log_loss"] == pytest.approx(even["log_loss"])
    assert uneven["log_loss"] != pytest.approx(even["log_loss"])


# --- raw results


def test_what_is_there_is_not_run_again(toy, tmp_path, monkeypatch):
    path = tmp_path / "raw.jsonl"
    assert tables.run_missing(options(["teacher_alone"]), path) == 0
    assert len(path.read_text().splitlines()) == 4
    ran = []

    def recording(wanted, jobs):
        ran.extend(wanted)
        return iter(())

    monkeypatch.setattr(tables, "run_cells", recording)
    tables.run_missing(options(["teacher_alone"]), path)
    assert ran == []
    tables.run_missing(options(["teacher_alone"], splits=3, shots=[5]), path)
    assert ran == [Cell("toy", 5, 2, "teacher_alone")]


def test_a_failing_method_leaves_no_line_and_is_counted(toy, tmp_path, monkeypatch, capsys):
    def fail(labelled, y, unlabelled, scores, seed):
        raise ValueError(f"{len(labelled)} rows are too few")

    monkeypatch.setitem(METHOD_NAMED, "failing", Method("failing", fail))
    assert tables.run_missing(options(["failing"]), tmp_path / "raw.jsonl") == 4
    assert not (tmp_path / "raw.jsonl").exists()
    assert "rows are too few" in capsys.readouterr().err


def line_of(method="lr_tuned", split=0, **values):
    cell = {"table": "toy", "shots": 1, "split": split, "method": method}
    return {**cell, "roc_auc": 0.5, **values}


def test_results_of_older_code_of_ours_are_left_out_and_newer_ones_replace_older(tmp_path):
    path = tmp_path / "raw.jsonl"
    raw_results.append(path, line_of("ours", code="0ld"))
    raw_results.append(path, line_of("lr_tuned", roc_auc=0.6))
    raw_results.append(path, line_of("lr_tuned", roc_auc=0.7))
    assert [(line["method"], line["roc_auc"]) for line in raw_results.read(path).values()] == [
        ("lr_tuned", 0.7)
    ]
    raw_results.append(path, line_of("ours", code=raw_results.our_code()))
    assert len(raw_results.read(path)) == 2


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two files; yields a function that writes one and returns the hash."""
    monkeypatch.setattr(raw_results, "PACKAGE", tmp_path)
    for layer in raw_results.LAYERS:
        (tmp_path / layer).mkdir()

    def hash_with(name, source):
        (tmp_path / name).write_text(source)
        raw_results.our_code.cache_clear()
        return raw_results.our_code()

    hash_with(raw_results.START, "from tutelage.learning.steps import step\n")
    yield hash_with
    raw_results.our_code.cache_clear()


def test_the_hash_of_our_code_ignores_comments_and_docstrings_only(package):
    steps = "learning/steps.py"
    first = package(steps, 'def step():\n    """One."""\n    return 1\n')
    assert package(steps, 'def step():\n    """Two."""\n    return 1  # why\n') == first
    assert package(steps, 'def step():\n    """One."""\n    return 2\n') != first


def test_the_hash_of_our_code_ignores_files_that_no_table_student_imports(package):
    first = package("learning/steps.py", "step = 1\n")
    assert package("students/text.py", "words = 1\n") == first


def test_a_line_that_was_cut_short_does_not_spoil_the_others(tmp_path):
    path = tmp_path / "raw.jsonl"
    path.write_text('{"table": "toy", "sho')
    raw_results.append(path, line_of(split=0))
    raw_results.append(path, line_of(split=1))
    assert {cell.split for cell in raw_results.read(path)} == {0, 1}


def test_many_writers_at_once_keep_their_lines_whole(tmp_path):
    path = tmp_path / "raw.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: raw_results.append(path, line_of(split=i)), range(200)))
    assert len(raw_results.read(path)) == 200


# --- the summary


def full_line(table, method, split, auc, seconds=0.01):
    rest = dict.fromkeys(("log_loss", "balanced_log_loss", "accuracy"), 0.5)
    rest |= dict.fromkeys(("calibration_error", "balanced_calibration_error"), 0.1)
    rest |= dict.fromkeys(("fit_seconds", "fit_cpu_seconds", "predict_seconds"), seconds)
    return {
        **{"table": table, "shots": 1, "split": split, "method": method, "roc_auc": auc},
        **{**rest, "n_labelled": 2, "n_columns": 3},
    }


def test_only_splits_that_every_method_has_run_are_compared():
    lines = [full_line("a", "lr_tuned", split, 0.5) for split in range(3)]
    lines += [full_line("a", "catboost", split, 0.7) for split in range(2)]
    rows = comparison.by_table(comparison.paired_frame(lines)).set_index("method")
    assert rows["n_splits"].tolist() == [2, 2]
    assert rows["regret"].to_dict() == pytest.approx({"catboost": 0.0, "lr_tuned": 0.2})


def test_the_interval_covers_the_mean_and_is_a_point_where_nothing_varies():
    assert comparison.mean_with_interval([np.full(3, 0.1), np.full(5, 0.1)]) == pytest.approx(
        (0.1, 0.1, 0.1)
    )
    parts = [np.random.default_rng(i).normal(0.02, 0.01, 20) for i in range(7)]
    mean, low, high = comparison.mean_with_interval(parts)
    assert low < mean < high
    assert 0.002 < high - low < 0.008


def test_the_page_has_differences_and_time_ratios_where_ours_was_run():
    lines = [full_line(t, "ours", s, 0.8, 0.002) for t in "ab" for s in range(3)]
    lines += [full_line(t, "laat_lr", s, 0.7, 0.08) for t in "ab" for s in range(3)]
    page, table = summary.summarise(lines)
    assert "| laat_lr | .100 [.100, .100] |" in page
    assert "| laat_lr / ours | 40.0 | 40.0 |" in page
    assert len(table) == 4
    without, _ = summary.summarise([line for line in lines if line["method"] != "ours"])
    assert "ours minus" not in without


def test_a_method_with_fewer_splits_stands_apart_and_shrinks_nothing():
    lines = [full_line("a", name, s, 0.8) for name in ("ours", "catboost") for s in range(3)]
    lines += [full_line("a", "xgboost_tuned", s, 0.7) for s in range(2)]
    page, table = summary.summarise(lines)
    assert table["n_splits"].tolist() == [3, 3]
    assert "xgboost_tuned" not in set(table["method"])
    apart = page.partition("## On fewer splits: xgboost_tuned")[2]
    assert "2 splits. It has no part in the tables above." in apart
    assert "| xgboost_tuned | .100 [.100, .100] |" in apart


def test_the_page_says_where_the_probabilities_of_ours_are_the_best():
    worse = {"log_loss": 0.6, "calibration_error": 0.2}
    lines = [full_line("a", "ours", 0, 0.8), full_line("a", "ours_shuffled", 0, 0.8)]
    lines += [{**full_line("a", "catboost", 0, 0.7), **worse}]
    lines += [{**full_line("a", "lr_tuned", 0, 0.7), **worse, "log_loss": 0.7}]
    page, _ = summary.summarise(lines)
    assert "- **Log loss**: lower than every competitor's at every number of shots" in page
    assert "(best competitor minus ours: .100)" in page
    assert "| log loss | .500 / .600 catboost |" in page
    assert "- **Balanced log loss**: lower than every competitor's at 0 of 1 numbers" in page


def test_no_results_is_a_message_and_exit_code_2(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    assert tables.main(["--summary-only"]) == 2
    assert "there are no results yet" in capsys.readouterr().err
