"""The recorded rationales, the replay of the prompt search, and the arithmetic of cost."""

import random

import pytest

import prompt_search
import rationale_cost
import recorded_rationales
from tutelage.lessons import rationale_coverage
from tutelage.teacher.prompt_search import JointScore, Outcome

recorded = pytest.mark.skipif(
    not recorded_rationales.is_there(), reason="the recorded answers are not on this machine"
)


@recorded
@pytest.mark.parametrize(
    ("dataset", "split", "source", "accuracy"),
    [
        ("anli", "test", "palm", 0.656),
        ("anli", "test", "gpt35", 0.636),
        ("cqa", "test", "palm", 0.772),
        ("cqa", "test", "gpt35", 0.744),
        ("svamp", "test", "palm", 0.740),
        ("svamp", "test", "gpt35", 0.755),
    ],
)
def test_the_recorded_teachers_are_as_accurate_as_published(dataset, split, source, accuracy):
    found = recorded_rationales.load(dataset, split)
    total = rationale_coverage(found.lessons[source], found.golds).total
    assert total.accuracy == pytest.approx(accuracy, abs=0.006)


@recorded
def test_what_could_not_be_parsed_is_masked_and_uneven_over_the_classes():
    found = recorded_rationales.load("anli", "test")
    rows = {row.label: row for row in rationale_coverage(found.lessons["gpt35"]).classes}
    assert rows["entailment"].coverage < 0.85 < rows["neutral"].coverage
    assert sum(one.label is None for one in found.lessons["palm"]) == 10
    assert len(found.lessons["palm"]) == len(found.inputs) == 1000


def toy_grid(n_wordings=30, n_texts=40, quality=0.6):
    deal = random.Random(0)
    outcomes = {
        (w, t): Outcome("a", deal.random() < quality, True, 50)
        for w in range(n_wordings)
        for t in range(n_texts)
    }
    return recorded_rationales.Grid("toy", ({},) * n_wordings, ("a",) * n_texts, outcomes)


def test_where_all_prompts_are_alike_the_held_out_estimate_says_so_and_the_sample_does_not():
    played = toy_grid()
    found = [
        prompt_search.search(played, *split, JointScore()) for split in prompt_search.halves(40, 60)
    ]
    mean = lambda name: sum(getattr(one, name) for one in found) / len(found)  # noqa: E731
    assert mean("in_sample") - mean("truth") > 0.1
    assert abs(mean("estimate") - mean("truth")) < 0.05
    assert mean("queries") < 0.5


def test_halves_never_overlap_and_are_used_both_ways():
    found = prompt_search.halves(9, 4)
    assert found[1] == (found[0][1], found[0][0])
    assert all(not set(one) & set(other) for one, other in found)


def test_a_page_holds_both_scores_and_the_vote():
    lines = "\n".join(prompt_search.section("Toy", toy_grid(12, 20), 4))
    assert "| race, joint score (the default) |" in lines
    assert "Vote of the 5 finalists" in lines


@recorded
def test_few_shot_costs_several_times_zero_shot_and_a_share_lies_between():
    price = rationale_cost.PRICES["gpt-3.5-turbo, 2023"]
    zero, few, label = (rationale_cost.recorded_call("anli1", n) for n in (179, 1000, 3))
    assert few.usd(price) / zero.usd(price) == pytest.approx(6.7, abs=0.1)
    third = rationale_cost.mixed(zero, label, 1 / 3, price)
    assert label.usd(price) < third < zero.usd(price)
    assert rationale_cost.mixed(zero, label, 1.0, price) == zero.usd(price)


@recorded
def test_recorded_answers_go_through_the_teacher_as_if_they_were_asked_for_now():
    found = recorded_rationales.load("anli", "valid")
    lessons = recorded_rationales.replayed("anli", "valid", first=200)
    direct = found.lessons["gpt35"][:200]
    same = sum(a.label == b.label for a, b in zip(lessons, direct, strict=True))
    assert same >= 198  # the words for the classes differ a little
    assert 0.8 < rationale_coverage(lessons).total.coverage < 1
