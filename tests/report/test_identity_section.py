"""What the page of a text job says of words for groups of people, in sentences and tables."""

import math

import pytest
from tests.report.conftest import HOSTILE
from tests.report.test_html import ALLOWED, Page
from tests.report.text_records import make_text_record

from tutelage.evaluation.counterfactual_values import Interval, SwapChange, SwapReport, SwapRow
from tutelage.evaluation.identity_found import FoundTerm
from tutelage.evaluation.identity_scores import GroupStrength
from tutelage.report.identity_facts import IdentityFacts, SourceStrengths, StudentSwaps
from tutelage.report.identity_section import identity_section
from tutelage.report.text_html import render_text_report
from tutelage.report.text_record import TextRecord

NONE = Interval(math.nan, math.nan, math.nan)


def facts(name="women", **changed):
    rows = (
        SwapRow("gender", "(any)", "(any)", 40, Interval(0.25, 0.1, 0.4), NONE, "", NONE),
        SwapRow("gender", name, "men", 12, Interval(0.5, 0.2, 0.8), Interval(0.3, 0.1, 0.5),
                "bad", Interval(-0.3, -0.4, -0.2)),
    )  # fmt: skip
    swaps = SwapReport(rows, 60, 45, 100, 2000, 0)
    strengths = (
        GroupStrength("bad", "gender", name, ("she",), 7, 0.9, 0.5, 0.3, 0.7),
        GroupStrength("good", "gender", "silent", ("he",), 3, 0.0, -0.4, -0.5, -0.3),
    )
    values = {
        "n_terms": 120,
        "found": (FoundTerm("gender", name, "she", 9, 8, 7, 1, 2), FoundTerm("age", "old", "old")),
        "strengths": (SourceStrengths("word ratings", strengths),),
        "swaps": (StudentSwaps("plain", swaps), StudentSwaps("rewrites", swaps)),
        "changes": (SwapChange("gender", "flips", 0.25, 0.5, -0.25, -0.4, -0.1),),
        "note": "Swaps were tried on 45 texts.",
    }
    return IdentityFacts(**(values | changed))


def page_of(found):
    return render_text_report(make_text_record(identity=found))


def test_the_page_has_terms_scores_swaps_and_a_warning_at_the_top():
    page = page_of(facts())
    top, section = page[: page.index("<nav")], page[page.index('<section id="identity"') :]
    assert "lessons score or name 1 identity term (she)" in top
    assert 'class="alarm"><a href="#identity"' in top
    for text in ("she", "gender: women", "+0.90", "+0.30 to +0.70", "0.250", "bad −0.300",
                 "rewrites against plain", "less", "tried on 45 texts",
                 "rest on few texts"):  # fmt: skip
        assert text in section, text
    assert "silent" not in section  # scored 0 everywhere


def test_the_switch_that_removes_the_terms_is_named_once():
    told = identity_section(facts()).switch
    assert "run again with --drop-identity-terms" in told
    after = identity_section(facts(left_out=True))
    assert "--drop-identity-terms kept these terms from the students" in after.switch
    assert "they were left out of what the students were taught" in after.first


def test_terms_in_texts_alone_are_a_line_at_the_top_and_no_alarm():
    found = facts(found=(FoundTerm("gender", "women", "she", 9, 8),), strengths=(), changes=())
    section = identity_section(found)
    assert section.first == ("The texts name 1 identity term (she); no lesson scores or names one.")
    assert not section.is_alarm
    assert "nothing that --drop-identity-terms would remove" in section.switch
    assert 'class="note"><a href="#identity"' in page_of(found)


def test_a_student_that_moves_more_than_the_plain_one_is_an_alarm_without_any_lesson():
    more = SwapChange("gender", "moved", 0.5, 0.25, 0.25, 0.1, 0.4)
    quiet = (FoundTerm("gender", "women", "she", 9, 8),)
    assert identity_section(facts(found=quiet, changes=(more,))).is_alarm
    assert not identity_section(facts(found=quiet)).is_alarm


def test_no_term_is_one_line_and_nothing_at_the_top():
    page = page_of(IdentityFacts(120))
    assert page.count("None of 120 identity terms stands in the texts or in the lessons.") == 1
    top = page[: page.index("<nav")]
    assert "#identity" not in top


def test_a_record_of_before_has_no_section():
    assert identity_section(None) is None
    assert "identity" not in render_text_report(make_text_record(command="tutelage fit"))


def test_a_long_list_is_cut_and_the_page_says_so():
    many = tuple(FoundTerm("age", "old", f"term{n}", 1, 0, 1) for n in range(40))
    section = identity_section(facts(found=many))
    assert len(section.tables[0].lines) == 30
    assert "30 of 40 terms are shown; the record has all." in section.notes
    assert "40 identity terms (term0, term1, term2, term3, term4, term5, ...)" in section.first


def test_the_audit_comes_back_from_the_record_file_as_it_was():
    record = make_text_record(identity=facts())
    again = TextRecord.from_dict(record.to_dict())
    assert again.to_dict() == record.to_dict()
    assert isinstance(again.identity, IdentityFacts)
    assert render_text_report(again) == render_text_report(record)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_groups_are_data(name):
    page = page_of(facts(name))
    assert set(Page(page).tags) <= ALLOWED
