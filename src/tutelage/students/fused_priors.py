"""The hybrid: word priors from several sources made one (arXiv 2512.14719)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from tutelage._words import word_offsets
from tutelage.attribution.fusion import How, agreement_weight, carried, fuse_scores
from tutelage.errors import InputError
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.word_prior import WordPrior


def fuse(
    sources: Sequence[Iterable[WordPrior | None]],
    *,
    how: How = "mean",
    weights: Sequence[float] | None = None,
    weigh_by_agreement: bool = False,
) -> tuple[WordPrior | None, ...]:
    """Combine word priors from several sources, text by text: the hybrid prior.

    Each source is rectified (evidence for the label), normalised within the text, and combined
    as in :func:`tutelage.attribution.fusion.fuse_scores`. Sources that scored other units, such
    as phrases, are first carried over to words.

    Parameters
    ----------
    sources
        One collection of priors per source, place by place about the same texts and labels;
        ``None`` where a source has nothing. A text of which no source has anything gives
        ``None``.
    how
        ``"mean"`` or ``"max"``.
    weights
        How far each source is relied on, >= 0; ``None`` is all alike.
    weigh_by_agreement
        Multiply the weight of each text by ``(1 + rho) / 2``, rho the mean Spearman correlation
        between its sources: where they contradict one another, nobody insists.

    Returns
    -------
    tuple of WordPrior or None
        Scores in [0, 1]. The notes of each tell its sources, their agreement, and whether none
        of them found evidence, in which case every word counts the same.

    Raises
    ------
    InputError
        When the sources differ in length, or a place holds different texts or labels.

    Examples
    --------
    >>> told = WordPrior.from_words("wake me", ["wake", "me"], [9, 0], label="alarm")
    >>> seen = WordPrior.from_words("wake me", ["wake", "me"], [1, 1], label="alarm")
    >>> fuse([[told], [seen]])[0].scores
    (0.75, 0.25)
    """
    columns = [list(source) for source in sources]
    _check_sources(columns, weights)
    reliance = [1.0] * len(columns) if weights is None else list(weights)
    return tuple(
        _fused(
            [(p, w) for p, w in zip(row, reliance, strict=True) if p is not None and w > 0],
            how,
            weigh_by_agreement,
        )
        for row in zip(*columns, strict=True)
    )


def _fused(
    given: Sequence[tuple[WordPrior, float]], how: How, weigh_by_agreement: bool
) -> WordPrior | None:
    if not given:
        return None
    priors, reliance = [prior for prior, _ in given], [weight for _, weight in given]
    first = priors[0]
    same = all(prior.offsets == first.offsets for prior in priors)
    words = first.offsets if same else word_offsets(first.text)
    fused = fuse_scores(
        [carried(prior.scores, prior.offsets, words) for prior in priors],
        how=how,
        weights=reliance,
    )
    weight = float(np.average([prior.weight for prior in priors], weights=reliance))
    if weigh_by_agreement:
        weight *= agreement_weight(fused.agreement)
    notes = f"{how} of {', '.join(prior.source or 'unknown' for prior in priors)}"
    if not np.isnan(fused.agreement):
        notes += f"; agreement {fused.agreement:.2f}"
    if fused.flat:
        notes += "; no source found evidence, every word counts the same"
    others = tuple(dict.fromkeys(other for prior in priors for other in prior.confusable))
    return replace(
        first,
        offsets=words,
        scores=tuple(fused.scores.tolist()),
        confusable=others,
        weight=min(weight, 1.0),
        source="fused",
        provenance=Provenance(notes=notes),
    )


def _check_sources(
    columns: Sequence[Sequence[WordPrior | None]], weights: Sequence[float] | None
) -> None:
    lengths = [len(column) for column in columns]
    if len(set(lengths)) != 1:
        raise InputError(
            "sources must be one or more collections of the same length, one prior or None per "
            f"text, got the lengths {lengths}."
        )
    bad_weights = weights is not None and (
        len(weights) != len(columns) or min(weights) < 0 or not max(weights) > 0
    )
    if bad_weights:
        raise InputError(
            f"weights must be one number >= 0 per source, {len(columns)}, not all 0, got "
            f"{weights!r}."
        )
    problems = []
    for place, row in enumerate(zip(*columns, strict=True)):
        about = {(prior.text, prior.label) for prior in row if prior is not None}
        if len(about) > 1:
            problems.append(f"place {place}: {sorted(about)}")
    if problems:
        raise InputError("Sources must speak of the same text and label in a place:", problems)
