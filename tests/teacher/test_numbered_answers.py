"""Answers about numbered texts: any form that holds the entries, every problem named."""

import pytest

from tutelage.teacher.numbered_answers import listed_entries, numbered_entries, shown

ONE = '{"text": 1, "label": "a"}'


@pytest.mark.parametrize(
    "text",
    [
        f'{{"texts": [{ONE}]}}',
        f"[{ONE}]",
        '{"1": {"label": "a"}}',
        '{"texts": {"1": {"label": "a"}}}',
        f'Sure!\n```json\n{{"texts": [{ONE}]}}\n```\nDone.',
        f'Sure: {{"texts": [{ONE}]}} and that is all {{}}',
        '{"texts": [{"text": "1", "label": "a"}]}',
    ],
)
def test_entries_are_found_in_any_form(text):
    found, problems = numbered_entries(text, [1])
    assert (found[1]["label"], problems) == ("a", [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the answer is empty"),
        ("hello", 'the answer holds no JSON object with the list "texts"'),
        ('{"texts": 7}', 'the answer holds no JSON object with the list "texts"'),
        ("[1, 2]", 'the answer holds no JSON object with the list "texts"'),
        ("[" * 100_000, 'the answer holds no JSON object with the list "texts"'),
        ('{"texts": [{"label": "a"}]}', "entry 1 does not say which text it is about"),
        ('{"texts": [{"text": true}]}', "entry 1 does not say which text it is about"),
        (f'{{"texts": [{ONE}, {ONE}]}}', "text 1 is given more than once"),
        ('{"texts": [{"text": 9}]}', "text 9 was not asked about"),
    ],
)
def test_what_is_wrong_is_said(text, problem):
    assert problem in numbered_entries(text, [1])[1]


def test_a_missing_text_and_a_cut_answer_are_named():
    problems = numbered_entries(f'{{"texts": [{ONE}]}}', [1, 2], finish="length")[1]
    assert problems == [
        "the answer was cut off before its end: it was too long",
        "text 2 is missing",
    ]


def test_the_longest_list_counts():
    assert len(listed_entries(f'{{"texts": []}} {{"texts": [{ONE}]}}', "texts")) == 1


def test_values_are_shown_shortened():
    assert shown("x" * 100) == '"' + "x" * 56 + "..."
