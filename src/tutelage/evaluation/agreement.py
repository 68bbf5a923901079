"""Agreement of attributions with a teacher's prior, with people's marks, and with one another.

Agreement is plausibility: an explanation that people find right is not for that reason what the
model did, which is :mod:`tutelage.evaluation.faithfulness`. High agreement between sources is not
good in itself either: sources that all say the same bring nothing to one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from tutelage.attribution.fusion import carried, spearman
from tutelage.errors import DataError
from tutelage.evaluation.attributed import AttributedTexts, read_attributions
from tutelage.evaluation.predictions import FloatArray
from tutelage.evaluation.run import Estimate
from tutelage.evaluation.text_measures import estimate

Spans = Sequence[tuple[int, int]]
Flags = NDArray[np.bool_]

MATCHING_IOU = 0.5


@dataclass(frozen=True)
class AgreementResult:
    """How far attributions agree with something else, on average over texts.

    Attributes
    ----------
    estimates
        One per measure, with its 95 % interval over texts.
    n_texts
        Texts that were compared.
    against
        What they were compared with: ``"marks"`` or ``"prior"``.
    """

    estimates: tuple[Estimate, ...]
    n_texts: int
    against: str

    def __getitem__(self, metric: str) -> Estimate:
        for found in self.estimates:
            if found.metric == metric:
                return found
        raise KeyError(f"{metric!r} was not measured; got {[e.metric for e in self.estimates]}")


@dataclass(frozen=True)
class SourceAgreement:
    """How alike several sources order the words of the same texts.

    Attributes
    ----------
    names
        The sources.
    pairs
        For each pair of names, the mean Spearman correlation over texts, with its interval.
    """

    names: tuple[str, ...]
    pairs: Mapping[tuple[str, str], Estimate]

    @property
    def mean(self) -> float:
        """The mean over all pairs: near 1 the sources are one source (homogenisation)."""
        return float(np.mean([found.value for found in self.pairs.values()]))


def agreement_with_marks(
    texts: Sequence[str],
    attributions: Sequence[Any],
    marks: Sequence[Spans],
    *,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> AgreementResult:
    """Compare attributions with the passages that people marked as the reason for the label.

    ``auprc`` and ``auroc`` rank all words of a text by score, a word being positive when it
    overlaps a mark. ``token_f1`` and ``iou_f1`` compare the marks with the k words of the highest
    scores, k the number of marked words of the text: of words, and of passages (runs of
    neighbouring words), where a passage is found when it shares more than half of its union with
    a marked one (ERASER). All are means over texts, in [0, 1]; a text without a mark, or marked
    throughout, is left out.

    Parameters
    ----------
    texts, attributions
        As in :func:`tutelage.evaluation.faithfulness.faithfulness`; words without a score come
        last.
    marks
        Per text, the (start, end) characters of the marked passages.

    Raises
    ------
    DataError
        When marks or attributions do not fit their texts.

    References
    ----------
    DeYoung et al., "ERASER: a benchmark to evaluate rationalized NLP models", ACL 2020.

    Examples
    --------
    >>> units = ((0, 1), (2, 6), (7, 11))
    >>> found = agreement_with_marks(["a dull film"], [(units, [0.1, 0.9, 0.2])], [[(2, 6)]])
    >>> found["auprc"].value, found["iou_f1"].value
    (1.0, 1.0)
    """
    given = read_attributions(texts, attributions)
    flags = _marked(given, marks)
    rows = [
        _against_marks(scores, marked) for scores, marked in zip(given.scores, flags, strict=True)
    ]
    table = np.array(rows).reshape(-1, 4)
    names = ("auprc", "auroc", "token_f1", "iou_f1")
    found = [estimate(n, table[:, i], n_bootstrap, seed) for i, n in enumerate(names)]
    return AgreementResult(tuple(found), len(given.texts), "marks")


def agreement_with_priors(
    texts: Sequence[str],
    attributions: Sequence[Any],
    priors: Sequence[Any],
    *,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> AgreementResult:
    """Compare attributions with word priors: Spearman correlation and cosine, in [-1, 1].

    A prior that scores other units is carried over to the words of the attribution; words that
    it does not score are left out.

    Parameters
    ----------
    priors
        Per text a ``WordPrior``, a pair (offsets, scores), or ``None``: not compared.
    """
    given = read_attributions(texts, attributions)
    if len(priors) != len(given.texts):
        raise DataError(f"There must be one prior per text, {len(texts)}, got {len(priors)}.")
    members = [i for i, prior in enumerate(priors) if prior is not None]
    if not members:
        raise DataError("At least one text must have a prior, got none.")
    told = read_attributions([texts[i] for i in members], [priors[i] for i in members])
    pairs = [
        (given.scores[i], carried(scores, units, given.offsets[i]))
        for i, scores, units in zip(members, told.scores, told.offsets, strict=True)
    ]
    rows = {
        "spearman": np.array([spearman(own, prior) for own, prior in pairs]),
        "cosine": np.array([_cosine(own, prior) for own, prior in pairs]),
    }
    found = [estimate(name, row, n_bootstrap, seed) for name, row in rows.items()]
    return AgreementResult(tuple(found), len(members), "prior")


def agreement_between_sources(
    texts: Sequence[str],
    sources: Mapping[str, Sequence[Any]],
    *,
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> SourceAgreement:
    """Return the mean Spearman correlation over texts of each pair of sources.

    Parameters
    ----------
    sources
        Name -> one attribution (or prior) per text. Other units than the first source's are
        carried over to its.

    Examples
    --------
    >>> units = ((0, 1), (2, 3), (4, 5))
    >>> found = agreement_between_sources(
    ...     ["a b c"], {"lime": [(units, [1, 2, 3])], "ig": [(units, [2, 4, 9])]})
    >>> found.mean
    1.0
    """
    if len(sources) < 2:
        raise DataError(f"There must be at least two sources, got {list(sources)}.")
    read = {name: read_attributions(texts, rows) for name, rows in sources.items()}
    pairs = {}
    for one, other in combinations(read, 2):
        values = np.array(
            [
                spearman(own, carried(scores, units, words))
                for own, words, scores, units in zip(
                    read[one].scores,
                    read[one].offsets,
                    read[other].scores,
                    read[other].offsets,
                    strict=True,
                )
            ]
        )
        pairs[one, other] = estimate("spearman", values, n_bootstrap, seed)
    return SourceAgreement(tuple(read), pairs)


def average_precision(scores: ArrayLike, marked: ArrayLike) -> float:
    """Return the area under the precision-recall curve by steps; equal scores count together.

    >>> average_precision([3.0, 2.0, 1.0], [True, False, True])
    0.8333333333333333
    """
    values, hits = np.asarray(scores, dtype=np.float64), np.asarray(marked, dtype=np.bool_)
    order = np.argsort(-values, kind="stable")
    found, seen = np.cumsum(hits[order]), np.arange(1, len(values) + 1)
    last = np.append(np.diff(values[order]) != 0, True)  # of each group of equal scores
    precision, recall = found[last] / seen[last], found[last] / hits.sum()
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def rank_auc(scores: ArrayLike, marked: ArrayLike) -> float:
    """Return the chance that a marked word outscores an unmarked one; a tie counts half.

    >>> rank_auc([3.0, 2.0, 1.0], [True, False, True])
    0.5
    """
    hits = np.asarray(marked, dtype=np.bool_)
    n_hits, n_others = int(hits.sum()), int((~hits).sum())
    ranks = rankdata(np.asarray(scores, dtype=np.float64))
    return float((ranks[hits].sum() - n_hits * (n_hits + 1) / 2) / (n_hits * n_others))


def runs(flags: ArrayLike) -> list[tuple[int, int]]:
    """Return the passages of neighbouring flagged words as (first, one past the last).

    >>> runs([True, True, False, True])
    [(0, 2), (3, 4)]
    """
    padded = np.concatenate([[False], np.asarray(flags, dtype=np.bool_), [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def passage_f1(chosen: ArrayLike, marked: ArrayLike) -> float:
    """Return the F1 of passages; a match shares more than half of the words of the union.

    >>> passage_f1([True, True, True, False, True], [True, True, False, False, False])
    0.6666666666666666
    """
    ours, theirs = runs(chosen), runs(marked)
    if not ours or not theirs:
        return 0.0
    matches = np.array([[_iou(a, b) > MATCHING_IOU for b in theirs] for a in ours])
    precision, recall = matches.any(axis=1).mean(), matches.any(axis=0).mean()
    return float(2 * precision * recall / (precision + recall)) if matches.any() else 0.0


def _iou(one: tuple[int, int], other: tuple[int, int]) -> float:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    union = max(one[1], other[1]) - min(one[0], other[0])
    return max(shared, 0) / union


def _against_marks(scores: FloatArray, marked: Flags) -> tuple[float, float, float, float]:
    n_marked = int(marked.sum())
    if n_marked == 0 or n_marked == len(marked):
        return (np.nan,) * 4
    known = np.where(np.isnan(scores), -np.inf, scores)
    ranks = rankdata(known)  # keeps ties, and -inf out of differences
    chosen = np.zeros(len(scores), dtype=np.bool_)
    chosen[np.argsort(-ranks, kind="stable")[:n_marked]] = True
    # As many are chosen as are marked, so precision, recall and F1 are the same number.
    token_f1 = float((chosen & marked).sum() / n_marked)
    return (
        average_precision(ranks, marked),
        rank_auc(ranks, marked),
        token_f1,
        passage_f1(chosen, marked),
    )


def _marked(given: AttributedTexts, marks: Sequence[Spans]) -> list[Flags]:
    if len(marks) != len(given.texts):
        raise DataError(
            f"There must be one list of marks per text, {len(given.texts)}, got {len(marks)}."
        )
    problems, flags = [], []
    for place, (text, units, spans) in enumerate(
        zip(given.texts, given.offsets, marks, strict=True)
    ):
        wrong = [span for span in spans if not 0 <= span[0] < span[1] <= len(text)]
        if wrong:
            problems.append(
                f"text {place} has {len(text)} characters and a mark at {tuple(wrong[0])}"
            )
        covered = np.zeros(len(text) + 1, dtype=np.int64)
        for start, end in spans:
            covered[start:end] = 1
        flags.append(np.array([covered[a:b].any() for a, b in units], dtype=np.bool_))
    if problems:
        raise DataError("Marks must be (start, end) characters inside their texts:", problems)
    return flags


def _cosine(one: FloatArray, other: FloatArray) -> float:
    both = ~np.isnan(one) & ~np.isnan(other)
    size = np.linalg.norm(one[both]) * np.linalg.norm(other[both])
    return float(one[both] @ other[both] / size) if size > 0 else float("nan")
