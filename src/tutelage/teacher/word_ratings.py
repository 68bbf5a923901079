"""Word ratings: from texts to questions about their words, and from answers to ratings."""

from __future__ import annotations

import math
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage._canonical import canonical_json
from tutelage._words import Offsets, word_offsets
from tutelage.lessons.feature_prior import SCALE, is_score
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.word_prior import WordPrior
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.numbered_answers import numbered_entries, shown
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.prompts import check_prompt, in_quotes, on_one_line, render
from tutelage.teacher.text_task import Addressee, TextTask, shown_label

KIND = "word_ratings"
DEFAULT_PROMPT = f"{KIND}/v1"
WORDS_PER_TEXT = 400  # beyond, ratings get careless and answers are cut off
WORDS_PER_QUESTION = 600
MOST_CONFUSABLE = 3
TOKENS_PER_WORD = 10  # the word again and its score

SCHEMA = canonical_json(
    {
        "type": "object",
        "properties": {
            "texts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "integer"},
                        "words": {"type": "array", "items": {"type": "string"}},
                        "scores": {"type": "array", "items": {"type": "number"}},
                        "confusable": {"type": "array", "items": {"type": "string"}},
                    },
                    "required": ["text", "words", "scores", "confusable"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["texts"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True)
class RatedText:
    """One text as the teacher sees it: its number in the question, its words.

    Attributes
    ----------
    words
        As they are shown; personal data hidden.
    offsets
        Where each of them is in the text itself.
    n_left_out
        Words beyond the longest that is asked about.
    """

    number: int
    text: str
    label: str
    words: tuple[str, ...]
    offsets: Offsets
    n_left_out: int = 0


@dataclass(frozen=True)
class Ratings:
    """What one answer says of one text: a score per word, or ``None``; labels nearby."""

    scores: tuple[float | None, ...]
    confusable: tuple[str, ...] = ()


Readings = dict[int, Ratings]


@dataclass(frozen=True)
class RatingQuestion:
    """One question about the words of several texts."""

    question: Question
    texts: tuple[RatedText, ...]
    sample: int


@dataclass
class RatingJob:
    """What is asked about the words of labelled texts, and how often."""

    task: TextTask
    pairs: Sequence[tuple[str, str]]
    texts_per_call: int
    repeats: int
    prompt: str | None = None
    scrubber: Scrubber | None = None
    _shown: dict[tuple[str, str], RatedText] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.prompt = check_prompt(self.prompt or DEFAULT_PROMPT, KIND)
        for text, label in dict.fromkeys(self.pairs):
            self._shown[text, label] = _as_shown(text, label, self.scrubber)

    def hide(self, text: str) -> str:
        """Return ``text`` without personal data, if that is wanted."""
        return text if self.scrubber is None else self.scrubber.hide(text)

    def questions(self, to: Addressee) -> list[RatingQuestion]:
        """Return every question, in order: block of texts, repeat."""
        found = []
        fixed = self.task.values(self.hide)
        for block in self._blocks():
            rendered = render(str(self.prompt), {**fixed, "texts": [self._line(t) for t in block]})
            n_words = sum(len(text.words) for text in block)
            for sample in range(self.repeats):
                question = Question(
                    model=to.model,
                    prompt=rendered.name,
                    prompt_hash=rendered.template_hash,
                    messages=rendered.messages,
                    sampling=to.sampling,
                    schema=SCHEMA,
                    sample=sample,
                    about=f"words of {len(block)} texts",
                    max_tokens=to.max_tokens or 1024 + 3 * TOKENS_PER_WORD * n_words,
                )
                found.append(RatingQuestion(question, block, sample))
        return found

    def _line(self, text: RatedText) -> dict[str, object]:
        words = ", ".join(in_quotes(word) for word in text.words)
        label = shown_label(text.label, self.hide)
        return {"number": text.number, "label": label, "words": f"[{words}]"}

    def _blocks(self) -> Iterator[tuple[RatedText, ...]]:
        block: list[RatedText] = []
        for item in self._shown.values():
            n_words = sum(len(text.words) for text in block)
            full = len(block) == self.texts_per_call or (
                n_words + len(item.words) > WORDS_PER_QUESTION
            )
            if block and full:
                yield tuple(block)
                block = []
            if item.words:
                numbered = RatedText(
                    len(block) + 1, item.text, item.label, item.words, item.offsets
                )
                block.append(numbered)
        if block:
            yield tuple(block)

    @property
    def n_cut(self) -> int:
        """Texts that are longer than what is asked about."""
        return sum(item.n_left_out > 0 for item in self._shown.values())

    def priors(
        self, heard: Mapping[tuple[str, str], Sequence[Ratings]], provenance: Provenance
    ) -> tuple[WordPrior | None, ...]:
        """Return one prior per row; ``None`` where no word of a text was scored."""
        made = {
            pair: _prior(item, heard.get(pair, ()), provenance)
            for pair, item in self._shown.items()
        }
        return tuple(made[pair] for pair in self.pairs)


def _as_shown(text: str, label: str, scrubber: Scrubber | None) -> RatedText:
    hidden = text if scrubber is None else scrubber.hide(text)
    places = word_offsets(hidden)
    words = [hidden[start:end] for start, end in places[:WORDS_PER_TEXT]]
    left_out = max(0, len(places) - WORDS_PER_TEXT)
    if hidden == text or scrubber is None:
        return RatedText(0, text, label, tuple(words), places[:WORDS_PER_TEXT], left_out)
    kept, offsets, position = [], [], 0
    for word in words:
        original = scrubber.restore(word)
        start = text.find(original, position)
        if start >= 0:  # else the text itself holds what looks like a placeholder
            position = start + len(original)
            kept.append(word)
            offsets.append((start, position))
    return RatedText(0, text, label, tuple(kept), tuple(offsets), left_out)


def rating_reader(
    asked: RatingQuestion, task: TextTask, hide: Callable[[str], str]
) -> Callable[[Answer], tuple[Readings, list[str]]]:
    """Return the function that reads an answer to ``asked``: ratings by text number, problems."""

    def read(answer: Answer) -> tuple[Readings, list[str]]:
        numbers = [text.number for text in asked.texts]
        entries, problems = numbered_entries(answer.text, numbers, finish=answer.finish)
        found = {}
        for text in asked.texts:
            if text.number in entries:
                entry = entries[text.number]
                scores = _scores(entry, text, problems)
                found[text.number] = Ratings(scores, _confusable(entry, text, task, hide, problems))
        return found, problems

    return read


def _scores(
    entry: Mapping[str, Any], text: RatedText, problems: list[str]
) -> tuple[float | None, ...]:
    """Match rated words with the text's, in order; every word left over is a problem."""
    where = f"text {text.number}"
    words, scores = entry.get("words"), entry.get("scores")
    if not isinstance(words, list) or not isinstance(scores, list):
        problems.append(f'{where} must have the lists "words" and "scores"')
        return (None,) * len(text.words)
    if len(words) != len(scores):
        problems.append(f"{where} has {len(words)} words and {len(scores)} scores")
        return (None,) * len(text.words)
    found: list[float | None] = [None] * len(text.words)
    place, unusable = 0, set()
    for word, score in zip(words, scores, strict=True):
        here = next((p for p in range(place, len(found)) if _same(word, text.words[p])), None)
        if here is None:
            problems.append(f"{where}: {shown(word)} is rated and is not its next word")
            continue
        place = here + 1
        if is_score(score, SCALE):
            found[here] = float(score)
        else:
            unusable.add(here)
            number = f"a number in [-{SCALE:g}, {SCALE:g}]"
            problems.append(f"{where}: the score of {shown(word)} is {shown(score)}, not {number}")
    problems += [
        f"{where}: {shown(word)} (its word {here + 1}) has no score"
        for here, word in enumerate(text.words)
        if found[here] is None and here not in unusable
    ]
    return tuple(found)


def _same(given: Any, word: str) -> bool:
    if given in (word, on_one_line(word)):
        return True
    return isinstance(given, str) and _bare(given) == _bare(word) != ""


def _bare(word: str) -> str:
    # Decomposed: a teacher writes accents its own way, and may leave points and accents out.
    return "".join(c for c in unicodedata.normalize("NFKD", word).casefold() if c.isalnum())


def _confusable(
    entry: Mapping[str, Any],
    text: RatedText,
    task: TextTask,
    hide: Callable[[str], str],
    problems: list[str],
) -> tuple[str, ...]:
    given = entry.get("confusable", [])
    if not isinstance(given, list):
        problems.append(f'text {text.number}: "confusable" must be a list of labels')
        return ()
    found = []
    for name in given:
        label = task.label_of(name, hide)
        if label is None:
            problems.append(
                f"text {text.number}: {shown(name)} is none of the labels{task.nearest(name)}"
            )
        elif label != text.label:
            found.append(label)
    return tuple(dict.fromkeys(found))[:MOST_CONFUSABLE]


def _prior(item: RatedText, ratings: Sequence[Ratings], provenance: Provenance) -> WordPrior | None:
    if not item.words:
        return WordPrior(
            item.text, item.label, (), (), weight=0.0, source="ratings", provenance=provenance
        )
    per_word = [
        [score for score in column if score is not None]
        for column in zip(*(r.scores for r in ratings), strict=True)
    ]
    if not any(per_word):
        return None
    means = [statistics.fmean(answers) if answers else math.nan for answers in per_word]
    named = Counter(label for r in ratings for label in r.confusable)
    return WordPrior(
        item.text,
        item.label,
        item.offsets,
        tuple(means),
        confusable=tuple(label for label, _ in named.most_common(MOST_CONFUSABLE)),
        weight=1.0 if any(mean for mean in means if not math.isnan(mean)) else 0.0,
        source="ratings",
        provenance=provenance,
        spread=_spread(per_word, len(ratings)),
    )


def _spread(per_word: Sequence[Sequence[float]], n_answers: int) -> tuple[float, ...]:
    if n_answers < 2:
        return ()
    return tuple(
        statistics.stdev(answers) if len(answers) > 1 else math.nan for answers in per_word
    )
