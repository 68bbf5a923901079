"""Attacks that no lesson had a hand in: keywords by log-odds, a plain student's confusions, typos.

Made once for a data set, from the 5-shot texts and the plain student of seed 0, on a seeded sample
of test rows, and kept beside the results: every setting is judged on the same texts.
"""

from __future__ import annotations

import json

import numpy as np

import recorded_text
from cap_priors import CACHE, plain_student
from recorded_text import Split
from tutelage.evaluation.attacks import standard_attacks
from tutelage.evaluation.attacks_lexicon import attack_lexicon

ATTACKS = ("keyword_addition", "keyword_replacement", "label_words", "word_deletion", "keyboard")
N_ROWS = 400
SEED = 0


def independent_attacks(dataset: str) -> dict[str, tuple[Split, Split]]:
    """Return, per attack, the test rows that it changes and their attacked versions."""
    path = CACHE / f"attacks-{dataset}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_made(dataset)))
    found = json.loads(path.read_text())
    return {
        name: (
            Split(tuple(pair["clean"]), tuple(pair["labels"])),
            Split(tuple(pair["attacked"]), tuple(pair["labels"])),
        )
        for name, pair in found.items()
    }


def _made(dataset: str) -> dict[str, dict[str, list[str]]]:
    train, test = recorded_text.split(dataset, "train_5"), recorded_text.split(dataset, "test")
    lexicon = attack_lexicon(
        train.texts, train.labels, plain=plain_student(dataset, "train_5", SEED)
    )
    rows = np.sort(np.random.default_rng(SEED).permutation(len(test))[:N_ROWS]).tolist()
    made = {}
    for attack in standard_attacks(lexicon, only=ATTACKS, seed=SEED):
        pairs = [
            (test.texts[row], attack(test.texts[row], test.labels[row]), test.labels[row])
            for row in rows
        ]
        changed = [pair for pair in pairs if pair[0] != pair[1]]
        clean, attacked, labels = (list(column) for column in zip(*changed, strict=True))
        made[attack.name] = {"clean": clean, "attacked": attacked, "labels": labels}
    return made
