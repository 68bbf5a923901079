"""Word priors from a student: what a plain model's own behaviour says of the words of a text.

Train that model on the same split as the student that will be taught: priors from a model that
has seen more labels carry those labels over.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage._extras import require
from tutelage._words import Offsets, word_offsets
from tutelage.attribution.masks import masks_for
from tutelage.attribution.scoring import BATCH_SIZE, scored_once
from tutelage.attribution.surrogate import surrogates
from tutelage.attribution.words import PLACEHOLDER, hide_each
from tutelage.errors import DataError
from tutelage.lessons import label_name
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.word_prior import WordPrior

FloatArray = NDArray[np.float64]

# LIME's penalty of 1 is meant for its 5,000 samples; these are some tens or hundreds.
LIME_RIDGE = 0.01


def lime_priors(
    model: Any,
    texts: Sequence[str],
    labels: Sequence[Any],
    *,
    n_samples: int = 500,
    seed: int = 0,
    placeholder: str | None = PLACEHOLDER,
    batch_size: int = BATCH_SIZE,
) -> tuple[WordPrior, ...]:
    """Return what LIME says of each word: the local linear effect on the label's probability.

    Every word has its own place, also when it occurs twice. Texts of few words are asked with
    every subset of words hidden, others with ``n_samples`` distinct random ones; equal masked
    texts are asked once.

    Parameters
    ----------
    model
        Anything fitted with ``classes_`` and ``predict_proba`` for a list of texts.
    texts, labels
        The texts, and the class that each text's scores speak for.
    n_samples
        Masked texts per text, 1 to 32768.
    seed
        Seeds the masks.
    placeholder
        What stands for a hidden word; ``None`` deletes it.
    batch_size
        Texts per call of ``predict_proba``.

    Returns
    -------
    tuple of WordPrior
        One per text. Scores are changes of probability: positive when hiding the word lowers the
        label's. A text of one word gets the score 1.

    Raises
    ------
    DataError
        When a label is not among the model's classes, or texts and labels differ in number.

    References
    ----------
    Ribeiro, Singh and Guestrin, "Why should I trust you?", KDD 2016.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> plain = make_pipeline(CountVectorizer(), LogisticRegression())
    >>> plain = plain.fit(["set an alarm", "play an album"], ["alarm", "music"])
    >>> prior = lime_priors(plain, ["set an alarm"], ["alarm"])[0]
    >>> [round(score, 2) for score in prior.scores]
    [0.08, -0.0, 0.08]
    """
    codes = _codes(model, texts, labels)
    offsets = [word_offsets(text) for text in texts]
    designs = masks_for([len(o) for o in offsets], n_samples, design="lime", seed=seed)
    shown = [
        hide_each(text, units, rows.tolist(), placeholder)
        for text, units, rows in zip(texts, offsets, designs, strict=True)
    ]
    said = scored_once(model.predict_proba, [text for one in shown for text in one], batch_size)
    ends = np.cumsum([len(one) for one in shown])
    scores = [
        said[end - len(one) : end, code] for one, end, code in zip(shown, ends, codes, strict=True)
    ]
    found = surrogates(designs, scores, mode="lime", ridge=LIME_RIDGE)
    return _priors(texts, labels, offsets, found, "lime", f"n_samples={n_samples}, seed={seed}")


def gradient_priors(
    model: Any,
    texts: Sequence[str],
    labels: Sequence[Any],
    *,
    method: str = "integrated_gradients",
    n_steps: int = 20,
) -> tuple[WordPrior, ...]:
    """Return what the model's gradients say of each word, for the label's logit.

    Parameters
    ----------
    model
        Has ``word_attributions(texts, targets, method=, n_steps=)`` as
        :class:`tutelage.TaughtTextClassifier` does.
    texts, labels
        The texts, and the class that each text's scores speak for.
    method
        ``"integrated_gradients"``, ``"gradient_x_input"`` or ``"gradient"``.
    n_steps
        Points on the path of integrated gradients.

    Returns
    -------
    tuple of WordPrior
        One per text. Scores are contributions in units of the logit (of ``"gradient"``: its
        slope, without a sign).

    Raises
    ------
    DataError
        When a label is not among the model's classes, or the model has no gradients to offer.
    """
    if not hasattr(model, "word_attributions"):
        raise DataError(
            "Gradients need a model with word_attributions, such as TaughtTextClassifier, got "
            f"{type(model).__name__}. Use lime_priors: it needs predict_proba only."
        )
    _codes(model, texts, labels)
    found = model.word_attributions(list(texts), list(labels), method=method, n_steps=n_steps)
    offsets, scores = [units for units, _ in found], [values for _, values in found]
    return _priors(texts, labels, offsets, scores, "gradients", f"method={method}")


def shap_priors(
    model: Any,
    texts: Sequence[str],
    labels: Sequence[Any],
    *,
    n_samples: int = 500,
    seed: int = 0,
    placeholder: str | None = PLACEHOLDER,
    batch_size: int = BATCH_SIZE,
) -> tuple[WordPrior, ...]:
    """Return each word's Shapley value for the label's probability, by the ``shap`` package.

    Exact when every subset of the words is among ``n_samples``, otherwise by permutations. The
    values of a text sum to the label's probability minus that of the text with all words hidden.
    Parameters and errors as in :func:`lime_priors`.

    Raises
    ------
    ExtraMissing
        When the package ``shap`` is not installed.

    References
    ----------
    Lundberg and Lee, "A unified approach to interpreting model predictions", NIPS 2017.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing shap sets up plots, which warns of matplotlib
        shap = require("shap", extra="shap", purpose="Shapley values")
    codes = _codes(model, texts, labels)
    offsets = [word_offsets(text) for text in texts]
    found = []
    for text, units, code in zip(texts, offsets, codes, strict=True):
        probability = _of_kept_words(model, text, units, int(code), placeholder, batch_size)
        found.append(_shapley_values(shap, probability, len(units), n_samples, seed))
    return _priors(texts, labels, offsets, found, "shap", f"n_samples={n_samples}, seed={seed}")


