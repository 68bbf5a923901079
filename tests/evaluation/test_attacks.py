"""Attacks: what each does to a text, that it is seeded, and what it leaves alone."""

import unicodedata
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage._words import word_offsets
from tutelage.errors import DataError, InputError
from tutelage.evaluation.attacks import ATTACK_NAMES, Attack, standard_attacks
from tutelage.evaluation.attacks_edit import plain_word
from tutelage.evaluation.attacks_letters import LOOK_ALIKES, NEIGHBOURS, typo_swap
from tutelage.evaluation.attacks_lexicon import AttackLexicon, attack_lexicon
from tutelage.evaluation.attacks_words import add_keywords, label_words

LEXICON = AttackLexicon(
    {
        "alarm": ("wake", "alarm", "six"),
        "play_music": ("song", "music", "loud"),
        "weather": ("rain", "sunny", "cold"),
    },
    {"alarm": ("play_music",), "play_music": ("alarm",), "weather": ("alarm", "play_music")},
)
DICTIONARY = {"please": "bitte", "tomorrow": "morgen"}
TEXT = "please wake me tomorrow morning, at six"
ALL = standard_attacks(LEXICON, dictionary=DICTIONARY)
BY_NAME = {attack.name: attack for attack in ALL}


def words_of(text):
    return [text[start:end] for start, end in word_offsets(text)]


def test_the_list_has_every_attack_once_in_the_order_of_the_names():
    assert tuple(attack.name for attack in ALL) == ATTACK_NAMES
    assert len(ATTACK_NAMES) == 14


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_an_attack_changes_a_text_and_does_it_again_in_the_same_way(attack):
    assert attack(TEXT, "alarm") != TEXT
    assert attack(TEXT, "alarm") == attack(TEXT, "alarm")
    assert attack.title
    assert "kept" in attack.keeps_label or "lost" in attack.keeps_label


@pytest.mark.parametrize("name", sorted(set(ATTACK_NAMES) - {"case", "truncation"}))
def test_another_seed_attacks_some_texts_in_another_way(name):
    texts = [f"{TEXT} or {hour} tomorrow please" for hour in ("seven", "eight", "nine", "noon")]
    found = set()
    for seed in range(3):
        [attack] = standard_attacks(LEXICON, dictionary=DICTIONARY, only=[name], seed=seed)
        found.add(tuple(attack(text, "alarm") for text in texts))
    assert len(found) > 1


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
@pytest.mark.parametrize("text", ["", " ", "\u200b", "?!", "a"])
def test_a_text_too_short_to_attack_is_no_error(attack, text):
    once = attack(text, "alarm")
    assert isinstance(once, str)
    if not text.strip("\u200b "):
        assert once == text


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.floats(0.01, 1.0), st.integers(0, 5))
def test_any_text_can_be_attacked_with_any_strength(text, strength, seed):
    for attack in standard_attacks(LEXICON, dictionary=DICTIONARY, strength=strength, seed=seed):
        for label in ("alarm", "a label that nobody knows"):
            assert isinstance(attack(text, label), str)


def test_a_text_that_holds_what_attacks_write_is_safe():
    made = add_keywords("set {words} {0} {text}", "alarm", 0.5, Random(0), LEXICON)
    assert "set {words} {0} {text}" in made


def test_deletion_and_truncation_take_a_share_and_leave_a_word():
    text = " ".join(f"w{i}" for i in range(10))
    for name in ("word_deletion", "truncation"):
        [attack] = standard_attacks(only=[name], strength=0.3)
        assert len(words_of(attack(text))) == 7
        assert set(words_of(attack(text))) < set(words_of(text))
        [whole] = standard_attacks(only=[name], strength=1.0)
        assert len(words_of(whole(text))) == 1
        assert whole("alone") == "alone"


def test_word_order_keeps_every_word():
    [attack] = standard_attacks(only=["word_order"], strength=1.0)
    text = "one two three four five"
    assert sorted(words_of(attack(text))) == sorted(words_of(text))
    assert attack(text) != text
    assert attack("same same same") == "same same same"


@pytest.mark.parametrize(
    ("name", "more"), [("typo_swap", 0), ("typo_drop", -1), ("typo_double", 1)]
)
def test_a_typing_error_changes_one_letter_of_a_word_of_four_or_more(name, more):
    [attack] = standard_attacks(only=[name], strength=1.0)
    for seed in range(20):
        text = f"wake up quickly{seed * 'x'}z now"
        changed = words_of(attack(text))
        for before, after in zip(words_of(text), changed, strict=True):
            assert len(after) - len(before) == (more if len(before) >= 4 else 0)
            assert after[0] == before[0] or name == "typo_double"


def test_a_swap_never_gives_back_the_same_word():
    assert typo_swap("aaaa bbbb", 1.0, Random(0)) == "aaaa bbbb"
    for seed in range(30):
        assert typo_swap("hello", 1.0, Random(seed)) != "hello"


