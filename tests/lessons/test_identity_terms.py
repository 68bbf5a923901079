"""Terms are found whole, swapped with their counterparts, and read from files people edit."""

import pytest

from tutelage.errors import InputError, OutputError
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.identity_terms_files import (
    identity_terms_of,
    load_identity_terms,
    save_identity_terms,
)

TERMS = IdentityTerms(
    {
        "gender": {"women": ["woman", "she", "her", "-"], "men": ["man", "he", "-", "his"]},
        "age": {"old": ["old man"], "young": ["young man"]},
    }
)


def found(text, terms=TERMS):
    return [(mention.axis, mention.term) for mention in terms.mentions(text)]


def test_a_term_is_found_whole_and_whatever_its_capitals():
    assert found("A WOMAN, a Man's; manly, the humans") == [("gender", "woman"), ("gender", "man")]


def test_the_longest_term_of_an_axis_wins_and_axes_do_not_hide_one_another():
    assert found("an old man") == [("age", "old man"), ("gender", "man")]
    begun = IdentityTerms({"x": {"a": ["old"], "b": ["old man"]}})
    assert found("an old man", begun) == [("x", "old man")]
    nested = IdentityTerms({"x": {"a": ["man"], "b": ["old man"]}})
    assert found("an old man", nested) == [("x", "old man")]


def test_a_mention_says_where_it_is():
    text = "Then she left."
    [mention] = TERMS.mentions(text)
    assert text[mention.start : mention.end] == "she"
    assert mention.group == "women"


def test_terms_of_scripts_without_spaces_are_found_inside_a_text():
    terms = IdentityTerms({"性别": {"女": ["女人"], "男": ["男人"]}})
    assert terms.swapped("一个女人来了", "性别", "女", "男") == "一个男人来了"


def test_a_term_is_no_part_of_a_word_with_vowel_signs():
    terms = IdentityTerms({"gender": {"women": ["औरत"], "men": ["आदमी"]}})
    assert [m.start for m in terms.mentions("औरतें और औरत")] == [9]
    assert terms.swapped("औरतें और औरत", "gender", "women", "men") == "औरतें और आदमी"


def test_letters_beyond_ascii_are_letters():
    assert found("mañana", IdentityTerms({"x": {"y": ["ma", "ana"]}})) == []


def test_capitals_of_every_script_are_found_without_a_crash():
    assert found("HİS SHE") == [("gender", "his"), ("gender", "she")]
    assert TERMS.swapped("HİS, ſhe", "gender", "women", "men") == "HİS, he"


def test_a_swap_keeps_capitals_and_everything_else():
    told = TERMS.swapped("She  SHE woman;\nher", "gender", "women", "men")
    assert told == "He  HE man;\nher"  # "her" has no counterpart


def test_a_swap_leaves_the_other_group_and_longer_lists_alone():
    assert TERMS.swapped("he and she", "gender", "women", "men") == "he and he"
    assert TERMS.swapped("his", "gender", "men", "women") == "his"


def test_the_shipped_list_is_found_in_a_sentence_and_swaps_both_ways():
    terms = IdentityTerms.default()
    assert terms.swapped("the muslim wife", "gender", "women", "men") == "the muslim husband"
    assert terms.swapped("the muslim wife", "religion", "muslim", "hindu") == "the hindu wife"
    assert terms.n_terms > 100


def test_a_list_cannot_be_changed_later():
    with pytest.raises(TypeError):
        TERMS.axes["gender"]["women"] = ()


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        ({}, "at least one axis"),
        ({"gender": {}}, "axis 'gender' must have at least one group"),
        ({"gender": {"women": []}}, "group 'women' of axis 'gender' must have at least one term"),
        ({"gender": {"women": ["-"]}}, "must have at least one term"),
        ({"gender": {"women": "woman"}}, "must be a list of terms, got 'woman'"),
        ({"gender": {"women": [" woman"]}}, "without space around, got ' woman'"),
        ({"gender": {"women": [3]}}, "must be a text without space around, got 3"),
        ({"gender": {"women": ["x"], "men": ["X"]}}, "'x' must stand once in the axis"),
        ([], r"at least one axis with its groups, got \[\]"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(axes, words):
    with pytest.raises(InputError, match=words):
        IdentityTerms(axes)


def test_a_list_survives_being_saved_edited_and_read(tmp_path):
    path = save_identity_terms(TERMS, tmp_path / "terms.txt")
    assert load_identity_terms(path) == TERMS
    path.write_text(path.read_text().replace("woman", "lady") + "\n# the end\n")
    assert "lady" in load_identity_terms(path).axes["gender"]["women"]
    assert load_identity_terms(save_identity_terms(IdentityTerms.default(), path)).n_terms > 100


def test_json_is_read_too(tmp_path):
    path = tmp_path / "terms.json"
    path.write_text('{"gender": {"women": ["she"], "men": ["he"]}}', encoding="utf-8")
    assert load_identity_terms(path).axes["gender"]["men"] == ("he",)


def test_bad_lines_are_all_listed_by_number():
    with pytest.raises(InputError) as raised:
        identity_terms_of("women: she\n[gender]\nwomen: she\nhe\nwomen: lady\n")
    assert [problem[:7] for problem in raised.value.problems] == ["line 1 ", "line 4 ", "line 5:"]


def test_files_that_cannot_be_read_or_written_say_so(tmp_path):
    with pytest.raises(InputError, match="must be a text file in UTF-8"):
        load_identity_terms(tmp_path / "absent.txt")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(InputError, match="must be JSON"):
        load_identity_terms(tmp_path / "bad.json")
    with pytest.raises(OutputError, match="cannot be written"):
        save_identity_terms(TERMS, tmp_path / "nowhere" / "terms.txt")
