"""The table benchmark: fair splits, the published loss, results that are never run twice."""

import argparse
import json
import os
import subprocess
import sys
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
from splits import split_rows
from table_data import RecordedScores, Table, load_table, prior_scores

BENCHMARKS = Path(tables.__file__).parent
NO_DATA = not (table_data.SHARED / "data" / "tabular").is_dir()
needs_data = pytest.mark.skipif(NO_DATA, reason=f"the tables are not at {table_data.SHARED}")

LABELS = np.array(["no"] * 300 + ["yes"] * 60)


def toy_table(n_rows=120):
    rng = np.random.default_rng(0)
    features = pd.DataFrame(
        {"size": rng.normal(size=n_rows), "kind": rng.choice(["a", "b_c"], n_rows)}
    )
    scores = RecordedScores(
        ("size", "kind_a", "kind_b_c"),
        (("size", None), ("kind", "a"), ("kind", "b_c")),
        np.array([[8.0, 1.0, -1.0], [10.0, 0.0, -3.0]]),
    )
    noise = rng.normal(size=n_rows)
    return Table("toy", features, np.where(features["size"] > noise, "yes", "no"), scores)


@pytest.fixture
def toy(monkeypatch):
    """Make every table name the same small table."""
    table = toy_table()
    monkeypatch.setattr(cells, "load_table", lambda name: table)
    monkeypatch.setattr(tables, "load_table", lambda name: table)
    cells._split.cache_clear()
    yield table
    cells._split.cache_clear()


def options(methods, **changes):
    wanted = {"tables": ["toy"], "shots": [1, 5], "splits": 2, "jobs": 1, "methods": methods}
    return argparse.Namespace(**{**wanted, **changes})


# --- splits


def test_rows_for_fewer_shots_are_among_those_for_more():
    split = split_rows("toy", LABELS, 3)
    for fewer, more in [(1, 5), (5, 10), (10, 100)]:
        assert set(split.labelled(fewer)) < set(split.labelled(more))


@pytest.mark.parametrize("shots", [1, 10, 100])
def test_test_labelled_and_unlabelled_rows_are_disjoint_and_complete(shots):
    split = split_rows("toy", LABELS, 0)
    parts = [split.test, split.labelled(shots), split.unlabelled(shots)]
    assert sorted(np.concatenate(parts)) == list(range(len(LABELS)))


def test_halves_keep_the_shares_of_the_classes():
    split = split_rows("toy", LABELS, 0)
    assert (LABELS[split.test] == "yes").sum() == 30
    assert [len(rows) for rows in split.pool] == [150, 30]


def test_a_small_class_caps_its_labelled_rows():
    rows = split_rows("toy", LABELS, 0).labelled(100)
    assert (LABELS[rows] == "yes").sum() == 30
    assert (LABELS[rows] == "no").sum() == 100


def test_large_tables_are_cut_to_5000_test_rows_and_5000_in_the_pool():
    split = split_rows("large", np.array(["no", "yes", "no"] * 10_000), 0)
    assert 4998 <= len(split.test) <= 5000
    assert 4998 <= sum(len(rows) for rows in split.pool) <= 5000
    assert not set(split.test) & set(np.concatenate(split.pool))


def test_splits_differ_between_indices_and_tables():
    rows = {tuple(split_rows(*key).test) for key in [("a", LABELS, 0), ("a", LABELS, 1)]}
    assert len(rows | {tuple(split_rows("b", LABELS, 0).test)}) == 3


def test_a_split_is_the_same_in_another_process():
    code = (
        "import numpy as np; from splits import split_rows;"
        "labels = np.array(['no'] * 300 + ['yes'] * 60);"
        "print(split_rows('toy', labels, 3).labelled(5).tolist())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(BENCHMARKS)}
    output = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True
    ).stdout
    assert json.loads(output) == split_rows("toy", LABELS, 3).labelled(5).tolist()


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


def test_scores_nest_under_columns_and_categories_whatever_their_names():
    assert toy_table().scores.nested() == {
        "yes": {"size": [8.0, 10.0], "kind": {"a": [1.0, 0.0], "b_c": [-1.0, -3.0]}}
    }