def test_keys_are_beside_one_another_both_ways():
    assert set(NEIGHBOURS["s"]) == set("adwezx")
    assert all(key in NEIGHBOURS[other] for key, around in NEIGHBOURS.items() for other in around)


def test_look_alikes_are_other_letters_of_the_same_case():
    for latin, other in LOOK_ALIKES.items():
        assert "CYRILLIC" in unicodedata.name(other)
        assert latin.isupper() == other.isupper()


def test_keyword_addition_keeps_the_text_and_mentions_the_confuser_only():
    made = BY_NAME["keyword_addition"](TEXT, "alarm")
    assert TEXT in made
    added = {plain_word(word) for word in words_of(made)} - {plain_word(w) for w in words_of(TEXT)}
    assert added & set(LEXICON.keywords["play_music"])
    assert not added & set(LEXICON.keywords["weather"])


def test_keyword_replacement_keeps_the_keywords_of_its_own_class():
    [attack] = standard_attacks(LEXICON, only=["keyword_replacement"], strength=1.0)
    made = {plain_word(word) for word in words_of(attack(TEXT, "alarm"))}
    assert {"wake", "six"} <= made
    assert {"song", "music", "loud"} <= made
    assert len(words_of(attack(TEXT, "alarm"))) == len(words_of(TEXT))
    assert attack("it is late", "alarm") == "it is late"


def test_label_words_are_those_of_a_confuser():
    made = words_of(BY_NAME["label_words"](TEXT, "alarm"))
    assert sorted(made) == sorted([*words_of(TEXT), "play", "music"])
    assert label_words("___") == ()


def test_a_class_without_confusers_is_left_alone_by_keyword_attacks():
    lonely = AttackLexicon({"alarm": ("wake",), "music": ("song",)}, {"alarm": ()})
    for attack in standard_attacks(lonely, only=["keyword_addition", "label_words"]):
        assert attack(TEXT, "alarm") == TEXT


def test_the_lexicon_is_that_of_the_log_odds_worked_by_hand():
    """Two classes of two words each: x, y against z, y. The shared word tells nothing."""
    lexicon = attack_lexicon(["x1 y1", "z1 y1"], ["a", "b"])
    assert lexicon.keywords == {"a": ("x1",), "b": ("z1",)}
    assert lexicon.confusers == {"a": ("b",), "b": ("a",)}


def test_the_order_of_keywords_is_by_evidence_and_function_words_are_left_out():
    texts = ["the red car", "the red bus", "the red van", "the blue sea", "the blue sky"]
    lexicon = attack_lexicon(texts, ["r", "r", "r", "b", "b"])
    assert lexicon.keywords["r"][0] == "red"
    assert lexicon.keywords["b"][0] == "blue"
    assert all("the" not in words for words in lexicon.keywords.values())


class Mixing:
    """Mistakes every class for the next one."""

    classes_ = np.array(["a", "b", "c"])

    def predict_proba(self, texts):
        at = {"one": 0, "two": 1, "tri": 2}
        rows = [np.roll([0.5, 0.4, 0.1], at[text.split()[0]]) for text in texts]
        return np.array(rows)


def test_confusers_are_those_of_the_plain_model():
    texts = ["one apple", "two pears", "tri plums"]
    lexicon = attack_lexicon(texts, ["a", "b", "c"], Mixing(), n_confusers=1)
    assert lexicon.confusers == {"a": ("b",), "b": ("c",), "c": ("a",)}
    assert "Mixing" in lexicon.source


def test_a_lexicon_that_cannot_be_made_says_why():
    with pytest.raises(DataError, match="two classes, got \\['a'\\]"):
        attack_lexicon(["x"], ["a"])
    with pytest.raises(DataError, match=r"1, got 2(.|\n)*n_keywords must be at least 1, got 0"):
        attack_lexicon(["x y"], ["a", "b"], n_keywords=0)
    with pytest.raises(DataError, match="keywords of at least two classes, got them of 0 of 2"):
        attack_lexicon(["1 2", "the 3"], ["a", "b"])
    with pytest.raises(DataError, match="classes_ and predict_proba, got str"):
        attack_lexicon(["x1", "y1"], ["a", "b"], "a model")
    with pytest.raises(DataError, match="got also \\['z'\\]"):
        attack_lexicon(["one a1", "two b1"], ["a", "z"], Mixing())


def test_an_attack_that_cannot_be_used_says_why():
    with pytest.raises(InputError, match="share in \\(0, 1\\], got 0"):
        standard_attacks(strength=0)
    with pytest.raises(InputError, match=r"name must not be empty(.|\n)*got 1.5"):
        Attack(" ", "", "", 1.5, lambda text, *rest: text)
    with pytest.raises(InputError, match=r"no attack 'typo_swop' \(did you mean 'typo_swap'"):
        standard_attacks(only=["typo_swop"])
    with pytest.raises(InputError, match="'label_words' needs a lexicon"):
        standard_attacks(only=["label_words"])
    with pytest.raises(InputError, match="'code_switching' needs a dictionary"):
        standard_attacks(LEXICON, only=["code_switching"])
