"""The bias command on text models: swaps, groups, lessons, two models, and bad input."""

import json

import pytest
from tests.students.tiny_encoders import tiny_encoder

from tutelage import TaughtTextClassifier, WordPrior, save_lessons
from tutelage.lessons import ClassCard

WORDS = {
    "bad": ["she wept and was sad", "a sad dull day", "she hated it", "he was sad"],
    "good": ["he laughed and was glad", "a bright glad day", "he loved it", "she was glad"],
}
ROWS = [(text, label) for label, texts in WORDS.items() for text in texts]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with two models of texts, one of three classes, test texts and lessons."""
    folder = tmp_path_factory.mktemp("texts")
    for part in tiny_encoder():
        part.save_pretrained(folder / "encoder")
    texts, labels = zip(*ROWS, strict=True)
    static = f"static:{folder / 'encoder'}"
    TaughtTextClassifier(static).fit(texts, labels).save(folder / "model")
    unnamed = [text.replace("she ", "they ").replace("he ", "they ") for text in texts]
    TaughtTextClassifier(static).fit(unnamed, labels).save(folder / "other")
    three = [*labels[:-1], "odd"]
    TaughtTextClassifier(static).fit(texts, three).save(folder / "three")
    lines = [f"{text} again,{label}" for text, label in ROWS * 5]
    (folder / "test.csv").write_text("\n".join(["said,mood", *lines]) + "\n")
    (folder / "unnamed.csv").write_text("said,mood\nit rained,bad\nit shone,good\n")
    lessons = folder / "lessons"
    lessons.mkdir()
    ratings = [
        WordPrior.from_words(text, text.split(), [9] + [1] * (len(text.split()) - 1), label=label)
        for text, label in ROWS
    ]
    save_lessons(ratings, lessons / "word_ratings.jsonl")
    save_lessons([ClassCard("bad", cues=("she wept",))], lessons / "class_cards.jsonl")
    return folder


@pytest.fixture
def audit(run, made):
    """Run bias on a model of texts with more options."""

    def run_bias(*more, model="model", data="test.csv"):
        return run("bias", made / model, made / data, "--text", "said", *more)

    return run_bias


def flat(text):
    return " ".join(text.split())


def test_texts_without_labels_are_swapped(audit):
    done = audit()
    assert done.code == 0, done.err
    assert "told about another group" in flat(done.out)
    assert "women -> men" in done.out
    assert "positive:" not in done.out


def test_with_labels_groups_are_scored_too(audit):
    pytest.importorskip("fairlearn", reason="group metrics need the extra bias")
    done = audit("--target", "mood")
    assert done.code == 0, done.err
    assert "gender = women" in done.out
    assert "equalised odds" in done.out


def test_json_holds_everything(audit, made):
    pytest.importorskip("fairlearn", reason="group metrics need the extra bias")
    done = audit("--target", "mood", "--lessons", made / "lessons", "--json")
    values = json.loads(done.out)
    assert values["swaps"]["n_texts"] == 40
    assert {row["axis"] for row in values["swaps"]["rows"]} == {"gender"}
    assert {score["group"] for score in values["groups"]["scores"]} == {
        "men", "women", "(no mention)",
    }  # fmt: skip
    assert values["priors"]["rows"][0]["share"] == 1.0
    assert {finding["severity"] for finding in values["findings"]} == {"warning"}


def test_with_more_classes_accuracy_is_by_group(audit):
    done = audit("--target", "mood", model="three")
    assert done.code == 0, done.err
    assert "by the group that a text mentions" in flat(done.out)
    assert "--positive" in done.err


def test_two_models_are_compared_on_the_same_swaps(audit, made):
    done = audit("--against", made / "other")
    assert done.code == 0, done.err
    assert "What the first model changes" in done.out
    values = json.loads(audit("--against", made / "other", "--json").out)
    assert {change["axis"] for change in values["swaps"]["changes"]} == {"gender"}
    assert values["swaps"]["second"]["rows"][0]["moved"]["value"] >= 0


def test_lessons_are_searched_and_warned_of(audit, made):
    done = audit("--lessons", made / "lessons" / "word_ratings.jsonl")
    assert "What word priors say of identity terms" in done.out
    assert "'she' for 'bad' in 2" in flat(done.err)
    done = audit("--lessons", made / "lessons")
    assert "class card 'bad' name identity terms" in flat(done.err)


def test_a_list_of_ones_own_is_used(audit, tmp_path):
    (tmp_path / "mine.txt").write_text("[weather]\nsad: sad, dull\nglad: glad, bright\n")
    done = audit("--identity-terms", "mine.txt")
    assert "sad -> glad" in done.out
    assert "women" not in done.out


def test_texts_that_mention_nobody_are_said_and_no_error(audit):
    done = audit("--target", "mood", data="unnamed.csv")
    assert done.code == 0, done.err
    assert "0 of 2 texts mention one of the" in flat(done.err)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--sensitive", "mood"), "leave out what is for tables: --sensitive"),
        (("--identity-terms", "absent.txt"), "absent.txt must be a text file in UTF-8"),
        (("--target", "mod"), "Did you mean 'mood'?"),
        (("--target", "said"), "must name two columns"),
        (("--lessons", "nowhere"), "nowhere"),
        (("--out", "audit.pdf"), "--out must end in .html or .json, got 'audit.pdf'"),
        (("--out", "no/audit.html"), "cannot be written"),
        (("--target", "mood", "--positive", "goood"), "Did you mean 'good'?"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(audit, more, words):
    if "--positive" in more:
        pytest.importorskip("fairlearn", reason="group metrics need the extra bias")
    done = audit(*more)
    assert (done.code, done.out) == (2, "")
    assert words in flat(done.err)
    assert "Traceback" not in done.err


def test_lessons_without_words_are_refused(audit, made, tmp_path):
    (tmp_path / "empty").mkdir()
    done = audit("--lessons", "empty")
    assert done.code == 2
    assert "must hold word priors or class cards" in flat(done.err)


def test_the_audit_is_written_as_a_page_or_as_json(audit, made, tmp_path):
    done = audit("--lessons", made / "lessons", "--out", "audit.html")
    assert done.code == 0, done.err
    page = (tmp_path / "audit.html").read_text()
    assert "women" in page
    assert "rate identity terms highly" in page
    audit("--out", "audit.json")
    assert json.loads((tmp_path / "audit.json").read_text())["swaps"]["n_texts"] == 40
