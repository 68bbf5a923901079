"""Attacks of others: any function of a text, or an object with TextAttack's ``augment``."""

import random

import numpy as np
import pytest

from tutelage.errors import InputError
from tutelage.evaluation.attacks_foreign import foreign_attack
from tutelage.evaluation.robustness import robustness
from tutelage.evaluation.robustness_suite import robustness_suite

TEXTS = ["wake me at six", "set an alarm for nine", "play a loud song", "some music please"]


class Swapper:
    """Has the face of TextAttack's Augmenter: upper-cases a share of the words, drawn globally."""

    def __init__(self, share=0.5, n=3):
        self.pct_words_to_swap, self.n = share, n

    def augment(self, text):
        words = text.split()
        count = max(int(self.pct_words_to_swap * len(words)), 1)
        found = set()
        for _ in range(self.n):
            places = random.sample(range(len(words)), count)
            shift = np.random.rand() < 0.5
            found.add(" ".join(
                (w.upper() if shift else w.title()) if i in places else w
                for i, w in enumerate(words)
            ))  # fmt: skip
        return sorted(found)


class Model:
    classes_ = np.array(["alarm", "music"])

    def predict_proba(self, texts):
        sure = [0.9 if any(w.islower() for w in text.split()) else 0.1 for text in texts]
        return np.column_stack([sure, 1 - np.array(sure)])


def test_a_function_that_gives_a_text_is_an_attack():
    attack = foreign_attack(str.upper, "shout", title="Shouting", keeps_label="always")
    assert attack("wake me") == "WAKE ME"
    assert (attack.title, attack.keeps_label, attack.strength) == ("Shouting", "always", 1.0)


def test_of_several_versions_one_that_differs_is_drawn():
    attack = foreign_attack(lambda text: [text, f"{text}!", f"{text}?"], "marks")
    drawn = {attack(f"text {n}")[-1] for n in range(40)}
    assert drawn == {"!", "?"}


@pytest.mark.parametrize("nothing", [[], "the text", None])
def test_no_other_version_leaves_the_text(nothing):
    attack = foreign_attack(lambda text: [text] if nothing is None else nothing, "idle")
    assert attack("the text") == "the text"


def test_a_text_is_attacked_alike_wherever_it_stands_and_whatever_was_drawn_before():
    attack = foreign_attack(Swapper(), "swap", seed=3)
    one = [attack(text) for text in TEXTS]
    random.seed(99)
    np.random.seed(99)
    assert [attack(text) for text in reversed(TEXTS)] == one[::-1]
    others = [foreign_attack(Swapper(), "swap", seed=seed) for seed in range(10)]
    assert len({other(TEXTS[1]) for other in others}) > 1


def test_global_random_numbers_go_on_as_if_nothing_had_been_drawn():
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.rand()
    random.seed(1)
    np.random.seed(1)
    foreign_attack(Swapper(), "swap")(TEXTS[0])
    assert (random.random(), np.random.rand()) == expected


def test_they_are_put_back_when_the_attack_fails():
    def fails(text):
        random.random()
        raise ValueError("no")

    random.seed(1)
    expected = random.getstate()
    with pytest.raises(ValueError, match="no"):
        foreign_attack(fails, "fails")("a text")
    assert random.getstate() == expected


def test_the_strength_is_the_share_of_words_of_an_augmenter_and_is_put_back():
    swapper = Swapper(share=0.25)
    assert foreign_attack(swapper, "swap").strength == 0.25
    attack = foreign_attack(swapper, "swap", strength=1.0)
    assert not any(word.islower() for word in attack(TEXTS[0]).split())
    assert swapper.pct_words_to_swap == 0.25


def test_the_fan_of_an_augmenter_follows_the_strengths_and_that_of_a_function_one():
    attacks = [foreign_attack(Swapper(), "swap"), foreign_attack(str.upper, "shout")]
    found = robustness_suite(
        {"a": Model()}, TEXTS, ["alarm"] * 2 + ["music"] * 2, attacks, strengths=[0.2, 1.0]
    )
    fan = {line.attack: [point.strength for point in line.points] for line in found["a"].fan}
    assert fan == {"swap": [0.0, 0.2, 0.5, 1.0], "shout": [0.0, 1.0]}


def test_the_suite_measures_it_like_its_own():
    attack = foreign_attack(str.upper, "shout", keeps_label="always")
    result = robustness(Model(), TEXTS, ["alarm"] * 4, [attack])
    assert result["shout"]["flips"].value == 1.0
    assert result["shout"].keeps_label == "always"


@pytest.mark.parametrize(
    ("gives", "got"),
    [
        (lambda text: 7, "got int"),
        (lambda text: [text, 7], "got a list of int, str"),
        (lambda text: ([text], {"perplexity": 3.0}), "got a tuple of dict, list"),
    ],
)
def test_what_is_no_text_is_refused_with_its_kind(gives, got):
    with pytest.raises(InputError, match=f"'odd' must give a text or a list of texts, {got}"):
        foreign_attack(gives, "odd")("a text")


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(InputError, match=r"object with augment\(text\), got str"):
        foreign_attack("upper", "shout")
    with pytest.raises(InputError, match=r"strength must be a share in \(0, 1\], got 0.0"):
        foreign_attack(Swapper(share=0.0), "swap")