def _codes(model: Any, texts: Sequence[str], labels: Sequence[Any]) -> NDArray[np.int64]:
    """Return the column of each label in ``predict_proba``, by name."""
    if len(texts) != len(labels):
        raise DataError(f"There must be one label per text, got {len(labels)} for {len(texts)}.")
    columns = {label_name(label): i for i, label in enumerate(model.classes_)}
    names = [label_name(label) for label in labels]
    strangers = sorted(set(names) - set(columns))
    if strangers:
        raise DataError(
            "Labels must be among the model's classes:",
            [f"{name!r} is not one of its {len(columns)} classes" for name in strangers],
        )
    return np.array([columns[name] for name in names], dtype=np.int64)


def _priors(
    texts: Sequence[str],
    labels: Sequence[Any],
    offsets: Sequence[Offsets],
    scores: Sequence[FloatArray],
    source: str,
    notes: str,
) -> tuple[WordPrior, ...]:
    provenance = Provenance(teacher="student", notes=f"{source}: {notes}")
    return tuple(
        WordPrior(
            text,
            label_name(label),
            tuple(units),
            tuple(np.asarray(values, dtype=np.float64).tolist()),
            source=source,
            provenance=provenance,
        )
        for text, label, units, values in zip(texts, labels, offsets, scores, strict=True)
    )


def _of_kept_words(
    model: Any, text: str, units: Offsets, code: int, placeholder: str | None, batch_size: int
) -> Callable[[FloatArray], FloatArray]:
    """Return the label's probability as a function of which words are kept (n_rows, n_words)."""

    def probability(kept: FloatArray) -> FloatArray:
        shown = hide_each(text, units, (kept < 0.5).tolist(), placeholder)
        return scored_once(model.predict_proba, shown, batch_size)[:, code]

    return probability


def _shapley_values(
    shap: Any,
    probability: Callable[[FloatArray], FloatArray],
    n_words: int,
    n_samples: int,
    seed: int,
) -> FloatArray:
    if n_words == 0:
        return np.zeros(0)
    nothing, everything = np.zeros((1, n_words)), np.ones((1, n_words))
    if 2**n_words <= n_samples:
        return np.asarray(
            shap.explainers.Exact(probability, nothing)(everything, silent=True).values[0]
        )
    explainer = shap.explainers.Permutation(probability, nothing, seed=seed)
    n_calls = max(n_samples, 2 * n_words + 1)
    found = explainer(everything, max_evals=n_calls, batch_size=n_calls, silent=True)
    return np.asarray(found.values[0])
