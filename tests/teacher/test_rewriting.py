"""Teacher.rewrites: new texts of the same label, and a second question that checks the label."""

import json
import re

import pytest

from tutelage import ScriptedClient, Teacher
from tutelage.errors import BadTextAnswer, TeacherSetupError, TutelageWarning

CLASSES = ["stop", "go"]


def lines_of(question):
    """Return (number, text) of every text that a question shows."""
    shown = question.messages[1].content
    found = re.findall(r'^text (\d+)(?:, label ".*")?: (".*")$', shown, re.MULTILINE)
    return [(int(number), json.loads(text)) for number, text in found]


def is_check(question):
    return question.prompt.startswith("rewrite_check/")


def versions(number, text, paraphrases=2, distractors=1):
    return {
        "text": number,
        "paraphrases": [f"{text} p{n}" for n in range(paraphrases)],
        "distractors": [f"{text} d{n}" for n in range(distractors)],
    }


def write(question):
    """Write versions; as a checker, call every text with "bad" in it "go"."""
    if is_check(question):
        read = [(number, "go" if "bad" in text else "stop") for number, text in lines_of(question)]
        return {"texts": [{"text": number, "label": label} for number, label in read]}
    return {"texts": [versions(number, text) for number, text in lines_of(question)]}


def rewrites(texts, answers=write, settings=None, **more):
    client = ScriptedClient(answers)
    teacher = Teacher(client, attempts=2, **(settings or {}))
    arguments = {"paraphrases": 2, "distractors": 1} | more
    found = teacher.rewrites(texts, ["stop"] * len(texts), CLASSES, **arguments)
    return found, client.questions, teacher


def test_every_text_gets_its_versions_in_order():
    found, asked, _ = rewrites([f"halt {n}" for n in range(7)])
    assert len(found) == 7 * 3
    assert [new.kind for new in found[:3]] == ["paraphrase", "paraphrase", "distractor"]
    assert [new.source_text for new in found[::3]] == [f"halt {n}" for n in range(7)]
    assert {new.label for new in found} == {"stop"}
    *rewriting, check = (len(lines_of(question)) for question in asked)
    assert (sorted(rewriting), check) == ([2, 5], 21)  # threads: any order


def test_the_check_does_not_show_the_label():
    _, asked, _ = rewrites(["halt"])
    assert "label" not in re.findall(r"^text 1.*$", asked[1].messages[1].content, re.MULTILINE)[0]


def test_versions_read_as_another_class_are_dropped_and_counted():
    found, _, teacher = rewrites(["halt", "bad idea"])
    assert {new.source_text for new in found} == {"halt"}
    assert teacher.last_tally.n_rejected == 3
    assert "3 dropped, read as another class" in found[0].provenance.notes
    assert found[0].provenance.prompt == "rewrite_check/v1, rewrites/v1"


def test_without_a_check_everything_is_kept_and_said_so():
    found, asked, teacher = rewrites(["halt", "bad idea"], check=False)
    assert (len(found), len(asked), teacher.last_tally.n_rejected) == (6, 1, 0)
    assert "labels were not checked" in found[0].provenance.notes


def test_paraphrases_alone_are_asked_for_alone():
    def answer(question):
        texts = lines_of(question)
        return (
            write(question)
            if is_check(question)
            else {"texts": [versions(number, text, 2, 0) for number, text in texts]}
        )

    found, asked, _ = rewrites(["halt"], answer, distractors=0)
    assert {new.kind for new in found} == {"paraphrase"}
    assert "distractor versions" not in asked[0].messages[1].content


def test_blank_texts_and_repeated_ones_are_not_rewritten_twice():
    found, [question, _], _ = rewrites(["halt", " ", "halt"])
    assert lines_of(question) == [(1, "halt")]
    assert len(found) == 3


def test_a_text_that_is_too_long_is_left_out_with_a_warning():
    with pytest.warns(TutelageWarning, match="1 texts have more than 4000 characters"):
        found, _, _ = rewrites(["halt", "x" * 4001])
    assert {new.source_text for new in found} == {"halt"}


