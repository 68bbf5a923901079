"""Statistics over the raw results. Every comparison is paired: same table, shots and split."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from competitors import METHOD_NAMED
from raw_results import Line

OURS = "ours"
DRAWS = 4000
WIDEST = ("myocardial", 10)


def paired_frame(lines: Iterable[Line]) -> pd.DataFrame:
    """Return the lines whose split every method of its (table, shots) has run."""
    frame = pd.DataFrame(list(lines))
    if frame.empty:
        raise LookupError("there are no results yet; run benchmarks/tables.py first")
    frame = frame[frame["method"].isin(METHOD_NAMED)]
    by_cell = frame.groupby(["table", "shots"])["method"]
    wanted = by_cell.transform("nunique")
    there = frame.groupby(["table", "shots", "split"])["method"].transform("nunique")
    kept = frame[wanted == there].copy()
    if kept.empty:
        raise LookupError("no split has results of every method yet; give fewer --methods")
    return kept


def unfinished(lines: Iterable[Line]) -> list[str]:
    """Return the methods that have run fewer cells than ours; they must not shrink the rest."""
    counts = pd.Series([line["method"] for line in lines], dtype=object).value_counts()
    listed = [name for name in METHOD_NAMED if name in counts.index]
    return [name for name in listed if OURS in listed and counts[name] < counts[OURS]]


def by_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per (table, shots, method): means over splits, sd, median times, regret."""
    grouped = frame.groupby(["table", "shots", "method"], sort=False)
    rows = grouped.agg(
        n_splits=("split", "nunique"),
        n_labelled=("n_labelled", "max"),
        n_columns=("n_columns", "max"),
        roc_auc=("roc_auc", "mean"),
        roc_auc_sd=("roc_auc", "std"),
        log_loss=("log_loss", "mean"),
        balanced_log_loss=("balanced_log_loss", "mean"),
        accuracy=("accuracy", "mean"),
        calibration_error=("calibration_error", "mean"),
        balanced_calibration_error=("balanced_calibration_error", "mean"),
        fit_seconds=("fit_seconds", "median"),
        fit_cpu_seconds=("fit_cpu_seconds", "median"),
        predict_seconds=("predict_seconds", "median"),
    ).reset_index()
    best = rows.groupby(["table", "shots"])["roc_auc"].transform("max")
    rows["regret"] = best - rows["roc_auc"]
    order = {name: place for place, name in enumerate(METHOD_NAMED)}
    return rows.sort_values(
        ["table", "shots", "method"],
        key=lambda column: column.map(order) if column.name == "method" else column,
    ).reset_index(drop=True)


def over_tables(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the mean of ``score`` over the tables, methods down and shots across."""
    grid = rows.pivot_table(
        index="method", columns="shots", values=score, aggfunc="mean", sort=False, dropna=False
    )
    return in_order(grid)


def against_rivals(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return, per number of shots, ours and the least mean ``score`` of any other library's method.

    Columns: ``ours``, ``least``, ``rival`` (who has the least). Variants of ours are no rivals.
    """
    grid = over_tables(rows, score)
    rivals = grid[[not METHOD_NAMED[name].is_ours for name in grid.index]].dropna(how="all")
    return pd.DataFrame({"ours": grid.loc[OURS], "least": rivals.min(), "rival": rivals.idxmin()})


def in_order(grid: pd.DataFrame) -> pd.DataFrame:
    """Put the methods of ``grid`` in the order of `METHODS`, and the shots in theirs."""
    return grid.loc[[name for name in METHOD_NAMED if name in grid.index], sorted(grid.columns)]


def differences(frame: pd.DataFrame, method: str, shots: int) -> list[np.ndarray]:
    """ROC AUC of ours minus that of ``method``: one array over the splits per table."""
    rows = frame[(frame["shots"] == shots) & frame["method"].isin([OURS, method])]
    grid = rows.pivot_table(index=["table", "split"], columns="method", values="roc_auc")
    if not {OURS, method} <= set(grid.columns):
        return []
    gaps = (grid[OURS] - grid[method]).dropna()
    return [part.to_numpy() for _, part in gaps.groupby(level="table")]


def mean_with_interval(parts: list[np.ndarray]) -> tuple[float, float, float]:
    """Mean over the tables of the mean over the splits, with a 95 % bootstrap interval.

    A draw takes tables with replacement and, within each of them, splits with replacement.
    """
    rng = np.random.default_rng(0)
    counts = np.array([len(part) for part in parts])
    padded = np.zeros((len(parts), counts.max()))
    for row, part in zip(padded, parts, strict=True):
        row[: len(part)] = part
    tables = rng.integers(len(parts), size=(DRAWS, len(parts)))
    places = rng.random((DRAWS, len(parts), counts.max()))
    splits = (places * counts[tables][..., None]).astype(int)
    used = np.arange(counts.max()) < counts[tables][..., None]
    drawn = np.where(used, padded[tables[..., None], splits], 0).sum(-1) / counts[tables]
    low, high = np.quantile(drawn.mean(axis=1), [0.025, 0.975])
    return float(np.mean([part.mean() for part in parts])), float(low), float(high)


def time_ratio(frame: pd.DataFrame, method: str, ours: str = OURS) -> pd.Series:
    """Processor time of a fit of ``method`` over that of ``ours``: median over pairs, per shots."""
    rows = frame[frame["method"].isin([ours, method])]
    grid = rows.pivot_table(
        index=["shots", "table", "split"], columns="method", values="fit_cpu_seconds"
    )
    if not {ours, method} <= set(grid.columns):
        return pd.Series(dtype=float)
    ratio = grid[method] / grid[ours]
    return pd.concat([ratio.groupby(level="shots").median(), pd.Series({"all": ratio.median()})])
