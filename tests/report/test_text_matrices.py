"""Matrices of a text record: confused classes, and sources that say the same."""

import math

import pytest
from tests.report.conftest import HOSTILE
from tests.report.test_html import ALLOWED, Page
from tests.report.text_records import make_text_record

from tutelage.report.text_facts import AgreementFacts, ConfusedPair
from tutelage.report.text_html import render_text_report
from tutelage.report.text_matrices import agreement_matrix, confusion_matrix

PAIRS = (ConfusedPair("a", "b", 9, 6, 1), ConfusedPair("b", "c", 9, 0, 3),
         ConfusedPair("c", "a", 9, 2, 0))  # fmt: skip
ALIKE = (AgreementFacts("cards", "ratings", 0.31, 0.2, 0.4, 40),
         AgreementFacts("cards", "plain", -0.2, math.nan, math.nan, 40),
         AgreementFacts("ratings", "plain", 0.95, 0.9, 1.0, 30))  # fmt: skip


def test_a_row_is_what_texts_are_and_a_column_what_they_were_taken_for():
    found = confusion_matrix(PAIRS)
    assert found.names == ("a", "b", "c")
    assert [[cell.text for cell in row] for row in found.rows] == [
        ["", "6 → 1", "·"],
        ["·", "", "0 → 3"],
        ["2 → 0", "·", ""],
    ]


def test_a_cell_is_as_dark_as_the_errors_that_remain():
    rows = confusion_matrix(PAIRS).rows
    assert (rows[0][1].level, rows[1][2].level, rows[2][0].level) == (1, 3, 0)


def test_the_classes_with_most_errors_are_kept():
    many = tuple(ConfusedPair(f"c{n:02}", f"c{n + 1:02}", 50, n, n) for n in range(1, 20))
    found = confusion_matrix(many)
    assert len(found.names) == 8
    assert found.names == tuple(f"c{n}" for n in range(12, 20))  # c20 stands in one pair only


def test_two_classes_or_two_sources_make_no_matrix():
    assert confusion_matrix(PAIRS[:1]) is None
    assert confusion_matrix(()) is None
    assert agreement_matrix(ALIKE[:1]) is None
    assert agreement_matrix(()) is None


def test_agreement_stands_on_both_sides_of_the_diagonal():
    found = agreement_matrix(ALIKE)
    assert found.names == ("cards", "ratings", "plain")
    assert found.rows[0][1] == found.rows[1][0]
    assert (found.rows[0][1].text, found.rows[0][1].below) == ("+0.31", "0.20 to 0.40")
    assert [found.rows[n][n].text for n in range(3)] == ["", "", ""]


def test_what_does_not_agree_is_not_shaded_and_has_no_interval_where_there_is_none():
    found = agreement_matrix(ALIKE)
    assert (found.rows[0][2].text, found.rows[0][2].below, found.rows[0][2].level) == (
        "−0.20",
        "",
        0,
    )
    assert found.rows[1][2].level == 5


def test_the_page_has_both_and_counts_its_texts():
    page = render_text_report(make_text_record(confused=PAIRS, agreement=ALIKE))
    assert page.count('class="matrix"') == 2
    assert "6 → 1" in page
    assert "Over 30 to 40 texts." in page


def test_a_long_list_of_pairs_is_cut_and_the_page_says_so():
    many = tuple(ConfusedPair(f"c{n}", f"d{n}", 50, 20 - n, 1) for n in range(15))
    page = render_text_report(make_text_record(confused=many))
    assert "10 of 15 pairs; the record has all." in page


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_classes_and_sources_are_data(name):
    confused = (*PAIRS, ConfusedPair(name, "a", 9, 9, 9))
    alike = (*ALIKE, AgreementFacts(name, "plain", 0.3, 0.2, 0.4, 40))
    page = render_text_report(make_text_record(confused=confused, agreement=alike))
    assert set(Page(page).tags) <= ALLOWED


def test_columns_of_prices_are_left_out_where_no_answer_has_one():
    record = make_text_record()
    free = [type(one)(**{**one.__dict__, "recorded_usd": 0.0}) for one in record.lessons]
    assert "points per dollar" in render_text_report(record)
    assert "points per dollar" not in render_text_report(make_text_record(lessons=tuple(free)))
