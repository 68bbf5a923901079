"""Who is compared in a text job, and what counts as confused, mended or spoilt."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tests.cli.text_cases import CUES, TEXTS, rows_of

from tutelage.cli.class_target import Said
from tutelage.cli.text_asking import Lessons
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_evidence import (
    Contestant,
    Teaching,
    changed_texts,
    check_encoder,
    common_steps,
    confused_pairs,
    fused_words,
    teachings,
    word_sources,
)
from tutelage.cli.text_options import TextChoice
from tutelage.errors import InputError
from tutelage.lessons import ClassCard, Rewrite, WordPrior

ROWS = rows_of()
TRAIN = LabelledTexts(Path("a.csv"), "", "said", "intent", *map(tuple, zip(*ROWS, strict=True)),
                      tuple(range(1, len(ROWS) + 1)))  # fmt: skip
CARDS = tuple(ClassCard(label, cues=(CUES[label],)) for label in TEXTS)
REWRITES = (Rewrite("wake me up", "set"), Rewrite("stop the noise", "cancel"))
RATINGS = tuple(
    WordPrior.from_words(text, text.split(), [len(w) for w in text.split()], label=label)
    for text, label in ROWS[:6]
)


def listed(quick=False, **lessons):
    return teachings(TRAIN, Lessons(lessons), quick=quick, seed=0)


def test_each_lesson_is_tried_alone_and_all_of_them_together():
    found = {t.name: t for t in listed(cards=CARDS, rewrites=REWRITES, ratings=RATINGS)}
    assert list(found) == [
        "plain", "class cards", "rewrites", "word ratings", "everything", "shuffled words",
    ]  # fmt: skip
    assert found["plain"].priors is None
    assert found["rewrites"].priors is None
    assert found["class cards"].rewrites == ()
    assert found["everything"].rewrites == found["shuffled words"].rewrites == REWRITES


def test_of_one_kind_of_lesson_there_is_no_everything():
    assert [t.name for t in listed(rewrites=REWRITES)] == ["plain", "rewrites"]
    assert [t.name for t in listed(cards=CARDS)] == ["plain", "class cards", "shuffled words"]


def test_quick_keeps_the_plain_and_the_most_taught_student():
    names = [t.name for t in listed(quick=True, cards=CARDS, rewrites=REWRITES)]
    assert names == ["plain", "everything"]


def test_shuffled_words_have_the_same_scores_on_other_words():
    *_, real, control = listed(cards=CARDS, ratings=RATINGS)
    assert control.is_control
    assert [sorted(p.scores) for p in control.priors] == [sorted(p.scores) for p in real.priors]
    assert [p.scores for p in control.priors] != [p.scores for p in real.priors]


def test_a_text_without_a_rating_or_a_card_has_no_prior_of_that_source():
    words = word_sources(TRAIN, Lessons({"cards": CARDS[:1], "ratings": RATINGS}))
    assert [prior is not None for prior in words["ratings"]] == [True] * 6 + [False] * 6
    assert [prior is not None for prior in words["cards"]] == [True] * 4 + [False] * 8


def test_ratings_of_other_texts_are_no_source():
    other = WordPrior.from_words("buy milk", ["buy"], [3], label="set")
    assert word_sources(TRAIN, Lessons({"ratings": (other,)})) == {}


def test_where_both_sources_speak_they_are_fused_and_elsewhere_the_one_counts():
    words = word_sources(TRAIN, Lessons({"cards": CARDS, "ratings": RATINGS}))
    fused = fused_words(words)
    assert [prior.source for prior in fused] == ["fused"] * 12
    assert fused_words({"cards": words["cards"]}) == words["cards"]
    assert fused_words({}) is None


def test_steps_follow_from_the_number_of_texts_unless_they_are_given():
    assert 0 < common_steps(TextChoice(), 320) < common_steps(TextChoice(), 9000)
    assert common_steps(TextChoice(steps=7), 320) == 7


def test_an_encoder_that_is_not_there_is_named_before_anything_is_paid():
    with pytest.raises(InputError, match="encoder must be a folder"):
        check_encoder(TextChoice(encoder="nowhere"))
    check_encoder(TextChoice(encoder="minilm"))


def contestant(chance):
    said = Said(np.array(["a", "b"]), np.column_stack([chance, 1 - np.array(chance)]))
    return Contestant(Teaching("one", ""), None, 0, 0, 0.0, said, None)


def test_mended_texts_come_before_spoilt_ones_the_clearest_first():
    truth = ["a", "a", "a", "b", "b"]
    plain = contestant([0.4, 0.1, 0.9, 0.2, 0.6])
    taught = contestant([0.6, 0.8, 0.9, 0.7, 0.7])
    assert changed_texts(truth, plain, taught) == [1, 0, 3]


def test_confused_pairs_count_both_models():
    pairs = confused_pairs(["a", "a", "b"], ["a", "b", "a"], ["b", "b", "b"])
    assert [dataclasses.astuple(pair) for pair in pairs] == [
        ("a", "b", 2, 1, 2),
        ("b", "a", 1, 1, 0),
    ]
