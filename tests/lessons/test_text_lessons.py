"""Class cards and rewrites, and files of text lessons: read back, edited, refused by line."""

import json
import math

import pytest

from tutelage.errors import InputError, LessonFileError
from tutelage.lessons import (
    ClassCard,
    Confusable,
    FeaturePrior,
    Provenance,
    Rewrite,
    WordPrior,
    load_lessons,
    save_lessons,
)

SAID = Provenance(teacher="scripted", prompt="word_ratings/v1", cost_usd=0.25)
PRIORS = [
    WordPrior.from_words("my card", ["my", "card"], [1, 9], label="a", provenance=SAID),
    WordPrior.from_words(
        "kort\u2028nu", ["kort", "nu"], [4, -2], label="b", confusable=["a"], weight=0.5
    ),
    WordPrior("", "a", (), (), provenance=SAID),
]
CARDS = [
    ClassCard("a", "About a.", ("cue one",), ("card",), (Confusable("b", "not b"),), SAID),
    ClassCard("b"),
]
REWRITES = [
    Rewrite("the card of mine", "a", "paraphrase", "my card", SAID),
    Rewrite("my card, not yours", "a", "distractor", "my card", SAID),
]


@pytest.fixture
def written(tmp_path):
    """Return a function that saves lessons and gives their path and lines."""

    def write(lessons):
        path = save_lessons(lessons, tmp_path / "lessons.jsonl")
        return path, path.read_text(encoding="utf-8").split("\n")

    return write


@pytest.mark.parametrize("lessons", [PRIORS, CARDS, REWRITES], ids=lambda v: type(v[0]).__name__)
def test_what_was_saved_is_read_back_as_a_tuple(written, lessons):
    path, _ = written(lessons)
    assert load_lessons(path) == tuple(lessons)
    before = path.read_bytes()
    assert save_lessons(load_lessons(path), path).read_bytes() == before


def test_the_header_names_kind_meaning_and_common_provenance(written):
    header = json.loads(written(PRIORS)[1][0])
    assert header["kind"] == "word_prior"
    assert header["meaning"].startswith("[word, score]: positive speaks for the label")
    assert header["provenance"]["teacher"] == "scripted"


def test_only_another_provenance_stands_on_the_line(written):
    lines = [json.loads(line) for line in written(PRIORS)[1] if line]
    assert ["provenance" in line for line in lines] == [True, False, True, False]


def test_a_person_sees_words_beside_their_scores(written):
    line = json.loads(written(PRIORS)[1][1])
    assert line["scores"] == [["my", 1.0], ["card", 9.0]]


def test_a_missing_score_is_null_in_the_file(written):
    prior = WordPrior.from_words("my card", ["my", "card"], [None, 2], label="a")
    path, lines = written([prior])
    assert '["my", null]' in lines[1]
    assert math.isnan(load_lessons(path)[0].scores[0])


def test_an_edited_score_is_read(written):
    path, lines = written(PRIORS)
    path.write_text("\n".join(lines).replace('["card", 9.0]', '["card", -3]'), encoding="utf-8")
    assert load_lessons(path)[0].scores == (1.0, -3.0)


def test_every_bad_line_is_named_by_its_number(written):
    path, lines = written(PRIORS)
    bad = ['{"text": "x", "label": "a", "scores": [["y", 1], ["z", 2]]}', "", '{"label": "a"}']
    path.write_text("\n".join([*lines[:-1], *bad]), encoding="utf-8")
    with pytest.raises(LessonFileError, match="cannot be used:") as caught:
        load_lessons(path)
    assert caught.value.problems == [
        "line 5: 'y' is not in the text",
        "line 5: 'z' is not in the text",
        "line 7: no 'text'",
        "line 7: scores must be a list of [word, score], got None",
    ]


def test_all_lines_that_are_no_json_are_named(written):
    path, lines = written(REWRITES)
    path.write_text("\n".join([*lines, "{", "[]"]), encoding="utf-8")
    with pytest.raises(LessonFileError, match="line 5: not JSON") as caught:
        load_lessons(path)
    assert "line 6: must be a JSON object, got list" in caught.value.problems


def test_a_bad_provenance_of_the_header_is_named(written):
    path, lines = written(REWRITES)
    header = json.loads(lines[0]) | {"provenance": {"n_calls": "many"}}
    path.write_text("\n".join([json.dumps(header), *lines[1:]]), encoding="utf-8")
    with pytest.raises(LessonFileError, match="line 1: provenance: n_calls must be a whole number"):
        load_lessons(path)


def test_a_class_has_one_card(written):
    path, lines = written(CARDS)
    path.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
    with pytest.raises(LessonFileError, match="the card of 'a' stands 2 times"):
        load_lessons(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"label": ""}', "line 2: label must not be empty, got ''"),
        ('{"label": "a", "cues": "x"}', "line 2: cues must be a list of texts, got 'x'"),
        ('{"label": "a", "confusable": "b"}', "line 2: confusable must be a list of objects"),
        ('{"label": "a", "confusable": [3]}', "line 2: confusable: label must be a text, got 3"),
        ('{"label": "a", "confusable": ["a"]}', "names its own class as confusable"),
    ],
)
def test_a_card_that_cannot_be_used_says_why(written, line, message):
    path, lines = written(CARDS[:1])
    path.write_text(f"{lines[0]}\n{line}", encoding="utf-8")
    with pytest.raises(LessonFileError, match=message):
        load_lessons(path)


def test_neighbours_may_be_plain_labels(written):
    path, lines = written(CARDS[:1])
    path.write_text(lines[0] + '\n{"label": "a", "confusable": ["b"]}', encoding="utf-8")
    assert load_lessons(path)[0].neighbours == ("b",)


def test_a_rewrite_needs_words_and_a_label():
    with pytest.raises(InputError, match="text must be a text that is not empty, got ' '"):
        Rewrite(" ", "a")
    with pytest.raises(InputError, match="label must be a text that is not empty, got 3"):
        Rewrite("x", 3)


@pytest.mark.parametrize("lessons", [[], None, "x", {}])
def test_nothing_is_not_saved(tmp_path, lessons):
    with pytest.raises(InputError, match="must be a FeaturePrior, or a list with at least one of"):
        save_lessons(lessons, tmp_path / "x.jsonl")
    assert not (tmp_path / "x.jsonl").exists()


def test_kinds_are_not_mixed_in_a_file(tmp_path):
    with pytest.raises(InputError, match="one kind; got ClassCard, Rewrite"):
        save_lessons([CARDS[0], REWRITES[0]], tmp_path / "x.jsonl")
    with pytest.raises(InputError, match="Leave out what is None"):
        save_lessons([PRIORS[0], None], tmp_path / "x.jsonl")


def test_a_feature_prior_is_still_one_value(written):
    prior = FeaturePrior.from_scores({"yes": {"age": 3}})
    assert load_lessons(written(prior)[0]) == prior
