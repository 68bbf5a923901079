"""What was varied in a prior that is there already, and how far its scores follow.

Nothing is asked: several teachers, prompts or repeats leave their traces in lessons, and those
traces are compared.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from tutelage.evaluation.bootstrap import interval_of_mean
from tutelage.evaluation.prior_sensitivity import PriorAgreement, prior_sensitivity
from tutelage.evaluation.run import Estimate
from tutelage.lessons import FeaturePrior, FeatureScore, WordPrior

TEACHER, WORDING, ORDER = "teacher", "wording of the prompt", "order of the labels"
MASKS, REPEATS, KIND = "masks", "repeats", "kind of question"
Traits = tuple[tuple[str, str], ...]

MOST_ANSWERS = 20  # pairs of these are compared: 190


@dataclass(frozen=True)
class VariedRow:
    """Two priors that differ in what was varied.

    Attributes
    ----------
    varied
        What differs, such as ``"teacher"``; ``"repeats"`` for answers to the same question.
    first, second
        What is compared.
    correlation, low, high
        Mean rank correlation (Spearman) of the scores within a text or a class, in [-1, 1], with
        a 95 % interval over texts; of answers about a table, with the least and the greatest of
        the pairs of answers.
    shared
        Mean share of the highest entries that both have, in [0, 1].
    n
        Texts that both score, or pairs of answers.
    """

    varied: str
    first: str
    second: str
    correlation: float
    low: float
    high: float
    shared: float
    n: int


@dataclass(frozen=True)
class PriorVariation:
    """What :func:`word_variation` or :func:`answer_variation` found.

    Attributes
    ----------
    rows
        One per comparison.
    spread
        Of repeated word ratings: mean over texts of a word's standard deviation over the largest
        absolute score of its text; ``None`` where nothing was repeated.
    unit
        What ``n`` of a row counts: ``"texts"`` or ``"pairs of answers"``.
    top_k
        How many of the highest entries are compared as a set.
    taught
        The variant that students were taught; "" where there is one only, or several were mixed.
    not_varied
        What might have been varied and was not, as far as the lessons tell.
    """

    rows: tuple[VariedRow, ...]
    spread: Estimate | None = None
    unit: str = "texts"
    top_k: int = 3
    taught: str = ""
    not_varied: tuple[str, ...] = ()


def word_variation(
    priors: Iterable[WordPrior | None], *, top_k: int = 3, n_bootstrap: int = 1000, seed: int = 0
) -> PriorVariation | None:
    """Compare the variants that a list of word priors holds; ``None`` when it holds one.

    Priors of the same text and label are variants when their teachers, prompts, sources, or (of
    masked texts) designs of masks differ. Of several priors of one variant the last counts, as
    it does for students.

    Examples
    --------
    >>> from tutelage.lessons import Provenance
    >>> def rated(teacher, *scores):
    ...     return WordPrior.from_words("wake me at six", ["wake", "me", "at", "six"], scores,
    ...                                 label="alarm", provenance=Provenance(teacher))
    >>> [row] = word_variation([rated("small", 9, 0, 1, 4), rated("large", 8, 1, 2, 6)]).rows
    >>> row.varied, row.first, row.second, row.correlation, row.n
    ('teacher', 'small', 'large', 1.0, 1)
    >>> word_variation([rated("small", 9, 0, 1, 4)])
    """
    known = [prior for prior in priors if prior is not None]
    variants: dict[Traits, dict[tuple[str, str], WordPrior]] = {}
    for prior in known:
        variants.setdefault(_traits(prior), {})[prior.text, prior.label] = prior
    rows = [
        row
        for one, other in combinations(variants, 2)
        if (row := _compared(one, other, variants, top_k, n_bootstrap, seed)) is not None
    ]
    spread = _spread(known, n_bootstrap, seed)
    if not rows and spread is None:
        return None
    varied = {name for row in rows for name in row.varied.split(" and ")}
    varied |= {REPEATS} if spread is not None else set()
    possible = [TEACHER, WORDING, ORDER, REPEATS]
    possible += [MASKS] if any(prior.source == "masked" for prior in known) else []
    return PriorVariation(
        tuple(rows),
        spread,
        top_k=top_k,
        taught=_taught(known, variants) if rows else "",
        not_varied=tuple(name for name in possible if name not in varied),
    )


def answer_variation(prior: FeaturePrior, *, top_k: int = 3) -> PriorVariation | None:
    """Compare the answers that a feature prior keeps; ``None`` with nothing to compare.

    The n-th answers of all entries are one prior. Several wordings or teachers are told apart
    by their order, as they are asked in turn; entries with another number of answers than most
    are left out.

    Examples
    --------
    >>> prior = FeaturePrior.from_scores({"yes": {"a": [9, 8], "b": [1, 2], "c": [-3, 0]}})
    >>> [row] = answer_variation(prior, top_k=1).rows
    >>> row.varied, row.correlation, row.shared, row.n
    ('repeats', 1.0, 1.0, 1)
    """
    counts = Counter(len(entry.answers) for entry in prior.scores if entry.answers)
    n_answers = counts.most_common(1)[0][0] if counts else 0
    whole = [entry for entry in prior.scores if len(entry.answers) == n_answers]
    if n_answers < 2:
        return None
    split = {str(n): _nth(prior, whole, n) for n in range(min(n_answers, MOST_ANSWERS))}
    found = prior_sensitivity(split, top_k=top_k, n_bootstrap=1)
    pairs: dict[str, list[PriorAgreement]] = {}
    for pair in found.pairs:
        differs = _differs(int(pair.first), int(pair.second), prior, n_answers)
        pairs.setdefault(differs, []).append(pair)
    pooled = [_pooled(varied, listed) for varied, listed in pairs.items()]
    rows = tuple(row for row in pooled if row.n)
    if not rows:
        return None
    varied = {name for row in rows for name in row.varied.split(" and ")}
    possible = (TEACHER, WORDING, ORDER, REPEATS)
    return PriorVariation(
        rows,
        unit="pairs of answers",
        top_k=top_k,
        not_varied=tuple(name for name in possible if name not in varied),
    )


def _traits(prior: WordPrior) -> Traits:
    """Return what a prior's variant is known by, name by name."""
    said = prior.provenance
    masks = said.notes if prior.source == "masked" else ""
    return ((TEACHER, said.teacher), (WORDING, said.prompt), (KIND, prior.source), (MASKS, masks))


