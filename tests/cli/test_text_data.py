"""Texts from a file: every bad input has a message with rows, never the texts themselves."""

from pathlib import Path

import pytest
from tests.cli.text_cases import TEXTS, write_texts

from tutelage.cli.text_data import (
    check_same_classes,
    check_teachable,
    hold_out,
    read_labelled_texts,
)
from tutelage.cli.text_models import read_texts_of
from tutelage.errors import DataError


def read(tmp_path, content, target="intent", column="said"):
    path = tmp_path / "texts.csv"
    path.write_text(content)
    return check_teachable(read_labelled_texts(path, target, column))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("said,intent\na,x\n,y\n  ,y\n", r"2 of 3 cells of 'said' are empty \(row 2, 3\)"),
        ("said,intent\nsecret,x\nother,x\n", "holds one class only, 'x' \\(2 rows\\)"),
        ("said,intent\nsecret,\nother,\n", "every cell of the target 'intent' is empty"),
        ("says,intent\na,x\nb,y\n", "no column 'said'. Did you mean 'says'"),
        ("said,intents\na,x\nb,y\n", "no column 'intent'. Did you mean 'intents'"),
        ("said,intent\n1,x\n2,y\n", "must hold texts, got numbers such as 1"),
        ("said,intent\nsecret,x\nc,\nb,y\nsecret,y\n", "row 1 is 'x', row 4 is 'y'"),
    ],
)
def test_texts_that_cannot_be_learned_from_are_refused(tmp_path, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, content)
    assert "secret" not in str(caught.value)


def test_every_missing_column_is_named_at_once(tmp_path):
    with pytest.raises(DataError) as caught:
        read(tmp_path, "a,b\n1,2\n")
    assert len(caught.value.problems) == 2


def test_text_and_target_must_be_two_columns(tmp_path):
    with pytest.raises(DataError, match="must name two columns, got 'said' for both"):
        read(tmp_path, "said,intent\na,x\n", target="said")


def test_rows_without_a_label_are_left_out_and_counted(tmp_path):
    data = read(tmp_path, "said,intent\na,x\nb,\nc,y\n")
    assert data.texts == ("a", "c")
    assert data.warnings == ("1 of 3 rows of texts.csv have no label and are left out.",)


def test_a_text_may_be_what_stands_for_a_missing_cell_in_a_table(tmp_path):
    data = read(tmp_path, "said,intent\n?,x\nNA,y\nlost,\nnull,x\n")
    assert data.texts == ("?", "NA", "null")
    (tmp_path / "new.csv").write_text("said\nhello\n?\n")
    assert read_texts_of(tmp_path / "new.csv", "said") == ("hello", "?")


def test_labels_that_differ_by_spaces_or_capitals_are_warned_of(tmp_path):
    [told] = read(tmp_path, 'said,intent\na,set\nb," set"\nc,Set\nd,off\n').warnings
    assert "labels ' set', 'Set', 'set' differ by spaces or capitals only" in told


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_cells_parted_by_another_sign_are_told(tmp_path, sign, name):
    with pytest.raises(DataError, match=f"seem to be parted by {name}: save it with commas"):
        read(tmp_path, f"said{sign}intent\na{sign}x\nb{sign}y\n")


def test_a_file_in_another_encoding_says_what_to_do(tmp_path):
    (tmp_path / "t.csv").write_bytes("said,intent\nmöglich,x\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"not a UTF-8 table.*Save it as UTF-8"):
        read_labelled_texts(tmp_path / "t.csv", "intent", "said")


def test_labels_that_are_codes_keep_their_zeros(tmp_path):
    assert read(tmp_path, "said,intent\na,01\nb,10\nc,\n").labels == ("01", "10")
    assert read(tmp_path, "said,intent\na,1.0\nb,0\nc,0.5\n").labels == ("1", "0", "0.5")


def test_labels_that_are_numbers_are_classes(tmp_path):
    data = read(tmp_path, "said,intent\na,1\nb,2\nc,\n")
    assert data.labels == ("1", "2")


def test_the_same_text_twice_with_one_label_is_no_contradiction(tmp_path):
    assert len(read(tmp_path, "said,intent\na,x\na,x\nb,y\n").texts) == 3


def test_a_test_file_with_new_classes_is_refused(tmp_path):
    train = read_labelled_texts(write_texts(tmp_path / "a.csv"), "intent", "said")
    more = write_texts(tmp_path / "b.csv", {**TEXTS, "snooze": ["five more minutes"]})
    test = read_labelled_texts(more, "intent", "said")
    with pytest.raises(DataError, match=r"holds classes that .*a.csv lacks: 'snooze'"):
        check_same_classes(test, train)


def test_training_texts_in_the_test_file_are_counted(tmp_path):
    train = read_labelled_texts(write_texts(tmp_path / "a.csv"), "intent", "said")
    test = check_same_classes(train, train)
    assert test.warnings[-1].startswith("12 of 12 texts of a.csv are training texts too")


@pytest.mark.parametrize("seed", range(5))
def test_a_part_set_apart_has_every_class_and_no_training_text(tmp_path, seed):
    texts = {label: [f"{label} {n % 20}" for n in range(30)] for label in "ab"}
    data = read_labelled_texts(write_texts(tmp_path / "a.csv", texts), "intent", "said")
    train, test = hold_out(data, seed)
    assert not set(train.texts) & set(test.texts)
    assert len(train.texts) + len(test.texts) == 60
    for label in "ab":
        apart = {t for t, name in zip(test.texts, test.labels, strict=True) if name == label}
        assert len(apart) == 4


def test_the_part_set_apart_depends_on_the_seed_alone(tmp_path):
    data = read_labelled_texts(write_texts(tmp_path / "a.csv"), "intent", "said")
    assert hold_out(data, 3)[1].texts == hold_out(data, 3)[1].texts
    assert len({hold_out(data, seed)[1].texts for seed in range(8)}) > 1


def test_texts_of_one_kind_each_cannot_be_set_apart(tmp_path):
    data = read(tmp_path, "said,intent\na,x\nb,y\n")
    with pytest.raises(DataError, match="no class has two different texts"):
        hold_out(data, 0)


def test_a_text_of_a_file_may_hold_anything(tmp_path):
    odd = ["=1+1", "<script>alert(1)</script>", "😀 שלום", "two\nlines", 'a "quote"']
    cells = "".join(
        f'"{text.replace(chr(34), 2 * chr(34))}",{i % 2}\n' for i, text in enumerate(odd)
    )
    data = read(Path(tmp_path), f"said,intent\n{cells}")
    assert list(data.texts) == odd
