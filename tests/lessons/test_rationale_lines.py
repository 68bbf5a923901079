import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage.errors import InputError, LessonFileError
from tutelage.lessons import Rationale, load_lessons, save_lessons
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.rationale_lines import rationale_lines, read_rationales

REASON = "It says so in the second line."


def of_cost(cost, **more):
    return Provenance(teacher="t", prompt="p/v1", cost_usd=cost, question_keys=("s1:a",), **more)


LESSONS = (
    Rationale.of("plain", "a", REASON, provenance=of_cost(0.25)),
    Rationale(
        (("question", "q?"),),
        "sea",
        (REASON, "Another reason that is as good."),
        ("sea", "sky"),
        ("sea", None, "sky"),
        1 / 3,
        "sea",
        told=True,
        provenance=of_cost(0.5, recorded="2026-01-02"),
    ),
    Rationale.of(("p", "h"), None, provenance=Provenance(teacher="someone else")),
)


def test_rationales_come_back_from_a_file_as_they_were(tmp_path):
    path = save_lessons(LESSONS, tmp_path / "r.jsonl")
    assert load_lessons(path) == LESSONS


def test_a_line_holds_what_is_its_own_and_no_more(tmp_path):
    path = save_lessons(LESSONS[:1], tmp_path / "r.jsonl")
    header, line = [json.loads(text) for text in path.read_text().splitlines()]
    assert header["kind"] == "rationale"
    assert header["provenance"]["teacher"] == "t"
    assert "cost_usd" not in header["provenance"]
    assert line == {
        "input": {"text": "plain"},
        "label": "a",
        "rationales": [REASON],
        "provenance": {"question_keys": ["s1:a"], "cost_usd": 0.25},
    }


def test_a_person_may_edit_a_line(tmp_path):
    path = save_lessons(LESSONS[:1], tmp_path / "r.jsonl")
    path.write_text(path.read_text().replace(REASON, "Better words for it, by a person."))
    assert load_lessons(path)[0].rationale == "Better words for it, by a person."


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"label": "a"}, "no 'input'"),
        ({"input": "x", "label": "a"}, "input must be an object of texts, got 'x'"),
        ({"input": {"text": 3}, "label": "a"}, "each a text, got 'text': 3"),
        ({"input": {"text": "x"}}, "no 'label'"),
        ({"input": {"text": "x"}, "label": 3}, "label must be a text or null, got 3"),
        ({"input": {"text": "x"}, "label": "a", "rationales": "r"}, "rationales must be a list"),
        ({"input": {"text": "x"}, "label": "a", "rationales": [" "]}, "a reason must be a text"),
        ({"input": {"text": "x"}, "label": "a", "answers": [3]}, "answers must be a list"),
        ({"input": {"text": "x"}, "label": "a", "confidence": 2}, r"confidence must .* got 2"),
        ({"input": {"text": "x"}, "label": "a", "told": 1}, "told must be true or false, got 1"),
        ({"input": {"text": "x"}, "label": "a", "provenance": 1}, "must be an object, got 1"),
        ({"input": {"text": "x"}, "label": None, "rationales": ["r"]}, "needs the label"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_value(tmp_path, line, problem):
    path = save_lessons(LESSONS[:1], tmp_path / "r.jsonl")
    path.write_text(path.read_text() + json.dumps(line) + "\n")
    with pytest.raises(LessonFileError, match=f"line 3: .*{problem}"):
        load_lessons(path)


def test_rationales_and_other_lessons_are_not_mixed_in_a_file(tmp_path):
    from tutelage.lessons import Rewrite

    with pytest.raises(InputError, match="one kind; got Rationale, Rewrite"):
        save_lessons([LESSONS[0], Rewrite("x", "y")], tmp_path / "r.jsonl")


@given(
    text=st.text(min_size=1),
    label=st.text(),
    reasons=st.lists(st.text(min_size=1).filter(str.strip), max_size=3),
    answers=st.lists(st.none() | st.text(), max_size=3),
)
def test_any_text_survives_a_file(text, label, reasons, answers):
    lesson = Rationale((("text", text),), label, tuple(reasons), answers=tuple(answers))
    header, *lines = json.loads(json.dumps(list(rationale_lines([lesson]))))
    assert read_rationales("r", header, list(enumerate(lines, start=2))) == (lesson,)
