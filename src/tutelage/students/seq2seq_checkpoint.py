"""One file from which an interrupted training goes on as if nothing had happened.

The file holds weights, the optimiser's moments, the best weights so far, the state of chance, and
as JSON what has been seen. It belongs to one training: a fingerprint of data, settings and first
weights says which. It is written beside its place and renamed, so that it is whole or absent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from tutelage._extras import require
from tutelage.errors import InputError, OutputError
from tutelage.students.encoder import PURPOSE

FILE = "training.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """The place where a training is kept.

    Attributes
    ----------
    folder
    every
        Steps between two writings.
    fingerprint
        Which training it is.
    """

    folder: Path
    every: int
    fingerprint: str

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    def write(self, tensors: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        """Replace what is kept.

        Raises
        ------
        OutputError
            When the folder cannot be written.
        """
        torch_files = require("safetensors.torch", extra="text", purpose=PURPOSE)
        said = json.dumps({**state, "fingerprint": self.fingerprint})
        partial = self.folder / f".{FILE}.partial"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            torch_files.save_file(
                {name: value.detach().contiguous() for name, value in tensors.items()},
                str(partial),
                metadata={"state": said},
            )
            partial.replace(self.path)
        except (OSError, SafetensorError) as error:
            partial.unlink(missing_ok=True)
            raise OutputError(f"{self.path} cannot be written: {error}.") from error

    def read(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return tensors and state; ``None`` when there are none yet.

        Raises
        ------
        InputError
            When the file is damaged or belongs to another training.
        """
        if not self.path.is_file():
            return None
        try:
            with safe_open(str(self.path), framework="pt") as file:
                state = json.loads(file.metadata()["state"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{self.path} cannot be read: {error}. Delete it to train from the start."
            ) from error
        if state.get("fingerprint") != self.fingerprint:
            raise InputError(
                f"{self.path} belongs to another training: other data, parameters or first "
                "weights. Name another folder as checkpoints, or delete it."
            )
        return tensors, state

    def clear(self) -> None:
        """Remove the file of a training that has ended."""
        self.path.unlink(missing_ok=True)
