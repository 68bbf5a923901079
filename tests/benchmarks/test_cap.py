"""The benchmark of teaching texts: what its controls keep, and what its page says."""

import numpy as np
import pandas as pd
import pytest

from cap_knowledge import knowledge
from cap_settings import NAMED, SETTINGS
from cap_summary import interval, write_summary
from raw_results import Cell


def line(setting, seed, accuracy, **attacks):
    scores = {"accuracy": accuracy, "log_loss": 0.5, "train_s": 10.0, "prior_s": 0.0}
    faithful = {"comprehensiveness": 0.7, "sufficiency": 0.1}
    cell = Cell("hwu64", 5, seed, setting)
    return cell, {**cell._asdict(), **scores, **faithful, **attacks, "code": "c0de"}


def attacked(distractor):
    kinds = {"distractor": distractor, "paraphrase": 0.7, "noisy": 0.4}
    return {**kinds, **{f"clean_{kind}": 0.8 for kind in kinds}}


def test_every_setting_has_a_control_or_is_one():
    controlled = {s.priors for s in SETTINGS.values() if s.control is not None}
    assert ("ratings",) in controlled
    assert set(NAMED) <= set(SETTINGS)


def test_the_interval_is_the_students_t():
    low, high = interval(np.array([1.0, 2.0, 3.0]))
    assert (low, high) == pytest.approx((-0.484, 4.484), abs=1e-3)


def test_the_page_pairs_settings_by_seed_and_counts_what_was_won_back(tmp_path):
    lines = dict(
        [
            line("plain", 0, 0.80, **attacked(0.4)),
            line("plain", 1, 0.70, **attacked(0.4)),
            line("card texts", 0, 0.85, **attacked(0.6)),
            line("card texts", 1, 0.77, **attacked(0.6)),
        ]
    )
    write_summary(lines, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "card texts − plain: +6.00 [" in page
    told = "card texts: written attacks together 44% (distractor 50%, paraphrase 0%, noisy 0%)"
    assert told.replace("44%", f"{0.4 / 1.8:.0%}") in page


def test_what_a_lesson_brings_is_divided_by_what_it_takes_to_ask():
    lines = [line("plain", 0, 0.80, **attacked(0.4)), line("rewrites", 0, 0.85, **attacked(0.7))]
    frame = pd.DataFrame([row for _, row in lines])
    *_, row, _ = knowledge(frame, {"rewrites": 2000.0}, "Here")
    assert "| 2,000 | +5.00 | +2.500 | +10.0 | +5.000 |" in row


def test_lessons_without_a_plan_have_no_such_table():
    frame = pd.DataFrame([line("plain", 0, 0.8, **attacked(0.4))[1]])
    assert list(knowledge(frame, {}, "Here")) == []
