"""The job without labels refuses what it cannot use: exit code 2, one message, all problems."""

import json

import pytest
from tests.cli.text_cases import TEST_TEXTS, write_texts
from tests.cli.unlabelled_cases import CLASSES, SAID, helpful, text_of, write_csv, write_tape
from tests.students.tiny_encoders import tiny_encoder

from tutelage.cli.unlabelled_data import read_judged_texts, read_plain_texts
from tutelage.errors import DataError
from tutelage.lessons import load_lessons


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    for part in tiny_encoder():
        part.save_pretrained(folder)
    return folder


@pytest.fixture
def texts(tmp_path):
    return write_csv(tmp_path / "texts.csv")


@pytest.fixture
def fit(run, encoder, texts):
    """Run fit on the texts with more options, in an empty folder."""

    def fit_again(*more, classes="set,query,cancel", task="Tell what somebody wants of an alarm "
                  "clock."):  # fmt: skip
        return run(
            "fit", texts, "--text", "said", "--classes", classes, "--task", task, "--encoder",
            encoder, "--steps", 2, "--out", "out", *more,
        )  # fmt: skip

    return fit_again


def test_without_a_target_and_without_classes_both_ways_are_named(run, texts):
    done = run("fit", texts, "--teacher", "openai:x")
    assert done.code == 2
    assert "--text must name the column of texts; a table needs --target" in done.err
    assert "--classes must name the classes" in done.err


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ("set", "--classes must name at least 2 classes, got ['set']"),
        (" ", "--classes must name the classes"),
        ("set,query,set", "--classes must name each class once, got 'set' twice"),
        ("set,,query", "--classes must name no empty class, got ['set', '', 'query']"),
        ("none.json", "none.json cannot be read: No such file"),
        ("bad.json", "bad.json must be JSON, but is not"),
        ("number.json", "number.json must hold a list of names, or an object"),
        ("twice.json", "twice.json must name each class once, got 'a' twice"),
        ("meaning.json", "meaning.json: the meaning of 'a' must be a text"),
        ("bad.toml", "bad.toml must be TOML, but is not"),
    ],
)
def test_classes_that_cannot_be_used_are_named(fit, tmp_path, classes, message):
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "number.json").write_text("3")
    (tmp_path / "twice.json").write_text('{"a": "", "b": "", "a": ""}')
    (tmp_path / "meaning.json").write_text('{"a": 1, "b": ""}')
    (tmp_path / "bad.toml").write_text("{")
    done = fit("--teacher", "openai:x", classes=classes)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_all_problems_of_options_and_files_are_told_at_once(run, texts, tmp_path):
    done = run(
        "fit", texts, "--text", "sad", "--text2", "sad", "--classes", "a,a", "--share", 2,
        "--samples", 0, "--student", "trees", "--lessons", "nowhere", "--shots", "5", "--quick",
        "--teacher", "openai:x",
    )  # fmt: skip
    assert done.code == 2
    for problem in (
        "has no column 'sad'. Did you mean 'said'?",
        "--text and --text2 must name two columns, got 'sad' for both",
        "--classes must name each class once, got 'a' twice",
        "--share must be a number from 0 to 1, got 2",
        "--samples must be a whole number from 1, got 0",
        "--student must be one of encoder, rationale, got 'trees'",
        "--lessons must be a folder of lessons, got 'nowhere'",
        "without --target, leave out what needs labels: --shots, --quick",
    ):
        assert problem in done.err
    assert done.err.count("error:") == 1


def test_somebody_must_label(fit):
    done = fit()
    assert done.code == 2
    assert "somebody must label the texts: give --teacher" in done.err


