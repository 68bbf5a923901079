"""The static student: word-piece vectors and a linear head. Contributions are exact.

A text is the mean of its pieces' vectors; its logits are linear in that. So what a word adds to a
logit is a number that can be read off, and word scores can be compared with it without a
gradient of the network. Prediction needs numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from typing_extensions import Self

from tutelage._extras import require
from tutelage._words import word_offsets
from tutelage.attribution.slopes import target_score
from tutelage.errors import ModelFileError
from tutelage.learning.alignment import word_distances
from tutelage.students.encoder import PURPOSE
from tutelage.students.text_bodies import TextParts, warn_of_cut
from tutelage.students.text_training import Taught, TextRows
from tutelage.students.word_pieces import WordPieces
from tutelage.students.words import NO_WORD, Tokens

Array = NDArray[np.float64]
VOCABULARY_FILE = "pieces.txt"
RIDGE = 1e-3
MOST_ITERATIONS = 500


@dataclass(frozen=True, eq=False)
class StaticBody:
    """Vectors of word pieces and a linear head.

    Attributes
    ----------
    pieces
        How texts are cut.
    vectors : (n_pieces, width)
    weights : (n_classes, width)
    biases : (n_classes,)
    max_tokens
        Longer texts are cut.
    """

    pieces: WordPieces
    vectors: NDArray[np.float16]
    weights: Array
    biases: Array
    max_tokens: int

    def logits(self, texts: Sequence[str]) -> Array:
        """Return the logits (n_texts, n_classes); a warning says which texts were cut."""
        rows = [text_vector(self.vectors, text) for text in self.tokens(texts)]
        found: Array = np.array(rows).reshape(-1, self.weights.shape[1]) @ self.weights.T
        return found + self.biases

    def contributions(
        self, texts: Sequence[str], codes: Sequence[int], method: str, n_steps: int, centred: bool
    ) -> list[Array]:
        """Return what each word adds; all methods agree, but that ``"gradient"`` is a size."""
        weights = self.weights
        if centred:
            weights = (weights - weights.mean(axis=0)) * (2.0 if len(weights) == 2 else 1.0)
        found = []
        for text, code, tokens in zip(texts, codes, self.tokens(texts), strict=True):
            offsets = word_offsets(text)
            if method == "gradient":
                size = np.linalg.norm(weights[code]) / max(len(tokens.ids), 1)
                counts = np.bincount(tokens.owners(offsets) + 1, minlength=len(offsets) + 1)
                found.append(size * counts[1:].astype(np.float64))
            else:
                found.append(word_vectors(self.vectors, tokens, offsets) @ weights[code])
        return found

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the texts' pieces; a warning says how many texts were cut."""
        found = [self.pieces.cut(text, self.max_tokens) for text in texts]
        warn_of_cut(found, self.max_tokens)
        return found

    def parts(self) -> TextParts:
        """Return vectors and weights as arrays, the vocabulary as a text."""
        ordered = sorted(self.pieces.places, key=self.pieces.places.__getitem__)
        arrays: dict[str, NDArray[Any]] = {
            "vectors": self.vectors,
            "weights": self.weights,
            "biases": self.biases,
        }
        values = {
            "max_tokens": self.max_tokens,
            "unknown": self.pieces.unknown,
            "lower": self.pieces.lower,
        }
        return TextParts(arrays, {VOCABULARY_FILE: "\n".join(ordered)}, values)

    @classmethod
    def from_parts(cls, parts: TextParts, n_classes: int) -> Self:
        """Rebuild the body; shapes are checked.

        Raises
        ------
        ModelFileError
            When the parts do not fit together.
        """
        names = parts.texts[VOCABULARY_FILE].split("\n")
        vectors, weights, biases = (parts.arrays[k] for k in ("vectors", "weights", "biases"))
        width = vectors.shape[-1]
        shapes = [vectors.shape, weights.shape, biases.shape]
        if shapes != [(len(names), width), (n_classes, width), (n_classes,)]:
            raise ModelFileError(f"vectors, weights and biases do not fit together: {shapes}.")
        values = parts.values
        places = {name: place for place, name in enumerate(names)}
        pieces = WordPieces(places, int(values["unknown"]), bool(values["lower"]))
        return cls(
            pieces,
            vectors.astype(np.float16),
            weights.astype(np.float64),
            biases.astype(np.float64),
            int(values["max_tokens"]),
        )


def text_vector(vectors: NDArray[Any], tokens: Tokens) -> Array:
    """Return the mean vector (width,) of a text's pieces; zero for an empty text."""
    if not len(tokens.ids):
        return np.zeros(vectors.shape[1])
    mean: Array = vectors[tokens.ids].astype(np.float64).mean(axis=0)
    return mean


def word_vectors(
    vectors: NDArray[Any], tokens: Tokens, offsets: Sequence[tuple[int, int]]
) -> Array:
    """Return each word's part (n_words, width) of the mean vector of its text."""
    found = np.zeros((len(offsets), vectors.shape[1]))
    owners = tokens.owners(offsets)
    held = owners != NO_WORD
    np.add.at(found, owners[held], vectors[tokens.ids[held]].astype(np.float64))
    parts: Array = found / max(len(tokens.ids), 1)
    return parts


