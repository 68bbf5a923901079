"""Run what a file of raw results does not hold yet, one line per cell, and go on after a stop."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

from threadpoolctl import threadpool_limits

import raw_results
from raw_results import Cell, Line


def run_missing(path: Path, cells: Iterable[Cell], run: Callable[[Cell], Line]) -> int:
    """Run the cells that ``path`` lacks, on one thread; return how many failed.

    A method whose name begins with "ours" carries the hash of our code, so that a change of the
    code runs it again. A failure is printed and the rest goes on.
    """
    use_this_source()
    done = raw_results.read(path)
    missing = [cell for cell in cells if cell not in done]
    print(f"{len(missing)} cells to run, {len(done)} in {path.name}", flush=True)
    started, failures, said = time.perf_counter(), 0, -1
    with threadpool_limits(1):
        for count, cell in enumerate(missing, start=1):
            try:
                line = run(cell)
            except Exception:
                failures += 1
                print(f"failed: {cell}\n{traceback.format_exc(limit=-3)}", file=sys.stderr)
                continue
            raw_results.append(path, _finished(cell, line))
            elapsed = time.perf_counter() - started
            if int(elapsed / 20) > said:
                said = int(elapsed / 20)
                print(f"{elapsed:6.0f} s  {count} of {len(missing)}  {cell}", flush=True)
    return failures


def use_this_source() -> None:
    """Import the package from the folder whose hash the lines carry, on one thread."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    source = str(raw_results.REPOSITORY / "src")
    if source not in sys.path:
        sys.path.insert(0, source)


def _finished(cell: Cell, line: Line) -> Line:
    rounded = {key: round(x, 6) if isinstance(x, float) else x for key, x in line.items()}
    code = {"code": raw_results.our_code()} if cell.method.startswith("ours") else {}
    return {**cell._asdict(), **rounded, **code}


def code_of(lines: Iterable[Line]) -> str:
    """Say which state of our code the lines of ours were made with."""
    codes = sorted({line["code"] for line in lines if "code" in line})
    return f"Lines of ours: code {', '.join(codes)} (`raw_results.our_code`)." if codes else ""
