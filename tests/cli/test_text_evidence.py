"""Who is compared in a text job, and what counts as confused, mended or spoilt."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tutelage.cli.class_target import Said
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_evidence import (
    Contestant,
    changed_texts,
    check_encoder,
    common_steps,
    confused_pairs,
    control,
)
from tutelage.cli.text_options import TextChoice
from tutelage.cli.text_teachings import Teaching
from tutelage.errors import InputError


def test_steps_follow_from_the_number_of_texts_unless_they_are_given():
    assert 0 < common_steps(TextChoice(), 320) < common_steps(TextChoice(), 9000)
    assert common_steps(TextChoice(steps=7), 320) == 7


def test_an_encoder_that_is_not_there_is_named_before_anything_is_paid():
    with pytest.raises(InputError, match="encoder must be a folder"):
        check_encoder(TextChoice(encoder="nowhere"))
    check_encoder(TextChoice(encoder="minilm"))


def rows(*texts):
    labels = ("闹钟", "天气") * (len(texts) // 2)
    return LabelledTexts(
        Path("t.csv"), "", "text", "label", texts, labels, tuple(range(len(texts)))
    )


def test_the_control_is_not_held_up_by_punctuation():
    train = rows('cancel my "alarm"', "is there rain?", "set the alarm!", "will it rain...")
    found = control(train, rows("alarm", "rain"), 0)
    assert found.result["accuracy"].value == 1.0


def test_the_control_reads_texts_of_nothing_but_signs():
    found = control(rows("👍", "?!", "👍 👍", "?!"), rows("👍", "?!"), 0)
    assert found.result["accuracy"].value == 1.0


def test_the_control_reads_words_of_scripts_without_spaces():
    train = rows("取消我的闹钟", "明天会下雨吗", "设一个闹钟", "今天的天气怎么样")
    found = control(train, rows("显示闹钟", "外面天气如何"), 0)
    assert found.result["accuracy"].value == 1.0


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
