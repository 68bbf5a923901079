import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import CardError, DataError
from tutelage.teacher.card_draft import draft_card
from tutelage.teacher.task_card import Column, TaskCard

ODD = ['a "quoted" name', "{{ b }}", "two\nlines", "🩺 pulse", "x" * 3000, "back\\slash", "\x85"]


def test_a_card_with_odd_names_survives_its_file(tmp_path):
    columns = [Column(name, "means\tsomething", "mm") for name in ODD]
    columns.append(Column("job", categories={'"clerk"': "sits", "": "none given"}))
    card = TaskCard("Predict {it}.", ["no", 'y"es'], columns, "feature_scores/v1", "note", "y")
    assert TaskCard.load(card.save(tmp_path / "card.toml")) == card


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(text, min_size=1, max_size=5, unique=True),
    meaning=text,
    categories=st.none() | st.dictionaries(text, text, min_size=1, max_size=3),
)
def test_any_text_survives_the_file(tmp_path_factory, names, meaning, categories):
    columns = [Column(name, meaning, categories=categories) for name in names]
    card = TaskCard("Predict it.", ["no", "yes"], columns, notes=meaning)
    path = tmp_path_factory.mktemp("card") / "card.toml"
    assert TaskCard.load(card.save(path)) == card


def test_all_problems_of_a_card_are_told_at_once():
    with pytest.raises(CardError) as caught:
        TaskCard("", ["yes"], [Column("a"), Column("a"), Column("b", categories=[])])
    assert len(caught.value.problems) == 4
    assert "classes must name two or more classes, got ['yes']" in str(caught.value)


def test_an_unknown_key_suggests_the_near_one(tmp_path):
    path = tmp_path / "card.toml"
    path.write_text('tasks = "x"\nclasses = 3\n[[columns]]\nnames = "a"\n')
    with pytest.raises(CardError) as caught:
        TaskCard.load(path)
    message = str(caught.value)
    assert "unknown key 'tasks'; did you mean 'task'?" in message
    assert "column 1: unknown key 'names'; did you mean 'name'?" in message
    assert "classes must be a list, got 3" in message
    assert "task is missing" in message


def test_a_card_that_is_not_there_or_not_toml_is_a_card_error(tmp_path):
    with pytest.raises(CardError, match=r"cannot be read: No such file"):
        TaskCard.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("task = \n")
    with pytest.raises(CardError, match="must be a TOML file, but"):
        TaskCard.load(tmp_path / "bad.toml")


def test_a_name_that_no_file_can_hold_is_refused_and_nothing_is_left(tmp_path):
    card = TaskCard("Predict it.", ["no", "yes"], ["lone \ud800 surrogate"])
    with pytest.raises(CardError, match="rename that column"):
        card.save(tmp_path / "card.toml")
    assert list(tmp_path.iterdir()) == []


def frame():
    n = 60
    return pd.DataFrame(
        {
            "secret": np.linspace(7.123, 9.876, n),
            "patient_id": range(n),
            "born": pd.date_range("1987-06-05", periods=n),
            "comment": [f"private words {i}" for i in range(n)],
            "job": ["clerk", "farmer", "smith"] * 20,
            "rare": ["common"] * 57 + ["Mrs Miller of Ulm"] * 3,
            "town": pd.Categorical(["A", "B"] * 30),
            "smokes": [True, False] * 30,
            "constant": ["one"] * n,
            "empty": [None] * n,
            "ill": [0, 1] * 30,
        }
    )


def test_a_drafted_card_holds_no_cell_but_vocabulary():
    card = draft_card(frame(), "ill")
    assert {c.name: c.categories for c in card.columns} == {
        "secret": None,
        "job": {"clerk": "", "farmer": "", "smith": ""},
        "town": {"A": "", "B": ""},
        "smokes": None,
    }
    assert card.classes == ("0", "1")
    for hidden in ("7.1", "1987", "private words", "Miller"):
        assert hidden not in repr(card)
    for name in ("patient_id", "born", "comment", "rare", "constant", "empty"):
        assert repr(name) in card.notes


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ([1, 2, None], "numeric"),
        ([1.5, 2, None], "numeric"),
        ([True, False, None], "numeric"),
        (["12.5", "13", "?"], "numbers written as text"),
        (["1,200 €", "3,400 €", "n/a"], "numbers written as text"),
        (["2024-01-02", "2024-01-03", "never"], "dates"),
        (["12:30", "14:00", "14:30"], "dates"),
        (["ann@example.org", "bob@example.org", "none"], "e-mail addresses"),
        (["word " * 30, "x", "y"], "texts of more than 80 characters"),
        (["<50K", ">=50K", "unknown"], "categories"),
        (["1st floor", "2nd floor", "3rd floor"], "categories"),
    ],
)
def test_values_never_pass_for_a_vocabulary_however_they_are_written(values, outcome):
    table = pd.DataFrame({"c": pd.Series(values * 20, dtype=object), "y": [0, 1] * 30})
    table["x"] = np.arange(60) / 7
    card = draft_card(table, "y")
    told = {column.name: column.categories for column in card.columns}
    if outcome == "numeric":
        assert told["c"] is None
    elif outcome == "categories":
        assert set(told["c"]) == set(values)
    else:
        assert "c" not in told
        assert f"'c' ({outcome}" in card.notes


def test_a_column_of_many_categories_is_left_unscored():
    table = pd.DataFrame({"code": [f"c{i % 31}" for i in range(310)], "x": 1.5, "y": [0, 1] * 155})
    table["x"] = np.arange(310) / 7
    card = draft_card(table, "y")
    assert [c.name for c in card.columns] == ["x"]
    assert "'code' (31 distinct values, more than 30)" in card.notes


def test_a_draft_needs_the_target_and_a_set_of_classes():
    with pytest.raises(DataError, match="exactly one column 'sick'"):
        draft_card(frame(), "sick")
    with pytest.raises(CardError, match=r"at most 50 classes, got 60 distinct values"):
        draft_card(frame(), "secret")
    with pytest.raises(CardError, match="no column can be described by its name alone"):
        draft_card(frame()[["comment", "ill"]], "ill")


def test_without_leaves_columns_out_and_keeps_the_rest():
    card = TaskCard("Predict it.", ["no", "yes"], ["age", "sex", "job"], notes="n", target="ill")
    assert card.without(["sex"]) == TaskCard(
        "Predict it.", ["no", "yes"], ["age", "job"], notes="n", target="ill"
    )
    assert card.without([]) == card


def test_without_an_unknown_column_suggests_the_near_name():
    card = TaskCard("Predict it.", ["no", "yes"], ["age", "gender"])
    with pytest.raises(CardError, match=r"no column 'gendr' \(did you mean 'gender'\?\)"):
        card.without(["gendr", "age"])


def test_without_every_column_nothing_can_be_asked():
    card = TaskCard("Predict it.", ["no", "yes"], ["age", "sex"])
    with pytest.raises(CardError, match="no column is left to ask about"):
        card.without(["age", "sex"])
    with pytest.raises(CardError, match="columns must be a list, got 'age'"):
        card.without("age")
