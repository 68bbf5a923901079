"""How a text student is judged: accuracy, development attacks, faithfulness."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import numpy as np

import recorded_text
from cap_attacks import independent_attacks
from tutelage.evaluation.faithfulness import faithfulness

FAITHFUL_TEXTS = 200
ATTACKED = ("hwu64", "banking77")
# Unseen rows of the full training file; the first 2,000 of HWU64 decided about a default.
MORE_ROWS, USED_ROWS = 3000, 2000
JUDGED_BY = "integrated_gradients"  # ten points; aligned students were trained on one


def scores_of(student: Any, dataset: str, *, faithful: bool, few: bool) -> dict[str, Any]:
    """Return every number that a line of results holds.

    ``faithful``: faithfulness too; ``few``: attacks too, which were made for the 5-shot texts.
    """
    test = recorded_text.split(dataset, "test")
    attacks = {}
    if few and dataset in ATTACKED:
        attacks = recorded_text.attacks(dataset) | independent_attacks(dataset)
    more = recorded_text.more_rows(dataset, MORE_ROWS, skipped=USED_ROWS) if few else None
    sets = (
        {"test": test}
        | ({"more_rows": more} if more else {})
        | {
            name: part
            for kind, (clean, attacked) in attacks.items()
            for name, part in ((f"clean_{kind}", clean), (kind, attacked))
        }
    )
    asked = list(dict.fromkeys(text for part in sets.values() for text in part.texts))
    chance = dict(zip(asked, student.predict_proba(asked), strict=True))
    right = {name: _right(chance, part, student.classes_) for name, part in sets.items()}
    codes = np.searchsorted(student.classes_, np.array(test.labels))
    own = np.array([chance[text][code] for text, code in zip(test.texts, codes, strict=True)])
    return {
        "accuracy": right.pop("test"),
        "log_loss": float(-np.log(np.clip(own, 1e-12, 1)).mean()),
        **right,
        **(_faithful(student, dataset) if faithful else {}),
    }


def _right(chance: dict[str, Any], part: recorded_text.Split, classes: Any) -> float:
    best = classes[np.array([chance[text].argmax() for text in part.texts])]
    return float((best == np.array(part.labels)).mean())


def _faithful(student: Any, dataset: str) -> dict[str, float]:
    texts = list(judged_texts(dataset))
    words = student.word_attributions(texts, method=JUDGED_BY, n_steps=10)
    started = time.perf_counter()
    found = faithfulness(
        student, texts, words, attribution=JUDGED_BY, trained_on=student.attribution, n_bootstrap=10
    )
    return {
        "comprehensiveness": found["comprehensiveness"].value,
        "sufficiency": found["sufficiency"].value,
        "faithfulness_s": time.perf_counter() - started,
    }


@cache
def judged_texts(dataset: str) -> tuple[str, ...]:
    """Return the test texts whose explanations are judged: the same for every student."""
    texts = recorded_text.split(dataset, "test").texts
    rows = np.random.default_rng(0).permutation(len(texts))[:FAITHFUL_TEXTS]
    return tuple(texts[row] for row in np.sort(rows))
