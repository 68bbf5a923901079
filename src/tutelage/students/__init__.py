"""The models a user keeps: fit, predict, explain, save."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from tutelage.errors import ModelFileError
from tutelage.students.files import read_model_folder

if TYPE_CHECKING:
    from tutelage.students.regression import TaughtRegressor
    from tutelage.students.seq2seq import RationaleStudent
    from tutelage.students.tabular import TaughtClassifier
    from tutelage.students.text import TaughtTextClassifier

_HOMES = {
    "RationaleStudent": "tutelage.students.seq2seq",
    "TaughtClassifier": "tutelage.students.tabular",
    "TaughtRegressor": "tutelage.students.regression",
    "TaughtTextClassifier": "tutelage.students.text",
}


def load(
    folder: str | os.PathLike[str],
) -> RationaleStudent | TaughtClassifier | TaughtRegressor | TaughtTextClassifier:
    """Return the student that ``save`` wrote to ``folder``.

    Every file is checked against its hash first; nothing in the folder is ever executed.

    Raises
    ------
    ModelFileError
        When the folder is absent, damaged, altered, or of an unknown kind or version.

    Examples
    --------
    >>> import tempfile
    >>> from tutelage import TaughtClassifier
    >>> model = TaughtClassifier().fit([[0.0], [1.0], [2.0], [3.0]], ["a", "a", "b", "b"])
    >>> with tempfile.TemporaryDirectory() as place:
    ...     again = load(model.save(f"{place}/model"))
    >>> bool((again.predict_proba([[1.5]]) == model.predict_proba([[1.5]])).all())
    True
    """
    content = read_model_folder(folder)
    if content.kind not in _HOMES:
        raise ModelFileError(f"{folder} holds a {content.kind!r}; known kinds: {sorted(_HOMES)}.")
    home = getattr(importlib.import_module(_HOMES[content.kind]), content.kind)
    try:
        student: RationaleStudent | TaughtClassifier | TaughtRegressor | TaughtTextClassifier = (
            home._from_folder(content)
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"{folder} cannot be used: {error}.") from error
    return student
