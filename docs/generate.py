"""Write what the documents take from the code: docs/reference/files.md and docs/reference/cli.md.

python docs/generate.py          write
tests/test_docs.py               checks that it was done
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "tutelage"
FILES_PAGE = ROOT / "docs" / "reference" / "files.md"
CLI_PAGE = ROOT / "docs" / "reference" / "cli.md"

BESIDES = {
    "benchmarks/": "comparisons on public tables; raw results are kept beside them",
    "docs/": "tutorial, reference, decisions with what was rejected",
    "examples/": "two runs from recorded answers, part of the tests",
    "tests/": "the same tree as src, and test_layers.py",
}
LAYERS = ("lessons", "attribution", "learning", "teacher", "students", "evaluation", "report")
NAME_WIDTH = 28

FILES_HEAD = """\
# The files

Written by `python docs/generate.py` from the first sentence of each module; do not edit.
"""

CLI_HEAD = """\
# Command line

Written by `python docs/generate.py` from `--help`; do not edit.

Exit codes: 0 done; 1 something failed while asking a teacher; 2 the input cannot be used, or a
command was mistyped; 130 interrupted. Results go to stdout, progress and warnings to stderr.
"""


def tree() -> str:
    """Return the files of the package, a line each, with what their docstring says first."""
    lines = ["src/tutelage/"]
    top = sorted(path for path in PACKAGE.glob("*.py"))
    lines += _files(top, indent=1)
    folders = sorted(
        {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE},
        key=lambda folder: (_rank(folder.name), folder.name),
    )
    for folder in folders:
        files = sorted(folder.glob("*.py"))
        own = [path for path in files if path.name == "__init__.py"]
        about = first_line(own[0]) if own else ""
        lines.append(_line(f"{folder.relative_to(PACKAGE)}/", about, indent=1))
        lines += _files([path for path in files if path.name != "__init__.py"], indent=2)
        lines += _templates(folder)
    lines += [_line(name, about, indent=0) for name, about in BESIDES.items()]
    return "\n".join(lines)


def first_line(path: Path) -> str:
    """Return the first sentence of a module's docstring, without its full stop."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    line = docstring.split("\n")[0]
    return re.split(r"\.\s|\.$", line)[0]


def _rank(name: str) -> int:
    return LAYERS.index(name) if name in LAYERS else len(LAYERS)


def _files(paths: list[Path], indent: int) -> list[str]:
    return [_line(path.name, first_line(path), indent) for path in paths]


def _templates(folder: Path) -> Iterator[str]:
    kinds = {".j2": "prompts", ".html": "page", ".css": "page"}
    for below in sorted(path for path in folder.iterdir() if path.is_dir()):
        found = {kinds.get(path.suffix) for path in below.rglob("*")}
        if "prompts" in found:
            yield _line(f"{below.name}/", "the wording of every question, by version", 2)
        elif "page" in found:
            yield _line(f"{below.name}/", "the page's HTML and CSS", 2)


def _line(name: str, about: str, indent: int) -> str:
    start = "    " * indent + name
    return f"{start:<{NAME_WIDTH}}  {about}".rstrip()


def command_line() -> Any:
    """Return the command of the whole command line, as its library knows it."""
    from typer.main import get_command

    from tutelage import cli

    return get_command(cli.app)


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every command: ("fit",), ..., ("answers", "list"), ..."""
    for name, command in (group or command_line()).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def help_of(path: tuple[str, ...]) -> str:
    """Return what ``tutelage PATH --help`` prints, 80 columns wide, without colours."""
    from tutelage import cli

    plain = {"COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1", "TERM": "dumb"}
    printed = io.StringIO()
    with mock.patch.dict(os.environ, plain), contextlib.redirect_stdout(printed):
        cli.main([*path, "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().split("\n"))


def cli_page() -> str:
    """Return the page of the command line."""
    parts = [CLI_HEAD]
    for path in commands():
        parts.append(f"## tutelage {' '.join(path)}\n\n```text\n{help_of(path)}\n```\n")
    return "\n".join(parts)


def files_page() -> str:
    """Return the page of the files."""
    return f"{FILES_HEAD}\n```text\n{tree()}\n```\n"


if __name__ == "__main__":
    FILES_PAGE.parent.mkdir(exist_ok=True)
    FILES_PAGE.write_text(files_page(), encoding="utf-8")
    CLI_PAGE.write_text(cli_page(), encoding="utf-8")
