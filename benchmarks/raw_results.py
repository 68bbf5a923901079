"""The raw results: one line of JSON per (table, shots, split, method), only ever appended."""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "src" / "tutelage"
START = "students/tabular.py"
LAYERS = ("learning", "students")
# What a linear student never runs, although its module names it.
OTHER_STUDENTS = frozenset({"students/boosted.py", "students/mlp.py", "students/laat.py"})
# What only checks, stores or explains, and changes no prediction.
BESIDE = frozenset(
    f"students/{name}.py" for name in ("parameters", "files", "tabular_files", "explain_row")
)

Line = dict[str, Any]


class Cell(NamedTuple):
    """What one line is about."""

    table: str
    shots: int
    split: int
    method: str


def cell_of(line: Line) -> Cell:
    """Return what ``line`` is about."""
    return Cell(line["table"], line["shots"], line["split"], line["method"])


def append(path: Path, line: Line) -> None:
    """Add ``line`` at the end of the file; several processes may do so at once.

    Where the last writer was stopped in the middle of its line, a new one is begun.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole = file.seek(0, os.SEEK_END) == 0
        if not whole:
            file.seek(-1, os.SEEK_END)
            whole = file.read() == b"\n"
        file.write((b"" if whole else b"\n") + json.dumps(line).encode() + b"\n")


def read(path: Path) -> dict[Cell, Line]:
    """Return the newest valid line of each cell.

    A line that was cut short is skipped. So is a line with a ``code`` other than that of the
    present code: it speaks of a student that is no more.
    """
    present = our_code()
    lines = path.read_text().splitlines() if path.exists() else []
    return {cell_of(line): line for line in parsed(lines) if line.get("code", present) == present}


@cache
def our_code(*, linear_only: bool = True) -> str:
    """Return a short hash of the code that decides the results of our table students.

    That is the files of the layers learning and students which ``TaughtClassifier`` imports,
    directly or not, and which can change a prediction; with ``linear_only`` not those of the
    other kinds of student. Comments, docstrings and layout do not count.
    """
    left_out = BESIDE | OTHER_STUDENTS if linear_only else BESIDE
    digest = hashlib.sha256()
    for name in sorted(_imported_from(START, left_out)):
        digest.update(name.encode() + meaning((PACKAGE / name).read_text()).encode())
    return digest.hexdigest()[:10]


def _imported_from(start: str, left_out: frozenset[str]) -> set[str]:
    """Return ``start`` and the files of ``LAYERS`` that it imports, and they, and so on."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found or name in left_out or not (PACKAGE / name).exists():
            continue
        found.add(name)
        for node in ast.walk(ast.parse((PACKAGE / name).read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                if parts[0] == "tutelage" and len(parts) > 1 and parts[1] in LAYERS:
                    inside = [f"{parts[1]}/{one.name}.py" for one in node.names]
                    waiting += ["/".join(parts[1:]) + ".py"] if len(parts) > 2 else inside
    return found


def parsed(lines: list[str]) -> Iterator[Line]:
    for text in lines:
        try:
            yield json.loads(text)
        except json.JSONDecodeError:
            continue


def meaning(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)] or [ast.Pass()]
    return ast.unparse(tree)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
