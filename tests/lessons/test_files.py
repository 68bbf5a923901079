"""Lessons as files: what is written is read back, what is wrong is named by its line."""

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import LessonFileError, OutputError
from tutelage.lessons.feature_prior import FeaturePrior, FeatureScore
from tutelage.lessons.files import load_lessons, save_lessons
from tutelage.lessons.provenance import Provenance

odd = st.sampled_from(["\ud800", "\udfff", "\n", "\r", "\u2028", "\x00", '"', "\\"])
names = st.text(st.characters() | odd, max_size=8)  # any code point
answers = st.lists(st.floats(-10, 10).map(lambda a: round(a, 6) / 10), max_size=3).map(tuple)


@st.composite
def priors(draw):
    keys = st.tuples(names, names, st.none() | names)
    entries = draw(st.lists(keys, max_size=5, unique=True))
    scores = tuple(FeatureScore(*key, draw(answers)) for key in entries)
    more = draw(st.lists(names, max_size=2))
    classes = tuple(dict.fromkeys([s.label for s in scores] + more))
    said = draw(st.builds(Provenance, teacher=names, notes=names, cost_usd=st.floats(0, 9)))
    return FeaturePrior(classes, scores, said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lessons")


@pytest.fixture
def written(tmp_path):
    """Return the path of a saved prior and its lines."""
    prior = FeaturePrior.from_scores({"yes": {"age": [3, 4], "job": {"clerk": 1}}})
    path = save_lessons(prior, tmp_path / "prior.jsonl")
    return path, path.read_text(encoding="utf-8").splitlines()


def put(path, lines):
    path.write_text("\n".join(lines), encoding="utf-8")


@given(priors())
@settings(deadline=None)
def test_what_was_saved_is_read_back(folder, prior):
    again = load_lessons(save_lessons(prior, folder / "prior.jsonl"))
    assert again.classes == prior.classes
    assert again.provenance == prior.provenance
    for entry, read in zip(prior.scores, again.scores, strict=True):
        assert (read.label, read.column, read.category) == (
            entry.label,
            entry.column,
            entry.category,
        )
        assert read.answers == pytest.approx(entry.answers, abs=1e-9)


@given(priors())
@settings(deadline=None)
def test_saving_again_changes_no_byte(folder, prior):
    first = save_lessons(prior, folder / "a.jsonl").read_bytes()
    assert save_lessons(load_lessons(folder / "a.jsonl"), folder / "b.jsonl").read_bytes() == first


def test_a_person_sees_the_numbers_the_teacher_gave(written):
    _, lines = written
    assert json.loads(lines[1]) == {
        "class": "yes",
        "column": "age",
        "category": None,
        "answers": [3.0, 4.0],
    }


def test_an_edited_answer_is_read(written):
    path, lines = written
    put(path, [lines[0], lines[1].replace("[3.0, 4.0]", "[-9]"), *lines[2:]])
    assert load_lessons(path).score("yes", "age").answers == (-0.9,)


def test_an_added_line_and_blank_lines_are_read(written):
    path, lines = written
    put(path, [*lines, "", '{"class": "no", "column": "age", "answers": [2]}', "  ", ""])
    prior = load_lessons(path)
    assert prior.classes == ("yes", "no")
    assert prior.score("no", "age").answers == (0.2,)


def test_the_scale_of_the_header_counts(written):
    path, lines = written
    header = json.loads(lines[0]) | {"scale": 4}
    put(path, [json.dumps(header), *lines[1:]])
    assert load_lessons(path).score("yes", "age").answers == (0.75, 1.0)


def test_every_bad_line_is_named_by_its_number(written):
    path, lines = written
    bad = [
        '{"class": "yes", "column": "x", "answers": [11]}',
        "",
        '{"class": "yes", "answers": [1]}',
        '{"class": "yes", "column": "y", "answers": [true]}',
    ]
    put(path, [*lines, *bad])
    with pytest.raises(LessonFileError, match="cannot be used:") as caught:
        load_lessons(path)
    assert [p.split(":")[0] for p in caught.value.problems] == ["line 4", "line 6", "line 7"]
    assert "11 is not a number in [-10, 10]" in caught.value.problems[0]
    assert "no 'column'" in caught.value.problems[1]


def test_an_entry_that_stands_twice_is_refused(written):
    path, lines = written
    put(path, [*lines, lines[1]])
    with pytest.raises(LessonFileError, match=r"'age', None.* stands more than once"):
        load_lessons(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 4: not JSON"),
        ("[1]", "line 4: must be a JSON object, got list"),
        ("null", "line 4: must be a JSON object, got NoneType"),
        ("[" * 100_000, "line 4: not JSON"),
        ('{"class": "a", "column": "b", "answers": ' + "9" * 5000 + "}", "line 4"),
    ],
)
def test_a_line_that_is_no_object_is_named(written, line, message):
    path, lines = written
    put(path, [*lines, line])
    with pytest.raises(LessonFileError, match=message):
        load_lessons(path)


