"""Who is asked: from what a user gave to one teacher or several, over one store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from tutelage.errors import TeacherSetupError
from tutelage.teacher.one_teacher import OneTeacher, Progress
from tutelage.teacher.settings import Settings
from tutelage.teacher.source import Source, open_source
from tutelage.teacher.store import AnswerStore

DEFAULT_STORE = Path(".tutelage") / "answers.sqlite"

StorePlace = str | os.PathLike[str] | AnswerStore | Literal[False] | None


def open_members(source: object, answers: StorePlace, settings: Settings) -> tuple[OneTeacher, ...]:
    """Return the teachers of one source, or of a list of sources and of teachers.

    Raises
    ------
    TeacherSetupError
        When a source cannot be used, or two teachers of a list have one name.
    """
    if not isinstance(source, (list, tuple)):
        opened = _opened(source, settings)
        return (OneTeacher(opened, _open_store(answers, opened.has_file), settings),)
    if not source or settings.name is not None:
        raise TeacherSetupError(
            "a list of teachers must hold at least one and take no name=; name each with "
            f"Teacher(..., name=...) inside the list. Got {len(source)} and {settings.name!r}."
        )
    found: list[OneTeacher | Source] = []
    for item in source:
        found += list(_members_of(item)) or [_opened(item, settings)]
    has_file = any(isinstance(item, Source) and item.has_file for item in found)
    shared = _open_store(answers, has_file)
    members = tuple(
        OneTeacher(item, shared, settings) if isinstance(item, Source) else item for item in found
    )
    names = [member.name for member in members]
    if len(set(names)) < len(names):
        raise TeacherSetupError(f"the teachers of a list must have different names, got {names!r}.")
    return members


def _opened(source: object, settings: Settings) -> Source:
    return open_source(
        source,
        name=settings.name,
        prices=settings.prices,
        key_variable=settings.key_variable,
        environment=settings.environment,
        timeout_s=settings.timeout_s,
    )


def _members_of(item: object) -> tuple[OneTeacher, ...]:
    # a Teacher, which this module cannot name: Teacher imports it
    found = getattr(item, "members", ())
    return found if isinstance(found, tuple) else ()


def share_of(progress: Progress | None, position: int, count: int) -> Progress | None:
    """Return the progress of one teacher of several as progress of the whole."""
    if progress is None or count == 1:
        return progress
    return lambda done, total: progress(position * total + done, count * total)


def _open_store(answers: StorePlace, has_file: bool) -> AnswerStore:
    if isinstance(answers, AnswerStore):
        return answers
    if answers is False or (answers is None and not has_file):
        return AnswerStore(None)
    return AnswerStore(DEFAULT_STORE if answers is None else answers)
