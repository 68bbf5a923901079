"""Compare few-shot students on seven tables; see benchmarks/results/tables.md.

python benchmarks/tables.py --quick           under a minute, printed only
python benchmarks/tables.py                   what is missing of the full run, then the summary
python benchmarks/tables.py --summary-only    the summary of what is there
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import raw_results
from cells import planned, run_cells
from competitors import METHOD_NAMED
from summary import summarise
from table_data import TABLES, MissingData, load_table

RESULTS = Path(__file__).resolve().parent / "results"
SHOTS = (1, 5, 10, 25, 50, 100)
QUICK = {"tables": ["contraceptive", "diabetes"], "shots": [1, 10], "splits": 2}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 2 = bad input, 1 = some cells failed."""
    options = parse(arguments)
    source = str(raw_results.REPOSITORY / "src")  # the code whose hash the lines carry
    if source not in sys.path:
        sys.path.insert(0, source)
    try:
        if options.quick:
            return quick(options)
        failures = 0
        if not options.summary_only:
            failures = run_missing(options, RESULTS / "tables_raw.jsonl")
        lines = raw_results.read(RESULTS / "tables_raw.jsonl")
        markdown, table = summarise(lines.values())
    except (MissingData, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    (RESULTS / "tables.md").write_text(markdown)
    table.to_csv(RESULTS / "tables.csv", index=False, float_format="%.5f")
    return 1 if failures else 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two tables, two splits, print only")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--shots", nargs="+", type=int, default=list(SHOTS), metavar="K")
    parser.add_argument("--splits", type=int, default=20, metavar="N")
    parser.add_argument("--methods", nargs="+", choices=list(METHOD_NAMED))
    parser.add_argument("--jobs", type=int, default=1, help="processes, each on one thread")
    parser.add_argument("--summary-only", action="store_true")
    return parser.parse_args(arguments)


def quick(options: argparse.Namespace) -> int:
    """Run a small grid into a temporary file and print its summary."""
    for name, value in QUICK.items():
        setattr(options, name, value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables_raw.jsonl"
        failures = run_missing(options, path)
        print(summarise(raw_results.read(path).values())[0])
    return 1 if failures else 0


def run_missing(options: argparse.Namespace, path: Path) -> int:
    """Run the planned cells that ``path`` does not hold yet; return how many failed."""
    for table in options.tables:
        load_table(table)
    methods = methods_to_run(options.methods)
    done = raw_results.read(path)
    cells = [
        cell
        for cell in planned(options.tables, options.shots, options.splits, methods)
        if cell not in done
    ]
    print(f"{len(cells)} cells to run, {len(done)} in {path.name}", flush=True)
    failures, started, where = 0, time.perf_counter(), None
    for count, (cell, outcome) in enumerate(run_cells(cells, options.jobs), start=1):
        if isinstance(outcome, str):
            failures += 1
            print(f"failed: {cell}\n{outcome}", file=sys.stderr, flush=True)
        else:
            raw_results.append(path, outcome)
        if where != (cell.split, cell.method):
            where, elapsed = (cell.split, cell.method), time.perf_counter() - started
            print(f"{elapsed:6.0f} s  {count:5d}  split {cell.split} {cell.method}", flush=True)
    return failures


def methods_to_run(asked: list[str] | None) -> list[str]:
    """Return the asked methods, or all; ours are not among all where they cannot be imported."""
    wanted = asked or list(METHOD_NAMED)
    theirs = [name for name in wanted if not METHOD_NAMED[name].is_ours]
    if theirs == wanted:
        return wanted
    try:
        from tutelage import FeaturePrior, TaughtClassifier  # noqa: F401
    except ImportError as error:
        if asked:
            raise LookupError(f"the package cannot be imported: {error}") from error
        print(f"ours* left out: {error}", file=sys.stderr)
        return theirs
    return wanted


if __name__ == "__main__":
    sys.exit(main())
