"""How firm a teacher's scores are, on the page of a text job and on that of a table."""

import math

import pytest
from tests.report.conftest import HOSTILE
from tests.report.test_html import ALLOWED, Page
from tests.report.text_records import make_text_record

from tutelage.evaluation.prior_variation import PriorVariation, VariedRow
from tutelage.evaluation.run import Estimate
from tutelage.report.facts import PriorEntry
from tutelage.report.text_html import render_text_report
from tutelage.report.text_record import TextRecord
from tutelage.report.variation_section import variation_of_entries, variation_section

SPREAD = Estimate("spread", "Spread", "lower", 0.07, 0.05, 0.09, 60, "")


def varied(name="small", **changed):
    row = VariedRow("teacher", name, "large", 0.51, 0.42, 0.63, math.nan, 72)
    values = {"rows": (row,), "spread": SPREAD, "taught": name, "not_varied": ("masks", "repeats")}
    return PriorVariation(**(values | changed))


def test_a_text_report_shows_what_was_varied_and_what_was_not():
    page = render_text_report(make_text_record(variation=varied()))
    for text in ("small and large", "0.51", "0.42 to 0.63", "masks, repeats", "7\u00a0%",
                 "60 texts", "taught the scores of small", "95\u00a0% interval"):  # fmt: skip
        assert text in page, text
    assert 'href="#sensitivity"' in page


def test_nothing_varied_is_no_section():
    assert variation_section(None) is None
    assert "sensitivity" not in render_text_report(make_text_record())


def test_mixed_scores_are_said_to_be_the_last_of_the_file():
    assert "the last scores" in variation_section(varied(taught="")).notes[-1]


def test_the_comparison_comes_back_from_the_record_file_as_it_was():
    record = make_text_record(variation=varied())
    assert TextRecord.from_dict(record.to_dict()).to_dict() == record.to_dict()


def entries(*answers):
    return tuple(PriorEntry("yes", f"c{n}", None, 0.1, 0.1, own) for n, own in enumerate(answers))


def test_a_table_shows_the_least_and_the_greatest_of_its_answers():
    known = entries((0.1, 0.2, 0.9), (0.2, 0.3, 0.5), (0.3, 0.4, 0.1))
    section = variation_of_entries(known, {"teacher": "a", "prompt": "feature_scores/v2"})
    assert section.table.lines[0] == [
        "repeats", "one answer and another", "-0.33", "-1.00 to 1.00", "–", "3",
    ]  # fmt: skip
    assert "least to greatest" in section.table.head
    assert section.table.lines[1][:2] == [
        "not varied", "teacher, wording of the prompt, order of the labels",
    ]  # fmt: skip


def test_a_table_with_one_answer_an_entry_says_nothing():
    assert variation_of_entries(entries((0.1,), (0.2,), (0.3,)), {}) is None
    assert variation_of_entries((), {}) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_teachers_are_data(name):
    page = render_text_report(make_text_record(variation=varied(name)))
    assert set(Page(page).tags) <= ALLOWED
