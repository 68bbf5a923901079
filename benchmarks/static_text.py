"""The static text student: accuracy with each lesson, size, and seconds.

    python benchmarks/static_text.py [--data hwu64 banking77 clinc150]

5-shot data sets with recorded lessons. The static student has no randomness of its own; what is
drawn is the shuffling of the control. Its ridge, its width and its alignment were chosen on the
validation rows of HWU64; the test rows decide nothing. Seconds are those of the processor, on one
thread. Writes benchmarks/results/static_text.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import recorded_text
from resumable import use_this_source

use_this_source()

import torch  # noqa: E402

from tutelage import TaughtTextClassifier  # noqa: E402
from tutelage.lessons import Rewrite, WordPrior, card_texts  # noqa: E402
from tutelage.students import static_vectors  # noqa: E402

RESULT = Path(__file__).parent / "results" / "static_text.md"
WITHOUT_RATINGS = ("clinc150",)
SHUFFLES, DRAWS = 5, 2000
PLAIN = "labels only"


@dataclass(frozen=True)
class Setting:
    """What a static student is taught with."""

    ratings: bool = False
    shuffled: bool = False
    rewrites: bool = False
    cards: bool = False


SETTINGS = {
    PLAIN: Setting(),
    "word ratings": Setting(ratings=True),
    "word ratings, shuffled": Setting(ratings=True, shuffled=True),
    "rewrites": Setting(rewrites=True),
    "rewrites, word ratings": Setting(ratings=True, rewrites=True),
    "cue phrases of cards": Setting(cards=True),
    "rewrites, cue phrases": Setting(rewrites=True, cards=True),
    "rewrites, cue phrases, word ratings": Setting(ratings=True, rewrites=True, cards=True),
}
TF_IDF = {
    name: setting for name, setting in SETTINGS.items() if not setting.ratings
}  # a bag of words cannot be aligned


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=["hwu64", "banking77", "clinc150"])
    torch.set_num_threads(1)
    seconds = distilling_seconds()
    parts = [accuracy_table(dataset) for dataset in parser.parse_args().data]
    page = "\n\n".join([HEAD, *parts, cost_table(seconds)])
    RESULT.write_text(page + "\n", encoding="utf-8")


def accuracy_table(dataset: str) -> str:
    """Return the table of one data set."""
    test = recorded_text.split(dataset, "test")
    right = {}
    for name, setting in SETTINGS.items():
        if possible(dataset, setting):
            runs = [taught(dataset, setting, seed) for seed in range(runs_of(setting))]
            right[name] = [judge(model.predict, dataset, test) for model in runs]
    for name, setting in TF_IDF.items():
        if possible(dataset, setting):
            model = make_pipeline(
                TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=100, max_iter=2000)
            )
            texts, labels = with_extra(dataset, setting)
            model.fit(texts, labels)
            right[f"TF-IDF, logistic regression: {name}"] = [judge(model.predict, dataset, test)]
    lines = [f"## {dataset}: {len(test)} test rows", "", TABLE_HEAD]
    plain = right[PLAIN][0]["test"]
    for name, runs in right.items():
        cells = [share(runs, kind) for kind in ("test", "distractor", "paraphrase")]
        gain = "" if name == PLAIN else interval(np.mean([r["test"] for r in runs], axis=0) - plain)
        lines.append(f"| {name} | {cells[0]} | {gain} | {cells[1]} | {cells[2]} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def runs_of(setting: Setting) -> int:
    """Return how often a setting is run: only shuffling is random."""
    return SHUFFLES if setting.shuffled else 1


def possible(dataset: str, setting: Setting) -> bool:
    """Return whether the lessons of a setting were recorded."""
    return not ((setting.ratings or setting.rewrites) and dataset in WITHOUT_RATINGS)


def extra_of(dataset: str, setting: Setting) -> list[Rewrite]:
    """Return the texts that a setting adds."""
    found = list(recorded_text.rewrites(dataset)) if setting.rewrites else []
    return found + (list(card_texts(recorded_text.class_cards(dataset))) if setting.cards else [])


def with_extra(dataset: str, setting: Setting) -> tuple[list[str], list[str]]:
    """Return training texts and labels, the added ones last."""
    train, extra = recorded_text.split(dataset, "train_5"), extra_of(dataset, setting)
    texts = [*train.texts, *(lesson.text for lesson in extra)]
    return texts, [*train.labels, *(lesson.label for lesson in extra)]


def taught(dataset: str, setting: Setting, seed: int) -> TaughtTextClassifier:
    """Return a fitted static student."""
    train = recorded_text.split(dataset, "train_5")
    priors: Sequence[WordPrior] | None = None
    if setting.ratings:
        priors = recorded_text.word_ratings(dataset)
    if setting.shuffled:
        priors = [prior.shuffled(seed) for prior in priors or ()]
    return TaughtTextClassifier("static").fit(
        train.texts, train.labels, word_priors=priors, rewrites=extra_of(dataset, setting)
    )


def judge(
    predict: Callable[[list[str]], Any], dataset: str, test: recorded_text.Split
) -> dict[str, Any]:
    """Return, per set of texts, which of them are right."""
    right = {"test": np.asarray(predict(list(test.texts))) == np.array(test.labels)}
    if dataset in ("hwu64", "banking77"):
        for kind, (_, attacked) in recorded_text.attacks(dataset).items():
            right[kind] = np.asarray(predict(list(attacked.texts))) == np.array(attacked.labels)
    return right


def share(runs: Sequence[dict[str, Any]], kind: str) -> str:
    """Return the mean accuracy of the runs, as text."""
    return f"{np.mean([run[kind] for run in runs]):.3f}" if kind in runs[0] else ""


def interval(gains: Any) -> str:
    """Return a mean gain with its 95 % bootstrap interval over rows."""
    draws = np.random.default_rng(0).integers(0, len(gains), (DRAWS, len(gains)))
    low, high = np.percentile(gains[draws].mean(axis=1), [2.5, 97.5])
    return f"{gains.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


def distilling_seconds() -> dict[str, float]:
    """Return processor seconds of distilling MiniLM, by precision."""
    found, usual = {}, static_vectors.has_bfloat16
    for name in ["float32"] + (["bfloat16"] if usual(torch) else []):
        static_vectors.has_bfloat16 = lambda _, name=name: name == "bfloat16"
        static_vectors._distil.cache_clear()
        started = time.process_time()
        static_vectors.distil("minilm")
        found[name] = time.process_time() - started
        print(name, found[name], flush=True)
    static_vectors.has_bfloat16 = usual
    return found


IN_A_PROCESS_OF_ITS_OWN = """
import csv, sys, time
start = time.process_time()
import tutelage
model = tutelage.load(sys.argv[1])
ready = time.process_time()
texts = open(sys.argv[2], encoding="utf-8").read().splitlines()
model.predict(texts[:1])
one = time.process_time()
for text in texts[:200]:
    model.predict([text])