def test_both_a_card_and_classes_are_refused(fit, tmp_path):
    (tmp_path / "card.toml").write_text('[classes]\na = ""\nb = ""\n')
    done = fit("--card", "card.toml", "--teacher", "openai:x")
    assert done.code == 2
    assert "--classes and --card both name the classes; give one of them" in done.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--share", "0"), "--student rationale learns reasons and needs --share above 0, got 0"),
        (("--encoder", "static"), "--student rationale needs --encoder minilm or a folder"),
        (("--encoder", "nowhere"), "'nowhere' is none"),
    ],
)
def test_a_student_of_reasons_needs_reasons_and_a_model_that_writes(fit, options, message):
    done = fit("--teacher", "openai:x", "--student", "rationale", *options)
    assert done.code == 2
    assert message in done.err


def test_empty_texts_are_counted_and_left_out(fit, texts, tmp_path):
    write_tape(tmp_path / "tape.jsonl")
    texts.write_text(texts.read_text().replace("said\n", 'said\n""\n"  "\n'))
    done = fit("--teacher", "tape:tape.jsonl", "--json")
    assert done.code == 0, done.err
    assert "2 of 14 rows of texts.csv have no text and are left out (row 1, 2)." in done.err
    data = json.loads(done.out)["data"]
    assert (data["n_rows"], data["n_empty"], data["n_labelled"]) == (14, 2, 12)


def test_a_file_without_any_text_is_refused(fit, texts):
    texts.write_text('said\n""\n"  "\n')
    done = fit("--teacher", "openai:x")
    assert done.code == 2
    assert "at least one row must have a text, and every cell of 'said' is empty" in done.err


def test_a_column_of_numbers_is_no_column_of_texts(fit, texts):
    texts.write_text("said\n1\n2\n")
    done = fit("--teacher", "openai:x")
    assert done.code == 2
    assert "must hold texts, got numbers such as 1" in done.err


def outside(question):
    """Answer outside the classes for one text, whatever is asked again."""
    if text_of(question) == SAID[0]:
        return {"label": "snooze", "rationale": "it is neither of the classes that were named"}
    return helpful(question)


@pytest.mark.filterwarnings("ignore:.*answers of.*were used although")
@pytest.mark.filterwarnings("ignore:1 of 12 texts got no label")
def test_an_answer_outside_the_classes_masks_its_text_and_is_counted(fit, tmp_path):
    write_tape(tmp_path / "tape.jsonl", outside)
    done = fit("--teacher", "tape:tape.jsonl", "--json")
    assert done.code == 0, done.err
    assert "1 of 12 texts got no label" in done.err
    found = json.loads(done.out)
    assert found["data"]["n_labelled"] == 11
    assert found["variants"][0]["n_texts"] == 11
    assert any("1 of 12 texts got no label" in text for text in found["warnings"])
    assert load_lessons(tmp_path / "out/lessons/rationales.jsonl")[0].label is None


def silent(question):
    """Label, and never explain."""
    return {"label": helpful(question)["label"], "rationale": ""}


@pytest.mark.filterwarnings("ignore:12 of 12 texts that should have a reason got none")
def test_a_teacher_that_never_explains_is_enough_for_an_encoder_and_is_named(fit, tmp_path):
    write_tape(tmp_path / "tape.jsonl", silent)
    done = fit("--teacher", "tape:tape.jsonl", "--json")
    assert done.code == 0, done.err
    warnings = json.loads(done.out)["warnings"]
    assert "No reason came although reasons were asked for; the labels are used alone." in warnings
    done = fit("--teacher", "tape:tape.jsonl", "--student", "rationale")
    assert done.code == 2
    assert "none came for the 12 texts for which one was asked. Take --student enc" in done.err


@pytest.mark.filterwarnings("ignore:.*answers of.*were used although")
def test_a_teacher_without_any_verdict_leaves_nothing_to_learn(fit, run, tmp_path):
    write_tape(tmp_path / "mute.jsonl", lambda question: "I would rather not say.")
    stored = ("--answers", "mute.sqlite", "--price-in", "1", "--price-out", "1")
    for source, told in (
        (("openai:some-model", *stored), "The answers are stored in mute.sqlite; read one with: "),
        (("tape:mute.jsonl",), "The answers are those of tape:mute.jsonl."),
    ):
        done = fit("--teacher", *source)
        assert done.code == 2
        assert "in its answers about 12 texts it names none, so there is nothing to" in done.err
        assert told in done.err
        assert "Traceback" not in done.err
        assert not (tmp_path / "out").exists()
        if "mute.sqlite" in told:
            words = done.err.partition("tutelage ")[2].partition(". Then")[0].split()
            assert "I would rather not say." in run(*words).out


