"""What kind of reasons a teacher gave: length, readability, copying, leaking of the label.

No number here says that a reason is true. They tell boilerplate from argument, and sources apart;
whether a property matters is for the student's accuracy to say.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tutelage._words import MARKS, word_offsets
from tutelage.errors import InputError
from tutelage.lessons.rationale import Rationale

LETTERS = rf"(?:[^\W_][{MARKS}]*)+"
WORD = re.compile(rf"{LETTERS}(?:['’\-]{LETTERS})*")
SENTENCE = re.compile(r"[.!?。！？]+(?=\s|$)|[。！？]")
VOWELS = re.compile(r"[aeiouyäöüàâéèêëîïôûù]+", re.IGNORECASE)
COPIED_RUN = 3  # words in a row that stand in the input in the same order


@dataclass(frozen=True)
class ReasonProperties:
    """Properties of one reason for one label.

    Attributes
    ----------
    n_words, n_sentences
        Counted in the reason; a text without a full stop is one sentence.
    flesch
        Flesch reading ease: 100 is very easy, below 30 very hard; syllables are estimated by
        English rules. NaN without a word.
    copy_rate
        Share of the words that stand in runs of three or more copied from the input, in [0, 1].
    leaks_label
        Whether the label, or a word for it, stands in the reason.
    names_other
        Whether another class or choice stands in it, and the label does not: a hint that it
        argues for something else.
    """

    n_words: int
    n_sentences: int
    flesch: float
    copy_rate: float
    leaks_label: bool
    names_other: bool


def reason_properties(
    lesson: Rationale,
    reason: str,
    classes: Sequence[str] = (),
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> ReasonProperties:
    """Return the properties of one reason of a lesson.

    Parameters
    ----------
    lesson
        Its input, label and choices.
    reason
        The text judged, usually one of ``lesson.rationales``.
    classes
        The other labels there are; an input with choices brings its own.
    synonyms
        Class -> other words that give it away.

    Examples
    --------
    >>> lesson = Rationale.of("My parcel never came to the house.", "delivery")
    >>> found = reason_properties(
    ...     lesson, "The parcel never came, so it is about delivery.", ["delivery", "refund"])
    >>> found.n_words, found.leaks_label, found.names_other, round(found.copy_rate, 2)
    (9, True, False, 0.33)
    """
    words = words_of(reason)
    options = lesson.choices or classes
    named = {
        option for option in options if _stands_in(option, (synonyms or {}).get(option, ()), words)
    }
    own = lesson.label or ""
    leaks = own in named or _stands_in(own, (synonyms or {}).get(own, ()), words)
    return ReasonProperties(
        len(words),
        n_sentences(reason),
        flesch(reason),
        copy_rate(words, words_of(lesson.text)),
        leaks,
        bool(named - {own}) and not leaks,
    )


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; a letter of a script without spaces is one.

    >>> words_of("It's a B-52, isn't it?"), words_of("取消。")
    (["it's", 'a', 'b-52', "isn't", 'it'], ['取', '消'])
    """
    pieces = (text[start:end] for start, end in word_offsets(text))
    return [word.casefold() for piece in pieces for word in WORD.findall(piece)]


def n_sentences(text: str) -> int:
    """Return the number of sentences; 0 for a text without words.

    >>> n_sentences("It rained. We stayed in, at 3.5 degrees!")
    2
    """
    parts = [part for part in SENTENCE.split(text) if part.strip()]
    return len(parts) if WORD.search(text) else 0


def flesch(text: str) -> float:
    """Return the Flesch reading ease of a text, higher is easier; NaN without a word.

    206.835 - 1.015 words per sentence - 84.6 syllables per word (Flesch 1948). Made for English.

    >>> round(flesch("The cat sat on the mat.")), flesch("...")
    (116, nan)
    """
    words = words_of(text)
    if not words:
        return math.nan
    syllables = sum(_syllables(word) for word in words)
    return 206.835 - 1.015 * len(words) / n_sentences(text) - 84.6 * syllables / len(words)


def copy_rate(words: Sequence[str], source: Sequence[str]) -> float:
    """Return the share of ``words`` in runs of three or more that stand in ``source``, in [0, 1].

    >>> copy_rate("so the cat sat down".split(), "the cat sat".split())
    0.6
    """
    if not words:
        return 0.0
    runs = {tuple(source[n : n + COPIED_RUN]) for n in range(len(source) - COPIED_RUN + 1)}
    copied: set[int] = set()
    for start in range(len(words) - COPIED_RUN + 1):
        if tuple(words[start : start + COPIED_RUN]) in runs:
            copied.update(range(start, start + COPIED_RUN))
    return len(copied) / len(words)


@dataclass(frozen=True)
class RationaleQuality:
    """The reasons of one source, summed up.

    Attributes
    ----------
    n_lessons, n_reasons
        Lessons, and reasons in them.
    words, words_sd, sentences, flesch
        Means per reason, and the standard deviation of the number of words (ddof 1).
    copy_rate, leak_rate, other_rate
        Means of the properties of :class:`ReasonProperties`, in [0, 1].
    duplicate_rate
        Share of the reasons that stand in an earlier lesson word for word.
    opening_rate
        Share that begins with the same two words: how templated they are.
    opening
        Those two words.
    """

    n_lessons: int
    n_reasons: int
    words: float
    words_sd: float
    sentences: float
    flesch: float
    copy_rate: float
    leak_rate: float
    other_rate: float
    duplicate_rate: float
    opening_rate: float
    opening: str


