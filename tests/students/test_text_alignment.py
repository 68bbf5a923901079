"""The strength of the alignment, chosen on held-out texts."""

import numpy as np
import pytest
from tests.students.test_text import LABELS, TEXTS, priors_for, student

from tutelage.lessons import Rewrite
from tutelage.students.text_alignment import CANDIDATES, UNTRIED, choose_alignment
from tutelage.students.text_input import read_input
from tutelage.students.text_settings import TextSettings

MANY = [f"{text} {place}" for place in range(14) for text in TEXTS]
MANY_LABELS = list(LABELS) * 14


class Sure:
    """Gives the first class a fixed lead over the second."""

    def __init__(self, lead):
        self.lead = lead

    def logits(self, texts):
        return np.tile([self.lead, 0.0], (len(texts), 1))


def two_class_input(n=60, **more):
    texts = [f"text {place}" for place in range(n)]
    return read_input(texts, ["a"] * (n - 2) + ["b"] * 2, **more)


def test_the_strength_with_the_lowest_held_out_loss_is_chosen():
    leads = dict(zip(CANDIDATES, (0.0, 4.0, 1.0, -3.0), strict=True))
    given = two_class_input()
    chosen, losses = choose_alignment(
        given, TextSettings(), lambda train, tried: Sure(leads[tried.alignment])
    )
    assert chosen == CANDIDATES[1]
    assert sorted(losses, key=losses.get)[:2] == [CANDIDATES[1], CANDIDATES[2]]


def test_of_equal_losses_the_smaller_strength_wins():
    chosen, _ = choose_alignment(two_class_input(), TextSettings(), lambda *_: Sure(1.0))
    assert chosen == 0.0


def test_held_out_texts_and_their_rewrites_are_not_trained_on():
    rewrites = [Rewrite(f"again {n}", "a", "paraphrase", f"text {n}") for n in range(50)]
    seen = []

    def fit(train, tried):
        seen.append(set(train.texts))
        return Sure(1.0)

    choose_alignment(two_class_input(rewrites=rewrites), TextSettings(), fit)
    held = {n for n in range(50) if f"text {n}" not in seen[0]}
    assert len(held) >= 8
    assert not any(f"again {n}" in seen[0] for n in held)
    assert all(texts == seen[0] for texts in seen)


@pytest.mark.parametrize("n", [4, 40])
def test_with_too_few_texts_nothing_is_tried(n):
    def refuse(*_):
        raise AssertionError("nothing should be trained")

    assert choose_alignment(two_class_input(n), TextSettings(), refuse) == (UNTRIED, {})


def test_a_student_chooses_and_says_what_it_tried():
    taught = student(alignment="auto", steps=3).fit(
        [*TEXTS, *MANY], [*LABELS, *MANY_LABELS], word_priors=priors_for()
    )
    assert set(taught.alignment_losses_) == set(CANDIDATES)
    assert taught.alignment_losses_[taught.alignment_] == min(taught.alignment_losses_.values())


def test_without_priors_nothing_is_tried():
    plain = student(alignment="auto", steps=3).fit([*TEXTS, *MANY], [*LABELS, *MANY_LABELS])
    assert plain.alignment_ == 0
    assert not hasattr(plain, "alignment_losses_")