def test_a_teacher_that_knows_one_class_only_leaves_nothing_to_tell_apart(fit, tmp_path):
    write_tape(tmp_path / "tape.jsonl", lambda question: {**helpful(question), "label": "set"})
    done = fit("--teacher", "tape:tape.jsonl")
    assert done.code == 2
    assert "needs texts of at least 2 classes, and all 12 labels are 'set'" in done.err


def test_classes_in_other_scripts_work_from_end_to_end(fit, run, tmp_path):
    names = dict(zip(CLASSES, ("wécken", "質問", "إلغاء"), strict=True))

    def translated(question):
        said = helpful(question)
        return {**said, "label": names[said["label"]]}

    classes = tuple(names.values())
    write_tape(tmp_path / "tape.jsonl", translated, classes=classes)
    few = {names[label]: listed for label, listed in TEST_TEXTS.items()}
    write_texts(tmp_path / "few.csv", few)
    done = fit("--teacher", "tape:tape.jsonl", "--test", "few.csv", classes=",".join(classes))
    assert done.code == 0, done.err
    page = (tmp_path / "out/report.html").read_text()
    assert all(name in page for name in classes)
    done = run("evaluate", "out/model", "few.csv", "--target", "intent", "--json")
    assert done.code == 0, done.err
    said = run("predict", "out/model", "few.csv", "--text", "said", "--json")
    assert {row["prediction"] for row in json.loads(said.out)} <= set(classes)


def test_labels_outside_the_classes_are_named_before_anything_is_asked(fit, tmp_path):
    write_texts(tmp_path / "few.csv", {"snooze": ["later"], "skip": ["not now"], "set": ["wake"]})
    done = fit("--teacher", "openai:x", "--test", "few.csv")
    assert done.code == 2
    assert "every label must be one of the classes, and 2 are not: 'skip', 'snooze'" in done.err
    assert "are sent to" not in done.err


def test_lessons_with_other_labels_are_refused(fit, tmp_path):
    write_tape(tmp_path / "tape.jsonl")
    assert fit("--teacher", "tape:tape.jsonl").code == 0
    done = fit("--lessons", "out/lessons", classes="set,query")
    assert done.code == 2
    assert "every label must be one of the classes, and 1 are not: 'cancel'" in done.err


def test_rows_of_the_labelled_file_without_text_or_label_are_left_out(tmp_path):
    train = read_plain_texts(write_csv(tmp_path / "texts.csv"), ["said"])
    few = tmp_path / "few.csv"
    few.write_text("said,x\na b,set\n,set\nc d,\ne f,query\n")
    found = read_judged_texts(few, None, train, dict.fromkeys(CLASSES, ""))
    assert list(zip(found.inputs, found.labels, strict=True)) == [("a b", "set"), ("e f", "query")]
    assert found.warnings[0].endswith("have no text and are left out (row 2).")
    assert found.warnings[1] == "1 of 4 rows of few.csv have no label and are left out."
    few.write_text("said,x\na b,\n")
    with pytest.raises(DataError, match="every cell of the target 'x' is empty"):
        read_judged_texts(few, None, train, dict.fromkeys(CLASSES, ""))


def test_texts_that_look_like_missing_cells_are_asked_about(tmp_path):
    (tmp_path / "t.csv").write_text("said,n\nhello,1\n?,2\nNA,3\n,4\n")
    found = read_plain_texts(tmp_path / "t.csv", ["said"])
    assert (found.inputs, found.n_empty) == (("hello", "?", "NA"), 1)
