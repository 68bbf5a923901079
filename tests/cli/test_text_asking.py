"""plan and teach about texts, and what a budget must hold."""

import json

import pytest
from tests.cli.text_cases import TASK, write_tape, write_texts

from tutelage.cli.text_asking import needed_usd
from tutelage.lessons import load_lessons
from tutelage.teacher.plan import Interval, Plan


@pytest.fixture
def about(tmp_path):
    """The words of a command about the texts, up to its options."""
    data = write_texts(tmp_path / "train.csv")
    return (data, "--target", "intent", "--text", "said", "--task", TASK)


def plan_of(n_calls, high, worst):
    spans = (Interval(0, 0, 0), Interval(0, 0, 0), Interval(0, high / 2, high))
    return Plan("t", n_calls, 0, n_calls, *spans, worst, "", "", ())


def test_plan_shows_each_lesson_with_a_request_and_sends_nothing(run, about, tmp_path):
    done = run("plan", *about, "--teacher", "openai:gpt-4o-mini", "--show-outgoing", "o.jsonl")
    assert done.code == 0, done.err
    for title in ("class cards", "rewrites", "word ratings"):
        assert f"One complete request for {title}:" in done.out
    assert done.out.count(TASK) >= 3
    assert len((tmp_path / "o.jsonl").read_text().splitlines()) == 1 + 3 + 3 + 2


def test_plan_prints_json_for_a_script(run, about):
    done = run("plan", *about, "--teacher", "openai:gpt-4o-mini", "--ask", "cards", "--json")
    found = json.loads(done.out)
    assert list(found) == ["cards"]
    assert found["cards"]["n_calls"] == 1
    assert found["cards"]["cost_usd"]["high"] > 0


def test_cards_in_several_languages_take_a_call_each(run, about, tmp_path):
    words = ("--teacher", "openai:gpt-4o-mini", "--ask", "cards", "--json")
    asked = ("--languages", "German, 日本語", "--show-outgoing", "o.jsonl")
    found = json.loads(run("plan", *about, *words, *asked).out)
    assert found["cards"]["n_calls"] == 2
    sent = (tmp_path / "o.jsonl").read_text()
    assert all(f'are in \\"{name}\\"' in sent for name in ("German", "日本語"))
    done = run("plan", *about, *words, "--languages", "German,,Dutch")
    assert done.code == 2
    assert "--languages must be distinct names with commas between them" in done.err


def test_teach_writes_one_file_per_kind_of_lesson(run, about, tmp_path):
    tape = write_tape(tmp_path / "tape.jsonl")
    done = run("teach", *about, "--teacher", f"tape:{tape}", "--out", "lessons")
    assert done.code == 0, done.err
    assert len(load_lessons(tmp_path / "lessons/class_cards.jsonl")) == 3
    assert len(load_lessons(tmp_path / "lessons/word_ratings.jsonl")) == 12
    assert "rewrites: 54; 6 more were read as another class and dropped" in done.out


def test_teach_never_writes_over_lessons(run, about, tmp_path):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons/mine.jsonl").write_text("edited by hand")
    done = run("teach", *about, "--teacher", "openai:gpt-4o-mini")
    assert done.code == 2
    assert "lessons exists and is not empty" in done.err


def test_options_of_tables_are_refused_for_texts(run, about):
    done = run("plan", *about, "--teacher", "openai:x", "--kind", "regression")
    assert done.code == 2
    assert "leave out what is for tables only: --kind" in done.err


def test_the_budget_must_hold_the_likely_cost_and_the_calls_in_flight():
    assert needed_usd(plan_of(10, high=0.2, worst=5.0), workers=4) == pytest.approx(0.2 + 2.0)
    assert needed_usd(plan_of(2, high=0.2, worst=0.3), workers=4) == pytest.approx(0.3)
    assert needed_usd(plan_of(0, high=0.2, worst=0.3), workers=4) == 0


def test_a_card_of_texts_says_what_labels_mean(run, about, tmp_path):
    assert run("card", *about, "--out", "c.toml").code == 0
    card = tmp_path / "c.toml"
    card.write_text(card.read_text().replace('"set" = ""', '"set" = "a new \\"alarm\\""'))
    done = run("plan", *about[:-2], "--card", card, "--teacher", "openai:gpt-4o-mini")
    assert done.code == 0, done.err
    assert done.out.count('- "set": a new "alarm"') >= 3
    assert TASK in done.out


def test_a_drafted_card_asks_what_no_card_asks(run, about, tmp_path):
    assert run("card", *about, "--out", "c.toml").code == 0
    asked = []
    for more in (about[-2:], ("--card", tmp_path / "c.toml")):
        done = run("plan", *about[:-2], *more, "--teacher", "openai:gpt-4o-mini")
        assert done.code == 0, done.err
        asked.append(done.out)
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("task = 1\n", "task must be a sentence, got 1"),
        ("[classes]\nset = 1\n", "the meaning of 'set' must be a text, got 1"),
        ('[classes]\nset = ""\nget = ""\n', "the card lacks 'cancel', 'query'"),
        ("[[columns]]\nname = 'a'\n", "'columns' is not known"),
        ("tasks =", "must be TOML, but is not"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(run, about, tmp_path, content, message):
    (tmp_path / "c.toml").write_text(content)
    done = run("plan", *about[:-2], "--card", tmp_path / "c.toml", "--teacher", "openai:x")
    assert done.code == 2
    assert message in done.err


@pytest.mark.parametrize("is_scrubbed", [True, False])
def test_personal_data_stay_here_when_asked_to(run, tmp_path, is_scrubbed):
    texts = {"set": ["wake ann@example.org at six"], "cancel": ["stop the alarm of +49 30 1234567"]}
    data = write_texts(tmp_path / "private.csv", texts)
    more = ["--scrub"] if is_scrubbed else []
    done = run(
        "plan", data, "--target", "intent", "--text", "said", "--task", TASK, *more,
        "--teacher", "openai:gpt-4o-mini", "--show-outgoing", "o.jsonl",
    )  # fmt: skip
    assert done.code == 0, done.err
    sent = (tmp_path / "o.jsonl").read_text() + done.out
    assert ("ann@example.org" in sent) is not is_scrubbed
    assert ("1234567" in sent) is not is_scrubbed
