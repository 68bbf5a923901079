"""Long texts, odd classes and odd models, from the command line, for both kinds of student."""

import json

import pytest
from tests.cli.text_cases import TEST_TEXTS, write_texts
from tests.cli.unlabelled_cases import CLASSES, SAID, TASK, helpful, write_csv, write_tape
from tests.students.tiny_encoders import tiny_encoder
from tests.students.tiny_writers import tiny_writer

from tutelage.errors import TutelageWarning
from tutelage.lessons import load_lessons, save_lessons
from tutelage.students import load

READS_ONLY = "distilbert"
KINDS = ("bert", "t5", "gpt2")
LONG = "please " * 300 + SAID[0]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders with an encoder of words, and with models that write: T5, GPT-2 without padding."""
    folder = tmp_path_factory.mktemp("models")
    for name, parts in (
        ("bert", tiny_encoder()), (READS_ONLY, tiny_encoder(READS_ONLY)),
        ("t5", tiny_writer("t5")), ("gpt2", tiny_writer("gpt2")),
    ):  # fmt: skip
        for part in parts:
            part.save_pretrained(folder / name)
    return folder


@pytest.fixture
def fit(run, models, tmp_path):
    """Label the texts by a function and train a student on that."""

    def fit_again(answer=helpful, *more, student="encoder", model="bert", texts=SAID,
                  classes=CLASSES):  # fmt: skip
        write_csv(tmp_path / "texts.csv", texts)
        write_tape(tmp_path / "tape.jsonl", answer, texts, classes)
        (tmp_path / "classes.json").write_text(json.dumps(list(classes)))
        return run(
            "fit", "texts.csv", "--text", "said", "--classes", "classes.json", "--task", TASK,
            "--teacher", "tape:tape.jsonl", "--encoder", models / model, "--steps", 2, "--student",
            student, *more,
        )  # fmt: skip

    return fit_again


def renamed(names):
    """Answer helpfully, by other names for the classes."""

    def answer(question):
        said = helpful(question)
        return {**said, "label": names[said["label"]]}

    return answer


def long_too(question):
    """Answer also about the long text, as about the short one at its end."""
    if "please please" in question.messages[1].content:
        return {"label": "set", "rationale": "somebody politely wants an alarm to be set"}
    return helpful(question)


@pytest.mark.parametrize(
    ("student", "model"),
    [("encoder", "bert"), ("rationale", "bert"), ("rationale", "t5"), ("rationale", "gpt2")],
)
def test_texts_longer_than_the_model_are_cut_and_the_report_says_so(fit, run, student, model):
    done = fit(long_too, "--json", student=student, model=model, texts=[LONG, *SAID[1:]])
    assert done.code == 0, done.err
    told = [text for text in json.loads(done.out)["warnings"] if "tokens" in text]
    assert len(told) == 1
    assert told[0].startswith("1 of 12 texts have more than")
    with pytest.warns(TutelageWarning, match="texts have more than"):
        assert len(load("tutelage-out/model").predict_proba([LONG])) == 1


@pytest.mark.parametrize("model", KINDS)
def test_classes_that_share_their_first_tokens_each_have_a_probability(fit, run, model, tmp_path):
    names = dict(zip(CLASSES, ("set it now", "set it off", "set it"), strict=True))
    write_texts(tmp_path / "few.csv", {names[label]: own for label, own in TEST_TEXTS.items()})
    done = fit(renamed(names), "--test", "few.csv", student="rationale", model=model,
               classes=tuple(names.values()))  # fmt: skip
    assert done.code == 0, done.err
    done = run("predict", "tutelage-out/model", "few.csv", "--text", "said", "--json")
    for row in json.loads(done.out):
        chances = {name: row[f"probability of {name}"] for name in names.values()}
        assert sum(chances.values()) == pytest.approx(1)
        assert row["prediction"] == max(chances, key=chances.get)


@pytest.mark.parametrize("model", KINDS)
def test_a_student_of_reasons_takes_classes_in_other_scripts(fit, run, model, tmp_path):
    names = dict(zip(CLASSES, ("wécken", "質問", "إلغاء"), strict=True))
    write_texts(tmp_path / "few.csv", {names[label]: own for label, own in TEST_TEXTS.items()})
    done = fit(renamed(names), "--test", "few.csv", student="rationale", model=model,
               classes=tuple(names.values()))  # fmt: skip
    assert done.code == 0, done.err
    record = json.loads((tmp_path / "tutelage-out/record.json").read_text())
    assert any("cannot write" in text for text in record["warnings"])
    said = json.loads(run("explain", "tutelage-out/model", "few.csv", "--text", "said",
                          "--json").out)  # fmt: skip
    assert said["target"] in names.values()


def test_lessons_without_any_reason_train_an_encoder_and_no_student_of_reasons(
    fit, run, models, tmp_path
):
    assert fit(helpful).code == 0
    folder = tmp_path / "tutelage-out/lessons"
    lessons = load_lessons(folder / "rationales.jsonl")
    save_lessons([one.without_rationale() for one in lessons], folder / "rationales.jsonl")
    train = ("train", "texts.csv", "--text", "said", "--lessons", folder, "--encoder",
             models / "bert", "--steps", 2)  # fmt: skip
    assert run(*train).code == 0
    done = run(*train, "--student", "rationale", "--out", "other")
    assert done.code == 2
    assert "--student rationale learns reasons, and none came" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("student", "model", "message"),
    [
        ("encoder", "t5", "--encoder must be a model that reads, such as BERT; got the encoder-de"),
        ("rationale", READS_ONLY, "got a 'distilbert', which only reads"),
    ],
)
def test_a_model_that_does_not_fit_the_student_is_refused_before_anything_is_asked(
    fit, run, models, student, model, message
):
    source = ("--teacher", "openai:some-model", "--price-in", 1, "--price-out", 1)
    done = fit(helpful, *source, student=student, model=model)
    assert done.code == 2
    assert message in done.err
    assert "are sent to" not in done.err
    assert "Traceback" not in done.err
    assert fit(helpful).code == 0
    done = run("train", "texts.csv", "--text", "said", "--lessons", "tutelage-out/lessons",
               "--encoder", models / model, "--student", student)  # fmt: skip
    assert done.code == 2
    assert message in done.err
