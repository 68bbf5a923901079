"""The page in a real browser: it fits, loads nothing, runs nothing, and works by keyboard."""

import pytest

from tutelage.report import write_report

pytestmark = pytest.mark.slow

OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
OUTSIDE = """
[...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().width).flatMap(s => {
  const frame = s.getBoundingClientRect();
  return [...s.querySelectorAll('text')].filter(t => {
    const box = t.getBoundingClientRect();
    return box.left < frame.left - 2 || box.right > frame.right + 2
        || box.top < frame.top - 2 || box.bottom > frame.bottom + 2;
  }).map(t => t.textContent);
})
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory, record, hostile_record, empty_record):
    folder = tmp_path_factory.mktemp("pages")
    records = {"plain": record, "hostile": hostile_record, "empty": empty_record}
    return {name: write_report(r, folder / f"{name}.html") for name, r in records.items()}


every_page = pytest.mark.parametrize("name", ["plain", "hostile", "empty"])
widths = pytest.mark.parametrize("width", [1280, 390])


@every_page
@widths
def test_nothing_sticks_out_of_the_page(browser, pages, name, width):
    browser.open(pages[name], width)
    browser.ask(OPEN_ALL)
    root = "document.documentElement"
    assert browser.ask(f"{root}.scrollWidth - {root}.clientWidth") == 0


@every_page
@widths
def test_no_word_of_a_chart_is_cut(browser, pages, name, width):
    browser.open(pages[name], width)
    assert browser.ask(OUTSIDE) == []


@every_page
def test_nothing_is_loaded_and_nothing_runs(browser, pages, name):
    browser.open(pages[name], 1280)
    asked = [event["request"]["url"] for event in browser.heard("Network.requestWillBeSent")]
    assert [url for url in asked if not url.endswith(f"{name}.html")] == []
    assert browser.heard("Page.javascriptDialogOpening") == []
    assert browser.ask("document.scripts.length + document.images.length") == 0


@widths
def test_one_size_of_each_chart_is_seen(browser, pages, width):
    browser.open(pages["plain"], width)
    seen = browser.ask(
        "[...document.querySelectorAll('figure')].map(f => [...f.querySelectorAll('svg')]"
        ".filter(s => s.getBoundingClientRect().width > 0).length)"
    )
    assert set(seen) == {1}
    assert len(seen) == 5


def test_a_dark_page_has_light_letters(browser, pages):
    colors = {}
    for dark in (False, True):
        browser.open(pages["plain"], 1280, dark)
        style = "getComputedStyle(document.body)"
        colors[dark] = browser.ask(f"[{style}.color, {style}.backgroundColor]")
    (ink, paper), (dark_ink, dark_paper) = colors[False], colors[True]
    assert _luminance(ink) < 0.15 < 0.9 < _luminance(paper)
    assert _luminance(dark_paper) < 0.15 < 0.7 < _luminance(dark_ink)


def test_the_chart_follows_the_color_scheme(browser, pages):
    fills = set()
    for dark in (False, True):
        browser.open(pages["plain"], 1280, dark)
        fills.add(browser.ask("getComputedStyle(document.querySelector('.wide text')).fill"))
    assert len(fills) == 2


def test_details_open_by_keyboard(browser, pages):
    browser.open(pages["plain"], 1280)
    assert not browser.ask("document.querySelector('details').open")
    browser.ask("document.querySelector('summary').focus()")
    browser.press("Enter", 13)
    assert browser.ask("document.querySelector('details').open")


def test_the_first_screen_holds_verdict_numbers_and_cost(browser, pages):
    browser.open(pages["plain"], 1280)
    bottoms = browser.ask(
        "['.verdict', '.figures', '.alarm'].map("
        "s => document.querySelector(s).getBoundingClientRect().bottom)"
    )
    assert max(bottoms) < 900
    assert "Cost of asking" in browser.ask("document.querySelector('.figures').innerText")
    assert len(browser.picture()) > 10_000


def _luminance(color):
    channels = [int(part) for part in color.removeprefix("rgb(").rstrip(")").split(",")]
    return sum(channels) / 765
