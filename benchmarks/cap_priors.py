"""The word priors that `benchmarks/cap.py` compares, each made once and kept beside the results."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import recorded_text
from cap_settings import Setting
from tutelage import fuse, gradient_priors, lime_priors, load, load_lessons, save_lessons
from tutelage.lessons import WordPrior, card_word_priors
from tutelage.students.text import TaughtTextClassifier
from tutelage.teacher.encoder_scores import EncoderScores
from tutelage.teacher.masked_cap import Target
from tutelage.teacher.teacher import Teacher

CACHE = Path(__file__).resolve().parent / ".cache" / "cap"
LIME_SAMPLES = 200
Priors = Sequence[WordPrior | None]


def priors_of(setting: Setting, dataset: str, file: str, seed: int) -> tuple[Priors | None, float]:
    """Return the word priors of a setting for one training file, and the seconds to make them."""
    if not setting.priors:
        return None, 0.0
    made = [_made(name, dataset, file, seed) for name in setting.priors]
    sources = [priors for priors, _ in made]
    seconds = sum(took for _, took in made)
    fused = sources[0] if len(sources) == 1 else fuse(sources, how=setting.how)
    return controlled(fused, setting.control, seed), seconds


def controlled(priors: Priors, control: str | None, seed: int) -> Priors:
    """Return what a control makes of priors: the words stay, the knowledge goes."""
    changes: dict[str, Callable[[WordPrior, int], WordPrior]] = {
        "shuffled": lambda prior, n: prior.shuffled(seed * 100_003 + n),
        "random": lambda prior, n: prior.randomised(seed * 100_003 + n),
        "uniform": lambda prior, n: prior.uniform(),
        "even": lambda prior, n: evenly_weak(prior),
    }
    if control is None:
        return priors
    change = changes[control]
    return tuple(None if p is None else change(p, n) for n, p in enumerate(priors))


def evenly_weak(prior: WordPrior) -> WordPrior:
    """Return the prior with one word at the top and the others at the mean of what they were.

    As many words are dropped as with the prior itself, in expectation, but whichever. The top
    word is the first, since one must stay.
    """
    known = [max(score, 0.0) for score in prior.scores]
    top = max(known)
    others = (sum(known) - top) / max(1, len(known) - 1)
    return replace(prior, scores=(top, *[others] * (len(known) - 1)))


def plain_student(dataset: str, file: str, seed: int) -> TaughtTextClassifier:
    """Return the plain student of a training file, trained once."""
    folder = CACHE / f"plain-{dataset}-{file}-{seed}"
    if not (folder / "manifest.json").exists():
        train = recorded_text.split(dataset, file)
        student = TaughtTextClassifier("minilm", random_state=seed, precision="bfloat16").fit(
            train.texts, train.labels
        )
        folder.parent.mkdir(parents=True, exist_ok=True)
        student.save(folder)
    return load(folder)


def _made(name: str, dataset: str, file: str, seed: int) -> tuple[Priors, float]:
    by_seed = name in ("lime", "gradients")
    path = CACHE / f"{name}-{dataset}-{file}{f'-{seed}' if by_seed else ''}.jsonl"
    clock = path.with_suffix(".seconds")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        priors = SOURCES[name](dataset, file, seed)
        clock.write_text(str(time.perf_counter() - started))
        save_lessons([prior for prior in priors if prior is not None], path)
    return _in_order(load_lessons(path), dataset, file), float(clock.read_text())


def _in_order(found: Any, dataset: str, file: str) -> Priors:
    train = recorded_text.split(dataset, file)
    by_key = {(prior.text, prior.label): prior for prior in found}
    pairs = zip(train.texts, train.labels, strict=True)
    return tuple(by_key.get(pair) for pair in pairs)


def _ratings(dataset: str, file: str, seed: int) -> Priors:
    if file != "train_5":
        raise ValueError(f"ratings were recorded for train_5 only, not for {file}")
    return recorded_text.word_ratings(dataset)


def _cards(dataset: str, file: str, seed: int) -> Priors:
    train = recorded_text.split(dataset, file)
    return card_word_priors(recorded_text.class_cards(dataset), train.texts, train.labels)


def _masked(target: Target) -> Callable[[str, str, int], Priors]:
    def made(dataset: str, file: str, seed: int) -> Priors:
        train = recorded_text.split(dataset, file)
        return Teacher(lambda messages: "", answers=False).masked_word_priors(
            train.texts,
            train.labels,
            recorded_text.labels_of(dataset),
            masks=100,
            target=target,
            scorer=_zero_shot(),
        )

    return made


@cache
def _zero_shot() -> EncoderScores:
    return EncoderScores("minilm")


def _gradients(dataset: str, file: str, seed: int) -> Priors:
    train = recorded_text.split(dataset, file)
    return gradient_priors(plain_student(dataset, file, seed), train.texts, train.labels)


def _lime(dataset: str, file: str, seed: int) -> Priors:
    train = recorded_text.split(dataset, file)
    student = plain_student(dataset, file, seed)
    return lime_priors(student, train.texts, train.labels, n_samples=LIME_SAMPLES, seed=seed)


SOURCES: dict[str, Callable[[str, str, int], Priors]] = {
    "ratings": _ratings,
    "cards": _cards,
    "masked": _masked("gold"),
    "contrast": _masked("contrast"),
    "gradients": _gradients,
    "lime": _lime,
}
