"""Simulatability of reasons: what a reader gains by them, and whether it needs the input too."""

import numpy as np
import pytest

from tutelage import Rationale
from tutelage.errors import DataError
from tutelage.evaluation.rationale_simulation import _others, simulatability

LABELS = ["refund", "delivery"] * 30
WORDS = {"refund": "bank", "delivery": "courier"}


def lessons_with(reason, text=lambda n, label: f"mail {n % 7} of the day"):
    return [
        Rationale.of(f"{text(n, label)} ({n})", label, reason(n, label))
        for n, label in enumerate(LABELS)
    ]


def test_a_reason_that_argues_adds_to_an_input_that_does_not():
    found = simulatability(lessons_with(lambda n, label: f"It tells of a {WORDS[label]} in short."))
    assert found.with_reason == found.inputs_swapped == 1.0
    assert found.gain > 0.3
    assert (found.chance, found.n) == (0.5, 60)


def test_a_reason_that_only_names_its_label_adds_nothing():
    found = simulatability(lessons_with(lambda n, label: f"It is clearly about a {label} here."))
    assert abs(found.gain) < 0.2
    assert found.inputs_swapped < 0.7


def test_synonyms_of_a_class_are_taken_out_too():
    lessons = lessons_with(lambda n, label: f"It tells of a {WORDS[label]} in short.")
    found = simulatability(lessons, {label: [word] for label, word in WORDS.items()})
    assert found.with_reason < 0.7


def test_where_the_input_decides_a_swapped_input_misleads():
    lessons = lessons_with(
        lambda n, label: "It says so in so many words.",
        text=lambda n, label: f"mail about the {WORDS[label]}",
    )
    found = simulatability(lessons)
    assert found.with_input == found.with_reason == 1.0
    assert found.inputs_swapped < 0.8


def test_a_few_texts_of_two_classes_are_needed():
    with pytest.raises(DataError, match=r"two classes must have 5 reasons each"):
        simulatability([Rationale.of("a", "x", "a reason with some words")])
    with pytest.raises(DataError, match="choices of their own"):
        simulatability([Rationale((("q", "q"),), "a", (), ("a", "b"))])


def test_no_row_keeps_its_own_input():
    for n_rows in (2, 3, 50):
        found = _others(n_rows, np.random.default_rng(1))
        assert sorted(found) == list(range(n_rows))
        assert (found != np.arange(n_rows)).all()
