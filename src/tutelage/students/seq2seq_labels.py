"""How likely a text-to-text model is to write each of a set of answers, without writing any.

An answer is scored by the log-likelihood of its tokens. Where one answer begins another ("card",
"card payment") the shorter one is scored with the token that ends it: all answers are then
events that exclude one another. Every text is read once, whatever the number of answers, and the
answers' tokens are fed all at once, what begins another only once, and the product with the
vocabulary is taken once behind every beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tutelage._extras import require
from tutelage.students.encoder import PURPOSE
from tutelage.students.seq2seq_network import Ids, Spot, TextToText
from tutelage.students.words import sorted_batches

if TYPE_CHECKING:
    from torch import Tensor

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
        Token ids that the decoder is fed; none is the beginning of another.
    spots : (n_spots,)
        Behind which token of which start logits are wanted; answers that begin alike share them.
    steps : (n_answers,)
        For every token of an answer, the spot behind which it stands.
    """

    answers: tuple[Ids, ...]
    starts: tuple[Ids, ...]
    spots: tuple[Spot, ...]
    steps: tuple[Ids, ...]

    @classmethod
    def of(cls, written: Sequence[Ids], closing: Ids) -> AnswerSet:
        """Lay out answers; two with the same tokens get the same score.

        Examples
        --------
        >>> ids = [np.array(row) for row in ([4, 5], [4, 6], [4], [7])]
        >>> found = AnswerSet.of(ids, np.array([1]))
        >>> [answer.tolist() for answer in found.answers]
        [[4, 5], [4, 6], [4, 1], [7]]
        >>> [start.tolist() for start in found.starts], found.spots
        ([[4]], ((0, 0), (0, 1)))
        >>> [steps.tolist() for steps in found.steps]
        [[0, 1], [0, 1], [0, 1], [0]]
        """
        plain = [tuple(ids.tolist()) for ids in written]
        answers = [
            ids + tuple(closing.tolist()) if _begins_another(ids, plain) else ids for ids in plain
        ]
        needed = sorted({ids[:-1] for ids in answers}, key=lambda ids: (len(ids), ids))
        starts = [ids for ids in needed if not _begins_another(ids, needed)]
        before = sorted({ids[:place] for ids in answers for place in range(len(ids))})
        homes = [
            next(n for n, start in enumerate(starts) if start[: len(ids)] == ids) for ids in before
        ]
        steps = [[before.index(ids[:place]) for place in range(len(ids))] for ids in answers]
        return cls(
            tuple(map(_array, answers)),
            tuple(map(_array, starts)),
            tuple((home, len(ids)) for home, ids in zip(homes, before, strict=True)),
            tuple(map(_array, steps)),
        )


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
            n_starts = [len(one.starts) for one in mine]
            firsts = np.cumsum([0, *n_starts[:-1]])
            logits = network.continued(
                [prompts[row] for row in rows],
                np.repeat(np.arange(len(rows)), n_starts),
                [start for one in mine for start in one.starts],
                [
                    (int(first) + start, place)
                    for first, one in zip(firsts, mine, strict=True)
                    for start, place in one.spots
                ],
            )
            for row, sums in zip(rows, _sums(logits, mine), strict=True):
                one = sets[row]
                counts = [len(answer) for answer in one.answers] if length_normalised else 1
                found[row] = sums / np.asarray(counts)
    return found


def _sums(logits: Tensor, sets: Sequence[AnswerSet]) -> list[Array]:
    """Return the log-likelihoods of each text's answers from logits (n_spots, n_vocabulary)."""
    firsts = np.cumsum([0, *(len(one.spots) for one in sets)])
    spots = [first + own for first, one in zip(firsts[:-1], sets, strict=True) for own in one.steps]
    answers = [own for one in sets for own in one.answers]
    rows, tokens = np.concatenate(spots), np.concatenate(answers)
    wide = logits.float()
    logs = wide[rows, tokens].double() - wide.logsumexp(dim=-1).double()[rows]
    ends = np.cumsum([len(own) for own in answers])[:-1]
    sums = np.array([part.sum() for part in np.split(logs.cpu().numpy(), ends)])
    return np.split(sums, np.cumsum([len(one.answers) for one in sets])[:-1])
