"""Word problems with sums to choose from: the value decides, nothing is imputed."""

from arithmetic_choices import as_choices, sums_of
from recorded_rationales import Recorded
from tutelage import Rationale
from tutelage.teacher.arithmetic import arithmetic_value

TEXT = "Ann has 12 pens, 1,000 stamps and 4 books. How many pens a book?"


def recorded(gold, said, reason="Because."):
    lesson = Rationale.of(TEXT, said, reason)
    return as_choices(Recorded("svamp train", (TEXT,), (gold,), {"palm": (lesson,)}))


def test_every_sum_has_the_value_it_stands_for():
    found = sums_of(TEXT)
    assert found["3"] == "12 / 4"
    assert "1000" in found
    for value, words in found.items():
        assert abs(arithmetic_value(words) - float(value)) < 1e-6
        assert float(value) >= 0


def test_of_sums_with_one_value_one_is_kept():
    assert list(sums_of("2 and 2")) == ["2"]  # the same number twice is one number
    assert sums_of("6 and 3 and 2")["1"] == "3 - 2"


def test_a_label_becomes_the_sum_that_gives_it():
    found = recorded("3", "16")
    lesson = found.lessons["palm"][0]
    assert found.golds == ("12 / 4",)
    assert lesson.label == "12 + 4"
    assert lesson.choices == tuple(found.inputs[0]["choices"])
    assert lesson.rationale == "Because."


def test_an_answer_that_no_sum_gives_is_no_label_and_a_known_one_cannot_be_hit():
    found = recorded("7", "777")
    lesson = found.lessons["palm"][0]
    assert (lesson.label, lesson.rationale) == (None, None)
    assert found.golds == ("7",)
    assert "7" not in found.inputs[0]["choices"]
