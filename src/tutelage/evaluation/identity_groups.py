"""Which group a text speaks of: identity terms as sensitive columns of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.group_values import plain
from tutelage.evaluation.predictions import Classifier, predictions_of
from tutelage.lessons.identity_terms import IdentityTerms

NO_MENTION = "(no mention)"
SEVERAL = "(several)"


def groups_mentioned(texts: Sequence[str], terms: IdentityTerms) -> pd.DataFrame:
    """Return a column per axis: the group that each text mentions, ready for ``group_metrics``.

    A text that names no group is ``"(no mention)"``, one that names two ``"(several)"``. An axis
    of which no text names a group is left out.

    >>> groups_mentioned(["he won", "she and he", "it rained"], IdentityTerms.default())
             gender
    0           men
    1     (several)
    2  (no mention)
    """
    named = [_groups(text, terms) for text in texts]
    seen = [axis for axis in terms.axes if any(axis in groups for groups in named)]
    columns = {axis: [_one(groups.get(axis, ())) for groups in named] for axis in seen}
    found: pd.DataFrame = pd.DataFrame(columns, index=range(len(texts)), dtype=object)
    return found


@dataclass(frozen=True)
class MentionScore:
    """How often a model is right on texts that mention one group.

    Attributes
    ----------
    axis, group
        Which texts.
    n_texts
        How many.
    accuracy, low, high
        Share of right predictions, with a 95 % bootstrap interval over texts.
    is_small
        Whether there are fewer texts than numbers can be read from.
    """

    axis: str
    group: str
    n_texts: int
    accuracy: float
    low: float
    high: float
    is_small: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        values: dict[str, Any] = plain(asdict(self))
        return values


def accuracy_by_mention(
    model: Classifier,
    texts: Sequence[str],
    labels: Any,
    terms: IdentityTerms,
    *,
    small: int = 30,
    n_bootstrap: int = 2000,
    seed: int = 0,
) -> tuple[MentionScore, ...]:
    """Measure how often a model is right, by the group that a text mentions; any classes.

    For rates and gaps of one class against the rest, give :func:`groups_mentioned` to
    :func:`tutelage.evaluation.groups.group_metrics`.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> model = DummyClassifier().fit(["a", "b"], ["x", "x"])
    >>> found = accuracy_by_mention(model, ["he won", "it rained"], ["x", "x"],
    ...                             IdentityTerms.default())
    >>> [(score.group, score.accuracy) for score in found]
    [('(no mention)', 1.0), ('men', 1.0)]
    """
    said = predictions_of(model, list(texts), labels)
    right = (said.probabilities.argmax(axis=1) == said.codes).astype(np.float64)
    groups = groups_mentioned(texts, terms)
    found = []
    for axis in groups:
        for group in sorted(set(groups[axis])):
            own = right[(groups[axis] == group).to_numpy()]
            low, high = interval_of_mean(own, n_bootstrap=n_bootstrap, seed=seed)
            about = (str(axis), group, len(own), float(own.mean()))
            found.append(MentionScore(*about, low, high, len(own) < small))
    return tuple(found)


def _groups(text: str, terms: IdentityTerms) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for mention in terms.mentions(text):
        found.setdefault(mention.axis, set()).add(mention.group)
    return found


def _one(groups: Any) -> str:
    named = sorted(groups)
    return NO_MENTION if not named else named[0] if len(named) == 1 else SEVERAL
