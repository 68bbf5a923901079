"""The record and the page of a job without labels: whole, honest, inert whatever texts hold."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from tests.report.conftest import HOSTILE
from tests.report.test_html import ALLOWED, Page
from tests.report.text_records import Model

from tutelage.errors import InputError
from tutelage.evaluation import compare_on_rows, evaluate
from tutelage.evaluation.rationale_quality import rationale_quality
from tutelage.lessons import Rationale
from tutelage.report.record_file import read_record_values
from tutelage.report.text_facts import LessonFacts, TextModelFacts, VariantFacts
from tutelage.report.unlabelled_facts import LabelledClass, ShownLesson, UnlabelledDataFacts
from tutelage.report.unlabelled_html import render_unlabelled_report, write_unlabelled_report
from tutelage.report.unlabelled_record import UnlabelledRecord
from tutelage.report.unlabelled_view import headline_figures, quality_rows

BARE = UnlabelledRecord("What is wanted?", UnlabelledDataFacts(("text",), 9, n_labelled=9))


def make_record(text="cancel my card", label="cancel_card", other="lost_card", **changed):
    texts, truth = [text] * 12, np.array([label, other] * 6)
    models = {
        "student": Model([label, other], [0.9, 0.2]),
        "labels only": Model([label, other], [0.2, 0.2]),
        "majority class": Model([label, other], [0.9, 0.8]),
    }
    lessons = [
        Rationale.of(text, label, f"The text says {text} and that decides it."),
        Rationale.of(text, None),
    ]
    values = {
        "title": f"What is wanted? {text}",
        "data": UnlabelledDataFacts(
            (text,), 40, 2, 30, 0.5, 3, 4, f"12 labelled texts of {text}.csv", 12,
            f"data/{text}.csv", "0f" * 32,
        ),
        "classes": (
            LabelledClass(label, f"wants {text}", 20, 10, 8, 6, 1500, 0.012),
            LabelledClass(other, "", 0, 0, 0, 6),
        ),
        "asked": LessonFacts(
            "rationales", "asked", f"told by {label}", 30, 90, 10, 1500, 500, 0.01, 0.02, 0.03, 5.0,
            label, "rationale/v1", f"Decide about {text}", f"It is {text}",
        ),
        "cards": LessonFacts(
            "cards", "asked", f"said of {label}", 2, 1, 0, 400, 100, 0.001, 0.005, 0.004, 1.5,
            label, "class_cards/v1", f"Describe {text}", f"{text} is {label}",
        ),
        "quality": rationale_quality(lessons, [label, other]),
        "shown": (
            ShownLesson(text, "a training text", label, f"for {text}", 2 / 3, True, said=other,
                        written=f"because {text}"),
            ShownLesson(text, "a training text"),
            ShownLesson(text, "a labelled text, wrong", truth=label, said=other),
        ),
        "model": TextModelFacts("RationaleStudent", "minilm", text, settings={label: text}),
        "variants": tuple(
            VariantFacts(
                name, f"{name} of {text}",
                ("rationales", "cards") if name == "student" else ("rationales",),
                37 if name == "student" else 30, 70, 3.2,
                evaluate(model, texts, truth, ("accuracy", "log_loss"), n_bootstrap=100).estimates,
            )
            for name, model in models.items()
        ),
        "gains": tuple(
            compare_on_rows(
                models["student"], models[name], texts, truth, "accuracy", names=("student", name),
            )
            for name in ("majority class", "labels only")
        ),
        "teacher": evaluate(models["student"], texts, truth, "accuracy", n_bootstrap=100)[
            "accuracy"
        ],
        "warnings": (f"The text {text} looks like an order.",),
        "seed": 7,
        "timings": {"asking": 1.5},
        "command": f"tutelage fit {text!r} --classes {label!r}",
    }  # fmt: skip
    return UnlabelledRecord(**(values | changed))


@pytest.fixture(scope="module")
def records():
    return {
        "plain": make_record(),
        "empty": BARE,
        **{
            f"hostile {n}": make_record(text, label=text[::-1], other=f"no {text}")
            for n, text in enumerate(HOSTILE)
        },
    }


@pytest.fixture(scope="module")
def pages(records):
    return {name: render_unlabelled_report(record) for name, record in records.items()}


every_page = pytest.mark.parametrize(
    "name", ["plain", "empty", *(f"hostile {n}" for n in range(len(HOSTILE)))]
)


@every_page
def test_a_record_comes_back_from_its_file_as_it_was(records, name, tmp_path):
    path = records[name].save(tmp_path / "record.json")
    again = UnlabelledRecord.from_dict(read_record_values(path))
    assert again.to_dict() == records[name].to_dict()
    assert again.gains == records[name].gains


def test_a_record_of_another_kind_or_version_is_refused():
    values = BARE.to_dict()
    with pytest.raises(InputError, match='"format": "tutelage-unlabelled-record", got \'other\''):
        UnlabelledRecord.from_dict({**values, "format": "other"})
    with pytest.raises(InputError, match="version 1, got 9"):
        UnlabelledRecord.from_dict({**values, "schema_version": 9})
    with pytest.raises(InputError, match="varants is not known; did you mean 'variants'"):
        UnlabelledRecord.from_dict({**values, "varants": []})


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


def words_of(page):
    return " ".join("".join(Page(page).words).split())


def test_a_script_in_a_text_a_label_or_a_reason_is_shown_as_text():
    script = "<script>alert(1)</script>"
    page = render_unlabelled_report(make_record(f"pay {script} now", label=script))
    assert "<script" not in page
    assert words_of(page).count(script) > 5


def test_the_headline_is_the_accuracy_and_the_points_over_the_majority_class(records):
    assert records["plain"].headline.startswith(
        "Accuracy 1.000 (95 % interval 1.000 to 1.000) on 12 labelled texts, +50.0 points over the "
        "majority class (95 % interval +"
    )


def test_without_labelled_texts_the_page_says_that_nothing_was_measured(pages):
    assert BARE.headline.startswith("Nothing was measured")
    told = words_of(pages["empty"])
    assert "how often the teacher is right is not known" in told
    assert "Accuracy" not in told


def test_a_point_costs_all_answers_over_the_points_gained(records):
    price = records["plain"].price
    assert (price.points, price.usd, price.tokens) == pytest.approx((50, 0.025 / 50, 2500 / 50))


def test_without_a_price_or_without_a_gain_no_cost_per_point_is_claimed(records):
    free = make_record(
        asked=LessonFacts("rationales", "asked", n_calls=3, tokens_in=60),
        cards=LessonFacts("cards", "read", n_calls=1, tokens_in=40),
    )
    assert math.isnan(free.price.usd)
    assert free.price.tokens == 2
    names = [figure.name for figure in headline_figures(free)]
    assert "Tokens per point of accuracy" in names
    gain = records["plain"].gains[0]
    for difference in (-0.1, 0.0):
        worse = make_record(gains=(replace(gain, difference=difference, low=-0.2, high=0.1),))
        assert math.isnan(worse.price.tokens)
        assert math.isnan(worse.price.usd)
        told = words_of(render_unlabelled_report(worse))
        assert "gained no point over the majority class, so there is no cost per point" in told
        assert "no point gained over the majority class" in told
    assert BARE.price is None


def test_the_page_says_what_class_cards_gave_took_and_brought(records, pages):
    told = words_of(pages["plain"]).replace("\xa0", " ")
    sentence = "2 class cards (500 tokens) gave 7 phrases to learn from: +50.0 points over labels"
    assert records["plain"].cards_told.startswith(sentence)
    assert told.count(sentence) == 2  # where it was measured, and where it was asked
    assert "both students started from the same seed and took the same 70 steps" in told.lower()
    assert "the student also from 7 phrases of the teacher's class cards" in told
    assert "Together 91 calls, 2,500 tokens" in told


def test_cards_that_did_not_come_are_named_with_the_reason():
    skipped = LessonFacts("cards", "skipped", "the budget is spent")
    page = words_of(render_unlabelled_report(make_record(cards=skipped, variants=())))
    assert "not asked for; the budget is spent" in page
    assert "phrases to learn from" not in page
    assert "Class cards" not in words_of(render_unlabelled_report(BARE))


def test_without_labelled_texts_it_is_not_known_what_cards_brought(records):
    alone = replace(records["plain"], gains=(), variants=records["plain"].variants[:1])
    assert alone.cards_told.endswith("gave 7 phrases to learn from; what they brought was not "
                                     "measured.")  # fmt: skip


def test_rows_that_were_left_out_are_counted(pages):
    told = words_of(pages["plain"])
    assert "40 rows: 2 without a text, 8 without a verdict" in told
    assert "asked for 10 texts and came for 8" in told
    assert "asked about 3 times; the answers differ on 4" in told


def test_texts_stand_with_what_teacher_and_student_say(pages):
    told = words_of(pages["plain"])
    assert "cancel_card, in 67 % of its answers" in told.replace("\xa0", " ")
    assert "for cancel my card (written when told the label)" in told
    assert "because cancel my card (generated text, not an attribution)" in told
    assert "no verdict" in told


def test_the_teachers_own_accuracy_is_told_only_where_it_was_asked(pages):
    assert "The teacher itself is right on 1.000" in words_of(pages["plain"])
    unknown = render_unlabelled_report(make_record(teacher=None))
    assert "so its own accuracy is not known" in words_of(unknown)


def test_properties_of_the_reasons_are_shares_of_them(records):
    rows = {title: value for title, value, _ in quality_rows(records["plain"])}
    assert rows["words"] == "10.0"
    assert rows["copied from the text"] == "30\xa0%"
    assert quality_rows(BARE) == []


def test_the_page_is_written_whole(records, tmp_path):
    path = write_unlabelled_report(records["plain"], tmp_path / "page.html")
    assert path.read_text() == render_unlabelled_report(records["plain"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "empty", "hostile 4"])
@pytest.mark.parametrize("width", [1280, 500, 390])
def test_nothing_sticks_out_of_the_page(browser, records, tmp_path, name, width):
    browser.open(write_unlabelled_report(records[name], tmp_path / f"{name[0]}.html"), width)
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    root = "document.documentElement"
    assert browser.ask(f"{root}.scrollWidth - {root}.clientWidth") == 0
    assert browser.ask("document.scripts.length + document.images.length") == 0
    asked = [event["request"]["url"] for event in browser.heard("Network.requestWillBeSent")]
    assert [url for url in asked if not url.endswith(".html")] == []