each = time.process_time()
model.predict(texts)
done = time.process_time()
assert "torch" not in sys.modules and "transformers" not in sys.modules
print(ready - start, 1000 * (each - one) / 200, 1000 * (done - each) / len(texts))
"""


def cost_table(distilling: dict[str, float]) -> str:
    """Return the table of seconds and bytes, HWU64."""
    test = recorded_text.split("hwu64", "test")
    fitting = {}
    for name in (PLAIN, "word ratings", "rewrites, word ratings"):
        started = time.process_time()
        model = taught("hwu64", SETTINGS[name], 0)
        fitting[name] = time.process_time() - started
    with tempfile.TemporaryDirectory() as place:
        folder = model.save(Path(place) / "model")
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        file = Path(place) / "texts.txt"
        file.write_text("\n".join(" ".join(text.split()) for text in test.texts), encoding="utf-8")
        command = [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, str(folder), str(file)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    load, alone, together = (float(number) for number in said.split())
    rows = [
        *((f"distilling MiniLM, {name}", f"{s:.1f} s") for name, s in distilling.items()),
        *((f"fitting, distilled before: {name}", f"{s:.1f} s") for name, s in fitting.items()),
        ("saved folder", f"{size:.1f} MB"),
        ("import and load, a process without torch", f"{load:.2f} s"),
        ("a text, one by one", f"{alone:.2f} ms"),
        ("a text, 1,076 at once", f"{together:.2f} ms"),
    ]
    lines = ["## Costs, HWU64", "", "| | processor |", "|---|---:|"]
    return "\n".join(lines + [f"| {what} | {value} |" for what, value in rows])


HEAD = """# The static text student

Made by `python benchmarks/static_text.py`; do not edit. `TaughtTextClassifier("static")`, 5
labelled texts per class, recorded lessons of one language model. Gain: over labels only, with a
95 % bootstrap interval over test rows. Shuffled: the same ratings on other words of their texts,
mean of 5 draws. Distractor, paraphrase: accuracy on development attacks."""
TABLE_HEAD = """| taught with | accuracy | gain | distractor | paraphrase |
|---|---:|---:|---:|---:|"""

if __name__ == "__main__":
    main()