def _compared(
    one: Traits,
    other: Traits,
    variants: Mapping[Traits, Mapping[tuple[str, str], WordPrior]],
    top_k: int,
    n_bootstrap: int,
    seed: int,
) -> VariedRow | None:
    sides = [list(variants[traits].values()) for traits in (one, other)]
    if not set(variants[one]) & set(variants[other]):
        return None
    given = {"first": sides[0], "second": sides[1]}
    [pair] = prior_sensitivity(given, top_k=top_k, n_bootstrap=n_bootstrap, seed=seed).pairs
    differing = {a[0] for a, b in zip(one, other, strict=True) if a != b}
    return VariedRow(
        " and ".join(name for name, _ in one if name in differing),
        _name(one, differing),
        _name(other, differing),
        pair.correlation.value,
        pair.correlation.low,
        pair.correlation.high,
        pair.overlap.value,
        pair.n_common,
    )


def _name(traits: Traits, differing: Collection[str]) -> str:
    """Return what tells a variant from others, in words."""
    return ", ".join(value or "(unknown)" for name, value in traits if name in differing)


def _taught(known: Sequence[WordPrior], variants: Iterable[Traits]) -> str:
    """Return the name of the variant that comes last for every text, "" when they are mixed."""
    kept = set({(prior.text, prior.label): _traits(prior) for prior in known}.values())
    if len(kept) > 1:
        return ""
    [own] = kept
    differing = {a[0] for one in variants for a, b in zip(own, one, strict=True) if a != b}
    return _name(own, differing)


def _spread(priors: Sequence[WordPrior], n_bootstrap: int, seed: int) -> Estimate | None:
    shares = []
    for prior in priors:
        largest = max((abs(s) for s in prior.scores if not math.isnan(s)), default=0.0)
        known = [value for value in prior.spread if not math.isnan(value)]
        if known and largest:
            shares.append(math.fsum(known) / len(known) / largest)
    if not shares:
        return None
    values = np.array(shares)
    low, high = interval_of_mean(values, n_bootstrap=n_bootstrap, seed=seed)
    title = "Spread over repeats, share of the largest score"
    return Estimate("spread", title, "lower", float(values.mean()), low, high, len(shares), "")


def _nth(prior: FeaturePrior, entries: Sequence[FeatureScore], n: int) -> FeaturePrior:
    scores = tuple(replace(entry, answers=(entry.answers[n],)) for entry in entries)
    return replace(prior, scores=scores)


def _differs(first: int, second: int, prior: FeaturePrior, n_answers: int) -> str:
    """Return what differs between the questions of two answers, by their places."""
    teachers = [name for name in prior.provenance.teacher.split(" + ") if name]
    prompts = [name for name in prior.provenance.prompt.split(", ") if name]
    per_teacher = n_answers // max(len(teachers), 1)
    per_wording = max(len(prompts), 1)
    # Where answers were lost or added by hand, their places tell nothing.
    if n_answers % max(len(teachers), 1):
        return f"{TEACHER} and {REPEATS}"
    if per_teacher > per_wording and per_teacher % per_wording:
        return f"{WORDING} and {REPEATS}"
    names = [TEACHER] if first // per_teacher != second // per_teacher else []
    if first % per_teacher % per_wording != second % per_teacher % per_wording:
        names.append(WORDING)
    return " and ".join(names) or REPEATS


def _pooled(varied: str, pairs: Sequence[PriorAgreement]) -> VariedRow:
    known = [p.correlation.value for p in pairs if not math.isnan(p.correlation.value)]
    shared = [p.overlap.value for p in pairs if not math.isnan(p.overlap.value)]
    return VariedRow(
        varied,
        "one answer",
        "another",
        math.fsum(known) / len(known) if known else math.nan,
        min(known, default=math.nan),
        max(known, default=math.nan),
        math.fsum(shared) / len(shared) if shared else math.nan,
        len(known),
    )
