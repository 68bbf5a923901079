"""Intent data sets and the recorded answers of a text teacher, read as lessons.

Both lie beside the repository (``../shared``) and are not shipped.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tutelage.lessons import ClassCard, Provenance, Rewrite, WordPrior

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
DATA, TEACHER = SHARED / "data" / "intents", SHARED / "teacher"
ATTACKS = ("distractor", "paraphrase", "noisy")
RECORDED = Provenance(teacher="recorded", notes="one answer per text; the teacher knew the sets")


@dataclass(frozen=True)
class Split:
    """Texts and their labels, row by row."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)


def split(dataset: str, name: str) -> Split:
    """Read one file of a data set: ``split("hwu64", "train_5")``; also ``train``, ``test``..."""
    folder = DATA / dataset
    plain, packed = folder / f"{name}.csv", folder / f"{name}.csv.gz"
    raw = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline="")))
    return Split(tuple(row["text"] for row in rows), tuple(row["label"] for row in rows))


def more_rows(dataset: str, n_rows: int, *, skipped: int = 0) -> Split:
    """Draw labelled rows of ``train`` that no 5-shot student saw: more to judge on than ``test``.

    Rows are in a fixed random order; the first ``skipped`` are left out.
    """
    whole, few = split(dataset, "train"), split(dataset, "train_5")
    known = set(few.texts)
    rows = [row for row, text in enumerate(whole.texts) if text not in known]
    order = np.random.default_rng(0).permutation(len(rows))[skipped : skipped + n_rows]
    chosen = [rows[place] for place in order]
    return Split(
        tuple(whole.texts[row] for row in chosen), tuple(whole.labels[row] for row in chosen)
    )


def labels_of(dataset: str) -> tuple[str, ...]:
    """Return the classes of a data set, sorted."""
    return tuple(sorted(set(split(dataset, "train_5").labels)))


def word_ratings(dataset: str) -> tuple[WordPrior, ...]:
    """Return the recorded ratings (0 to 10) of the 5-shot training texts, one per row."""
    texts = split(dataset, "train_5").texts
    return tuple(
        WordPrior.from_words(
            texts[row["row"]],
            row["words"],
            row["scores"],
            label=row["label"],
            confusable=row["confusable"],
            source="ratings",
            provenance=RECORDED,
        )
        for row in _lines(TEACHER / "word_scores" / f"{dataset}.train_5.jsonl")
    )


def class_cards(dataset: str) -> tuple[ClassCard, ...]:
    """Return the recorded card of every class."""
    path = TEACHER / "class_cards" / f"{dataset}.json"
    cards = json.loads(path.read_text(encoding="utf-8"))
    said = {"provenance": RECORDED.to_dict()}
    return tuple(ClassCard.from_dict({"label": k, **card, **said}) for k, card in cards.items())


def rewrites(dataset: str) -> tuple[Rewrite, ...]:
    """Return the recorded paraphrases and distractor versions of the 5-shot training texts."""
    texts = split(dataset, "train_5").texts
    return tuple(
        Rewrite(text, row["label"], kind, texts[row["row"]], RECORDED)
        for row in _lines(TEACHER / "rewrites" / f"{dataset}.train_5.jsonl")
        for kind in ("paraphrase", "distractor")
        for text in row[f"{kind}s"]
    )


def attacks(dataset: str) -> dict[str, tuple[Split, Split]]:
    """Return, per kind of attack, the clean rows that have one and their attacked versions."""
    rows = list(_lines(TEACHER / "attacks" / f"{dataset}.valid.jsonl"))
    pairs = {}
    for kind in ATTACKS:
        kept = [row for row in rows if row[kind] is not None]
        labels = tuple(row["label"] for row in kept)
        pairs[kind] = (
            Split(tuple(row["text"] for row in kept), labels),
            Split(tuple(row[kind] for row in kept), labels),
        )
    return pairs


def _lines(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8", newline="\n") as stream:
        yield from map(json.loads, stream)