@pytest.mark.parametrize(
    "entry",
    [
        {"class": None, "column": "a", "answers": [1]},
        {"class": "a", "column": 5, "answers": [1]},
        {"class": "a", "column": "b", "category": 3, "answers": [1]},
        {"class": "a", "column": "b", "answers": {"k": 1}},
        {"class": "a", "column": "b", "answers": "7"},
        {"class": ["a"], "column": "b", "answers": [1]},
        {"class": "a", "column": "b", "answers": [[1]]},
    ],
    ids=str,
)
def test_an_entry_of_the_wrong_type_is_named_by_its_line(written, entry):
    path, lines = written
    put(path, [*lines, json.dumps(entry)])
    with pytest.raises(LessonFileError, match="line 4"):
        load_lessons(path)


@pytest.mark.parametrize(
    "change",
    [
        {"scale": "ten"},
        {"scale": 0},
        {"scale": None},
        {"classes": "yes"},
        {"classes": 3},
        {"classes": [1]},
        {"provenance": [1]},
        {"provenance": "me"},
        {"provenance": {"n_calls": "many"}},
        {"provenance": {"question_keys": 5}},
    ],
    ids=str,
)
def test_a_header_of_the_wrong_type_is_refused(written, change):
    path, lines = written
    put(path, [json.dumps(json.loads(lines[0]) | change), *lines[1:]])
    with pytest.raises(LessonFileError, match="line 1"):
        load_lessons(path)


def test_a_header_alone_is_a_prior_without_scores(written):
    path, lines = written
    put(path, lines[:1])
    assert load_lessons(path).scores == ()


def test_an_unknown_field_of_the_provenance_is_ignored(written):
    path, lines = written
    header = json.loads(lines[0])
    header["provenance"] |= {"later_field": 1, "teacher": "person"}
    put(path, [json.dumps(header), *lines[1:]])
    assert load_lessons(path).provenance == Provenance(teacher="person")


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_says_what_it_lacks(tmp_path, text):
    (tmp_path / "prior.jsonl").write_text(text)
    with pytest.raises(LessonFileError, match="is empty; a lessons file starts with a header line"):
        load_lessons(tmp_path / "prior.jsonl")


def test_another_file_is_not_taken_for_lessons(tmp_path):
    (tmp_path / "prior.jsonl").write_text('{"text": "hello"}')
    with pytest.raises(LessonFileError, match='must hold "format": "tutelage-lessons", got None'):
        load_lessons(tmp_path / "prior.jsonl")


@pytest.mark.parametrize("version", [0, 2, "1", None, True])
def test_another_version_says_which_one_is_read(written, version):
    path, lines = written
    put(path, [json.dumps(json.loads(lines[0]) | {"version": version}), *lines[1:]])
    with pytest.raises(LessonFileError, match=f"has version {version!r}; this package reads 1"):
        load_lessons(path)


def test_another_kind_names_the_known_ones(written):
    path, lines = written
    put(path, [lines[0].replace("feature_prior", "poem"), *lines[1:]])
    with pytest.raises(LessonFileError, match=r"holds 'poem'; known kinds: \['class_card', 'fea"):
        load_lessons(path)


def test_a_file_in_another_encoding_says_so(tmp_path):
    (tmp_path / "prior.jsonl").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(LessonFileError, match=r"is not UTF-8 text \(byte 7\)"):
        load_lessons(tmp_path / "prior.jsonl")


def test_an_absent_file_says_so(tmp_path):
    with pytest.raises(LessonFileError, match="cannot be read: No such file"):
        load_lessons(tmp_path / "prior.jsonl")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(LessonFileError, match="cannot be read: Is a directory"):
        load_lessons(tmp_path)


def test_a_place_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"prior\.jsonl cannot be written: Not a directory"):
        save_lessons(FeaturePrior(("a",), ()), tmp_path / "file" / "prior.jsonl")
    assert os.listdir(tmp_path) == ["file"]


def test_a_failed_save_keeps_the_former_file(written, monkeypatch):
    path, lines = written

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        save_lessons(FeaturePrior(("other",), ()), path)
    assert path.read_text(encoding="utf-8").splitlines() == lines
    assert os.listdir(path.parent) == ["prior.jsonl"]


def test_a_byte_order_mark_that_an_editor_left_is_no_problem(written):
    path, _ = written
    lessons = load_lessons(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_lessons(path) == lessons
