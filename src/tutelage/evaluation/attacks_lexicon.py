"""What keyword attacks need to know: the words of each class, and which classes are confused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tutelage._words import word_offsets
from tutelage.attribution.scoring import BATCH_SIZE, scored_once
from tutelage.attribution.words import STOPWORDS
from tutelage.errors import DataError
from tutelage.evaluation.attacks_edit import plain_word
from tutelage.evaluation.predictions import FloatArray, check_predictions
from tutelage.lessons import label_name

PRIOR_COUNT = 10.0  # words of each class's prior, spread as in all texts together


@dataclass(frozen=True)
class AttackLexicon:
    """Keywords of each class, and the classes it is confused with.

    Attributes
    ----------
    keywords
        Class -> words that tell it from the others, the most telling first, in lower case.
    confusers
        Class -> other classes with keywords, the most easily confused first.
    source
        Where the two come from.
    """

    keywords: Mapping[str, tuple[str, ...]]
    confusers: Mapping[str, tuple[str, ...]]
    source: str = "given"


def attack_lexicon(
    texts: Sequence[str],
    labels: Sequence[Any],
    plain: Any = None,
    *,
    n_keywords: int = 10,
    n_confusers: int = 3,
    batch_size: int = BATCH_SIZE,
) -> AttackLexicon:
    """Make a lexicon from training texts alone, never from the prior of the model under test.

    Keywords are ranked by the log-odds of a word in its class against all other classes, with a
    prior of ten words spread as in all texts, divided by its standard deviation; function words
    (English) and words without a letter are left out, and so is what speaks against the class.
    The confusers of a class are those to which ``plain`` gives the largest mean probability on
    the texts of the class. A lexicon from the signal that a model was trained on would flatter
    or blame that model; this one belongs to nobody.

    Parameters
    ----------
    texts, labels
        The training texts and their classes, at least two.
    plain
        A model without any lesson, trained on other texts or the same, with ``classes_`` and
        ``predict_proba``. ``None``: every other class is a confuser.
    n_keywords, n_confusers
        At most so many words and classes each, >= 1.

    Raises
    ------
    DataError
        When texts and labels do not match, there are fewer than two classes with keywords, or
        ``plain`` does not know a label.

    References
    ----------
    Monroe, Colaresi and Quinn, "Fightin' words", Political Analysis 2008.

    Examples
    --------
    >>> texts = ["wake me at six", "wake him", "play a song", "play the radio"]
    >>> lexicon = attack_lexicon(texts, ["alarm", "alarm", "music", "music"], n_keywords=1)
    >>> lexicon.keywords["alarm"], lexicon.confusers["alarm"]
    (('wake',), ('music',))
    """
    names = [label_name(label) for label in labels]
    classes = sorted(set(names))
    _check(texts, names, classes, n_keywords, n_confusers)
    ranked = _ranked_words(texts, names, classes)
    keywords = {name: words[:n_keywords] for name, words in ranked.items()}
    armed = [name for name in classes if keywords[name]]
    if len(armed) < 2:
        raise DataError(
            "A lexicon needs keywords of at least two classes, got them of "
            f"{len(armed)} of {len(classes)}. Give more texts, or build an AttackLexicon by hand."
        )
    nearness = np.zeros((len(classes), len(classes)))
    if plain is not None:
        nearness = _mean_probabilities(plain, texts, names, classes, batch_size)
    else:
        n_confusers = len(classes)
    confusers = {
        name: tuple(
            classes[other]
            for other in np.argsort(-nearness[place], kind="stable").tolist()
            if other != place and classes[other] in armed
        )[:n_confusers]
        for place, name in enumerate(classes)
    }
    about = "no model" if plain is None else type(plain).__name__
    source = f"log-odds in {len(names)} training texts; confusions of {about}"
    return AttackLexicon(keywords, confusers, source)


def _ranked_words(
    texts: Sequence[str], names: Sequence[str], classes: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in classes}
    for text, name in zip(texts, names, strict=True):
        counts[name].update(plain_word(text[start:end]) for start, end in word_offsets(text))
    whole = Counter[str]()
    for own in counts.values():
        whole.update(own)
    words = sorted(w for w in whole if w not in STOPWORDS and any(c.isalpha() for c in w))
    total, share = whole.total(), PRIOR_COUNT / max(whole.total(), 1)
    every = np.array([whole[word] for word in words], dtype=np.float64)
    ranked = {}
    for name in classes:
        own_total = counts[name].total()
        inside = np.array([counts[name][word] for word in words], dtype=np.float64)
        scores = _log_odds(inside, every - inside, own_total, total - own_total, share * every)
        order = np.argsort(-scores, kind="stable").tolist()
        ranked[name] = tuple(words[place] for place in order if scores[place] > 0)
    return ranked


def _log_odds(
    inside: FloatArray, outside: FloatArray, n_inside: int, n_outside: int, prior: FloatArray
) -> FloatArray:
    """Return the log-odds ratio of each word over its standard deviation (n_words,)."""
    one, other = inside + prior, outside + prior
    odds = np.log(one / (n_inside + PRIOR_COUNT - one))
    odds -= np.log(other / (n_outside + PRIOR_COUNT - other))
    found: FloatArray = odds / np.sqrt(1 / one + 1 / other)
    return found


def _mean_probabilities(
    plain: Any, texts: Sequence[str], names: Sequence[str], classes: Sequence[str], batch_size: int
) -> FloatArray:
    """Return (n_classes, n_classes): the mean probability of the other class on a class's texts."""
    if not hasattr(plain, "classes_") or not hasattr(plain, "predict_proba"):
        raise DataError(
            "The plain model must be fitted and have classes_ and predict_proba, got "
            f"{type(plain).__name__}."
        )
    table = scored_once(plain.predict_proba, list(texts), batch_size)
    said = check_predictions(names, table, list(plain.classes_))
    columns = [said.classes.index(name) for name in classes]
    owners = np.array(names, dtype=object)
    return np.stack([said.probabilities[owners == name].mean(axis=0)[columns] for name in classes])


def _check(
    texts: Sequence[str],
    names: Sequence[str],
    classes: Sequence[str],
    n_keywords: int,
    n_confusers: int,
) -> None:
    problems = []
    if isinstance(texts, str) or len(texts) != len(names):
        n_texts = 1 if isinstance(texts, str) else len(texts)
        problems.append(f"there must be one label per text, {n_texts}, got {len(names)}")
    if len(classes) < 2:
        problems.append(f"there must be at least two classes, got {list(classes)}")
    for what, number in (("n_keywords", n_keywords), ("n_confusers", n_confusers)):
        if number < 1:
            problems.append(f"{what} must be at least 1, got {number!r}")
    if problems:
        raise DataError("No lexicon can be made:", problems)
