"""Class cards in the job without labels: asked after the labels, judged against labels only."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.cli.text_cases import TEST_TEXTS
from tests.cli.unlabelled_cases import (
    CLASSES,
    SAID,
    TASK,
    TRUTH,
    describing,
    helpful,
    write_job,
    write_tape,
)

from tutelage import TaughtTextClassifier
from tutelage.cli import main
from tutelage.lessons import load_lessons
from tutelage.lessons.card_texts import card_texts
from tutelage.students import load
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher

PHRASES = 6  # two cue phrases a card, of two words or more


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = write_job(tmp_path_factory.mktemp("texts"))
    write_tape(folder / "labels.jsonl")
    return folder


def words_of(files, out, *more, tape="tape.jsonl", steps=3):
    words = [
        "fit", files / "texts.csv", "--text", "said", "--classes", ",".join(CLASSES), "--task",
        TASK, "--encoder", files / "encoder", "--steps", steps, "--out", out, *more,
    ]  # fmt: skip
    return [
        str(word)
        for word in words + ([] if tape is None else ["--teacher", f"tape:{files / tape}"])
    ]


@pytest.fixture(scope="module")
def fitted(files):
    """A whole run with class cards and a labelled file; its folder is not changed."""
    assert main(words_of(files, files / "out", "--test", files / "few.csv")) == 0
    return files / "out"


@pytest.fixture(scope="module")
def record(fitted):
    return json.loads((fitted / "record.json").read_text())


@pytest.fixture
def fit(run, files):
    """Run fit on the texts with more options, in an empty folder."""

    def fit_again(*more, **how):
        return run(*words_of(files, "out", *more, **{"steps": 2, **how}))

    return fit_again


def test_cards_are_asked_for_and_saved_beside_the_labels(fitted, record):
    cards = load_lessons(fitted / "lessons" / "class_cards.jsonl")
    assert [card.label for card in cards] == list(CLASSES)
    assert len(card_texts(cards)) == PHRASES
    assert (record["cards"]["status"], record["cards"]["n_lessons"]) == ("asked", 3)
    assert record["cards"]["n_calls"] == 1
    assert TASK in record["cards"]["question"]


def test_both_students_are_judged_and_the_one_with_cards_is_kept(fitted, record):
    taught, plain = record["variants"][:2]
    assert [one["name"] for one in record["variants"]] == [
        "student", "labels only", "majority class", "TF-IDF + logistic",
    ]  # fmt: skip
    assert (taught["lessons"], plain["lessons"]) == (["rationales", "cards"], ["rationales"])
    assert (taught["n_texts"], plain["n_texts"]) == (12 + PHRASES, 12)
    assert taught["n_steps"] == plain["n_steps"] == 3
    assert [gain["second"] for gain in record["gains"]] == [
        "majority class", "labels only", "TF-IDF + logistic",
    ]  # fmt: skip
    texts, truth = zip(*((t, x) for x, listed in TEST_TEXTS.items() for t in listed), strict=True)
    right = np.mean(load(fitted / "model").predict(texts) == np.array(truth))
    assert taught["estimates"][0]["value"] == pytest.approx(right)


def test_the_kept_student_is_one_taught_labels_and_phrases_from_python(fitted, files):
    cues = card_texts(load_lessons(fitted / "lessons" / "class_cards.jsonl"))
    certain = pd.get_dummies(pd.Series([TRUTH[text] for text in SAID]))[sorted(CLASSES)]
    own = TaughtTextClassifier(files / "encoder", alignment=0.0, steps=3, random_state=0)
    own.fit(SAID, label_probabilities=certain.astype(float), rewrites=cues)
    asked = [text for listed in TEST_TEXTS.values() for text in listed]
    np.testing.assert_allclose(
        load(fitted / "model").predict_proba(asked), own.predict_proba(asked), atol=1e-6
    )


def test_the_cost_per_point_counts_the_cards_too(record):
    tokens = sum(record[k][f"tokens_{way}"] for k in ("asked", "cards") for way in ("in", "out"))
    gain = record["gains"][0]["difference"]
    assert record["cards"]["tokens_out"] > 0
    assert record["price"]["tokens"] == (pytest.approx(tokens / (100 * gain)) if gain > 0 else None)


def test_plan_and_result_tell_of_the_cards(fit, files):
    done = fit("--test", files / "few.csv")
    assert done.code == 0, done.err
    plan, _, rest = done.out.partition("The teacher labelled")
    [row] = [line for line in plan.splitlines() if line.startswith("class cards")]
    assert row.split()[2] == "1"
    assert "labels only" in rest
    assert "3 class cards (" in rest
    assert "gave 6 phrases to learn from: " in rest
    assert "points over labels only (95 % interval" in rest


def test_without_labelled_texts_one_student_is_trained_on_both(fit):
    done = fit("--json")
    assert done.code == 0, done.err
    [only] = json.loads(done.out)["variants"]
    assert (only["name"], only["n_texts"]) == ("student", 12 + PHRASES)
    assert "gave 6 phrases to learn from; what they brought was not measured." in fit().out


def test_ask_labels_leaves_the_cards_out(fit, tmp_path):
    done = fit("--ask", "labels", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["cards"]["status"], found["variants"][0]["n_texts"]) == ("skipped", 12)
    assert found["warnings"] == []
    assert not (tmp_path / "out/lessons/class_cards.jsonl").exists()
    assert "class cards" not in fit("--ask", "labels").out


def test_lessons_that_are_there_are_read_with_the_cards_and_make_the_same_model(
    fit, fitted, files, run
):
    done = fit("--lessons", fitted / "lessons", "--json", tape=None, steps=3)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["asked"]["status"], found["cards"]["status"]) == ("read", "read")
    said = [run("predict", model, files / "few.csv", "--text", "said").out
            for model in (fitted / "model", "out/model")]  # fmt: skip
    assert said[0] == said[1]


def test_a_folder_without_cards_has_them_asked_for_and_the_labels_read(fit, files, tmp_path):
    assert fit("--ask", "labels").code == 0
    (tmp_path / "out").rename(tmp_path / "first")
    done = fit("--lessons", "first/lessons", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["asked"]["status"], found["cards"]["status"]) == ("read", "asked")
    done = fit("--lessons", "first/lessons", tape=None)
    assert done.code == 0, done.err
    assert "first/lessons holds no class_cards.jsonl, and there is no --teacher" in done.err
    done = fit("--lessons", "first/lessons", "--ask", "labels,cards", tape=None)
    assert done.code == 2
    assert "--ask names cards, first/lessons holds no class_cards.jsonl" in done.err


def test_a_tape_without_cards_is_enough_unless_cards_are_asked_for(fit):
    done = fit("--json", tape="labels.jsonl")
    assert done.code == 0, done.err
    assert "tape:labels.jsonl holds no class cards" in done.err
    [told] = json.loads(done.out)["warnings"]
    assert told.startswith("No class card teaches the student: tape:labels.jsonl holds no class")
    done = fit("--ask", "labels,cards", tape="labels.jsonl")
    assert done.code == 2
    assert "Traceback" not in done.err


@pytest.fixture
def stored(tmp_path):
    """A store that holds the answers about the texts, none about the classes; what they cost."""
    path = tmp_path / "answers.sqlite"
    client = ScriptedClient(helpful)
    with Teacher(client, name="openai:some-model", answers=path, prices=(1, 1)) as teacher:
        teacher.rationales(SAID, dict.fromkeys(CLASSES, ""), task=TASK)
        return path, teacher.ledger.spent_usd()


def test_cards_that_the_rest_of_the_budget_does_not_hold_are_skipped(fit, stored, tmp_path):
    path, spent = stored
    done = fit(
        "--teacher", "openai:some-model", "--answers", path, "--price-in", 1, "--price-out", 1,
        "--budget", spent + 1e-5, "--json", tape=None,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "class cards may need 0.0" in done.err
    found = json.loads(done.out)
    assert (found["data"]["n_labelled"], found["cards"]["status"]) == (12, "skipped")
    [told] = found["warnings"]
    assert "of the budget are left, so they are not asked for" in told
    assert not (tmp_path / "out/lessons/class_cards.jsonl").exists()


def test_a_class_without_a_text_is_known_from_its_card(fit, tmp_path):
    def never_query(question):
        said = describing(question)
        return {**said, "label": "set"} if said.get("label") == "query" else said

    write_tape(tmp_path / "some.jsonl", never_query, cards=True)
    done = fit("--json", tape=tmp_path / "some.jsonl")
    assert done.code == 0, done.err
    [told] = json.loads(done.out)["warnings"]
    assert (
        told == "The teacher put no text into query: the student knows it from class cards alone."
    )


def test_a_student_of_reasons_and_pairs_of_texts_have_no_use_for_cards(fit, tmp_path):
    done = fit("--student", "rationale")
    assert done.code == 0, done.err
    assert "class card" not in done.out + done.err
    done = fit("--student", "rationale", "--ask", "labels,cards", "--json")
    assert done.code == 0, done.err
    assert "--student rationale learns from labels and reasons alone" in done.err
    found = json.loads(done.out)
    assert found["cards"]["status"] == "skipped"
    assert any("no class card is asked for" in text for text in found["warnings"])


@pytest.mark.parametrize("named", ["cards", "rewrites", "labels,ratings", ""])
def test_ask_names_labels_or_labels_and_cards(fit, named):
    done = fit("--ask", named)
    assert done.code == 2
    assert f"--ask must be labels or labels,cards, got {named!r}" in done.err


def test_cards_of_other_classes_are_refused(fit, fitted, tmp_path):
    folder = tmp_path / "lessons"
    folder.mkdir()
    text = (fitted / "lessons/class_cards.jsonl").read_text()
    (folder / "class_cards.jsonl").write_text(text.replace('"label": "set"', '"label": "sett"'))
    done = fit("--lessons", folder)
    assert done.code == 2
    assert "every card must be of one of the classes, and 1 are not: 'sett'" in done.err
