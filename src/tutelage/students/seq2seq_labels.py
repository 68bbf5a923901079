"""How likely a text-to-text model is to write each of a set of answers, without writing any.

An answer is scored by the log-likelihood of its tokens. Where one answer begins another ("card",
"card payment") the shorter one is scored with the token that ends it: all answers are then
events that exclude one another. Every text is read once, whatever the number of answers, and the
answers' tokens are fed all at once, what begins another only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutelage._extras import require
from tutelage.students.encoder import PURPOSE
from tutelage.students.seq2seq_network import Ids, TextToText
from tutelage.students.words import sorted_batches

Array = NDArray[np.float64]
TEXTS_AT_ONCE = 64
STARTS_AT_ONCE = 192


@dataclass(frozen=True, eq=False)
class AnswerSet:
    """A set of answers, laid out for scoring.

    Attributes
    ----------
    answers : (n_answers,)
        Token ids of each, with the closing where it is needed.
    starts
        Token ids after which logits are wanted; none is the beginning of another.
    homes : (n_answers,)
        The start on which all of an answer's tokens but the last lie.
    """

    answers: tuple[Ids, ...]
    starts: tuple[Ids, ...]
    homes: tuple[int, ...]

    @classmethod
    def of(cls, written: Sequence[Ids], closing: Ids) -> AnswerSet:
        """Lay out answers; two with the same tokens get the same score.

        Examples
        --------
        >>> ids = [np.array(row) for row in ([4, 5], [4, 6], [4], [7])]
        >>> found = AnswerSet.of(ids, np.array([1]))
        >>> [answer.tolist() for answer in found.answers]
        [[4, 5], [4, 6], [4, 1], [7]]
        >>> [start.tolist() for start in found.starts], found.homes
        ([[4]], (0, 0, 0, 0))
        """
        plain = [tuple(ids.tolist()) for ids in written]
        answers = [
            ids + tuple(closing.tolist()) if _begins_another(ids, plain) else ids for ids in plain
        ]
        needed = sorted({ids[:-1] for ids in answers}, key=lambda ids: (len(ids), ids))
        starts = [ids for ids in needed if not _begins_another(ids, needed)]
        homes = [
            next(n for n, start in enumerate(starts) if start[: len(ids) - 1] == ids[:-1])
            for ids in answers
        ]
        return cls(tuple(map(_array, answers)), tuple(map(_array, starts)), tuple(homes))


def _begins_another(ids: tuple[int, ...], among: Sequence[tuple[int, ...]]) -> bool:
    return any(len(other) > len(ids) and other[: len(ids)] == ids for other in among)


def _array(ids: Sequence[int]) -> Ids:
    return np.asarray(ids, dtype=np.int64)


def score_answers(
    network: TextToText,
    prompts: Sequence[Ids],
    sets: Sequence[AnswerSet],
    *,
    length_normalised: bool = False,
) -> list[Array]:
    """Return, per text, the log-likelihood of each of its answers (n_answers,), in nats.

    Parameters
    ----------
    prompts : (n_texts,)
    sets : (n_texts,)
        The answers of each text; the same object for texts with the same answers.
    length_normalised
        Divide by the number of tokens that are scored.
    """
    torch = require("torch", extra="text", purpose=PURPOSE)
    found: list[Array] = [np.zeros(0)] * len(prompts)
    network.model.eval()
    lengths = np.array([len(prompt) for prompt in prompts], dtype=np.int64)
    most = max([1, *(len(one.starts) for one in sets)])
    with torch.inference_mode():
        for rows in sorted_batches(lengths, max(1, min(TEXTS_AT_ONCE, STARTS_AT_ONCE // most))):
            mine = [sets[row] for row in rows]
            owners = np.repeat(np.arange(len(rows)), [len(one.starts) for one in mine])
            starts = [start for one in mine for start in one.starts]
            logits = network.continued([prompts[row] for row in rows], owners, starts)
            for row, sums in zip(rows, _sums(logits, mine), strict=True):
                one = sets[row]
                counts = [len(answer) for answer in one.answers] if length_normalised else 1
                found[row] = sums / np.asarray(counts)
    return found


def _sums(logits: object, sets: Sequence[AnswerSet]) -> list[Array]:
    """Return the log-likelihoods of each text's answers from logits (n_starts, n_places, n)."""
    torch = require("torch", extra="text", purpose=PURPOSE)
    rows: list[int] = []
    places: list[int] = []
    tokens: list[int] = []
    owners: list[int] = []
    first = n_answers = 0
    for one in sets:
        for answer, home in zip(one.answers, one.homes, strict=True):
            rows += [first + home] * len(answer)
            places += range(len(answer))
            tokens += answer.tolist()
            owners += [n_answers] * len(answer)
            n_answers += 1
        first += len(one.starts)
    wide = logits.float()  # type: ignore[attr-defined]
    normaliser = wide.logsumexp(dim=-1)  # (n_starts, n_places)
    logs = (wide[rows, places, tokens] - normaliser[rows, places]).double().cpu()
    sums = torch.zeros(n_answers, dtype=torch.float64)
    sums.index_add_(0, torch.tensor(owners), logs)
    edges = np.cumsum([len(one.answers) for one in sets])[:-1]
    return list(np.split(sums.numpy(), edges))
