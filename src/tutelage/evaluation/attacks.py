"""Attacks: named, seeded perturbations of texts, as values in an explicit list.

Every attack says how likely a text keeps its label. None of them knows the model under test or
its lessons, and none needs a network.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tutelage.errors import InputError
from tutelage.evaluation import attacks_letters as letters
from tutelage.evaluation import attacks_words as words
from tutelage.evaluation.attacks_edit import drawn_for
from tutelage.evaluation.attacks_lexicon import AttackLexicon

Edit = Callable[[str, str, float, Random], str]


@dataclass(frozen=True)
class Attack:
    """A perturbation of a labelled text; calling it gives the other text.

    The same attack on the same text with the same label gives the same text, whatever else is
    attacked.

    Attributes
    ----------
    name
        In results and files.
    title
        For people.
    keeps_label
        How far a text keeps its label, in a sentence.
    strength
        Share of the words that can be touched, in (0, 1]; at least one is.
    edit
        ``edit(text, label, strength, random_numbers) -> text``; a text that it cannot change
        comes back as it is.
    seed
        Seeds what is drawn.
    scales
        Whether ``edit`` heeds the strength; the fan of an attack that does not has one point.

    Raises
    ------
    InputError
        When the strength is outside (0, 1] or the name is empty.

    Examples
    --------
    >>> shout = Attack("shout", "Shouting", "always", 1.0, lambda text, *rest: text.upper())
    >>> shout("wake me")
    'WAKE ME'
    """

    name: str
    title: str
    keeps_label: str
    strength: float
    edit: Edit = field(repr=False)
    seed: int = 0
    scales: bool = True

    def __post_init__(self) -> None:
        problems = []
        if not self.name.strip():
            problems.append("the name must not be empty")
        if not 0 < self.strength <= 1:
            problems.append(f"strength must be a share in (0, 1], got {self.strength!r}")
        if problems:
            raise InputError(f"The attack {self.name!r} cannot be used:", problems)

    def __call__(self, text: str, label: str = "") -> str:
        """Return the attacked text; ``label`` is its class, for attacks that ask for it."""
        rng = drawn_for(self.seed, self.name, text)
        return self.edit(text, label, self.strength, rng)


@dataclass(frozen=True)
class _Plain:
    """An edit that does not ask for the label."""

    edit: Callable[[str, float, Random], str]

    def __call__(self, text: str, label: str, strength: float, rng: Random) -> str:
        del label
        return self.edit(text, strength, rng)


_ALWAYS = "kept: a reader sees the same words"
_MOSTLY = "mostly kept: a reader guesses what was meant"
_BY_ORDER = "mostly kept; lost where order decides"
_BY_WORD = "may be lost with the deciding word"

# name, title, does it keep the label, usual strength, edit
_PLAIN = (
    ("word_deletion", "Words missing", _BY_WORD, 0.2, words.delete_words),
    ("typo_swap", "Letters swapped", _MOSTLY, 0.3, letters.typo_swap),
    ("typo_drop", "Letters missing", _MOSTLY, 0.3, letters.typo_drop),
    ("typo_double", "Letters doubled", _MOSTLY, 0.3, letters.typo_double),
    ("keyboard", "Neighbouring keys", _MOSTLY, 0.3, letters.keyboard_noise),
    ("case", "Case", _ALWAYS, 1.0, letters.case_change),
    ("punctuation", "Punctuation", _ALWAYS, 0.5, letters.punctuation_change),
    ("homoglyphs", "Look-alike letters", _ALWAYS, 0.3, letters.homoglyphs),
    ("word_order", "Word order", _BY_ORDER, 0.3, words.swap_neighbours),
    ("truncation", "End cut off", "may be lost with the end", 0.3, words.truncate),
)  # fmt: skip
_NOT_MEANT = "kept for a careful reader: the added words are said not to be meant"
_OWN_STAY = "mostly kept: the keywords of the own class stay, texts without one are left alone"
_NAMES_IN = "mostly kept: nothing is taken away, but names of other classes are put in"
_WITH_LEXICON = (
    ("keyword_addition", "Keywords added", _NOT_MEANT, 0.3, words.add_keywords),
    ("keyword_replacement", "Keywords replaced", _OWN_STAY, 0.3, words.replace_words),
    ("label_words", "Names of other classes", _NAMES_IN, 0.3, words.add_label_words),
)
_TRANSLATED = "kept as far as the dictionary is right in context"

ATTACK_NAMES = (
    *(row[0] for row in _WITH_LEXICON),
    *(row[0] for row in _PLAIN),
    "code_switching",
)


def standard_attacks(
    lexicon: AttackLexicon | None = None,
    *,
    dictionary: Mapping[str, str] | None = None,
    only: Iterable[str] | None = None,
    strength: float | None = None,
    seed: int = 0,
) -> tuple[Attack, ...]:
    """Return the list of attacks that we know.

    Parameters
    ----------
    lexicon
        For the attacks by keywords and names of other classes; ``None`` leaves them out.
    dictionary
        Lower-case word -> its translation, for code-switching; ``None`` leaves it out.
    only
        Names to keep, in the order of the list; default all.
    strength
        One strength for all; default each attack's own, 0.2 to 1.
    seed
        Seeds all of them.

    Raises
    ------
    InputError
        When a name is unknown, or an attack is asked for without what it needs.

    Examples
    --------
    >>> [attack.name for attack in standard_attacks(only=["case", "typo_drop"])]
    ['typo_drop', 'case']
    >>> standard_attacks(only=["truncation"])[0]("wake me up at six")
    'wake me up'
    """

    def usually(share: float) -> float:
        return share if strength is None else strength

    made: list[Attack] = []
    if lexicon is not None:
        for name, title, note, share, edit in _WITH_LEXICON:
            bound: Edit = partial(edit, lexicon=lexicon)
            made.append(Attack(name, title, note, usually(share), bound, seed))
    for name, title, note, share, plain in _PLAIN:
        made.append(Attack(name, title, note, usually(share), _Plain(plain), seed))
    if dictionary is not None:
        lower = {word.lower(): other for word, other in dictionary.items()}
        switch = _Plain(partial(words.code_switch, dictionary=lower))
        title = "Words of another language"
        made.append(Attack("code_switching", title, _TRANSLATED, usually(0.3), switch, seed))
    if only is None:
        return tuple(made)
    wanted = list(only)
    _check_names(wanted, [attack.name for attack in made])
    return tuple(attack for attack in made if attack.name in wanted)


def _check_names(wanted: list[str], ready: list[str]) -> None:
    problems = []
    for name in wanted:
        near = difflib.get_close_matches(str(name), ATTACK_NAMES, n=1, cutoff=0.5)
        if name not in ATTACK_NAMES:
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            problems.append(f"there is no attack {name!r}{hint}")
        elif name not in ready:
            needs = "dictionary" if name == "code_switching" else "lexicon"
            problems.append(f"{name!r} needs a {needs}; pass {needs}=")
    if problems:
        raise InputError(f"only= must name attacks of {', '.join(ATTACK_NAMES)}:", problems)
