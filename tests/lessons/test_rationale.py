import math

import pytest

from tutelage.errors import InputError
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.rationale import Rationale, agreement, fields_of, joined, majority
from tutelage.lessons.rationale_coverage import rationale_coverage

REASON = "It says so in the second line."


def test_inputs_come_as_text_pair_choices_or_fields():
    assert fields_of("x") == ((("text", "x"),), ())
    assert fields_of(["p", "h"]) == ((("premise", "p"), ("hypothesis", "h")), ())
    assert fields_of(("q", ["a", "b"])) == ((("question", "q"),), ("a", "b"))
    assert fields_of({"title": "t", "body": "b"}) == ((("title", "t"), ("body", "b")), ())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "must be a text, a pair .* got 7"),
        (("a", "b", "c"), "must be a text, a pair"),
        ({"text": 3}, "each a text, got 'text': 3"),
        ({}, "at least one field"),
        (("q", ["a", 2]), r"choices must be a list of texts, got \['a', 2\]"),
    ],
)
def test_an_input_of_another_form_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        fields_of(given)


def test_nothing_is_imputed():
    lesson = Rationale.of("x", None)
    assert (lesson.label, lesson.rationale, lesson.rationales, lesson.asked) == (
        None,
        None,
        (),
        False,
    )
    assert Rationale.of("x", "a", "  ").rationales == ()


def test_all_problems_of_a_rationale_are_told_at_once():
    with pytest.raises(InputError) as caught:
        Rationale((), None, (" ",), confidence=1.5)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("confidence", [-0.1, 1.1, math.nan, True])
def test_confidence_is_a_share(confidence):
    with pytest.raises(InputError, match="confidence must be a number"):
        Rationale((("text", "x"),), "a", confidence=confidence)


def test_the_teachers_own_verdict_is_kept_beside_a_given_label():
    lesson = Rationale((("text", "x"),), "a", answers=("b", "b", "a"), label_given="a")
    assert (lesson.verdict, lesson.contradicts) == ("b", True)
    assert not Rationale((("text", "x"),), "a", answers=("a",), label_given="a").contradicts
    assert not Rationale((("text", "x"),), "a", answers=(None,), label_given="a").contradicts
    assert not Rationale((("text", "x"),), "b", answers=("b",)).contradicts


def test_of_equally_frequent_verdicts_the_first_counts():
    assert majority(["b", "a", "a", "b"]) == "b"
    assert majority([None, None]) is None


def test_agreement_counts_a_missing_verdict_against_the_label():
    assert agreement("a", ["a", None]) == 0.5
    assert agreement("a", ["a"]) is None
    assert agreement(None, ["a", "b"]) is None


def test_the_key_depends_on_texts_names_and_choices_only():
    one = Rationale.of(("q", ["a", "b"]), "a")
    assert one.key == Rationale.of(("q", ["a", "b"]), "b", REASON).key
    assert one.key != Rationale.of(("q", ["b", "a"]), "a").key
    assert one.key != Rationale.of({"query": "q", "choices": ["a", "b"]}, "a").key


def test_a_text_is_joined_as_a_person_reads_it():
    assert joined((("text", "only"),)) == "only"
    assert joined((("a", "1"), ("b", "2"))) == "a: 1\nb: 2"


def test_a_lesson_without_its_reason_was_not_asked_for_one():
    bare = Rationale.of("x", "a", REASON).without_rationale()
    assert (bare.label, bare.rationale, bare.asked) == ("a", None, False)


def lesson(label, reason=None, asked=True, **more):
    return Rationale((("text", "x"),), label, (reason,) if reason else (), asked=asked, **more)


def test_coverage_is_per_class_and_over_what_was_asked_for():
    cost = Provenance(tokens_in=10, tokens_out=5, cost_usd=0.25)
    lessons = [
        lesson("a", REASON, provenance=cost),
        lesson("a", provenance=cost),
        lesson("b", asked=False),
        lesson("b", REASON, label_given="b", answers=("a",)),
        lesson(None),
    ]
    found = rationale_coverage(lessons, ["a", "b", None, "b", "a"])
    rows = {row.label: row for row in found.classes}
    assert [row.coverage for row in (rows["a"], rows["b"])] == [0.5, 1.0]
    assert (rows["b"].n, rows["b"].n_asked, rows["b"].n_contradictions) == (2, 1, 1)
    assert rows["a"].accuracy == 0.5
    assert rows["b"].accuracy == 0.0  # the teacher itself had said "a"
    assert rows["(no verdict)"].n == 1
    assert found.total.accuracy == 0.25
    assert (found.total.tokens, found.total.cost_per_lesson_usd) == (30, 0.1)
    assert "(no verdict)" in str(found)


def test_coverage_needs_a_label_per_lesson():
    with pytest.raises(InputError, match="one per lesson, got 2 for 1 lessons"):
        rationale_coverage([lesson("a")], ["a", "b"])


def test_a_label_that_was_given_and_never_decided_says_nothing_about_the_teacher():
    total = rationale_coverage([lesson("a", REASON, label_given="a")], ["a"]).total
    assert math.isnan(total.accuracy)
    assert total.coverage == 1.0


def test_answers_of_their_own_are_counted_by_their_letters():
    lessons = [Rationale.of(("q", ["sea", "sky"]), one) for one in ("sky", "sky", "sea", None)]
    rows = rationale_coverage(lessons).classes
    assert [(row.label, row.n) for row in rows] == [("(a)", 1), ("(b)", 2), ("(no verdict)", 1)]


def test_a_table_of_many_classes_is_cut_and_says_so():
    lessons = [lesson(f"class {n}") for n in range(40)] + [lesson("class 39")]
    text = str(rationale_coverage(lessons))
    assert "... and 10 more classes" in text
    assert "class 39" in text
    assert len(text.splitlines()) == 34
