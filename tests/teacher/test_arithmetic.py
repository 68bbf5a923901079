import pytest

from tutelage.teacher.arithmetic import arithmetic_value, last_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("( 84.0 / 2.0 )", 42.0),
        ("-(3 + 4) * 2", -14.0),
        ("1,234 + 1", 1235.0),
        ("6 × 7", 42.0),
        ("3 / 0", None),
        ("2 ** 3", None),
        ("abs(3)", None),
        ("__import__('os')", None),
        ("True", None),
        ("'a' * 3", None),
        ("1" * 300, None),
        ("", None),
        ("(" * 150, None),
        ("1e308 * 10", None),
    ],
)
def test_sums_are_worked_out_and_everything_else_is_not_run(text, value):
    assert arithmetic_value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10 x 45 = 450 seeds.", 450.0),
        ("Therefore she paid $1,234.50.", 1234.5),
        ("x = -3", -3.0),
        ("It is 3/4.", 0.75),
        ("So 7 apples (of 12) ... 5", 5.0),
        ("no number", None),
        ("1/0", None),
    ],
)
def test_the_last_number_of_a_text_is_its_result(text, value):
    assert last_number(text) == value
