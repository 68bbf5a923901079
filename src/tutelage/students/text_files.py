"""A text student's values <-> the contents of a model folder; the Hugging Face layout."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tutelage.errors import InputError, ModelFileError, OutputError
from tutelage.lessons.feature_prior import label_name
from tutelage.students.files import ModelFolder
from tutelage.students.static import StaticBody
from tutelage.students.tabular_files import label_values, plain_value, read_labels
from tutelage.students.text_bodies import EncoderBody, TextBody, TextParts

BODIES: dict[str, type[EncoderBody] | type[StaticBody]] = {
    "encoder": EncoderBody,
    "static": StaticBody,
}
NOT_KEPT = ("progress", "device")  # of the machine and the session, not of the student


@dataclass(frozen=True)
class FittedText:
    """What ``fit`` sets, read back.

    Attributes
    ----------
    params
        The constructor's arguments.
    classes : (n_classes,)
    body
    alignment
        The weight that was used.
    """

    params: Mapping[str, Any]
    classes: NDArray[Any]
    body: TextBody
    alignment: float


def folder_of(student: Any) -> ModelFolder:
    """Return everything a fitted ``TaughtTextClassifier`` is, ready to be written."""
    params = {
        name: plain_value(value)
        for name, value in student.get_params(deep=False).items()
        if name not in NOT_KEPT
    }
    params["encoder"] = encoder_name(student.encoder)
    parts = student.body_.parts()
    model = {
        "params": params,
        "labels": label_values(student.classes_),
        "alignment": float(student.alignment_),
        "body": {"kind": _kind_of(student.body_), **parts.values},
    }
    return ModelFolder(type(student).__name__, model, parts.arrays, None, parts.texts)


def fitted_in(content: ModelFolder) -> FittedText:
    """Return what a folder holds; shapes are checked.

    Raises
    ------
    ModelFileError
        When the body is of an unknown kind or its parts do not fit together.
    """
    values = content.model
    classes = read_labels(values["labels"])
    body = dict(values["body"])
    kind = body.pop("kind")
    if kind not in BODIES:
        raise ModelFileError(f"the body must be one of {sorted(BODIES)}, got {kind!r}.")
    parts = TextParts(content.arrays, content.texts, body)
    return FittedText(
        values["params"],
        classes,
        BODIES[kind].from_parts(parts, len(classes)),
        float(values["alignment"]),
    )


def encoder_name(encoder: Any) -> str:
    """Return the encoder's name or folder; models given as objects have their class's name."""
    if isinstance(encoder, (str, os.PathLike)):
        return str(encoder)
    return f"a {type(encoder[0]).__name__} that was given"


def write_pretrained(body: TextBody, classes: NDArray[Any], folder: Path) -> Path:
    """Write a body with a native head as ``AutoModelForSequenceClassification`` reads it.

    Raises
    ------
    InputError
        When the head is ours.
    OutputError
        When the folder cannot be written.
    """
    if not isinstance(body, EncoderBody) or body.network.head is not None:
        raise InputError(
            "save_pretrained needs a head that transformers knows, and this student has its own. "
            "Fit with pooling='native', or keep this student with save(folder)."
        )
    model = body.network.model
    names = [label_name(label) for label in classes]
    model.config.id2label = dict(enumerate(names))
    model.config.label2id = {name: place for place, name in enumerate(names)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(folder)
        body.network.tokenizer.save_pretrained(folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}.") from error
    return folder


def _kind_of(body: TextBody) -> str:
    return next(name for name, kind in BODIES.items() if isinstance(body, kind))
