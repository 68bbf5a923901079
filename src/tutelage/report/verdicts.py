"""What helped and what did not: the comparisons a record holds, and its headline."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.evaluation.comparison import Comparison, Verdict, compare_models
from tutelage.evaluation.curve_result import CurveResult, amount_name

WORDS: dict[Verdict, str] = {
    "helped": "helped",
    "hurt": "hurt",
    "no difference": "made no clear difference",
    "undecided": "cannot be judged",
}


def verdicts_of(curve: CurveResult, taught: str, plain: str, metric: str) -> tuple[Comparison, ...]:
    """Return taught against plain, overall and per number of labels, then against all others.

    Empty when either model is not in the curve.
    """
    if taught not in curve.models or plain not in curve.models:
        return ()
    against_plain = [
        compare_models(curve, taught, plain, metric, shots) for shots in (None, *curve.shots)
    ]
    others = [name for name in curve.models if name not in (taught, plain)]
    return (
        *against_plain,
        *(compare_models(curve, taught, name, metric, k) for name in others for k in _all(curve)),
    )


def headline_of(verdicts: Sequence[Comparison]) -> str:
    """Return the one sentence that a reader should take away."""
    if not verdicts:
        return (
            "No comparison with and without the prior was made, so this record claims nothing "
            "about whether it helped."
        )
    return verdicts[0].sentence()


def by_labels(verdicts: Sequence[Comparison]) -> str:
    """Return where the prior helped and where it did not, in one sentence, or ``""``.

    The comparisons are those of the first pair of models with a number of labels.
    """
    if not verdicts:
        return ""
    pair = (verdicts[0].first, verdicts[0].second)
    listed = [v for v in verdicts if (v.first, v.second) == pair and v.shots is not None]
    if len(listed) < 2:
        return ""
    parts = []
    for verdict, words in WORDS.items():
        shots = [str(v.shots) for v in listed if v.verdict == verdict]
        if shots:
            parts.append(f"{words} at {_and(shots)}")
    how = amount_name(listed[0].per_class)
    return f"By {how}, it {'; it '.join(parts)}."


def _all(curve: CurveResult) -> tuple[int | None, ...]:
    return (None, *curve.shots)


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
