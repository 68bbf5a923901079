"""Options that several commands share, and how their text becomes a value."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tutelage.errors import InputError, OutputError


def as_shots(text: str | None) -> tuple[int, ...] | None:
    """Return the numbers of labels to try; ``None`` for the default.

    >>> as_shots("1,5,10")
    (1, 5, 10)
    """
    if text is None:
        return None
    try:
        shots = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        shots = ()
    if not shots or shots[0] < 1:
        raise InputError(f"--shots must be whole numbers above 0 like 1,5,10, got {text!r}.")
    return shots


def check_output_file(path: Path | None) -> None:
    """Raise before any work is done when a file could not be written at ``path``."""
    if path is None:
        return
    folder = path.parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OutputError(f"{path} cannot be written: {folder} must be a folder you may write in.")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8", errors="surrogatepass")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error


@contextmanager
def folder_in_one_piece(target: Path) -> Iterator[Path]:
    """Give a folder to fill; it takes the place of ``target`` only when the block succeeds.

    An older run at ``target`` (it holds a ``record.json``) is replaced; any other folder that is
    not empty is refused before work starts.

    Raises
    ------
    OutputError
        When ``target`` holds something else, or the disk cannot be written.
    """
    if target.exists() and not _is_replaceable(target):
        raise OutputError(
            f"--out {target} exists and is not the folder of an earlier run; nothing was written. "
            "Name another folder."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        partial.chmod(0o755)
    except OSError as error:
        raise OutputError(
            f"--out {target} cannot be written: {error.strerror or error}."
        ) from error
    try:
        yield partial
        if target.exists():
            shutil.rmtree(target)
        partial.replace(target)
    except OSError as error:
        raise OutputError(
            f"--out {target} cannot be written: {error.strerror or error}."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_replaceable(target: Path) -> bool:
    if not target.is_dir():
        return False
    names = {entry.name for entry in target.iterdir()}
    return not names or "record.json" in names
