"""Canonical JSON and its tagged hash: the identity of everything stored.

Two values that mean the same have the same text: keys are sorted, no spaces, no NaN; text is
taken as it is, never normalised. The tag ``s1:`` names the algorithm, so
that a later one can live beside it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

HASH_TAG = "s1"


def canonical_json(value: object) -> str:
    """Return the one JSON text of ``value``.

    Raises ``ValueError`` for NaN and infinities, ``TypeError`` for what JSON cannot hold.

    >>> canonical_json({"b": 1, "a": [True, None]})
    '{"a":[true,null],"b":1}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def content_hash(value: object) -> str:
    """Return ``s1:`` and 64 hex digits: SHA-256 of the canonical JSON of ``value``.

    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    >>> content_hash("x")[:11]
    's1:ba2df490'
    """
    text = canonical_json(value)
    return f"{HASH_TAG}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hex digits, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
