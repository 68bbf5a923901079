"""The record and the page of a text job: whole, honest, inert whatever the texts hold."""

import json
import re

import pytest
from tests.report.conftest import HOSTILE
from tests.report.test_html import ALLOWED, Page
from tests.report.text_records import make_text_record

from tutelage.errors import InputError
from tutelage.report.record_file import read_record_values
from tutelage.report.text_facts import LessonFacts, TextDataFacts
from tutelage.report.text_html import render_text_report, write_text_report
from tutelage.report.text_record import TextRecord
from tutelage.report.text_view import brought, errors_of, headline_figures, marked

BARE = TextRecord("What is wanted?", TextDataFacts("text", "intent", 9))


@pytest.fixture(scope="module")
def records():
    return {
        "plain": make_text_record(),
        "empty": BARE,
        **{
            f"hostile {n}": make_text_record(text, label=text[::-1], other=f"no {text}")
            for n, text in enumerate(HOSTILE)
        },
    }


@pytest.fixture(scope="module")
def pages(records):
    return {name: render_text_report(record) for name, record in records.items()}


every_page = pytest.mark.parametrize(
    "name", ["plain", "empty", *(f"hostile {n}" for n in range(len(HOSTILE)))]
)


@every_page
def test_a_text_record_comes_back_from_its_file_as_it_was(records, name, tmp_path):
    path = records[name].save(tmp_path / "record.json")
    again = TextRecord.from_dict(read_record_values(path))
    assert again.to_dict() == records[name].to_dict()
    assert again.gains == records[name].gains


def test_a_record_of_another_kind_or_version_is_refused():
    values = BARE.to_dict()
    with pytest.raises(InputError, match='"format": "tutelage-text-record", got \'other\''):
        TextRecord.from_dict({**values, "format": "other"})
    with pytest.raises(InputError, match="version 1, got 9"):
        TextRecord.from_dict({**values, "schema_version": 9})
    with pytest.raises(InputError, match="varants is not known; did you mean 'variants'"):
        TextRecord.from_dict({**values, "varants": []})


def test_the_file_is_json_that_any_reader_takes(records, tmp_path):
    path = records["plain"].save(tmp_path / "record.json")

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    json.loads(path.read_text(), parse_constant=refuse)


@every_page
def test_the_page_is_balanced_and_holds_only_harmless_elements(pages, name):
    assert set(Page(pages[name]).tags) <= ALLOWED


@every_page
def test_nothing_refers_to_the_outside_and_nothing_runs(pages, name):
    page = Page(pages[name])
    assert all(value.startswith("#") for value in page.values("href"))
    names = {attribute for _, attribute, _ in page.attributes}
    assert not names & {"src", "srcset", "action", "data", "poster", "background", "formaction"}
    assert not [attribute for attribute in names if attribute.startswith("on")]
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', pages[name])
    assert policy.startswith("default-src 'none';")
    assert "script" not in policy


@every_page
def test_ids_are_unique_and_what_is_referred_to_exists(pages, name):
    page = Page(pages[name])
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    used = [value[1:] for value in page.values("href")]
    used += [part for value in page.values("aria-labelledby") for part in value.split()]
    assert set(used) <= set(ids)


def test_a_script_in_a_text_or_a_label_is_shown_as_text():
    script = "<script>alert(1)</script>"
    text = render_text_report(make_text_record(f"pay {script} now", label=script))
    assert "<script" not in text
    words = "".join(Page(text).words)
    assert words.count(script) > 5


def test_what_a_lesson_brought_is_told_per_dollar_and_per_thousand_tokens(records):
    [row] = brought(records["plain"])
    assert row.name == "rewrites"
    assert row.points == pytest.approx(50)
    assert row.points_per_usd == pytest.approx(50 / 0.02)
    assert row.points_per_1000_tokens == pytest.approx(50 / 2)


def test_a_lesson_that_cost_nothing_has_no_rate(records, pages):
    free = make_text_record(lessons=(LessonFacts("rewrites", "read", n_lessons=3),))
    [row] = brought(free)
    assert str(row.points_per_usd) == "nan"
    assert "inf" not in render_text_report(free).split("</style>")[1]


def test_the_headline_is_the_paired_gain_of_the_kept_student(records):
    record = records["plain"]
    assert record.headline.startswith(
        "The teacher's lessons helped: accuracy 0.500 without, 1.000 with them, +0.500 (95 % interv"
    )
    assert "claims nothing" in BARE.headline
    figures = {figure.name: figure.value for figure in headline_figures(record)}
    assert figures == {
        "Accuracy, final model": "1.000",
        "Gain over the plain student": "+0.500",
        "Cost of asking": "$0",
    }


def test_errors_are_counted_per_model(records):
    assert errors_of(records["plain"]) == {"plain": 6, "rewrites": 0}


def test_words_are_coloured_by_sign_and_share_of_the_strongest(records):
    (source, pieces), (_, cut) = marked(records["plain"].shown[0])
    assert source.source == "word ratings"
    assert "".join(piece.text for piece in pieces) == "cancel my card"
    words = [(piece.text, piece.level) for piece in pieces if piece.is_word]
    assert words == [("cancel", -5), ("my", 3), ("card", None)]
    assert "".join(piece.text for piece in cut) == "cancel my card"


def test_both_attributions_are_named_and_their_being_the_same_is_a_warning(pages):
    words = " ".join("".join(Page(pages["plain"]).words).split())
    assert "The words are named by integrated_gradients" in words
    assert "plain on no attribution" in words
    assert "rewrites was trained on integrated_gradients" in words
    assert "an explanation can come to look better" in words


def test_what_was_not_asked_for_is_told_with_the_reason(pages):
    words = "".join(Page(pages["plain"]).words)
    assert "Not asked for: not bought: cancel my card." in words


def test_the_page_is_written_whole(records, tmp_path):
    path = write_text_report(records["plain"], tmp_path / "page.html")
    assert path.read_text() == render_text_report(records["plain"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "empty", "hostile 4"])
@pytest.mark.parametrize("width", [1280, 500, 390])
def test_nothing_sticks_out_of_the_page(browser, records, tmp_path, name, width):
    browser.open(write_text_report(records[name], tmp_path / f"{name[0]}.html"), width)
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    root = "document.documentElement"
    assert browser.ask(f"{root}.scrollWidth - {root}.clientWidth") == 0
    assert browser.ask("document.scripts.length + document.images.length") == 0
    asked = [event["request"]["url"] for event in browser.heard("Network.requestWillBeSent")]
    assert [url for url in asked if not url.endswith(".html")] == []


@pytest.mark.slow
def test_coloured_words_can_be_read_on_dark_and_on_light_pages(browser, records, tmp_path):
    page = write_text_report(records["plain"], tmp_path / "page.html")
    colors = set()
    for dark in (False, True):
        browser.open(page, 1280, dark)
        colors.add(browser.ask("getComputedStyle(document.querySelector('.w.p3')).backgroundColor"))
    assert len(colors) == 2
    assert "rgba(0, 0, 0, 0)" not in colors
