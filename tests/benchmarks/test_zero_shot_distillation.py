"""The arms of the distillation benchmark differ in nothing but what they say they do."""

import random

import numpy as np
import pytest

import recorded_rationales
import zero_shot_lessons
import zero_shot_summary
from tutelage import Rationale
from zero_shot_lessons import ARMS, CONSTANT, LABEL_ONLY, Split, lessons_of, split_of

recorded = pytest.mark.skipif(
    not recorded_rationales.is_there(), reason="the recorded answers are not on this machine"
)
TEXTS = [f"text {n}" for n in range(12)]


@pytest.fixture
def split():
    teacher = [
        Rationale.of(text, "yes" if n % 2 else "no", f"because of number {n} here")
        for n, text in enumerate(TEXTS)
    ]
    teacher[3] = Rationale.of(TEXTS[3], None)
    golds = tuple("yes" if n > 5 else "no" for n in range(12))
    people = tuple(Rationale.of(t, g, "I say so.") for t, g in zip(TEXTS, golds, strict=True))
    return Split(tuple(TEXTS), golds, tuple(teacher), people, (), ())


def reasons(lessons):
    return [lesson.rationale for lesson in lessons]


def test_every_arm_of_the_teacher_has_the_same_texts_and_labels(split):
    wanted = [(lesson.text, lesson.label) for lesson in split.teacher]
    for arm in ARMS.values():
        if arm.labels == "teacher":
            found = lessons_of(arm, split, 0)
            assert [(lesson.text, lesson.label) for lesson in found] == wanted


def test_labels_only_has_no_reason_and_a_missing_label_stays_missing(split):
    found = lessons_of(ARMS[LABEL_ONLY], split, 0)
    assert reasons(found) == [None] * 12
    assert found[3].label is None


def test_a_share_is_of_the_texts_that_have_a_reason(split):
    found = lessons_of(ARMS["reasons for 33 %"], split, 0)
    assert sum(reason is not None for reason in reasons(found)) == round(0.33 * 11)


def test_shuffling_keeps_the_words_of_each_reason(split):
    found = reasons(lessons_of(ARMS["shuffled reasons"], split, 0))
    own = reasons(split.teacher)
    assert found != own
    for one, other in zip(found, own, strict=True):
        assert sorted((one or "").split()) == sorted((other or "").split())


def test_nobody_keeps_his_own_reason_when_they_are_passed_on(split):
    found = reasons(lessons_of(ARMS["another text's reasons"], split, 0))
    own = reasons(split.teacher)
    assert sorted(filter(None, found)) == sorted(filter(None, own))
    assert all(one != other for one, other in zip(found, own, strict=True) if other)


def test_the_constant_reason_is_one_for_all(split):
    assert set(reasons(lessons_of(ARMS["a constant reason"], split, 0))) == {CONSTANT, None}


def test_with_known_labels_reasons_for_other_labels_go(split):
    found = lessons_of(ARMS["gold labels, reasons"], split, 0)
    assert tuple(lesson.label for lesson in found) == split.golds
    for lesson, said in zip(found, split.teacher, strict=True):
        assert bool(lesson.rationales) == (said.label == lesson.label)


def test_arms_without_data_are_left_out(split):
    bare = Split(split.inputs, (None,) * 12, split.teacher, None, (), ())
    assert not zero_shot_lessons.possible(ARMS["gold labels only"], bare)
    assert not zero_shot_lessons.possible(ARMS["gold labels, people's reasons"], bare)
    assert zero_shot_lessons.possible(ARMS["reasons"], bare)


@recorded
def test_no_premise_of_a_test_text_is_trained_on():
    found = split_of("esnli", 500, 300, seed=1)
    trained = {one["premise"] for one in found.inputs}
    assert len(found.inputs) == 500
    assert len(found.test_inputs) == 300
    assert not trained & {one["premise"] for one in found.test_inputs}


@recorded
@pytest.mark.parametrize("dataset", ["esnli", "cqa"])
def test_settings_are_chosen_on_texts_that_are_neither_trained_nor_tested_on(dataset):
    tested = split_of(dataset, 20_000, 300, seed=1)
    judged = split_of(dataset, 20_000, 300, seed=1, on_validation=True)
    firsts = [
        {zero_shot_lessons.first_field(one) for one in inputs}
        for inputs in (tested.inputs, tested.test_inputs, judged.test_inputs)
    ]
    assert tested.inputs == judged.inputs
    assert len(judged.test_inputs) == zero_shot_lessons.N_VALIDATION
    assert not firsts[0] & (firsts[1] | firsts[2])
    assert not firsts[1] & firsts[2]


@recorded
def test_the_test_texts_are_the_same_for_every_seed():
    one, other = (split_of("cqa", 50, 40, seed) for seed in (0, 1))
    assert one.test_inputs == other.test_inputs
    assert one.inputs != other.inputs


def test_a_pair_of_arms_is_judged_by_its_interval():
    def runs(right):
        return {seed: {"right": right, "collapsed": seed == 0} for seed in range(3)}

    arms = {LABEL_ONLY: runs("0000"), "reasons": runs("1111"), "shuffled reasons": runs("1111")}
    *_, first, second, _ = zero_shot_summary.verdicts("e-SNLI", arms)
    assert first.endswith("| 3 | +1.000 [+1.000, +1.000] | better | 2 of 6 |")
    assert second.endswith("| 3 | +0.000 [+0.000, +0.000] | no clear difference | 2 of 6 |")
    assert zero_shot_summary.verdicts("e-SNLI", {LABEL_ONLY: runs("0000")}) == []
    few = {arm: {0: seeds[0]} for arm, seeds in arms.items()}
    assert "| better, so far: fewer than 3 seeds |" in zero_shot_summary.verdicts("x", few)[4]


def test_the_interval_of_a_constant_gap_is_the_gap():
    low, high = zero_shot_summary.interval(np.full((3, 50), 0.25))
    assert (low, high) == (0.25, 0.25)


def test_the_summary_shows_difference_and_collapse(tmp_path):
    def line(method, right, seed):
        return {
            "table": "esnli", "shots": 9, "split": seed, "method": method, "right": right,
            "accuracy": right.count("1") / len(right), "macro_f1": 0.5, "first_collapsed": seed > 0,
            "collapsed": False,
            "n_labels": 9, "n_reasons": 4, "steps": 5, "batch": 2, "learning_rate": 0.1,
            "explain_weight": 0.5, "train_s": 1.0, "score_ms": 2.0, "write_ms": 12.0,
            "n_written_valid": 2, "n_written_alike": 2, "n_timed": 3,
            "alignment": 0.0, "dropout": 0.0, "decoder_layers": 1, "majority": 0.4, "teacher": 0.7,
        }  # fmt: skip

    lines = [line(LABEL_ONLY, "1100", 0), line(LABEL_ONLY, "1000", 1)]
    lines += [line("reasons", "1110", 0), line("reasons", "1100", 1)]
    zero_shot_summary.write_summary(lines, tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    assert "| reasons | 2 | 9 | 4 | 0.625 (0.500 to 0.750) | 0.500 | +0.250 [" in text
    assert "| 1 of 2 |" in text
    assert "### Pairs of arms: e-SNLI, 9 texts, student minilm, 5 steps" in text
    assert "| reasons | labels only | 2 | +0.250 [" in text
    assert "ratio 6.0" in text


def test_shuffling_is_drawn_by_the_seed():
    words = "a b c d e f g h"
    one, same, other = (
        zero_shot_lessons.shuffled(words, random.Random(seed)) for seed in (0, 0, 1)
    )
    assert one == same != other
