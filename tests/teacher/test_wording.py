import pytest

from tutelage.errors import TeacherSetupError
from tutelage.teacher.wording import Wording, single_braces


@pytest.mark.parametrize(
    "text",
    [
        "{{ text.__class__ }}",
        "{{ text | upper }}",
        "{{ 7 * 7 }}",
        "{% for x in y %}{% endfor %}",
        "{% include 'rationale/form.j2' %}",
        "{{ text[0] }}",
        "{{ cycler() }}",
        "{{ text",
        "{{ }}",
        "  ",
        "x" * 5000,
        None,
    ],
)
def test_nothing_but_words_and_placeholders_is_let_in(text):
    with pytest.raises(TeacherSetupError, match="A wording must"):
        Wording(text)


def test_values_are_never_rendered():
    assert Wording("a {{ text }} b").fill({"text": "{{ secret }}"}) == "a {{ secret }} b"


def test_a_placeholder_may_stand_twice_and_is_named_once():
    assert Wording("{{ text }} and {{ text }}").placeholders == ("text",)


def test_equal_words_have_equal_names():
    assert Wording("a {{ text }}").name == Wording("a {{ text }}").name
    assert Wording("a {{ text }}").name != Wording("a  {{ text }}").name


def test_templates_with_single_braces_and_written_line_breaks_are_turned():
    text = "P: {premise}\\nH: {{ hypothesis }} {other}"
    turned = single_braces(text, ["premise", "hypothesis"])
    assert turned == "P: {{ premise }}\nH: {{ hypothesis }} {other}"
