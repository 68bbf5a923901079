"""Free text -> (label, rationale): what did the teacher decide, and why?

For teachers that were asked for a sentence, not for JSON. The first verdict counts, as a reader
would find it: not the options repeated from the question, not a quoted claim, not what a
"whether" leaves open, not what a "not" takes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage._words import count_words, cuts_word, is_mark, is_unspaced
from tutelage.errors import InputError
from tutelage.lessons.feature_prior import label_name

LABEL_KEYS = ("label", "answer", "verdict", "class", "prediction", "choice", "category")
REASON_KEYS = ("rationale", "explanation", "reason", "reasoning", "why")
SHORTEST_REASON = 5  # words
LONGEST_TEXT = 20_000

Verdict = tuple[str | None, str | None]


@dataclass(frozen=True)
class _Term:
    label: str
    text: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class _Hit:
    label: str
    start: int
    end: int


def read_verdict(
    answer: str,
    classes: Sequence[object],
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> Verdict:
    """Return the label that an answer decides for and the sentence that says why.

    Parameters
    ----------
    answer
        The teacher's text, any length.
    classes
        The labels; each stands for itself.
    synonyms
        Label -> other words that mean it, such as ``{"entailment": ["true", "entails"]}``. Upper
        and lower case are the same; whole words count, and the longest where several begin at
        one place.

    Returns
    -------
    label, rationale
        ``None`` for what is not there: no verdict, or fewer than five words of reason. Nothing
        is guessed.

    Examples
    --------
    >>> classes = ["yes", "no"]
    >>> read_verdict("Yes, because the fever came after the journey.", classes)
    ('yes', 'because the fever came after the journey.')
    >>> read_verdict("I cannot say whether it is yes or no.", classes)
    (None, None)
    >>> read_verdict("The claim is not valid.", ["holds", "fails"],
    ...              {"holds": ["valid"], "fails": ["not valid"]})
    ('fails', None)
    """
    terms = _terms(classes, synonyms or {})
    text = answer[:LONGEST_TEXT].strip()
    structured = _from_json(text, terms)
    if structured is not None:
        return structured
    hits = list(_hits(text, terms))
    chosen = _choose(text, hits, len({term.label for term in terms}))
    if chosen is None:
        return None, None
    return chosen.label, _reason(text, chosen)


def _terms(classes: Sequence[object], synonyms: Mapping[str, Sequence[str]]) -> list[_Term]:
    labels = [label_name(label) for label in classes]
    strangers = [label for label in synonyms if label not in labels]
    if strangers:
        raise InputError(
            f"synonyms must be given for the classes {labels!r}; got some for {strangers!r}."
        )
    owners: dict[str, str] = {}
    for label in labels:
        for word in (label, *synonyms.get(label, ())):
            known = owners.setdefault(" ".join(word.lower().split()), label)
            if known != label:
                raise InputError(f"{word!r} must stand for one class, got {known!r} and {label!r}.")
    ordered = sorted((word for word in owners if word), key=len, reverse=True)
    return [_Term(owners[word], word, _pattern(word)) for word in ordered]


def _pattern(word: str) -> re.Pattern[str]:
    body = r"\s+".join(re.escape(part) for part in word.split())
    # where no spaces stand between words, no letter ends one
    left = r"(?<!\w)" if _ends_words(word[:1]) else ""
    right = r"s?(?!\w)" if _ends_words(word[-1:]) else ""  # hospital, hospitals
    return re.compile(f"{left}{body}{right}", re.IGNORECASE)


def _ends_words(letter: str) -> bool:
    return (letter.isalnum() or is_mark(letter)) and not is_unspaced(letter)


def _from_json(text: str, terms: Sequence[_Term]) -> Verdict | None:
    if not text.startswith(("{", "```")):
        return None
    body = text.strip("`").removeprefix("json").strip()
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    lowered: dict[str, Any] = {str(key).lower(): item for key, item in value.items()}
    given = next((lowered[key] for key in LABEL_KEYS if key in lowered), None)
    if given is None:
        return None
    said = label_name(given).strip()
    label = next((t.label for t in terms if t.pattern.fullmatch(said)), None)
    reason = next((str(lowered[key]) for key in REASON_KEYS if lowered.get(key)), None)
    return label, reason


def _hits(text: str, terms: Sequence[_Term]) -> Iterator[_Hit]:
    """Yield the terms of a text in order, the longest where they overlap."""
    taken: list[_Hit] = []
    for term in terms:  # longest first
        for match in term.pattern.finditer(text):
            start, end = match.span()
            is_taken = any(hit.start < end and start < hit.end for hit in taken)
            if not is_taken and not cuts_word(text, start, end):
                taken.append(_Hit(term.label, start, end))
    yield from sorted(taken, key=lambda hit: hit.start)


def _choose(text: str, hits: Sequence[_Hit], n_classes: int) -> _Hit | None:
    listed = _options(text, hits, min(n_classes, MOST_OPTIONS))
    quoted = [m.span() for m in QUOTE.finditer(text) if count_words(m.group()) >= QUOTED_WORDS]
    for hit in hits:
        inside = any(start < hit.start and hit.end < end for start, end in quoted)
        if not (hit in listed or inside or _is_open(text, hit) or _is_negated(text, hit)):
            return hit
    return None


MOST_OPTIONS = 4  # so many different labels in a row are the question's options, not an answer
QUOTED_WORDS = 5  # a quotation of so many words is the claim, not the verdict
QUOTE = re.compile(r"""(?:(?<=[\s(\[])|^)["“](?=\S)[^\n]{0,400}?(?<=\S)["”](?=[\s.,;:!?)]|$)""")
JOINED = re.compile(r"""[\s"'“”]*(?:,|/|\||;|,?\s*\b(?:or|and)\b)[\s"'“”]*(?:or\b|and\b)?\s*""")
OPEN = re.compile(
    r"\b(?:whether\b[^,.;:!?\n]{0,160}|if\b(?:(?!\b(?:would|should|will)\b)[^,.;:!?\n]){0,160}"
    r"|(?:while|although|though) (?:it|this) \w+\s+)$",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"(?:\bnot|n't|\bnever|\bneither|\bnor|\brather than|\binstead of|\bcannot)"
    r"(?:\s+(?:be|been|a|an|the|necessarily|really|entirely|completely|considered|evaluated|said|to"
    r"|as|either|likely|\w+\s+or))*"
    r"[\s\"'“”]*$",
    re.IGNORECASE,
)


def _options(text: str, hits: Sequence[_Hit], enough: int) -> set[_Hit]:
    """Return the hits that repeat the question's options: "true, false, or inconclusive"."""
    listed: set[_Hit] = set()
    run: list[_Hit] = []
    for hit in hits:
        if run and not JOINED.fullmatch(text[run[-1].end : hit.start]):
            run = []
        run.append(hit)
        if len({member.label for member in run}) >= enough and len(run) > 1:
            listed.update(run)
    return listed


def _is_open(text: str, hit: _Hit) -> bool:
    return OPEN.search(text[max(0, hit.start - 200) : hit.start]) is not None


def _is_negated(text: str, hit: _Hit) -> bool:
    return NEGATED.search(text[max(0, hit.start - 60) : hit.start]) is not None


def _reason(text: str, hit: _Hit) -> str | None:
    """Return what follows the verdict, or what led to it when nothing follows."""
    after = text[hit.end :].strip()
    after = re.sub(r"^[\s\"'”).,;:!*\-–—。，、；：！]+", "", after)
    after = re.sub(r"^(?:explanation|reason|rationale)\s*[:\-]\s*", "", after, flags=re.IGNORECASE)
    if count_words(after) >= SHORTEST_REASON:
        return " ".join(after.split())
    sentences = re.split(r"(?<=[.!?])\s+", text[: hit.start].strip())
    before = " ".join(" ".join(sentences[:-1]).split())
    return before if count_words(before) >= SHORTEST_REASON else None
