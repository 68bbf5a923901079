"""Run cells of the table benchmark, in this process or in several."""

from __future__ import annotations

import functools
import multiprocessing
import time
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from competitors import METHOD_NAMED
from raw_results import Cell, Line, our_code
from scoring import scores_of
from splits import Split, split_rows, split_seed
from table_data import POSITIVE, RecordedScores, load_table


def planned(
    tables: Iterable[str], shots: Iterable[int], n_splits: int, methods: Iterable[str]
) -> list[Cell]:
    """Return all cells, split by split, so that a part of the run covers everything evenly."""
    return [
        Cell(table, shot, split, method)
        for split in range(n_splits)
        for method in methods
        for table in tables
        for shot in shots
    ]


def run_cells(cells: list[Cell], jobs: int) -> Iterator[tuple[Cell, Line | str]]:
    """Run ``cells``, each on one thread; yield each with its line, or with the error's text."""
    if jobs == 1:
        one_thread()
        yield from map(attempt, cells)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=one_thread) as pool:
        yield from pool.map(attempt, cells)


def one_thread() -> None:
    """Keep the numerical libraries of this process to one thread."""
    threadpool_limits(1)


def attempt(cell: Cell) -> tuple[Cell, Line | str]:
    """Run ``cell``; an error is returned as text, so that the other cells still run."""
    try:
        return cell, run_cell(cell)
    except Exception:
        return cell, traceback.format_exc(limit=-3)


def run_cell(cell: Cell) -> Line:
    """Train and test one method on one split; return the line to keep."""
    table, split = load_table(cell.table), _split(cell.table, cell.split)
    method = METHOD_NAMED[cell.method]
    _warm_up(method.name)
    rows, rest = split.labelled(cell.shots), split.unlabelled(cell.shots)
    labelled, unlabelled = table.features.iloc[rows], table.features.iloc[rest]
    seed = split_seed(cell.table, cell.split)
    started, started_cpu = time.perf_counter(), time.process_time()
    predict = method.fit(labelled, table.labels[rows], unlabelled, table.scores, seed)
    fitted, fitted_cpu = time.perf_counter(), time.process_time()
    predicted = predict(table.features.iloc[split.test])
    predicted_at = time.perf_counter()
    line = {
        **cell._asdict(),
        **scores_of(table.labels[split.test] == POSITIVE, predicted, method.gives_probabilities),
        "fit_seconds": fitted - started,
        "fit_cpu_seconds": fitted_cpu - started_cpu,
        "predict_seconds": predicted_at - fitted,
        "n_labelled": len(rows),
        "n_columns": len(table.scores.names),
    }
    line = {key: round(x, 6) if isinstance(x, float) else x for key, x in line.items()}
    return {**line, "code": our_code()} if method.is_ours else line


@functools.lru_cache(maxsize=8)
def _split(table: str, index: int) -> Split:
    return split_rows(table, load_table(table).labels, index)


@functools.cache
def _warm_up(method: str) -> None:
    """Train once on six rows, so that no measured time pays for imports.

    A library that this loads comes with threads of its own, so they are limited again.
    """
    rows = pd.DataFrame({"size": [1.0, 2, 3, 4, 5, 6], "kind": ["a", "b"] * 3})
    scores = RecordedScores(
        ("size", "kind_a", "kind_b"),
        (("size", None), ("kind", "a"), ("kind", "b")),
        np.array([[3.0, 1.0, -1.0], [4.0, 1.0, -2.0]]),
    )
    y = np.array(["no", "no", "no", "yes", "yes", "yes"])
    METHOD_NAMED[method].fit(rows, y, rows, scores, 0)(rows)
    one_thread()
