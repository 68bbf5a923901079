"""Attacks on words: some deleted, moved, cut off, translated, or words of other classes added.

Pure functions: a text, the share of its words to touch in (0, 1], random numbers -> a text. A text
that is too short, or holds nothing to touch, comes back as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from tutelage._words import join_words, word_offsets, word_parts
from tutelage.attribution.words import hide
from tutelage.evaluation.attacks_edit import chosen, count_of, edited, plain_word
from tutelage.evaluation.attacks_lexicon import AttackLexicon

# They say aloud that the added words are beside the point, so that a reader keeps the label.
CARRIERS = (
    "{text}, this is not about {words}",
    "never mind {words}, {text}",
    "unlike {words}: {text}",
)


def delete_words(text: str, share: float, rng: Random) -> str:
    """Delete words; at least one stays.

    >>> delete_words("wake me", 0.1, Random(0)) in ("wake", "me")
    True
    """
    offsets = word_offsets(text)
    if len(offsets) < 2:
        return text
    n_gone = min(count_of(share, len(offsets)), len(offsets) - 1)
    gone = set(rng.sample(range(len(offsets)), n_gone))
    return hide(text, offsets, [place in gone for place in range(len(offsets))], None)


def swap_neighbours(text: str, share: float, rng: Random) -> str:
    """Let words change places with their neighbours.

    >>> swap_neighbours("wake me", 1.0, Random(0))
    'me wake'
    """
    offsets = word_offsets(text)
    words = [text[start:end] for start, end in offsets]
    first = rng.randrange(2) if len(words) > 2 else 0
    pairs = [i for i in range(first, len(words) - 1, 2) if words[i] != words[i + 1]]
    for place in chosen(pairs, share, rng):
        words[place], words[place + 1] = words[place + 1], words[place]
    return _with_words(text, words)


def truncate(text: str, share: float, rng: Random) -> str:
    """Cut off the last words; at least one stays.

    >>> truncate("wake me up at six", 0.4, Random(0))
    'wake me up'
    """
    del rng  # the end is where it is
    offsets = word_offsets(text)
    n_kept = max(1, len(offsets) - count_of(share, len(offsets)))
    return text if len(offsets) < 2 else text[: offsets[n_kept - 1][1]]


def code_switch(text: str, share: float, rng: Random, dictionary: Mapping[str, str]) -> str:
    """Translate words by a dictionary of lower-case words; punctuation stays.

    >>> code_switch("Wake me, please!", 1.0, Random(0), {"please": "bitte", "me": "mich"})
    'Wake mich, bitte!'
    """

    def translated(word: str, rng: Random) -> str:
        del rng
        before, core, after = word_parts(word)
        return before + dictionary[core.lower()] + after

    return edited(text, share, rng, translated, lambda word: plain_word(word) in dictionary)


def add_keywords(
    text: str,
    label: str,
    share: float,
    rng: Random,
    lexicon: AttackLexicon,
    carriers: Sequence[str] = CARRIERS,
) -> str:
    """Mention keywords of a class that is easily confused, as something that is not meant.

    ``share`` of the number of words of the text says how many. A keyword that stands in the text
    already is not added.

    >>> lexicon = AttackLexicon({"a": ("x",), "b": ("radio",)}, {"a": ("b",)})
    >>> add_keywords("wake me", "a", 0.5, Random(0), lexicon, ["{text}, not {words}"])
    'wake me, not radio'
    """
    n_words = len(word_offsets(text))
    found = _keywords_of_another(text, label, rng, lexicon)
    if not n_words or not found:
        return text
    words = rng.sample(found, min(count_of(share, n_words), len(found)))
    # not str.format: the text may hold braces
    parts = {"{text}": text, "{words}": " ".join(words)}
    return re.sub(r"\{(?:text|words)\}", lambda hit: parts[hit[0]], rng.choice(list(carriers)))


def replace_words(text: str, label: str, share: float, rng: Random, lexicon: AttackLexicon) -> str:
    """Put keywords of a class that is easily confused in the place of words that tell nothing.

    The keywords of the text's own class stay; so does a text that holds none of them, because
    nobody could say which of its words make its label.

    >>> lexicon = AttackLexicon({"a": ("wake",), "b": ("radio",)}, {"a": ("b",)})
    >>> replace_words("wake me", "a", 0.5, Random(0), lexicon)
    'wake radio'
    >>> replace_words("help me", "a", 0.5, Random(0), lexicon)
    'help me'
    """
    own = set(lexicon.keywords.get(label, ()))
    words = [text[start:end] for start, end in word_offsets(text)]
    found = _keywords_of_another(text, label, rng, lexicon)
    if not found or not own & {plain_word(word) for word in words}:
        return text
    others = [place for place, word in enumerate(words) if plain_word(word) not in own]
    n_touched = min(count_of(share, len(words)), len(others), len(found))
    taken = rng.sample(found, n_touched)
    for place, word in zip(sorted(rng.sample(others, n_touched)), taken, strict=True):
        before, _, after = word_parts(words[place])
        words[place] = before + word + after
    return _with_words(text, words)


def add_label_words(
    text: str, label: str, share: float, rng: Random, lexicon: AttackLexicon
) -> str:
    """Insert names of classes that are easily confused, word by word as they are written.

    Whole names are inserted one after another, until they have ``share`` of the number of words
    of the text.

    >>> lexicon = AttackLexicon({"a": ("x",), "play_radio": ("y",)}, {"a": ("play_radio",)})
    >>> sorted(add_label_words("wake", "a", 0.5, Random(0), lexicon).split())
    ['play', 'radio', 'wake']
    """
    words = [text[start:end] for start, end in word_offsets(text)]
    names = [name for name in map(label_words, lexicon.confusers.get(label, ())) if name]
    if not words or not names:
        return text
    wanted, n_added = count_of(share, len(words)), 0
    for name in rng.sample(names, len(names)):
        if n_added >= wanted:
            break
        words.insert(rng.randrange(len(words) + 1), " ".join(name))
        n_added += len(name)
    return join_words(words)


def label_words(label: str) -> tuple[str, ...]:
    """Return the words that a label's name is made of, in lower case.

    >>> label_words("SearchCreativeWork"), label_words("card_not-working")
    (('search', 'creative', 'work'), ('card', 'not', 'working'))
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", label)
    return tuple(re.findall(r"[^\W_]+", apart.lower()))


def _keywords_of_another(text: str, label: str, rng: Random, lexicon: AttackLexicon) -> list[str]:
    confusers = lexicon.confusers.get(label, ())
    if not confusers:
        return []
    present = {plain_word(text[start:end]) for start, end in word_offsets(text)}
    present |= set(lexicon.keywords.get(label, ()))
    return [word for word in lexicon.keywords[rng.choice(confusers)] if word not in present]


def _with_words(text: str, words: Sequence[str]) -> str:
    """Return ``text`` with other words in the places of its words."""
    parts, last = [], 0
    for (start, end), word in zip(word_offsets(text), words, strict=True):
        parts += [text[last:start], word]
        last = end
    return "".join([*parts, text[last:]])