def fit_head(
    vectors: NDArray[Any],
    rows: TextRows,
    n_classes: int,
    *,
    alignment: float,
    distance: str,
    contrast: bool,
    ridge: float = RIDGE,
) -> tuple[Array, Array]:
    """Return weights (n_classes, width) and biases (n_classes,) of the head.

    They minimise the weighted mean cross-entropy, plus ``ridge`` / 2 times the squared weights,
    plus ``alignment`` times the weighted mean distance of the contributions of words from the
    teacher's scores. The last is not convex: the search starts from the head without it.
    """
    problem = _HeadProblem(vectors, rows, n_classes, distance, contrast, ridge)
    width = vectors.shape[1]
    found = problem.minimum(np.zeros(n_classes * (width + 1)), 0.0)
    if alignment > 0:
        found = problem.minimum(found, alignment)
    both = found.reshape(n_classes, width + 1)
    return both[:, :-1].copy(), both[:, -1].copy()


class _HeadProblem:
    """The loss of a head and its slope, by torch in double precision."""

    def __init__(
        self,
        vectors: NDArray[Any],
        rows: TextRows,
        n_classes: int,
        distance: str,
        contrast: bool,
        ridge: float,
    ):
        self.torch = require("torch", extra="text", purpose=PURPOSE)
        self.n_classes, self.distance, self.ridge = n_classes, distance, ridge
        means = np.array([text_vector(vectors, text) for text in rows.tokens])
        self.means = self.torch.from_numpy(means)  # (n_texts, width)
        self.targets = self.torch.from_numpy(rows.targets)
        self.weights = self.torch.from_numpy(rows.weights)
        self.taught = [
            (place, lesson) for place, lesson in enumerate(rows.taught) if lesson is not None
        ]
        if self.taught:
            self._stack_words(vectors, rows, contrast)

    def _stack_words(self, vectors: NDArray[Any], rows: TextRows, contrast: bool) -> None:
        lessons = [lesson for _, lesson in self.taught]
        n_words = max(len(lesson.scores) for lesson in lessons)
        shape = (len(lessons), n_words)
        words = np.zeros((*shape, vectors.shape[1]))
        scores, known = np.zeros(shape), np.zeros(shape, dtype=bool)
        for line, (place, lesson) in enumerate(self.taught):
            words[line, : len(lesson.scores)] = _sums(vectors, rows.tokens[place], lesson)
            scores[line, : len(lesson.scores)] = lesson.scores
            known[line, : len(lesson.known)] = lesson.known
        from_numpy = self.torch.from_numpy
        self.words, self.scores, self.known = (
            from_numpy(words),
            from_numpy(scores),
            from_numpy(known),
        )
        self.codes = self.torch.tensor([lesson.code for lesson in lessons])
        self.rivals = (
            from_numpy(np.stack([lesson.rivals for lesson in lessons])) if contrast else None
        )
        shares = np.array([lesson.weight for lesson in lessons])
        self.shares = from_numpy(shares * rows.weights[[place for place, _ in self.taught]])

    def minimum(self, start: Array, alignment: float) -> Array:
        """Return where the loss is least, from ``start`` on, by L-BFGS."""
        found = minimize(
            self._loss_and_slope,
            start,
            args=(alignment,),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": MOST_ITERATIONS},
        )
        best: Array = found.x
        return best

    def _loss_and_slope(self, numbers: Array, alignment: float) -> tuple[float, Array]:
        both = self.torch.from_numpy(numbers.copy()).view(self.n_classes, -1).requires_grad_(True)
        weights, biases = both[:, :-1], both[:, -1]
        losses = self.torch.nn.functional.cross_entropy(
            self.means @ weights.T + biases, self.targets, reduction="none"
        )
        total = self.weights.sum()
        loss = (self.weights @ losses) / total + self.ridge / 2 * weights.square().sum()
        if alignment > 0:
            distances = word_distances(
                self._contributions(weights, biases),
                self.scores,
                self.known,
                distance=self.distance,
            )
            loss = loss + alignment * (self.shares @ distances) / total
        self.torch.autograd.backward(loss)
        slope: Array = both.grad.flatten().numpy()
        return float(loss.detach()), slope

    def _contributions(self, weights: Any, biases: Any) -> Any:
        """Return what each word adds to its text's target (n_texts, n_words).

        With rivals the target is no longer linear: its slope at the text is taken.
        """
        if self.rivals is None:
            return (self.words * weights[self.codes][:, None, :]).sum(-1)
        places = [place for place, _ in self.taught]
        logits = self.means[places] @ weights.T + biases
        scores = target_score(logits, self.codes, self.rivals)
        (slopes,) = self.torch.autograd.grad(scores.sum(), logits, create_graph=True)
        return (self.words * (slopes @ weights)[:, None, :]).sum(-1)


def _sums(vectors: NDArray[Any], tokens: Tokens, lesson: Taught) -> Array:
    """Return each scored unit's part (n_words, width) of its text's vector."""
    found = np.zeros((len(lesson.scores), vectors.shape[1]))
    held = lesson.owners != NO_WORD
    np.add.at(found, lesson.owners[held], vectors[tokens.ids[held]].astype(np.float64))
    parts: Array = found / max(len(tokens.ids), 1)
    return parts
