"""A student as a folder: safetensors, JSON and its lessons. Nothing in it can be executed.

::

    manifest.json        format, version, kind, package versions, SHA-256 of every other file
    model.json           parameters, labels, column layout
    weights.safetensors  every array
    prior.jsonl          what the teacher said, if there was one
    trees.json           boosted trees in XGBoost's JSON form, for that student only
    encoder.json, tokenizer.json, tokenizer_config.json
                         configuration and tokenizer, for text students only
    pieces.txt           vocabulary, for the static text student only

A folder is written beside its place and renamed, so that it is whole or absent. Reading checks
the list of files and every hash first, and never imports a name found in a file.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from tutelage._canonical import file_hash
from tutelage.errors import LessonFileError, ModelFileError, OutputError
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.lessons.files import load_lessons, save_lessons

FORMAT = "tutelage-model"
VERSION = 1
MANIFEST = "manifest.json"
TEXTS = ("trees.json", "encoder.json", "tokenizer.json", "tokenizer_config.json", "pieces.txt")
ALLOWED = ("model.json", "weights.safetensors", "prior.jsonl", *TEXTS)
LARGEST_TEXT_BYTES = 200_000_000


@dataclass(frozen=True)
class ModelFolder:
    """What a model folder holds, read and checked.

    Attributes
    ----------
    kind
        Name of the student class.
    model
        The contents of ``model.json``.
    arrays
        The contents of ``weights.safetensors``.
    prior
        The teacher's prior, or ``None``.
    texts
        File name (one of ``TEXTS``) -> its contents.
    """

    kind: str
    model: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    prior: FeaturePrior | None
    texts: Mapping[str, str] = field(default_factory=dict)


def write_model_folder(content: ModelFolder, folder: str | os.PathLike[str]) -> Path:
    """Write ``content`` to ``folder``, whole or not at all; an older model there is replaced.

    Raises
    ------
    OutputError
        When the folder holds something else than a model, or cannot be written.
    """
    target = Path(folder)
    if target.exists() and not _is_replaceable(target):
        raise OutputError(
            f"{target} exists and is not a model folder; nothing was written. Name another folder."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error
    try:
        _write_files(content, partial)
        partial.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        partial.replace(target)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def read_model_folder(folder: str | os.PathLike[str]) -> ModelFolder:
    """Read and check a model folder.

    Raises
    ------
    ModelFileError
        When the folder is absent, of another format or version, damaged or altered.
    """
    source = Path(folder)
    manifest = _read_manifest(source)
    problems = _altered(source, manifest["files"])
    if problems:
        raise ModelFileError(
            f"{source} is damaged or was altered; do not use it. Train or copy it again:", problems
        )
    try:
        model = json.loads(
            (source / "model.json").read_text(encoding="utf-8", errors="surrogatepass")
        )
        arrays = load_tensors((source / "weights.safetensors").read_bytes())
        texts = {name: _read_text(source / name) for name in TEXTS if name in manifest["files"]}
    except (OSError, ValueError, SafetensorError, RecursionError) as error:
        raise ModelFileError(f"{source} cannot be read: {error}.") from error
    if not isinstance(model, dict):
        raise ModelFileError(
            f"{source}/model.json must hold an object, got {type(model).__name__}."
        )
    try:
        prior = load_lessons(source / "prior.jsonl") if "prior.jsonl" in manifest["files"] else None
    except LessonFileError as error:
        raise ModelFileError(f"{source} cannot be used: {error}") from error
    return ModelFolder(str(manifest.get("kind")), model, arrays, prior, texts)


def _read_text(path: Path) -> str:
    size = path.stat().st_size
    if size > LARGEST_TEXT_BYTES:
        raise ModelFileError(
            f"{path} must be at most {LARGEST_TEXT_BYTES} bytes, got {size}; it was not read."
        )
    return path.read_text(encoding="utf-8")


def _write_files(content: ModelFolder, folder: Path) -> None:
    text = json.dumps(content.model, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "model.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    arrays = {name: np.ascontiguousarray(array) for name, array in content.arrays.items()}
    (folder / "weights.safetensors").write_bytes(save_tensors(arrays))
    for name, written in content.texts.items():
        (folder / name).write_text(written, encoding="utf-8")
    if content.prior is not None:
        save_lessons(content.prior, folder / "prior.jsonl")
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "kind": content.kind,
        "files": {path.name: file_hash(path) for path in sorted(folder.iterdir())},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _read_manifest(source: Path) -> dict[str, Any]:
    path = source / MANIFEST
    if not path.is_file():
        raise ModelFileError(f"{source} is not a model folder: it has no {MANIFEST}.")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} cannot be read: {error}.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelFileError(f'{path} must hold "format": "{FORMAT}".')
    version = manifest.get("version")
    if version != VERSION or isinstance(version, bool):
        raise ModelFileError(
            f"{path} has version {version!r}; this package reads {VERSION}. "
            "Use the package that wrote it, or a newer one."
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or not {"model.json", "weights.safetensors"} <= set(files):
        raise ModelFileError(f"{path} must list model.json and weights.safetensors, got {files!r}.")
    strangers = sorted(set(files) - set(ALLOWED))
    if strangers:
        raise ModelFileError(f"{path} lists files that a model never has: {strangers}.")
    return manifest


def _altered(source: Path, files: Mapping[str, str]) -> list[str]:
    problems = []
    for name, expected in sorted(files.items()):
        path = source / name
        if not path.is_file() or path.is_symlink():
            problems.append(f"{name} is missing")
        elif file_hash(path) != expected:
            problems.append(f"{name} does not have the SHA-256 its manifest states")
    return problems


def _is_replaceable(target: Path) -> bool:
    if target.is_symlink() or not target.is_dir():
        return False
    inside = list(target.iterdir())
    names = {path.name for path in inside}
    are_files = all(path.is_file() for path in inside)
    return not names or (MANIFEST in names and names <= {MANIFEST, *ALLOWED} and are_files)
