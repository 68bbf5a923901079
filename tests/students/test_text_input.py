"""What fit is given, read: rewrites of texts that are not there, texts that are held out."""

import pytest
from tests.students.test_text import LABELS, TEXTS, priors_for

from tutelage import Rewrite
from tutelage.errors import TutelageWarning
from tutelage.students.text_input import read_input

REWRITES = [
    Rewrite(f"{text} now", label, source_text=text)
    for text, label in zip(TEXTS, LABELS, strict=True)
]


def test_rewrites_of_other_texts_are_reported_and_left_out():
    with pytest.warns(TutelageWarning, match=r"2 of 8 rewrites were made from texts that were not"):
        found = read_input(TEXTS[:6], LABELS[:6], rewrites=REWRITES)
    assert found.more.texts == tuple(lesson.text for lesson in REWRITES[:6])


def test_rewrites_without_a_source_are_kept():
    extra = [("hello music", "play"), Rewrite("hello song", "play")]
    assert read_input(TEXTS, LABELS, rewrites=extra).everything.texts[-2:] == (
        "hello music",
        "hello song",
    )


def test_rewrites_of_held_out_texts_are_not_trained_on():
    train, held = read_input(TEXTS, LABELS, rewrites=REWRITES).split(0.5, seed=0)
    assert len(held.texts) == 4
    assert set(held.texts) < set(TEXTS)
    assert len(train.texts) == 8
    assert not {f"{text} now" for text in held.texts} & set(train.texts)
    assert held.targets.sum(axis=0).tolist() == [1, 1, 1, 1]


def test_texts_of_weight_zero_are_left_out_with_their_priors():
    weights = [0, *[1] * 7]
    found = read_input(TEXTS, LABELS, word_priors=priors_for(), sample_weight=weights)
    assert found.own.texts == tuple(TEXTS[1:])
    assert [prior.text for prior in found.own.priors] == TEXTS[1:]
