"""Write a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tutelage.errors import OutputError


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write ``content`` to a partial file beside ``path``, then rename it.

    What was at ``path`` before stays until the new file is complete.

    Raises
    ------
    OutputError
        When the folder is absent or cannot be written, or the disk is full. Nothing is left.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/a.txt", b"all of it").read_bytes()
    b'all of it'
    """
    target = Path(path)
    partial = target.with_name(f".{target.name[:80]}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(
            f"{target} cannot be written: {error.strerror or error}. Nothing was written; choose "
            "another folder or make room."
        ) from error
    return target
