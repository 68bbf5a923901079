"""Draft a task card from a table, by a rule that keeps values on the machine.

Only names leave: of columns, of classes, and of categories that are a vocabulary (at most 30
distinct values, each in at least 5 rows). A number, a date, a free text or an identifier never
becomes part of a card, however it is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutelage.errors import CardError, DataError
from tutelage.lessons.feature_prior import label_name
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.task_card import Column, TaskCard

if TYPE_CHECKING:
    import pandas as pd

MAX_CATEGORIES = 30
MIN_ROWS_PER_CATEGORY = 5
MAX_CLASSES = 50
LONGEST_CATEGORY = 80
IDENTIFIER_NAMES = {"id", "index", "uuid", "guid", "key", "rowid", "row_id", "unnamed: 0"}


def draft_card(frame: pd.DataFrame, target: str, task: str | None = None) -> TaskCard:
    """Return a card that names the columns of ``frame`` for a person to complete.

    A column that cannot be described without its values is left unscored and named, with the
    reason, in the card's ``notes``: its weight will come from the labels alone.

    Parameters
    ----------
    frame
        The table, with the target.
    target
        Name of the target column.
    task
        The sentence; default: "Predict ... from the other columns."

    Raises
    ------
    DataError
        When the target is absent or has a repeated name.
    CardError
        When the target is no set of classes, or no column is left.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"age": [30, 40] * 5, "job": ["clerk", "farmer"] * 5,
    ...      "comment": [f"text {n}" for n in range(10)], "ill": ["no", "yes"] * 5})
    >>> card = draft_card(table, "ill")
    >>> [(c.name, c.categories) for c in card.columns]
    [('age', None), ('job', {'clerk': '', 'farmer': ''})]
    >>> print(card.notes)
    left unscored: 'comment' (categories that occur in fewer than 5 rows)
    """
    names = [str(name) for name in frame.columns]
    if names.count(target) != 1:
        raise DataError(
            f"the table must have exactly one column {target!r}; its columns are {names[:20]!r}."
        )
    columns, left_out = [], []
    for position, name in enumerate(names):
        if name == target:
            continue
        values = frame.iloc[:, position]
        reason = _reason_to_leave_out(name, values)
        if reason:
            left_out.append(f"{name!r} ({reason})")
        else:
            columns.append(Column(name, categories=_categories(values)))
    if not columns:
        raise CardError(
            "no column can be described by its name alone; write the card by hand. "
            f"Left out: {'; '.join(left_out) or 'there is no other column'}."
        )
    return TaskCard(
        task or f"Predict {target!r} from the other columns of a table.",
        _classes(frame.iloc[:, names.index(target)], target),
        columns,
        notes=f"left unscored: {'; '.join(left_out)}" if left_out else "",
        target=target,
    )


def _classes(values: pd.Series, target: str) -> list[str]:
    present = values.dropna()
    if len(present.unique()) > MAX_CLASSES:
        raise CardError(
            f"the target {target!r} must be a set of at most {MAX_CLASSES} classes, "
            f"got {len(present.unique())} distinct values."
        )
    return sorted({label_name(value) for value in present.unique()})


def _is_numeric(values: pd.Series) -> bool:
    """Tell whether a column holds numbers, also as objects; such a column has no categories."""
    import pandas as pd  # whoever has a frame has loaded it; a card by hand needs none

    if str(values.dtype) == "category":
        return False
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return True
    kind = pd.api.types.infer_dtype(values, skipna=True)
    return kind in {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "complex"}


def _reason_to_leave_out(name: str, values: pd.Series) -> str:
    """Return why a column cannot be scored, or "" when it can."""
    present = values.dropna()
    if present.empty:
        return "no value at all"
    numeric = _is_numeric(values)
    # texts, because a cell may hold anything, also what cannot be hashed
    distinct = int((present if numeric else present.astype(str)).nunique())
    if distinct == 1:
        return "only one value"
    if _looks_like_identifier(name, present, distinct):
        return "looks like an identifier"
    if numeric:
        return ""
    if values.dtype.kind in "mM" or str(values.dtype).startswith(("datetime", "period", "time")):
        return "dates"
    if distinct > MAX_CATEGORIES:
        return f"{distinct} distinct values, more than {MAX_CATEGORIES}"
    counts = present.map(label_name).value_counts()
    if int(counts.min()) < MIN_ROWS_PER_CATEGORY:
        return f"categories that occur in fewer than {MIN_ROWS_PER_CATEGORY} rows"
    return _why_no_vocabulary([str(category) for category in counts.index])


def _why_no_vocabulary(categories: list[str]) -> str:
    """Return why texts that repeat are values all the same, or "" for a vocabulary."""
    for reason, pattern in (("numbers written as text", NUMBER), ("dates", DATE)):
        if 2 * sum(bool(pattern.fullmatch(text.strip())) for text in categories) > len(categories):
            return reason
    if any(Scrubber().hide(text) != text for text in categories):
        return "e-mail addresses, phone or account numbers"
    if any(len(text) > LONGEST_CATEGORY for text in categories):
        return f"texts of more than {LONGEST_CATEGORY} characters"
    return ""


NUMBER = re.compile(r"[-+]?[\d.,']*\d[\d.,']*(?:[eE][-+]?\d+)?\s*(?:%|[$€£])?")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|\d{1,2}:\d{2}(?::\d{2})?")


def _looks_like_identifier(name: str, present: pd.Series, distinct: int) -> bool:
    if distinct < len(present) or present.dtype.kind == "f":
        return False
    lowered = name.strip().lower()
    return lowered in IDENTIFIER_NAMES or lowered.endswith(("_id", " id", "-id"))


def _categories(values: pd.Series) -> dict[str, str] | None:
    if _is_numeric(values):
        return None
    return dict.fromkeys(sorted({label_name(v) for v in values.dropna().unique()}), "")
