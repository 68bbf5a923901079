"""The store of a sweep: an SQLite file that Optuna fills, checked before anything relies on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tutelage._extras import require
from tutelage.errors import InputError

SECONDS_TO_WAIT = 60  # for another process that writes
STUDY = "tutelage"
KEY = "tutelage_key"


def open_study(path: Path, key: str, direction: str, sampler: Any = None) -> Any:
    """Return the study of a store; a new one when there is no file yet.

    Parameters
    ----------
    path
        The SQLite file.
    key
        Identity of what is swept: a store of something else is refused.
    direction
        ``"higher"`` or ``"lower"``.
    sampler
        Of Optuna; ``None``: its default.

    Raises
    ------
    InputError
        When the file is no such store, damaged, locked, or of another sweep.
    ExtraMissing
        When Optuna is not installed.
    """
    optuna = require("optuna", extra="sweep", purpose="sweeps")
    sqlalchemy = require("sqlalchemy", extra="sweep", purpose="sweeps")
    _check_file(path)
    url = sqlalchemy.URL.create("sqlite", database=str(path)).render_as_string()
    goal = "maximize" if direction == "higher" else "minimize"
    known = (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError)
    try:
        storage = optuna.storages.RDBStorage(
            url, engine_kwargs={"connect_args": {"timeout": SECONDS_TO_WAIT}}
        )
        study = optuna.create_study(
            storage=storage, study_name=STUDY, direction=goal, load_if_exists=True, sampler=sampler
        )
        attributes = study.user_attrs
        if KEY not in attributes and not study.get_trials(deepcopy=False):
            study.set_user_attr(KEY, key)
            return study
    except known as error:
        reason = str(error).splitlines()[0]
        raise _unusable(path, reason) from error
    if attributes.get(KEY) != key:
        raise InputError(
            f"{path} holds a sweep of other data, lessons, parameters or folds; it cannot be "
            "resumed with these. Give what it was started with, or another folder with --out."
        )
    return study


def _check_file(path: Path) -> None:
    """Raise before Optuna adds its tables to something that is not a store of ours."""
    if not path.exists():
        if not path.parent.is_dir():
            raise _unusable(path, f"there is no folder {str(path.parent)!r}")
        return
    try:
        with closing(sqlite3.connect(path, timeout=SECONDS_TO_WAIT)) as connection:
            [(state,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
            listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in listed}
    except sqlite3.DatabaseError as error:
        raise _unusable(path, str(error)) from error
    if state != "ok":
        raise _unusable(path, state)
    if tables and "studies" not in tables:
        raise _unusable(path, "it is a database of something else")


def _unusable(path: Path, reason: str) -> InputError:
    return InputError(
        f"{path} must be a store of a sweep, but cannot be used: {reason}. Put a sound copy in "
        "its place, or name another folder with --out to start afresh."
    )
