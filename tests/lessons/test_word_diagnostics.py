"""Suspicious word priors are named by position, never by their text."""

from tutelage.lessons import WordPrior, diagnose

GOOD = WordPrior.from_words("cancel my card", ["cancel", "my", "card"], [9, 0, 4], label="a")


def of(scores, label="a", text="cancel my card"):
    return WordPrior.from_words(text, text.split(), scores, label=label)


def kinds(priors, classes=None):
    return [(f.kind, f.severity, f.names) for f in diagnose(priors, classes=classes)]


def test_a_good_prior_raises_no_suspicion():
    assert kinds([GOOD] * 3, ["a"]) == []


def test_no_prior_at_all_is_a_warning():
    assert kinds([]) == kinds([None, None]) == [("empty", "warning", ())]


def test_an_all_zero_prior_is_named_by_position():
    assert kinds([*[GOOD] * 5, of([0, 0, 0])]) == [("all_zero", "note", ("5",))]


def test_a_uniform_prior_is_named_and_many_are_a_warning():
    assert kinds([GOOD, of([5, 5, 5])]) == [("uniform", "warning", ("1",))]


def test_two_equal_words_are_not_uniform():
    assert kinds([of([5, 5], text="hello there")]) == []


def test_words_without_a_score_are_named():
    assert kinds([*[GOOD] * 5, of([None, 5, 4])]) == [("missing", "note", ("5",))]


def test_a_label_that_is_no_class_is_a_warning():
    findings = diagnose([*[GOOD] * 9, of([1, 2, 3], label="z", text="a b c")], classes=["a"])
    assert [(f.kind, f.severity, f.names) for f in findings] == [("stranger", "warning", ("9",))]
    assert "'z', which is none of the 1 classes" in findings[0].message


def test_one_text_with_two_labels_is_a_contradiction():
    assert kinds([*[GOOD] * 9, of([1, 2, 3], label="b")])[0][0] == "contradictory"


def test_uncovered_texts_and_classes_are_counted():
    findings = diagnose([GOOD, None, None], classes=["a", "b"])
    assert [f.message for f in findings] == [
        "2 of 3 texts have no word prior; their labels still teach.",
        "No text of 1 of 2 classes has a word prior: 'b'.",
    ]


def test_no_message_quotes_a_text():
    odd = [of([0, 0, 0]), of([5, 5, 5], "z"), of([None, 1, 2], "b"), None]
    assert not [f for f in diagnose(odd, classes=["a"]) if "cancel" in f.message]
