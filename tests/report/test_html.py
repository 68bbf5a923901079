"""The page as text: self-contained, escaped, whole, whatever the names."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tutelage.evaluation.curve_result import CurvePoint
from tutelage.report import render_report
from tutelage.report.view import headline_figures, troubles, weight_rows

VOID = {"meta", "br", "hr", "img", "input", "link", "source", "col"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "a", "main", "header", "p", "h1", "h2",
    "h3", "dl", "dt", "dd", "div", "b", "span", "nav", "ol", "ul", "li", "section", "figure",
    "figcaption", "table", "thead", "tbody", "tr", "th", "td", "small", "details", "summary",
    "pre", "code", "bdi", "footer", "svg", "desc", "g", "path", "use", "defs", "text", "clippath",
    "rect",
}  # fmt: skip


class Page(HTMLParser):
    """Collects tags, attributes and the text of a page, and checks that tags are balanced."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> out of place"

    def handle_data(self, data):
        self.words.append(data)

    def values(self, wanted):
        return [value for _, name, value in self.attributes if name == wanted]


@pytest.fixture(scope="module")
def texts(record, hostile_record, empty_record):
    records = {"plain": record, "hostile": hostile_record, "empty": empty_record}
    return {name: render_report(one) for name, one in records.items()}


every_page = pytest.mark.parametrize("name", ["plain", "hostile", "empty"])


@every_page
def test_the_page_is_balanced_and_holds_only_harmless_elements(texts, name):
    assert set(Page(texts[name]).tags) <= ALLOWED


@every_page
def test_nothing_refers_to_the_outside(texts, name):
    page = Page(texts[name])
    assert all(value.startswith("#") for value in page.values("href"))
    loaders = {"src", "srcset", "action", "data", "poster", "background", "ping", "formaction"}
    names = {attribute for _, attribute, _ in page.attributes}
    assert not names & loaders
    assert not [attribute for attribute in names if attribute.startswith("on")]
    for style in page.values("style") + page.values("clip-path"):
        assert re.fullmatch(r"(?:[^()]|var\([\w-]+\)|url\(#[\w-]+\))*", style), style
    sheet = texts[name].split("<style>")[1].split("</style>")[0]
    assert "url(" not in sheet
    assert "@import" not in sheet


@every_page
def test_the_policy_forbids_scripts_and_the_network(texts, name):
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', texts[name])
    assert policy.startswith("default-src 'none';")
    assert "script" not in policy


@every_page
def test_ids_are_unique_and_what_is_referred_to_exists(texts, name):
    page = Page(texts[name])
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    used = [value[1:] for value in page.values("href")]
    used += [part for value in page.values("aria-labelledby") for part in value.split()]
    used += [value[5:-1] for value in page.values("clip-path")]
    assert set(used) <= set(ids)


@every_page
def test_no_stand_in_color_is_left(texts, name):
    assert not [
        style for style in Page(texts[name]).values("style") if "#" in style.split("url(#")[0]
    ]


def test_hostile_names_are_shown_as_what_they_are(texts):
    words = "".join(Page(texts["hostile"]).words)
    assert "<script>alert(1)</script>" in words
    assert "\"quoted\" 'twice' & <b>bold</b>" in words
    assert "emoji 😀 {{ 7*7 }} $x_1$ {% raw %}" in words
    assert "two↵lines and a \N{REPLACEMENT CHARACTER}turned end" in words
    assert "x" * 59 + "…" in words
    assert "x" * 301 not in words
    assert "49" not in re.findall(r"emoji \S+ (\d+)", words)


def test_a_hostile_failure_message_is_shown_as_text(texts):
    assert "ValueError: no &lt;b&gt;luck&lt;/b&gt; with" in texts["hostile"]


def test_the_page_is_the_same_each_time(record, texts):
    assert render_report(record) == texts["plain"]


def test_an_empty_record_says_what_was_not_done(texts):
    words = " ".join("".join(Page(texts["empty"]).words).split())
    for sentence in (
        "No learning curve was measured.",
        "The model was trained without a teacher.",
        "The final model was not scored on rows of its own.",
        "No row was explained.",
        "No teacher was asked.",
        "None: the checks on the table and on the prior found nothing suspicious.",
    ):
        assert sentence in words


def test_the_page_holds_the_evidence_in_words(record, texts):
    words = " ".join(" ".join(Page(texts["plain"]).words).split())
    for expected in (
        "The prior ",
        "ROC AUC, final model",
        "Cost of asking $0.0004 5 questions, 4 from the store",
        "Column 'age' leaks.",
        "How strongly does age speak?",
        "job = clerk",
        "Scored on rows of age.",
        "opposite sign",
        "0f0f0f",
        "tutelage fit 'age'",
        "14 of 14 fits failed",
        "2026-01-02T03:04:05+00:00",
    ):
        assert expected in words, expected


def test_a_wide_prior_is_cut_and_says_so(record):
    entries = tuple(
        replace(record.prior[0], column=f"column {i}", mean=i / 400) for i in range(400)
    )
    text = render_report(replace(record, prior=entries))
    assert "The 20 strongest of 400 scores" in text
    assert "The first 300 of 400" in text
    assert "column 399" in text  # the strongest is in the chart, though not in the table


@pytest.mark.parametrize(
    "without",
    ["curve", "evaluation", "trust"],
)
def test_each_part_may_be_missing(record, without):
    assert Page(render_report(replace(record, **{without: None}))).tags
    assert headline_figures(replace(record, **{without: None}))


def test_a_weight_against_the_teacher_is_marked(record):
    opposed = {row["weight"].column for row in weight_rows(record) if row["opposed"]}
    assert opposed == {"weight", "height"}


def test_troubles_count_failures_and_collapses(record):
    sentences = troubles(record.curve)
    assert any("teacher alone: 14 of 14 fits collapsed" in s for s in sentences)
    assert any("age: 14 of 14 fits failed" in s for s in sentences)
    fine = CurvePoint("no prior", 2, 0, {}, 0.1, False)
    assert troubles(replace(record.curve, points=(fine,))) == []


def test_text_is_legible_on_both_papers():
    sheet = (Path(__file__).parents[2] / "src/tutelage/report/templates/style.css").read_text()
    light, dark = sheet.split("@media (prefers-color-scheme: dark)")[:2]
    for block in (light, dark[: dark.index("* {")]):
        colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for name in ("ink", "muted", "alarm", *(f"series-{n}" for n in range(1, 9))):
            assert _contrast(colors[name], colors["paper"]) >= 4.5, name


def _contrast(one, other):
    """Return the contrast ratio of WCAG 2."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
