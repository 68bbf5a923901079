"""plan, teach and train know texts without labels, as fit does."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.unlabelled_cases import (
    CLASSES,
    REASONS,
    SAID,
    TASK,
    TRUTH,
    helpful,
    text_of,
    write_job,
    write_tape,
)

from tutelage.lessons import Rationale, load_lessons, save_lessons
from tutelage.students import load


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_job(tmp_path_factory.mktemp("texts"))


@pytest.fixture
def ask(run, files):
    """Run plan or teach on the texts, with the tape unless another teacher is named."""

    def ask_again(command, *more, classes="set,query,cancel", teacher=None, data=None):
        source = f"tape:{files / 'tape.jsonl'}" if teacher is None else teacher
        return run(
            command, data or files / "texts.csv", "--text", "said", "--classes", classes, "--task",
            TASK, "--teacher", source, *more,
        )  # fmt: skip

    return ask_again


@pytest.fixture
def taught(ask, tmp_path):
    """A folder of lessons that teach wrote."""
    done = ask("teach", "--out", "lessons")
    assert done.code == 0, done.err
    return tmp_path / "lessons"


@pytest.fixture
def train(run, files):
    def run_train(*more, data=files / "texts.csv", steps=3):
        return run(
            "train", data, "--text", "said", "--encoder", files / "encoder", "--steps", steps, *more
        )

    return run_train


def test_plan_shows_calls_tokens_and_requests_of_labels_and_cards_and_asks_nothing(ask, tmp_path):
    done = ask("plan", "--price-in", 1, "--price-out", 1, teacher="openai:some-model")
    assert done.code == 0, done.err
    table, labels, cards = done.out.split("\nOne complete request for ")
    rows = {line[:15].strip(): line[15:].split() for line in table.split("\n")}
    assert rows["labels, reasons"][0] == "12"
    assert float(rows["labels, reasons"][-1]) >= float(rows["labels, reasons"][-2]) > 0
    assert rows["class cards"][0] == "1"
    assert TASK in labels
    assert SAID[0] in labels
    assert SAID[0] not in cards
    assert "the teacher is told its label and asked why" in done.err
    assert not (tmp_path / "lessons").exists()


def test_plan_as_json_follows_share_samples_and_ask(ask):
    source = "openai:gpt-4o-mini"
    whole = json.loads(ask("plan", "--json", teacher=source).out)
    assert {kind: plan["n_calls"] for kind, plan in whole.items()} == {"labels": 12, "cards": 1}
    assert whole["labels"]["tokens_in"]["expected"] > 0
    less = json.loads(ask("plan", "--json", "--ask", "labels", "--share", 0, teacher=source).out)
    assert list(less) == ["labels"]
    assert less["labels"]["tokens_out"]["expected"] < whole["labels"]["tokens_out"]["expected"]
    more = json.loads(ask("plan", "--json", "--samples", 3, teacher=source).out)
    assert more["labels"]["n_calls"] == 36
    assert more["cards"] == whole["cards"]
    spoken = json.loads(ask("plan", "--json", "--languages", "Dutch,Thai", teacher=source).out)
    assert {kind: plan["n_calls"] for kind, plan in spoken.items()} == {"labels": 12, "cards": 2}
    assert "--languages must be distinct" in ask("plan", "--languages", ",", teacher=source).err


def test_plan_writes_every_request_that_would_be_sent(ask, tmp_path):
    done = ask("plan", "--show-outgoing", "sent.jsonl", teacher="openai:gpt-4o-mini")
    assert done.code == 0, done.err
    sent = (tmp_path / "sent.jsonl").read_text().splitlines()
    assert len(sent) == 13
    assert all(any(json.dumps(text)[1:-1] in line for line in sent) for text in SAID)


def test_teach_leaves_labels_reasons_and_cards_and_says_what_came(ask, tmp_path):
    done = ask("teach", "--out", "lessons")
    assert done.code == 0, done.err
    lessons = load_lessons(tmp_path / "lessons/rationales.jsonl")
    assert [(one.text, one.label) for one in lessons] == [(text, TRUTH[text]) for text in SAID]
    assert {one.rationale for one in lessons} == set(REASONS.values())
    cards = load_lessons(tmp_path / "lessons/class_cards.jsonl")
    assert [card.label for card in cards] == list(CLASSES)
    assert "The teacher labelled 12 of 12 texts" in done.out
    assert "class cards: 3" in done.out
    assert "The lessons are in lessons; they cost 0.0000 US dollars now." in done.err


def test_teach_with_ask_labels_leaves_no_cards(ask, tmp_path):
    done = ask("teach", "--ask", "labels", "--out", "lessons")
    assert done.code == 0, done.err
    assert [path.name for path in (tmp_path / "lessons").iterdir()] == ["rationales.jsonl"]
    assert "class cards" not in done.out


def test_lessons_that_are_there_are_not_overwritten(ask, taught):
    before = (taught / "rationales.jsonl").read_text()
    done = ask("teach", "--out", taught)
    assert done.code == 2
    assert "exists and is not empty; name another folder with --out" in done.err
    assert (taught / "rationales.jsonl").read_text() == before


def test_a_teacher_that_knows_one_class_only_leaves_no_lessons(ask, tmp_path):
    write_tape(tmp_path / "one.jsonl", lambda question: {**helpful(question), "label": "set"})
    done = ask("teach", "--out", "lessons", teacher="tape:one.jsonl")
    assert done.code == 2
    assert "needs texts of at least 2 classes, and all 12 labels are 'set'" in done.err
    assert not (tmp_path / "lessons").exists()


def test_a_budget_that_is_too_small_is_refused_before_anything_is_asked(ask):
    done = ask("teach", "--budget", 1e-7, teacher="openai:gpt-4o-mini")
    assert done.code == 2
    assert "Nothing was asked." in done.err


@pytest.mark.parametrize("command", ["plan", "teach"])
def test_all_problems_of_options_and_file_are_told_at_once(ask, command):
    done = ask(command, "--kind", "regression", "--sensitive", "sex", "--share", 2,
               "--ask", "rewrites", classes="a,a", data="none.csv")  # fmt: skip
    assert done.code == 2
    for problem in (
        "--classes must name each class once, got 'a' twice",
        "--share must be a number from 0 to 1, got 2",
        "without --target, --ask must be labels or labels,cards, got 'rewrites'",
        "without --target, leave out what needs labels: --kind, --sensitive",
        "There is no file 'none.csv'",
    ):
        assert problem in done.err
    assert done.err.count("error:") == 1


@pytest.mark.parametrize("command", ["plan", "teach"])
@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (" ", "--classes must name the classes, as a,b,c or as a .json file"),
        ("set", "--classes must name at least 2 classes, got ['set']"),
        ("set,,query", "--classes must name no empty class, got ['set', '', 'query']"),
    ],
)
def test_classes_that_are_missing_or_too_few_are_named(ask, command, classes, message):
    done = ask(command, classes=classes, teacher="openai:gpt-4o-mini")
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", ["plan", "teach"])
def test_somebody_must_be_asked(run, files, command):
    done = run(command, files / "texts.csv", "--text", "said", "--classes", "a,b")
    assert done.code == 2
    assert "a teacher is needed: --teacher openai:MODEL" in done.err


def test_empty_texts_are_not_asked_about_and_a_file_of_them_is_refused(ask, files, tmp_path):
    whole = (files / "texts.csv").read_text()
    (tmp_path / "some.csv").write_text(whole.replace("said\n", 'said\n""\n"  "\n'))
    done = ask("plan", "--json", data="some.csv")
    assert json.loads(done.out)["labels"]["n_questions"] == 12
    assert "2 of 14 rows of some.csv have no text and are left out (row 1, 2)." in done.err
    (tmp_path / "none.csv").write_text('said\n""\n"  "\n')
    done = ask("teach", data="none.csv")
    assert done.code == 2
    assert "at least one row must have a text, and every cell of 'said' is empty" in done.err


def taught_by(answer, tmp_path, ask):
    """Teach from a tape of other answers; returns what was printed, and the lessons."""
    write_tape(tmp_path / "odd.jsonl", answer)
    done = ask("teach", "--ask", "labels", "--out", "odd", teacher="tape:odd.jsonl")
    assert done.code == 0, done.err
    return done, load_lessons(tmp_path / "odd/rationales.jsonl")


@pytest.mark.filterwarnings("ignore:.*answers of.*were used although")
@pytest.mark.filterwarnings("ignore:1 of 12 texts got no label")
def test_an_answer_outside_the_classes_is_no_label_and_is_counted(ask, tmp_path):
    def outside(question):
        said = helpful(question)
        return {**said, "label": "snooze"} if text_of(question) == SAID[0] else said

    done, lessons = taught_by(outside, tmp_path, ask)
    assert "The teacher labelled 11 of 12 texts" in done.out
    assert "1 of 12 texts got no label" in done.err
    assert lessons[0].label is None


@pytest.mark.filterwarnings("ignore:12 of 12 texts that should have a reason got none")
def test_a_teacher_that_never_explains_leaves_labels_and_a_warning(ask, train, tmp_path):
    done, lessons = taught_by(
        lambda question: {**helpful(question), "rationale": ""}, tmp_path, ask
    )
    assert "12 of 12 texts that should have a reason got none" in done.err
    assert not any(one.rationales for one in lessons)
    assert train("--lessons", "odd").code == 0
    done = train("--lessons", "odd", "--student", "rationale")
    assert done.code == 2
    assert "none came for the 12 texts for which one was asked. Take --student enc" in done.err


@pytest.mark.filterwarnings("ignore:.*answers of.*were used although")
def test_a_teacher_without_any_verdict_leaves_no_lessons(ask, tmp_path):
    write_tape(tmp_path / "mute.jsonl", lambda question: "I would rather not say.")
    done = ask("teach", "--out", "lessons", teacher="tape:mute.jsonl")
    assert done.code == 2
    assert "in its answers about 12 texts it names none, so there is nothing to" in done.err
    assert not (tmp_path / "lessons").exists()


@pytest.mark.parametrize("command", ["plan", "teach", "train"])
def test_a_file_with_labels_is_another_job_and_refuses_classes(run, files, command):
    teacher = () if command == "train" else ("--teacher", "openai:gpt-4o-mini")
    done = run(
        command, files / "few.csv", "--target", "intent", "--text", "said", "--classes", "a,b",
        *teacher,
    )  # fmt: skip
    assert done.code == 2
    assert "has labels in 'intent', and --classes let the teacher label" in done.err


def test_what_teach_wrote_trains_the_model_that_fit_makes_and_a_later_fit(
    ask, taught, train, run, files
):
    done = ask("fit", "--encoder", files / "encoder", "--steps", 3)
    assert done.code == 0, done.err
    done = train("--lessons", taught)
    assert done.code == 0, done.err
    assert "on the teacher's labels and the phrases of its class cards" in done.err
    later = run(
        "fit", files / "texts.csv", "--text", "said", "--classes", ",".join(CLASSES), "--lessons",
        taught, "--encoder", files / "encoder", "--steps", 3, "--out", "later",
    )  # fmt: skip
    assert later.code == 0, later.err
    said = [
        run("predict", model, files / "few.csv", "--text", "said").out
        for model in ("tutelage-out/model", "model", "later/model")
    ]
    assert said[0] == said[1] == said[2]


def test_train_makes_a_student_that_writes_reasons_from_the_same_lessons(taught, train, run, files):
    done = train("--lessons", taught, "--student", "rationale", steps=2)
    assert done.code == 0, done.err
    assert "on the teacher's labels and reasons" in done.err
    done = run("explain", "model", files / "few.csv", "--text", "said", "--json")
    assert json.loads(done.out)["target"] in CLASSES


def test_classes_of_train_are_those_of_the_lessons_unless_they_are_named(taught, train, tmp_path):
    lessons = load_lessons(taught / "rationales.jsonl")
    (tmp_path / "some").mkdir()
    save_lessons(
        [one for one in lessons if one.label != "query"], tmp_path / "some/rationales.jsonl"
    )
    assert train("--lessons", "some").code == 0
    assert list(load("model").classes_) == ["cancel", "set"]
    done = train("--lessons", "some", "--classes", "set,query,cancel", "--out", "whole")
    assert done.code == 0, done.err
    assert list(load("whole").classes_) == ["cancel", "query", "set"]
    done = train("--lessons", "some", "--classes", "set,query", "--out", "other")
    assert done.code == 2
    assert "every label must be one of the classes, and 1 are not: 'cancel'" in done.err


def test_a_label_that_somebody_corrected_counts_for_more_than_the_answers(taught, train, tmp_path):
    path = taught / "rationales.jsonl"
    swap = {"set": "cancel", "cancel": "set", "query": "query"}
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines[1:]:
        line["label"] = swap[line["label"]]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    mended = load_lessons(path)
    assert [one.label for one in mended] == [swap[one.verdict] for one in mended]
    (taught / "class_cards.jsonl").unlink()
    (tmp_path / "plain").mkdir()
    certain = [Rationale.of(one.text, one.label) for one in mended]
    save_lessons(certain, tmp_path / "plain/rationales.jsonl")
    for lessons in (taught, "plain"):
        done = train("--lessons", lessons, "--out", f"from-{Path(lessons).name}")
        assert done.code == 0, done.err
    one, other = (load(f"from-{name}").predict_proba(SAID) for name in ("lessons", "plain"))
    np.testing.assert_array_equal(one, other)


def test_a_class_that_only_a_card_names_is_a_class(taught, train):
    lessons = load_lessons(taught / "rationales.jsonl")
    save_lessons([one for one in lessons if one.label != "query"], taught / "rationales.jsonl")
    assert train("--lessons", taught).code == 0
    assert list(load("model").classes_) == ["cancel", "query", "set"]


def test_train_without_a_target_needs_lessons_with_labels(train, tmp_path):
    done = train()
    assert done.code == 2
    assert "--lessons must name a folder that holds rationales.jsonl" in done.err
    assert "--classes" not in done.err
    (tmp_path / "empty").mkdir()
    done = train("--lessons", "empty", "--quick")
    assert done.code == 2
    assert "--lessons must name a folder that holds rationales.jsonl, as teach and fit" in done.err
    assert "without --target, leave out what needs labels: --quick" in done.err
    done = train("--lessons", "nowhere")
    assert "--lessons must be a folder of lessons, got 'nowhere'" in done.err
    assert not (tmp_path / "model").exists()


def test_with_a_target_its_labels_are_learned_and_those_of_the_teacher_named(taught, train, files):
    done = train("--lessons", taught, "--target", "intent", data=files / "few.csv")
    assert done.code == 0, done.err
    assert "The labels of 'intent' are learned; those that rationales.jsonl holds are" in done.err
    done = train("--target", "intent", "--student", "rationale", data=files / "few.csv")
    assert done.code == 2
    assert "--student rationale learns the labels and reasons of a teacher" in done.err


def test_pairs_of_texts_are_planned_taught_and_trained(run, files, tmp_path):
    pairs = [(f"{text}.", f"{text} now.") for text in SAID]
    labels = ["yes" if number % 2 else "no" for number in range(len(pairs))]
    truth = dict(zip((premise for premise, _ in pairs), labels, strict=True))

    def answer(question):
        [premise] = [text for text in truth if f"\n{text}\n" in question.messages[-1].content]
        return {"label": truth[premise], "rationale": "the first says something of the second"}

    write_tape(tmp_path / "pairs.jsonl", answer, pairs, ("yes", "no"))
    rows = [f'"{premise}","{other}"' for premise, other in pairs]
    (tmp_path / "pairs.csv").write_text("\n".join(["first,second", *rows]) + "\n")
    about = ("pairs.csv", "--text", "first", "--text2", "second", "--classes", "yes,no")
    source = ("--task", TASK, "--teacher", "tape:pairs.jsonl")
    assert list(json.loads(run("plan", *about, *source, "--json").out)) == ["labels"]
    done = run("teach", *about, *source)
    assert done.code == 0, done.err
    done = run("train", *about, "--lessons", "lessons", "--encoder", files / "encoder",
               "--steps", 2)  # fmt: skip
    assert done.code == 0, done.err
    done = run("predict", "model", "pairs.csv", "--text", "first", "--text2", "second", "--json")
    assert {row["prediction"] for row in json.loads(done.out)} <= {"yes", "no"}
