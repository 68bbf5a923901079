import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from tutelage.errors import TeacherSetupError
from tutelage.teacher.prompts import (
    as_paragraphs,
    capped,
    check_prompt,
    in_quotes,
    known_prompts,
    on_one_line,
    paraphrases,
    render,
    template_hash,
)

VALUES = {
    "task": "Tell {{ 1 + 1 }}.",
    "label": "yes",
    "lines": [
        {"name": "a", "meaning": "{% raw %}", "unit": "", "categories": []},
        {"name": "b", "meaning": "", "unit": "mm", "categories": [{"name": "c", "meaning": ""}]},
    ],
}


@pytest.mark.parametrize("name", known_prompts())
def test_values_are_never_taken_for_template_code(name):
    system, user = render(name, VALUES).messages
    assert (system.role, user.role) == ("system", "user")
    assert "Tell {{ 1 + 1 }}." in user.content
    assert "{% raw %}" in user.content
    assert "Tell 2." not in user.content


@pytest.mark.parametrize("name", known_prompts())
def test_a_value_that_is_missing_is_an_error_not_a_gap(name):
    with pytest.raises(UndefinedError, match="'label' is undefined"):
        render(name, {k: v for k, v in VALUES.items() if k != "label"})


@pytest.mark.parametrize("name", known_prompts())
def test_every_prompt_names_the_task_the_class_every_column_and_the_scale(name):
    content = render(name, VALUES).messages[1].content
    for part in ("Tell", "yes", "a", "b", "-10", "10"):
        assert part in content


def test_paraphrases_share_the_format_and_differ_in_words():
    names = paraphrases("feature_scores/v2")
    rendered = [render(name, VALUES) for name in names]
    assert len({r.messages[0] for r in rendered}) == 1
    assert len({r.messages[1] for r in rendered}) == len(names) == 5
    assert len({template_hash(name) for name in names}) == 5


def test_an_unknown_prompt_is_told_with_the_known_ones():
    with pytest.raises(TeacherSetupError, match=r"must be one of feature_scores/v1, .*got 'v2'"):
        check_prompt("v2")


@given(st.text())
def test_a_quoted_name_is_one_line_of_json(text):
    quoted = in_quotes(text)
    assert json.loads(quoted) == text
    assert len(quoted.splitlines()) == 1
    assert quoted.isprintable()


@given(st.text())
def test_a_line_stays_a_line_and_a_paragraph_keeps_its_breaks(text):
    assert len(on_one_line(text).splitlines()) <= 1
    assert as_paragraphs(text).count("\n") == text.count("\n")


@given(st.text(max_size=200), st.text(max_size=200))
def test_capped_names_stay_apart(first, second):
    assert (capped(first) == capped(second)) == (first == second)
    assert len(capped(first)) <= 80
