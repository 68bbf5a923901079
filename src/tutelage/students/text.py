"""TaughtTextClassifier: labels and a teacher's word scores in, a small text classifier out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted
from typing_extensions import Self

from tutelage._words import Offsets
from tutelage.lessons.word_prior import WordPrior
from tutelage.students.files import ModelFolder, write_model_folder
from tutelage.students.text_alignment import choose_alignment
from tutelage.students.text_bodies import TextBody
from tutelage.students.text_explain import attribute_words, explain_texts
from tutelage.students.text_files import fitted_in, folder_of, write_pretrained
from tutelage.students.text_fit import Place, fit_body
from tutelage.students.text_input import TextInput, read_input, read_settings, whole_texts
from tutelage.students.text_parameters import check_text_parameters
from tutelage.students.text_settings import TextSettings
from tutelage.students.text_training import StepLosses

Array = NDArray[np.float64]


class TaughtTextClassifier(ClassifierMixin, BaseEstimator):
    """Text classifier that learns from labels and from the words a teacher deems important.

    A small encoder is fine-tuned on the cross-entropy of the labels plus, for every text whose
    words were scored, the distance between the student's own word contributions and the teacher's
    scores. Both terms are means over the texts of a batch and the distance does not depend on
    the scale of either side, so that one ``alignment`` serves texts of any length. Without word
    priors, or with ``alignment=0``, it is the plain student, to the bit.

    Fitting never asks a teacher and downloads nothing. Needs the extra ``text``.

    Parameters
    ----------
    encoder
        ``"minilm"``: all-MiniLM-L6-v2 from the installed package (extra ``minilm``); a folder
        that Hugging Face's ``save_pretrained`` wrote, weights as safetensors; or a pair (model,
        tokenizer), which is copied. ``"static"``: vectors of word pieces distilled from MiniLM
        (``"static:FOLDER"``: from another BERT-like encoder) under a linear head; 16 MB, no torch
        to predict, contributions are exact, and of the parameters only ``alignment``,
        ``distance``, ``contrast`` and ``max_tokens`` matter. The first fit of a process distils:
        8 to 30 s of processor time; the next ones take a second.
    alignment
        Weight of the distance, >= 0. ``"auto"`` tries 0, 0.3, 1 and 3 on a fifth of the texts,
        held out, takes the one with the lowest cross-entropy, and trains on everything: about
        five times the time (see :mod:`tutelage.students.text_alignment`).
    attribution
        The contributions in the loss: ``"integrated_gradients"`` from the text with every word
        replaced by padding, or ``"gradient_x_input"``, which says little of encoders that
        normalise their embeddings (decision 17).
    path_steps
        Points on the path of integrated gradients in the loss, >= 1; one lies in the middle.
    distance
        ``"cosine"``, ``"mse"``, ``"kl"`` or ``"huber"``, see :mod:`tutelage.learning.alignment`.
    contrast
        Whether contributions are to the class's logit minus the log-sum-exp of the logits of the
        prior's confusable classes (all others if it names none), rather than to the logit.
    ramp
        Share of the steps without alignment; over as many steps more it rises to its value.
    guided_share
        Largest share of a batch that is guided in one step, in (0, 1]; drawn anew each time.
    pooling
        ``"mean"`` or ``"cls"`` token under a linear head, or ``"native"``: the architecture's own
        classification head, which :meth:`save_pretrained` can write.
    head_start
        Where a linear head starts: ``"centroids"`` of the classes, or ``"random"``.
    learning_rate, head_learning_rate
        AdamW's for the encoder and for the head.
    steps
        Optimiser steps; ``"auto"``: 80 for 320 texts, growing with the power 0.7.
    batch_size
        Texts per step.
    rows_per_pass
        Texts per forward pass; fewer than ``batch_size`` accumulate gradients.
    weight_decay, label_smoothing, warm_up, dropout
        ``warm_up`` is a share of the steps.
    train_embeddings
        Whether word embeddings are trained too.
    checkpointing
        Trade time for memory in the encoder.
    max_tokens
        Longer texts are cut, with a warning; priors of words that were cut off do not count.
    validation
        Share of the texts held out to stop early by their cross-entropy; ``None``: none.
    patience
        Checks without improvement (ten are made in all) after which training stops.
    precision
        ``"float32"`` or ``"bfloat16"`` for texts that are not guided; guided texts are always
        computed in float32.
    device
        Where to train; ``None``: CUDA, MPS or CPU, the first that is there.
    progress
        Called after each step with its number, the number of steps, and its losses.
    random_state
        Seeds the head, the batches, and the choice of guided texts.

    Attributes
    ----------
    classes_ : (n_classes,)
        Labels seen in ``fit``, sorted.
    body_
        What the student is inside.
    alignment_ : float
        The weight used; 0 when no word was scored.
    alignment_losses_ : dict
        With ``alignment="auto"``: the held-out cross-entropy of each weight that was tried.
    history_ : list
        Per step: mean cross-entropy and mean distance.

    References
    ----------
    Zhang et al., "Hybrid Attribution Priors for Explainable and Robust Model Training", arXiv
    2512.14719: class-aware word priors. Ross, Hughes and Doshi-Velez, IJCAI 2017.

    Examples
    --------
    >>> from tutelage import TaughtTextClassifier, WordPrior
    >>> texts = ["set an alarm", "wake me at six", "which alarms are set", "what alarms are on"]
    >>> labels = ["alarm_set", "alarm_set", "alarm_query", "alarm_query"]
    >>> priors = [WordPrior.from_words(texts[0], ["set", "alarm"], [9, 2], label="alarm_set")]
    >>> model = TaughtTextClassifier("minilm", steps=10).fit(texts, labels, word_priors=priors)
    >>> model.predict(["wake me at seven"])
    array(['alarm_set'], dtype='<U11')
    """

    # scikit-learn would offer to route these two, which it always passes anyway.
    __metadata_request__fit = {"texts": UNUSED, "labels": UNUSED}  # noqa: RUF012
    __metadata_request__decision_function = {"texts": UNUSED}  # noqa: RUF012
    __metadata_request__predict = {"texts": UNUSED}  # noqa: RUF012
    __metadata_request__predict_proba = {"texts": UNUSED}  # noqa: RUF012

    def __init__(
        self,
        encoder: Any = "minilm",
        *,
        alignment: float | Literal["auto"] = 1.0,
        attribution: str = "integrated_gradients",
        path_steps: int = 1,
        distance: str = "cosine",
        contrast: bool = False,
        ramp: float = 0.2,
        guided_share: float = 0.35,
        pooling: str = "mean",
        head_start: str = "centroids",
        learning_rate: float = 1e-4,
        head_learning_rate: float = 1e-3,
        steps: int | Literal["auto"] = "auto",
        batch_size: int = 32,
        rows_per_pass: int = 32,
        weight_decay: float = 0.01,
        label_smoothing: float = 0.0,
        warm_up: float = 0.1,
        dropout: float = 0.0,
        train_embeddings: bool = False,
        checkpointing: bool = False,
        max_tokens: int = 256,
        validation: float | None = None,
        patience: int = 3,
        precision: str = "float32",
        device: str | None = None,
        progress: Callable[[int, int, StepLosses], None] | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ):
        self.encoder = encoder
        self.alignment = alignment
        self.attribution = attribution
        self.path_steps = path_steps
        self.distance = distance
        self.contrast = contrast
        self.ramp = ramp
        self.guided_share = guided_share
        self.pooling = pooling
        self.head_start = head_start
        self.learning_rate = learning_rate
        self.head_learning_rate = head_learning_rate
        self.steps = steps
        self.batch_size = batch_size
        self.rows_per_pass = rows_per_pass
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.warm_up = warm_up
        self.dropout = dropout
        self.train_embeddings = train_embeddings
        self.checkpointing = checkpointing
        self.max_tokens = max_tokens
        self.validation = validation
        self.patience = patience
        self.precision = precision
        self.device = device
        self.progress = progress
        self.random_state = random_state

    def fit(
        self,
        texts: Sequence[str],
        labels: ArrayLike | None = None,
        word_priors: Iterable[WordPrior | None] | None = None,
        rewrites: Iterable[Any] | None = None,
        sample_weight: ArrayLike | None = None,
        label_probabilities: Any = None,
    ) -> Self:
        """Learn from labelled texts.

        Parameters
        ----------
        texts : (n_texts,)
        labels : (n_texts,)
            At least two classes. May be left out where ``label_probabilities`` are given.
        word_priors
            One ``WordPrior`` or ``None`` per text, or any collection of them, matched by text
            and label. Those that match no text are reported and left out.
        rewrites
            More training texts: ``Rewrite`` lessons or (text, label) pairs; each counts like a
            text. Word priors may speak for them too. Lessons made from texts that are not among
            ``texts`` are reported and left out, so that cross-validation stays honest.
        sample_weight : (n_texts,) or None
            Weight of each text, >= 0; rewrites have 1.
        label_probabilities : (n_texts, n_classes) or None
            What is aimed at instead of certain labels, e.g. a larger model's confidences: a
            DataFrame with a column per class, or an array whose columns are the sorted labels.
            Rows sum to 1; a row of NaN takes the text's label. In a DataFrame classes may have
            no text of their own.

        Raises
        ------
        DataError
            When texts or labels cannot be used.
        PriorMismatch
            When none of the word priors belongs to a text.
        InputError
            When a parameter or the encoder cannot be used.
        """
        params = self.get_params(deep=False)
        check_text_parameters(params)
        given = read_input(
            texts,
            labels,
            word_priors=word_priors,
            rewrites=rewrites,
            sample_weight=sample_weight,
            label_probabilities=label_probabilities,
        )
        place = Place(
            self.pooling, self.head_start, int(self.max_tokens), self.device, self.progress
        )
        settings = self._with_alignment(read_settings(params, given.everything), given, place)
        self.classes_, self.alignment_ = given.classes, settings.alignment
        examples, held_out = given.split(self.validation, settings.seed)
        self.body_: TextBody
        self.body_, self.history_ = fit_body(
            self.encoder, examples, self.classes_, settings, place, held_out
        )
        return self

    def _with_alignment(
        self, settings: TextSettings, given: TextInput, place: Place
    ) -> TextSettings:
        if not math.isnan(settings.alignment):
            return settings
        quiet = replace(place, progress=None)
        chosen, self.alignment_losses_ = choose_alignment(
            given,
            settings,
            lambda train, tried: fit_body(self.encoder, train, given.classes, tried, quiet)[0],
        )
        return replace(settings, alignment=chosen)

    def decision_function(self, texts: Sequence[str]) -> Array:
        """Return log-odds of ``classes_[1]`` (n_texts,), or class logits (n_texts, n_classes)."""
        check_is_fitted(self)
        logits = self.body_.logits(whole_texts(texts))
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, texts: Sequence[str]) -> Array:
        """Return the probability of each class (n_texts, n_classes); rows sum to 1."""
        scores = self.decision_function(texts)
        if scores.ndim == 1:
            return np.column_stack([expit(-scores), expit(scores)])
        chance: Array = softmax(scores, axis=1)
        return chance

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the most probable label of each text (n_texts,)."""
        scores = self.decision_function(texts)
        best = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def explain(
        self, texts: str | Sequence[str], target: object = None, *, n_steps: int = 20
    ) -> Any:
        """Explain one text (an ``Explanation``) or several (a list of them), word by word.

        Contributions are integrated gradients from the text with every word replaced by padding.
        With the bias they sum to the score: the log-odds of ``target`` for two classes, its
        logit minus the mean over classes for more. The bias is the score of the text without
        words, plus the small error of the integral over ``n_steps`` points.

        Parameters
        ----------
        target
            A label; default the predicted one.
        """
        check_is_fitted(self)
        listed = whole_texts([texts] if isinstance(texts, str) else texts)
        found = explain_texts(self.body_, self.classes_, listed, target, n_steps)
        return found[0] if isinstance(texts, str) else found

    def word_attributions(
        self,
        texts: Sequence[str],
        targets: Sequence[object] | None = None,
        method: str = "integrated_gradients",
        n_steps: int = 5,
    ) -> list[tuple[Offsets, Array]]:
        """Return, per text, its words as offsets and one number per word.

        Parameters
        ----------
        targets : (n_texts,) or None
            The label whose logit is attributed; default the predicted one.
        method
            ``"gradient_x_input"`` and ``"integrated_gradients"``: contributions to the logit,
            positive speaks for the label. ``"gradient"``: the size of the logit's slope, >= 0.
        n_steps
            Points on the path of integrated gradients. A few are enough to rank words;
            :meth:`explain` takes more, so that contributions add up.
        """
        check_is_fitted(self)
        listed = whole_texts(texts)
        return attribute_words(self.body_, self.classes_, listed, targets, method, n_steps)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the student to ``folder``: weights as safetensors, the rest as JSON, hashed.

        ``tutelage.load(folder)`` gives it back. Nothing in the folder can be executed.
        """
        check_is_fitted(self)
        return write_model_folder(folder_of(self), folder)

    def save_pretrained(self, folder: str | os.PathLike[str]) -> Path:
        """Write the student so that Hugging Face's auto classes load it without us.

        With ``pooling="native"`` ``AutoModelForSequenceClassification.from_pretrained(folder)``
        gives the same logits, with the labels in ``config.id2label``.

        With another pooling it is an ``InputError``: no class of transformers has this head.
        """
        check_is_fitted(self)
        return write_pretrained(self.body_, self.classes_, Path(folder))

    @classmethod
    def _from_folder(cls, content: ModelFolder) -> Self:
        fitted = fitted_in(content)
        student = cls(**fitted.params)
        check_text_parameters(student.get_params(deep=False))
        student.classes_, student.body_ = fitted.classes, fitted.body
        student.alignment_ = fitted.alignment
        return student

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        return tags
