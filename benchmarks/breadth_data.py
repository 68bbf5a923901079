"""Public text data of other kinds than intents, read by one function from a line of settings each.

They lie beside the repository (``../shared``) and are not shipped.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
JOINT = " [SEP] "  # between two texts of one row; the tokenizer of MiniLM knows it
MOST_TEST = 400
HELD_OUT = 2000  # rows set apart where there is no test file

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class Source:
    """Where a data set lies, which columns are its text, and which splits the test rows."""

    train: str
    test: str | None
    columns: tuple[str, ...] = ("text",)
    group: str = ""
    about: str = ""


SOURCES = {
    "sst2": Source("text/sst2/train.csv.gz", "text/sst2/test.csv", about="sentiment, sentences"),
    "mr": Source("text/mr/all.csv.gz", None, about="sentiment, sentences"),
    "ag_news": Source("text/ag_news/train.csv.gz", "text/ag_news/test.csv.gz", about="topics"),
    "snli": Source(
        "text/snli/train.csv.gz",
        "text/snli/test.csv.gz",
        ("premise", "hypothesis"),
        about="inference, two texts",
    ),
    "xsid": Source(
        "text/xsid/train_en.csv.gz",
        "text/xsid/test.csv.gz",
        group="lang",
        about="intents, trained in English, tested in eight languages",
    ),
    "eraser_movies": Source(
        "rationale_marks/eraser_movies/train.csv.gz",
        "rationale_marks/eraser_movies/test.csv.gz",
        about="sentiment, long reviews (the first 256 tokens are read)",
    ),
}


@dataclass(frozen=True)
class Rows:
    """Texts, labels, and what part of the test each belongs to (``""`` where there is one)."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...]

    def take(self, places: Sequence[int]) -> Rows:
        """Return some rows."""
        return Rows(
            *(tuple(row[i] for i in places) for row in (self.texts, self.labels, self.groups))
        )


def few(name: str, shots: int, seed: int) -> Rows:
    """Return ``shots`` training rows of each class, or all where there are fewer."""
    rows = _split(name)[0]
    dice = random.Random(f"{name}/{seed}")
    chosen: list[int] = []
    for label in sorted(set(rows.labels)):
        own = [place for place, found in enumerate(rows.labels) if found == label]
        chosen += dice.sample(own, min(shots, len(own)))
    return rows.take(chosen)


def test_rows(name: str) -> Rows:
    """Return test rows: at most 400, or 100 of each group; always the same."""
    rows = _split(name)[1]
    dice = random.Random(f"{name}/test")
    groups = sorted(set(rows.groups))
    most = MOST_TEST if len(groups) == 1 else MOST_TEST // 4
    chosen: list[int] = []
    for group in groups:
        own = [place for place, found in enumerate(rows.groups) if found == group]
        chosen += dice.sample(own, min(most, len(own)))
    return rows.take(sorted(chosen))


@cache
def _split(name: str) -> tuple[Rows, Rows]:
    source = SOURCES[name]
    train = _read(source, source.train)
    if source.test is not None:
        return train, _read(source, source.test)
    order = random.Random(f"{name}/split").sample(range(len(train.texts)), len(train.texts))
    return train.take(order[HELD_OUT:]), train.take(order[:HELD_OUT])


def _read(source: Source, file: str) -> Rows:
    raw = (DATA / file).read_bytes()
    text = (gzip.decompress(raw) if file.endswith(".gz") else raw).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return Rows(
        tuple(JOINT.join(row[column] for column in source.columns) for row in rows),
        tuple(row["label"] for row in rows),
        tuple(row.get(source.group, "") for row in rows),
    )
