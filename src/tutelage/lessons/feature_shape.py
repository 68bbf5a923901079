"""FeatureShape: a threshold or a product of columns that speaks for a class, beside the scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tutelage.errors import InputError
from tutelage.lessons.entry_checks import Entry, is_number
from tutelage.lessons.feature_prior import SCALE, FeaturePrior, FeatureScore, label_name
from tutelage.lessons.provenance import Provenance

N_COLUMNS = {"above": 1, "below": 1, "product": 2}


@dataclass(frozen=True)
class FeatureShape:
    """How one or two columns of numbers act otherwise than in a straight line.

    The list of shapes is closed, and nothing in one is ever executed. That a column only rises
    or falls is no shape: the sign of its score says so.

    Attributes
    ----------
    kind
        ``"above"``: how far the column lies above a value, else 0. ``"below"``: how far below.
        ``"product"``: the product of two columns' distances from a value of each, positive when
        both lie on the same side.
    columns
        One column, or two for a product.
    at
        The value of each column, in its own unit: the threshold, or what is typical.
    label
        The class that the score is about, as text.
    score
        In [-1, 1], on the scale of the columns' scores: positive when a larger shape makes the
        class likelier.
    provenance
        Who said it.

    Raises
    ------
    InputError
        Listing everything that is wrong.

    Examples
    --------
    >>> FeatureShape("above", ("sugar",), (140,), "ill", 0.8).name
    'sugar above 140'
    >>> FeatureShape("product", ("dose", "weight"), (50, 70), "ill", -0.3).name
    'dose × weight, from 50 and 70'
    """

    kind: str
    columns: tuple[str, ...]
    at: tuple[float, ...]
    label: str
    score: float
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        problems = self._problems()
        if problems:
            raise InputError("This shape cannot be used:", problems)

    @property
    def name(self) -> str:
        """The name of the column that the shape becomes."""
        if self.kind == "product":
            return f"{self.columns[0]} × {self.columns[1]}, from {self.at[0]:g} and {self.at[1]:g}"
        return f"{self.columns[0]} {self.kind} {self.at[0]:g}"

    def to_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON, without the provenance; the score in [-10, 10]."""
        return {
            "label": self.label,
            "kind": self.kind,
            "columns": list(self.columns),
            "at": list(self.at),
            "score": round(self.score * SCALE, 9),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> FeatureShape:
        """Read what :meth:`to_dict` wrote, perhaps edited since, or what a teacher answered.

        Raises
        ------
        InputError
            Listing everything that is wrong.
        """
        entry = Entry(values)
        kind, label, columns = entry.text("kind"), entry.text("label"), entry.texts("columns")
        at, score = values.get("at", ()), values.get("score")
        if not isinstance(at, list | tuple) or not all(is_number(value) for value in at):
            entry.problems.append(f"at must be a list of numbers, got {at!r}")
        if not is_number(score):
            entry.problems.append(
                f"score must be a number in [-{SCALE:g}, {SCALE:g}], got {score!r}"
            )
        provenance = entry.provenance()
        entry.check()
        numbers = tuple(float(value) for value in at)  # type: ignore[attr-defined]
        return cls(kind, columns, numbers, label, float(score) / SCALE, provenance)  # type: ignore[arg-type]

    def _problems(self) -> list[str]:
        if self.kind not in N_COLUMNS:
            return [f"kind must be one of {', '.join(N_COLUMNS)}, got {self.kind!r}"]
        wanted = N_COLUMNS[self.kind]
        problems = []
        if len(self.columns) != wanted or len(set(self.columns)) != wanted:
            problems.append(
                f"{self.kind!r} takes {wanted} column{'s that differ' * (wanted > 1)}, "
                f"got {list(self.columns)!r}"
            )
        if len(self.at) != wanted or not all(is_number(value) for value in self.at):
            problems.append(f"at must hold {wanted} number{'s' * (wanted > 1)}, got {self.at!r}")
        if not is_number(self.score) or abs(self.score) > 1:
            problems.append(f"score must be a number in [-1, 1], got {self.score!r}")
        return problems


def with_shapes(prior: FeaturePrior, shapes: Sequence[FeatureShape]) -> FeaturePrior:
    """Return the prior with a score for the column of every shape.

    Raises
    ------
    InputError
        When a shape speaks for a class the prior does not know, or stands twice.

    Examples
    --------
    >>> prior = FeaturePrior.from_scores({"ill": {"sugar": 2}}, classes=["well", "ill"])
    >>> high = FeatureShape("above", ("sugar",), (140,), "ill", 0.8)
    >>> with_shapes(prior, [high]).columns
    ('sugar', 'sugar above 140')
    """
    scores = [FeatureScore(label_name(s.label), s.name, None, (s.score,)) for s in shapes]
    known = [(entry.label, entry.column) for entry in (*prior.scores, *scores)]
    problems = [
        f"{score.column!r} speaks for {score.label!r}, which is none of {list(prior.classes)}"
        for score in scores
        if score.label not in prior.classes
    ]
    problems += [
        f"{score.column!r} is scored twice for {score.label!r}"
        for score in dict.fromkeys(scores)
        if known.count((score.label, score.column)) > 1
    ]
    if problems:
        raise InputError("These shapes cannot be used:", problems)
    return replace(prior, scores=(*prior.scores, *scores))