def test_encoding_keeps_the_recorded_order_and_ignores_unknown_categories():
    frame = pd.DataFrame({"kind": ["b_c", "new"], "size": [2.5, 1.0]})
    assert toy_table().scores.encode(frame).tolist() == [[2.5, 0, 1], [1.0, 0, 0]]


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


# --- the published student


def test_published_loss_is_cross_entropy_plus_two_gamma_over_n_times_one_minus_cosine():
    torch = pytest.importorskip("torch", reason="the published student needs torch")
    import reference_laat as reference

    network = torch.nn.Linear(2, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[3.0, 4.0]]))
        network.bias.fill_(0.5)
    x, y = torch.tensor([[1.0, 0.0], [0.0, -1.0]]), torch.tensor([1.0, 0.0])
    scores = np.array([1.0, -2.0])
    target = np.array([np.e, -(np.e**2)]) / np.hypot(np.e, np.e**2)
    cosine = np.array([0.6, 0.8]) @ target
    entropy = (np.log1p(np.exp(-3.5)) + np.log1p(np.exp(-3.5))) / 2  # logits 3.5 and -3.5
    loss = reference.laat_loss(network, x, y, reference.target_direction(scores), gamma=100.0)
    assert loss.item() == pytest.approx(entropy + 2 * 100 / 2 * (1 - cosine), rel=1e-5)


def test_the_target_of_known_scores_is_nearly_one_column():
    pytest.importorskip("torch", reason="the published student needs torch")
    from reference_laat import target_direction

    target = target_direction(np.array([3.0, 10, 2, 4, 7, 8, 6, 5])).numpy()
    expected = [0.001, 0.990, 0, 0.002, 0.049, 0.134, 0.018, 0.007]
    assert target == pytest.approx(expected, abs=6e-4)
    assert target_direction(np.array([0.0, -1.0])).tolist() == [0.0, -1.0]


@pytest.mark.parametrize("kind", ["linear_network", "mlp_network"])
def test_with_eight_columns_the_published_student_is_its_teacher(kind):
    torch = pytest.importorskip("torch", reason="the published student needs torch")
    import reference_laat as reference

    scores, networks = np.array([4.0, 10, 1.4, 2, 3.2, 6.8, 4, 5]), []

    def build(n_columns):
        networks.append(getattr(reference, kind)(n_columns))
        return networks[0]

    for seed in range(3):
        networks.clear()
        rng = np.random.default_rng(seed)
        rows, y = rng.normal(size=(10, 8)), np.repeat([0, 1], 5)
        before = torch.random.get_rng_state()
        predict = reference.fit_laat(build, rows, y, scores, seed)
        assert torch.equal(before, torch.random.get_rng_state())
        low, high = rows.min(axis=0), rows.max(axis=0)
        scaled = torch.tensor((rows - low) / (high - low), dtype=torch.float32)
        _, gradient = reference.mean_gradient(networks[0], scaled)
        assert float((gradient @ reference.target_direction(scores)).detach()) > 0.99
        assert ((predict(rows) > 0) & (predict(rows) < 1)).all()


@pytest.mark.parametrize("name", [n for n, m in METHOD_NAMED.items() if not m.is_ours])
@pytest.mark.parametrize("shots", [1, 5])
def test_every_competitor_scores_every_test_row(name, shots, toy):
    if name.startswith("laat"):
        pytest.importorskip("torch", reason="the published student needs torch")
    if name == "catboost":
        pytest.importorskip("catboost", reason="this competitor is a library of its own")
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


def test_the_hash_of_our_code_ignores_comments_and_docstrings_only(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_results, "REPOSITORY", tmp_path)
    path = tmp_path / "src" / "tutelage" / "learning" / "fitting.py"
    path.parent.mkdir(parents=True)

    def code_with(source):
        path.write_text(source)
        return raw_results.our_code()

    first = code_with('def f():\n    """One."""\n    return 1\n')
    assert code_with('def f():\n    """Two."""\n    return 1  # why\n') == first
    assert code_with('def f():\n    """One."""\n    return 2\n') != first


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
    assert "| laat_lr | 40.0 |" in page
    assert len(table) == 4
    without, _ = summary.summarise([line for line in lines if line["method"] != "ours"])
    assert "ours minus" not in without


def test_no_results_is_a_message_and_exit_code_2(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    assert tables.main(["--summary-only"]) == 2
    assert "there are no results yet" in capsys.readouterr().err
