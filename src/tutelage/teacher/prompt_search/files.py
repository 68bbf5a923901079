"""What a search found as a file: the wordings with what they were worth."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tutelage.errors import InputError, OutputError, TeacherSetupError
from tutelage.teacher.prompt_search.scoring import Share, Tried
from tutelage.teacher.prompt_search.search import SearchResult
from tutelage.teacher.wording import Wording

FORMAT = "tutelage-wordings"
VERSION = 1


def save_wordings(found: SearchResult, path: str | os.PathLike[str]) -> Path:
    """Write the finalists of a search, the best first, whole or not at all.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_text(
            json.dumps(result_values(found), ensure_ascii=False, indent=1) + "\n",
            encoding="utf-8",
            errors="surrogatepass",
        )
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target


def read_wordings(path: str | os.PathLike[str]) -> tuple[Wording, ...]:
    """Read the wordings that :func:`save_wordings` wrote, perhaps edited since, the best first.

    Give one of them, or all for a vote, to ``teacher.rationales(..., prompt=)``.

    Raises
    ------
    InputError
        When the file is absent or of another form, or holds a wording that cannot be used.
    """
    target = Path(path)
    try:
        value = json.loads(target.read_text(encoding="utf-8", errors="surrogatepass"))
    except OSError as error:
        raise InputError(f"{target} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{target} is not JSON: {error}.") from error
    known = isinstance(value, dict) and value.get("format") == FORMAT
    if not known or value.get("version") != VERSION:
        raise InputError(
            f'{target} must hold "format": "{FORMAT}" and "version": {VERSION}; it is of another '
            "kind or from a newer package."
        )
    listed = value.get("wordings")
    texts: list[Any] = [one.get("text") for one in listed or () if isinstance(one, dict)]
    if not isinstance(listed, list) or not listed or len(texts) < len(listed):
        raise InputError(f'{target} must hold a list "wordings" of objects with a "text".')
    try:
        return tuple(Wording(text) for text in texts)
    except TeacherSetupError as error:
        raise InputError(f"{target}: {error.problems[0]}") from error


def result_values(found: SearchResult) -> dict[str, Any]:
    """Return a search as plain values, ready for JSON."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "held_out": _share(found.held_out),
        "held_out_coverage": _share(found.held_out_coverage),
        "held_out_vote": _share(found.held_out_vote),
        "in_sample": _share(found.in_sample),
        "n_tried": len(found.tried),
        "n_answers": found.n_answers,
        "n_full": found.n_full,
        "wordings": [_tried(one) for one in found.finalists],
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.bounds()
    return {"n_right": share.n_right, "n": share.n, "low": round(low, 4), "high": round(high, 4)}


def _tried(one: Tried) -> dict[str, Any]:
    return {
        "text": one.text,
        "score": round(one.score, 4),
        "accuracy": _share(one.accuracy),
        "coverage": _share(one.coverage),
        "tokens": round(one.tokens, 1),
    }
