import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import InputError
from tutelage.teacher.verdict import read_verdict

NLI = {
    "entailment": ["true", "entails"],
    "contradiction": ["false", "not true"],
    "neutral": ["inconclusive", "cannot be determined"],
}


def label(text, synonyms=None, classes=None):
    synonyms = NLI if synonyms is None else synonyms
    return read_verdict(text, classes or list(synonyms), synonyms)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("True.", "entailment"),
        ("The claim is FALSE, since the bridge fell in 1940.", "contradiction"),
        ("Label: Contradiction\n\nExplanation: it fell.", "contradiction"),
        ('The claim "It is true that all men are false friends" is inconclusive.', "neutral"),
        ("We cannot say whether the claim is true. It is inconclusive.", "neutral"),
        ("Is it true, false, or inconclusive? I would say false.", "contradiction"),
        ("The claim is not true.", "contradiction"),
        ("It is not necessarily true; it cannot be determined.", "neutral"),
        ("While it is true that he was born there, the claim is false.", "contradiction"),
        ("It untrueness aside, nothing is known.", None),
        ("I cannot help with that.", None),
        ("", None),
        ("If it rains the claim would be true.", "entailment"),
    ],
)
def test_the_first_real_verdict_counts(text, expected):
    assert label(text) == expected


def test_whole_words_count_and_the_longest_wins():
    choices = ["table", "kitchen cabinet", "cabinet", "office"]
    text = "The most suitable option is the kitchen cabinet."
    assert label(text, {}, choices) == "kitchen cabinet"
    assert label("Hospitals, as they help.", {}, ["hospital", "town"]) == "hospital"
    assert label("option 4) palace", {"palace": ["d)", "4)"], "tent": ["a)"]}) == "palace"


def test_a_reason_follows_or_precedes_the_verdict_or_is_none():
    classes = ["yes", "no"]
    assert read_verdict("Yes. Explanation: the sky is quite blue.", classes) == (
        "yes",
        "the sky is quite blue.",
    )
    assert read_verdict("The sky was blue on that very day. So the answer is: yes.", classes) == (
        "yes",
        "The sky was blue on that very day.",
    )
    assert read_verdict("No, never.", classes) == ("no", None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("这是配送，因为包裹没有到。", "因为包裹没有到。"),
        ("配送。因为包裹没有到。", "因为包裹没有到。"),
        ("답은 配送 입니다", None),
    ],
)
def test_labels_and_reasons_are_found_where_no_spaces_part_the_words(text, reason):
    assert read_verdict(text, ["配送", "退款"], {}) == ("配送", reason)


def test_json_is_read_by_its_keys():
    classes = ["yes", "no"]
    assert read_verdict('{"Label": "No", "reason": "yes is too simple"}', classes) == (
        "no",
        "yes is too simple",
    )
    assert read_verdict('```json\n{"answer": "maybe"}\n```', classes) == (None, None)


def test_a_word_must_stand_for_one_class():
    with pytest.raises(InputError, match="'True' must stand for one class, got 'a' and 'b'"):
        read_verdict("x", ["a", "b"], {"a": ["true"], "b": ["True"]})
    with pytest.raises(InputError, match=r"got some for \['c'\]"):
        read_verdict("x", ["a", "b"], {"c": ["true"]})


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises_and_a_verdict_is_always_a_class(text):
    found, reason = read_verdict(text, list(NLI), NLI)
    assert found in (None, *NLI)
    assert reason is None or len(reason.split()) >= 5


def test_a_long_text_is_read_in_bounded_time():
    assert label("whether " * 50_000 + "true") is None
    assert label('"' * 30_000) is None
    assert label("true, false, inconclusive or " * 5_000) is None


def test_a_label_is_no_part_of_a_word_with_vowel_signs():
    classes = ["हाँ", "औरत"]
    assert read_verdict("औरतें यहाँ बहुत सारी थीं: हाँ", classes)[0] == "हाँ"
    assert read_verdict("हाँलांकि यह औरत है", classes)[0] == "औरत"
