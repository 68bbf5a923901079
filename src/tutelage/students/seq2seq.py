"""RationaleStudent: labels and reasons in, a small model that says label and why out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from typing_extensions import Self

from tutelage.errors import DataError
from tutelage.lessons.rationale import Rationale
from tutelage.students.files import ModelFolder, write_model_folder
from tutelage.students.rationale_body import RationaleBody
from tutelage.students.rationale_data import learnable
from tutelage.students.rationale_examples import TaskExamples, read_inputs
from tutelage.students.rationale_fit import PLACED, TaskPlace, fit_tasks
from tutelage.students.rationale_settings import check_rationale_parameters, settings_of
from tutelage.students.rationale_written import GeneratedRationale
from tutelage.students.seq2seq_training import StepParts
from tutelage.students.tabular_files import label_values, plain_value, read_labels
from tutelage.students.text_bodies import TextParts
from tutelage.students.text_files import encoder_name

Array = NDArray[np.float64]
NOT_KEPT = ("progress", "device", "checkpoints")  # of the machine, not of the student


class RationaleStudent(ClassifierMixin, BaseEstimator):
    """Small text-to-text model that learns a teacher's labels and, beside them, the reasons.

    One model has two tasks: behind ``predict:`` it writes the label, behind ``explain:`` the
    reason. The loss is the cross-entropy of the label's tokens plus ``explain_weight`` times that
    of the reason's, each a mean over the texts that have one. A missing label or reason is left
    out, never filled in. To predict, only the first task runs: the labels are compared by their
    likelihood, and nothing is written.

    Fitting never asks a teacher and downloads nothing. Needs the extra ``text``.

    Parameters
    ----------
    model
        ``"minilm"``: all-MiniLM-L6-v2 from the installed package (extra ``minilm``) reads, and a
        small decoder that starts from its last layers writes. Or a folder that Hugging Face's
        ``save_pretrained`` wrote, weights as safetensors, with an encoder-decoder (T5, BART), a
        decoder (GPT-like; a pad token is not needed) or a BERT-like encoder, which gets a decoder
        like MiniLM. Or a pair (model, tokenizer), which is copied.
    classes
        The labels there are; others count as missing, with a warning. ``None``: those seen in
        ``fit``, or each input's own choices.
    explain_weight
        Weight of the reasons, >= 0; 0 is exactly the student of labels alone.
    mode
        ``"multi_task"``, or ``"single_sequence"``: label and reason are written one behind the
        other, and prediction stops after the label.
    schedule
        ``"constant"``, or ``"decay"``: the weight of the reasons falls from twice its value to 0.
    task_alignment
        Weight of 1 - cosine between the mean states behind the two prompts, >= 0.
    token_weights
        ``"uniform"``, or ``"rarity"``: tokens that occur in few reasons count more.
    length_normalised
        Compare labels by log-likelihood per token.
    learning_rate, fresh_learning_rate
        AdamW's for weights that were trained before and for those that start new (an encoder's
        new decoder: its cross-attention and output).
    steps
        Optimiser steps; ``"auto"`` grows with the number of texts, as in
        :class:`TaughtTextClassifier`.
    batch_size
        Texts per step.
    rows_per_pass
        Texts per forward pass; fewer than ``batch_size`` accumulate gradients.
    weight_decay, warm_up, dropout
        ``warm_up`` is a share of the steps.
    train_embeddings
        Whether word embeddings are trained too.
    decoder_layers
        Layers that write, when ``model`` is an encoder.
    max_tokens, max_rationale_tokens
        Longer inputs are cut, with a warning; longer reasons are cut.
    patience
        Checks without improvement on the validation data (ten are made in all) after which
        training stops.
    restart
        Whether a student that collapsed, that is, gives 95 % of the texts one label although
        their labels differ, is trained once more from another seed.
    checkpoints, checkpoint_every
        A folder in which an interrupted ``fit`` is kept; the same ``fit`` goes on from there and
        ends, on a CPU, with the very weights of one that was not interrupted. ``None``: none.
    precision
        ``"float32"`` or ``"bfloat16"``.
    device
        Where to train; ``None``: CUDA, MPS or CPU, the first that is there.
    progress
        Called after each step with its number, the number of steps, and its losses.
    random_state
        Seeds fresh weights, batches, the choice among several reasons, and dropout.

    Attributes
    ----------
    classes_ : (n_classes,)
        Sorted labels; absent where each input has its own choices.
    body_
        What the student is inside.
    history_ : tuple of Attempt
        Each attempt's seed, losses per step, held-out losses, and whether it collapsed.

    References
    ----------
    Hsieh et al., "Distilling Step-by-Step!", Findings of ACL 2023, arXiv 2305.02301. Vöge, Gurgul
    and Lessmann, "Leveraging Zero-Shot Prompting for Efficient Language Model Distillation",
    arXiv 2403.15886. Wadhwa, Amir and Wallace, EMNLP 2024, arXiv 2406.14511: label first.

    Examples
    --------
    >>> from tutelage import Rationale, RationaleStudent
    >>> texts = ["I was charged twice.", "Where is my parcel?", "Charged again!", "No parcel yet."]
    >>> lessons = [
    ...     Rationale.of(texts[0], "payment", "Being charged is about money."),
    ...     Rationale.of(texts[1], "delivery", "A parcel is delivered."),
    ...     Rationale.of(texts[2], "payment"),
    ...     Rationale.of(texts[3], "delivery"),
    ... ]
    >>> model = RationaleStudent("minilm", steps=6, decoder_layers=1).fit(texts, lessons)
    >>> model.predict(["My parcel is late."])
    array(['delivery'], dtype='<U8')
    """

    def __init__(
        self,
        model: Any = "minilm",
        *,
        classes: Iterable[Any] | None = None,
        explain_weight: float = 0.5,
        mode: str = "multi_task",
        schedule: str = "constant",
        task_alignment: float = 0.0,
        token_weights: str = "uniform",
        length_normalised: bool = False,
        learning_rate: float = 1e-4,
        fresh_learning_rate: float = 1e-3,
        steps: int | Literal["auto"] = "auto",
        batch_size: int = 32,
        rows_per_pass: int = 32,
        weight_decay: float = 0.01,
        warm_up: float = 0.1,
        dropout: float = 0.1,
        train_embeddings: bool = False,
        decoder_layers: int = 2,
        max_tokens: int = 256,
        max_rationale_tokens: int = 64,
        patience: int = 3,
        restart: bool = True,
        checkpoints: str | os.PathLike[str] | None = None,
        checkpoint_every: int = 100,
        precision: str = "float32",
        device: str | None = None,
        progress: Callable[[int, int, StepParts], None] | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ):
        self.model = model
        self.classes = classes
        self.explain_weight = explain_weight
        self.mode = mode
        self.schedule = schedule
        self.task_alignment = task_alignment
        self.token_weights = token_weights
        self.length_normalised = length_normalised
        self.learning_rate = learning_rate
        self.fresh_learning_rate = fresh_learning_rate
        self.steps = steps
        self.batch_size = batch_size
        self.rows_per_pass = rows_per_pass
        self.weight_decay = weight_decay
        self.warm_up = warm_up
        self.dropout = dropout
        self.train_embeddings = train_embeddings
        self.decoder_layers = decoder_layers
        self.max_tokens = max_tokens
        self.max_rationale_tokens = max_rationale_tokens
        self.patience = patience
        self.restart = restart
        self.checkpoints = checkpoints
        self.checkpoint_every = checkpoint_every
        self.precision = precision
        self.device = device
        self.progress = progress
        self.random_state = random_state

    def fit(
        self,
        inputs: Sequence[Any],
        lessons: Iterable[Rationale | None] | None,
        labels: ArrayLike | None = None,
        validation: float | tuple[Any, Any] | None = None,
    ) -> Self:
        """Learn from what a teacher said.

        Parameters
        ----------
        inputs : (n_inputs,)
            Each in a form that :meth:`Rationale.of` takes.
        lessons
            One ``Rationale`` or ``None`` per input, or any collection of them, matched by input.
        labels : (n_inputs,) or None
            Labels to learn instead of the teacher's, ``None`` where there is none; a reason that
            speaks for another label is left out.
        validation
            For early stopping and calibration, never trained on: a share of the labelled inputs
            in (0, 1), or a pair (inputs, labels). ``None``: neither takes place.

        Raises
        ------
        DataError
            When inputs, labels or validation cannot be used, or fewer than two classes are left.
        PriorMismatch
            When no lesson belongs to an input.
        InputError
            When a parameter, the model or the checkpoint cannot be used.
        """
        params = self.get_params(deep=False)
        check_rationale_parameters(params)
        found = learnable(inputs, lessons, labels, validation, params)
        seed = int(check_random_state(self.random_state).randint(2**31 - 2))
        settings = settings_of(params, len(found.examples.texts), seed)
        place = TaskPlace(**{name: params[name] for name in PLACED})
        self.body_: RationaleBody
        self.body_, self.history_ = fit_tasks(
            self.model, found.examples, found.names, settings, place, found.held_out
        )
        if found.classes is not None:
            self.classes_ = found.classes
        return self

    def predict_proba(self, inputs: Sequence[Any]) -> Array:
        """Return the probability of each class (n_inputs, n_classes); rows sum to 1.

        Where inputs have their own choices, columns are these in their order; an input with
        fewer than another has 0 in the columns it lacks. With validation data in ``fit`` the
        probabilities are calibrated by one temperature.
        """
        rows = [np.exp(row) for row in self.body_.log_probabilities(self._asked(inputs))]
        found = np.zeros((len(rows), max([0, *(len(row) for row in rows)])))
        for place, row in enumerate(rows):
            found[place, : len(row)] = row
        return found

    def predict(self, inputs: Sequence[Any]) -> NDArray[Any]:
        """Return the likeliest label, or choice, of each input (n_inputs,)."""
        asked = self._asked(inputs)
        return self._named(asked, self._places(asked))

    def explain(self, inputs: Any) -> GeneratedRationale | list[GeneratedRationale]:
        """Return the reason the student writes for one input, or a list of them for a list.

        It is generated text, not an attribution: a student that is right may write a wrong
        reason. With two tasks it is written without regard to the predicted label. Every
        token is a step of the decoder; predictions write none.
        """
        check_is_fitted(self)
        is_one = isinstance(inputs, (str, dict, tuple))
        asked = self._asked([inputs] if is_one else inputs)
        places = self._places(asked)
        texts = self.body_.explain(asked, places)
        labels = self._named(asked, places).tolist()
        found = [GeneratedRationale(x, text) for x, text in zip(labels, texts, strict=True)]
        return found[0] if is_one else found

    def _asked(self, inputs: Sequence[Any]) -> TaskExamples:
        check_is_fitted(self)
        asked = read_inputs(inputs)
        if self.body_.words is not None and any(asked.choices):
            raise DataError(
                f"this student knows {len(self.classes_)} classes, and inputs must come without "
                "choices."
            )
        return asked

    def _places(self, asked: TaskExamples) -> list[int]:
        return [int(row.argmax()) for row in self.body_.scores(asked)]

    def _named(self, asked: TaskExamples, places: Sequence[int]) -> NDArray[Any]:
        if self.body_.words is not None:
            labels: NDArray[Any] = self.classes_[np.asarray(places, dtype=np.intp)]
            return labels
        own = [choices[place] for choices, place in zip(asked.choices, places, strict=True)]
        return np.array(own, dtype=object)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the student to ``folder``: weights as safetensors, the rest as JSON, hashed.

        ``tutelage.load(folder)`` gives it back. Nothing in the folder can be executed.
        """
        check_is_fitted(self)
        params = {
            name: plain_value(value)
            for name, value in self.get_params(deep=False).items()
            if name not in NOT_KEPT
        }
        params["model"] = encoder_name(self.model)
        if self.classes is not None:
            params["classes"] = [plain_value(one) for one in self.classes_]
        parts = self.body_.parts()
        model = {
            "params": params,
            "labels": label_values(self.classes_) if self.body_.words is not None else None,
            "body": dict(parts.values),
        }
        content = ModelFolder(type(self).__name__, model, parts.arrays, None, parts.texts)
        return write_model_folder(content, folder)

    @classmethod
    def _from_folder(cls, content: ModelFolder) -> Self:
        student = cls(**content.model["params"])
        check_rationale_parameters(student.get_params(deep=False))
        parts = TextParts(content.arrays, content.texts, content.model["body"])
        student.body_ = RationaleBody.from_parts(parts)
        if content.model["labels"] is not None:
            student.classes_ = read_labels(content.model["labels"])
        return student

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        return tags
