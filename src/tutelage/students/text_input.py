"""What a text student's ``fit`` is given -> classes, examples and settings."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from tutelage.errors import DataError, TutelageWarning
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior
from tutelage.students.label_probabilities import learn_targets
from tutelage.students.row_weights import read_sample_weight
from tutelage.students.text_examples import (
    TextExamples,
    codes_of_names,
    hold_out,
    match_priors,
    one_hot,
    read_rewrites,
    read_texts,
)
from tutelage.students.text_settings import (
    TAKEN_AS_GIVEN,
    TextSettings,
    default_steps,
)

HALF = re.compile("[\ud800-\udfff]")


def whole_texts(texts: Any) -> tuple[str, ...]:
    r"""Return texts as a tuple of ``str`` that any tokenizer takes.

    Half of a surrogate pair, what is left of an emoji that was cut in two, becomes U+FFFD: as
    long as before, so that offsets hold.

    Raises
    ------
    DataError
        As :func:`tutelage.students.text_examples.read_texts`.

    Examples
    --------
    >>> whole_texts(["hi \ud83d"]) == ("hi \ufffd",)
    True
    """
    return tuple(HALF.sub("\ufffd", text) for text in read_texts(texts))


@dataclass(frozen=True, eq=False)
class TextInput:
    """What ``fit`` was given, read and checked.

    Attributes
    ----------
    classes : (n_classes,)
        Sorted.
    own
        The labelled texts, without those of weight 0.
    more
        The rewrites.
    sources
        The text that each rewrite was made from; ``""`` where it is not known.
    """

    classes: NDArray[Any]
    own: TextExamples
    more: TextExamples
    sources: tuple[str, ...]

    @property
    def everything(self) -> TextExamples:
        """All examples, rewrites last."""
        return joined(self.own, self.more)

    def split(self, share: float | None, seed: int) -> tuple[TextExamples, TextExamples | None]:
        """Return training and held-out examples; the latter are labelled texts only.

        The rewrites of a text that is held out are not trained on either: they say nearly the
        same, and the loss on the text would no longer tell when to stop.
        """
        if share is None:
            return self.everything, None
        train, held = hold_out(self.own, share, seed)
        away = set() if held is None else set(held.texts)
        kept = [row for row, source in enumerate(self.sources) if source not in away]
        return joined(train, self.more.take(np.array(kept, dtype=np.intp))), held


def read_input(
    texts: Sequence[str],
    labels: ArrayLike | None,
    *,
    word_priors: Iterable[WordPrior | None] | None = None,
    rewrites: Iterable[Any] | None = None,
    sample_weight: ArrayLike | None = None,
    label_probabilities: Any = None,
) -> TextInput:
    """Read and check the arguments of :meth:`tutelage.TaughtTextClassifier.fit`.

    Raises
    ------
    DataError
        When texts, labels, probabilities, weights or rewrites cannot be used.
    PriorMismatch
        When none of the word priors belongs to a text.
    """
    own = whole_texts(texts)
    if not own:
        raise DataError("texts must hold at least one labelled text per class, got none.")
    classes, codes, targets = learn_targets(labels, label_probabilities, len(own))
    weights = read_sample_weight(sample_weight, len(own))
    lessons = rewrites_of(rewrites, own)
    more, more_labels = read_rewrites(lessons)
    more = whole_texts(more)
    more_codes = codes_of_names(more_labels, classes, "rewrites")
    given = None if word_priors is None else list(word_priors)
    if given is not None and len(given) == len(own):
        given += [None] * len(more)
    both = np.concatenate([codes, more_codes])
    priors = match_priors(given, own + more, classes[both].tolist())
    first = TextExamples(own, targets, weights, priors[: len(own)])
    last = TextExamples(
        more, one_hot(more_codes, len(classes)), np.ones(len(more)), priors[len(own) :]
    )
    return TextInput(
        classes,
        first.take(np.flatnonzero(weights)),
        last,
        tuple(getattr(lesson, "source_text", "") for lesson in lessons),
    )


def rewrites_of(rewrites: Iterable[Any] | None, texts: Sequence[str]) -> list[Any]:
    """Return the rewrites without those made from other texts; a warning says how many.

    Where cross-validation splits the texts, this keeps the rewrites of the held-out ones out of
    training. A (text, label) pair, or a lesson without ``source_text``, is always kept.
    """
    given, known = list(rewrites or ()), {"", *texts}
    kept = [
        lesson for lesson in given if not isinstance(lesson, Rewrite) or lesson.source_text in known
    ]
    if len(kept) < len(given):
        warnings.warn(
            f"{len(given) - len(kept)} of {len(given)} rewrites were made from texts that were "
            "not given to fit; they are left out. To use them, give fit their texts too, or "
            "(text, label) pairs.",
            TutelageWarning,
            stacklevel=4,
        )
    return kept


def joined(first: TextExamples, last: TextExamples) -> TextExamples:
    """Return the examples of both, in order."""
    return TextExamples(
        first.texts + last.texts,
        np.concatenate([first.targets, last.targets]),
        np.concatenate([first.weights, last.weights]),
        first.priors + last.priors,
    )


def read_settings(params: Mapping[str, Any], examples: TextExamples) -> TextSettings:
    """Return the numbers of the training; ``steps="auto"`` is decided by the examples.

    Without a word prior the alignment is 0; ``"auto"`` is NaN, still to be chosen.
    """
    is_taught = any(prior is not None for prior in examples.priors)
    chosen = math.nan if params["alignment"] == "auto" else float(params["alignment"])
    n_steps = (
        default_steps(len(examples.texts)) if params["steps"] == "auto" else int(params["steps"])
    )
    seed = int(check_random_state(params["random_state"]).randint(2**31 - 1))
    given = {name: params[name] for name in TAKEN_AS_GIVEN}
    alignment = chosen if is_taught else 0.0
    return TextSettings(**given, alignment=alignment, n_steps=n_steps, seed=seed)
