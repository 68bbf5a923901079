"""Raw results of the text benchmarks, and how several processes share the work."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import raw_results
from raw_results import PACKAGE, Cell, Line

# What decides how an encoder student is trained; the rest stores, checks or explains.
DECIDING = (
    "attribution/slopes.py",
    "learning/alignment.py",
    "students/encoder.py",
    "students/guidance.py",
    "students/text_examples.py",
    "students/text_fit.py",
    "students/text_settings.py",
    "students/text_training.py",
    "students/words.py",
)

# Earlier states of the code, the oldest first, whose students are the same to the last digit where
# `cap.py` says so; `differing` checks it on the cells that were run with several.
EARLIER = ("4a87414eaa", "6215c5f488")


def text_code() -> str:
    """Return a short hash of the code that decides the results of an encoder student."""
    digest = hashlib.sha256()
    for name in DECIDING:
        digest.update(name.encode() + raw_results.meaning((PACKAGE / name).read_text()).encode())
    return digest.hexdigest()[:10]


class TextResults:
    """A file of raw results, one line of JSON per cell.

    Parameters
    ----------
    path
        The file; claims of cells that are being run lie beside it in ``.cache``.
    same_as
        Whether an earlier state of the code makes the same of a cell. Later lines go before.
    """

    def __init__(self, path: Path, same_as: Callable[[Cell, str], bool] = lambda cell, code: False):
        self.path, self.same_as = path, same_as
        self.claims = path.parent.parent / ".cache" / "claims" / path.stem

    def read(self) -> dict[Cell, Line]:
        """Return the newest line of each cell that the present code, or its equal, made."""
        found: dict[Cell, Line] = {}
        for code in (*EARLIER, text_code()):
            found |= self._made_by(code)
        return found

    def differing(self) -> tuple[int, float]:
        """Return how many cells several states ran that should agree, and the largest gap."""
        by_cell: dict[Cell, list[float]] = {}
        for code in (*EARLIER, text_code()):
            for cell, line in self._made_by(code).items():
                by_cell.setdefault(cell, []).append(line["accuracy"])
        gaps = [max(said) - min(said) for said in by_cell.values() if len(said) > 1]
        return len(gaps), max(gaps, default=0.0)

    def _made_by(self, code: str) -> dict[Cell, Line]:
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        kept = (line for line in raw_results.parsed(lines) if line["code"] == code)
        found = {raw_results.cell_of(line): line for line in kept}
        is_present = code == text_code()
        return {c: line for c, line in found.items() if is_present or self.same_as(c, code)}

    def run_missing(
        self, cells: Iterable[Cell], run: Callable[[Cell], Line], *, again: bool = False
    ) -> None:
        """Run what is missing, or all ``again``; a cell that another process runs is left to it."""
        code = text_code()
        for cell in dict.fromkeys(cells):
            with self._claimed(cell) as is_mine:
                if not is_mine or (cell in self.read() and not again):
                    continue
                started = time.perf_counter()
                try:
                    line = run(cell)
                except Exception:
                    print(f"failed: {cell}\n{traceback.format_exc(limit=-4)}", file=sys.stderr)
                    continue
                rounded = {k: round(v, 6) if isinstance(v, float) else v for k, v in line.items()}
                raw_results.append(self.path, {**cell._asdict(), **rounded, "code": code})
                print(f"{time.perf_counter() - started:6.0f} s  {cell}", flush=True)

    @contextmanager
    def _claimed(self, cell: Cell) -> Iterator[bool]:
        self.claims.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(repr(tuple(cell)).encode()).hexdigest()[:16]
        with (self.claims / name).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            file.write(str(os.getpid()))
            yield True
