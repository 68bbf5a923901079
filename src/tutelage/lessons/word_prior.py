"""WordPrior: how strongly each word of one text speaks for its label."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tutelage._canonical import content_hash
from tutelage._words import Offsets
from tutelage.errors import InputError
from tutelage.lessons.entry_checks import Entry, is_number, some
from tutelage.lessons.feature_prior import SCALE, label_name
from tutelage.lessons.provenance import Provenance


@dataclass(frozen=True)
class WordPrior:
    """Evidence that the words of one text give for one label.

    A score is *evidence* (what would be lost without the word), so it is compared with
    contributions (gradient times input, summed over the pieces of a word), never with slopes.
    Positive speaks for the label, negative against it, zero says nothing. Only ratios within a
    text matter. A word that the teacher did not score is NaN, never zero.

    Attributes
    ----------
    text
        The text as the student will see it, any characters.
    label
        The class the scores speak for, as text.
    offsets
        One ``(start, end)`` per unit (a word, or a phrase): ``text[start:end]``; ascending,
        not overlapping.
    scores
        One number per unit, any scale; NaN where there is none.
    confusable
        Other classes that the text could be mistaken for.
    weight
        In [0, 1]: how much this text's prior counts in a student's loss.
    source
        Who scored: ``"ratings"``, ``"masked"``, ``"cards"``, ``"lime"``, ``"gradients"``,
        ``"shap"``, ``"fused"``, ``"person"``.
    provenance
        Who said it, to which prompt, at what cost.
    spread
        Standard deviation of each score over repeated answers (ddof 1, in the unit of the
        scores), NaN where fewer than two scored the word; empty when nothing was repeated.

    Raises
    ------
    InputError
        Listing every attribute that does not fit the text.

    Examples
    --------
    >>> prior = WordPrior.from_words(
    ...     "cancel my card", ["cancel", "my", "card"], [9, 0, 4], label="cancel_card")
    >>> prior.words, prior.offsets
    (('cancel', 'my', 'card'), ((0, 6), (7, 9), (10, 14)))
    """

    text: str
    label: str
    offsets: Offsets
    scores: tuple[float, ...]
    confusable: tuple[str, ...] = ()
    weight: float = 1.0
    source: str = ""
    provenance: Provenance = field(default_factory=Provenance)
    spread: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        # Arrays and lists are taken too; what is kept is plain, so that files and == work.
        plain = tuple((int(start), int(end)) for start, end in self.offsets)
        object.__setattr__(self, "offsets", plain)
        object.__setattr__(self, "scores", tuple(float(score) for score in self.scores))
        object.__setattr__(self, "confusable", tuple(self.confusable))
        object.__setattr__(self, "spread", tuple(float(value) for value in self.spread))
        problems = list(_problems(self))
        if problems:
            raise InputError("This word prior cannot be used:", problems)

    @classmethod
    def from_words(
        cls,
        text: str,
        words: Sequence[str],
        scores: Sequence[float | None],
        *,
        label: object,
        scale: float | None = SCALE,
        confusable: Sequence[object] = (),
        weight: float = 1.0,
        source: str = "person",
        provenance: Provenance | None = None,
    ) -> WordPrior:
        """Build a prior from quoted words, which are located in the text one after another.

        Parameters
        ----------
        text
            The text.
        words
            Words or phrases exactly as the text has them, in the order of the text; a word that
            occurs several times is matched to the next occurrence each time. Whole words are
            preferred to parts of words.
        scores
            One number per word, ``None`` where there is none. They are kept as they are.
        label
            The class that the scores speak for.
        scale
            Largest absolute score allowed, > 0; ``None`` for any finite number.
        confusable, weight, source, provenance
            See the attributes of the class.

        Raises
        ------
        InputError
            Listing every word that is not there and every score out of range.
        """
        offsets, problems = locate_words(text, words)
        if len(words) != len(scores):
            problems.append(f"there must be one score per word, got {len(scores)} for {len(words)}")
        limit = math.inf if scale is None else scale
        problems += [
            f"{word!r} must be scored by a number in [-{limit:g}, {limit:g}], got {score!r}"
            for word, score in zip(words, scores, strict=False)
            if score is not None and not (is_number(score) and abs(score) <= limit)
        ]
        if problems:
            raise InputError("These word scores cannot be used:", problems)
        return cls(
            text,
            label_name(label),
            offsets,
            tuple(math.nan if score is None else float(score) for score in scores),
            tuple(label_name(other) for other in confusable),
            weight,
            source,
            provenance or Provenance(),
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The units as the text has them, in the order of ``offsets``."""
        return tuple(self.text[start:end] for start, end in self.offsets)

    @property
    def text_key(self) -> str:
        """Content hash of the text."""
        return content_hash(self.text)

    def shuffled(self, seed: int) -> WordPrior:
        """Return the same scores dealt to other words of the text: the standing control."""
        dealt = list(self.scores)
        self._dice(seed).shuffle(dealt)
        return self._control(dealt, f"control: scores shuffled with seed {seed}")

    def randomised(self, seed: int) -> WordPrior:
        """Return scores drawn evenly from [0, 1): a control that knows nothing."""
        dice = self._dice(seed)
        drawn = [dice.random() for _ in self.scores]
        return self._control(drawn, f"control: scores drawn with seed {seed}")

    def uniform(self) -> WordPrior:
        """Return the score 1 for every word: a control that tells no words apart."""
        return self._control([1.0] * len(self.scores), "control: every score is 1")

    def _dice(self, seed: int) -> random.Random:
        # Seeded by the text too: texts of one length must not share one permutation.
        return random.Random(f"{seed}:{self.text_key}")

    def _control(self, scores: list[float], note: str) -> WordPrior:
        said = replace(self.provenance, notes=note)
        return replace(self, scores=tuple(scores), provenance=said, spread=())

    def to_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON and for a person's eyes, without the provenance.

        ``scores`` is a list of ``[word, score]``; where looking the words up in the text would
        find other places, of ``[word, score, start]``.
        """
        plain = [None if math.isnan(score) else score for score in self.scores]
        rows: list[list[object]] = [list(row) for row in zip(self.words, plain, strict=True)]
        if locate_words(self.text, self.words)[0] != self.offsets:
            rows = [[*row, start] for row, (start, _) in zip(rows, self.offsets, strict=True)]
        spread = [None if math.isnan(value) else value for value in self.spread]
        return {
            "text": self.text,
            "label": self.label,
            "scores": rows,
            "confusable": list(self.confusable),
            "weight": self.weight,
            "source": self.source,
            **({"spread": spread} if spread else {}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> WordPrior:
        """Read what :meth:`to_dict` wrote, perhaps edited since.

        Raises
        ------
        InputError
            Listing everything that is wrong.
        """
        entry = Entry(values)
        text, label = entry.text("text", ""), entry.text("label")
        if "text" not in values:
            entry.problems.append("no 'text'")
        confusable, source = entry.texts("confusable"), entry.text("source", "")
        weight, provenance = entry.share("weight", 1.0), entry.provenance()
        rows, spread = _read_rows(entry), _read_spread(entry)
        offsets = _offsets_of_rows(text, rows, entry.problems)
        entry.check()
        scores = tuple(math.nan if row[1] is None else float(row[1]) for row in rows)  # type: ignore[arg-type]
        return cls(text, label, offsets, scores, confusable, weight, source, provenance, spread)


def locate_words(text: str, words: Sequence[str]) -> tuple[Offsets, list[str]]:
    """Find ``words`` in ``text``, one after another.

    Returns
    -------
    offsets
        One ``(start, end)`` per word that was found, ascending.
    problems
        One sentence per word that was not.

    Examples
    --------
    >>> locate_words("scan a can", ["can"])[0]
    ((7, 10),)
    >>> locate_words("cancel it", ["it", "now"])[1]
    ["'now' is not in the text"]
    """
    offsets, problems, position = [], [], 0
    for word in words:
        start = _next_place(text, word, position) if isinstance(word, str) and word else -1
        if start >= 0:
            position = start + len(word)
            offsets.append((start, position))
        elif isinstance(word, str) and word and word in text:
            problems.append(f"{word!r} is not in the text from character {position} on")
        else:
            problems.append(f"{word!r} is not in the text")
    return tuple(offsets), problems


def _next_place(text: str, word: str, position: int) -> int:
    first = start = text.find(word, position)
    while start >= 0:
        end = start + len(word)
        cut_before = start > 0 and text[start - 1].isalnum() and word[0].isalnum()
        cut_after = end < len(text) and text[end].isalnum() and word[-1].isalnum()
        if not cut_before and not cut_after:
            return start
        start = text.find(word, start + 1)
    return first


def _problems(prior: WordPrior) -> Iterator[str]:
    if not isinstance(prior.text, str):
        yield f"text must be a text, got {prior.text!r}"
        return
    if not isinstance(prior.label, str):
        yield f"label must be a text, got {prior.label!r}"
    if len(prior.offsets) != len(prior.scores):
        yield f"{len(prior.offsets)} offsets need as many scores, got {len(prior.scores)}"
    last = 0
    for start, end in prior.offsets:
        if not last <= start < end <= len(prior.text):
            yield (
                f"offset ({start}, {end}) must start at {last} or later, hold a character and "
                f"end at {len(prior.text)} or before"
            )
        last = end
    bad = [score for score in prior.scores if math.isinf(score)]
    if bad:
        yield f"scores must be finite, or NaN where there is none, got {bad[0]!r}"
    if prior.spread and len(prior.spread) != len(prior.scores):
        yield f"{len(prior.scores)} scores need as many spreads or none, got {len(prior.spread)}"
    if not 0 <= prior.weight <= 1:
        yield f"weight must be a number in [0, 1], got {prior.weight!r}"


def _read_rows(entry: Entry) -> list[Sequence[object]]:
    rows = entry.values.get("scores")
    if not isinstance(rows, list):
        entry.problems.append(f"scores must be a list of [word, score], got {rows!r}")
        return []
    bad = [row for row in rows if not _is_row(row)]
    if bad:
        entry.problems.append(
            f"scores must hold [word, score] or [word, score, start], got {some(bad)}"
        )
    return [row for row in rows if _is_row(row)]


def _read_spread(entry: Entry) -> tuple[float, ...]:
    values = entry.values.get("spread", [])
    if not isinstance(values, list) or not all(v is None or is_number(v) for v in values):
        entry.problems.append(f"spread must be a list of numbers, got {values!r}")
        return ()
    return tuple(math.nan if value is None else float(value) for value in values)


def _is_row(row: object) -> bool:
    if not isinstance(row, list) or len(row) not in (2, 3) or not isinstance(row[0], str):
        return False
    placed = len(row) == 2 or (isinstance(row[2], int) and not isinstance(row[2], bool))
    return placed and (row[1] is None or is_number(row[1]))


def _offsets_of_rows(text: str, rows: list[Sequence[object]], problems: list[str]) -> Offsets:
    words = [str(row[0]) for row in rows]
    if not all(len(row) == 3 for row in rows) or not rows:
        offsets, wrong = locate_words(text, words)
        problems += wrong
        return offsets
    starts = [int(row[2]) for row in rows]  # type: ignore[call-overload]
    for word, start in zip(words, starts, strict=True):
        if start < 0 or text[start : start + len(word)] != word:
            problems.append(f"{word!r} does not start at character {start} of the text")
    return tuple((start, start + len(w)) for w, start in zip(words, starts, strict=True))
