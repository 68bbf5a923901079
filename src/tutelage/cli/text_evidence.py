"""The evidence of a text job: which students are compared, and how each is judged."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from tutelage._extras import require
from tutelage._words import split_words
from tutelage.cli.class_target import Said
from tutelage.cli.console import progress
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_options import TextChoice
from tutelage.cli.text_teachings import Teaching
from tutelage.errors import InputError
from tutelage.evaluation import EvaluationResult, compare_on_rows, evaluate
from tutelage.evaluation.comparison import Comparison
from tutelage.lessons.feature_prior import label_name
from tutelage.report.text_facts import ConfusedPair
from tutelage.students.encoder import encoder_folder
from tutelage.students.text import TaughtTextClassifier
from tutelage.students.text_settings import default_steps

CONTROL = "TF-IDF + logistic"
METRICS = ("accuracy", "balanced_accuracy", "log_loss", "calibration_error")


@dataclass(frozen=True, eq=False)
class Contestant:
    """One student of the comparison, trained and judged.

    Attributes
    ----------
    teaching
        What it was given.
    model
        The fitted model.
    n_texts, n_steps, seconds
        Training texts with rewrites, optimiser steps (0: none), and time.
    said
        Its probabilities for the test texts.
    result
        Its scores on them.
    """

    teaching: Teaching
    model: Any
    n_texts: int
    n_steps: int
    seconds: float
    said: Said
    result: EvaluationResult

    @property
    def name(self) -> str:
        """How it is called."""
        return self.teaching.name

    @property
    def predictions(self) -> list[str]:
        """The most probable label of each test text."""
        best = self.said.probabilities.argmax(axis=1)
        return [label_name(self.said.classes_[code]) for code in best]


def train_and_judge(
    listed: Sequence[Teaching],
    train: LabelledTexts,
    test: LabelledTexts,
    choice: TextChoice,
    seed: int,
) -> list[Contestant]:
    """Train every student on the same texts from the same seed, and judge it on the test texts.

    All take as many steps as the one with most training texts, so that none is better for having
    been trained longer.
    """
    n_most = len(train.texts) + max(len(teaching.rewrites) for teaching in listed)
    steps = common_steps(choice, n_most)
    found = []
    with progress("training") as bar:
        for place, teaching in enumerate(listed):

            def step(done: int, total: int, losses: object, place: int = place) -> None:
                del losses
                bar(place * total + done, len(listed) * total)

            found.append(_trained(teaching, train, test, choice, steps, seed, step))
    return found


def check_encoder(choice: TextChoice) -> None:
    """Raise before anything is paid for when the encoder or what it needs is not there.

    Raises
    ------
    ExtraMissing
        When torch or transformers is not installed.
    InputError
        When there is no such encoder on this machine, or the model writes rather than reads.
    """
    folder = folder_of_model(choice.encoder)
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}/config.json cannot be read: {error}.") from error
    if isinstance(config, dict) and config.get("is_encoder_decoder"):
        raise InputError(
            "--encoder must be a model that reads, such as BERT; got the encoder-decoder "
            f"{config.get('model_type')!r} in {str(folder)!r}. A student that writes with it is "
            "trained without --target, by --student rationale."
        )


def folder_of_model(encoder: str) -> Path:
    """Return the folder of what ``--encoder`` names, once what every text student needs is there.

    Raises
    ------
    ExtraMissing, InputError
        As :func:`check_encoder`.
    """
    for module in ("torch", "transformers"):
        require(module, extra="text", purpose="text students")
    return encoder_folder("minilm" if encoder == "static" else encoder.removeprefix("static:"))


def common_steps(choice: TextChoice, n_texts: int) -> int:
    """Return how many steps every student takes."""
    if choice.steps != "auto":
        return choice.steps
    return default_steps(n_texts)


def new_student(choice: TextChoice, steps: int, seed: int, bar: Any = None) -> TaughtTextClassifier:
    """Return an unfitted student."""
    return TaughtTextClassifier(
        choice.encoder, alignment=choice.alignment, steps=steps, random_state=seed, progress=bar
    )


def _trained(
    teaching: Teaching,
    train: LabelledTexts,
    test: LabelledTexts,
    choice: TextChoice,
    steps: int,
    seed: int,
    bar: Callable[..., None],
) -> Contestant:
    since = time.perf_counter()
    model = new_student(choice, steps, seed, bar)
    model.fit(
        train.texts,
        np.array(train.labels),
        word_priors=teaching.priors,
        rewrites=teaching.rewrites or None,
    )
    model.progress = None  # a bar has no place in a saved model
    seconds = time.perf_counter() - since
    n_texts = len(train.texts) + len(teaching.rewrites)
    n_steps = len(model.history_)  # none where a head is solved for, not trained
    return _judged(teaching, model, n_texts, n_steps, seconds, test, seed)


def control(train: LabelledTexts, test: LabelledTexts, seed: int) -> Contestant:
    """Return the model that most people try first: no encoder, no teacher."""
    since = time.perf_counter()
    model = words_model().fit(train.texts, np.array(train.labels))
    seconds = time.perf_counter() - since
    told = "logistic regression on words and pairs of words, no encoder, no teacher"
    return _judged(Teaching(CONTROL, told), model, len(train.texts), 0, seconds, test, seed)


def words_model() -> Pipeline:
    """Return a logistic regression on words and pairs of words, not fitted."""
    return make_pipeline(
        TfidfVectorizer(
            tokenizer=split_words, token_pattern=None, ngram_range=(1, 2), sublinear_tf=True
        ),
        LogisticRegression(C=10.0, max_iter=2000),
    )


def _judged(
    teaching: Teaching,
    model: Any,
    n_texts: int,
    n_steps: int,
    seconds: float,
    test: LabelledTexts,
    seed: int,
) -> Contestant:
    said = Said(model.classes_, model.predict_proba(list(test.texts)))
    result = evaluate(said, test.texts, np.array(test.labels), METRICS, seed=seed)
    return Contestant(teaching, model, n_texts, n_steps, seconds, said, result)


def paired_gains(
    found: Sequence[Contestant], taught: Contestant, test: LabelledTexts, seed: int
) -> tuple[Comparison, ...]:
    """Return accuracy of the taught student minus plain, of each other minus plain, and of the
    taught student minus each other; intervals resample the test texts.
    """
    plain = found[0]
    labels = np.array(test.labels)
    pairs = [(taught, plain)]
    pairs += [(one, plain) for one in found[1:] if one is not taught]
    pairs += [(taught, one) for one in found[1:] if one is not taught]
    return tuple(
        compare_on_rows(
            first.said,
            second.said,
            test.texts,
            labels,
            "accuracy",
            names=(first.name, second.name),
            n_bootstrap=2000,
            seed=seed,
        )
        for first, second in dict.fromkeys(pairs)
    )


def confused_pairs(
    truth: Sequence[str], plain: Sequence[str], taught: Sequence[str]
) -> tuple[ConfusedPair, ...]:
    """Return every pair of classes that either model confuses, the most confused first.

    >>> pairs = confused_pairs(["a", "a", "b"], ["b", "b", "b"], ["a", "b", "a"])
    >>> [(pair.truth, pair.said, pair.n_plain, pair.n_taught) for pair in pairs]
    [('a', 'b', 2, 1), ('b', 'a', 0, 1)]
    """
    sizes = Counter(truth)
    wrong = [
        Counter((t, s) for t, s in zip(truth, said, strict=True) if t != s)
        for said in (plain, taught)
    ]
    both = wrong[0] + wrong[1]
    ranked = sorted(both, key=lambda pair: (-both[pair], pair))
    return tuple(ConfusedPair(t, s, sizes[t], wrong[0][t, s], wrong[1][t, s]) for t, s in ranked)


def changed_texts(truth: Sequence[str], plain: Contestant, taught: Contestant) -> list[int]:
    """Return positions of a few test texts: mended first, then spoilt, by how clearly they were.

    Two of each at most; of several the ones with the largest change of the truth's probability.
    """
    names = [label_name(label) for label in taught.said.classes_]
    rows = np.arange(len(truth))
    codes = np.array([names.index(label) for label in truth])
    moved: NDArray[np.float64] = (
        taught.said.probabilities[rows, codes] - plain.said.probabilities[rows, codes]
    )
    right = [
        np.array([said == t for said, t in zip(one.predictions, truth, strict=True)])
        for one in (plain, taught)
    ]
    mended = np.flatnonzero(~right[0] & right[1])
    spoilt = np.flatnonzero(right[0] & ~right[1])
    best = mended[np.argsort(-moved[mended], kind="stable")][:2]
    worst = spoilt[np.argsort(moved[spoilt], kind="stable")][:2]
    return [int(row) for row in (*best, *worst)]