def rationale_quality(
    lessons: Sequence[Rationale],
    classes: Sequence[str] = (),
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> RationaleQuality:
    """Return the properties of all reasons together; NaN where there is none.

    >>> lessons = [Rationale.of("a b c", "x", "It is a b c of course."), Rationale.of("d", "x")]
    >>> found = rationale_quality(lessons, ["x", "y"])
    >>> found.n_lessons, found.n_reasons, found.words, found.opening
    (2, 1, 7.0, 'it is')
    """
    pairs = [(lesson, reason) for lesson in lessons for reason in lesson.rationales]
    found = [reason_properties(lesson, reason, classes, synonyms) for lesson, reason in pairs]
    plain = [tuple(words_of(reason)) for _, reason in pairs]
    openings = Counter(" ".join(words[:2]) for words in plain)
    opening, count = openings.most_common(1)[0] if openings else ("", 0)
    lengths = [float(one.n_words) for one in found]
    n = len(found)
    return RationaleQuality(
        n_lessons=len(lessons),
        n_reasons=n,
        words=_mean(lengths),
        words_sd=statistics.stdev(lengths) if n > 1 else math.nan,
        sentences=_mean(one.n_sentences for one in found),
        flesch=_mean(one.flesch for one in found if not math.isnan(one.flesch)),
        copy_rate=_mean(one.copy_rate for one in found),
        leak_rate=_mean(one.leaks_label for one in found),
        other_rate=_mean(one.names_other for one in found),
        duplicate_rate=1 - len(set(plain)) / n if n else math.nan,
        opening_rate=count / n if n else math.nan,
        opening=opening,
    )


@dataclass(frozen=True)
class ReasonFilter:
    """Which reasons are kept; ``None`` or ``True`` lets everything through.

    Attributes
    ----------
    min_words, max_words
        Bounds on the length; reasons of 74 words cost students 2 to 6 points in the published
        runs, and between 19 and 34 words there was no difference.
    max_copy_rate
        In [0, 1]; 1.0 for no bound.
    leaks
        Whether a reason may hold its label.
    others
        Whether a reason may name another class and not its own.
    duplicates
        Whether a reason may stand in several lessons.
    """

    min_words: int = 5
    max_words: int | None = 60
    max_copy_rate: float = 1.0
    leaks: bool = True
    others: bool = True
    duplicates: bool = True

    def __post_init__(self) -> None:
        most = math.inf if self.max_words is None else self.max_words
        if not 0 <= self.min_words <= most or not 0 <= self.max_copy_rate <= 1:
            raise InputError(
                "a filter needs 0 <= min_words <= max_words and max_copy_rate in [0, 1], got "
                f"{self.min_words!r}, {self.max_words!r} and {self.max_copy_rate!r}."
            )

    def refusal(self, found: ReasonProperties, *, is_repeated: bool = False) -> str | None:
        """Return why a reason is not kept, or ``None``."""
        refused = {
            "too short": found.n_words < self.min_words,
            "too long": self.max_words is not None and found.n_words > self.max_words,
            "copied": found.copy_rate > self.max_copy_rate,
            "holds its label": found.leaks_label and not self.leaks,
            "names another class": found.names_other and not self.others,
            "repeated": is_repeated and not self.duplicates,
        }
        return next((why for why, is_so in refused.items() if is_so), None)


def filter_rationales(
    lessons: Sequence[Rationale],
    kept: ReasonFilter | None = None,
    classes: Sequence[str] = (),
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> tuple[tuple[Rationale, ...], Counter[str]]:
    """Return the lessons without the reasons that a filter refuses, and why how many went.

    Labels stay. A lesson whose reasons all went has none: it is masked, as if the teacher had
    given none.

    >>> lessons = [Rationale.of("x", "a", "Too short."), Rationale.of("y", "a", "word " * 10)]
    >>> left, refused = filter_rationales(lessons)
    >>> [len(lesson.rationales) for lesson in left], dict(refused)
    ([0, 1], {'too short': 1})
    """
    kept = kept or ReasonFilter()
    seen: set[tuple[str, ...]] = set()
    refused: Counter[str] = Counter()
    result = []
    for lesson in lessons:
        good = []
        for reason in lesson.rationales:
            plain = tuple(words_of(reason))
            found = reason_properties(lesson, reason, classes, synonyms)
            why = kept.refusal(found, is_repeated=plain in seen)
            seen.add(plain)
            if why is None:
                good.append(reason)
            else:
                refused[why] += 1
        result.append(replace(lesson, rationales=tuple(good)))
    return tuple(result), refused


def _stands_in(label: str, synonyms: Sequence[str], words: Sequence[str]) -> bool:
    text = f" {' '.join(words)} "
    return any(
        f" {' '.join(words_of(word.replace('_', ' ')))} " in text
        for word in (label, *synonyms)
        if words_of(word)
    )


def _syllables(word: str) -> int:
    groups = len(VOWELS.findall(word))
    is_silent = word.endswith("e") and not word.endswith(("le", "ee")) and groups > 1
    return max(1, groups - is_silent)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else math.nan