BAD = [
    ({"paraphrases": ["a"], "distractors": ["b"]}, "text 1 has 1 paraphrases, not 2"),
    ({"paraphrases": ["a", "b"]}, "text 1 has 0 distractors, not 1"),
    ({"paraphrases": "ab", "distractors": ["c"]}, 'text 1: "paraphrases" must be a list of texts'),
    ({"paraphrases": ["a", " "], "distractors": ["c"]}, 'text 1: paraphrase 2 is " ", not a text'),
    ({"paraphrases": ["a", 3], "distractors": ["c"]}, "text 1: paraphrase 2 is 3, not a text"),
    (
        {"paraphrases": ["a", "Halt!"], "distractors": ["c"]},
        "text 1: paraphrase 2 is the same as the text or another version",
    ),
    (
        {"paraphrases": ["a", "b"], "distractors": ["B"]},
        "text 1: distractor 1 is the same as the text or another version",
    ),
]


@pytest.mark.parametrize(("entry", "problem"), BAD)
def test_bad_versions_are_asked_for_again(entry, problem):
    def answer(question):
        if is_check(question) or len(question.messages) > 2:
            return write(question)
        return {"texts": [{"text": 1, **entry}]}

    found, asked, _ = rewrites(["halt"], answer)
    assert f"- {problem}" in asked[1].messages[-1].content
    assert len(found) == 3


def test_bad_versions_that_stay_are_an_error():
    with pytest.raises(BadTextAnswer, match="text 1 is missing"):
        rewrites(["halt"], lambda question: {"texts": []})


def test_a_label_that_is_none_is_asked_again():
    def answer(question):
        if is_check(question) and len(question.messages) == 2:
            return {"texts": [{"text": number, "label": "stopp"} for number in (1, 2, 3)]}
        return write(question)

    found, asked, _ = rewrites(["halt"], answer)
    assert "text 1: \"stopp\" is none of the labels (did you mean 'stop'?)" in (
        asked[2].messages[-1].content
    )
    assert len(found) == 3


def test_with_missing_allowed_an_unchecked_version_is_dropped():
    def answer(question):
        if is_check(question):
            return {"texts": [{"text": 1, "label": "stop"}]}
        return write(question)

    with pytest.warns(TutelageWarning, match="have problems"):
        found, _, teacher = rewrites(["halt"], answer, missing="allow")
    assert len(found) == 1
    assert teacher.last_tally.n_rejected == 2


def test_personal_data_is_hidden_and_put_back():
    def answer(question):
        assert "example.org" not in question.messages[1].content
        return write(question)

    found, _, _ = rewrites(["halt for ann@example.org"], answer, settings={"scrub": True})
    assert found[0].text == "halt for ann@example.org p0"


def test_the_plan_counts_writing_and_checking():
    client = ScriptedClient(write, prices=(1.0, 1.0))
    teacher = Teacher(client)
    texts = [f"halt {n}" for n in range(10)]
    plan = teacher.plan_rewrites(texts, ["stop"] * 10, CLASSES)
    assert plan.n_calls == 2 + 2  # ten texts, five a call; fifty new ones, 25 a check
    assert teacher.plan_rewrites(texts, ["stop"] * 10, CLASSES, check=False).n_calls == 2
    assert client.questions == []
    assert plan.tokens_out.expected > 10 * 5 * 3


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"paraphrases": 0, "distractors": 0}, "must be above 0, got 0 and 0"),
        ({"paraphrases": -1}, "paraphrases must be a whole number >= 0, got -1"),
        ({"distractors": True}, "distractors must be a whole number >= 0, got True"),
        ({"texts_per_call": 0}, "texts_per_call must be a whole number above 0"),
    ],
)
def test_a_setting_that_cannot_be_says_why(more, message):
    with pytest.raises(TeacherSetupError, match=message):
        rewrites(["halt"], **more)
